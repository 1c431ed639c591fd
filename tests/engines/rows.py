"""Rows with ties, empty fingerprints and opposite signatures, and a judge that is slow and knows no engine."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from vcpi.engines.interface import Digest, Sealed, Space, digest, rows_of

LABELS = ["", "kinase inhibitor", "statin"]
CELLS = ["THP-1", "A549"]


def made_rows(kind: str, n: int, *, seed: int = 0, name: str | None = None):
    """Make rows: every fourth repeats an earlier one, a few fingerprints are empty."""
    rng = np.random.default_rng(seed)
    source = np.where(np.arange(n) % 4 == 3, rng.integers(0, n, n), np.arange(n))
    text = rng.integers(0, 3, n)
    common = {"dataset": [f"set-{one % 2}" for one in range(n)], "label": [LABELS[one] for one in text]}
    if kind == "fingerprints":
        centers = rng.random((12, 2048)) < 0.03
        bits = (centers[rng.integers(0, 12, n)] & (rng.random((n, 2048)) < 0.8)) | (rng.random((n, 2048)) < 0.005)
        bits[rng.integers(0, n, n // 50)] = False
        packed = np.packbits(bits[source], axis=1)
        space = Space(name=name or "compounds", kind="fingerprints", width=256)
        scalars = {**common, "popcount": np.bitwise_count(packed).sum(axis=1), "molecular_weight": 200 + rng.random(n)}
        return space, rows_of(space, np.arange(n), packed, scalars)
    values = rng.normal(size=(n, 40)) + 2 * rng.normal(size=(8, 40))[rng.integers(0, 8, n)]
    values = values[source].astype(np.float32)
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    space = Space(name=name or "effects", kind="signatures", width=40)
    doses = np.where(rng.random(n) < 0.1, np.nan, rng.choice([0.1, 1.0, 10.0], n))
    scalars = {
        **common, "cell_line": [CELLS[one % 2] for one in text], "dose_um": doses, "compound_id": np.arange(n),
        "molecular_weight": np.where(rng.random(n) < 0.1, np.nan, 200 + rng.random(n)),
    }  # fmt: skip
    return space, rows_of(space, np.arange(n), unit, scalars)


def filled(backend, space, rows, *, build="b1", shard=slice(None)):
    """Put rows into an engine and seal them."""
    some = rows.take(np.arange(len(rows))[shard])
    backend.create(space, build)
    for start in range(0, len(some), 1_000):
        backend.upsert(space, build, some.take(np.arange(start, min(len(some), start + 1_000))))
    total = digest(space, some) if len(some) else Digest()
    last = int(some.ids.max(initial=-1))
    backend.seal(space, Sealed(build=build, digest=total, settings={"last_id": last}))
    return backend


def true_scores(space, rows, query) -> list[float]:
    """Score every row on its own: a ratio of integers, or one sum after another in the widest float there is."""
    if space.kind == "fingerprints":
        asked = int.from_bytes(query.tobytes(), "big")
        scores = []
        for row in rows.vectors:
            held = int.from_bytes(row.tobytes(), "big")
            either = (asked | held).bit_count()
            scores.append(float(Fraction((asked & held).bit_count(), either)) if either else 0.0)
        return scores
    wide = np.asarray(query, dtype=np.longdouble)
    norm = np.sqrt((wide * wide).sum())
    held = rows.vectors.astype(np.longdouble)
    return [float((row * wide).sum() / (norm * np.sqrt((row * row).sum()))) for row in held]


def passes(rows, where) -> np.ndarray:
    """Which rows pass, one after another; what is unknown passes nothing."""
    kept = []
    for place in range(len(rows)):
        values = [(rows.scalars[one.field][place], one.operator, one.value) for one in where]
        kept.append(
            all(
                (held == value)
                if operator == "=="
                else held != -1 and (held >= value if operator == ">=" else held <= value)
                for held, operator, value in values
            )
        )
    return np.array(kept, dtype=bool)


def true_order(scores, kept, *, places: int = 12) -> list[int]:
    """Ids best first, equal ones by id; sums that differ beyond the twelfth place are equal."""
    return sorted(np.flatnonzero(kept).tolist(), key=lambda one: (-round(scores[one], places), one))
