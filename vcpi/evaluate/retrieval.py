"""Does a query find what it should: its sister well on the plate, its class on other plates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.all_pairs import blocks
from vcpi.errors import InputError
from vcpi.evaluate.precision import (
    benjamini_hochberg,
    expected_average_precision,
    mean_average_precision,
    normalized_average_precision,
    precision_of,
)
from vcpi.evaluate.scores import ScoreBlocks, shared_plates, unit_rows

SIGNIFICANT = 0.05
N_STRATA = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRetrieval:
    """How well the members of a class find one another.

    ``mean_average_precision`` is in (0, 1], ``normalized`` 0 at chance and 1 at best; ``precision`` is the share of
    members among the first hits, as many as there are members to find, and ``chance`` what a random order gives.
    """

    label: str
    n_queries: int
    n_positive: float
    mean_average_precision: float
    normalized: float
    precision: float
    chance: float
    p: float
    q: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """Retrieval over all classes: the mean over queries, the mean over classes, and every class."""

    n_queries: int
    mean_average_precision: float
    normalized: float
    precision: float
    mean_over_classes: float
    significant: float
    classes: tuple[ClassRetrieval, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicateRetrieval:
    """How well one well finds its sisters among the other wells of its plate.

    ``recall_at_1`` is the share of wells whose best hit is a sister; ``mean_rank`` the mean normalized rank of the
    best sister, 1 best and 0.5 at chance; ``significant`` the share of treatments with q below 0.05. ``deciles`` has
    the same by strength, weakest first: (upper strength, treatments, mean average precision, significant share).
    """

    n_wells: int
    n_treatments: int
    mean_average_precision: float
    chance: float
    recall_at_1: float
    mean_rank: float
    significant: float
    deciles: tuple[tuple[float, int, float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """One query of one class."""

    label: str
    average: float
    size: tuple[int, int]
    precision: float


def class_retrieval(
    scores: ScoreBlocks,
    *,
    compound_ids: ArrayLike,
    classes: Sequence[Sequence[str]],
    plates: Sequence[Sequence[str]],
    active: ArrayLike | None = None,
    candidates: ArrayLike | None = None,
    across_plates: bool = True,
    n_null: int = 10_000,
    seed: int = 0,
) -> Retrieval:
    """Let each active member of a class look for the other active members.

    A positive is an active signature of another compound of the class; a negative shares no class with the query.
    Neither are the query's own compound, members of another of its classes, and inactive members.

    Parameters
    ----------
    scores
        Scores of rows against all rows.
    compound_ids
        Compound of each signature, shape (n,).
    classes
        Classes of each signature's compound.
    plates
        Plates of each signature.
    active
        Which signatures are active, shape (n,); default all. Only they ask, and only they are to be found.
    candidates
        Which signatures are searched, shape (n,); default all.
    across_plates
        Search other plates only, so that a shared plate cannot help.
    n_null, seed
        Of the permutation p-values.

    Returns
    -------
    Retrieval
        Classes by falling mean average precision; NaN where nothing could be asked.

    Raises
    ------
    InputError
        Lengths disagree.
    """
    compounds = np.asarray(compound_ids, dtype=np.int64)
    n = len(compounds)
    acting = np.ones(n, dtype=bool) if active is None else np.asarray(active, dtype=bool)
    searched = np.ones(n, dtype=bool) if candidates is None else np.asarray(candidates, dtype=bool)
    if not n == len(classes) == len(plates) == len(acting) == len(searched):
        raise InputError(
            f"{n} compounds, {len(classes)} classes, {len(plates)} plates, {len(acting)} activities and "
            f"{len(searched)} candidates; expected one each"
        )
    members = _members(classes)
    shared = shared_plates(plates)
    queries = np.array([row for row in range(n) if acting[row] and classes[row]], dtype=np.int64)
    found: list[_Found] = []
    for rows in blocks(queries):
        block, same_plate = scores(rows), shared(rows)
        for row, values, on_plate in zip(rows.tolist(), block, same_plate, strict=True):
            eligible = searched & (compounds != compounds[row])
            if across_plates:
                eligible &= ~on_plate
            found += _ask(row, values, eligible=eligible, acting=acting, classes=classes, members=members)
    return _summarize(found, n_null=n_null, seed=seed)


def replicate_retrieval(
    features: ArrayLike,
    *,
    treatments: ArrayLike,
    plates: ArrayLike,
    strength: ArrayLike | None = None,
    n_null: int = 10_000,
    seed: int = 0,
) -> ReplicateRetrieval:
    """Let each well look for its sisters on its plate, where the plate itself cannot help.

    Parameters
    ----------
    features
        Signatures of single wells, shape (n_wells, n_features).
    treatments
        Treatment of each well, as integers, shape (n_wells,).
    plates
        Plate of each well, shape (n_wells,).
    strength
        Strength of each well's treatment, shape (n_wells,), for the deciles.
    n_null, seed
        Of the permutation p-values.

    Returns
    -------
    ReplicateRetrieval
        NaN where no treatment has two wells on a plate.
    """
    rows, who, where = unit_rows(features), np.asarray(treatments, dtype=np.int64), np.asarray(plates)
    if not len(rows) == len(who) == len(where):
        raise InputError(f"{len(rows)} wells, {len(who)} treatments, {len(where)} plates; expected one each")
    averages, sizes, first, ranks = [], [], [], []
    asked: list[int] = []
    for plate in np.unique(where):
        wells = np.flatnonzero(where == plate)
        scores = rows[wells] @ rows[wells].T
        for place, well in enumerate(wells.tolist()):
            values = np.delete(scores[place], place)
            sister = np.delete(who[wells] == who[well], place)
            if not sister.any() or sister.all():
                continue
            asked.append(well)
            averages.append(precision_of(values[sister], np.sort(values)))
            sizes.append((int(sister.sum()), len(values)))
            best, others = values[sister].max(), values[~sister]
            first.append(_share_below(best, others, at_top=True))
            ranks.append(_share_below(best, others))
    groups = [str(who[well]) for well in asked]
    by_treatment = mean_average_precision(averages, sizes, groups, n_null=n_null, seed=seed)
    q = dict(zip(by_treatment, benjamini_hochberg([p for _, p in by_treatment.values()]), strict=True))
    deciles: tuple[tuple[float, int, float, float], ...] = ()
    if strength is not None and asked:
        strengths = np.asarray(strength, dtype=np.float64)
        of_treatment = {group: float(strengths[well]) for group, well in zip(groups, asked, strict=True)}
        deciles = _deciles(of_treatment, by_treatment, q)
    return ReplicateRetrieval(
        n_wells=len(asked),
        n_treatments=len(by_treatment),
        mean_average_precision=_mean(averages),
        chance=_mean([expected_average_precision(*size) for size in sizes]),
        recall_at_1=_mean(first),
        mean_rank=_mean(ranks),
        significant=_mean([value < SIGNIFICANT for value in q.values()]),
        deciles=deciles,
    )


def _members(classes: Sequence[Sequence[str]]) -> dict[str, NDArray[np.bool_]]:
    """Mark the members of each class."""
    members: dict[str, NDArray[np.bool_]] = {}
    for row, labels in enumerate(classes):
        for label in labels:
            members.setdefault(label, np.zeros(len(classes), dtype=bool))[row] = True
    return members


def _ask(
    row: int,
    values: NDArray[np.float32],
    *,
    eligible: NDArray[np.bool_],
    acting: NDArray[np.bool_],
    classes: Sequence[Sequence[str]],
    members: dict[str, NDArray[np.bool_]],
) -> list[_Found]:
    """Ask for each class of one query."""
    alike = np.any([members[label] for label in classes[row]], axis=0)
    negative = eligible & ~alike
    found = []
    for label in classes[row]:
        positive = eligible & members[label] & acting
        n_positive, n_negative = int(positive.sum()), int(negative.sum())
        if not n_positive or not n_negative:
            continue
        wanted = values[positive]
        ranked = np.sort(np.concatenate([wanted, values[negative]]))
        edge = ranked[-n_positive]
        above, at_edge = int((wanted > edge).sum()), int((wanted == edge).sum())
        tied, room = int((ranked == edge).sum()), n_positive - int((ranked > edge).sum())
        found.append(
            _Found(
                label=label,
                average=precision_of(wanted, ranked),
                size=(n_positive, len(ranked)),
                precision=(above + at_edge * room / tied) / n_positive,
            )
        )
    return found


def _summarize(found: list[_Found], *, n_null: int, seed: int) -> Retrieval:
    """Sum up by class and over all."""
    labels = [one.label for one in found]
    with_p = mean_average_precision(
        [one.average for one in found], [one.size for one in found], labels, n_null=n_null, seed=seed
    )
    q = dict(zip(with_p, benjamini_hochberg([p for _, p in with_p.values()]).tolist(), strict=True))
    rows = []
    for label, (average, p) in with_p.items():
        own = [one for one in found if one.label == label]
        rows.append(
            ClassRetrieval(
                label=label,
                n_queries=len(own),
                n_positive=_mean([one.size[0] for one in own]),
                mean_average_precision=average,
                normalized=_mean([normalized_average_precision(one.average, *one.size) for one in own]),
                precision=_mean([one.precision for one in own]),
                chance=_mean([expected_average_precision(*one.size) for one in own]),
                p=p,
                q=q[label],
            )
        )
    rows.sort(key=lambda row: (-row.mean_average_precision, row.label))
    return Retrieval(
        n_queries=len(found),
        mean_average_precision=_mean([one.average for one in found]),
        normalized=_mean([normalized_average_precision(one.average, *one.size) for one in found]),
        precision=_mean([one.precision for one in found]),
        mean_over_classes=_mean([row.mean_average_precision for row in rows]),
        significant=_mean([row.q < SIGNIFICANT for row in rows]),
        classes=tuple(rows),
    )


def _deciles(
    strengths: dict[str, float], averages: dict[str, tuple[float, float]], q: dict[str, float]
) -> tuple[tuple[float, int, float, float], ...]:
    """Cut the treatments into ten parts by strength."""
    known = sorted((value, name) for name, value in strengths.items() if np.isfinite(value))
    parts = []
    for part in np.array_split(np.arange(len(known)), N_STRATA):
        names = [known[place][1] for place in part]
        if names:
            mean = _mean([averages[name][0] for name in names])
            parts.append((known[part[-1]][0], len(names), mean, _mean([q[name] < SIGNIFICANT for name in names])))
    return tuple(parts)


def _share_below(best: float, others: NDArray[np.float32], *, at_top: bool = False) -> float:
    """Give the normalized rank of a score, ties counted half; or the chance that it is first."""
    above, tied = int((others > best).sum()), int((others == best).sum())
    if at_top:
        return 0.0 if above else 1.0 / (1 + tied)
    return 1.0 - (above + tied / 2) / len(others)


def _mean(values: Sequence[float]) -> float:
    """Average, NaN of nothing."""
    return float(np.mean(values)) if len(values) else float("nan")
