"""The heat map of hits by the genes they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vcpi.errors import InputError
from vcpi.figures import look
from vcpi.figures.labels import label_of
from vcpi.figures.rows import is_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vcpi.figures.figure import Figure, Spec

CELL = 17
MOST_ROWS, MOST_GENES = 60, 60
COLOURS = ("#01508A", "#6FB1DC", "#F7F7F7", "#E9A15F", "#9A3E00")  # blue to brown: kept apart by any colour vision
MISSING = "#BDBDBD"


def heat_map(
    values: Mapping[str, Mapping[str, float | None]],
    *,
    title: str,
    dataset: str = "",
    genes: Sequence[str] | None = None,
    unit: str = "z",
    simulated: bool = False,
) -> Figure:
    """Draw values of genes (columns) in signatures (rows).

    Parameters
    ----------
    values
        Name of a signature → gene → value, in the order of the rows; the first row is the query where there is one.
        None and NaN are grey.
    title, dataset, simulated
        What is shown, and of what.
    genes
        Columns in their order; where None all genes, by their value in the first row, the highest first. At most 60
        rows and 60 genes are drawn: the first rows, and the genes furthest from 0 in the mean.
    unit
        What the values are.

    Raises
    ------
    InputError
        A named gene is in no row.
    """
    rows = list(values)[:MOST_ROWS]
    present = list(dict.fromkeys(gene for row in rows for gene in values[row]))
    if genes is not None:
        missing = [gene for gene in genes if gene not in set(present)]
        if missing:
            raise InputError(f"Gene {missing[0]} is in no row of the heat map; expected genes of the signatures")
    columns = list(dict.fromkeys(genes)) if genes is not None else present
    if not rows or not columns:
        reason = "there is no signature" if not rows else "the hits share no gene with the query"
        return look.nothing(title, reason, about=[dataset], simulated=simulated)
    table = np.array([[_number(values[row].get(gene)) for gene in columns] for row in rows])
    if len(columns) > MOST_GENES:
        size = np.nan_to_num(np.abs(_mean(table)), nan=-1.0)
        kept = np.sort(np.argsort(-size, kind="stable")[:MOST_GENES])
        columns, table = [columns[at] for at in kept.tolist()], table[:, kept]
    if genes is None:
        first = np.where(np.isfinite(table[0]), table[0], _mean(table))
        order = np.argsort(-np.nan_to_num(first), kind="stable")
        columns, table = [columns[at] for at in order.tolist()], table[:, order]
    about = [
        f"{dataset + ': ' if dataset else ''}{look.count(len(rows), 'signature')}"
        + (f" of {len(values)}" if len(values) > len(rows) else "")
        + f", {look.count(len(columns), 'gene')}"
        + (f" of {len(present)}" if len(present) > len(columns) else "")
        + f"; {unit} of each gene" + ("" if np.isfinite(table).all() else "; grey: not measured"),
    ]  # fmt: skip
    return look.figure(title, _body(rows, columns, table, unit), about=about, simulated=simulated)


def _number(value: float | None) -> float:
    """Return a value, or NaN."""
    return float(value) if value is not None and is_number(float(value)) else np.nan


def _mean(table: np.ndarray) -> np.ndarray:
    """Average over the rows that have a value; NaN where none has."""
    n = np.isfinite(table).sum(axis=0)
    return np.where(n > 0, np.nansum(table, axis=0) / np.maximum(n, 1), np.nan)


def _body(rows: Sequence[str], genes: Sequence[str], table: np.ndarray, unit: str) -> Spec:
    """Put the cells together."""
    finite = np.abs(table[np.isfinite(table)])
    top = float(np.quantile(finite, 0.98)) if len(finite) else 1.0
    top = round(top if top > 0 else 1.0, 3)
    names = [f"{at}. {label_of({'name': row})}" if at else label_of({"name": row}) for at, row in enumerate(rows)]
    cells = [
        {"row": names[i], "gene": gene, "value": None if np.isnan(table[i, j]) else round(float(table[i, j]), 4)}
        for i in range(len(rows))
        for j, gene in enumerate(genes)
    ]
    axis = {
        "title": None,
        "ticks": False,
        "domain": False,
        "labelFontSize": look.SMALL,
        "labelLimit": 260,
        "grid": False,
    }
    scale = {"domain": [-top, -top / 2, 0, top / 2, top], "range": list(COLOURS), "clamp": True, "interpolate": "lab"}
    legend = {
        "title": f"{unit} (colours end at ±{top:.3g})", "orient": "bottom", "gradientLength": 220, "titleLimit": 400,
        "values": [-top, 0, top], "format": ".3~g",
    }  # fmt: skip
    channels = {
        "x": {"field": "gene", "type": "nominal", "sort": list(genes), "axis": {**axis, "labelAngle": -90}},
        "y": {"field": "row", "type": "nominal", "sort": names, "axis": axis},
    }
    tooltip = [
        {"field": "row", "type": "nominal", "title": "title"},
        {"field": "gene", "type": "nominal"},
        {"field": "value", "type": "quantitative", "title": unit},
    ]
    colour = {"field": "value", "type": "quantitative", "scale": scale, "legend": legend}
    missing = {"condition": {"test": "datum.value === null", "value": MISSING}, **colour}
    return {
        "name": "cells",
        "width": {"step": CELL},
        "height": {"step": CELL + 1},
        "data": look.data(cells),
        "mark": {"type": "rect", "stroke": "white", "strokeWidth": 0.6, "invalid": None},
        "encoding": {**channels, "color": missing, "tooltip": tooltip},
    }
