"""Lists of genes: files and texts, sets of a GMT file by name, pairs of sets that go up and down."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vcpi.errors import DataError, InputError
from vcpi.gene_names import gene_key
from vcpi.ingest.choices import choose, listed
from vcpi.ingest.files import text_lines
from vcpi.ingest.gene_texts import members_of, parted, plain_list, sets_of, shown
from vcpi.ingest.query_sources import check_source

logger = logging.getLogger(__name__)

_SIDE = re.compile(r"(?P<base>.+?)[\s_.:-]+\(?(?P<side>UP|DN|DOWN)(?:[\s_-]?(?:REGULATED|GENES?))?\)?\Z", re.IGNORECASE)
_SIDES = {"UP": "up", "DN": "down"}
_UNSIGNED = ("the list does not say which way its genes go",)
_WAY = "give one of them as FILE:NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneLists:
    """Genes that go up and down. Without ``signed`` the genes of ``up`` change, nobody says which way.

    ``both`` are the genes that were named in both lists and left out of both; ``notes`` has one line for each choice.
    """

    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    signed: bool = True
    both: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_gmt(path: Path) -> dict[str, tuple[str, ...]]:
    """Read all gene sets of a GMT file: name, description and genes in a line, parted by tabs.

    Parameters
    ----------
    path
        The file, plain or gzip. A weight behind a gene (``TNF,1.0``) is taken off.

    Returns
    -------
    dict
        Set → its genes, each once. A line without genes is left out and logged; a name that stands before other genes
        again gets ``#2``.

    Raises
    ------
    DataError
        The file cannot be read, or holds no gene set.
    """
    path = Path(path)
    check_source(path, expected="a GMT file")
    sets: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(text_lines(path), start=1):
        cells = line.rstrip("\r\n").split("\t")
        genes = members_of(cells)
        if not any(cell.strip() for cell in cells) or line.startswith("#"):
            continue
        if not genes:
            logger.info("%s row %d holds no gene set", path.name, number)
            continue
        name = cells[0].strip() or f"set {number}"
        if set(sets.get(name, genes)) == set(genes):
            sets[name] = genes
            continue
        twin = next(f"{name} #{n}" for n in range(2, len(sets) + 3) if f"{name} #{n}" not in sets)
        sets[twin] = genes
    if not sets:
        raise DataError(f"{path.name} holds no gene set; expected name, description and genes, parted by tabs")
    return sets


def read_gene_list(source: Path | str, *, set_name: str | None = None) -> tuple[str, ...]:
    """Read gene ids from a file or a text.

    Parameters
    ----------
    source
        A path, or the ids themselves: one in a line, or parted by commas, semicolons or blanks. Of a GMT file the only
        set is taken, or the one named: ``FILE:NAME`` names it as well.
    set_name
        The set of a GMT file; case does not matter.

    Returns
    -------
    tuple of str
        Ids as written, each once.

    Raises
    ------
    InputError
        There is no such file or set, no gene, several sets of a GMT file, or a table with values.
    DataError
        The file cannot be read.

    Examples
    --------
    >>> read_gene_list("MX1, ISG15,MX1")
    ('MX1', 'ISG15')
    """
    source, set_name = parted(source, set_name)
    sets = sets_of(source)
    if sets:
        names = [name for name, _ in sets]
        return sets[choose(set_name, names, file=shown(source), what="gene sets", way=_WAY)][1]
    if set_name is not None:
        raise InputError(f"{shown(source)} holds no gene sets, so none called {set_name!r}; leave the name out")
    return plain_list(source)


def read_gene_lists(
    *,
    up: Path | str | None = None,
    down: Path | str | None = None,
    genes: Path | str | None = None,
    set_name: str | None = None,
) -> GeneLists:
    """Read what goes up and what goes down, or one list that does not say.

    Parameters
    ----------
    up, down
        One list for each side, as :func:`read_gene_list` takes them; one may be left out.
    genes
        One list instead of the two. Of a GMT file with ``SET_UP`` and ``SET_DN`` (or ``SET_DOWN``), the name ``SET``
        gives both sides, and so does a file that holds this pair alone; ``SET_UP`` gives that side.
    set_name
        The set of a GMT file; ``SET`` finds ``SET_UP`` for ``up`` and ``SET_DN`` for ``down``.

    Returns
    -------
    GeneLists
        Genes in both lists are left out of both.

    Raises
    ------
    InputError
        Nothing or both ways are given, a list cannot be read (see :func:`read_gene_list`), or nothing remains.
    DataError
        A file cannot be read.

    Examples
    --------
    >>> read_gene_lists(up="MX1,ISG15,TNF", down="TNF,MYC")
    GeneLists(up=('MX1', 'ISG15'), down=('MYC',), signed=True, both=('TNF',), notes=('TNF is both up and down ...',))
    """
    if genes is not None and (up is not None or down is not None):
        raise InputError("One list of genes and lists that go up or down are given; expected one or the other")
    if genes is not None:
        return _one_or_pair(genes, set_name)
    if up is None and down is None:
        raise InputError("No list of genes is given; expected genes that go up, genes that go down, or one list")
    sides = [() if source is None else _side(source, set_name, side) for source, side in ((up, "UP"), (down, "DN"))]
    return _without_both(sides[0], sides[1], notes=[])


def side_of(name: str) -> tuple[str, str] | None:
    """Part the name of a set that goes up or down: its base and ``UP`` or ``DN``.

    Examples
    --------
    >>> side_of("HDAC_UP"), side_of("CELL_CYCLE_DOWN"), side_of("drug 10 uM (dn)"), side_of("CLEANUP")
    (('HDAC', 'UP'), ('CELL_CYCLE', 'DN'), ('drug 10 uM', 'DN'), None)
    """
    found = _SIDE.match(name.strip())
    return (found["base"].strip(), "UP" if found["side"].upper() == "UP" else "DN") if found else None


def _one_or_pair(source: Path | str, set_name: str | None) -> GeneLists:
    """Read one list, or both sides of a pair of sets."""
    source, set_name = parted(source, set_name)
    sets = sets_of(source)
    if not sets:
        return GeneLists(up=read_gene_list(source, set_name=set_name), signed=False, notes=_UNSIGNED)
    names = [name for name, _ in sets]
    bases = _pairs(sets)
    exact = set_name is not None and set_name.casefold() in {name.casefold() for name in names}
    if set_name is None and len(bases) == 1 and len(sets) == len(next(iter(bases.values()))):
        set_name = next(iter(bases))
    base = next((base for base in bases if set_name and base.casefold() == set_name.casefold()), None)
    if base is not None and not exact and len(bases[base]) == len(_SIDES):
        told = f"{base} is read as a pair of sets, one that goes up and one that goes down"
        return _without_both(bases[base]["UP"], bases[base]["DN"], notes=[told])
    if base is not None and not exact:
        return _one_side(base, next(iter(bases[base])), *bases[base].values(), note="its other side is not there")
    offered = names if exact or set_name is None else [*names, *bases]
    name, members = sets[choose(set_name, offered, file=shown(source), what="gene sets", way=_WAY)]
    side = side_of(name)
    if side is None:
        return GeneLists(up=members, signed=False, notes=_UNSIGNED)
    pair = len(bases[_same(side[0], bases)]) == len(_SIDES)
    return _one_side(
        name, side[1], members, note=f"{side[0]} names both sides" if pair else "its other side is not there"
    )


def _one_side(name: str, side: str, genes: tuple[str, ...], *, note: str) -> GeneLists:
    """Give the genes of a set that goes up or down alone."""
    told = (f"{name} goes {_SIDES[side]} alone; {note}",)
    return GeneLists(up=genes if side == "UP" else (), down=genes if side == "DN" else (), notes=told)


def _pairs(sets: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Gather the sets that go up or down by their base name."""
    bases: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, members in sets:
        side = side_of(name)
        if side:
            bases.setdefault(_same(side[0], bases), {}).setdefault(side[1], members)
    return bases


def _same(name: str, names: Iterable[str]) -> str:
    """Return the name as it is written among others already."""
    return next((other for other in names if other.casefold() == name.casefold()), name)


def _side(source: Path | str, set_name: str | None, side: str) -> tuple[str, ...]:
    """Read the list of one side; the base name of a pair finds its set."""
    source, set_name = parted(source, set_name)
    names = [name for name, _ in sets_of(source)]
    if not names and set_name is None:
        return plain_list(source)
    parts = [side_of(name) for name in names]
    if set_name is None and names:
        fitting = [name for name, part in zip(names, parts, strict=True) if part and part[1] == side]
        if len(fitting) == 1:
            return read_gene_list(source, set_name=fitting[0])
    if set_name is not None and set_name.casefold() not in {name.casefold() for name in names}:
        base = (side_of(set_name) or (set_name, side))[0].casefold()
        of_base = [
            n for n, part in zip(names, parts, strict=True) if part and (part[0].casefold(), part[1]) == (base, side)
        ]
        set_name = of_base[0] if of_base else set_name
    return read_gene_list(source, set_name=set_name)


def _without_both(up: Sequence[str], down: Sequence[str], *, notes: Sequence[str]) -> GeneLists:
    """Leave the genes of both lists out of both."""
    shared = {gene_key(name) for name in up} & {gene_key(name) for name in down} if up and down else set[str]()
    both = tuple(dict.fromkeys(name for name in up if gene_key(name) in shared)) if shared else ()
    many = f"{len(both)} genes are" if len(both) > 1 else f"{both[0]} is" if both else ""
    names = f": {listed(both)}" if len(both) > 1 else ""
    told = [f"{many} both up and down and left out of both lists{names}"] if both else []
    lists = GeneLists(
        up=tuple(name for name in up if not shared or gene_key(name) not in shared),
        down=tuple(name for name in down if not shared or gene_key(name) not in shared),
        both=both,
        notes=(*notes, *told),
    )
    if not lists.up and not lists.down:
        raise InputError(f"All {len(both)} genes are both up and down ({listed(both)}); give lists that differ")
    return lists
