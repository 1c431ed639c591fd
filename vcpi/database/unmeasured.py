"""What is said of a compound without a signature: the measured compounds that look most like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.answers import JointAnswer
from vcpi.database.filters import filter_signatures, scaffolds_of
from vcpi.database.neighbours import unmeasured_hit
from vcpi.errors import InputError
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from vcpi.database.filters import Filter
    from vcpi.database.library import Library
    from vcpi.database.queries import Query
    from vcpi.records import JointHit
    from vcpi.structure.search import FingerprintIndex


def unmeasured_answer(
    query: Query, analogs: tuple[JointHit, ...], *, reason: str, caveats: Sequence[str] = ()
) -> JointAnswer:
    """Answer for a compound that nothing is known of but its structure."""
    return JointAnswer(
        query={**query.to_dict(), "signature_id": None, "n_replicates": None},
        method={"name": "cosine", "null": None, "n_null": 0, "n_genes": 0, "baseline": None},
        records=(),
        analogs=analogs,
        caveats=(*query.caveats, reason, *caveats),
    )


def measured_analogs(
    connection: sqlite3.Connection,
    index: FingerprintIndex,
    query: Query,
    dataset_id: int | None,
    *,
    n: int,
    among: Collection[int] | None = None,
) -> tuple[JointHit, ...]:
    """Return the compounds that look most like a query among those with a signature.

    Parameters
    ----------
    connection, index
        The store, and the index of its fingerprints.
    query
        The compound or structure.
    dataset_id
        Only those measured in this dataset; in any where None.
    n
        How many.
    among
        Only these compounds; all where None.
    """
    if query.fingerprint is None:
        return ()
    scores = dict(zip(index.compound_ids.tolist(), index.scores(query.fingerprint).tolist(), strict=True))
    rows = connection.execute(
        "SELECT DISTINCT compound_id FROM signature WHERE ? IS NULL OR dataset_id = ?", [dataset_id, dataset_id]
    )
    measured = [row[0] for row in rows if row[0] in scores and row[0] != query.compound_id]
    if among is not None:
        measured = [compound_id for compound_id in measured if compound_id in among]
    near = sorted((-scores[compound_id], compound_id) for compound_id in measured)[:n]
    labels = read.labels(connection, [compound_id for _, compound_id in near])
    return tuple(
        unmeasured_hit(labels[compound_id], rank=rank, tanimoto=-score)
        for rank, (score, compound_id) in enumerate(near, start=1)
    )


def filtered_compounds(
    connection: sqlite3.Connection, libraries: Sequence[Library], query: Query, where: Filter
) -> tuple[set[int], list[str]]:
    """Return the compounds with a signature that a filter leaves, and how it came to these.

    Raises
    ------
    InputError
        The filter fits none of the datasets: a class, a cell line or a condition that there is not.
    """
    kept: set[int] = set()
    caveats: list[str] = []
    faults: list[InputError] = []
    for library in libraries:
        try:
            left = filter_signatures(
                connection,
                library.signatures,
                library.compound_ids,
                where,
                acting=library.acting,
                scaffolds=scaffolds_of(query.smiles),
            )
        except InputError as fault:
            faults.append(fault)
            continue
        kept |= set(library.compound_ids[left.mask].tolist())
        name = f" in {library.dataset['name']}" if len(libraries) > 1 else ""
        caveats += [*left.caveats, f"filtered{name}: {'; '.join(left.steps)}" if left.mask.any() else left.reason()]
    if faults and len(faults) == len(libraries):
        raise faults[0]
    return kept, list(dict.fromkeys(caveats))
