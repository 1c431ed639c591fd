"""Compound rows into the store: standardize, identify, name, and keep what each source supplied."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from vcpi.assemble.partitions import STRUCTURES, standardize_alone, standardize_part
from vcpi.assemble.scheduling import batches
from vcpi.data import compounds as shipped_compounds
from vcpi.errors import StructureParseError
from vcpi.naming import is_inchikey, name_key
from vcpi.records import Rejected, Structure
from vcpi.store import write
from vcpi.structure.identity import is_vehicle_structure, standardize_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlite_utils import Database

    from vcpi.assemble.scheduling import Scheduler
    from vcpi.records import CompoundRow
    from vcpi.structure.identity import Outcome

VEHICLE_KEYS = frozenset(("dmso", "dimethylsulfoxide", "dimethylsulphoxide"))


@dataclass(frozen=True, slots=True)
class WrittenCompounds:
    """The ``compound_id`` of each row, None where the row is no compound, and the rows or parts rejected."""

    compound_ids: tuple[int | None, ...]
    rejected: tuple[Rejected, ...]
    n_new: int


def write_compounds(
    database: Database,
    rows: Sequence[CompoundRow],
    *,
    source: str,
    workers: int = 1,
    scheduler: Scheduler | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> WrittenCompounds:
    """Enter compounds: one for each standardized parent, one for each id or name that has no structure.

    A broken structure does not lose the row: the compound is kept by its id and name, and the structure is rejected
    with its reason. New compounds get their ``compound_id`` in the order of their InChIKeys.
    """
    structures, rejected = _standardize(rows, workers=workers, scheduler=scheduler, progress=progress)
    identities = [_identity(row, structures.get(_text(row)), source) for row in rows]
    vehicles = {place for place, row in enumerate(rows) if _is_vehicle(row, structures.get(_text(row)))}
    known = _enter_identities(database, rows, identities, vehicles, source=source)
    reference = _Reference()
    compound_ids: list[int | None] = []
    for place, row in enumerate(rows):
        identity = identities[place]
        if place in vehicles or identity is None:
            compound_ids.append(None)
            if place in vehicles or not _text(row):  # one without id or name whose structure is broken is told already
                reason = (
                    "DMSO is the vehicle, not a library compound" if place in vehicles else "no id, name or structure"
                )
                rejected.append(Rejected(file=row.file, row=row.row, raw=_raw(row), reason=reason))
            continue
        compound_id = known.ids[identity]
        structure = structures.get(_text(row))
        if structure is not None and identity not in known.with_structure:
            write.set_structure(database, compound_id, structure)
            known.with_structure.add(identity)
        _describe(database, compound_id, row, structure, source=source, reference=reference)
        compound_ids.append(compound_id)
    return WrittenCompounds(tuple(compound_ids), tuple(rejected), known.n_new)


def _text(row: CompoundRow) -> str:
    """Return what is to be parsed: SMILES before molblock, or nothing."""
    return row.smiles or row.molblock or ""


def _raw(row: CompoundRow) -> str:
    """Show a row as one line."""
    parts = (row.source_compound_id, *row.names[:1], row.smiles, row.inchikey)
    return " | ".join(part for part in parts if part)


def _outcomes(texts: Sequence[str], *, workers: int, scheduler: Scheduler | None) -> Iterator[Outcome]:
    """Standardize in child processes, or where a scheduler has it done."""
    if scheduler is None:
        return standardize_many(texts, workers=workers)
    parts = batches(texts, STRUCTURES)
    return chain.from_iterable(scheduler.run(standardize_part, parts, lost=standardize_alone))


def _standardize(
    rows: Sequence[CompoundRow],
    *,
    workers: int,
    scheduler: Scheduler | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[dict[str, Structure], list[Rejected]]:
    """Standardize each different structure once; a broken one is rejected for every row that has it."""
    texts = list(dict.fromkeys(_text(row) for row in rows if _text(row)))
    outcomes = _outcomes(texts, workers=workers, scheduler=scheduler)
    structures: dict[str, Structure] = {}
    reasons: dict[str, str] = {}
    for done, (text, result) in enumerate(zip(texts, outcomes, strict=True), start=1):
        if isinstance(result, StructureParseError):
            reasons[text] = str(result)
        else:
            structures[text] = result
        if progress is not None:
            progress(done, len(texts))
    rejected = [
        Rejected(file=row.file, row=row.row, raw=_raw(row), reason=f"structure not used: {reasons[_text(row)]}")
        for row in rows
        if _text(row) in reasons
    ]
    return structures, rejected


def _identity(row: CompoundRow, structure: Structure | None, source: str) -> str | None:
    """Say what makes a row the compound it is: InChIKey, else id within its source, else name."""
    if structure is not None:
        return structure.inchikey
    if row.inchikey and is_inchikey(row.inchikey) and not _text(row):
        return row.inchikey.strip()
    if row.source_compound_id:
        return f"id:{source}:{row.source_compound_id}"
    if row.names:
        return f"name:{name_key(row.names[0])}"
    return None


def _is_vehicle(row: CompoundRow, structure: Structure | None) -> bool:
    """Say whether a row is DMSO, by structure or by name."""
    if structure is not None:
        return is_vehicle_structure(structure)
    names = (*row.names, row.source_compound_id or "")
    return any(name_key(name) in VEHICLE_KEYS for name in names if name)


@dataclass(slots=True)
class _Known:
    """Identities with their compounds, and which of them have a structure."""

    ids: dict[str, int]
    with_structure: set[str]
    n_new: int


def _enter_identities(
    database: Database,
    rows: Sequence[CompoundRow],
    identities: Sequence[str | None],
    vehicles: set[int],
    *,
    source: str,
) -> _Known:
    """Find or make the compound of every identity; new ones in sorted order, InChIKeys first."""
    known = _Known({}, set(), 0)
    first: dict[str, CompoundRow] = {}
    for place, identity in enumerate(identities):
        if identity is not None and place not in vehicles:
            first.setdefault(identity, rows[place])
    for identity in sorted(first, key=lambda text: (not is_inchikey(text), text)):
        query = "SELECT compound_id, fingerprint IS NOT NULL FROM compound WHERE identity = ?"
        found = database.execute(query, [identity]).fetchone()
        if found:
            known.ids[identity] = found[0]
            if found[1]:
                known.with_structure.add(identity)
            continue
        row = first[identity]
        twin = _structureless(database, row, source) if is_inchikey(identity) else None
        if twin is not None:
            database.execute("UPDATE compound SET identity = ? WHERE compound_id = ?", [identity, twin])
            known.ids[identity] = twin
            continue
        name = row.source_compound_id or (row.names or (identity,))[0]
        inchikey = identity if is_inchikey(identity) else None
        known.ids[identity] = write.add_compound(database, identity=identity, name=name, inchikey=inchikey)
        known.n_new += 1
    return known


def _structureless(database: Database, row: CompoundRow, source: str) -> int | None:
    """Find a compound that has so far been known by this id or name alone: the row tells its structure."""
    keys = [f"id:{source}:{row.source_compound_id}"] if row.source_compound_id else []
    keys += [f"name:{name_key(name)}" for name in row.names[:1]]
    for key in keys:
        found = database.execute("SELECT compound_id FROM compound WHERE identity = ?", [key]).fetchone()
        if found:
            return int(found[0])
    return None


def _describe(
    database: Database,
    compound_id: int,
    row: CompoundRow,
    structure: Structure | None,
    *,
    source: str,
    reference: _Reference,
) -> None:
    """Enter names, ids, annotations and the form as supplied."""
    flags = list(structure.flags) if structure is not None else []
    if structure is not None and row.inchikey and is_inchikey(row.inchikey):
        flags += _key_flags(row.inchikey.strip(), structure)
    write.add_form(database, compound_id, row, source=source, flags=flags)
    add_names(
        database,
        compound_id,
        row,
        source=source,
        skeleton=structure.skeleton if structure else None,
        reference=reference,
    )
    for kind, value in row.annotations:
        write.add_annotation(database, compound_id, kind=kind, value=value, source=source)


def add_names(
    database: Database,
    compound_id: int,
    row: CompoundRow,
    *,
    source: str,
    skeleton: str | None,
    reference: _Reference,
) -> None:
    """Enter the names and ids of a row, each name checked against the shipped compounds.

    A compound that so far shows only an id takes its first proper name for display, unless that contradicts its
    structure.
    """
    ids = (("source_id", row.source_compound_id), ("uuid", row.compound_uuid))
    for kind, name in ids:
        if name:
            write.add_name(database, compound_id, name, kind=kind, source=source)
    conflicts = [reference.conflict(name, skeleton, source=source) for name in row.names]
    for place, (name, conflict) in enumerate(zip(row.names, conflicts, strict=True)):
        kind = "name" if place == 0 else "synonym"
        write.add_name(database, compound_id, name, kind=kind, source=source, conflict=conflict)
    if row.names and not conflicts[0]:
        database.execute(
            """UPDATE compound SET name = ? WHERE compound_id = ? AND (name = inchikey OR identity LIKE 'name:%'
               OR EXISTS (SELECT 1 FROM form f WHERE f.compound_id = compound.compound_id
                          AND f.source_compound_id = compound.name))""",
            [write.clean(row.names[0]), compound_id],
        )


def _key_flags(supplied: str, structure: Structure) -> list[str]:
    """Compare the InChIKey that a source prints with that of the structure it draws."""
    if supplied == structure.inchikey:
        return []
    if supplied.split("-", maxsplit=1)[0] == structure.skeleton:
        return ["inchikey-differs-in-stereo-or-charge"]
    return ["inchikey-contradicts-structure"]


class _Reference:
    """Names of the shipped compounds, whose structures are known for sure."""

    def __init__(self) -> None:
        self.skeletons: dict[str, dict[str, str]] = {}
        self.names: dict[str, str] = {}
        for compound in shipped_compounds():
            skeleton = compound.inchikey.split("-", maxsplit=1)[0]
            self.names[skeleton] = compound.name
            for name in (compound.name, *compound.synonyms):
                self.skeletons.setdefault(name_key(name), {})[skeleton] = compound.inchikey

    def conflict(self, name: str, skeleton: str | None, *, source: str) -> str | None:
        """Say how a name contradicts the structure it is given to, or None."""
        expected = self.skeletons.get(name_key(name))
        if expected is None or skeleton is None or skeleton in expected:
            return None
        actual = self.names.get(skeleton, f"another structure ({skeleton})")
        return (
            f"{source} calls a compound {name!r} whose structure is {actual}; {name} is {', '.join(expected.values())}"
        )


def reference_names() -> _Reference:
    """Return the names that shipped facts vouch for."""
    return _Reference()


def by_source_id(rows: Iterable[CompoundRow], ids: Sequence[int | None]) -> dict[str, int]:
    """Map the source ids, UUIDs and names of rows to their compounds, ids before names."""
    found: dict[str, int] = {}
    for row, compound_id in zip(rows, ids, strict=True):
        if compound_id is None:
            continue
        for text in (row.source_compound_id, row.compound_uuid):
            if text:
                found.setdefault(text, compound_id)
    return found
