"""Which signatures and compounds a search looks at: by treatment, annotation, descriptors and structure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from vcpi.database.checking import checked_flag, checked_names, checked_number, checked_text, described
from vcpi.errors import InputError, UnknownChoiceError
from vcpi.ingest.choices import close_names
from vcpi.store import read
from vcpi.structure.filters import parse_filter

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from vcpi.records import Signature

TOLERANCE = 1e-3  # of a dose or time: 9.99 µM answers to 10
SUBSTRUCTURE_S = 10.0
KINDS = ("class", "moa", "target")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a search leaves in; every part that is given must hold.

    Attributes
    ----------
    cell_line
        Cell line, in any case.
    dose_um, time_h
        Dose in µM and time in h, each one value or the lowest and the highest.
    labels
        Classes, mechanisms or targets, in any case; one of them is enough.
    descriptors
        Conditions such as ``mw<500`` or ``300<=mw<=600`` (:func:`vcpi.structure.filters.parse_filter`).
    substructure
        A SMARTS pattern that the compound holds.
    active
        Only signatures that act.
    different_scaffold
        Only compounds of another Murcko scaffold than the query's, and of another large ring (the ring system around a
        ring of 12 or more atoms, see :func:`vcpi.structure.scaffolds.scaffold_of`), since a ring that hangs on a
        macrocycle changes the Murcko scaffold alone. Compounds without a ring have no scaffold and stay.

    Examples
    --------
    >>> Filter(cell_line="THP-1", descriptors=("mw<500",)).any
    True
    >>> Filter().any
    False
    """

    cell_line: str | None = None
    dose_um: float | tuple[float, float] | None = None
    time_h: float | tuple[float, float] | None = None
    labels: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()
    substructure: str | None = None
    active: bool = False
    different_scaffold: bool = False

    def __post_init__(self) -> None:
        for name in ("labels", "descriptors"):
            object.__setattr__(self, name, tuple(checked_names(getattr(self, name), name)))
        if self.cell_line is not None:
            checked_text(self.cell_line, "cell_line", example="THP-1")
        if self.substructure is not None:
            checked_pattern(self.substructure)
        for name in ("active", "different_scaffold"):
            checked_flag(getattr(self, name), name)
        for name in ("dose_um", "time_h"):
            _check_range(getattr(self, name), name)

    @property
    def any(self) -> bool:
        """Whether it leaves anything out."""
        return self != Filter()

    @property
    def of_signatures(self) -> bool:
        """Whether a part of it is about signatures, not compounds."""
        return bool(self.cell_line or self.active) or self.dose_um is not None or self.time_h is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a filter leaves: a mask over the rows that were asked about, and what each part left, for the caveats."""

    mask: NDArray[np.bool_]
    steps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    def reason(self) -> str:
        """Say how nothing was left."""
        return f"no compound passes the filters: {'; '.join(self.steps)}"


def filter_compounds(
    connection: sqlite3.Connection,
    compound_ids: NDArray[np.int64],
    what: Filter,
    *,
    scaffolds: Collection[str] = (),
) -> Kept:
    """Say which of some compounds a filter leaves; what it says of signatures is left to :func:`filter_signatures`.

    Parameters
    ----------
    connection
        The store.
    compound_ids
        Shape (n,), repeats allowed.
    what
        The filter.
    scaffolds
        Murcko scaffolds of the query; none where it has no ring.

    Raises
    ------
    InputError
        A class that no compound has, or a condition that cannot be read.
    StructureParseError
        The substructure is no SMARTS.
    """
    mask = np.ones(len(compound_ids), dtype=bool)
    steps = [f"{len(set(compound_ids.tolist())):,} compounds"]
    caveats: list[str] = []

    def keep(found: Collection[int], name: str) -> None:
        mask[~np.isin(compound_ids, list(found))] = False
        steps.append(f"{name} leaves {len(set(compound_ids[mask].tolist())):,}")

    if what.labels:
        keep(_labelled(connection, what.labels), " or ".join(repr(label) for label in what.labels))
    for text in what.descriptors:
        keep(_described(connection, text), text)
    if what.substructure is not None:
        from vcpi.structure.substructure import find_substructure  # RDKit, which other filters do without

        wanted = set(compound_ids[mask].tolist())
        molecules = ((key, smiles) for key, smiles in read.smiles(connection) if key in wanted)
        found, complete = find_substructure(what.substructure, molecules, timeout_s=SUBSTRUCTURE_S)
        keep(found.tolist(), f"substructure {what.substructure!r}")
        if not complete:
            caveats.append(
                f"the substructure search stopped after {SUBSTRUCTURE_S:g} s: compounds may be missing; make the pattern "
                "more specific"
            )
    if what.different_scaffold:
        own = {scaffold for scaffold in scaffolds if scaffold}
        if own:
            left = set(compound_ids[mask].tolist())
            rows = [row for row in connection.execute("SELECT compound_id, scaffold FROM compound") if row[0] in left]
            keep([row[0] for row in rows if row[1] not in own], "another scaffold")
            rings = {_large_ring(scaffold) for scaffold in own} - {None}
            if rings:
                keep([row[0] for row in rows if not row[1] or _large_ring(row[1]) not in rings], "another large ring")
        else:
            caveats.append("the query has no ring, and so no scaffold that others could differ from")
    return Kept(mask=mask, steps=tuple(steps), caveats=tuple(caveats))


def filter_structures(
    connection: sqlite3.Connection, compound_ids: NDArray[np.int64], what: Filter, *, smiles: str | None
) -> Kept:
    """Say which compounds a filter leaves in a search by structure.

    Parameters
    ----------
    connection, compound_ids, what
        As in :func:`filter_compounds`.
    smiles
        The query's structure, whether the store holds it or not; None where it has none.

    Raises
    ------
    InputError
        A part of the filter is about signatures, or as in :func:`filter_compounds`.
    """
    if what.of_signatures:
        raise InputError(
            "Cell line, dose, time and activity are of signatures, and this search is by structure; leave them off, or "
            "use 'vcpi like'"
        )
    return filter_compounds(connection, compound_ids, what, scaffolds=scaffolds_of(smiles))


def scaffolds_of(smiles: str | None) -> tuple[str, ...]:
    """Return the Murcko scaffold of a structure as a filter takes it: none where it has no ring."""
    from vcpi.structure.scaffolds import scaffold_of  # RDKit, which other filters do without

    scaffold = scaffold_of(smiles).scaffold if smiles else None
    return (scaffold,) if scaffold else ()


def checked_pattern(smarts: object) -> str:
    """Return a SMARTS that is one word.

    Raises
    ------
    InputError
        It is no text, or something stands behind a blank, which RDKit would pass over.

    Examples
    --------
    >>> checked_pattern("C(=O)N[OH]")
    'C(=O)N[OH]'
    """
    text = checked_text(smarts, "The SMARTS", example="C(=O)N[OH]")
    words = text.split(maxsplit=1)
    if len(words) > 1:
        raise InputError(
            f"The SMARTS {text[:80]!r} has {words[1][:40]!r} behind a blank; give the pattern {words[0]!r} alone"
        )
    return text


def checked_filter(where: object) -> Filter | None:
    """Return a filter, or None where nothing is left out.

    Raises
    ------
    InputError
        It is something else.
    """
    if where is not None and not isinstance(where, Filter):
        raise InputError(
            f"where is {described(where)}; expected a vcpi.database.filters.Filter, as Filter(descriptors=('mw<500',))"
        )
    return where


def filter_signatures(
    connection: sqlite3.Connection,
    signatures: Sequence[Signature],
    compound_ids: NDArray[np.int64],
    what: Filter,
    *,
    acting: NDArray[np.bool_],
    scaffolds: Collection[str] = (),
) -> Kept:
    """Say which signatures of a dataset a filter leaves.

    Parameters
    ----------
    connection
        The store.
    signatures, compound_ids, acting
        The signatures, the compound of each and which of them act, each of length n.
    what, scaffolds
        As in :func:`filter_compounds`.

    Raises
    ------
    InputError
        A cell line that no signature has, or as in :func:`filter_compounds`.
    """
    mask = np.ones(len(signatures), dtype=bool)
    steps = [f"{len(signatures):,} signatures"]

    def keep(holds: Callable[[Signature], bool], name: str) -> None:
        mask[[place for place, one in enumerate(signatures) if mask[place] and not holds(one)]] = False
        steps.append(f"{name} leaves {int(mask.sum()):,}")

    if what.cell_line is not None:
        lines = {
            one.treatment.cell_line.casefold(): one.treatment.cell_line for one in signatures if one.treatment.cell_line
        }
        wanted = what.cell_line.strip().casefold()
        if wanted not in lines:
            known = ", ".join(sorted(lines.values())[:10]) or "none, since no cell line is known"
            raise InputError(
                f"No signature of this dataset is of the cell line {what.cell_line!r}; expected one of: {known}"
            )
        keep(lambda one: (one.treatment.cell_line or "").casefold() == wanted, what.cell_line)
    if what.dose_um is not None:
        low, high = _bounds(what.dose_um, "dose")
        keep(lambda one: _within(one.treatment.dose_um, low, high), _said(low, high, "µM"))
    if what.time_h is not None:
        first, last = _bounds(what.time_h, "time")
        keep(lambda one: _within(one.treatment.time_h, first, last), _said(first, last, "h"))
    if what.active:
        mask &= acting
        steps.append(f"active leaves {int(mask.sum()):,}")
    kept = filter_compounds(connection, compound_ids[mask], what, scaffolds=scaffolds)
    mask[np.flatnonzero(mask)[~kept.mask]] = False
    return Kept(mask=mask, steps=(*steps, *kept.steps[1:]), caveats=kept.caveats)


def _labelled(connection: sqlite3.Connection, labels: Sequence[str]) -> set[int]:
    """Return the compounds that have one of some classes, mechanisms or targets."""
    rows = connection.execute("SELECT compound_id, value FROM annotation WHERE kind IN (?, ?, ?)", KINDS).fetchall()
    by_label: dict[str, set[int]] = {}
    shown: dict[str, str] = {}
    for compound_id, value in rows:
        by_label.setdefault(value.casefold(), set()).add(compound_id)
        shown.setdefault(value.casefold(), value)
    found: set[int] = set()
    for label in labels:
        wanted = label.strip().casefold()
        if wanted not in by_label:
            near = close_names(wanted, list(shown.values()))
            hint = f"near it: {', '.join(near)}" if near else "'vcpi export annotations' lists them"
            message = f"No compound has the class, mechanism or target {label!r:.80}; {hint}"
            raise UnknownChoiceError(message, near=tuple((name, "class") for name in near))
        found |= by_label[wanted]
    return found


@lru_cache(maxsize=100_000)
def _large_ring(scaffold: str) -> str | None:
    """Return the framework around the largest ring of a scaffold, where that is large; None where it is not."""
    from vcpi.structure.scaffolds import scaffold_of  # RDKit, which other filters do without

    try:
        return scaffold_of(scaffold).macrocycle
    except InputError:
        return None


def _described(connection: sqlite3.Connection, text: str) -> set[int]:
    """Return the compounds whose descriptors fulfil a condition."""
    condition = parse_filter(text)
    rows = connection.execute("SELECT * FROM compound WHERE molecular_weight IS NOT NULL")
    return {row["compound_id"] for row in rows if condition(row)}


def _check_range(value: object, name: str) -> None:
    """Refuse what is neither a number nor a lower and a higher one."""
    pair = value if isinstance(value, tuple) else (value, value)
    if isinstance(value, list) or len(pair) != 2 or (isinstance(value, tuple) and None in pair):  # noqa: PLR2004
        raise InputError(f"{name} is {described(value)}; expected a number, or a lower and a higher one as (1, 10)")
    for one in pair:
        checked_number(one, name)


def _bounds(value: float | tuple[float, float], name: str) -> tuple[float, float]:
    """Return the lowest and the highest value."""
    low, high = value if isinstance(value, tuple) else (value, value)
    if not 0 <= low <= high < float("inf"):
        raise InputError(f"The {name} is {low:g} to {high:g}; expected a number from 0, or a lower and a higher one")
    return low, high


def dose_bounds(value: float | tuple[float, float]) -> tuple[float, float]:
    """Return the lowest and the highest dose that a filter leaves in, rounding allowed for.

    Raises
    ------
    InputError
        It is no range.

    Examples
    --------
    >>> dose_bounds((1.0, 8.0))
    (0.999, 8.008)
    """
    return _rounded(*_bounds(value, "dose"))


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Allow for rounding."""
    return low * (1 - TOLERANCE), high * (1 + TOLERANCE)


def _within(value: float | None, low: float, high: float) -> bool:
    """Say whether a value is known and between two others, but for rounding."""
    least, most = _rounded(low, high)
    return value is not None and least <= value <= most


def _said(low: float, high: float, unit: str) -> str:
    """Write a range."""
    return f"{low:g} {unit}" if low == high else f"{low:g} to {high:g} {unit}"
