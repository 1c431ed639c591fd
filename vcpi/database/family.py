"""Compounds side by side in what they do: strength, axes, what sets each apart, genes that differ, quality."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.panel_genes import expressed_genes
from vcpi.data.panels import modules, read_panels
from vcpi.database.layers import signature_rows
from vcpi.signature.calibration import benjamini_hochberg
from vcpi.store import scores

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from vcpi.database.library import Asked, Library

APART = 3.0  # z from the middle of the others at which an axis sets a compound apart
SURE = 0.05
N_MOVED, N_APART, N_GENES, MOST_PAIRS = 6, 4, 8, 10
_SIZES = ("mean_abs", "n_strong", "n_strong_null", "n_supported", "breadth_percentile", "strength_percentile")
_QUALITY = ("rna_output", "gene_diversity", "mt_z", "viability")


def side_by_side(
    connection: sqlite3.Connection, library: Library, members: Sequence[tuple[str, Asked | None]]
) -> dict[str, list[dict[str, Any]]]:
    """Set what some compounds do side by side.

    Parameters
    ----------
    connection, library
        The store and the dataset.
    members
        Name and signature of each; those without a signature are left out.

    Returns
    -------
    dict
        ``effects``, a row for each compound: how much it moves beside what noise moves, the axes it ``moved``, what sets
        it ``apart`` from the others, quality; ``axes``, a row for each panel that one of them moves, with the mean log2
        change of each compound; ``differences``, for each two the genes that differ most, with standard errors.
    """
    measured = [(name, asked) for name, asked in members if asked is not None and asked.signature is not None]
    ids = {name: asked.signature.signature_id for name, asked in measured if asked.signature is not None}
    panels = {name: scores.panel_scores(connection, signature_id) for name, signature_id in ids.items()}
    titles = {one.key: one.title for one in read_panels()} | {one.key: one.title for one in modules()}
    effects = [
        _effect(connection, name, signature_id, panels=panels, titles=titles, asked=asked)
        for (name, signature_id), (_, asked) in zip(ids.items(), measured, strict=True)
    ]
    return {
        "effects": effects,
        "axes": _axes(panels, titles),
        "differences": _differences(connection, library.dataset["dataset_id"], ids),
    }


def _effect(
    connection: sqlite3.Connection,
    name: str,
    signature_id: int,
    *,
    panels: Mapping[str, Mapping[str, Mapping[str, Any]]],
    titles: Mapping[str, str],
    asked: Asked | None,
) -> dict[str, Any]:
    """Say what one of them does."""
    sizes = scores.effect_size(connection, signature_id) or {}
    quality = scores.treatment_quality(connection, signature_id) or {}
    signature = None if asked is None else asked.signature
    own = [row for key, row in panels[name].items() if row["z"] is not None and key in titles]
    moved = sorted((row for row in own if row["q"] < SURE), key=lambda row: -abs(row["z"]))
    return {
        "name": name,
        "strength": None if signature is None else signature.strength,
        "active": None if signature is None else signature.active,
        **{field: sizes.get(field) for field in _SIZES},
        "moved": [f"{titles[row['panel']]} {_value(row):+.2f}" for row in moved[:N_MOVED]],
        "n_moved": len(moved),
        "apart": _apart(name, panels, titles),
        **{field: quality.get(field) for field in _QUALITY},
    }


def _apart(name: str, panels: Mapping[str, Mapping[str, Mapping[str, Any]]], titles: Mapping[str, str]) -> list[str]:
    """Name the axes on which one is far from the middle of the others, in units of noise of such a difference."""
    found = []
    for key, row in panels[name].items():
        others = [of[key]["z"] for other, of in panels.items() if other != name and key in of]
        others = [value for value in others if value is not None]
        if row["z"] is None or not others or key not in titles:
            continue
        distance = (row["z"] - float(np.median(others))) / np.sqrt(1.0 + 1.0 / len(others))
        if abs(distance) >= APART:
            found.append((abs(distance), f"{titles[key]} {'higher' if distance > 0 else 'lower'} (z {distance:+.1f})"))
    return [text for _, text in sorted(found, reverse=True)[:N_APART]]


def _axes(panels: Mapping[str, Mapping[str, Mapping[str, Any]]], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give the axes that one of them moves, with the value of each."""
    found = []
    for key, title in titles.items():
        rows = {name: own[key] for name, own in panels.items() if key in own and own[key]["z"] is not None}
        if not any(row["q"] < SURE for row in rows.values()):
            continue
        found.append(
            {
                "panel": key,
                "title": title,
                "values": {name: _value(row) for name, row in rows.items()},
                "z": {name: row["z"] for name, row in rows.items()},
                "q": {name: row["q"] for name, row in rows.items()},
            }
        )
    return sorted(found, key=lambda row: -max(abs(value) for value in row["z"].values()))


def _value(row: Mapping[str, Any]) -> float:
    """Give the score of a panel: with signs where it has them."""
    return float(row["signed"] if row["directed"] is None else row["directed"])


def _differences(connection: sqlite3.Connection, dataset_id: int, ids: Mapping[str, int]) -> list[dict[str, Any]]:
    """Give the genes in which each two differ most: difference of the fold changes over its standard error."""
    kept = np.flatnonzero(expressed_genes(connection, dataset_id))
    columns: dict[str, dict[str, Any]] = {}
    for name, signature_id in ids.items():
        rows = signature_rows(connection, dataset_id, signature_id)
        if not rows or "se" not in rows[0]:
            return []
        columns[name] = {field: np.array([rows[place][field] for place in kept]) for field in ("lfc", "se")}
        symbols = [rows[place]["gene_symbol"] or rows[place]["gene_id"] for place in kept]
    found = []
    for a, b in list(combinations(ids, 2))[:MOST_PAIRS]:
        difference = columns[a]["lfc"] - columns[b]["lfc"]
        error = np.sqrt(columns[a]["se"] ** 2 + columns[b]["se"] ** 2)
        z = np.divide(difference, error, out=np.zeros_like(difference), where=error > 0)
        q = benjamini_hochberg([math.erfc(abs(one) / math.sqrt(2.0)) for one in z.tolist()])
        found += [
            {
                "a": a,
                "b": b,
                "gene": symbols[place],
                "lfc_a": float(columns[a]["lfc"][place]),
                "se_a": float(columns[a]["se"][place]),
                "lfc_b": float(columns[b]["lfc"][place]),
                "se_b": float(columns[b]["se"][place]),
                "difference": float(difference[place]),
                "se": float(error[place]),
                "z": float(z[place]),
                "q": float(q[place]),
            }
            for place in np.argsort(-np.abs(z), kind="stable")[:N_GENES].tolist()
            if q[place] < SURE
        ]
    return found
