"""Sums of log2 fold changes over a few genes: those that vcpi ships, and those that a user writes."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from vcpi.data import _rows, _several, gene_aliases, genes
from vcpi.errors import InputError

_TOKEN = re.compile(r"\s+|[+*-]|[^\s+*-]+")
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
_NAME = re.compile(r"[A-Za-z][\w.@-]*", re.ASCII)
_HYPHENATED = re.compile(
    r"(?:HLA|MT|H\d|NKX\d|KRTAP\d+)-[A-Z]*\d*[A-Z]?|[\w-]+-(?:AS|DT|IT|OT)\d*", re.ASCII | re.IGNORECASE
)
_LONGEST = 7  # a symbol has at most three hyphens: seven tokens
_EXPECTED = "expected gene symbols joined by + or -, with weights in front if need be, such as FOS+EGR1+2*MAPK3"
_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneSum:
    """A weighted sum over genes.

    Attributes
    ----------
    name
        What it is called; that of a user is its expression.
    weights
        Gene symbol and weight, in the order in which they were written; no gene twice, no weight 0.
    aliases
        Other names of a shipped sum.
    title
        Its name in words; empty for that of a user.
    caution
        What cannot be concluded from it; empty for that of a user.
    instead
        Key of the panel that is the better instrument; empty where there is none.
    """

    name: str
    weights: tuple[tuple[str, float], ...]
    aliases: tuple[str, ...] = ()
    title: str = ""
    caution: str = ""
    instead: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The genes, in their order."""
        return tuple(symbol for symbol, _ in self.weights)

    @property
    def expression(self) -> str:
        """The sum as text that :func:`parse_sum` reads back."""
        return _written(self.weights)


@cache
def sums() -> tuple[GeneSum, ...]:
    """Read the shipped sums, those of hand-made reports.

    Examples
    --------
    >>> [f"{total.name}: {total.expression}" for total in sums()]
    ['erk-sum: FOS+EGR1+MAPK3', 'nfkb-sum: NFKBIA+IL6+TNF+CXCL10', 'ifn-sum: MX1+ISG15+IFIT1+STAT1']
    """
    return tuple(
        GeneSum(
            name=row["sum"],
            weights=_weights(row["expression"], known=frozenset()),
            aliases=_several(row["aliases"]),
            title=row["title"],
            caution=row["caution"],
            instead=row["instead"],
        )
        for row in _rows("sums.tsv")
    )


def parse_sum(text: str, *, known: Collection[str] = ()) -> GeneSum:
    """Read a sum of genes, or find a shipped one by its name.

    A former symbol is written as the present one. A hyphen with a blank before it is a minus; without one it belongs
    to the symbol where that is a gene known here, in ``known`` or of a hyphenated family (HLA-DRA, MT-CO1, H1-0),
    and is a minus otherwise.

    Parameters
    ----------
    text
        ``A+B-C`` with optional weights, ``2*A+0.5*B``; blanks do not matter otherwise; or ``ifn-sum``, in any case.
    known
        Further gene symbols, those of a dataset.

    Returns
    -------
    GeneSum
        Its genes need not be in any dataset.

    Raises
    ------
    InputError
        The text is no sum: empty, a sign or weight without gene, a name that is no symbol, a weight of 0 or beyond
        all numbers, or a gene named twice.

    Examples
    --------
    >>> parse_sum("FOS+EGR1-2*ERK1").weights
    (('FOS', 1.0), ('EGR1', 1.0), ('MAPK3', -2.0))
    >>> parse_sum("HLA-DRA-CD74").weights
    (('HLA-DRA', 1.0), ('CD74', -1.0))
    >>> parse_sum("IFN-sum").expression
    'MX1+ISG15+IFIT1+STAT1'
    """
    shipped = {folded(name): total for total in sums() for name in (total.name, *total.aliases)}
    found = shipped.get(folded(text))
    if found is not None and not set("+*") & set(text):
        return found
    weights = _weights(text, known=frozenset(name.casefold() for name in known))
    return GeneSum(name=_written(weights), weights=weights)


def present_symbol(text: str) -> str:
    """Return the present symbol of a gene, the text itself where it is not known here or means several genes.

    Examples
    --------
    >>> present_symbol("TMEM173"), present_symbol("fos"), present_symbol("NOT_A_GENE")
    ('STING1', 'FOS', 'NOT_A_GENE')
    """
    return _symbols().get(text.strip().casefold(), text.strip())


def folded(name: str) -> str:
    """Write a name so that case, blanks and punctuation do not matter.

    Examples
    --------
    >>> folded("IFN-gamma") == folded("ifn gamma")
    True
    """
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@cache
def _symbols() -> Mapping[str, str]:
    """Map each name of a gene, in small letters, to its present symbol; unclear names are left out."""
    former = {name.casefold(): symbols[0] for name, symbols in gene_aliases().items() if len(symbols) == 1}
    present = {gene.gene_symbol.casefold(): gene.gene_symbol for gene in genes() if gene.gene_symbol}
    return MappingProxyType({**former, **present})


def _weights(text: str, *, known: frozenset[str]) -> tuple[tuple[str, float], ...]:
    """Read the genes of a sum and their weights."""
    tokens = _joined(_TOKEN.findall(text.translate(str.maketrans("−–×", "--*")).strip()), known=known)  # noqa: RUF001
    found: dict[str, float] = {}
    place = 0
    while place < len(tokens) or not found:
        place, sign = _sign(tokens, place, text=text, first=not found)
        place, symbol, weight = _term(tokens, place, text=text)
        if symbol in found:
            raise _no_sum(text, f"names {symbol} twice")
        found[symbol] = sign * weight
    return tuple(found.items())


def _joined(tokens: Sequence[str], *, known: frozenset[str]) -> list[str]:
    """Join the parts of hyphenated symbols, the longest first, and leave the blanks out."""
    joined: list[str] = []
    place = 0
    while place < len(tokens):
        end = place + 1
        while tokens[end : end + 1] == ["-"] and _NAME.fullmatch(tokens[place]) and end - place < _LONGEST:
            if not re.match(r"\w", "".join(tokens[end + 1 : end + 2]), re.ASCII):
                break
            end += 2
        while end > place + 1 and not _is_symbol("".join(tokens[place:end]), known=known):
            end -= 2
        joined.append("".join(tokens[place:end]))
        place = end
    return [token for token in joined if not token.isspace()]


def _is_symbol(name: str, *, known: frozenset[str]) -> bool:
    """Whether a hyphenated name is one gene."""
    key = name.casefold()
    return key in known or key in _symbols() or _HYPHENATED.fullmatch(name) is not None


def _sign(tokens: Sequence[str], place: int, *, text: str, first: bool) -> tuple[int, float]:
    """Read the sign before a gene; the first gene needs none."""
    if place < len(tokens) and tokens[place] in {"+", "-"}:
        return place + 1, -1.0 if tokens[place] == "-" else 1.0
    if first:
        return place, 1.0
    raise _no_sum(text, f"has no + or - before {tokens[place][:_SHOWN]!r}")


def _term(tokens: Sequence[str], place: int, *, text: str) -> tuple[int, str, float]:
    """Read one gene with its weight."""
    weight = 1.0
    if place + 1 < len(tokens) and tokens[place + 1] == "*" and _NUMBER.fullmatch(tokens[place]):
        weight = float(tokens[place])
        if weight == 0 or not math.isfinite(weight):
            raise _no_sum(text, f"has the weight {tokens[place][:_SHOWN]}")
        place += 2
    if place >= len(tokens):
        raise _no_sum(text, "names no gene" if not tokens else f"ends after {tokens[-1][:_SHOWN]!r}")
    if not _NAME.fullmatch(tokens[place]):
        raise _no_sum(text, f"has {tokens[place][:_SHOWN]!r} where a gene is due")
    return place + 1, present_symbol(tokens[place]), weight


def _no_sum(text: str, what: str) -> InputError:
    """Say why a text is no sum."""
    return InputError(f"Sum {text[:_SHOWN]!r} {what}; {_EXPECTED}")


def _written(weights: Sequence[tuple[str, float]]) -> str:
    """Write a sum as text; blanks stand around the signs where one is a minus, which a symbol may hold too."""
    gap = " " if any(weight < 0 for _, weight in weights[1:]) else ""
    parts: list[str] = []
    for symbol, weight in weights:
        number = "" if abs(weight) == 1 else f"{Decimal(repr(abs(weight))):f}".removesuffix(".0") + "*"
        sign = "-" if weight < 0 else "+" if parts else ""
        parts.append(f"{gap if parts else ''}{sign}{gap if parts else ''}{number}{symbol}")
    return "".join(parts)
