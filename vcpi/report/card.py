"""The card of a compound as text, Markdown and HTML: the blocks of :mod:`vcpi.report.card_blocks`, written three ways."""

from __future__ import annotations

import re
import textwrap
from html import escape
from typing import TYPE_CHECKING

from vcpi.page import document, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vcpi.report.card_blocks import Block

_WIDTH = 118
_LABEL = 19
_FEW = 8
_MARKED = re.compile(r"([\\`*_{}\[\]<>|#])")
_SIMULATED = '<p class="simulated">The signature of this compound is SIMULATED: a demonstration, not a measurement.</p>'
_REPORTED = "reported in a document, not measured by vcpi"


def card_text(
    identity: str, documents: Sequence[Sequence[Block]], conflicts: Sequence[Sequence[str]], *, full: bool
) -> str:
    """Write a card for a terminal.

    Parameters
    ----------
    identity
        The lines on the compound itself.
    documents
        The blocks of each document.
    conflicts
        Subject, level and figures of what does not go together.
    full
        Write every row whole, with protocols, tables and references; else a few lines of each, cut to one line.

    Returns
    -------
    str
        Lines of at most 118 characters, except those of ``identity``.
    """
    lines = [identity]
    for blocks in documents:
        lines += ["", f"{_REPORTED}:"]
        for block in blocks:
            if block.rows and (full or not block.detail):
                lines += _text_block(block, full=full)
        if not full:
            lines += _left_out(blocks)
    if conflicts:
        lines += ["", f"does not go together ({len(conflicts)}; 'vcpi facts check' lists both sides):"]
        shown = conflicts if full else conflicts[:_FEW]
        for subject, level, text in shown:
            line = f"{subject}: {level}: {text}"
            lines += (
                textwrap.wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="    ")
                if full
                else [_cut(f"  {line}", _WIDTH)]
            )
        lines += _more(len(conflicts) - len(shown))
    return "\n".join(lines)


def card_markdown(
    title: str,
    pairs: Sequence[tuple[str, str]],
    documents: Sequence[Sequence[Block]],
    conflicts: Sequence[Sequence[str]],
) -> str:
    r"""Write a card as Markdown, whole; every sign that Markdown would obey is escaped.

    Examples
    --------
    >>> print(card_markdown("a|b", [("mass", "<1>")], [], []))
    # a\|b
    <BLANKLINE>
    |  |  |
    | --- | --- |
    | mass | \<1\> |
    <BLANKLINE>
    """
    lines = [f"# {_marked(title)}", "", *_markdown_table(("", ""), pairs)]
    for blocks in documents:
        lines += ["", f"## {_REPORTED.capitalize()}"]
        for block in blocks:
            if block.rows:
                lines += ["", f"### {_marked(block.title)}"] if block.title else []
                lines += ["", *_markdown_table(*block.filled())]
    if conflicts:
        lines += ["", "## Does not go together", "", *_markdown_table(("about", "level", "figures"), conflicts)]
    return "\n".join(lines) + "\n"


def card_page(
    title: str,
    pairs: Sequence[tuple[str, str]],
    documents: Sequence[Sequence[Block]],
    conflicts: Sequence[Sequence[str]],
    *,
    drawing: str,
    simulated: bool,
) -> str:
    """Write a card as one HTML page without script or network.

    Parameters
    ----------
    title
        Name of the compound.
    pairs
        Label and text of its identity.
    documents, conflicts
        As in :func:`card_text`.
    drawing
        An SVG element, or HTML that says why there is none.
    simulated
        Say on top that the signature is simulated; what documents report is not.

    Returns
    -------
    str
        Sentences stand in lists, which a phone shows as well; figures in tables.
    """
    parts = [_SIMULATED if simulated else "", drawing, table(("", ""), pairs, words=True)]
    return document(title, [*parts, *reported_parts(documents, conflicts)])


def reported_parts(documents: Sequence[Sequence[Block]], conflicts: Sequence[Sequence[str]]) -> list[str]:
    """Write what documents report as the parts of a page, with what does not go together."""
    parts = []
    for blocks in documents:
        parts.append(f"<h2>{_REPORTED.capitalize()}</h2>")
        parts += [_page_block(block) for block in blocks if block.rows]
    if conflicts:
        said = [(subject, f"{level}: {text}") for subject, level, text in conflicts]
        parts += ["<h2>Does not go together</h2>", _listed(said)]
    return parts


def _page_block(block: Block) -> str:
    """Write a block for a page."""
    title = f"<h3>{escape(block.title)}</h3>" if block.title else ""
    if not block.title:
        return table(block.head, block.rows, words=True)
    return title + (table(block.head, block.rows) if block.counted == "tables" else _listed(block.said()))


def _listed(said: Iterable[tuple[str, str]]) -> str:
    """Write labels with their sentences."""
    return f"<dl>{''.join(f'<dt><strong>{escape(label)}</strong></dt><dd>{escape(text)}</dd>' for label, text in said)}</dl>"


def _text_block(block: Block, *, full: bool) -> list[str]:
    """Write a block for a terminal."""
    lines = [f"  {block.title}:"] if block.title else []
    if block.inline and not full:
        return _entry(block.title.lower(), ", ".join(f"{label} ({text})" for label, text in block.inline), full=True)
    said = block.said()
    shown = said if full or not block.title else said[:_FEW]
    for label, text in shown:
        lines += _entry(label, text, full=full or not block.title, indent=4 if block.title else 2)
    return lines + _more(len(said) - len(shown))


def _left_out(blocks: Sequence[Block]) -> list[str]:
    """Say what a short text leaves out."""
    counts: dict[str, int] = {}
    for block in blocks:
        if block.detail and block.rows and block.counted:
            counts[block.counted] = counts.get(block.counted, 0) + (
                len(block.rows) if block.counted == "references" else 1
            )
    text = ", ".join(f"{n} {what if n > 1 else what[:-1]}" for what, n in counts.items())
    return [f"  --full shows also {text}"] if text else []


def _more(n: int) -> list[str]:
    """Say how many are not shown."""
    return [f"    and {n} more (--full)"] if n else []


def _entry(label: str, text: str, *, full: bool, indent: int = 2) -> list[str]:
    """Write a label and its text, wrapped beside it; or cut to one line."""
    edge = " " * indent
    width = _LABEL + 2 - indent
    if not full:
        return [_cut(f"{edge}{_cut(label, width):<{width}} {text}", _WIDTH)]
    first = f"{edge}{label:<{width}} " if len(label) <= width else f"{edge}{label}: "
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=" " * (_LABEL + 3)) or [first.rstrip()]


def _cut(text: str, width: int) -> str:
    """Shorten a text."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def _markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Write a table."""
    lines = [f"| {' | '.join(map(_marked, head))} |", f"|{' --- |' * len(head)}"]
    return [*lines, *(f"| {' | '.join(map(_marked, row))} |" for row in rows)]


def _marked(text: str) -> str:
    """Escape what Markdown or HTML in it would obey."""
    return _MARKED.sub(r"\\\1", " ".join(text.split()).replace("&", "&amp;"))
