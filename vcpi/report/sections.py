"""A report as sections, written the same for a terminal, as Markdown and as a page."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import fill
from typing import Any

from tabulate import tabulate

from vcpi.cells import exact
from vcpi.page import document, table

Cell = str | float | bool | None | list[str] | tuple[str, ...]
_PRECISE = 0.001
_MANY = 1_000
TEXT_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a report; all of it may be empty.

    Attributes
    ----------
    title
        Its heading.
    lead
        Sentences before the table, a paragraph each; ``after`` the same behind it.
    columns
        Field of the rows → heading, in order.
    rows
        The table.
    words
        The cells are words: they stand left.
    plot
        An inline SVG, or more HTML that is safe; on a page alone.
    file
        Name under which the table can be downloaded, without suffix.
    folded
        On a page the table is folded away: it stands behind a plot that shows the same.
    """

    title: str
    lead: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Mapping[str, Any], ...] = ()
    after: tuple[str, ...] = ()
    words: bool = False
    plot: str = ""
    file: str = ""
    folded: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.lead or self.rows or self.plot or self.after)

    @property
    def shown(self) -> dict[str, str]:
        """Columns in which a row has anything to say."""
        return {
            name: label
            for name, label in self.columns.items()
            if any(row.get(name) not in (None, "", [], ()) for row in self.rows)
        }


def as_text(title: str, sections: Sequence[Section]) -> str:
    """Write a report for a terminal."""
    parts = [title]
    for section in sections:
        if section.empty:
            continue
        parts += ["", section.title, "-" * len(section.title), *section.lead]
        if section.rows:
            parts.append(_grid(section, "simple"))
        parts += section.after
    return "\n".join(parts) + "\n"


def as_markdown(title: str, sections: Sequence[Section]) -> str:
    """Write a report as Markdown."""
    parts = [f"# {_plain_mark(title)}"]
    for section in sections:
        if section.empty:
            continue
        parts += ["", f"## {_plain_mark(section.title)}"]
        parts += [f"\n{_plain_mark(text)}" for text in section.lead]
        if section.rows:
            parts += ["", _grid(section, "github", mark=True)]
        parts += [f"\n{_plain_mark(text)}" for text in section.after]
    return "\n".join(parts) + "\n"


def as_page(title: str, sections: Sequence[Section], *, simulated: bool = False) -> str:
    """Write a report as one HTML page without script or network; each table can be saved as CSV."""
    return document(title, as_parts(sections), simulated=simulated)


def as_parts(sections: Sequence[Section]) -> list[str]:
    """Write sections as the parts of a page."""
    parts: list[str] = []
    for section in sections:
        if section.empty:
            continue
        parts.append(f"<h2>{escape(section.title)}</h2>")
        parts += [f"<p>{escape(text)}</p>" for text in section.lead]
        parts.append(f'<div class="wide">{section.plot}</div>' if section.plot else "")
        if section.rows:
            shown = section.shown
            cells = [[cell(row.get(name)) for name in shown] for row in section.rows]
            body = table(list(shown.values()), cells, words=section.words)
            link = _download(section) if section.file else ""
            parts.append(
                f"<details><summary>as a table</summary>{body}{link}</details>" if section.folded else body + link
            )
        parts += [f'<p class="note">{escape(text)}</p>' for text in section.after]
    return parts


def cell(value: Cell | Any) -> str:  # noqa: ANN401  whatever a row holds
    """Write one value for reading.

    Examples
    --------
    >>> [cell(value) for value in (None, True, 0.12345, 0.00001, 12345.6, ["a", "b"], "x")]
    ['-', 'yes', '0.123', '1e-05', '12,346', 'a, b', 'x']
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _figure(value)
    if isinstance(value, list | tuple):
        value = ", ".join(cell(part) for part in value)
    return " ".join(str(value or "").split()) or "-"


def _figure(value: float) -> str:
    """Write a number with as many digits as say anything."""
    if isinstance(value, int) or abs(value) >= _MANY:
        return f"{value:,.0f}"
    return f"{value:.0e}" if 0 < abs(value) < _PRECISE else f"{value:.3g}"


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as CSV, every field whole; a spreadsheet does not take a text for a formula.

    Examples
    --------
    >>> as_csv([{"gene": "=A1", "z": 0.5}]).splitlines()
    ['gene,z', "'=A1,0.5"]
    """
    fields = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([exact(row.get(name)) for name in fields] for row in rows)
    return stream.getvalue()


def _download(section: Section) -> str:
    """Link the table of a section as a file that the page itself holds."""
    content = b64encode(as_csv(section.rows).encode()).decode()
    name = escape(section.file, quote=True)
    return (
        f'<p class="save"><a download="{name}.csv" href="data:text/csv;charset=utf-8;base64,{content}">'
        f"{name}.csv</a></p>"
    )


def _grid(section: Section, kind: str, *, mark: bool = False) -> str:
    """Align the table of a section."""
    shown = section.shown
    body = [
        [_plain_mark(cell(row.get(name))) if mark else cell(row.get(name)) for name in shown] for row in section.rows
    ]
    numeric = [
        not section.words
        and all(row.get(name) is None or isinstance(row.get(name), int | float) for row in section.rows)
        for name in shown
    ]
    align = ["right" if one else "left" for one in numeric]
    if section.words and not mark:  # sentences break on a terminal
        body = [[fill(text, TEXT_WIDTH, break_long_words=False) for text in row] for row in body]
    return str(tabulate(body, headers=list(shown.values()), tablefmt=kind, colalign=align, disable_numparse=True))


def _plain_mark(text: str) -> str:
    """Keep Markdown from reading signs of a text."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
