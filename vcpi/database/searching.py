"""One query scored against a whole dataset: every score judged, every compound ranked, structure beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vcpi.database.calibration import judge_scores
from vcpi.database.evidence import evidence_flags, thin_limit
from vcpi.database.near import look_near
from vcpi.errors import InputError
from vcpi.joint import N_NEAREST, Profiled, Thresholds, join
from vcpi.records import SignatureHit
from vcpi.signature.calibration import q_noise
from vcpi.signature.connectivity import METHODS, order, score
from vcpi.signature.fast import FastIndex
from vcpi.store import read
from vcpi.tanimotos import Tanimotos

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection
    from typing import Any

    from numpy.typing import NDArray

    from vcpi.database.calibration import Noise
    from vcpi.database.engine import EngineSignatures
    from vcpi.database.library import Asked, Library
    from vcpi.database.near import Near
    from vcpi.records import JointHit

DENSE, LEAST_DENSE = 8, 10_000  # numbers up to so many times as many as there are fit a table of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything a search knows before it is cut to an answer.

    ``scores`` and ``noise`` follow the signatures of the dataset; ``ranked`` holds the best signature of each compound,
    ``rows`` the same with structure beside it; where only the first were asked for, those and what looks most like the
    query. ``mates`` says of all in their order whether they share a plate with the query, where plates are known.
    ``equal`` are compounds whose signature is the query's own.
    """

    scores: NDArray[np.float64]
    tanimotos: Tanimotos
    noise: Noise
    thresholds: Thresholds
    background: dict[float, float]
    ranked: list[SignatureHit]
    details: dict[int, Profiled]
    labels: dict[int, dict[str, Any]]
    rows: list[JointHit]
    equal: list[int]
    mates: NDArray[np.bool_]
    near: Near | None = None


def search(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    *,
    reverse: bool = False,
    exclude_same_plate: bool = False,
    considered: NDArray[np.bool_] | None = None,
    fast: FastIndex | EngineSignatures | None = None,
    first: int | None = None,
    only: Collection[int] | None = None,
) -> Found:
    """Rank all compounds of a dataset by connectivity to what was asked.

    Signatures equal to the query's own, and repeats of one signature under several names, are no independent
    evidence: the first are left out, the others folded into one hit.

    Parameters
    ----------
    connection, library
        The store, and the dataset opened for searching.
    asked
        What is searched with.
    reverse
        Most opposite first.
    exclude_same_plate
        Leave out compounds that share a plate with the query.
    considered
        Signatures to look at, shape (n_signatures,); all where None. q is within these.
    fast
        What proposes the hits, with the recall that it states; all signatures are scored where None.
    first
        How many rows are wanted; all where None. All are ranked either way.
    only
        Compounds whose rows alone are wanted, and those that they were folded into, instead of the first.

    Raises
    ------
    InputError
        The fast search is asked for a query or with a filter that it cannot take.
    """
    if isinstance(fast, FastIndex) and considered is not None:
        message = (
            "--fast looks at the nearest of all signatures, not at those that a filter leaves; ask without one of them"
        )
        raise InputError(message)
    tanimotos = _tanimotos(library, asked)
    near = None
    if fast is not None:

        def enough(places: NDArray[np.int64]) -> bool:
            """Say whether as many compounds as are wanted are among the best."""
            left = places if considered is None else places[considered[places]]
            heads = _heads(library, asked, left)[0]
            if exclude_same_plate:
                heads = heads[~library.catalogue.mates(asked.plates)[heads]]
            return len(heads) >= (first or 1)

        near = look_near(
            library, asked, fast, tanimotos=tanimotos, reverse=reverse, considered=considered, enough=enough
        )
    scores = _scores(library, asked) if near is None else near.scores
    noise = judge_scores(library, asked, scores, tanimotos=tanimotos, reverse=reverse, near=near)
    if considered is not None:
        noise = _within(noise, considered, asked, near=near, compound_ids=library.compound_ids)
    if near is not None:
        considered = near.ranked
    ordered, equal, folded = _rank(library, asked, scores, reverse=reverse, considered=considered)
    background = _background(library, asked, scores if near is None else scores[near.sample])
    thresholds = Thresholds.from_background(background)
    mates, plated = library.catalogue.mates(asked.plates)[ordered], library.catalogue.plated[ordered]
    listed = ~mates if exclude_same_plate else np.ones(len(ordered), dtype=bool)
    wanted = np.arange(len(ordered))
    if first is not None or only is not None:
        close = _close(library, ordered, tanimotos, thresholds)
        if only is not None:
            heads = [signature_id for signature_id, others in folded.items() if not set(only).isdisjoint(others)]
            close |= np.isin(library.compound_ids[ordered], list(only))
            close |= np.isin(library.index.signature_ids[ordered], heads)
        wanted = np.union1d(np.flatnonzero(listed)[: first if only is None else 0], np.flatnonzero(close))
    ranked = [_hit(library, int(ordered[at]), int(at) + 1, scores, noise) for at in wanted.tolist()]
    shown = [hit.compound_id for hit in ranked]
    labels = read.labels(connection, shown + [i for hit in ranked for i in folded.get(hit.signature_id, ())])
    thin = thin_limit(library.catalogue.replicates)
    details = {
        hit.signature_id: _profiled(library, labels, place, folded, thin)
        for hit, place in zip(ranked, ordered[wanted].tolist(), strict=True)
    }
    rows = join(
        profiled_query(asked),
        ranked,
        details=details,
        tanimotos=tanimotos,
        thresholds=thresholds,
        exclude_same_plate=exclude_same_plate,
        reverse=reverse,
        by_q=noise.decides,
        structure_asked=bool(asked.compound_ids),
    )
    if only is not None:
        rows = _of_all(rows, ordered=ordered[listed], library=library)
    elif first is not None:
        rows = rows[: min(first, int(listed.sum()))]
    return Found(
        scores=scores,
        tanimotos=tanimotos,
        noise=noise,
        thresholds=thresholds,
        background=background,
        ranked=ranked,
        details=details,
        labels=labels,
        rows=rows,
        equal=equal,
        mates=mates[listed & plated] if asked.plates else np.zeros(0, dtype=bool),
        near=near,
    )


def _of_all(rows: list[JointHit], *, ordered: NDArray[np.int64], library: Library) -> list[JointHit]:
    """Give rows the rank that they have among all."""
    ranks = {
        signature_id: rank for rank, signature_id in enumerate(library.index.signature_ids[ordered].tolist(), start=1)
    }
    return [replace(row, rank=ranks[int(row.signature_id or 0)]) for row in rows]


def _within(
    noise: Noise, considered: NDArray[np.bool_], asked: Asked, *, near: Near | None, compound_ids: NDArray[np.int64]
) -> Noise:
    """Take q anew among the signatures that a filter leaves; of these, what was not scored counts as chance."""
    judged = ~np.isnan(noise.p)
    p, kept = noise.p, considered & judged
    if near is not None and judged.any():
        kept = considered & ~np.isin(compound_ids, list(asked.compound_ids))
        p = np.where(judged, p, 1.0)
    q = np.full(len(p), np.nan)
    q[kept] = q_noise(p[kept], query_p=asked.replicate_p)
    q[~judged] = np.nan
    return replace(noise, q=q)


def _scores(library: Library, asked: Asked) -> NDArray[np.float64]:
    """Score every signature of the dataset, in the order of the ids."""
    vectors = library.index.vectors
    if asked.positions is not None:
        vectors = vectors[:, asked.positions]
    return score(asked.method, asked.vector, vectors, unsigned=asked.unsigned, columns=library.index.columns)


def _ties(library: Library, asked: Asked) -> NDArray[np.float64] | None:
    """Scores that order what a method leaves equal, where it does."""
    method = METHODS[asked.method]
    return None if method.tie_break is None else _scores(library, replace(asked, method=method.tie_break))


def _rank(
    library: Library,
    asked: Asked,
    scores: NDArray[np.float64],
    *,
    reverse: bool,
    considered: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.int64], list[int], dict[int, list[int]]]:
    """Order the compounds by their best signature; leave out the query and what is identical with it.

    Returns the places of the signatures, the compounds whose signature equals the query's, and for each hit's signature
    the compounds folded into it.
    """
    places = order(scores, library.index.signature_ids, ties=_ties(library, asked), reverse=reverse)
    if considered is not None:
        places = places[considered[places]]
    heads, repeats, equal = _heads(library, asked, places)
    compounds, codes = library.compound_ids, library.catalogue.vector_codes
    folded: dict[int, list[int]] = {}
    if len(repeats):
        first = dict(zip(codes[heads].tolist(), library.index.signature_ids[heads].tolist(), strict=True))
        for code, compound_id in zip(codes[repeats].tolist(), compounds[repeats].tolist(), strict=True):
            folded.setdefault(first[code], []).append(compound_id)
    return heads, compounds[equal].tolist(), folded


def _heads(
    library: Library, asked: Asked, places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of signatures, best first, take the best of each compound; then those that repeat one, and the query's own apart."""
    compounds, catalogue = library.compound_ids, library.catalogue
    places = places[~np.isin(compounds[places], list(asked.compound_ids))]
    places = places[_firsts(compounds[places])]
    own = np.isin(catalogue.vector_codes[places], catalogue.codes_of(one.vector_digest for one in asked.origins))
    equal, places = places[own], places[~own]
    new = _firsts(catalogue.vector_codes[places])
    return places[new], np.delete(places, new), equal


def _firsts(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find where each value comes first, in the order of the places.

    Examples
    --------
    >>> _firsts(np.array([7, 3, 7, 5, 3])).tolist()
    [0, 1, 3]
    """
    places = np.arange(len(values))
    if len(values) and values.min() >= 0 and values.max() < DENSE * len(values) + LEAST_DENSE:
        seen = np.empty(int(values.max()) + 1, dtype=np.int64)
        seen[values[::-1]] = places[::-1]  # the last that is written is the first
        return np.flatnonzero(seen[values] == places)
    return np.sort(np.unique(values, return_index=True)[1])


def _close(
    library: Library, places: NDArray[np.int64], tanimotos: Tanimotos, thresholds: Thresholds
) -> NDArray[np.bool_]:
    """Mark what may be an analog of the query: what looks alike, and the nearest whatever they look like."""
    compounds = library.compound_ids[places]
    alike = tanimotos.at(compounds)
    known = ~np.isnan(alike)
    nearest = Tanimotos(compounds[known], alike[known]).nearest(N_NEAREST)
    return (alike >= min(thresholds.related, thresholds.tanimoto)) | np.isin(compounds, nearest)


def _hit(library: Library, place: int, rank: int, scores: NDArray[np.float64], noise: Noise) -> SignatureHit:
    """Make the hit of the signature at a place."""
    return SignatureHit(
        rank=rank,
        signature_id=int(library.index.signature_ids[place]),
        compound_id=int(library.compound_ids[place]),
        connectivity=float(scores[place]),
        p_noise=_known(noise.p[place]),
        q_noise=_known(noise.q[place]),
    )


def _background(library: Library, asked: Asked, scores: NDArray[np.float64]) -> dict[float, float]:
    """Return the quantiles that a score is held against: of unrelated pairs, or of a foreign query's own scores.

    A gene list or a part of the genes reaches other values than whole signatures do.
    """
    if asked.signature is not None and asked.method == "cosine":
        return {float(level): cosine for level, cosine in library.manifest.recipe["background"].items()}
    return {level: float(np.quantile(scores, level)) for level in (0.5, 0.9, 0.95, 0.99)} if scores.size else {}


def _known(value: float) -> float | None:
    """Return a plain number, None for NaN."""
    return None if np.isnan(value) else float(value)


def _tanimotos(library: Library, asked: Asked) -> Tanimotos:
    """Return the Tanimoto of every compound with a structure to the query (the nearest of several), if it has one."""
    if not asked.fingerprints:
        return Tanimotos([], [])
    scores = np.max([library.fingerprints.scores(one) for one in asked.fingerprints], axis=0)
    return Tanimotos(library.fingerprints.compound_ids, scores)


def profiled_query(asked: Asked) -> Profiled:
    """Describe what was asked as ``joint`` wants it."""
    own = asked.signature
    return Profiled(
        compound_id=-1 if asked.query.compound_id is None else asked.query.compound_id,
        name=asked.query.name,
        plates=tuple(sorted(asked.plates)),
        strength=own.strength if own else None,
        active=own.active if own else None,
        n_replicates=own.n_replicates if own else None,
    )


def _profiled(
    library: Library,
    labels: dict[int, dict[str, Any]],
    place: int,
    folded: dict[int, list[int]],
    thin: float | None,
) -> Profiled:
    """Describe the signature at a place as ``joint`` wants it."""
    signature = library.signatures[place]
    signature_id = signature.signature_id
    label = labels[signature.treatment.compound_id]
    others = [labels[compound_id]["name"] for compound_id in folded.get(signature_id, [])]
    flags = [f"identical-signature: {', '.join(others)}"] if others else []
    return Profiled(
        compound_id=signature.treatment.compound_id,
        name=label["name"],
        source_compound_id=label["source_compound_id"],
        inchikey=label["inchikey"],
        signature_id=signature_id,
        plates=signature.plates,
        strength=signature.strength,
        active=signature.active,
        n_replicates=signature.n_replicates,
        flags=(*flags, *signature.flags, *evidence_flags(signature, thin)),
        treatment=signature.treatment,
    )
