"""The way out of an error, on a page: where the command line names a verb, a page has a link or a control."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vcpi.web.pages.params import link

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMAND = re.compile(r"'vcpi (\w+)([^']*)'")
_IN_HTML = re.compile(
    r"; add some with &#x27;vcpi [^&]*&#x27;[^<;]*| of &#x27;vcpi like&#x27;|<p>&#x27;vcpi compound&#x27; shows[^<]*</p>"
)
_ASIDE = re.compile(r" \([^()]*'vcpi [^']*'[^()]*\)")
_KEEPER = "whoever keeps this workspace can mend that"
_NAMES = "pick one of those that are suggested as you type"
# What a page says in place of a clause that names a verb; an empty text leaves the clause out.
_INSTEAD = {
    "analogs": "",
    "like": "",
    "compound": "",
    "export": "",
    "facts": "",
    "status": "",
    "serve": "open the link that the server printed when it started",
}
_CLAUSES = {
    "list them with 'vcpi export compounds'": _NAMES,
    "list the compounds with 'vcpi export compounds'": _NAMES,
    "'vcpi export annotations' lists them": "the box suggests those that there are",
    "'vcpi export annotations' lists what there is": "the box suggests those that there are",
}
# Parameters by what their control on the page is called.
_CONTROLS = {
    "min_genes": "“fewest genes to ask with” (among the options)",
    "value_column": "“column of the values”",
    "gene_sets": "another workspace",
    "dataset": "“dataset”",
}
_PARAMETER = re.compile(r"\b(min_genes|value_column|gene_sets)\b")
_WAYS = {"analogs": ("/analogs", "What looks like it"), "like": ("/like", "What behaves like it")}


def for_page(message: str) -> str:
    """Write a message without the verbs of the command line.

    Parameters
    ----------
    message
        One line: what is wrong, and the way out.

    Examples
    --------
    >>> for_page("AZ-1 has no signature in the workspace; 'vcpi analogs' finds measured compounds like it")
    'AZ-1 has no signature in the workspace'
    >>> for_page("index/a.npy is missing; run 'vcpi build'")
    'index/a.npy is missing; whoever keeps this workspace can mend that'
    """
    for clause, instead in _CLAUSES.items():
        message = message.replace(clause, instead)
    clauses = [_clause(one) for one in _ASIDE.sub("", message).split("; ")]
    text = "; ".join(one for one in dict.fromkeys(clauses) if one)
    return _PARAMETER.sub(lambda match: _CONTROLS[match[1]], text)


def for_page_html(html: str) -> str:
    """Take the verbs of the command line out of HTML, where they stand in the middle of a sentence."""
    return _IN_HTML.sub("", html)


def _clause(text: str) -> str:
    """Write one clause: what comes before the verb stays where it says something of its own."""
    found = _COMMAND.search(text)
    if found is None:
        return text
    instead = _INSTEAD.get(found[1], _KEEPER)
    if text.startswith("a neighbour counts at"):
        return text.replace(" of 'vcpi like'", "")
    kept, comma, _ = text[: found.start()].rpartition(", or ")
    return kept if comma and "'vcpi" not in kept else instead


def ways_of(message: str, names: Sequence[str]) -> list[tuple[str, str]]:
    """Give the links that stand for the verbs of a message: label and target.

    Parameters
    ----------
    message
        As the command line has it.
    names
        The compounds that were asked about.

    Examples
    --------
    >>> ways_of("AZ-1 has no signature; 'vcpi analogs' finds what is like it", ["AZ-1"])
    [('What looks like it', '/analogs?name=AZ-1')]
    """
    verbs = dict.fromkeys(match[1] for match in _COMMAND.finditer(message))
    named = [one for one in names if one in message] or list(names)
    found = [(label, link(path, {"name": named[0]})) for verb in verbs if named and verb in _WAYS for path, label in [_WAYS[verb]]]  # fmt: skip
    keeps = any(verb not in _INSTEAD for verb in verbs)
    return [*found, *([("What this database holds", "/about")] if keeps else [])]
