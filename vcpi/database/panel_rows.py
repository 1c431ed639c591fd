"""The panel scores of one signature as rows of a report: what each panel is, its scores, genes, and who else moves it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.panel_genes import dataset_axes, expressed_genes
from vcpi.data.panels import Panel, group_panel, modules, panel, read_panels, sums
from vcpi.signature.axes import against, beyond_shift, leading_genes, sum_score, sum_scores_of
from vcpi.store import read, scores

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vcpi.signature.axes import Axis

SURE = 0.05
_SCORES = ("signed", "abs", "directed", "z", "p", "q", "percentile", "random_percentile", "null_percentile")


def axis_rows(
    connection: sqlite3.Connection,
    dataset_id: int,
    signature_id: int,
    *,
    lfc: NDArray[np.float64],
    z: NDArray[np.float64],
    symbols: Sequence[str],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the axes and the modules of a signature.

    Parameters
    ----------
    connection, dataset_id, signature_id
        Where the scores are.
    lfc, z, symbols
        Of the measured genes, in their order.

    Returns
    -------
    tuple of list
        Rows of the shipped panels, in their order, and of the modules: what the panel is, its scores (None with a
        ``reason`` where too few of its genes are measured), ``leading`` genes, ``missing`` genes with their status, and
        ``share`` and ``share_moving``: the active compounds that move it the same way, and either way.
    """
    stored = scores.panel_scores(connection, signature_id)
    coverage = scores.coverage(connection, dataset_id)
    moving = shares(connection, dataset_id)
    parts = (read_panels(), tuple(group_panel(group.key) for group in modules()))
    known = [one for part in parts for one in part if one.key in stored]
    places = dataset_axes(connection, dataset_id, known)
    rows = [
        _row(one, stored[one.key], coverage[one.key], moving.get(one.key, {}), axis, lfc, z, symbols)
        for one, axis in zip(known, places, strict=True)
    ]
    return [row for row in rows if row["kind"] != "group"], [row for row in rows if row["kind"] == "group"]


def _row(  # noqa: PLR0917  one call beside it
    one: Panel,
    stored: Mapping[str, Any],
    coverage: Mapping[str, Any],
    moving: Mapping[str, float],
    axis: Axis,
    lfc: NDArray[np.float64],
    z: NDArray[np.float64],
    symbols: Sequence[str],
) -> dict[str, Any]:
    """Put together what is known of one panel."""
    values = {name: stored[name] for name in _SCORES}
    sign_of = {gene.symbol: gene.sign for gene in one.genes}
    role_of = {gene.symbol: gene.role for gene in one.genes}
    directed = values["directed"] if values["directed"] is not None else values["signed"]
    up = (values["z"] or 0.0) > 0
    return {
        "panel": one.key,
        "title": one.title,
        "kind": one.kind,
        "axis": one.axis,
        "variant_of": one.variant_of or None,
        "meaning": one.meaning,
        "caution": one.caution,
        "source": one.source,
        **values,
        "directed": directed,
        "beyond_shift": beyond_shift(lfc, axis) if values["z"] is not None else None,
        "n_measured": coverage["n_measured"],
        "n_total": coverage["n_total"],
        "missing": coverage["missing"],
        "reason": coverage["reason"],
        "share": moving.get("up" if up else "down") if values["z"] is not None else None,
        "share_moving": None if not moving else moving["up"] + moving["down"],
        "leading": [
            {
                "gene_symbol": symbols[place],
                "lfc": float(lfc[place]),
                "z": float(z[place]),
                "sign": sign_of.get(symbols[place], 0) or None,
                "role": role_of.get(symbols[place]),
            }
            for place in leading_genes(lfc, axis.positions)
        ],
    }


def shares(connection: sqlite3.Connection, dataset_id: int) -> dict[str, dict[str, float]]:
    """Give the share of the active compounds of a dataset that move each panel up, and down, at q < 0.05."""
    rows = connection.execute(
        """SELECT p.panel, avg(p.q < ? AND p.z > 0), avg(p.q < ? AND p.z < 0)
           FROM signature s JOIN panel_score p USING (signature_id)
           WHERE s.dataset_id = ? AND s.active = 1 GROUP BY p.panel""",
        [SURE, SURE, dataset_id],
    )
    return {row[0]: {"up": row[1], "down": row[2]} for row in rows}


def sum_rows(
    connection: sqlite3.Connection,
    dataset_id: int,
    *,
    symbols: Sequence[str],
    lfc: NDArray[np.float64],
    se: NDArray[np.float64] | None,
    sample: NDArray[np.float32],
) -> list[dict[str, Any]]:
    """Give the shipped sum scores of a signature, with their place among other compounds.

    Parameters
    ----------
    connection, dataset_id
        Where the genes are.
    symbols, lfc, se
        Of the measured genes.
    sample
        Fold changes of other compounds, shape (n_compounds, n_genes), perhaps none.
    """
    expressed = expressed_genes(connection, dataset_id)
    place = {symbol: at for at, symbol in enumerate(symbols) if expressed[at]}
    values = {symbol: float(lfc[at]) for symbol, at in place.items()}
    errors = None if se is None else {symbol: float(se[at]) for symbol, at in place.items()}
    found = []
    for one in sums():
        weights = dict(one.weights)
        score = sum_score(values, weights, errors=errors)
        row = {
            "sum": one.name,
            "title": one.title,
            "expression": one.expression,
            "value": score.value,
            "se": score.se,
            "n_measured": len(score.measured),
            "n_total": score.n_total,
            "missing": list(score.missing),
            "caution": one.caution,
            "instead": one.instead,
            "percentile": None,
        }
        if score.value is not None and len(sample):
            at = np.array([place[symbol] for symbol in score.measured])
            of = sum_scores_of(sample, [(at, np.array([weights[symbol] for symbol in score.measured]))])[:, 0]
            row["percentile"] = float(against([score.value], [*of.tolist(), score.value])[0])
        found.append(row)
    return found


def panels_of_genes() -> dict[str, list[str]]:
    """Give the shipped panels that each gene is in, by symbol."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in read_panels():
        if not one.variant_of:
            for gene in one.genes:
                found[gene.symbol].append(one.key)
    return dict(found)


def title_of(key: str) -> str:
    """Give the title of a shipped panel."""
    return panel(key).title


def dataset_genes(connection: sqlite3.Connection, dataset_id: int) -> list[str]:
    """Name the measured genes of a dataset: their symbols, or ids where they have none."""
    return [gene.gene_symbol or gene.gene_id for gene in read.genes(connection, dataset_id)]
