"""From what was asked to what is searched with: a compound, a structure, a signature, the dataset that holds it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.database.checking import checked_text
from vcpi.errors import InputError, StructureParseError, UnknownCompoundError
from vcpi.naming import is_inchikey, is_skeleton
from vcpi.store import read
from vcpi.store.names import resolve

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vcpi.records import Signature, Structure

_STRUCTURE_SIGNS = frozenset("=#()[]@/\\+%.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a question is about. ``compound_id`` is None for a structure that is not in the store."""

    name: str
    compound_id: int | None
    inchikey: str | None
    source_compound_id: str | None
    fingerprint: NDArray[np.uint8] | None
    smiles: str | None = None
    caveats: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the query as JSON holds it."""
        return {
            "name": self.name,
            "inchikey": self.inchikey,
            "compound_id": self.compound_id,
            "source_compound_id": self.source_compound_id,
        }


def find(connection: sqlite3.Connection, text: str, *, dataset_id: int | None = None) -> Query:
    """Find the compound that a text means: by name or id, else as a structure, in the store or not.

    Raises
    ------
    UnknownCompoundError
        It is no name in the store and no structure.
    AmbiguousCompoundError
        It names compounds of different skeletons.
    """
    checked_text(text, "The name of a compound", example="everolimus")
    try:
        found = resolve(connection, text, dataset_id=dataset_id)
    except UnknownCompoundError as unknown:
        if type(unknown) is not UnknownCompoundError or not _may_be_structure(text):
            raise
        return _by_structure(connection, text, unknown)
    return _stored(connection, found.compound_id, found.caveats)


def _may_be_structure(text: str) -> bool:
    """Say whether an unknown name is worth parsing: a SMILES, InChI or molblock, not a word."""
    text = text.strip()
    if is_inchikey(text) or is_skeleton(text):
        return False
    return bool(set(text) & _STRUCTURE_SIGNS) or text.startswith("InChI=") or text.isupper() or "1" in text


def _by_structure(connection: sqlite3.Connection, text: str, unknown: UnknownCompoundError) -> Query:
    """Take a text for a structure."""
    from vcpi.structure.identity import standardize  # RDKit, which a name does without

    try:
        structure = standardize(text)
    except StructureParseError as error:
        unknown.add_note(f"nor is it a structure ({error})")
        raise unknown from error
    known = read.find_inchikey(connection, structure.inchikey)
    if known:
        return _stored(connection, known[0], tuple(_taken(structure)))
    caveats = [*_taken(structure), "this structure is not in the workspace; it is answered by structure alone"]
    same_skeleton = read.find_inchikey(connection, structure.skeleton)
    if same_skeleton:
        names = ", ".join(read.labels(connection, same_skeleton)[key]["name"] for key in same_skeleton)
        caveats.append(f"the workspace holds the same skeleton with other stereo, charge or isotopes: {names}")
    return Query(
        name=structure.smiles,
        compound_id=None,
        inchikey=structure.inchikey,
        source_compound_id=None,
        fingerprint=np.frombuffer(structure.fingerprint, dtype=np.uint8),
        smiles=structure.smiles,
        caveats=tuple(caveats),
    )


def _taken(structure: Structure) -> list[str]:
    """Say of a drawing of several parts which is the compound."""
    if "mixture" in structure.flags:
        return [f"a mixture: its parts are searched for as one structure, {structure.smiles}"]
    left_out = " and ".join(name for name in ("salt", "solvate") if name in structure.flags)
    return [f"of the parts of the structure {structure.smiles} is taken; the rest is {left_out}"] if left_out else []


def _stored(connection: sqlite3.Connection, compound_id: int, caveats: tuple[str, ...]) -> Query:
    """Take a compound of the store."""
    label = read.labels(connection, [compound_id])[compound_id]
    query = "SELECT fingerprint, smiles FROM compound WHERE compound_id = ?"
    payload, smiles = connection.execute(query, [compound_id]).fetchone()
    return Query(
        name=label["name"],
        compound_id=compound_id,
        inchikey=label["inchikey"],
        source_compound_id=label["source_compound_id"],
        fingerprint=None if payload is None else np.frombuffer(payload, dtype=np.uint8),
        smiles=smiles,
        caveats=caveats,
    )


def dataset_entries(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Read the datasets by id, without what :func:`vcpi.store.read.datasets` counts: a question need not wait for that."""
    found = []
    for row in connection.execute("SELECT * FROM dataset ORDER BY dataset_id"):
        parsed = {"recipe": json.loads(row["recipe"]), "notes": json.loads(row["notes"])}
        found.append({**dict(row), **parsed, "simulated": bool(row["simulated"])})
    return found


def counted(connection: sqlite3.Connection, entry: dict[str, Any]) -> dict[str, Any]:
    """Add to a dataset how many signatures, compounds, wells, plates and measured genes it holds."""
    return next(row for row in read.datasets(connection) if row["dataset_id"] == entry["dataset_id"])


def choose_dataset(
    connection: sqlite3.Connection, *, dataset: str | None, compound_id: int | None
) -> tuple[dict[str, Any] | None, list[str]]:
    """Choose the one dataset to search: the named one, else the one that measured the compound.

    Of several that did, a release of counts comes before signatures made elsewhere, and the one with most replicates
    before others.

    Returns
    -------
    tuple
        The dataset, None where none measured the compound, and caveats on the choice.

    Raises
    ------
    InputError
        No dataset has this name, or there is none at all.
    """
    datasets = dataset_entries(connection)
    if dataset is not None:
        checked_text(dataset, "dataset", example="screen-1")
        named = [entry for entry in datasets if entry["name"] == dataset]
        if not named:
            known = ", ".join(entry["name"] for entry in datasets) or "none yet"
            what = f"No dataset is called {dataset!r}" if dataset.strip() else "The name of the dataset is empty"
            raise InputError(f"{what}; the workspace holds: {known}")
        return named[0], []
    if compound_id is None:
        if len(datasets) == 1:
            return datasets[0], []
        return None, []
    rows = connection.execute(
        "SELECT dataset_id, max(coalesce(n_replicates, 1)) FROM signature WHERE compound_id = ? GROUP BY dataset_id",
        [compound_id],
    )
    evidence = {row[0]: row[1] for row in rows}
    measured = [entry for entry in datasets if entry["dataset_id"] in evidence]
    if not measured:
        return None, []
    measured.sort(key=lambda entry: (entry["kind"] != "release", -evidence[entry["dataset_id"]], entry["dataset_id"]))
    others = [entry["name"] for entry in measured[1:]]
    caveats = [f"also measured in {', '.join(others)}; choose with --dataset"] if others else []
    return measured[0], caveats


def choose_whole(connection: sqlite3.Connection, dataset: str | None) -> dict[str, Any]:
    """Choose the dataset that a question about the whole library is of: the named one, else the only one.

    Raises
    ------
    InputError
        No dataset has this name, or none is named where there is not exactly one.
    """
    entry, _ = choose_dataset(connection, dataset=dataset, compound_id=None)
    if entry is None:
        names = ", ".join(row["name"] for row in read.datasets(connection))
        if not names:
            raise InputError("The workspace holds no dataset; read one with 'vcpi ingest release' or 'vcpi demo'")
        raise InputError(f"Name the dataset with --dataset; the workspace holds: {names}")
    return entry


def choose_signature(own: Sequence[Signature]) -> tuple[Signature | None, list[str]]:
    """Choose the signature of a compound to ask with: most replicates, then strongest, then first."""
    if not own:
        return None, []
    own = sorted(own, key=lambda s: (-(s.n_replicates or 1), -(s.strength or 0.0), s.signature_id))
    if len(own) == 1:
        return own[0], []
    taken = own[0].treatment
    what = ", ".join(
        text
        for text in (
            "" if taken.dose_um is None else f"{taken.dose_um:g} µM",
            "" if taken.time_h is None else f"{taken.time_h:g} h",
            taken.cell_line or "",
        )
        if text
    )
    return own[0], [
        f"{len(own)} signatures of this compound; asked with the best replicated and strongest{what and f' ({what})'}"
    ]


def find_measured_twin(
    connection: sqlite3.Connection, query: Query, *, dataset_id: int
) -> tuple[Query | None, list[str]]:
    """Find the same skeleton with other stereo, charge or isotopes that a dataset did measure, the best replicated."""
    if query.inchikey is None:
        return None, []
    row = connection.execute(
        """SELECT c.compound_id, c.inchikey FROM compound c JOIN signature s USING (compound_id)
           WHERE c.skeleton = ? AND s.dataset_id = ? ORDER BY coalesce(s.n_replicates, 1) DESC, c.compound_id LIMIT 1""",
        [query.inchikey.split("-", maxsplit=1)[0], dataset_id],
    ).fetchone()
    if row is None:
        return None, []
    caveat = f"{query.inchikey} is not measured there; asked with the same skeleton, {row[1]}"
    return _stored(connection, row[0], query.caveats), [caveat]
