"""How much the scores of one query mean: against noise, against what acts as strongly, from the reference's side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vcpi.errors import InputError
from vcpi.signature.calibration import p_specific, q_noise, split_scores, tau
from vcpi.signature.columns import Columns
from vcpi.signature.connectivity import METHODS, score
from vcpi.signature.nullmodel import unit_rows
from vcpi.signature.nulls import unrelated_scores
from vcpi.signature.scores.blocks import descending_positions
from vcpi.signature.scores.lists import is_list
from vcpi.signature.scores.null import score_null
from vcpi.signature.scores.vectors import cosines_at
from vcpi.signature.tails import fit_null
from vcpi.store import read
from vcpi.tanimotos import Tanimotos

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vcpi.database.library import Asked, Library
    from vcpi.database.near import Near
    from vcpi.records import JointHit
    from vcpi.signature.nullmodel import NullModel

RELATED_TANIMOTO = 0.5
VEHICLES = "vehicle-pairs"  # and, beside them, replicate differences and pairs of inactive compounds
REPLICATES = "replicate-differences"  # where there are too few vehicle wells
MOST_COSINES = 20_000  # reference queries, at equal distances
MOST_TAU = 500  # reference queries of a method that is slower than the cosine
TAIL_REACH = 1e-3  # of one null profile: a tail says nothing further out than a thousandth of what was drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Chance of noise alone giving each score: ``p`` and ``q`` of shape (n_signatures,), NaN for the query's own.

    ``null_scores`` are the query's own to the null profiles, where they were needed for it.
    """

    p: NDArray[np.float64]
    q: NDArray[np.float64]
    source: str | None
    n_null: int
    caveats: tuple[str, ...] = ()
    null_scores: NDArray[np.float64] | None = None

    @property
    def p_least(self) -> float | None:
        """The smallest p that the null profiles allow, where they decide: one as small means as small or smaller."""
        return TAIL_REACH / self.n_null if self.decides and self.n_null else None

    @property
    def decides(self) -> bool:
        """Whether q tells noise from effect; among unrelated compounds of the dataset it only ranks."""
        return self.source in {VEHICLES, REPLICATES}


def judge_scores(
    library: Library,
    asked: Asked,
    scores: NDArray[np.float64],
    *,
    tanimotos: Mapping[int, float],
    reverse: bool,
    near: Near | None = None,
) -> Noise:
    """Judge every score of a query against noise: null profiles where the dataset has them, else unrelated compounds.

    References that share a plate with the query are judged by null profiles that do. Where only the ``near`` ones were
    scored, these are judged, and q takes all others for chance: it is no smaller than if all had been scored.
    """
    foreign = ~np.isin(library.compound_ids, list(asked.compound_ids))
    others = foreign if near is None else foreign & near.ranked
    p = np.full(len(scores), np.nan)
    q = np.full(len(scores), np.nan)
    caveats: tuple[str, ...] = ()
    null_scores = None
    if library.null is not None and asked.method != "cosine":
        p[others] = _by_method(library, asked, reverse=reverse)[others]
        source, n_null = _profiles_of(library.null), library.null.n_null
        p = np.maximum(p, TAIL_REACH / n_null)
        caveats = (f"{asked.method}: null profiles of all plates judge together, not those of the same plate relation",)
    elif library.null is not None:
        null_scores = None if asked.signature is not None else _null_scores(library, asked)
        rows = np.flatnonzero(others)
        p[others] = _against_null(library, asked, scores, rows, null_scores=null_scores, reverse=reverse)
        source, n_null = _profiles_of(library.null), library.null.n_null
        p = np.maximum(p, TAIL_REACH / n_null)  # NaN stays NaN
    else:
        related = ~foreign | (Tanimotos.of(tanimotos).at(library.compound_ids) >= RELATED_TANIMOTO)
        try:
            drawn = slice(None) if near is None else near.sample
            values, _ = unrelated_scores(scores[drawn], related=related[drawn])
        except InputError as error:
            return Noise(p=p, q=q, source=None, n_null=0, caveats=(f"hits are not judged against chance: {error}",))
        sign = -1.0 if reverse else 1.0
        p[others] = fit_null(sign * values).p_value(sign * scores[others])
        source, n_null = "unrelated-compounds", len(values)
        caveats = (
            f"no noise profiles in this dataset: p and q rank a score among {n_null} unrelated compounds of it; a small one "
            "is rare, not certain",
        )
    q[foreign] = q_noise(np.where(others, p, 1.0)[foreign], query_p=asked.replicate_p)
    q[~others] = np.nan
    return Noise(p=p, q=q, source=source, n_null=n_null, caveats=caveats, null_scores=null_scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """Signatures whose q is below a level, asked with one of the dataset: ``rows`` of it, with p and q."""

    rows: NDArray[np.int64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]


def judge_small(library: Library, null: NullModel, row: int, scores: NDArray[np.float64], *, level: float) -> Small:
    """Give p and q as :func:`judge_scores` does, for those alone whose q is below a level.

    A q below it has a p below it, and rests on such p only: all others need not be known.

    Parameters
    ----------
    library, null
        The dataset, and its null.
    row
        The signature that is asked with.
    scores
        Its cosines with all signatures, shape (n_signatures,).
    level
        Of q, in (0, 1].
    """
    signature = library.signatures[row]
    query_p = signature.replicate_p or 0.0
    nothing = np.zeros(0)
    if query_p >= level:
        return Small(rows=np.zeros(0, dtype=np.int64), p=nothing, q=nothing)
    compounds = library.compound_ids
    mates = library.catalogue.mates(frozenset(signature.plates))
    rows, p = null.small_p(scores, row=row, same_plate=mates, level=level)
    foreign = compounds[rows] != compounds[row]
    rows, p = rows[foreign], np.maximum(p[foreign], TAIL_REACH / null.n_null)
    n = int((compounds != compounds[row]).sum())
    order = np.argsort(p)
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate((p[order] * n / np.arange(1, len(p) + 1))[::-1])[::-1]
    q = np.maximum(np.minimum(q, 1.0), query_p)
    small = q < level
    return Small(rows=rows[small], p=p[small], q=q[small])


def null_of(null: NullModel) -> Noise:
    """Say what null profiles judge whole signatures against, without any score."""
    nothing = np.zeros(0)
    return Noise(p=nothing, q=nothing, source=_profiles_of(null), n_null=null.n_null)


def _profiles_of(null: NullModel) -> str:
    """Name what the null profiles are; datasets of earlier versions always call them vehicle pairs."""
    return VEHICLES if "vehicle" in null.source else REPLICATES


def _against_null(
    library: Library,
    asked: Asked,
    scores: NDArray[np.float64],
    rows: NDArray[np.int64],
    *,
    null_scores: NDArray[np.float64] | None,
    reverse: bool,
) -> NDArray[np.float64]:
    """Give p_noise of some rows; of what is no signature of the dataset from its scores to the null profiles."""
    null = library.null
    if null is None:
        raise InputError("The dataset has no null profiles; build it again")
    if asked.signature is not None:
        query = null.scale_at(int(np.searchsorted(library.index.signature_ids, asked.signature.signature_id)))
    else:
        own = _null_scores(library, asked) if null_scores is None else null_scores
        query = null.scale_of(own, same_plate=_null_mates(library, asked), exclude=_null_own(library, asked))
    same = _mates(library, asked, rows)
    return null.p_noise(scores[rows], query=query, rows=rows, same_plate=same, reverse=reverse)


def _by_method(library: Library, asked: Asked, *, reverse: bool) -> NDArray[np.float64]:
    """Give p_noise of every signature by a method other than the cosine: the null profiles are scored by it too."""
    vectors, null, null_columns = library.index.vectors, library.nulls.unit, library.nulls.unit_columns
    if asked.positions is not None:
        vectors, null = vectors[:, asked.positions], unit_rows(library.nulls.features[:, asked.positions])
    judged = score_null(
        asked.method,
        asked.vector,
        vectors,
        null,
        exclude=_null_own(library, asked),
        reverse=reverse,
        unsigned=asked.unsigned,
        columns=library.index.columns,
        null_columns=null_columns,
    )
    return judged.p


def _null_scores(library: Library, asked: Asked) -> NDArray[np.float64]:
    """Score what was asked against every null profile."""
    nulls = library.nulls
    return score("cosine", asked.vector, nulls.features, columns=nulls.columns)


def _null_mates(library: Library, asked: Asked) -> NDArray[np.bool_]:
    """Which null profiles are of a plate that what was asked comes from."""
    return library.nulls.mates(asked.plates)


def _null_own(library: Library, asked: Asked) -> NDArray[np.bool_]:
    """Which null profiles hold wells of the compounds that were asked about."""
    return library.nulls.holding({str(compound_id) for compound_id in asked.compound_ids})


def _mates(library: Library, asked: Asked, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which signatures share a plate with what was asked."""
    return library.catalogue.mates(asked.plates)[rows]


def _intervals(
    library: Library,
    asked: Asked,
    scores: NDArray[np.float64],
    rows: NDArray[np.int64],
    *,
    null_scores: NDArray[np.float64] | None,
    reverse: bool,
) -> list[tuple[float | None, float | None]] | None:
    """Say how well p_noise of some rows is known; None where it cannot be said, as of the smallest p that there is."""
    if library.null is None or asked.method != "cosine":
        return None
    found = library.null.p_interval(
        scores[rows],
        null_scores=_null_scores(library, asked) if null_scores is None else null_scores,
        null_plates=library.nulls.plates,
        null_same_plate=_null_mates(library, asked),
        exclude=_null_own(library, asked),
        rows=rows,
        same_plate=_mates(library, asked, rows),
        reverse=reverse,
    )
    if found is None:
        return None
    least = TAIL_REACH / library.null.n_null
    ends = zip(*(end.tolist() for end in found), strict=True)
    return [(max(low, least), high) if high > max(low, least) else (None, None) for low, high in ends]


def judge_hits(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    hits: Sequence[JointHit],
    *,
    scores: NDArray[np.float64],
    reverse: bool = False,
    sample: NDArray[np.int64] | None = None,
    null_scores: NDArray[np.float64] | None = None,
) -> list[JointHit]:
    """Add to the hits that are shown: specificity, tau, and the range over single replicates.

    Where not all were scored, ``sample`` are rows that stand for all. ``null_scores`` are those of :class:`Noise`.
    """
    shown = [hit for hit in hits if hit.signature_id is not None]
    if not shown:
        return list(hits)
    ids = [hit.signature_id for hit in shown if hit.signature_id is not None]
    places = np.searchsorted(library.index.signature_ids, ids)
    specific = _specific(
        library, asked, -scores if reverse else scores, places, sample=sample
    )  # reversed: as opposite or more
    taus, reason = _tau(library, asked, scores, places)
    rows = np.asarray(places, dtype=np.int64)
    intervals = _intervals(library, asked, scores, rows, null_scores=null_scores, reverse=reverse)
    own_wells = None if asked.signature is None else read.wells(connection, asked.signature.signature_id)
    judged = []
    for at, hit in enumerate(shown):
        wells = (
            None
            if own_wells is None or asked.method != "cosine"
            else read.wells(connection, int(hit.signature_id or 0))
        )
        low, mean = (None, None) if wells is None or own_wells is None else split_scores(own_wells, wells)
        judged.append(
            replace(
                hit,
                p_specific=None if specific is None else float(specific[at]),
                tau=None if taus is None else round(float(taus[at]), 2),
                split_min=low,
                split_mean=mean,
                p_noise_low=None if intervals is None else intervals[at][0],
                p_noise_high=None if intervals is None else intervals[at][1],
                flags=hit.flags if taus is not None else (*hit.flags, f"no-tau: {reason}"),
            )
        )
    return judged


def _as_lists(asked: Asked, rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Make of signatures what is asked with: where that is lists, the most extreme genes, as many up and down."""
    given = np.asarray(asked.vector)
    if not is_list(given):
        return rows
    n_up, n_down = int((given > 0).sum()), int((given < 0).sum())
    places = descending_positions(np.abs(rows) if asked.unsigned else rows)
    lists: NDArray[np.floating] = (places < n_up) * 1.0 - (places >= rows.shape[1] - n_down)
    return lists


def _background_rows(library: Library, asked: Asked) -> NDArray[np.int64]:
    """Active signatures of other compounds and other scaffolds than the query's."""
    own = list(asked.compound_ids)
    alike = library.catalogue.of_scaffolds(library.scaffolds[i] for i in own if library.scaffolds.get(i))
    return np.flatnonzero(~np.isin(library.compound_ids, own) & ~alike & library.acting)


def _specific(
    library: Library,
    asked: Asked,
    scores: NDArray[np.float64],
    places: NDArray[np.int64],
    *,
    sample: NDArray[np.int64] | None = None,
) -> NDArray[np.float64] | None:
    """Rank each hit among strength-matched active compounds of other scaffolds; None without any."""
    background = _background_rows(library, asked)
    if sample is not None:
        background = np.intersect1d(background, sample)
    if not len(background):
        return None
    at = np.minimum(np.searchsorted(background, places), len(background) - 1)
    return p_specific(
        scores[places],
        background=scores[background],
        background_strength=library.strengths[background],
        strength=library.strengths[places],
        own=np.where(background[at] == places, at, -1),
    )


def _tau(
    library: Library, asked: Asked, scores: NDArray[np.float64], places: NDArray[np.int64]
) -> tuple[NDArray[np.float64] | None, str]:
    """Compare each hit with what other active compounds reach there."""
    references = np.flatnonzero(library.acting & ~np.isin(library.compound_ids, list(asked.compound_ids)))
    vectors = library.index.vectors
    if asked.method == "cosine":
        references = references[:: -(-len(references) // MOST_COSINES) or 1]
        if asked.positions is None:
            columns = library.index.columns
            squares = None if columns is None else columns.squares
            reached = cosines_at(vectors[places], vectors, references, squares=squares)
        else:
            part = np.ascontiguousarray(vectors[references][:, asked.positions])
            reached = cosines_at(vectors[places][:, asked.positions], part, np.arange(len(part)))
    elif METHODS[asked.method].blockwise:
        references = references[np.linspace(0, len(references) - 1, min(len(references), MOST_TAU)).round().astype(int)]
        asking, shown = (
            rows if asked.positions is None else unit_rows(rows[:, asked.positions])
            for rows in (vectors[references], vectors[places])
        )
        by_gene = Columns(shown, checked=True) if Columns.possible(shown) else None
        reached = score(asked.method, _as_lists(asked, asking), shown, unsigned=asked.unsigned, columns=by_gene)
    else:
        return None, f"{asked.method} standardizes over all references"
    reached[library.compound_ids[references][:, np.newaxis] == library.compound_ids[places]] = np.nan
    return tau(scores[places], reached)
