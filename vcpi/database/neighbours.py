"""The joint answer: nearest by signature with structure beside it, and analogs that act differently."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vcpi.answers import JointAnswer
from vcpi.database.calibration import judge_hits
from vcpi.database.evidence import evidence_caveats, method_of, plate_shares, reliability_caveats
from vcpi.database.filters import filter_signatures
from vcpi.database.searching import profiled_query, search
from vcpi.joint import N_NEAREST, cliffs, flag_unspecific
from vcpi.records import JointHit, StructureHit
from vcpi.signature.connectivity import shared_genes
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from vcpi.database.engine import EngineSignatures
    from vcpi.database.filters import Filter
    from vcpi.database.library import Asked, Library
    from vcpi.database.searching import Found
    from vcpi.signature.fast import FastIndex

N_SHARED_GENES = 10
N_ANALOGS = N_NEAREST


def neighbours(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    *,
    k: int,
    reverse: bool,
    exclude_same_plate: bool,
    where: Filter | None = None,
    caveats: Sequence[str] = (),
    fast: FastIndex | EngineSignatures | None = None,
) -> JointAnswer:
    """Rank the compounds of a dataset by connectivity to what was asked, with structure beside it."""
    kept = None
    if where is not None and where.any:
        scaffolds = [library.scaffolds[i] for i in asked.compound_ids if i in library.scaffolds]
        kept = filter_signatures(
            connection, library.signatures, library.compound_ids, where, acting=library.acting, scaffolds=scaffolds
        )
    found = search(
        connection,
        library,
        asked,
        reverse=reverse,
        exclude_same_plate=exclude_same_plate,
        considered=None if kept is None else kept.mask,
        fast=fast,
        first=k,
    )
    sample = None if found.near is None else found.near.sample
    shown, analogs = found.rows[:k], [] if reverse else _analogs(asked, found)
    judged = judge_hits(
        connection,
        library,
        asked,
        [*shown, *analogs],
        scores=found.scores,
        reverse=reverse,
        sample=sample,
        null_scores=found.noise.null_scores,
    )
    rows = flag_unspecific(judged[: len(shown)], n_background=int(library.acting.sum()), reverse=reverse)
    analogs = judged[len(shown) :]
    told: list[str] = [] if found.near is None else [found.near.caveat]
    if kept is not None:
        told = [*told, *kept.caveats, f"filtered: {'; '.join(kept.steps)}" if kept.mask.any() else kept.reason()]
    return JointAnswer(
        query=_query_dict(asked, library),
        method=method_of(library, asked, found.noise, found.thresholds, found.background, reverse=reverse),
        records=tuple(_with_genes(library, asked, rows, reverse=reverse)),
        analogs=tuple(_with_genes(library, asked, analogs, reverse=False)),
        caveats=(
            *caveats,
            *told,
            *reliability_caveats(library, asked.signature, rows, found.thresholds, found.noise, reverse=reverse),
            *found.noise.caveats,
            *plate_shares(found.mates),
            *evidence_caveats(asked.query.name, asked.signature, library.catalogue.replicates, analogs, rows),
            *_equal_caveats(connection, found.equal),
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


def _analogs(asked: Asked, found: Found) -> list[JointHit]:
    """Find what looks like the query and acts differently."""
    measured = {hit.compound_id for hit in found.ranked}
    least = min(found.thresholds.related, found.thresholds.tanimoto)
    near = found.tanimotos
    close = near.scores >= least
    order = sorted(
        (-score, compound_id)
        for compound_id, score in zip(near.compound_ids[close].tolist(), near.scores[close].tolist(), strict=True)
        if compound_id in measured
    )
    structure_hits = [
        StructureHit(
            rank=place,
            name=found.labels[compound_id]["name"],
            inchikey=found.labels[compound_id]["inchikey"],
            compound_id=compound_id,
            tanimoto=-score,
        )
        for place, (score, compound_id) in enumerate(order, start=1)
    ]
    return cliffs(
        profiled_query(asked),
        structure_hits,
        found.ranked,
        details=found.details,
        thresholds=found.thresholds,
        n_nearest=N_ANALOGS,
        by_q=found.noise.decides,
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
