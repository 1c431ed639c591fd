"""What an ingest or a build did, in figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from vcpi.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcpi.records import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """Rows in, rows used, rows rejected, and what the reader should know.

    ``n_rejected`` counts rows kept in the table ``rejected``; a compound whose structure is broken is rejected for
    structure and used by name, so it is counted in both.
    """

    verb: str
    source: str
    counts: dict[str, int]
    notes: tuple[str, ...] = ()
    first_reasons: tuple[str, ...] = field(default=())

    @property
    def n_rejected(self) -> int:
        """How many rows went to the table ``rejected``."""
        return self.counts.get("rejected", 0)

    @property
    def n_more_reasons(self) -> int:
        """How many rows were rejected for reasons that ``first_reasons`` does not name."""
        return self.n_rejected - sum(int(reason.split(" x ", maxsplit=1)[0]) for reason in self.first_reasons)


def versions() -> dict[str, str]:
    """Return the versions of vcpi and of the libraries that decide its numbers."""
    libraries = ("rdkit", "faiss-cpu", "numpy")
    return {"vcpi-search": __version__, **{library: version(library) for library in libraries}}


def reasons(rejected: Sequence[Rejected], *, n: int = 3) -> tuple[str, ...]:
    """Return the most frequent reasons for which rows were rejected, with their counts."""
    return tuple(f"{count} x {reason}" for reason, count in Counter(row.reason for row in rejected).most_common(n))
