"""What a question gets: hits with the query, the method and the caveats that belong to them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureAnswer:
    """Compounds found by structure, best first."""

    query: dict[str, Any]
    records: tuple[StructureHit, ...] | tuple[SubstructureHit, ...]
    caveats: tuple[str, ...] = ()

    @property
    def hits(self) -> pd.DataFrame:
        """The hits as a data frame, columns as in the JSON."""
        return frame(self.records, type(self.records[0]) if self.records else StructureHit)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON holds it."""
        return {"query": self.query, "hits": [asdict(hit) for hit in self.records], "caveats": list(self.caveats)}


@dataclass(frozen=True, slots=True, kw_only=True)
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
