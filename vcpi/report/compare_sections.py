"""The sections of a comparison that tell what each compound does, from the comparison as JSON holds it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from vcpi.report.plots import bars, reach_of
from vcpi.report.sections import Section

EFFECTS = {
    "name": "name", "strength": "strength", "strength_percentile": "% of compounds", "n_strong": "genes twofold",
    "n_strong_null": "by noise", "n_supported": "in every replicate", "n_moved": "axes moved", "breadth_percentile": "breadth, % of compounds",
    "viability": "cells", "rna_output": "RNA, %", "gene_diversity": "genes seen, %", "mt_z": "mitochondrial z",
}  # fmt: skip
WORDS = {"name": "name", "moved": "moves most (mean log2)", "apart": "what sets it apart from the others"}
GENES = {
    "pair": "between", "gene": "gene", "lfc_a": "log2 of first", "se_a": "± se", "lfc_b": "log2 of second", "se_b": "± se ",
    "difference": "difference", "se": "± se  ", "z": "z", "q": "q",
}  # fmt: skip
N_AXES = 12
_AXIS = "z, on the same scale for all of them (grey: what noise gives in 95 %)"
_DIFFERENCES = "Difference of the log2 fold changes over its standard error, for each two; only genes with q < 0.05 over all genes."


def effect_sections(value: Mapping[str, Any], *, plots: bool = False) -> list[Section]:
    """Give the sections: strength and quality, what moves and sets apart, axes, genes that differ.

    Parameters
    ----------
    value
        Of :meth:`vcpi.answers.Comparisons.to_dict`.
    plots
        Draw the axes, for a page.
    """
    effects = value["effects"]
    if not effects:
        return []
    names = [row["name"] for row in effects]
    axes = [
        {"axis": row["title"], **{name: row["values"].get(name) for name in names}} for row in value["axes"][:N_AXES]
    ]
    genes = [{**row, "pair": f"{row['a']} / {row['b']}"} for row in value["differences"]]
    return [
        Section(title="What each does", lead=(f"Measured in {value['dataset']}.",), columns=EFFECTS, rows=tuple(effects), file="effects"),
        Section(title="Axes, and what sets each apart", columns=WORDS, rows=tuple(effects), words=True),
        Section(
            title="Axes that one of them moves (mean log2; filled where q < 0.05)" if plots else "Axes that one of them moves (mean log2)",
            columns={"axis": "axis", **{name: name for name in names}},
            rows=tuple(axes),
            plot=_plot(value, names) if plots else "",
            file="axes",
            folded=plots,
        ),
        Section(
            title="Genes that differ most",
            lead=(_DIFFERENCES if genes else "No gene differs beyond noise between any two of them.",),
            columns=GENES,
            rows=tuple(genes),
            file="differences",
        ),
    ]  # fmt: skip


def _plot(value: Mapping[str, Any], names: list[str]) -> str:
    """Draw the axes of each compound, one under the other, all on one scale."""
    shown = {
        name: [
            {
                "label": row["title"],
                "value": row["z"].get(name),
                "low": -2.0,
                "high": 2.0,
                "q": row["q"].get(name),
                "note": "" if row["values"].get(name) is None else f"{row['values'][name]:+.2f} log2",
            }
            for row in value["axes"][:N_AXES]
        ]
        for name in names
    }
    reach = max(map(reach_of, shown.values()), default=1.0)
    return "".join(
        f"<h3>{escape(name)}</h3>"
        + bars(rows, title=f"Axes of {name}: z, over the band that noise gives", x_label=_AXIS, reach=reach)
        for name, rows in shown.items()
        if rows
    )
