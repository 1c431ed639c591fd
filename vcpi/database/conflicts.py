"""What does not go together in a fact file, worked out from its own figures.

Sums are added up again, means of panels held against their leading genes, analyses of one compound against each other,
repeated figures against themselves; claims that contradict each other are listed with the figures they rest on. Printed
properties against the structure are in :mod:`vcpi.database.fact_identity`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vcpi.facts import Cell, Contradiction, FactFile, Table

Level = Literal["contradiction", "rounding", "open", "agrees"]
Values = dict[str, Decimal]
LARGEST_PANEL = 5_000
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What came of holding one figure or claim against another.

    Attributes
    ----------
    level
        ``contradiction``; ``rounding`` where the digits printed explain it; ``open`` where too little is printed to
        tell; ``agrees``.
    kind
        ``identity``, ``sum``, ``panel mean``, ``analyses``, ``sign``, ``repeated figure`` or ``claims``.
    subject
        What it is about.
    found
        The figures, in words.
    document
        Id of the document.
    compound
        Key of the compound in its file, where it is one.
    claims
        Both sides, where they are sentences.
    """

    level: Level
    kind: str
    subject: str
    found: str
    document: str
    compound: str | None = None
    claims: tuple[str, ...] = ()


def check_figures(facts: FactFile) -> list[Conflict]:
    """Hold the figures and claims of a document against each other.

    Returns
    -------
    list of Conflict
        Everything that was checked, what agrees too.
    """
    return [
        *(conflict for table in facts.tables for conflict in _sums(facts, table)),
        *(conflict for table in facts.tables for conflict in _panel_mean(facts, table)),
        *_analyses(facts),
        *_equalities(facts),
        *(_claims(facts, entry) for entry in facts.contradictions),
    ]


def number(cell: str | None) -> Decimal | None:
    """Read a printed number, exact to its digits; None for words.

    Examples
    --------
    >>> number("+1.20"), number("\u22120.50"), number("1,075"), number("about 96")
    (Decimal('1.20'), Decimal('-0.50'), Decimal('1075'), None)
    """
    text = (cell or "").replace("\u2212", "-").replace(",", "").strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def half_unit(value: Decimal) -> Decimal:
    """Return what rounding to the printed digits may have changed.

    Examples
    --------
    >>> half_unit(Decimal("12.5"))
    Decimal('0.05')
    """
    return Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)


def smallest_panel(listed: Sequence[float], *, signed: float, absolute: float) -> int | None:
    r"""Return the fewest genes a panel can have, if these are some of them and its means are right.

    The rest of a panel of N has the sum :math:`N s - \sum l` and the absolute sum :math:`N a - \sum |l|`, and no sum is
    larger than the absolute sum. As the listed genes lead, none of the rest is larger than the smallest of them.

    Parameters
    ----------
    listed
        Values of the leading genes.
    signed, absolute
        Means over the whole panel.

    Returns
    -------
    int or None
        None where no panel of up to 5,000 genes has such means.

    Examples
    --------
    >>> smallest_panel([1.0, -0.5], signed=0.25, absolute=0.75)
    2
    >>> smallest_panel([1.0, 1.0], signed=0.1, absolute=0.5)
    7
    """
    total, weight, least = math.fsum(listed), math.fsum(map(abs, listed)), min(map(abs, listed))
    for size in range(len(listed), LARGEST_PANEL):
        rest, rest_weight = size * signed - total, size * absolute - weight
        if abs(rest) <= rest_weight + 1e-9 and rest_weight <= (size - len(listed)) * least + 1e-9:
            return size
    return None


def _sums(facts: FactFile, table: Table) -> Iterator[Conflict]:
    """Add up what a table says are sums."""
    for one in table.sums:
        for row in table.rows:
            cells = dict(zip(table.columns, map(number, row), strict=True))
            total = cells[one.total]
            if total is not None:
                parts = {name: cells[name] for name in one.of}
                level, found = _sum(total, parts)
                subject = f"{one.total} of {row[0]}"
                yield Conflict(level=level, kind="sum", subject=subject, found=found, document=facts.document.id,
                               compound=table.compound or _key(facts, row[0]))  # fmt: skip


def _sum(total: Decimal, parts: Mapping[str, Decimal | None]) -> tuple[Level, str]:
    """Compare a total with its parts."""
    known = {name: value for name, value in parts.items() if value is not None}
    missing = [name for name in parts if name not in known]
    added = sum(known.values(), Decimal(0))
    formula = f"{' + '.join(known)} = {added}"
    if missing:
        left = f"{formula}, so {' + '.join(missing)} would be {total - added}" if known else "no summand is printed"
        return "open", f"printed {total}; {left}"
    slack = half_unit(total)
    wide = slack + sum((half_unit(value) for value in known.values()), Decimal(0))
    off = abs(total - added)
    if off <= slack:
        return "agrees", f"printed {total}; {formula}"
    if off <= wide:
        return "rounding", f"printed {total}; {formula}; off by {off}, which rounding of the summands may explain"
    return "contradiction", f"printed {total}; {formula}; off by {off}"


def _panel_mean(facts: FactFile, table: Table) -> Iterator[Conflict]:
    """Hold the mean of leading genes against the mean of their panel."""
    if table.leading_of is None:
        return
    axes = next(one for one in facts.tables if one.id == table.leading_of.table)
    cells = dict(zip(axes.columns, map(number, _row(axes, table.leading_of.row)), strict=True))
    signed, absolute = cells.get("signed"), cells.get("abs")
    listed = [float(value) for value in _values(table).values()]
    if signed is None or absolute is None or not listed:
        return
    mean, weight = np.mean(listed), np.mean(np.abs(listed))
    found = f"mean of the {len(listed)} genes listed {mean:+.3f} (absolute {weight:.3f}); printed {signed} ({absolute})"
    level: Level = "agrees"
    if abs(mean - float(signed)) > half_unit(signed) or abs(weight - float(absolute)) > half_unit(absolute):
        size = smallest_panel(listed, signed=float(signed), absolute=float(absolute))
        level = "open" if size else "contradiction"
        found += f"; possible only if the panel has {size} genes or more" if size else "; no panel has such means"
    yield Conflict(
        level=level,
        kind="panel mean",
        subject=table.leading_of.row,
        found=found,
        document=facts.document.id,
        compound=table.compound,
    )


def _analyses(facts: FactFile) -> Iterator[Conflict]:
    """Hold the analyses of a compound against each other, gene by gene."""
    by_compound: dict[str, dict[str, Values]] = {}
    for table in facts.tables:
        if table.quantity == "log2fc" and table.compound is not None and table.analysis is not None:
            held = by_compound.setdefault(table.compound, {}).setdefault(table.analysis, {})
            for gene, value in _values(table).items():
                if gene in held and held[gene] != value:
                    found = f"{held[gene]:+} and {value:+} in {table.analysis}"
                    yield _gene(facts, table.compound, gene, found, kind="repeated figure")
                held[gene] = value
    for compound, analyses in by_compound.items():
        for first, second in combinations(analyses, 2):
            yield from _pair(facts, compound, (first, analyses[first]), (second, analyses[second]))
        for gene in sorted({gene for values in analyses.values() for gene in values}):
            values = {name: held[gene] for name, held in analyses.items() if gene in held}
            if len({value > 0 for value in values.values() if value}) > 1:
                found = ", ".join(f"{value:+} ({name})" for name, value in values.items())
                yield _gene(facts, compound, gene, f"{found}: the sign differs", kind="sign")


def _gene(facts: FactFile, compound: str, gene: str, found: str, *, kind: str) -> Conflict:
    """Make the conflict of one gene."""
    return Conflict(
        level="contradiction", kind=kind, subject=gene, found=found, document=facts.document.id, compound=compound
    )


def _pair(facts: FactFile, compound: str, first: tuple[str, Values], second: tuple[str, Values]) -> Iterator[Conflict]:
    """Compare two analyses on the genes they share."""
    shared = sorted(set(first[1]) & set(second[1]))
    if len(shared) < 2:  # noqa: PLR2004  one gene is no comparison
        return
    subject = f"{compound}: {first[0]} and {second[0]}"
    a = np.array([float(first[1][gene]) for gene in shared])
    b = np.array([float(second[1][gene]) for gene in shared])
    if all(first[1][gene] == second[1][gene] for gene in shared):
        found = f"the same figures for all {len(shared)} genes they share: one analysis told twice, not two that agree"
        yield Conflict(level="agrees", kind="analyses", subject=subject, found=found, document=facts.document.id,
                       compound=compound)  # fmt: skip
        return
    away = np.abs(a - b)
    correlation = float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else math.nan
    order = np.argsort(-away, kind="stable")[:_MOST_NAMED].tolist()
    largest = ", ".join(f"{shared[place]} {away[place]:.2f}" for place in order)
    found = (
        f"{len(shared)} genes shared: correlation {correlation:.2f}, root mean square difference "
        f"{math.sqrt(float(np.mean(away**2))):.2f}, median difference {np.median(away):.2f}, "
        f"{int(np.sum(a * b > 0))} of {len(shared)} signs agree; largest differences {largest}"
    )
    yield Conflict(
        level="contradiction",
        kind="analyses",
        subject=subject,
        found=found,
        document=facts.document.id,
        compound=compound,
    )


def _equalities(facts: FactFile) -> Iterator[Conflict]:
    """Compare cells that are said to hold one figure."""
    for one in facts.equalities:
        values = [number(_cell(facts, cell)) for cell in one.cells]
        known = [abs(value) if one.absolute else value for value in values if value is not None]
        same = len(known) == len(values) and len(set(known)) == 1
        yield Conflict(
            level="agrees" if same else "contradiction" if len(known) == len(values) else "open",
            kind="repeated figure",
            subject=one.text,
            found=", ".join(_shown(facts, cell) for cell in one.cells),
            document=facts.document.id,
        )


def _claims(facts: FactFile, entry: Contradiction) -> Conflict:
    """Set two claims beside each other, with the figures they rest on."""
    statements = {statement.id: statement for statement in facts.statements}
    claims = []
    for claim in entry.claims:
        if claim.statement is not None:
            said = statements[claim.statement]
            claims.append(f"{said.text}" + (f" (part {said.part})" if said.part else ""))
        else:
            claims.append(f"{claim.text}" + (f" ({claim.source})" if claim.source else ""))
    figures = "; ".join(_shown(facts, cell) for cell in entry.figures)
    return Conflict(
        level="contradiction",
        kind="claims",
        subject=entry.subject,
        found=f"{entry.why}{f' Figures: {figures}.' if figures else ''}",
        document=facts.document.id,
        compound=entry.compound,
        claims=tuple(claims),
    )


def _values(table: Table) -> Values:
    """Return the value of each row of a table of genes: its first column that holds a number."""
    found: Values = {}
    for row in table.rows:
        value = next((one for one in map(number, row[1:]) if one is not None), None)
        if row[0] is not None and value is not None:
            found[row[0]] = value
    return found


def _row(table: Table, name: str) -> tuple[str | None, ...]:
    """Return a row by its first cell."""
    return next(row for row in table.rows if row[0] == name)


def _cell(facts: FactFile, cell: Cell) -> str | None:
    """Look a cell up."""
    table = next(one for one in facts.tables if one.id == cell.table)
    return _row(table, cell.row)[table.columns.index(cell.column)]


def _shown(facts: FactFile, cell: Cell) -> str:
    """Show a cell with where it stands."""
    table = next(one for one in facts.tables if one.id == cell.table)
    of = f" of {table.compound}" if table.compound else ""
    part = f", part {table.part}" if table.part else ""
    column = "" if cell.column in {"log2fc", "value", "score"} else f" {cell.column}"
    return f"{cell.row}{column}{of}{part}: {_cell(facts, cell) or 'not printed'}"


def _key(facts: FactFile, text: str | None) -> str | None:
    """Return a text if it is the key of a compound."""
    return text if text in {compound.key for compound in facts.compounds} else None
