"""Do compounds that look alike act alike, where a shared plate cannot be the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.all_pairs import BLOCK_ROWS
from vcpi.evaluate.scores import unit_rows

FloatArray = NDArray[np.float64]
FindAlike = Callable[[NDArray[np.uint8], float], NDArray[np.int64]]
"""From packed fingerprints, shape (n, n_bytes), and a Tanimoto to all pairs of rows from it on, shape (n_pairs, 2)."""

ALIKE = 0.8
N_RANDOM = 20_000
ROUNDING = 1e-6  # of the Tanimoto in float32


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureLink:
    """Cosines of pairs that look alike against random pairs; all pairs of different compounds without a common plate.

    ``auroc`` is the chance that a pair alike in structure is more alike in effect than a random pair: 0.5 where
    structure says nothing. ``auroc_strong`` and ``auroc_weak`` are over pairs whose weaker member is above or below
    the median, ``auroc_shuffled`` is what remains when signatures change owners, which must be 0.5.
    """

    n_pairs: int
    n_random: int
    mean_cosine: float
    mean_cosine_random: float
    auroc: float
    auroc_strong: float
    auroc_weak: float
    auroc_shuffled: float


def structure_link(
    features: ArrayLike,
    fingerprints: NDArray[np.uint8],
    *,
    compound_ids: ArrayLike,
    plates: Sequence[Sequence[str]],
    strength: ArrayLike | None = None,
    rows: ArrayLike | None = None,
    find: FindAlike | None = None,
    cutoff: float = ALIKE,
    n_random: int = N_RANDOM,
    seed: int = 0,
) -> StructureLink | None:
    """Compare pairs with Tanimoto at or above ``cutoff`` with random pairs.

    Parameters
    ----------
    features
        Signatures, shape (n, n_features).
    fingerprints
        Packed fingerprint of each signature's compound, shape (n, n_bytes); a row without a bit is left out.
    compound_ids, plates, strength
        Compound, plates and strength of each signature.
    rows
        The signatures to use, as row numbers, such as one a compound; default all.
    find
        What finds pairs that look alike, where there is something faster than :func:`similar_pairs`.
    cutoff
        Tanimoto from which a pair looks alike.
    n_random, seed
        Random pairs to draw, and how.

    Returns
    -------
    StructureLink or None
        None where no pair looks alike.
    """
    unit, compounds = unit_rows(features), np.asarray(compound_ids, dtype=np.int64)
    used = np.arange(len(unit)) if rows is None else np.asarray(rows, dtype=np.int64)
    used = used[np.asarray(fingerprints)[used].any(axis=1)]
    power = np.zeros(len(unit)) if strength is None else np.nan_to_num(np.asarray(strength, dtype=np.float64))
    names = [plates[row] for row in used.tolist()]
    found = (all_alike if find is None else find)(fingerprints[used], cutoff)
    pairs = used[similar_pairs(found, compounds[used], names)]
    if not len(pairs):
        return None
    rng = np.random.default_rng(seed)
    drawn = _random_pairs(used, compounds, plates, n=n_random, rng=rng)
    if not len(drawn):
        return None
    alike, random = _cosines(unit, pairs), _cosines(unit, drawn)
    middle = float(np.median(power[pairs].min(axis=1)))
    strong, strong_random = power[pairs].min(axis=1) > middle, power[drawn].min(axis=1) > middle
    owner = np.arange(len(unit))
    owner[used] = rng.permutation(used)
    return StructureLink(
        n_pairs=len(pairs),
        n_random=len(drawn),
        mean_cosine=float(alike.mean()),
        mean_cosine_random=float(random.mean()),
        auroc=auroc(alike, random),
        auroc_strong=auroc(alike[strong], random[strong_random]),
        auroc_weak=auroc(alike[~strong], random[~strong_random]),
        auroc_shuffled=auroc(_cosines(unit, owner[pairs]), random),
    )


def auroc(higher: ArrayLike, lower: ArrayLike) -> float:
    """Chance that a value of the first is above one of the second, ties counted half; NaN where one is empty.

    Examples
    --------
    >>> auroc([3, 2], [1, 2])
    0.875
    """
    values, others = np.asarray(higher, dtype=np.float64), np.sort(np.asarray(lower, dtype=np.float64))
    if not values.size or not others.size:
        return float("nan")
    below, upto = np.searchsorted(others, values, side="left"), np.searchsorted(others, values, side="right")
    return float((below + upto).mean() / 2 / others.size)


def similar_pairs(
    pairs: NDArray[np.int64], compounds: NDArray[np.int64], plates: Sequence[Sequence[str]]
) -> NDArray[np.int64]:
    """Keep pairs of rows of different compounds without a common plate, in order, the first above the second."""
    ordered = np.sort(pairs, axis=1)
    return _apart(ordered[np.lexsort((ordered[:, 1], ordered[:, 0]))], compounds, plates)


def all_alike(fingerprints: NDArray[np.uint8], cutoff: float) -> NDArray[np.int64]:
    """Find all pairs of packed fingerprints, shape (n, n_bytes), with a Tanimoto of ``cutoff`` or more; shape (n_pairs, 2).

    Two sets are as alike as ``cutoff`` only if the smaller has that share of the larger one's bits: with the rows in the
    order of their bits, each block is compared with few.
    """
    found = [np.empty((0, 2), dtype=np.int64)]
    counts = np.bitwise_count(fingerprints).sum(axis=1, dtype=np.int64)
    order = np.argsort(counts, kind="stable")
    sizes = counts[order]
    bits = np.unpackbits(fingerprints[order], axis=1).astype(np.float32)
    for start in range(0, len(order), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        end = int(np.searchsorted(sizes, sizes[part][-1] / cutoff * (1 + ROUNDING), side="right"))
        common = bits[part] @ bits[start:end].T
        union = (sizes[part, np.newaxis] + sizes[np.newaxis, start:end]).astype(np.float32) - common
        alike = np.divide(common, union, out=np.zeros_like(common), where=union > 0) >= np.float32(cutoff)
        first, second = np.nonzero(np.triu(alike, k=1))
        found.append(np.column_stack([order[start + first], order[start + second]]))
    return np.vstack(found)


def _random_pairs(
    rows: NDArray[np.int64],
    compounds: NDArray[np.int64],
    plates: Sequence[Sequence[str]],
    *,
    n: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw pairs of different compounds without a common plate."""
    return _apart(rng.choice(rows, (2 * n, 2)), compounds, plates)[:n]


def _apart(
    pairs: NDArray[np.int64], compounds: NDArray[np.int64], plates: Sequence[Sequence[str]]
) -> NDArray[np.int64]:
    """Keep pairs of different compounds without a common plate."""
    on = [frozenset(names) for names in plates]
    kept = [compounds[a] != compounds[b] and on[a].isdisjoint(on[b]) for a, b in pairs.tolist()]
    apart: NDArray[np.int64] = pairs[np.array(kept, dtype=bool)]
    return apart


def _cosines(unit: NDArray[np.float32], pairs: NDArray[np.int64]) -> FloatArray:
    """Give the cosine of each pair, some thousands at a time."""
    parts = [
        (unit[part[:, 0]] * unit[part[:, 1]]).sum(axis=1) for part in np.array_split(pairs, len(pairs) // 4096 + 1)
    ]
    return np.concatenate(parts).astype(np.float64)
