"""Genes worth naming: those that change most, by replicate, with what else moves them and what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.data.panels import gene_role
from vcpi.signature.axes import against
from vcpi.signature.calibration import benjamini_hochberg
from vcpi.store import scores

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vcpi.records import Signature

MOST_SAMPLED = 1_000  # compounds that a gene is held against: enough for a percentile, fast enough to read
CALLED, STRONG = 2.0, 3.0  # z from which a gene is called, and called strongly
DISCORDANT = 4.0  # standard errors of one replicate: two differ by less, 99 times in 100
SUSPECT = 0.2  # share of compounds without an effect that move a gene the same way; noise alone gives 0.02


def sampled(
    connection: sqlite3.Connection, signatures: Sequence[Signature], *, layer: str, exclude: int
) -> tuple[list[Signature], NDArray[np.float32]]:
    """Read the vectors of an even choice of the signatures of a dataset: half of them inactive, where there are so many.

    Parameters
    ----------
    connection
        The store.
    signatures
        All of the dataset.
    layer
        ``lfc`` or ``z``.
    exclude
        A signature to leave out.

    Returns
    -------
    tuple
        The signatures, and their vectors of shape (n, n_genes).
    """
    others = [one for one in signatures if one.signature_id != exclude and "positive-control" not in one.flags]
    parts = ([one for one in others if one.active is False], [one for one in others if one.active is not False])
    chosen = [one for part in parts for one in _evenly(part, MOST_SAMPLED // 2)]
    rows = []
    for one in chosen:
        query = "SELECT bytes FROM vector WHERE signature_id = ? AND layer = ?"
        row = connection.execute(query, [one.signature_id, layer]).fetchone()
        if row is not None:
            rows.append(np.frombuffer(row[0], dtype="<f4"))
    if len(rows) != len(chosen) or not rows:
        return [], np.zeros((0, 0), dtype=np.float32)
    return chosen, np.stack(rows)


def _evenly(rows: Sequence[Signature], most: int) -> list[Signature]:
    """Take rows at equal distances where there are too many."""
    if len(rows) <= most:
        return list(rows)
    return [rows[place] for place in np.linspace(0, len(rows) - 1, most).round().astype(int).tolist()]


def call_genes(
    columns: Mapping[str, NDArray[np.float64]],
    names: Sequence[Mapping[str, Any]],
    *,
    replicates: NDArray[np.float32] | None,
    sample: tuple[Sequence[Signature], NDArray[np.float32]],
    levels: Sequence[tuple[int, float | None, float]],
    panels: Mapping[str, Sequence[str]],
    n: int,
) -> list[dict[str, Any]]:
    """Name the genes that change most, half of them up, half down.

    Parameters
    ----------
    columns
        ``lfc``, ``z`` and perhaps ``se`` and ``p`` of the measured genes.
    names
        ``gene_id`` and ``gene_symbol`` of each.
    replicates
        Fold changes of the single wells, shape (n_wells, n_genes); None where they are not kept.
    sample
        Other compounds of the dataset and their fold changes (:func:`sampled`).
    levels
        Of :func:`vcpi.store.scores.gene_levels`, for the measured genes in their order; empty where not known.
    panels
        Gene symbol → panels it is in.
    n
        How many genes at either end.

    Returns
    -------
    list of dict
        From the most up to the most down by z: values, ``replicates``, ``call`` (▲▲, ▲, ▼, ▼▼ or nothing), its ``percentile`` of the fold
        change among other compounds, ``moved_by_inactive`` (share of compounds without an effect that move it so),
        ``suspect``, ``role``, ``panels``.
    """
    z, lfc = columns["z"], columns.get("lfc", columns["z"])
    order = np.argsort(-z, kind="stable")
    up = [place for place in order[:n].tolist() if z[place] > 0]
    down = [place for place in order[::-1][:n].tolist() if z[place] < 0][::-1]
    others, changes = sample
    adjusted = benjamini_hochberg(columns["p"]) if "p" in columns else None
    inactive = np.array([one.active is False for one in others], dtype=bool)
    found = []
    for place in [*up, *(place for place in down if place not in up)]:
        symbol = names[place]["gene_symbol"]
        single = [] if replicates is None else [round(float(value), 3) for value in replicates[:, place]]
        role = gene_role(symbol) if symbol else None
        row: dict[str, Any] = {
            "gene_id": names[place]["gene_id"],
            "gene_symbol": symbol,
            **{name: float(values[place]) for name, values in columns.items()},
            "fold": None if "lfc" not in columns else float(2.0 ** lfc[place]),
            "replicates": single,
            "q": None if adjusted is None else float(adjusted[place]),
            "call": _call(float(z[place]), single),
            "discordant": _discordant(single, columns["se"][place] if "se" in columns else None),
            "percentile": None,
            "moved_by_inactive": None,
            "suspect": False,
            "vehicle_cpm": levels[place][1] if levels else None,
            "role": None if role is None else role.role,
            "role_source": None if role is None else role.source,
            "handling_sensitive": role is not None and role.handling_sensitive,
            "panels": list(panels.get(symbol or "", ())),
        }
        if len(changes):
            column = changes[:, place].astype(np.float64)
            row["percentile"] = float(against([lfc[place]], [*column.tolist(), float(lfc[place])])[0])
            if inactive.any():
                # as far as this gene's noise reaches: the same threshold in units of its own fold change
                limit = CALLED * abs(lfc[place] / z[place]) if z[place] else np.inf
                same = column[inactive] * np.sign(lfc[place]) >= limit
                row["moved_by_inactive"] = float(same.mean())
                row["suspect"] = bool(same.mean() >= SUSPECT)
        found.append(row)
    return found


def _discordant(replicates: Sequence[float], se: float | None) -> bool:
    """Say whether replicates are further apart than their standard error lets expect."""
    if len(replicates) < 2 or se is None:  # noqa: PLR2004
        return False
    return bool(max(replicates) - min(replicates) > DISCORDANT * se * len(replicates) ** 0.5)


def _call(z: float, replicates: Sequence[float]) -> str:
    """Mark a gene: twice where every replicate goes the same way and z is large."""
    if abs(z) < CALLED:
        return ""
    mark = "▲" if z > 0 else "▼"
    agreed = len(replicates) > 1 and all(value * z > 0 for value in replicates)
    return mark * 2 if abs(z) >= STRONG and agreed else mark


def measured_levels(connection: sqlite3.Connection, dataset_id: int) -> list[tuple[int, float | None, float]]:
    """Give the expression of the measured genes, in the order of the vectors; empty where it is not known."""
    by_row = {level[0]: level for level in scores.gene_levels(connection, dataset_id)}
    query = "SELECT row FROM gene WHERE dataset_id = ? AND position IS NOT NULL ORDER BY position"
    rows = [row[0] for row in connection.execute(query, [dataset_id])]
    return [by_row[row] for row in rows] if by_row and all(row in by_row for row in rows) else []
