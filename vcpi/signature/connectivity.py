"""Scores between signatures, one record per method.

Every method takes one query and a block of references over the same genes and gives one score per reference; higher
is more alike, positive is alike, negative is reversal. Nothing depends on how many rows are scored at once or on the
number of threads, to the last bit (but the ensemble, which standardizes over all references).

To add a method: its scorer in :mod:`vcpi.signature.scores`, its record here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.columns import Columns
from vcpi.signature.scores.blocks import Scorer, as_query, rank_matrix, run
from vcpi.signature.scores.lists import is_list, prepare_wtcs, prepare_xsum, prepare_zhang, wtcs, xsum, zhang
from vcpi.signature.scores.normalize import ensemble_sum, ncs, order
from vcpi.signature.scores.vectors import (
    cosine,
    list_cosine,
    prepare_cosine,
    prepare_list_cosine,
    prepare_spearman,
    prepare_xcos,
    spearman,
    xcos,
)

__all__ = [
    "MATRIX", "METHODS", "Method", "contributions", "cosine", "list_cosine", "ncs", "order", "rank_matrix", "score",
    "shared_genes", "signed_list", "spearman", "wtcs", "xcos", "xsum", "zhang",
]  # fmt: skip

MATRIX = 2
Takes = Literal["signature", "lists", "unsigned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A connectivity score.

    ``low`` and ``high`` bound its values, ``reference`` and ``doi`` say where it is from. ``takes`` tells what a query
    may be: a whole signature, lists of genes up and down (one may be empty), one list without sides. ``blockwise`` is
    False where a score depends on what else is searched. ``zero_rule`` says that 0 stands for "no answer" and is
    frequent; ``tie_break`` names the method that orders such ties. ``members`` are the methods that an ensemble adds
    up, for signatures and for lists. For all of them a higher score is more alike.
    """

    name: str
    low: float
    high: float
    reference: str
    doi: str | None
    takes: frozenset[Takes]
    description: str
    prepare: Callable[[NDArray[np.float64]], Scorer] | None = None
    members: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    blockwise: bool = True
    zero_rule: bool = False
    tie_break: str | None = None

    @property
    def query(self) -> Literal["signature", "gene lists", "both"]:
        """What is asked with: ``takes`` in short."""
        if "lists" not in self.takes:
            return "signature"
        return "both" if "signature" in self.takes else "gene lists"

    def function(self, query: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
        """Score one query against many references, as :func:`score` does."""
        return score(self.name, query, reference)

    def scorers(self, query: NDArray[np.float64]) -> list[Scorer]:
        """Make a query ready: one scorer, or those of the members."""
        if self.prepare is not None:
            return [self.prepare(query)]
        return [one for name in self.members[is_list(query)] for one in METHODS[name].scorers(query)]

    def combine(
        self, scores: NDArray[np.float64], background: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Make one score of what the scorers gave, shape (n_scorers, n)."""
        return scores[0] if self.prepare is not None else ensemble_sum(scores, background=background)


_SIGNATURE: frozenset[Takes] = frozenset({"signature"})
_ANY: frozenset[Takes] = frozenset({"signature", "lists", "unsigned"})
METHODS = {
    method.name: method
    for method in (
        Method(
            name="cosine",
            low=-1.0,
            high=1.0,
            reference="Salton & McGill 1983, Introduction to Modern Information Retrieval",
            doi=None,
            takes=_SIGNATURE,
            description="cosine of the angle between the signatures, all genes",
            prepare=prepare_cosine,
        ),
        Method(
            name="list_cosine",
            low=-1.0,
            high=1.0,
            reference="Cosine with weights of 1 and -1",
            doi=None,
            takes=frozenset({"lists"}),
            description="sum over the up genes less sum over the down genes, by the reference's norm",
            prepare=prepare_list_cosine,
        ),
        Method(
            name="xcos",
            low=-1.0,
            high=1.0,
            reference="Cheng et al. 2014, Genome Med. 6, 95",
            doi="10.1186/s13073-014-0095-1",
            takes=_SIGNATURE,
            description="cosine on the extreme genes of the reference, 4 % a side",
            prepare=prepare_xcos,
        ),
        Method(
            name="spearman",
            low=-1.0,
            high=1.0,
            reference="Spearman 1904, Am. J. Psychol. 15, 72",
            doi="10.2307/1412159",
            takes=_SIGNATURE,
            description="correlation of ranks, ties share their mean rank",
            prepare=prepare_spearman,
        ),
        Method(
            name="wtcs",
            low=-1.0,
            high=1.0,
            reference="Subramanian et al. 2017, Cell 171, 1437",
            doi="10.1016/j.cell.2017.10.049",
            takes=_ANY,
            description="weighted connectivity score: half the difference of the enrichments of the up and down genes, "
            "0 where both are on one side; such ties are ordered by zhang",
            prepare=prepare_wtcs,
            zero_rule=True,
            tie_break="zhang",
        ),
        Method(
            name="xsum",
            low=-math.inf,
            high=math.inf,
            reference="Cheng et al. 2014, Genome Med. 6, 95",
            doi="10.1186/s13073-014-0095-1",
            takes=_ANY,
            description="sum over the up genes less sum over the down genes among the reference's extreme genes; grows "
            "with its strength; ties of lists that meet none are ordered by zhang",
            prepare=prepare_xsum,
            zero_rule=True,
            tie_break="zhang",
        ),
        Method(
            name="zhang",
            low=-1.0,
            high=1.0,
            reference="Zhang & Gant 2008, BMC Bioinformatics 9, 258",
            doi="10.1186/1471-2105-9-258",
            takes=_ANY,
            description="sum of products of signed ranks of absolute values, by the largest it can be",
            prepare=prepare_zhang,
        ),
        Method(
            name="ensemble",
            low=-math.inf,
            high=math.inf,
            reference="Zhou et al. 2018, Bioinformatics 34, 3151 (its rule; base expression, which its EWCos needs, is "
            "not at hand, so other members)",
            doi="10.1093/bioinformatics/bty325",
            takes=frozenset({"signature", "lists"}),
            description="sum of the members' scores, each standardized over the references without its outliers",
            members=(("cosine", "xcos", "spearman", "zhang"), ("list_cosine", "wtcs", "xsum", "zhang")),
            blockwise=False,
        ),
    )
}


def score(
    method: str,
    query: ArrayLike,
    reference: ArrayLike,
    *,
    unsigned: bool = False,
    positions: NDArray[np.integer] | None = None,
    threads: int | None = None,
    columns: Columns | None = None,
) -> NDArray[np.float64]:
    """Score one query, or several, against many references by any method.

    Parameters
    ----------
    method
        A name of :data:`METHODS`.
    query
        Shape (n_genes,), or (n_queries, n_genes); lists as -1, 0, 1 (:func:`signed_list`).
    reference
        Shape (n_signatures, n_genes), finite.
    unsigned
        The lists have no sides (1 and 0): whether their genes move, either way.
    positions
        :func:`rank_matrix` of the references, where it is at hand; the answer is the same.
    threads
        Blocks of references worked on at once; up to four of the cores where None. The answer is the same.
    columns
        Those of the references (:class:`vcpi.signature.columns.Columns`), where they are at hand: lists are then scored
        by their own genes alone. The answer is the same.

    Returns
    -------
    ndarray
        Shape (n_signatures,), or (n_queries, n_signatures).

    Raises
    ------
    InputError
        There is no such method, it doesn't take such a query, the shapes don't fit, or a value isn't finite.

    Examples
    --------
    >>> score("zhang", [1, 0, -1], [[3, 1, -2], [-3, 1, 2]]).tolist()
    [1.0, -1.0]
    """
    chosen = method_named(method)
    given = np.asarray(query, dtype=np.float64)
    queries = [as_query(one, reference) for one in np.atleast_2d(given)]
    for one in queries:
        check_query(chosen, one, unsigned=unsigned)
    prepared = [chosen.scorers(one) for one in queries]
    flat = run(
        [s for part in prepared for s in part], reference, positions=positions, unsigned=unsigned, threads=threads,
        columns=columns,
    )  # fmt: skip
    scores = np.empty((len(queries), flat.shape[1]))
    start = 0
    for number, part in enumerate(prepared):
        scores[number] = chosen.combine(flat[start : start + len(part)])
        start += len(part)
    return scores if given.ndim == MATRIX else scores[0]


def method_named(name: str) -> Method:
    """Find a method.

    Raises
    ------
    InputError
        There is none of this name.

    Examples
    --------
    >>> method_named("wtcs").tie_break
    'zhang'
    """
    if name not in METHODS:
        raise InputError(f"Method is {name!r}; expected one of {', '.join(METHODS)}")
    return METHODS[name]


def check_query(method: Method, query: NDArray[np.float64], *, unsigned: bool) -> None:
    """Refuse a query that a method does not take.

    Raises
    ------
    InputError
        Lists without sides that hold something else than 0 and 1, or for a method that doesn't take such; a signature
        for a method that takes lists alone.
    """
    if unsigned:
        if "unsigned" not in method.takes:
            able = ", ".join(one.name for one in METHODS.values() if "unsigned" in one.takes)
            raise InputError(f"Method {method.name} needs genes that go up or down; for one list without sides: {able}")
        if not np.isin(query, (0.0, 1.0)).all():
            raise InputError("A list without sides holds another weight than 1; give genes without direction")
    elif "signature" not in method.takes and not is_list(query):
        message = f"A gene list holds a weight other than -1, 0 and 1; use the method 'cosine', not {method.name!r}"
        raise InputError(message)


def signed_list(n_genes: int, *, up: Sequence[int] = (), down: Sequence[int] = ()) -> NDArray[np.float32]:
    """Write gene lists as a vector.

    Parameters
    ----------
    n_genes
        Genes of the dataset.
    up, down
        Positions of the genes that go up and down.

    Returns
    -------
    ndarray
        Shape (n_genes,), float32: 1, -1 or 0.

    Raises
    ------
    InputError
        Both lists are empty, a gene is in both, or a position is out of range.

    Examples
    --------
    >>> signed_list(4, up=[0], down=[2]).tolist()
    [1.0, 0.0, -1.0, 0.0]
    """
    both = set(up) & set(down)
    if both:
        raise InputError(f"Genes {sorted(both)[:5]} are in both lists; expected each to go up or down")
    places = [*up, *down]
    if not places or min(places) < 0 or max(places) >= n_genes:
        raise InputError(f"{len(places)} positions of genes; expected one or more, each in [0, {n_genes})")
    vector = np.zeros(n_genes, dtype=np.float32)
    vector[list(up)] = 1.0
    vector[list(down)] = -1.0
    return vector


def contributions(query: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Split the cosine of two signatures over the genes.

    Parameters
    ----------
    query, reference
        Shape (n_genes,) each.

    Returns
    -------
    ndarray
        Shape (n_genes,), float64; the sum is the cosine. All 0 where either side is all zero.

    Raises
    ------
    InputError
        The shapes don't fit, or a value isn't finite.

    Examples
    --------
    >>> contributions([3, 4], [3, -4]).round(2).tolist()
    [0.36, -0.64]
    """
    left = as_query(query, np.asarray(reference)[np.newaxis])
    right = np.asarray(reference, dtype=np.float64)
    if not np.isfinite(right).all():
        raise InputError("A reference signature holds NaN or infinity; expected a number for every gene")
    norm = np.sqrt((left * left).sum()) * np.sqrt((right * right).sum())
    return np.asarray(left * right / norm) if norm > 0 else np.zeros(len(left))


def shared_genes(
    query: ArrayLike,
    reference: ArrayLike,
    gene_symbols: Sequence[str | None],
    *,
    n: int = 10,
    reverse: bool = False,
) -> tuple[str, ...]:
    """Name the genes behind a score, those that add most to it first.

    Parameters
    ----------
    query, reference
        Shape (n_genes,) each.
    gene_symbols
        Symbol of each gene; genes without one are passed over.
    n
        How many at most.
    reverse
        Name the genes that take most away instead: those behind a reversal.

    Returns
    -------
    tuple of str
        Up to ``n`` symbols, equal contributions in the order of the genes; genes that add nothing aren't named.

    Raises
    ------
    InputError
        As in :func:`contributions`, or the symbols aren't one per gene.

    Examples
    --------
    >>> shared_genes([3, 1, -5], [2, -1, -4], ["DDIT4", "MX1", "HMGCR"])
    ('HMGCR', 'DDIT4')
    """
    parts = contributions(query, reference)
    if len(gene_symbols) != len(parts):
        raise InputError(f"{len(gene_symbols)} gene symbols for {len(parts)} genes; expected one per gene")
    gains = -parts if reverse else parts
    first = 4 * n  # more than are wanted, since some have no symbol
    while True:
        named: list[str] = []
        for gene in _highest(gains, first):
            symbol = gene_symbols[gene]
            if gains[gene] <= 0 or len(named) >= n:
                return tuple(named)
            if symbol:
                named.append(symbol)
        if first >= len(gains):
            return tuple(named)
        first *= 8


def _highest(values: NDArray[np.float64], n: int) -> list[int]:
    """Give the places of the n highest values and of all as high as the last, highest first, equal ones in order."""
    if n >= len(values):
        return [int(place) for place in np.argsort(-values, kind="stable")]
    found = np.flatnonzero(values >= np.partition(values, len(values) - n)[len(values) - n])
    return [int(place) for place in found[np.argsort(-values[found], kind="stable")]]
