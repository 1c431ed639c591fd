"""Why one compound is a hit of another: genes, gene sets, structures, and what the score was judged against."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.answers import Explanation, GeneContribution
from vcpi.database.calibration import judge_hits
from vcpi.database.evidence import method_of, reliability_caveats
from vcpi.database.searching import search
from vcpi.errors import InputError
from vcpi.joint import flag_unspecific
from vcpi.signature.connectivity import contributions
from vcpi.signature.sets import rank_sum_sets
from vcpi.store import read
from vcpi.structure.pairs import compare

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vcpi.database.library import Asked, Library
    from vcpi.database.queries import Query
    from vcpi.genes import GeneMapper
    from vcpi.records import JointHit, Signature

_FIGURES = (
    "connectivity", "p_noise", "q_noise", "p_specific", "tau", "split_min", "split_mean", "tanimoto", "structure_rank",
    "signature_rank", "relation", "same_plate", "flags",
)  # fmt: skip


def explain(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    hit: Query,
    *,
    mapper: GeneMapper,
    gene_sets: Mapping[str, Sequence[str]],
    caveats: Sequence[str] = (),
) -> Explanation:
    """Take one score apart.

    Parameters
    ----------
    connection, library
        The store, and the dataset opened for searching.
    asked
        The query.
    hit
        The compound whose score is explained.
    mapper
        Finds the genes of the sets.
    gene_sets
        Name of a set → its genes.

    Raises
    ------
    InputError
        The hit has no signature in this dataset, is the query, or has the query's own signature.
    """
    found = search(connection, library, asked, only=[] if hit.compound_id is None else [hit.compound_id])
    row = _row(found.rows, asked, hit, equal=found.equal, dataset=library.dataset["name"])
    judged = judge_hits(connection, library, asked, [row], scores=found.scores)
    (row,) = flag_unspecific(judged, n_background=int(library.acting.sum()))
    signature_id = int(row.signature_id or 0)
    place = int(np.searchsorted(library.index.signature_ids, signature_id))
    reference = library.index.vector(signature_id)
    if asked.positions is not None:
        reference = reference[asked.positions]
    parts = contributions(asked.vector, reference)
    signature = library.signatures[place]
    notes = [*caveats, *hit.caveats]
    sets, missing = _gene_sets(library, asked, parts, mapper, gene_sets)
    if missing:
        notes.append(f"{missing} gene sets have fewer than 5 of their genes among those compared and are left out")
    structure, more = _structure(connection, asked.query, hit)
    return Explanation(
        query={**asked.query.to_dict(), **_described(asked.signature), "dataset": library.dataset["name"]},
        hit={**hit.to_dict(), **_described(signature)},
        method=method_of(library, asked, found.noise, found.thresholds, found.background, reverse=False),
        scores={name: _plain(getattr(row, name)) for name in _FIGURES},
        records=_genes(connection, library, asked, signature, parts),
        gene_sets=tuple(sets),
        structure=structure,
        caveats=(
            *notes,
            *more,
            *reliability_caveats(library, asked.signature, [row], found.thresholds, found.noise, reverse=False),
            *found.noise.caveats,
        ),
    )


def _row(rows: Sequence[JointHit], asked: Asked, hit: Query, *, equal: Sequence[int], dataset: str) -> JointHit:
    """Find the row of the hit."""
    if hit.compound_id is not None and hit.compound_id == asked.query.compound_id:
        raise InputError(f"{hit.name} is the query itself; name two compounds")
    if hit.compound_id in asked.compound_ids:
        raise InputError(f"{hit.name} is part of the query, {asked.query.name}; name a compound that is not")
    if hit.compound_id in equal:
        raise InputError(
            f"{hit.name} has the very signature of {asked.query.name} in {dataset}: one measurement under two names, "
            "nothing to explain"
        )
    for row in rows:
        if row.compound_id == hit.compound_id:
            return row
    folded = [
        row for row in rows if any(flag.startswith("identical-signature") and hit.name in flag for flag in row.flags)
    ]
    if folded:
        return folded[0]
    raise InputError(f"{hit.name} has no signature in {dataset}; 'vcpi analogs' compares structures alone")


def _described(signature: Signature | None) -> dict[str, Any]:
    """Say what is known of a signature."""
    if signature is None:
        return {"signature_id": None, "n_replicates": None, "strength": None, "active": None, "plates": []}
    return {
        "signature_id": signature.signature_id,
        "n_replicates": signature.n_replicates,
        "strength": signature.strength,
        "active": signature.active,
        "plates": list(signature.plates),
        "dose_um": signature.treatment.dose_um,
        "time_h": signature.treatment.time_h,
        "cell_line": signature.treatment.cell_line,
        "replicate_p": signature.replicate_p,
        "rna_output": signature.rna_output,
        "stress": signature.stress,
    }


def _plain(value: object) -> object:
    """Return lists for tuples."""
    return list(value) if isinstance(value, tuple) else value


def _columns(library: Library, asked: Asked) -> NDArray[np.int64]:
    """Positions in the full signature of the genes that were compared."""
    features = library.catalogue.features
    places = np.arange(library.index.n_genes) if features is None else features.genes
    return np.asarray(places if asked.positions is None else places[asked.positions], dtype=np.int64)


def _genes(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    signature: Signature,
    parts: NDArray[np.float64],
) -> tuple[GeneContribution, ...]:
    """List every gene with what it adds, what adds most first, and its values on both sides."""
    columns = _columns(library, asked)
    genes = read.genes(connection, library.dataset["dataset_id"])
    sides = [_values(connection, one) for one in (asked.signature, signature)]
    found = []
    for place in np.argsort(-parts, kind="stable").tolist():
        column = int(columns[place])
        values = {
            f"{side}_{name}": None if layer is None else float(layer[column])
            for side, layers in zip(("query", "hit"), sides, strict=True)
            for name, layer in layers.items()
        }
        if asked.signature is None:
            values["query_z"] = float(asked.vector[place])
        gene = genes[column]
        found.append(
            GeneContribution(
                gene_id=gene.gene_id, gene_symbol=gene.gene_symbol, contribution=float(parts[place]), **values
            )
        )
    return tuple(found)


def _values(connection: sqlite3.Connection, signature: Signature | None) -> dict[str, NDArray[np.float64] | None]:
    """Read log2 fold change, its standard error and z of a signature; None where a dataset has none."""
    empty: dict[str, NDArray[np.float64] | None] = {"lfc": None, "se": None, "z": None}
    if signature is None:
        return empty
    lfc, z = (read.vector(connection, signature.signature_id, layer=layer) for layer in ("lfc", "z"))
    found = {**empty}
    if lfc is not None:
        found["lfc"] = np.asarray(lfc, dtype=np.float64)
    if z is not None:
        found["z"] = np.asarray(z, dtype=np.float64)
    if lfc is not None and z is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            found["se"] = np.nan_to_num(np.asarray(lfc, dtype=np.float64) / z, nan=0.0, posinf=0.0, neginf=0.0)
    return found


def _gene_sets(
    library: Library,
    asked: Asked,
    parts: NDArray[np.float64],
    mapper: GeneMapper,
    gene_sets: Mapping[str, Sequence[str]],
) -> tuple[list[dict[str, Any]], int]:
    """Test which gene sets gather among the genes that carry the score; count those too small to be tested."""
    if not gene_sets:
        return [], 0
    place_of = {int(column): place for place, column in enumerate(_columns(library, asked).tolist())}
    members = {}
    for name, ids in gene_sets.items():
        places = sorted(place_of[p] for p in mapper.map(list(ids)).positions.tolist() if p in place_of)
        members[name] = np.array(places, dtype=np.int64)
    tested = rank_sum_sets(parts, members)
    return [asdict(one) for one in tested], len(gene_sets) - len(tested)


def _structure(connection: sqlite3.Connection, query: Query, hit: Query) -> tuple[dict[str, Any] | None, list[str]]:
    """Compare the structures of the two; None where one has none."""
    sql = "SELECT smiles FROM compound WHERE compound_id = ? AND smiles IS NOT NULL"
    rows = [connection.execute(sql, [one.compound_id]).fetchone() for one in (query, hit)]
    left, right = (None if row is None else str(row[0]) for row in rows)
    if left is None or right is None:
        return None, []
    found = compare(left, right)
    more = ["the search for the common substructure was cut short; a larger one may exist"] if found.timed_out else []
    return {"query_smiles": left, "hit_smiles": right, **asdict(found), "has_core": found.has_core}, more
