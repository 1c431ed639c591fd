"""What :class:`vcpi.database.Database` puts together for reading: the report of one compound, rankings of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.answers import JointAnswer
from vcpi.database.queries import choose_whole
from vcpi.database.whole import WholeLibrary, checked_k, told
from vcpi.store import read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vcpi.answers import LibraryAnswer
    from vcpi.database.cards import CompoundCard
    from vcpi.database.library import Asked, Library
    from vcpi.genes import GeneMapper
    from vcpi.report.profile import Profile


class ReportLibrary(WholeLibrary):
    """Reports on what a workspace holds."""

    if TYPE_CHECKING:  # of Database, which is built on this

        def _ask(
            self, names: Sequence[str], *, dataset: str | None, without: Sequence[str]
        ) -> tuple[Library, Asked, tuple[str, ...]] | JointAnswer: ...

        def _mapper(self, dataset_id: int) -> GeneMapper: ...

    def profile(
        self,
        name: str,
        *,
        dataset: str | None = None,
        gene_sets: Mapping[str, Sequence[str]] | None = None,
        n_genes: int = 15,
    ) -> Profile:
        """Put together what one compound does: axes, modules, pathways, genes, quality, neighbours, graded statements.

        Parameters
        ----------
        name
            As in :meth:`compound`. One without a signature gets what it is and the nearest measured analogs.
        dataset
            Dataset of the signature; the one that measured the compound where None.
        gene_sets
            Name → genes, beside those of the workspace.
        n_genes
            Genes to call out at either end, 1 or more.

        Raises
        ------
        UnknownCompoundError
            Nothing in the workspace answers to the name.
        InputError
            The dataset holds expression, not effects.
        """
        from vcpi.database.neighbours import neighbours  # a question about structure pays nothing for it
        from vcpi.database.profiling import profile_compound, profile_unmeasured

        checked_k(n_genes)
        found = self._ask([name], dataset=dataset, without=())
        if isinstance(found, JointAnswer):
            return profile_unmeasured(self._connection, found)
        library, asked, caveats = found
        answer = neighbours(
            self._connection, library, asked, k=10, reverse=False, exclude_same_plate=False, caveats=caveats
        )
        return profile_compound(
            self._connection,
            library,
            asked,
            answer,
            mapper=self._mapper(library.dataset["dataset_id"]),
            fingerprints=library.fingerprints,
            gene_sets={**self.gene_sets(), **(gene_sets or {})},
            n_genes=n_genes,
        )

    def rank(
        self,
        by: str,
        *,
        dataset: str | None = None,
        label: str | None = None,
        lowest: bool = False,
        gene_sets: Mapping[str, Sequence[str]] | None = None,
        k: int = 20,
    ) -> LibraryAnswer:
        """Rank all compounds of a dataset by a panel, module, axis, sum score, gene set or gene.

        Parameters
        ----------
        by
            ``ifn``, ``ifn-sum``, ``FOS+EGR1+MAPK3``, a gene set of the workspace, a gene; ``gene:``, ``panel:``, ``sum:`` or
            ``set:`` before it says which is meant.
        dataset
            Dataset to rank; it must be named where there are several.
        label
            Only compounds of this class, mechanism or target are listed.
        lowest
            The lowest come first.
        gene_sets
            Name → genes, beside those of the workspace.
        k
            How many rows, 1 or more.

        Returns
        -------
        LibraryAnswer
            Rows of :class:`vcpi.database.ranking.RankedCompound`; ``summary`` holds ``classes`` that gather among the
            first k, and for each gene the share of the listed compounds that move it beside that of all.

        Raises
        ------
        InputError
            Nothing is called that, no compound has the class, or too few genes are measured.
        """
        from vcpi.database.ranking import rank_compounds

        entry = choose_whole(self._connection, dataset)
        answer = rank_compounds(
            self._connection,
            entry,
            read.signatures(self._connection, entry["dataset_id"]),
            by,
            mapper=self._mapper(entry["dataset_id"]),
            gene_sets={**self.gene_sets(), **(gene_sets or {})},
            label=label,
            lowest=lowest,
            k=checked_k(k),
        )
        return told(entry, answer)

    def card(self, name: str) -> CompoundCard:
        """Return the card of a compound: what it is, what documents report, whether it was measured, what is like it.

        Raises
        ------
        UnknownCompoundError
            Nothing in the workspace answers to the name.
        """
        from vcpi.database.cards import card_of

        return card_of(self, name)  # type: ignore[arg-type]  # Database, which is built on this

    def gene_sets(self) -> dict[str, tuple[str, ...]]:
        """Return the gene sets of the workspace: name → genes."""
        return read.gene_sets(self._connection)
