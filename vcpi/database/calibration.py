"""How much the scores of one query mean: against noise, against what acts as strongly, from the reference's side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vcpi.errors import InputError
from vcpi.signature.calibration import p_specific, q_noise, split_scores, tau
from vcpi.signature.nullmodel import unit_rows
from vcpi.signature.nulls import unrelated_scores
from vcpi.signature.tails import fit_null
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vcpi.database.library import Asked, Library
    from vcpi.records import JointHit

RELATED_TANIMOTO = 0.5
VEHICLES = "vehicle-pairs"
TAIL_REACH = 1e-3  # of one null profile: a tail says nothing further out than a thousandth of what was drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Chance of noise alone giving each score: ``p`` and ``q`` of shape (n_signatures,), NaN for the query's own."""

    p: NDArray[np.float64]
    q: NDArray[np.float64]
    source: str | None
    n_null: int
    caveats: tuple[str, ...] = ()

    @property
    def decides(self) -> bool:
        """Whether q tells noise from effect; among unrelated compounds of the dataset it only ranks."""
        return self.source == VEHICLES


def judge_scores(
    library: Library,
    asked: Asked,
    scores: NDArray[np.float64],
    *,
    tanimotos: dict[int, float],
    reverse: bool,
) -> Noise:
    """Judge every score of a query against noise: null profiles where the dataset has them, else unrelated compounds.

    References that share a plate with the query are judged by null profiles that do.
    """
    others = library.compound_ids != (-1 if asked.query.compound_id is None else asked.query.compound_id)
    p = np.full(len(scores), np.nan)
    q = np.full(len(scores), np.nan)
    caveats: tuple[str, ...] = ()
    if library.null is not None:
        p[others] = _against_null(library, asked, scores, np.flatnonzero(others), reverse=reverse)
        source, n_null = VEHICLES, library.null.n_null
        p = np.maximum(p, TAIL_REACH / n_null)  # NaN stays NaN
    else:
        related = ~others | np.array([tanimotos.get(i, 0.0) >= RELATED_TANIMOTO for i in library.compound_ids.tolist()])
        try:
            values, _ = unrelated_scores(scores, related=related)
        except InputError as error:
            return Noise(p=p, q=q, source=None, n_null=0, caveats=(f"hits are not judged against chance: {error}",))
        sign = -1.0 if reverse else 1.0
        p[others] = fit_null(sign * values).p_value(sign * scores[others])
        source, n_null = "unrelated-compounds", len(values)
        caveats = (
            f"no noise profiles in this dataset: p and q rank a score among {n_null} unrelated compounds of it; a small one "
            "is rare, not certain",
        )
    own = asked.signature
    gate = own.replicate_p if own is not None and own.replicate_p is not None else 0.0
    q[others] = q_noise(p[others], query_p=gate)
    return Noise(p=p, q=q, source=source, n_null=n_null, caveats=caveats)


def _against_null(
    library: Library, asked: Asked, scores: NDArray[np.float64], rows: NDArray[np.int64], *, reverse: bool
) -> NDArray[np.float64]:
    """Give p_noise of some rows."""
    null = library.null
    if null is None:
        raise InputError("The dataset has no null profiles; build it again")
    if asked.signature is not None:
        place = int(np.searchsorted(library.index.signature_ids, asked.signature.signature_id))
        query, plates = null.scale_at(place), set(asked.signature.plates)
    else:
        unit = unit_rows(np.asarray(asked.vector, dtype=np.float64)[np.newaxis])[0]
        null_scores = unit_rows(library.null_features) @ unit
        query, plates = null.scale_of(null_scores, same_plate=np.zeros(len(null_scores), dtype=bool)), set()
    same = np.array([not plates.isdisjoint(library.signatures[row].plates) for row in rows.tolist()], dtype=bool)
    return null.p_noise(scores[rows], query=query, rows=rows, same_plate=same, reverse=reverse)


def judge_hits(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    hits: Sequence[JointHit],
    *,
    scores: NDArray[np.float64],
) -> list[JointHit]:
    """Add to the hits that are shown: specificity, tau, and the range over single replicates."""
    shown = [hit for hit in hits if hit.signature_id is not None]
    if not shown:
        return list(hits)
    ids = [hit.signature_id for hit in shown if hit.signature_id is not None]
    places = np.searchsorted(library.index.signature_ids, ids)
    specific = _specific(library, asked, scores, places)
    taus, reason = _tau(library, asked, scores, places)
    own_wells = None if asked.signature is None else read.wells(connection, asked.signature.signature_id)
    judged = []
    for at, hit in enumerate(shown):
        wells = None if own_wells is None else read.wells(connection, int(hit.signature_id or 0))
        low, mean = (None, None) if wells is None or own_wells is None else split_scores(own_wells, wells)
        judged.append(
            replace(
                hit,
                p_specific=None if specific is None else float(specific[at]),
                tau=None if taus is None else round(float(taus[at]), 2),
                split_min=low,
                split_mean=mean,
                flags=hit.flags if taus is not None else (*hit.flags, f"no-tau: {reason}"),
            )
        )
    return judged


def _background_rows(library: Library, asked: Asked) -> NDArray[np.int64]:
    """Active signatures of other compounds and other scaffolds than the query's."""
    scaffold = library.scaffolds.get(asked.query.compound_id or -1)
    ids = library.compound_ids.tolist()
    kept = [i != asked.query.compound_id and (not scaffold or library.scaffolds.get(i) != scaffold) for i in ids]
    return np.flatnonzero(np.array(kept, dtype=bool) & library.acting)


def _specific(
    library: Library, asked: Asked, scores: NDArray[np.float64], places: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Rank each hit among strength-matched active compounds of other scaffolds; None without any."""
    background = _background_rows(library, asked)
    if not len(background):
        return None
    found = np.ones(len(places))
    for at, place in enumerate(places.tolist()):
        others = background[background != place]
        found[at] = p_specific(
            scores[[place]],
            background=scores[others],
            background_strength=library.strengths[others],
            strength=library.strengths[[place]],
        )[0]
    return found


def _tau(
    library: Library, asked: Asked, scores: NDArray[np.float64], places: NDArray[np.int64]
) -> tuple[NDArray[np.float64] | None, str]:
    """Compare each hit with what other active compounds reach there."""
    references = np.flatnonzero(library.acting & (library.compound_ids != (asked.query.compound_id or -1)))
    unit = library.index.vectors
    if asked.positions is not None:
        unit = unit_rows(unit[:, asked.positions])
    reached = np.asarray(unit[references] @ unit[places].T, dtype=np.float64)
    reached[library.compound_ids[references][:, np.newaxis] == library.compound_ids[places]] = np.nan
    return tau(scores[places], reached)
