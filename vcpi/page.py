"""The shell of every page that vcpi writes: one HTML file that reads offline, on a screen, on paper, without colours."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 52rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; margin: .8rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; } caption { text-align: left; color: #555; }
.simulated { border: 3px solid #8A5F00; padding: .5rem 1rem; font-weight: bold; }
table.words td, table.words th { text-align: left; overflow-wrap: anywhere; } table.words td:first-child {
  white-space: nowrap; }
.drawings { display: flex; flex-wrap: wrap; gap: .5rem; } figure { margin: 0; max-width: 100%; } figcaption {
  text-align: center; color: #555; } figure svg { max-width: 100%; } .save { margin: .2rem 0; } summary {
  cursor: pointer; color: #555; }
th.word, td.word { text-align: left; } .note { color: #555; } .wide { overflow-x: auto; } svg { display: block; height: auto; margin: .8rem 0; }
@media (max-width: 40rem) { body { margin: 1rem auto; } h1 { font-size: 1.5rem; }
  table.words td:first-child { white-space: normal; min-width: 8rem; } .wide > svg { min-width: 36rem; }
  th, td { padding-right: .5rem; } }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } .wide { overflow: visible; } th, td {
  font-size: 8pt; padding-right: .4rem; overflow-wrap: anywhere; } details::details-content { content-visibility: visible; display: block; }
  h2 { break-after: avoid; }
  svg, table { break-inside: avoid; } }
"""


def document(title: str, parts: Iterable[str], *, simulated: bool = False) -> str:
    """Write a whole HTML document.

    Parameters
    ----------
    title
        Plain text.
    parts
        HTML; empty ones are left out.
    simulated
        Say on top that the counts are simulated.

    Returns
    -------
    str
        From the doctype to the last tag, without script and without anything to fetch.

    Examples
    --------
    >>> "<h1>A &amp; B</h1>" in document("A & B", ["<p>text</p>"])
    True
    """
    warning = (
        '<p class="simulated">SIMULATED counts: the effects are drawn at random; nothing here is evidence about any '
        "compound.</p>"
    )
    whole = [
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>",
        warning if simulated else "",
        *parts,
        "</body>\n</html>\n",
    ]
    return "\n".join(part for part in whole if part)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", words: bool = False) -> str:
    """Write a table of plain texts; an empty head is left out.

    Parameters
    ----------
    head, rows
        Texts, one for each column.
    caption
        What stands over it.
    words
        The cells are words, not numbers: they stand left.

    Examples
    --------
    >>> "<td>&lt; 5</td>" in table(("figure",), [("< 5",)])
    True
    """
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    kind = ' class="words"' if words else ""
    lines = [list(row) for row in rows]
    left = [not words and _is_word_column([row[place] for row in lines]) for place in range(len(head))]
    marks = [' class="word"' if one else "" for one in left]
    cells = (
        "".join(
            f'<th scope="col"{mark}>{escape(cell)}</th>' if cell else "<td></td>"
            for cell, mark in zip(head, marks, strict=True)
        )
        if any(head)
        else ""
    )
    body = "".join(
        "<tr>" + "".join(f"<td{mark}>{escape(cell)}</td>" for cell, mark in zip(row, marks, strict=True)) + "</tr>"
        for row in lines
    )
    return f'<div class="wide"><table{kind}>{title}<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>'


def _is_word_column(cells: Sequence[str]) -> bool:
    """Say whether a column holds words, which stand left: no cell begins as a number does, and one has a word.

    Examples
    --------
    >>> _is_word_column(["mTOR inhibitor", "-"]), _is_word_column(["yes", "0.5"]), _is_word_column(["< 5", "-"])
    (True, False, False)
    """
    told = [cell for cell in cells if cell not in {"", "-"}]
    return bool(told) and all(cell[0].isalpha() for cell in told)
