"""Tables of the pages: columns with what they mean, cells with their exact values, sorting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log10
from typing import TYPE_CHECKING, Any

from vcpi.report.sections import cell
from vcpi.web.pages.params import link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vcpi.web.pages.columns import Column
    from vcpi.web.pages.params import Params

MEANING_OF_RELATION = {
    "analog-mimic": "looks alike and acts alike",
    "scaffold-hop": "acts alike, looks different",
    "activity-cliff": "looks alike, acts differently, and at least one of the two is active",
    "unrelated": "neither looks alike nor acts alike beyond noise",
}
ALIKE = "alike-in-effect"
MEANING_OF_MARK = {**MEANING_OF_RELATION, ALIKE: "acts alike beyond noise; there is no structure to compare"}
MEANING_OF_FLAG = {
    "non-specific": "many other active compounds come as close: the likeness is real and shared",
    "stressed": "its cells show the generic stress response",
    "low-rna": "its wells gave little RNA: the effect may be one of dying cells",
    "thin-evidence": "rests on less evidence than three quarters of the dataset",
    "distant-analog": "among the ten nearest by structure, below the Tanimoto from which compounds look alike",
    "near-threshold": "looks alike and is almost alike in effect",
    "reversal": "the effects oppose one another",
    "activity-unknown": "it is not known whether either does anything",
    "both-inactive": "neither of the two has an effect here",
    "query-inactive": "the query has no effect beyond noise: the likeness may be noise",
    "hit-inactive": "this compound has no effect beyond noise: the likeness may be noise",
    "inactive": "no effect beyond noise",
    "one-well": "rests on one well",
    "positive-control": "a positive control of the screen",
    "no-structure": "its structure is not known",
    "no-signature": "it was not measured",
    "uncalibrated": "no p-value: there are no profiles of noise to hold it against",
}
_PRECISE = 1e-3
_MANY = 1_000
_WORDS = 3
_BAR = 60
_SURE, _TINY = 5, 1e-300  # a bar of q is full from 1e-5 on
_UNTOLD = ("uncalibrated", "query-not-measured")  # what the page itself says
NONE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell.

    Attributes
    ----------
    kind, label
        Of its column.
    text, value
        As it is read, and exact, for sorting.
    width
        Of a bar, 0 to 60.
    href, drawing, beside
        Where it leads, what draws its compound, and of a pair the other one.
    parts
        Badges or words.
    more
        It is secondary: a phone shows it when the row is opened.
    """

    kind: str
    label: str
    text: str = NONE
    value: str = ""
    width: float | None = None
    href: str = ""
    drawing: str = ""
    beside: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    more: bool = False


def rows_of(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    *,
    p_least: float | None = None,
    query: str = "",
    why: bool = True,
) -> tuple[list[Column], list[list[Cell]]]:
    """Make the cells of a table, without columns in which no row has anything to say.

    Parameters
    ----------
    rows
        As the answer has them.
    columns
        Which fields, in what order.
    p_least
        The smallest p that the null profiles can tell: a q that comes from it is a bound.
    query
        The compound that was asked about: drawings shade what looks as in it, rows lead to their explanation.
    why
        Whether rows can be explained.
    """
    rows = [marked(row) for row in rows]
    made = ("drawing", "pair_drawing", *(("why",) if why else ()))
    shown = [
        column
        for column in columns
        if column.name in made or any(row.get(column.name) not in (None, "", [], ()) for row in rows)
    ]
    largest = {
        column.name: max((abs(row.get(column.name) or 0.0) for row in rows), default=1.0)
        for column in shown
        if column.name.startswith("strength")
    }
    return shown, [
        [
            replace(
                _cell(row, column, p_least=p_least, query=query, most=largest.get(column.name, 1.0)), more=column.more
            )
            for column in shown
        ]
        for row in rows
    ]


def marked(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a row without relation, of a question without structure, the mark that its flags hold instead."""
    if row.get("relation") is not None or ALIKE not in (row.get("flags") or ()):
        return row
    return {**row, "relation": ALIKE, "flags": [flag for flag in row["flags"] if flag != ALIKE]}


def ordered(rows: Sequence[Mapping[str, Any]], params: Params) -> list[Mapping[str, Any]]:
    """Sort rows by the parameter ``sort`` (a field; with ``-`` before it the largest first); what is missing comes last."""
    wanted = params.text("sort")
    field, down = wanted.lstrip("-"), wanted.startswith("-")
    present = [row for row in rows if row.get(field) is not None]
    if not present:
        return list(rows)
    numeric = all(isinstance(row[field], int | float) for row in present)
    found = sorted(present, key=lambda row: row[field] if numeric else str(row[field]).casefold(), reverse=down)
    return [*found, *(row for row in rows if row.get(field) is None)]


def drawing_link(key: str, *, query: str = "") -> str:
    """Write the link of a drawing, with what looks as in the query shaded."""
    return link("/drawing.svg", {"name": key, **({"like": query} if query else {})})


def flag_badge(flag: str) -> tuple[str, str]:
    """Give the badge of a flag and its meaning; of a pair the flag names the compound before it.

    Examples
    --------
    >>> flag_badge("torin-1: stressed")
    ('torin-1: stressed', 'its cells show the generic stress response')
    >>> flag_badge("no-tau: too few active compounds")
    ('no-tau', 'too few active compounds')
    """
    head, _, tail = (part.strip() for part in flag.partition(":"))
    if flag in MEANING_OF_FLAG:
        return flag, MEANING_OF_FLAG[flag]
    if tail in MEANING_OF_FLAG:
        return flag, MEANING_OF_FLAG[tail]
    return (head, tail) if head == "no-tau" else (flag, "")


def marks_of(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[tuple[str, str]]:
    """Return the marks that a table can show, each with its meaning: all relations, and the flags that it holds.

    Parameters
    ----------
    columns
        Of the table.
    rows
        Its cells.
    """
    relations = MEANING_OF_RELATION.items() if any(one.kind == "relation" for one in columns) else ()
    alike = any(one.kind == "relation" and one.text == ALIKE for row in rows for one in row)
    held = {part for row in rows for one in row if one.kind == "flags" for part in one.parts}
    known = [(name, meaning) for name, meaning in MEANING_OF_FLAG.items() if meaning in {said for _, said in held}]
    others = sorted(part for part in held if part[1] and part[1] not in MEANING_OF_FLAG.values())
    return [*relations, *([(ALIKE, MEANING_OF_MARK[ALIKE])] if alike else []), *known, *others]


def _cell(row: Mapping[str, Any], column: Column, *, p_least: float | None, query: str, most: float) -> Cell:
    """Make one cell."""
    blank = Cell(kind=column.kind, label=column.label)
    value = row.get(column.name)
    if column.kind in _MADE_OF_ROWS:
        return _MADE_OF_ROWS[column.kind](row, column, query)
    if value is None or value in ("", [], ()):
        return blank
    if column.kind in _MADE_OF_PARTS:
        return replace(blank, **_MADE_OF_PARTS[column.kind](value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        text, width = _number(row, column, value, p_least=p_least, most=most)
        return replace(blank, text=text, value=repr(value), width=width)
    return replace(blank, text=cell(value), value=str(int(value)) if isinstance(value, bool) else str(value))


def _relation(value: str) -> dict[str, Any]:
    """Make the badge of a relation."""
    return {"text": value, "value": value, "parts": ((value, MEANING_OF_MARK.get(value, "")),)}


def _flags(value: Sequence[str]) -> dict[str, Any]:
    """Make badges of flags."""
    parts = tuple(flag_badge(flag) for flag in value if flag not in _UNTOLD)
    return {"text": ", ".join(name for name, _ in parts) or NONE, "value": str(len(parts)), "parts": parts}


def _words(value: Sequence[object]) -> dict[str, Any]:
    """Make a short list of words."""
    return {"text": " ".join(str(one) for one in value[:_WORDS]), "value": str(len(value))}


_MADE_OF_PARTS: dict[str, Callable[[Any], dict[str, Any]]] = {"relation": _relation, "flags": _flags, "words": _words}


def _key(row: Mapping[str, Any], column: Column) -> str:
    """Give what finds the compound of a cell."""
    return str(row.get(column.inchikey) or row.get(column.name if column.kind == "compound" else "name") or "")


def _compound(row: Mapping[str, Any], column: Column, query: str) -> Cell:
    """Make the cell that names a compound and leads to it."""
    key, name = _key(row, column), str(row.get(column.name) or "")
    if not name:
        return Cell(kind="compound", label=column.label)
    drawing = drawing_link(key, query=query) if row.get(column.inchikey) else ""
    href = link("/compound", {"name": key})
    return Cell(kind="compound", label=column.label, text=name, value=name, href=href, drawing=drawing)


def _number(
    row: Mapping[str, Any], column: Column, value: float, *, p_least: float | None, most: float
) -> tuple[str, float | None]:
    """Write a number, with the width of its bar."""
    if column.kind == "percent":
        return f"{value:.1f}", None
    text = figure(value, signed=column.kind == "signed", whole=column.kind == "whole")
    if column.kind == "bar":
        return text, _BAR * min(abs(value) / (most or 1.0), 1.0)
    if column.kind != "q":
        return text, None
    least = row.get("p_cliff" if column.name == "q_cliff" else "p_noise")
    is_bound = p_least is not None and least is not None and least <= p_least * (1 + 1e-9)
    return f"<{text}" if is_bound else text, _BAR * min(max(-log10(max(value, _TINY)) / _SURE, 0.0), 1.0)


def _drawing(row: Mapping[str, Any], column: Column, query: str) -> Cell:
    """Make the cell that draws a compound, or both of a pair."""
    if column.name == "pair_drawing":
        pair = [str(row.get(f"inchikey_{side}") or "") for side in "ab"]
        names = f"{row.get('name_a')} and {row.get('name_b')}"
        if not all(pair):
            return Cell(kind="drawing", label=column.label)
        both = (drawing_link(pair[0], query=pair[1]), drawing_link(pair[1], query=pair[0]))
        return Cell(kind="drawing", label=column.label, text=names, drawing=both[0], beside=both[1], href=link("/compare", [("name", one) for one in pair]))  # fmt: skip
    if not row.get("inchikey"):
        return Cell(kind="drawing", label=column.label)
    key = _key(row, column)
    name = str(row.get("name") or key)
    return Cell(
        kind="drawing", label=column.label, text=name, drawing=drawing_link(key, query=query),
        href=link("/compound", {"name": key}),
    )  # fmt: skip


def _why(row: Mapping[str, Any], column: Column, query: str) -> Cell:
    """Make the cell that leads to the explanation."""
    a = str(row.get("inchikey_a") or row.get("name_a") or query)
    b = str(row.get("inchikey_b") or row.get("name_b") or row.get("inchikey") or row.get("name") or "")
    if not a or not b or row.get("connectivity") is None:
        return Cell(kind="why", label=column.label)
    name = str(row.get("name") or f"{row.get('name_a')} and {row.get('name_b')}")
    return Cell(kind="why", label=column.label, text=name, href=link("/explain", {"query": a, "hit": b}))


_MADE_OF_ROWS = {"drawing": _drawing, "why": _why, "compound": _compound}


def figure(value: float, *, signed: bool = False, whole: bool = False) -> str:
    """Write a number for reading, as the command line does.

    Examples
    --------
    >>> figure(0.85936), figure(1.6e-05), figure(-0.2, signed=True), figure(12345.6), figure(3, whole=True)
    ('0.859', '2e-05', '-0.200', '12,345.6', '3')
    """
    sign = "+" if signed and value > 0 else ""
    if whole or isinstance(value, int):
        return f"{value:,}"
    if 0 < abs(value) < _PRECISE:
        return f"{sign}{value:.0e}"
    return f"{sign}{value:.3f}" if abs(value) < _MANY else f"{sign}{value:,.1f}"
