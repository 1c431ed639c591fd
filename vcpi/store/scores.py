"""Panel scores, effect sizes and quality read-outs in the store: entering and reading them.

Values are plain Python before they reach SQLite, as in :mod:`vcpi.store.write`; reading needs sqlite3 alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.store.write import canonical_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

Row = tuple[Any, ...]

_SCORES = ("signed", "abs", "directed", "z", "p", "q", "percentile", "random_percentile", "null_percentile")
_SIZES = (
    "error_scale", "mean_abs", "mean_abs_null", "n_strong", "n_strong_null", "n_supported", "n_supported_null",
    "strength_percentile", "strength_null_percentile", "breadth", "breadth_null", "breadth_percentile",
)  # fmt: skip
_OWNED = {
    "panel_score": "signature_id IN (SELECT signature_id FROM signature WHERE dataset_id = ?)",
    "panel_coverage": "dataset_id = ?",
    "scoring": "dataset_id = ?",
}


def clear_scores(connection: sqlite3.Connection, dataset_id: int) -> None:
    """Take the panel scores of a dataset out, to make them anew."""
    for table, where in _OWNED.items():
        connection.execute(f"DELETE FROM {table} WHERE {where}", [dataset_id])  # noqa: S608  names of this module


def add_scoring(
    connection: sqlite3.Connection, dataset_id: int, *, panels_version: str, settings: Mapping[str, Any]
) -> None:
    """Note by which panels a dataset was scored, and how."""
    row = [dataset_id, panels_version, canonical_json(dict(settings))]
    connection.execute("INSERT INTO scoring (dataset_id, panels_version, settings) VALUES (?, ?, ?)", row)


def add_coverage(connection: sqlite3.Connection, dataset_id: int, rows: Iterable[Row]) -> None:
    """Enter how much of each panel a dataset measures: panel, kind, measured, total, missing, inflation, df, reason."""
    connection.executemany(
        "INSERT INTO panel_coverage (dataset_id, panel, kind, n_measured, n_total, missing, inflation, df, reason) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((dataset_id, *row) for row in rows),
    )


def add_panel_scores(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Enter scores: signature, panel, signed, abs, directed, z, p, q, and the three percentiles."""
    marks = ", ".join("?" for _ in range(len(_SCORES) + 2))
    connection.executemany(
        f"INSERT INTO panel_score (signature_id, panel, {', '.join(_SCORES)}) VALUES ({marks})",  # noqa: S608
        rows,
    )


def set_effect_sizes(connection: sqlite3.Connection, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Enter or change some columns of the effect sizes: signature first in each row, then a value for each column."""
    assert set(columns) <= set(_SIZES)  # noqa: S101  names of this module go into the statement
    marks = ", ".join("?" for _ in range(len(columns) + 1))
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns)
    connection.executemany(
        f"INSERT INTO effect_size (signature_id, {', '.join(columns)}) VALUES ({marks}) "  # noqa: S608
        f"ON CONFLICT (signature_id) DO UPDATE SET {changed}",
        rows,
    )


def add_gene_levels(connection: sqlite3.Connection, dataset_id: int, rows: Iterable[Row]) -> None:
    """Enter how much of each gene there is: row, mean CPM of vehicle wells, share of compounds that reach 1 CPM."""
    connection.executemany(
        "INSERT INTO gene_level (dataset_id, row, vehicle_cpm, compound_share) VALUES (?, ?, ?, ?)",
        ((dataset_id, *row) for row in rows),
    )


def add_well_quality(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Enter quality of wells: sample, RNA output (edge-adjusted, raw), diversity (raw, thinned, depth), MT share, MT z."""
    connection.executemany("INSERT INTO well_quality VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def add_treatment_quality(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Enter quality of treatments: signature, RNA output, diversity (raw, thinned), MT z, viability, reason."""
    connection.executemany("INSERT INTO treatment_quality VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def scoring(connection: sqlite3.Connection, dataset_id: int) -> dict[str, Any] | None:
    """Return by which panels a dataset was scored and the settings, or None where it was not."""
    query = "SELECT panels_version, settings FROM scoring WHERE dataset_id = ?"
    row = connection.execute(query, [dataset_id]).fetchone()
    return None if row is None else {"panels_version": row[0], **json.loads(row[1])}


def coverage(connection: sqlite3.Connection, dataset_id: int) -> dict[str, dict[str, Any]]:
    """Return how much of each panel a dataset measures, by panel; ``missing`` holds symbol → status."""
    rows = connection.execute("SELECT * FROM panel_coverage WHERE dataset_id = ? ORDER BY panel", [dataset_id])
    return {row["panel"]: {**dict(row), "missing": json.loads(row["missing"])} for row in rows}


def panel_scores(connection: sqlite3.Connection, signature_id: int) -> dict[str, dict[str, Any]]:
    """Return the scores of one signature by panel; a panel without a score has None in them and a ``reason``."""
    rows = connection.execute("SELECT * FROM panel_scores WHERE signature_id = ? ORDER BY panel", [signature_id])
    return {row["panel"]: dict(row) for row in rows}


def panel_column(connection: sqlite3.Connection, dataset_id: int, panel: str) -> list[dict[str, Any]]:
    """Return the scores of all signatures of a dataset on one panel, by signature."""
    rows = connection.execute(
        "SELECT p.* FROM panel_score p JOIN signature s USING (signature_id) "
        "WHERE p.panel = ? AND s.dataset_id = ? ORDER BY p.signature_id",
        [panel, dataset_id],
    )
    return [dict(row) for row in rows]


def effect_size(connection: sqlite3.Connection, signature_id: int) -> dict[str, Any] | None:
    """Return how much a signature moves and what chance would show, or None where that was not made."""
    row = connection.execute("SELECT * FROM effect_size WHERE signature_id = ?", [signature_id]).fetchone()
    return None if row is None else dict(row)


def treatment_quality(connection: sqlite3.Connection, signature_id: int) -> dict[str, Any] | None:
    """Return the quality read-outs of a signature, or None where its dataset has no counts."""
    row = connection.execute("SELECT * FROM treatment_quality WHERE signature_id = ?", [signature_id]).fetchone()
    return None if row is None else dict(row)


def well_quality(connection: sqlite3.Connection, signature_id: int) -> list[dict[str, Any]]:
    """Return the quality read-outs of the wells of a signature, by well."""
    rows = connection.execute(
        """SELECT w.*, a.sequenced_id, a.plate, a.plate_row, a.plate_column, a.n_umi, a.n_genes
           FROM signature s JOIN sample a ON a.dataset_id = s.dataset_id
             AND a.sequenced_id IN (SELECT value FROM json_each(s.provenance, '$.samples'))
             JOIN well_quality w USING (sample_id)
           WHERE s.signature_id = ? ORDER BY a.sample_id""",
        [signature_id],
    )
    return [dict(row) for row in rows]


def gene_levels(connection: sqlite3.Connection, dataset_id: int) -> list[tuple[int, float | None, float]]:
    """Return row, mean CPM of vehicle wells and share of compounds at 1 CPM of each gene; nothing where no counts were."""
    query = "SELECT row, vehicle_cpm, compound_share FROM gene_level WHERE dataset_id = ? ORDER BY row"
    return [tuple(row) for row in connection.execute(query, [dataset_id])]


def add_replicates(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Enter the fold changes of the single wells of signatures: signature, number of wells, float16 bytes."""
    connection.executemany("INSERT INTO replicate (signature_id, n_wells, bytes) VALUES (?, ?, ?)", rows)


def replicates(connection: sqlite3.Connection, signature_id: int) -> NDArray[np.float32] | None:
    """Return the fold changes of the wells of a signature, shape (n_wells, n_genes), or None where they are not kept."""
    row = connection.execute("SELECT n_wells, bytes FROM replicate WHERE signature_id = ?", [signature_id]).fetchone()
    return None if row is None else np.frombuffer(row[1], dtype="<f2").astype(np.float32).reshape(row[0], -1)
