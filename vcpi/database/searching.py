"""One query scored against a whole dataset: every score judged, every compound ranked, structure beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vcpi.database.calibration import judge_scores
from vcpi.database.evidence import evidence_flags, thin_limit
from vcpi.database.near import look_near
from vcpi.errors import InputError
from vcpi.joint import Profiled, Thresholds, join
from vcpi.records import SignatureHit
from vcpi.signature.calibration import q_noise
from vcpi.signature.connectivity import METHODS, order, score
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from numpy.typing import NDArray

    from vcpi.database.calibration import Noise
    from vcpi.database.library import Asked, Library
    from vcpi.database.near import Near
    from vcpi.records import JointHit
    from vcpi.signature.fast import FastIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything a search knows before it is cut to an answer.

    ``scores`` and ``noise`` follow the signatures of the dataset; ``ranked`` holds the best signature of each compound,
    ``rows`` the same with structure beside it. ``equal`` are compounds whose signature is the query's own.
    """

    scores: NDArray[np.float64]
    tanimotos: dict[int, float]
    noise: Noise
    thresholds: Thresholds
    background: dict[float, float]
    ranked: list[SignatureHit]
    details: dict[int, Profiled]
    labels: dict[int, dict[str, Any]]
    rows: list[JointHit]
    equal: list[int]
    near: Near | None = None


def search(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    *,
    reverse: bool = False,
    exclude_same_plate: bool = False,
    considered: NDArray[np.bool_] | None = None,
    fast: FastIndex | None = None,
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

    Raises
    ------
    InputError
        The fast search is asked for a query or with a filter that it cannot take.
    """
    if fast is not None and considered is not None:
        message = (
            "--fast looks at the nearest of all signatures, not at those that a filter leaves; ask without one of them"
        )
        raise InputError(message)
    tanimotos = _tanimotos(library, asked)
    near = None if fast is None else look_near(library, asked, fast, tanimotos=tanimotos, reverse=reverse)
    scores = _scores(library, asked) if near is None else near.scores
    noise = judge_scores(library, asked, scores, tanimotos=tanimotos, reverse=reverse, near=near)
    if considered is not None:
        noise = _within(noise, considered, asked)
    if near is not None:
        considered = near.ranked
    ranked, equal, folded = _rank(library, asked, scores, noise, reverse=reverse, considered=considered)
    background = _background(library, asked, scores if near is None else scores[near.sample])
    thresholds = Thresholds.from_background(background)
    labels = read.labels(
        connection, [hit.compound_id for hit in ranked] + [i for part in folded.values() for i in part]
    )
    thin = thin_limit(library.signatures)
    places = np.searchsorted(library.index.signature_ids, [hit.signature_id for hit in ranked]).tolist()
    details = {
        hit.signature_id: _profiled(library, labels, place, folded, thin)
        for hit, place in zip(ranked, places, strict=True)
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
        near=near,
    )


def _within(noise: Noise, considered: NDArray[np.bool_], asked: Asked) -> Noise:
    """Take q anew among the signatures that are looked at."""
    kept = considered & ~np.isnan(noise.p)
    q = np.full(len(noise.p), np.nan)
    q[kept] = q_noise(noise.p[kept], query_p=asked.replicate_p)
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
    noise: Noise,
    *,
    reverse: bool,
    considered: NDArray[np.bool_] | None,
) -> tuple[list[SignatureHit], list[int], dict[int, list[int]]]:
    """Order the compounds by their best signature; leave out the query and what is identical with it.

    Returns the hits, the compounds whose signature equals the query's, and for each hit's signature the compounds
    folded into it.
    """
    own_digests = {one.vector_digest for one in asked.origins}
    places = order(scores, library.index.signature_ids, ties=_ties(library, asked), reverse=reverse)
    hits: list[SignatureHit] = []
    equal: list[int] = []
    folded: dict[int, list[int]] = {}
    seen_compounds = set(asked.compound_ids)
    seen_digests: dict[str, int] = {}
    if considered is not None:
        places = places[considered[places]]
    for place in places.tolist():
        signature = library.signatures[place]
        compound_id = signature.treatment.compound_id
        if compound_id in seen_compounds:
            continue
        seen_compounds.add(compound_id)
        if signature.vector_digest in own_digests:
            equal.append(compound_id)
            continue
        first = seen_digests.setdefault(signature.vector_digest, signature.signature_id)
        if first != signature.signature_id:
            folded.setdefault(first, []).append(compound_id)
            continue
        hits.append(
            SignatureHit(
                rank=len(hits) + 1,
                signature_id=signature.signature_id,
                compound_id=compound_id,
                connectivity=float(scores[place]),
                p_noise=_known(noise.p[place]),
                q_noise=_known(noise.q[place]),
            )
        )
    return hits, equal, folded


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


def _tanimotos(library: Library, asked: Asked) -> dict[int, float]:
    """Return the Tanimoto of every compound with a structure to the query (the nearest of several), if it has one."""
    if not asked.fingerprints:
        return {}
    scores = np.max([library.fingerprints.scores(one) for one in asked.fingerprints], axis=0)
    return dict(zip(library.fingerprints.compound_ids.tolist(), scores.tolist(), strict=True))


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
