"""The Database: one workspace, opened for questions."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Self
from weakref import finalize

import numpy as np

from vcpi.answers import JointAnswer, StructureAnswer, frame
from vcpi.database.checking import (
    checked_count,
    checked_flag,
    checked_gene_sets,
    checked_genes,
    checked_names,
    checked_number,
    checked_text,
)
from vcpi.database.guard import guarded
from vcpi.database.indexes import Indexes
from vcpi.database.library import Library
from vcpi.database.queries import choose_dataset, choose_signature, dataset_entries, find
from vcpi.database.reports import ReportLibrary
from vcpi.database.whole import checked_k
from vcpi.errors import InputError
from vcpi.genes import MINIMUM_GENES
from vcpi.records import SignatureHit, SubstructureHit
from vcpi.store import read
from vcpi.store.connection import open_for_reading, store_path
from vcpi.store.seal import check_rows, check_seal, is_large

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from vcpi.answers import Comparisons, Explanation
    from vcpi.database.engine import Engine, EngineFingerprints, EngineSignatures
    from vcpi.database.filters import Filter
    from vcpi.database.library import Asked, Catalogue
    from vcpi.database.mappers import Mappers
    from vcpi.database.queries import Query
    from vcpi.database.structures import Family
    from vcpi.genes import GeneMapper
    from vcpi.records import Compound, JointHit
    from vcpi.signature.fast import FastIndex


@guarded
class Database(ReportLibrary):
    """A workspace opened for reading; :func:`vcpi.open` makes one.

    It stays right while another process writes: each question is answered from one committed state, and a rebuilt
    index is picked up by the next question.

    Parameters
    ----------
    home
        Folder that holds ``db/`` and ``index/``.

    Raises
    ------
    WorkspaceError
        There is no workspace, or it belongs to a newer vcpi.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._connection = open_for_reading(home)
        self._turn = threading.RLock()
        finalize(self, self._connection.close)  # from Python 3.13 on, one that is merely forgotten is warned of
        self._indexes = Indexes(home, self._connection)
        self._catalogues: dict[tuple[int, str], Catalogue] = {}
        self._mappers: Mappers | None = None
        self._engine: Engine | None = None
        self._is_checked = False

    def close(self) -> None:
        """Close the store."""
        self._indexes.close()
        self._connection.close()

    def check_seal(self) -> None:
        """Compare the file of the store with its seal, once; every question does so before its first answer.

        Where no seal counts, since a process was killed before it set one, the rows are compared with their digest.
        Stores over :data:`vcpi.store.seal.LIMIT` bytes are compared only by :meth:`verify`, deeply.

        Raises
        ------
        ArtifactError
            The store is not as it was written.
        """
        with self._turn:
            path = store_path(self.home)
            if not self._is_checked and not check_seal(self._connection, path) and not is_large(path):
                check_rows(self._connection, path)
            self._is_checked = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<vcpi.Database {str(self.home)!r}>"

    def use_engine(self, address: str | None, *, or_embedded: bool = False) -> None:
        """Take the candidates of :meth:`analogs` and :meth:`like` from an engine that holds what was pushed to it.

        Parameters
        ----------
        address
            ``milvus://HOST:PORT``; None for the embedded indexes.
        or_embedded
            Where the engine does not answer, the embedded indexes do, and the caveats say so.

        Raises
        ------
        InputError
            The address is none.
        """
        from vcpi.database.engine import Engine  # most workspaces have none

        self._engine = None if address is None else Engine(address, or_embedded=or_embedded)

    def compound(self, name: str) -> Compound:
        """Return one compound with its names, forms, descriptors, annotations and signatures.

        Parameters
        ----------
        name
            Name, synonym, source id, InChIKey, first block of one, or SMILES.

        Raises
        ------
        UnknownCompoundError
            Nothing in the workspace answers to it.
        """
        query = find(self._connection, name)
        if query.compound_id is None:
            message = f"The structure {query.inchikey} is not in the workspace; 'vcpi analogs' finds what looks like it"
            raise InputError(message)
        compound = read.compound(self._connection, query.compound_id)
        return replace(compound, caveats=(*query.caveats, *compound.caveats))

    def analogs(
        self,
        name: str,
        *,
        k: int = 10,
        cutoff: float | None = None,
        where: Filter | None = None,
        same: Family | None = None,
    ) -> StructureAnswer:
        """Find the compounds that look most like one, by exact Tanimoto on Morgan fingerprints.

        Parameters
        ----------
        name
            As in :meth:`compound`; a structure that is not in the workspace is answered too.
        k
            How many hits, 1 or more; the query itself is not one.
        cutoff
            Lowest Tanimoto, above 0 and up to 1; all down to ``k`` hits where None.
        where
            What the search looks at: classes, descriptors, a substructure, other scaffolds.
        same
            Only the query's family: of the same ``skeleton`` (first block of the InChIKey), Murcko ``scaffold``, generic
            ``framework`` or ``macrocycle``.

        Returns
        -------
        StructureAnswer
            Beside the Tanimoto of Morgan bits, that of counted atom pairs, which tells large rings apart.

        Raises
        ------
        UnknownCompoundError
            ``name`` is no name in the workspace and no structure.
        InputError
            The compound has no structure, or an option is out of range.
        """
        from vcpi.database.filters import checked_filter
        from vcpi.database.structures import find_analogs  # RDKit, which a question about effects does without

        found = find(self._connection, name)
        k, cutoff, where = checked_k(k), checked_number(cutoff, "cutoff"), checked_filter(where)

        def embedded() -> StructureAnswer:
            index = self._indexes.fingerprints()
            return find_analogs(self._connection, index, found, k=k, cutoff=cutoff, where=where, same=same)

        def engine() -> StructureAnswer:
            index = self._engine_fingerprints(where if same is None else None)
            answer = find_analogs(self._connection, index, found, k=k, cutoff=cutoff, where=where, same=same)
            return replace(answer, caveats=(*answer.caveats, index.caveat))

        return embedded() if self._engine is None else self._engine.answer(engine, embedded)

    def substructure(self, smarts: str, *, k: int | None = None, timeout_s: float = 10.0) -> StructureAnswer:
        """Find the compounds that hold a substructure, in the order of their ids.

        Parameters
        ----------
        smarts
            A SMARTS pattern.
        k
            How many at most; all where None.
        timeout_s
            The search stops after so many seconds, and the caveats say so.

        Raises
        ------
        StructureParseError
            ``smarts`` is no SMARTS.
        """
        from vcpi.database.filters import checked_pattern
        from vcpi.structure.substructure import find_substructure  # RDKit, which a question about effects does without

        limit = None if k is None else checked_k(k)
        checked_pattern(smarts)
        ids, complete = find_substructure(
            smarts, read.smiles(self._connection), timeout_s=checked_number(timeout_s, "timeout_s") or 0.0
        )
        found = ids.tolist()[:limit]
        labels = read.labels(self._connection, found)
        hits = tuple(
            SubstructureHit(
                rank=rank,
                name=labels[compound_id]["name"],
                inchikey=labels[compound_id]["inchikey"],
                compound_id=compound_id,
            )
            for rank, compound_id in enumerate(found, start=1)
        )
        caveats = (
            [] if complete else [f"stopped after {timeout_s:g} s: there may be more; make the pattern more specific"]
        )
        if limit is not None and len(ids) > limit:
            caveats.append(f"{len(ids)} compounds hold it; the first {limit} are shown")
        return StructureAnswer(query={"smarts": smarts, "n_found": len(ids)}, records=hits, caveats=tuple(caveats))

    def like(
        self,
        name: str | Sequence[str],
        *,
        k: int = 10,
        dataset: str | None = None,
        reverse: bool = False,
        exclude_same_plate: bool = False,
        where: Filter | None = None,
        without: Sequence[str] = (),
        method: str = "cosine",
        fast: bool = False,
    ) -> JointAnswer:
        """Find what else behaves like a compound, or like several at once, with structure beside it.

        Parameters
        ----------
        name
            As in :meth:`compound`. Several are asked with what they have in common, the mean of their unit vectors; the
            Tanimoto is then to the nearest of them.
        k
            How many hits, 1 or more.
        dataset
            Dataset to search; the one that measured the compound where None.
        reverse
            Find what does the opposite.
        exclude_same_plate
            Leave out compounds that share a plate with the query.
        where
            What the search looks at: treatments, classes, descriptors, a substructure. q is within what is left.
        without
            Compounds whose effect is taken out of the query's first, or ``stress`` for the generic stress direction.
        method
            Name of a connectivity score (:data:`vcpi.signature.connectivity.METHODS`).
        fast
            Look only at what an index in one bit a value proposes (``vcpi build --fast``); the caveats give its recall.
            For the cosine, without a filter.

        Returns
        -------
        JointAnswer
            A compound without a signature gets no hits, its nearest measured analogs in the caveats.

        Raises
        ------
        UnknownCompoundError
            ``name`` is no name in the workspace and no structure.
        InputError
            An option is out of range or unknown, or nothing remains of the query.
        """
        self._foresee(dataset)
        from vcpi.database.asking import checked_method  # a question about structures pays nothing for these
        from vcpi.database.filters import checked_filter
        from vcpi.database.neighbours import neighbours

        checked_k(k)
        checked_method(method, lists=False)
        reverse, exclude_same_plate = (
            checked_flag(reverse, "reverse"),
            checked_flag(exclude_same_plate, "exclude_same_plate"),
        )
        where = checked_filter(where)
        without = checked_names(without, "without")
        found = self._ask(checked_names(name, "name"), dataset=dataset, without=without, where=where, k=k)
        if isinstance(found, JointAnswer):
            ignored = {
                "reverse": reverse,
                "exclude_same_plate": exclude_same_plate,
                "without": bool(without),
                "method": method != "cosine",
            }
            unused = ", ".join(option for option, is_used in ignored.items() if is_used)
            told = f"not used, since there is no effect to ask with: {unused}"
            return replace(found, caveats=(*found.caveats, told)) if unused else found
        library, asked, caveats = found

        def answered(fast: FastIndex | EngineSignatures | None) -> JointAnswer:
            return neighbours(
                self._connection,
                library,
                replace(asked, method=method),
                k=k,
                reverse=reverse,
                exclude_same_plate=exclude_same_plate,
                fast=fast,
                where=where,
                caveats=caveats,
            )

        dataset_id = library.dataset["dataset_id"]

        def embedded() -> JointAnswer:
            return answered(self._indexes.fast(dataset_id) if fast else None)

        if self._engine is None:
            return embedded()
        return self._engine.answer(lambda: answered(self._engine_signatures(library, where, method)), embedded)

    def query(
        self,
        *,
        up: Sequence[str] = (),
        down: Sequence[str] = (),
        signature: pd.Series | Mapping[str, float] | None = None,
        k: int = 10,
        dataset: str | None = None,
        reverse: bool = False,
        where: Filter | None = None,
        method: str | None = None,
        genes: Sequence[str] = (),
        min_genes: int = MINIMUM_GENES,
    ) -> JointAnswer:
        """Find compounds that do what a signature or gene lists measured elsewhere say.

        Parameters
        ----------
        up, down
            Genes that go up and down, by Ensembl id, symbol, former symbol or Entrez id.
        signature
            Gene → value; the alternative to lists. Of several values of one gene the one farthest from 0 is used.
        k, dataset, reverse, where
            As in :meth:`like`; the dataset must be named where there are several.
        method
            Name of a connectivity score; where None ``wtcs`` for ``genes``, else ``cosine``.
        genes
            One list without sides: do these genes move, either way? For ``wtcs``, ``xsum`` and ``zhang``.
        min_genes
            Fewest genes of the dataset to ask with, 1 or more; with few, chance finds much.

        Raises
        ------
        GeneCoverageError
            Fewer than ``min_genes`` genes are in the dataset.
        InputError
            Lists and a signature at once, neither, or values that are not finite. A gene in both lists is left out of both.
        """
        from vcpi.database.asking import ask_lists, ask_signature, checked_method  # only those who ask pay for these
        from vcpi.database.filters import checked_filter
        from vcpi.database.neighbours import neighbours

        checked_k(k)
        checked_count(min_genes, "min_genes")
        checked_flag(reverse, "reverse")
        where = checked_filter(where)
        up, down, genes = (checked_genes(one, name) for one, name in ((up, "up"), (down, "down"), (genes, "genes")))
        if (signature is not None) + bool(up or down) + bool(genes) != 1:
            message = (
                "A query needs gene lists (up, down), one list without sides (genes) or a signature; give one of these"
            )
            raise InputError(message)
        method = ("wtcs" if genes else "cosine") if method is None else method
        checked_method(method, lists=signature is None, unsigned=bool(genes))
        entry, caveats = choose_dataset(self._connection, dataset=dataset, compound_id=None)
        if entry is None:
            names = ", ".join(row["name"] for row in read.datasets(self._connection)) or "none"
            message = f"Name the dataset to search with --dataset; the workspace holds: {names}"
            raise InputError(message)
        library = self._library(entry)
        mapper = self._mapper(entry["dataset_id"])
        features = library.catalogue.features
        if signature is None:
            asked, report = ask_lists(
                mapper, genes or up, down, features, method=method, unsigned=bool(genes), min_genes=min_genes
            )
        else:
            asked, report, told = ask_signature(mapper, signature, features, min_genes=min_genes)
            caveats = [*told, *caveats]
            asked = replace(asked, method=method)
        answer = neighbours(
            self._connection,
            library,
            asked,
            k=k,
            reverse=reverse,
            exclude_same_plate=False,
            where=where,
            caveats=caveats,
        )
        if report.get("both"):
            both = f"both up and down, left out of both lists: {', '.join(report['both'][:10])}"
            answer = replace(answer, caveats=(both, *answer.caveats))
        if len(report["used"]) < MINIMUM_GENES:
            few = f"only {len(report['used'])} genes are asked with: many signatures move so few by chance"
            answer = replace(answer, caveats=(few, *answer.caveats))
        return replace(answer, genes=report)

    def explain(
        self,
        query: str | Sequence[str],
        hit: str,
        *,
        dataset: str | None = None,
        without: Sequence[str] = (),
        gene_sets: Mapping[str, Sequence[str]] | None = None,
    ) -> Explanation:
        """Say why one compound is a hit of another: the genes, gene sets and structures behind the score.

        Parameters
        ----------
        query, dataset, without
            As in :meth:`like`.
        hit
            The compound whose score is explained, as in :meth:`compound`.
        gene_sets
            Name of a set → its genes: which sets gather among the genes for and against the score.

        Returns
        -------
        Explanation
            Every gene with what it adds; the contributions sum to the connectivity.

        Raises
        ------
        UnknownCompoundError
            One of the two is no name in the workspace and no structure.
        InputError
            One of the two has no signature in the dataset, or both have the same.
        """
        from vcpi.database.explaining import explain  # a question pays nothing for it

        sets = checked_gene_sets(gene_sets)
        found = self._ask(checked_names(query, "query"), dataset=dataset, without=checked_names(without, "without"))
        if isinstance(found, JointAnswer):
            message = f"{found.caveats[-1]}; 'vcpi analogs' compares structures alone"
            raise InputError(message)
        library, asked, caveats = found
        dataset_id = library.dataset["dataset_id"]
        return explain(
            self._connection,
            library,
            asked,
            find(self._connection, hit, dataset_id=dataset_id),
            mapper=self._mapper(dataset_id),
            gene_sets=sets,
            caveats=caveats,
        )

    def compare(self, names: Sequence[str], *, dataset: str | None = None) -> Comparisons:
        """Set compounds side by side: what each is and does, and how each two of them relate.

        Parameters
        ----------
        names
            Two to eight compounds, each as in :meth:`compound`; a structure that is not in the workspace is compared by
            structure.
        dataset
            Dataset of the signatures; the one that measured the first of them that was measured where None.

        Raises
        ------
        UnknownCompoundError
            One is no name in the workspace and no structure.
        InputError
            Too few or too many names.
        """
        from vcpi.database.asking import ask_compound  # a question pays nothing for these
        from vcpi.database.comparing import (
            check_different,
            check_number,
            compare_compounds,
        )
        from vcpi.database.family import side_by_side

        names = checked_names(names, "names")
        check_number(len(names))
        queries = [find(self._connection, name) for name in names]
        check_different(names, queries)
        entry = None
        for query in queries:
            if dataset is not None or query.compound_id is not None:
                entry = entry or choose_dataset(self._connection, dataset=dataset, compound_id=query.compound_id)[0]
        is_effect = entry is not None and entry["search_layer"] != "expression"
        library = self._library(entry) if entry is not None and is_effect else None
        members = [None if library is None else ask_compound(self._connection, library, query)[0] for query in queries]
        found = compare_compounds(self._connection, queries, members, library)
        if entry is not None and not is_effect:
            told = f"{entry['name']} holds expression, not effects (baseline contest): compared by structure alone"
            return replace(found, caveats=(told,))
        if library is None:
            return found
        named = [(query.name, member) for query, member in zip(queries, members, strict=True)]
        parts = side_by_side(self._connection, library, named)
        return replace(
            found,
            effects=tuple(parts["effects"]),
            axes=tuple(parts["axes"]),
            differences=tuple(parts["differences"]),
        )

    def draw_compared(self, names: Sequence[str]) -> str:
        """Draw two compounds beside each other as SVG, with what differs marked.

        Raises
        ------
        InputError
            One has no structure, or there are fewer than two names.
        MissingDependencyError
            The system lacks the libraries that RDKit draws with.
        """
        from vcpi.database.comparing import check_number, draw_compared

        names = checked_names(names, "names")
        check_number(len(names))
        return draw_compared([find(self._connection, name) for name in names])

    def draw_shared(self, query: str | None, name: str) -> str:
        """Draw a compound as SVG, the atoms that look as in another compound shaded.

        Raises
        ------
        InputError
            It has no structure.
        MissingDependencyError
            The system lacks the libraries that RDKit draws with.
        """
        from vcpi.database.comparing import draw_shared_atoms

        other = None if query is None else find(self._connection, query)
        return draw_shared_atoms(other, find(self._connection, name))

    def search_structure(self, name: str, *, k: int = 10, cutoff: float | None = None) -> pd.DataFrame:
        """Return :meth:`analogs` as a data frame: rank, name, inchikey, compound_id, tanimoto, same_skeleton."""
        return self.analogs(name, k=k, cutoff=cutoff).hits

    def search_signature(self, name: str, *, k: int = 10, dataset: str | None = None) -> pd.DataFrame:
        """Return the nearest by signature alone: rank, signature_id, compound_id, connectivity."""
        answer = self.like(name, k=k, dataset=dataset)
        columns = [column.name for column in fields(SignatureHit)]
        return frame(answer.records, type(answer.records[0]) if answer.records else SignatureHit)[columns]

    def signature(self, name: str, *, dataset: str | None = None) -> list[dict[str, Any]]:
        """Return the genes of a compound's signature: gene_id, gene_symbol, entrez_id and what is known of each.

        A release gives lfc, se, z, p and lfc_shrunk; signatures made elsewhere what their source gives.

        Raises
        ------
        InputError
            The compound has no signature.
        """
        from vcpi.database.layers import signature_rows  # a question pays nothing for it

        query = find(self._connection, name)
        entry, _ = choose_dataset(self._connection, dataset=dataset, compound_id=query.compound_id)
        signatures = [] if entry is None else read.signatures(self._connection, entry["dataset_id"])
        chosen, _ = choose_signature([one for one in signatures if one.treatment.compound_id == query.compound_id])
        if entry is None or chosen is None:
            message = f"{query.name} has no signature in the workspace; 'vcpi analogs' finds measured compounds like it"
            raise InputError(message)
        return signature_rows(self._connection, entry["dataset_id"], chosen.signature_id)

    def table(self, name: str, *, dataset: str | None = None) -> list[dict[str, Any]]:
        """Return a whole table of the store, as ``vcpi export`` writes it.

        Parameters
        ----------
        name
            Name of the table.
        dataset
            Only the rows of this dataset, in the tables that tell datasets apart.

        Raises
        ------
        InputError
            There is no such table or dataset, or the table does not tell datasets apart.
        """
        from vcpi.database import health  # a question pays nothing for it

        return health.table(self._connection, checked_text(name, "The name of a table", example="compounds"), dataset)

    def status(self) -> dict[str, Any]:
        """Say what the workspace holds."""
        from vcpi.database import health  # a question pays nothing for it

        return health.status(self._connection, self.home)

    def verify(self, *, deep: bool = False) -> list[dict[str, str]]:
        """Check store and indexes: one row a check with ``part``, ``state`` (ok or damaged) and ``detail``."""
        from vcpi.database import health  # a question pays nothing for it

        return health.verify(self._connection, self.home, deep=checked_flag(deep, "deep"))

    def _ask(
        self,
        names: Sequence[str],
        *,
        dataset: str | None,
        without: Sequence[str],
        where: Filter | None = None,
        k: int = 10,
    ) -> tuple[Library, Asked, tuple[str, ...]] | JointAnswer:
        """Turn names into what is searched with; an answer where a compound has no signature."""
        from vcpi.database.asking import (
            STRESS,
            ask_centroid,
            ask_compound,
            take_out,
        )  # a question about structures does without

        if not names:
            message = "No compound is named; give one name or more"
            raise InputError(message)
        named = None if dataset is None else choose_dataset(self._connection, dataset=dataset, compound_id=None)[0]
        dataset_id = None if named is None else named["dataset_id"]
        queries = [find(self._connection, name, dataset_id=dataset_id) for name in names]
        for name in without:
            if name.strip().casefold() != STRESS:
                find(self._connection, name, dataset_id=dataset_id)
        chosen = [choose_dataset(self._connection, dataset=dataset, compound_id=one.compound_id) for one in queries]
        entry, caveats = next((one for one in chosen if one[0] is not None), (None, []))
        if entry is None and len(queries) == 1:
            return self._unmeasured(queries[0], "in no dataset", None, where=where, k=k)
        library = None if entry is None else self._library(entry)
        asked_of = [(None, []) if library is None else ask_compound(self._connection, library, one) for one in queries]
        lacking = [query for query, (member, _) in zip(queries, asked_of, strict=True) if member is None]
        place = "in no dataset" if entry is None else f"not in {entry['name']}"
        if lacking and len(queries) > 1:
            message = (
                f"{', '.join(one.name for one in lacking)} {'have' if len(lacking) > 1 else 'has'} no signature ({place}), "
                f"so {len(queries)} compounds cannot be asked together; leave out what is not measured"
            )
            if len(read.datasets(self._connection)) > 1:
                message += ", or choose another dataset with --dataset"
            raise InputError(message)
        if library is None or entry is None or lacking:
            return self._unmeasured(queries[0], place, None if entry is None else entry["dataset_id"], where=where, k=k)
        members = [member for member, _ in asked_of if member is not None]
        for query, (_, more) in zip(queries, asked_of, strict=True):
            caveats = [*query.caveats, *caveats, *more]
        asked = ask_centroid(members)
        if len(members) > 1:
            caveats.append(f"the Tanimoto is to the nearest of the {len(members)} compounds")
        if without:
            directions, taken = self._directions(library, without)
            asked = take_out(asked, directions, taken)
        return library, asked, tuple(caveats)

    def _directions(self, library: Library, names: Sequence[str]) -> tuple[NDArray[np.float64], list[str]]:
        """Find the directions to take out of a query."""
        from vcpi.database.asking import STRESS, ask_compound, stress_of  # rarely asked

        rows: list[NDArray[np.float64]] = []
        taken: list[str] = []
        for name in names:
            if name.strip().casefold() == STRESS:
                rows.append(stress_of(library))
                taken.append(STRESS)
                continue
            query = find(self._connection, name, dataset_id=library.dataset["dataset_id"])
            member, _ = ask_compound(self._connection, library, query)
            if member is None:
                message = f"{query.name} has no signature in {library.dataset['name']}; its effect cannot be taken out"
                raise InputError(message)
            rows.append(np.asarray(member.vector, dtype=np.float64))
            taken.append(member.query.name)
        return np.stack(rows), taken

    def _engine_fingerprints(self, where: Filter | None) -> EngineFingerprints:
        """Open the fingerprints on the engine, for a question with a filter."""
        from vcpi.database.engine import EngineFingerprints, fingerprint_part, searcher_of
        from vcpi.database.pushdown import conditions_of

        searcher = searcher_of(self._known_engine().backend(), fingerprint_part(self._indexes))
        told = None if where is None or not where.any else conditions_of(self._connection, where, "fingerprints")
        return EngineFingerprints(self._connection, searcher, where=told)

    def _engine_signatures(self, library: Library, where: Filter | None, method: str) -> EngineSignatures:
        """Open the signatures of a dataset on the engine, for a question that it can answer."""
        from vcpi.database.engine import EngineSignatures, searcher_of, signature_part
        from vcpi.database.pushdown import conditions_of

        if method != "cosine":
            raise InputError(
                "An engine gives the nearest signatures by their cosine, not by another score; ask with --engine embedded"
            )
        part = signature_part(self._indexes, library.dataset["dataset_id"])
        searcher = searcher_of(self._known_engine().backend(), part)
        told = None
        if where is not None and where.any:
            lines = [one.treatment.cell_line for one in library.signatures]
            told = conditions_of(self._connection, where, "signatures", cell_lines=lines)
        return EngineSignatures(searcher, library.index.signature_ids, where=told)

    def _known_engine(self) -> Engine:
        """Give the engine that was chosen."""
        if self._engine is None:
            raise InputError("No engine is chosen; name one with use_engine")
        return self._engine

    def _foresee(self, dataset: str | None) -> None:
        """Start to read the index of the dataset that a question will be about, where that is plain."""
        named = [one for one in dataset_entries(self._connection) if dataset in (None, one["name"])]
        if len(named) == 1:
            self._indexes.foresee(named[0]["dataset_id"])

    def _library(self, entry: dict[str, Any]) -> Library:
        """Open one dataset for searching."""
        from vcpi.database.opening import read_catalogue  # a question about structures pays nothing for it

        dataset_id = entry["dataset_id"]
        index, manifest = self._indexes.signatures(dataset_id)
        key = (dataset_id, manifest.file_digest)
        if key not in self._catalogues:
            self._catalogues[key] = read_catalogue(self._connection, entry, self._indexes.catalogue(dataset_id))
        return Library(
            dataset=entry,
            index=index,
            manifest=manifest,
            fingerprints=self._indexes.fingerprints(),
            catalogue=self._catalogues[key],
        )

    def _mapper(self, dataset_id: int) -> GeneMapper:
        """Give the mapper of a dataset's genes, with the former symbols that vcpi ships."""
        from vcpi.database.mappers import Mappers  # a question about compounds pays nothing for it

        if self._mappers is None:
            self._mappers = Mappers()
        return self._mappers.of(self._connection, dataset_id)

    def _unmeasured(
        self, query: Query, where_not: str, dataset_id: int | None, *, where: Filter | None, k: int
    ) -> JointAnswer:
        """Answer for a compound without a signature: what is measured, passes the filter and looks like it."""
        from vcpi.database.unmeasured import filtered_compounds, measured_analogs, unmeasured_answer  # rarely needed

        reason = f"{query.name} has no signature ({where_not}): there is nothing to compare its effect with"
        among, caveats = None, list[str]()
        if where is not None and where.any:
            entries = [entry for entry in read.datasets(self._connection) if dataset_id in (None, entry["dataset_id"])]
            libraries = [self._library(entry) for entry in entries]
            among, caveats = filtered_compounds(self._connection, libraries, query, where)
        analogs = measured_analogs(self._connection, self._indexes.fingerprints(), query, dataset_id, n=k, among=among)
        return unmeasured_answer(query, analogs, reason=reason, caveats=caveats)

    def _measured_analogs(self, query: Query, dataset_id: int | None, *, n: int = 10) -> tuple[JointHit, ...]:
        """Return the compounds that look most like a query among those with a signature."""
        from vcpi.database.unmeasured import measured_analogs  # rarely needed

        return measured_analogs(self._connection, self._indexes.fingerprints(), query, dataset_id, n=n)
