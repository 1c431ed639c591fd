"""What a question gets: hits with the query, the method and the caveats that belong to them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from math import fsum
from typing import TYPE_CHECKING, Any

from vcpi.records import JointHit, StructureHit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from vcpi.records import SubstructureHit


def frame(records: Sequence[Any], record_type: type) -> pd.DataFrame:
    """Make a data frame of records, with the columns of their type even where there are none."""
    import pandas as pd  # 0.4 s that only callers of Python pay, who have it loaded

    columns = [column.name for column in fields(record_type)]
    return pd.DataFrame([asdict(record) for record in records], columns=columns)


def _short(answer: object, of: str, rows: Sequence[Any], names: Sequence[str], *, n: int = 3) -> str:
    """Write an answer in one line: what was asked, how many rows, the first of them, how many caveats."""
    first = ", ".join(names[:n]) + (", …" if len(rows) > n else "")
    caveats = len(getattr(answer, "caveats", ()))
    told = f"; {caveats} caveat{'s' if caveats != 1 else ''}" if caveats else ""
    return f"<vcpi.{type(answer).__name__} {of}: {len(rows)} rows{f' ({first})' if first else ''}{told}>"


def _name(row: object) -> str:
    """Name a row: a compound, or two."""
    names = [getattr(row, field, None) for field in ("name", "name_a", "name_b", "class_a", "class_b")]
    return " / ".join(str(name) for name in names if name)


def _asked(query: dict[str, Any]) -> str:
    """Name what was asked."""
    return str(query.get("name") or query.get("smarts") or query.get("dataset") or "")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StructureAnswer:
    """Compounds found by structure, best first."""

    query: dict[str, Any]
    records: tuple[StructureHit, ...] | tuple[SubstructureHit, ...]
    caveats: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return _short(self, _asked(self.query), self.records, [_name(row) for row in self.records[:3]])

    @property
    def hits(self) -> pd.DataFrame:
        """The hits as a data frame, columns as in the JSON."""
        return frame(self.records, type(self.records[0]) if self.records else StructureHit)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON holds it."""
        return {"query": self.query, "hits": [asdict(hit) for hit in self.records], "caveats": list(self.caveats)}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class JointAnswer:
    """Compounds found by signature with structure beside it, and structural analogs that act differently.

    ``records`` are the nearest (or, reversed, the most opposite) by signature; ``analogs`` are compounds that look
    like the query and are not alike in effect, each with both figures.
    """

    query: dict[str, Any]
    method: dict[str, Any]
    records: tuple[JointHit, ...]
    analogs: tuple[JointHit, ...] = ()
    caveats: tuple[str, ...] = ()
    genes: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return _short(self, _asked(self.query), self.records, [_name(row) for row in self.records[:3]])

    @property
    def hits(self) -> pd.DataFrame:
        """The hits as a data frame, columns as in the JSON."""
        return frame(self.records, JointHit)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON holds it."""
        answer = {
            "query": self.query,
            "method": self.method,
            "hits": [_plain(hit) for hit in self.records],
            "analogs": [_plain(hit) for hit in self.analogs],
            "caveats": list(self.caveats),
        }
        return {**answer, "genes": self.genes} if self.genes else answer


def _plain(hit: JointHit) -> dict[str, Any]:
    """Return a hit with lists in place of tuples."""
    row = asdict(hit)
    row["shared_genes"] = list(hit.shared_genes)
    row["flags"] = list(hit.flags)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneContribution:
    """What one gene adds to a connectivity score, and its values in both signatures.

    ``lfc`` in log2 units with its standard error ``se``; None where a dataset does not keep them.
    """

    gene_id: str
    gene_symbol: str | None
    contribution: float
    query_lfc: float | None = None
    query_se: float | None = None
    query_z: float | None = None
    hit_lfc: float | None = None
    hit_se: float | None = None
    hit_z: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Explanation:
    """Why one compound is a hit of another.

    ``records`` holds every gene that was compared, what adds most to the score first; their contributions sum to
    ``scores["connectivity"]``. ``gene_sets`` says which sets gather at either end, ``structure`` what both structures
    share and what differs.
    """

    query: dict[str, Any]
    hit: dict[str, Any]
    method: dict[str, Any]
    scores: dict[str, Any]
    records: tuple[GeneContribution, ...]
    gene_sets: tuple[dict[str, Any], ...] = ()
    structure: dict[str, Any] | None = None
    caveats: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return _short(
            self,
            f"{self.query['name']} and {self.hit['name']} at {self.scores['connectivity']:.3f}",
            self.records,
            [row.gene_symbol or row.gene_id for row in self.records[:3]],
        )

    @property
    def genes(self) -> pd.DataFrame:
        """Every gene as a data frame, what adds most to the score first."""
        return frame(self.records, GeneContribution)

    def to_dict(self, *, n_genes: int = 20) -> dict[str, Any]:
        """Return the explanation as JSON holds it, with the genes at both ends and the sum of all others.

        Parameters
        ----------
        n_genes
            How many genes at either end, 1 or more.
        """
        agreeing = [gene for gene in self.records[:n_genes] if gene.contribution > 0]
        rest = self.records[len(agreeing) :]
        disagreeing = [gene for gene in reversed(rest[-n_genes:]) if gene.contribution < 0]
        others = rest[: len(rest) - len(disagreeing)]
        return {
            "query": self.query,
            "hit": self.hit,
            "method": self.method,
            "scores": self.scores,
            "agreeing": [asdict(gene) for gene in agreeing],
            "disagreeing": [asdict(gene) for gene in disagreeing],
            "other_genes": {"n": len(others), "contribution": fsum(gene.contribution for gene in others)},
            "gene_sets": list(self.gene_sets),
            "structure": self.structure,
            "caveats": list(self.caveats),
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LibraryAnswer:
    """What holds of a whole dataset, or of one compound against all of it: rows of ``record_type``, best first.

    ``summary`` holds what the rows are a part of: how many pairs were tested, the quadrants, the bars.
    """

    query: dict[str, Any]
    method: dict[str, Any]
    records: tuple[Any, ...]
    record_type: type
    summary: dict[str, Any] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return _short(self, _asked(self.query), self.records, [_name(row) for row in self.records[:3]])

    @property
    def hits(self) -> pd.DataFrame:
        """The rows as a data frame, columns as in the JSON."""
        return frame(self.records, self.record_type)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON holds it."""
        rows = [asdict(record) for record in self.records]
        return {
            "query": self.query,
            "method": self.method,
            "hits": [{name: _listed(value) for name, value in row.items()} for row in rows],
            "summary": self.summary,
            "caveats": list(self.caveats),
        }


def _listed(value: object) -> object:
    """Return a list in place of a tuple."""
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Comparisons:
    """Compounds side by side: a card of each, and one row for each two of them.

    ``effects`` says what each does, ``axes`` how far each moves the panels that one of them moves, ``differences`` in
    which genes each two differ most; all empty where no two were measured in one dataset.
    """

    compounds: tuple[dict[str, Any], ...]
    pairs: tuple[dict[str, Any], ...]
    dataset: str | None
    caveats: tuple[str, ...] = ()
    effects: tuple[dict[str, Any], ...] = ()
    axes: tuple[dict[str, Any], ...] = ()
    differences: tuple[dict[str, Any], ...] = ()

    def __repr__(self) -> str:
        return _short(
            self,
            " and ".join(one["name"] for one in self.compounds),
            self.pairs,
            [f"{pair['a']} / {pair['b']}" for pair in self.pairs[:3]],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON holds it."""
        return {
            "compounds": list(self.compounds),
            "pairs": list(self.pairs),
            "dataset": self.dataset,
            "effects": list(self.effects),
            "axes": list(self.axes),
            "differences": list(self.differences),
            "caveats": list(self.caveats),
        }
