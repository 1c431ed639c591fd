"""Does a compound resemble itself at the next dose, and grow stronger with dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.evaluate.scores import unit_rows

FloatArray = NDArray[np.float64]
MIN_DOSES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseStep:
    """One dose against the next: how a compound's two signatures rank among its plate's others at the higher dose.

    ``rank`` is the mean share of other compounds that are less alike, 1 at best and 0.5 at chance; ``first`` the share
    of compounds that no other beats.
    """

    low_um: float
    high_um: float
    n_compounds: int
    rank: float
    first: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseConsistency:
    """Dose steps from the top, the mean strength at each dose, and how strength follows dose.

    ``monotone`` is the mean rank correlation of strength and dose over compounds that are active at their top dose.
    """

    n_compounds: int
    steps: tuple[DoseStep, ...]
    strengths: tuple[tuple[float, int, float], ...]
    monotone: float


def dose_consistency(
    features: ArrayLike,
    *,
    compound_ids: ArrayLike,
    doses_um: ArrayLike,
    plates: Sequence[Sequence[str]],
    strength: ArrayLike,
    active: ArrayLike | None = None,
) -> DoseConsistency | None:
    """Compare each active compound with itself at the next lower dose, among all others on its plate.

    Parameters
    ----------
    features
        Signatures, shape (n, n_features).
    compound_ids, doses_um, plates, strength
        Compound, dose (µM, NaN where not known), plates and strength of each signature.
    active
        Which signatures are active, shape (n,); a compound counts where its top dose is. Default all.

    Returns
    -------
    DoseConsistency or None
        None where no compound has two doses.
    """
    unit = unit_rows(features)
    compounds, doses = np.asarray(compound_ids, dtype=np.int64), np.asarray(doses_um, dtype=np.float64)
    strengths = np.asarray(strength, dtype=np.float64)
    acting = np.ones(len(compounds), dtype=bool) if active is None else np.asarray(active, dtype=bool)
    series = _series(compounds, doses)
    if not series:
        return None
    on_plate = {"": np.empty(0, dtype=np.int64)} | _rows_of_plates(plates)
    tops = [rows for rows in series if acting[rows[-1]]]
    found: dict[tuple[float, float], list[float]] = {}
    for rows in tops:
        for low, high in pairwise(rows.tolist()):
            mates = np.unique(np.concatenate([on_plate[name] for name in (*plates[low], "")]))
            others = mates[(doses[mates] == doses[high]) & (compounds[mates] != compounds[low])]
            if high not in mates or not others.size:
                continue
            scores = unit[others] @ unit[low]
            own = float(unit[high] @ unit[low])
            rank = float((scores < own).mean() + (scores == own).mean() / 2)
            found.setdefault((float(doses[low]), float(doses[high])), []).append(rank)
    steps = [
        DoseStep(
            low_um=low,
            high_um=high,
            n_compounds=len(ranks),
            rank=float(np.mean(ranks)),
            first=float(np.mean([rank >= 1.0 for rank in ranks])),
        )
        for (low, high), ranks in sorted(found.items(), key=lambda item: item[0][::-1], reverse=True)
    ]
    follows = [spearman(doses[rows], strengths[rows]) for rows in tops if len(rows) >= MIN_DOSES]
    known = np.isfinite(doses) & np.isfinite(strengths)
    levels = [(float(dose), known & (doses == dose)) for dose in np.unique(doses[known])]
    return DoseConsistency(
        n_compounds=len(series),
        steps=tuple(steps),
        strengths=tuple((dose, int(at.sum()), float(strengths[at].mean())) for dose, at in levels),
        monotone=float(np.mean(follows)) if follows else float("nan"),
    )


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Correlate ranks, tied values sharing theirs; 0 where one side does not vary.

    Examples
    --------
    >>> round(spearman([1, 2, 3, 4], [1, 3, 2, 4]), 6)
    0.8
    """
    a, b = _ranks(first), _ranks(second)
    a, b = a - a.mean(), b - b.mean()
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / length if length > 0 else 0.0


def _rows_of_plates(plates: Sequence[Sequence[str]]) -> dict[str, NDArray[np.int64]]:
    """List the rows on each plate."""
    found: dict[str, list[int]] = {}
    for row, names in enumerate(plates):
        for name in names:
            found.setdefault(name, []).append(row)
    return {name: np.array(rows, dtype=np.int64) for name, rows in found.items()}


def _ranks(values: ArrayLike) -> FloatArray:
    """Rank values, ties at their mean."""
    _, place, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], dtype=np.float64)


def _series(compounds: NDArray[np.int64], doses: FloatArray) -> list[NDArray[np.int64]]:
    """List the rows of each compound with two doses or more, by dose; of equal doses the first row."""
    found = []
    for compound in np.unique(compounds):
        rows = np.flatnonzero((compounds == compound) & np.isfinite(doses))
        _, first = np.unique(doses[rows], return_index=True)
        if len(first) > 1:
            found.append(rows[first])
    return found
