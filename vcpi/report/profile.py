"""The signalling report of one compound, as data: what was measured, what it says, how sure, and what it cannot say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vcpi.report.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

Row = dict[str, Any]

LISTS = ("identity", "axes", "modules", "sums", "pathways", "genes", "wells", "neighbours", "analogs", "classes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one compound does, with the figures and their limits; :meth:`vcpi.Database.profile` makes one.

    Attributes
    ----------
    query, dataset
        The compound with its treatment, and the dataset that measured it.
    unit
        Of the changes: ``log2``, or ``z`` where a source gives no fold changes.
    identity
        Rows of the compound and of what looks most like it.
    strength
        How much it moves, beside what noise moves.
    panels
        Axes and modules, a row each, with their scores and leading genes; ``sums`` are sum scores, ``pathways`` gene
        sets of the workspace.
    called
        Gene call-outs: those that change most, with replicates, role and how many compounds without an effect do the same.
    everything
        Every measured gene: columns ``gene_id``, ``gene_symbol``, ``lfc``, ``se``, ``z``, ``p``.
    well_being
        RNA output, gene diversity, mitochondrial z and the viability call; ``wells`` are the same for each well.
    neighbours, analogs, classes
        What acts alike, what looks alike and acts differently, and which classes gather among the nearest.
    landscape
        Tanimoto, connectivity and name of every compound of the dataset.
    reported
        Potencies that documents report, which vcpi did not measure.
    caveats
        What limits all of it.
    """

    query: Row
    dataset: Row
    unit: str = "log2"
    identity: tuple[Row, ...] = ()
    strength: Row = field(default_factory=dict)
    panels: tuple[Row, ...] = ()
    groups: tuple[Row, ...] = ()
    sum_scores: tuple[Row, ...] = ()
    gene_sets: tuple[Row, ...] = ()
    called: tuple[Row, ...] = ()
    everything: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    well_being: Row = field(default_factory=dict)
    wells: tuple[Row, ...] = ()
    neighbours: tuple[Row, ...] = ()
    analogs: tuple[Row, ...] = ()
    classes: tuple[Row, ...] = ()
    landscape: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    reported: tuple[Row, ...] = ()
    caveats: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether the counts are simulated."""
        return bool(self.dataset.get("simulated"))

    @property
    def axes(self) -> pd.DataFrame:
        """Scores of the panels, a row each."""
        return _frame(self.panels)

    @property
    def modules(self) -> pd.DataFrame:
        """Scores of the modules, which unite panels."""
        return _frame(self.groups)

    @property
    def sums(self) -> pd.DataFrame:
        """Sum scores, a row each."""
        return _frame(self.sum_scores)

    @property
    def pathways(self) -> pd.DataFrame:
        """Scores of the gene sets of the workspace, the most up first."""
        return _frame(self.gene_sets)

    @property
    def genes(self) -> pd.DataFrame:
        """Every measured gene."""
        import pandas as pd  # 0.4 s that only callers of Python pay, who have it loaded

        return pd.DataFrame(dict(self.everything))

    @property
    def quality(self) -> pd.DataFrame:
        """Quality read-outs of the treatment and of each well."""
        return _frame(({"well": "all", **self.well_being}, *self.wells) if self.well_being else self.wells)

    def to_dict(self) -> Row:
        """Return the profile as JSON holds it: everything but the genes that are not called out."""
        value = {
            "query": self.query,
            "dataset": self.dataset,
            "unit": self.unit,
            "identity": list(self.identity),
            "strength": self.strength,
            "axes": list(self.panels),
            "modules": list(self.groups),
            "sums": list(self.sum_scores),
            "pathways": list(self.gene_sets),
            "genes": list(self.called),
            "quality": self.well_being,
            "wells": list(self.wells),
            "neighbours": list(self.neighbours),
            "analogs": list(self.analogs),
            "classes": list(self.classes),
            "reported": list(self.reported),
            "caveats": list(self.caveats),
        }
        value["statements"] = [
            {"grade": one.grade, "text": one.text, "first": one.first, "evidence": one.evidence}
            for one in statements(value)
        ]
        return value

    def to_html(self) -> str:
        """Write the profile as one HTML page that reads offline, with plots, drawings and tables to download."""
        from vcpi.report.profile_page import profile_page  # a terminal pays nothing for pages

        return profile_page(self)

    def to_markdown(self) -> str:
        """Write the profile as Markdown."""
        from vcpi.report.profile_text import profile_markdown

        return profile_markdown(self.to_dict())

    def __repr__(self) -> str:
        return f"<vcpi.Profile of {self.query['name']} in {self.dataset.get('name')}>"


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Make a data frame of rows."""
    import pandas as pd

    return pd.DataFrame([dict(row) for row in rows])
