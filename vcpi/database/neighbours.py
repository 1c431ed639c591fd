"""The joint answer: nearest by signature with structure beside it, and analogs that act differently."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.answers import JointAnswer
from vcpi.database.calibration import judge_hits, judge_scores
from vcpi.database.evidence import evidence_caveats, evidence_flags, method_of, plate_shares, reliability_caveats
from vcpi.joint import Profiled, Thresholds, cliffs, join
from vcpi.records import JointHit, SignatureHit, StructureHit
from vcpi.signature.connectivity import METHODS, shared_genes
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vcpi.database.calibration import Noise
    from vcpi.database.library import Asked, Library

N_SHARED_GENES = 10
N_ANALOGS = 10


def neighbours(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    *,
    k: int,
    reverse: bool,
    exclude_same_plate: bool,
    caveats: Sequence[str] = (),
) -> JointAnswer:
    """Rank the compounds of a dataset by connectivity to what was asked, with structure beside it.

    Signatures equal to the query's own, and repeats of one signature under several names, are no independent
    evidence: the first are reported and left out, the others folded into one hit.
    """
    scores = _scores(library, asked)
    tanimotos = _tanimotos(library, asked)
    noise = judge_scores(library, asked, scores, tanimotos=tanimotos, reverse=reverse)
    ranked, equal_to_query, folded = _rank(library, asked, scores, noise, reverse=reverse)
    background = _background(library, asked, scores)
    thresholds = Thresholds.from_background(background)
    profiled_query = _profiled_query(asked)
    labels = read.labels(
        connection, [hit.compound_id for hit in ranked] + [i for part in folded.values() for i in part]
    )
    details = {hit.signature_id: _profiled(library, labels, hit.signature_id, folded) for hit in ranked}
    rows = join(
        profiled_query,
        ranked,
        details=details,
        tanimotos=tanimotos,
        thresholds=thresholds,
        exclude_same_plate=exclude_same_plate,
        reverse=reverse,
        by_q=noise.decides,
    )
    plate_share = plate_shares(rows)
    rows = judge_hits(connection, library, asked, rows[:k], scores=scores)
    analogs = (
        _analogs(
            asked,
            ranked,
            details=details,
            labels=labels,
            tanimotos=tanimotos,
            thresholds=thresholds,
            by_q=noise.decides,
        )
        if not reverse
        else []
    )
    analogs = judge_hits(connection, library, asked, analogs, scores=scores)
    return JointAnswer(
        query=_query_dict(asked, library),
        method=method_of(library, asked, noise, thresholds, background, reverse=reverse),
        records=tuple(_with_genes(library, asked, rows, reverse=reverse)),
        analogs=tuple(_with_genes(library, asked, analogs, reverse=False)),
        caveats=(
            *caveats,
            *reliability_caveats(library, asked.signature, rows, thresholds, noise, reverse=reverse),
            *noise.caveats,
            *plate_share,
            *evidence_caveats(asked.query.name, asked.signature, library.signatures, analogs, rows),
            *_equal_caveats(connection, equal_to_query),
        ),
    )


def unmeasured_hit(label: dict[str, Any], *, rank: int, tanimoto: float) -> JointHit:
    """Make the row of a measured compound that looks like a query without a signature."""
    return JointHit(
        rank=rank,
        name=label["name"],
        source_compound_id=label["source_compound_id"],
        inchikey=label["inchikey"],
        compound_id=label["compound_id"],
        signature_id=None,
        connectivity=None,
        p_noise=None,
        q_noise=None,
        p_specific=None,
        tau=None,
        tanimoto=tanimoto,
        structure_rank=rank,
        signature_rank=None,
        relation=None,
        strength=None,
        n_replicates=None,
        same_plate=None,
        flags=("query-not-measured",),
    )


def _scores(library: Library, asked: Asked) -> NDArray[np.float64]:
    """Score every signature of the dataset, in the order of the ids."""
    vectors = library.index.vectors
    if asked.positions is not None:
        vectors = vectors[:, asked.positions]
    return METHODS[asked.method].function(asked.vector, vectors)


def _rank(
    library: Library, asked: Asked, scores: NDArray[np.float64], noise: Noise, *, reverse: bool
) -> tuple[list[SignatureHit], list[int], dict[int, list[int]]]:
    """Order the compounds by their best signature; leave out the query and what is identical with it.

    Returns the hits, the compounds whose signature equals the query's, and for each hit's signature the compounds
    folded into it.
    """
    own = asked.signature
    order = np.lexsort((library.index.signature_ids, scores if reverse else -scores))
    hits: list[SignatureHit] = []
    equal: list[int] = []
    folded: dict[int, list[int]] = {}
    seen_compounds = {asked.query.compound_id}
    seen_digests: dict[str, int] = {}
    for place in order.tolist():
        signature = library.signatures[place]
        compound_id = signature.treatment.compound_id
        if compound_id in seen_compounds:
            continue
        seen_compounds.add(compound_id)
        if own is not None and signature.vector_digest == own.vector_digest:
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
    if asked.signature is not None:
        return {float(level): cosine for level, cosine in library.manifest.recipe["background"].items()}
    return {level: float(np.quantile(scores, level)) for level in (0.5, 0.9, 0.95, 0.99)} if scores.size else {}


def _known(value: float) -> float | None:
    """Return a plain number, None for NaN."""
    return None if np.isnan(value) else float(value)


def _tanimotos(library: Library, asked: Asked) -> dict[int, float]:
    """Return the Tanimoto of every compound with a structure to the query, or nothing where it has none."""
    if asked.query.fingerprint is None:
        return {}
    scores = library.fingerprints.scores(asked.query.fingerprint)
    return dict(zip(library.fingerprints.compound_ids.tolist(), scores.tolist(), strict=True))


def _profiled_query(asked: Asked) -> Profiled:
    """Describe what was asked as ``joint`` wants it."""
    own = asked.signature
    return Profiled(
        compound_id=-1 if asked.query.compound_id is None else asked.query.compound_id,
        name=asked.query.name,
        plates=own.plates if own else (),
        strength=own.strength if own else None,
        active=own.active if own else None,
        n_replicates=own.n_replicates if own else None,
    )


def _profiled(
    library: Library, labels: dict[int, dict[str, Any]], signature_id: int, folded: dict[int, list[int]]
) -> Profiled:
    """Describe a hit as ``joint`` wants it."""
    place = int(np.searchsorted(library.index.signature_ids, signature_id))
    signature = library.signatures[place]
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
        flags=(*flags, *signature.flags, *evidence_flags(signature, library.signatures)),
        treatment=signature.treatment,
    )


def _analogs(
    asked: Asked,
    ranked: Sequence[SignatureHit],
    *,
    details: dict[int, Profiled],
    labels: dict[int, dict[str, Any]],
    tanimotos: dict[int, float],
    thresholds: Thresholds,
    by_q: bool,
) -> list[Any]:
    """Find what looks like the query and acts differently."""
    measured = {hit.compound_id for hit in ranked}
    order = sorted((-score, compound_id) for compound_id, score in tanimotos.items() if compound_id in measured)
    structure_hits = [
        StructureHit(
            rank=place,
            name=labels[compound_id]["name"],
            inchikey=labels[compound_id]["inchikey"],
            compound_id=compound_id,
            tanimoto=-score,
        )
        for place, (score, compound_id) in enumerate(order, start=1)
    ]
    return cliffs(
        _profiled_query(asked),
        structure_hits,
        ranked,
        details=details,
        thresholds=thresholds,
        n_nearest=N_ANALOGS,
        by_q=by_q,
    )[:N_ANALOGS]


def _with_genes(library: Library, asked: Asked, rows: Sequence[Any], *, reverse: bool) -> list[Any]:
    """Name the genes behind each hit."""
    symbols = library.symbols
    if asked.positions is not None:
        symbols = [symbols[position] for position in asked.positions.tolist()]
    found = []
    for row in rows:
        reference = library.index.vector(row.signature_id)
        if asked.positions is not None:
            reference = reference[asked.positions]
        genes = shared_genes(asked.vector, reference, symbols, n=N_SHARED_GENES, reverse=reverse)
        found.append(replace(row, shared_genes=genes))
    return found


def _query_dict(asked: Asked, library: Library) -> dict[str, Any]:
    """Say what was asked with."""
    own = asked.signature
    entry = {**asked.query.to_dict(), "signature_id": None, "n_replicates": None, "dataset": library.dataset["name"]}
    if own is not None:
        entry |= {
            "stress": own.stress,
            "rna_output": own.rna_output,
            "replicate_p": own.replicate_p,
            "signature_id": own.signature_id,
            "n_replicates": own.n_replicates,
            "strength": own.strength,
            "active": own.active,
            "plates": list(own.plates),
            "dose_um": own.treatment.dose_um,
            "time_h": own.treatment.time_h,
            "cell_line": own.treatment.cell_line,
        }
    return entry


def _equal_caveats(connection: sqlite3.Connection, equal: Sequence[int]) -> list[str]:
    """Name the compounds whose signature is the query's own."""
    if not equal:
        return []
    names = ", ".join(label["name"] for label in read.labels(connection, equal).values())
    return [f"identical signature, not counted as a hit: {names} (forms that the source does not tell apart)"]
