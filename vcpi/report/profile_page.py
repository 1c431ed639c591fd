"""The signalling report as one page: plots, drawings, tables that can be saved."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from vcpi.errors import MissingDependencyError
from vcpi.page import document
from vcpi.report.plots import bars, cloud, gauges, replicate_dots
from vcpi.report.profile_sections import panel_rows, profile_sections, profile_title
from vcpi.report.sections import as_parts
from vcpi.structure.drawing import draw_svg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vcpi.report.profile import Profile

N_DRAWN, N_NAMED, N_SETS = 4, 12, 12


def profile_page(profile: Profile) -> str:
    """Write the page: one HTML document without script or network."""
    return document(profile_title(profile.to_dict()), profile_parts(profile), simulated=profile.simulated)


def profile_parts(profile: Profile) -> list[str]:
    """Write the parts of the page, below its title."""
    value = profile.to_dict()
    plots = {
        "axes": _axes(value["axes"], value["unit"], "Axes: z, over the band that noise gives"),
        "modules": _axes(value["modules"], value["unit"], "Modules: z, over the band that noise gives"),
        "genes": _genes(value["genes"]),
        "volcano": _volcano(profile),
        "pathways": _pathways(value["pathways"]),
        "quality": _quality(value["quality"], value["wells"]),
        "landscape": _landscape(profile),
        "structures": _structures(value["identity"]),
    }
    return as_parts(profile_sections(value, plots=plots))


def _axes(rows: Sequence[Mapping[str, Any]], unit: str, title: str) -> str:
    """Draw the scores of panels."""
    return (
        bars(
            panel_rows(rows, unit=unit),
            title=title,
            x_label="z (grey: what noise gives in 95 %); filled where q < 0.05",
        )
        if rows
        else ""
    )


def _genes(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw the gene call-outs by replicate."""
    if not rows:
        return ""
    drawn = [
        {
            "label": row["gene_symbol"] or row["gene_id"],
            "value": row.get("lfc", row["z"]),
            "se": row.get("se"),
            "replicates": row["replicates"],
            "suspect": row["suspect"],
            "note": f"z {row['z']:+.1f}" + (" suspect" if row["suspect"] else ""),
        }
        for row in rows
    ]
    unit = "log2 fold change" if "lfc" in rows[0] else "z"
    return replicate_dots(
        drawn,
        title="Genes that change most, by replicate",
        x_label=f"{unit}; hollow: replicates; bar: standard error; grey: inactive compounds do the same",
    )


def _volcano(profile: Profile) -> str:
    """Draw every gene: change against z."""
    values = profile.everything
    if "lfc" not in values:
        return ""
    named = [(row["lfc"], row["z"], row["gene_symbol"] or row["gene_id"]) for row in profile.called]
    named.sort(key=lambda point: -abs(point[1]))
    return cloud(
        values["lfc"], values["z"], named=named, title="Every measured gene: log2 fold change against z",
        x_label="log2 fold change", y_label="z",
    )  # fmt: skip


def _pathways(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw the gene sets at both ends."""
    if not rows:
        return ""
    chosen = [*rows[:N_SETS], *(row for row in rows[-N_SETS:] if row not in rows[:N_SETS])]
    drawn = [
        {
            "label": row["name"].replace("_", " "),
            "value": row["score"],
            "q": row["q"],
            "note": f"q {row['q']:.1g}, {row['n']} genes",
        }
        for row in chosen
    ]
    return bars(drawn, title="Gene sets most up and most down", x_label="mean log2 fold change; filled where q < 0.05")


def _quality(quality: Mapping[str, Any], wells: Sequence[Mapping[str, Any]]) -> str:
    """Draw the scales of quality."""
    if not quality:
        return ""
    scales = (
        ("rna_output", "RNA output, % of vehicle", 90.0, 115.0, 0.0, 150.0),
        ("gene_diversity", "genes seen, % of vehicle", 95.0, 105.0, 50.0, 120.0),
        ("gene_diversity_thinned", "genes seen at equal depth, %", 95.0, 105.0, 50.0, 120.0),
        ("mt_z", "mitochondrial share, z", -2.0, 2.0, -5.0, 5.0),
    )
    rows = [
        {
            "label": label, "value": quality.get(name), "replicates": [row.get(name) for row in wells], "low": low, "high": high,
            "least": least, "most": most, "note": "" if quality.get(name) is None else f"{quality[name]:.1f}",
        }
        for name, label, low, high, least, most in scales
        if quality.get(name) is not None
    ]  # fmt: skip
    return gauges(rows, title="Quality against vehicle wells of the same plate; grey: usual") if rows else ""


def _landscape(profile: Profile) -> str:
    """Draw structure against effect, for every compound of the dataset."""
    values = profile.landscape
    if not values or not values["name"]:
        return ""
    points = list(zip(values["tanimoto"], values["connectivity"], values["name"], strict=True))
    by_effect = sorted(points, key=lambda point: -abs(point[1]))[: N_NAMED // 2]
    by_structure = sorted(points, key=lambda point: -point[0])[: N_NAMED // 2]
    named = list(dict.fromkeys([*by_effect, *by_structure]))
    return cloud(
        values["tanimoto"], values["connectivity"], named=named,
        title="Every compound: Tanimoto against connectivity", x_label="Tanimoto (looks alike)", y_label="connectivity (acts alike)",
    )  # fmt: skip


def _structures(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw the compound and what looks most like it."""
    parts = []
    for row in rows[:N_DRAWN]:
        if not row.get("smiles"):
            continue
        try:
            svg = draw_svg(row["smiles"], width=340, height=260)
        except MissingDependencyError as error:
            return f'<p class="note">{escape(str(error))}</p>'
        like = "" if row["tanimoto"] is None else f" (Tanimoto {row['tanimoto']:.3f})"
        parts.append(f"<figure>{svg}<figcaption>{escape(str(row['name']))}{like}</figcaption></figure>")
    return f'<div class="drawings">{"".join(parts)}</div>' if parts else ""
