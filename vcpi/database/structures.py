"""Compounds found by structure: by likeness, or as one family of scaffold, framework, macrocycle or skeleton."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from vcpi.answers import StructureAnswer
from vcpi.database.filters import filter_structures
from vcpi.errors import InputError
from vcpi.records import StructureHit
from vcpi.store import read
from vcpi.structure.scaffolds import scaffold_of
from vcpi.structure.search import FingerprintIndex
from vcpi.structure.second_view import second_view

if TYPE_CHECKING:
    import sqlite3

    from vcpi.database.engine import EngineFingerprints
    from vcpi.database.filters import Filter
    from vcpi.database.queries import Query

Family = Literal["skeleton", "scaffold", "framework", "macrocycle"]
MOST_PARSED = 50_000  # structures whose framework is found while one waits: ten seconds


def find_analogs(
    connection: sqlite3.Connection,
    index: FingerprintIndex | EngineFingerprints,
    query: Query,
    *,
    k: int,
    cutoff: float | None,
    where: Filter | None,
    same: Family | None,
) -> StructureAnswer:
    """Rank compounds by Tanimoto to a query, among all or within its family.

    Parameters
    ----------
    connection, index
        The store, and the index of its fingerprints.
    query
        A compound or a structure, with a fingerprint.
    k, cutoff
        How many, and the lowest Tanimoto; of a family all are ranked down to ``k``.
    where
        What the search looks at.
    same
        What the hits must share with the query.

    Raises
    ------
    InputError
        The query has none of what is to be shared, or an option is out of range.
    """
    fingerprint = query.fingerprint
    if fingerprint is None:
        raise InputError(f"{query.name} has no structure in the workspace; give a SMILES, or ingest its structure")
    every = same is not None or (where is not None and where.any)
    left = None
    if cutoff is not None:
        ids, scores = index.within(fingerprint, cutoff=cutoff)
    elif where is not None and where.any and same is None and not isinstance(index, FingerprintIndex):
        left = filter_structures(connection, index.compound_ids, where, smiles=query.smiles)
        ids, scores = index.among(fingerprint, k=k + 1, kept=left.mask)
    else:
        ids, scores = index.top(fingerprint, k=len(index.compound_ids) if every else k + 1)
    smiles = query.smiles or ""
    own = scaffold_of(smiles) if smiles else None
    caveats = list(query.caveats)
    if same is not None:
        family = _family(connection, query, same)
        kept = np.isin(ids, list(family))
        ids, scores = ids[kept], scores[kept]
        caveats.append(f"{len(family - {query.compound_id})} compounds share its {same}")
    if where is not None and where.any:
        if left is None:
            left = filter_structures(connection, np.asarray(ids), where, smiles=query.smiles)
            ids, scores = ids[left.mask], scores[left.mask]
        caveats += [*left.caveats, f"filtered: {'; '.join(left.steps)}" if left.mask.any() else left.reason()]
    found = [pair for pair in zip(ids.tolist(), scores.tolist(), strict=True) if pair[0] != query.compound_id][:k]
    labels = read.labels(connection, [compound_id for compound_id, _ in found])
    details = _details(connection, [compound_id for compound_id, _ in found])
    pairs = second_view(smiles, [details[key][0] for key, _ in found]) if smiles and found else []
    skeleton = (query.inchikey or "").split("-", maxsplit=1)[0]
    hits = tuple(
        StructureHit(
            rank=rank,
            name=labels[compound_id]["name"],
            inchikey=labels[compound_id]["inchikey"],
            compound_id=compound_id,
            tanimoto=score,
            same_skeleton=labels[compound_id]["skeleton"] == skeleton,
            same_scaffold=None if own is None or not own.scaffold else details[compound_id][1] == own.scaffold,
            atom_pairs=_rounded(pairs[rank - 1].similarity) if pairs else None,
        )
        for rank, (compound_id, score) in enumerate(found, start=1)
    )
    return StructureAnswer(query=query.to_dict(), records=hits, caveats=tuple(caveats))


def _rounded(value: float | None) -> float | None:
    """Round a likeness to what its digits mean."""
    return None if value is None else round(value, 6)


def _details(connection: sqlite3.Connection, compound_ids: list[int]) -> dict[int, tuple[str, str | None]]:
    """Read SMILES and scaffold of some compounds."""
    sql = "SELECT smiles, scaffold FROM compound WHERE compound_id = ?"
    rows = {key: connection.execute(sql, [key]).fetchone() for key in compound_ids}
    return {key: (row[0] or "", row[1] or None) for key, row in rows.items()}


def _family(connection: sqlite3.Connection, query: Query, same: Family) -> set[int]:
    """Find the compounds that share something with a query."""
    if same not in get_args(Family):
        raise InputError(f"A family of {same!r} is unknown; expected {', '.join(get_args(Family))}")
    if same == "skeleton":
        first = (query.inchikey or "").split("-", maxsplit=1)[0]
        rows = connection.execute("SELECT compound_id FROM compound WHERE skeleton = ?", [first])
        return {row[0] for row in rows}
    own = scaffold_of(query.smiles or "")
    key = getattr(own, same)
    if key is None:
        why = f"its largest ring has {own.largest_ring} atoms" if own.largest_ring else "it has no ring"
        raise InputError(f"{query.name} has no {same} ({why}); ask for its analogs without --same")
    if same == "scaffold":
        return {row[0] for row in connection.execute("SELECT compound_id FROM compound WHERE scaffold = ?", [key])}
    molecules = list(read.smiles(connection))
    if len(molecules) > MOST_PARSED:
        raise InputError(
            f"The workspace holds {len(molecules):,} structures; a family of {same} is found among {MOST_PARSED:,} or fewer, "
            "ask for one of scaffold"
        )
    return {compound_id for compound_id, text in molecules if getattr(scaffold_of(text), same) == key}
