"""Questions about a whole dataset: how good it is, its cliffs and hops, structure against effect, its classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vcpi.database.checking import checked_count, checked_flag, checked_names, checked_text, described
from vcpi.database.evidence import simulated_caveats
from vcpi.database.filters import checked_pattern
from vcpi.database.queries import choose_whole
from vcpi.errors import InputError
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from vcpi.answers import LibraryAnswer
    from vcpi.database.library import Library
    from vcpi.evaluate.report import Evaluation


class WholeLibrary(ABC):
    """What :class:`vcpi.database.Database` answers about a whole dataset."""

    _connection: sqlite3.Connection

    def evaluate(
        self,
        *,
        dataset: str | None = None,
        k: int = 50,
        seed: int = 0,
        progress: Callable[[str, float], None] | None = None,
    ) -> Evaluation:
        """Say how good a dataset is: retrieval, plate leakage, calibration, structure, per class.

        Parameters
        ----------
        dataset
            Dataset to judge; it must be named where there are several.
        k
            How many of the nearest are looked at for plate leakage, 1 or more.
        seed
            Of all draws, 0 or more; equal seeds give equal numbers.
        progress
            Called before each step with what it does and the share of the work that is done, 0 to 1.

        Returns
        -------
        Evaluation
            A part is None where the dataset does not allow it; ``remarks`` says why.

        Raises
        ------
        InputError
            The dataset is unknown, not named, or has fewer than three signatures.
        """
        from vcpi.database.evaluation import evaluate_library  # a question pays nothing for it

        checked_k(k)
        checked_count(seed, "The seed", least=0)
        entry = choose_whole(self._connection, dataset)
        return evaluate_library(self._connection, self._library(entry), k=k, seed=seed, progress=progress)

    def cliffs(self, *, dataset: str | None = None, k: int = 20, cutoff: float | None = None) -> LibraryAnswer:
        """Find the pairs of a dataset that look alike and act differently; see :mod:`vcpi.database.cliffs`."""
        from vcpi.database.cliffs import find_cliffs  # a question about one compound pays nothing for it

        library = self._library(choose_whole(self._connection, dataset))
        return told(library.dataset, find_cliffs(self._connection, library, k=checked_k(k), cutoff=cutoff))

    def hops(
        self, *, dataset: str | None = None, k: int = 20, cutoff: float | None = None, same_plate: bool = False
    ) -> LibraryAnswer:
        """Find the pairs of a dataset that act alike and look different; see :mod:`vcpi.database.hops`."""
        from vcpi.database.hops import find_hops

        checked_flag(same_plate, "same_plate")
        library = self._library(choose_whole(self._connection, dataset))
        return told(
            library.dataset, find_hops(self._connection, library, k=checked_k(k), cutoff=cutoff, same_plate=same_plate)
        )

    def map(self, name: str | None = None, *, dataset: str | None = None, cutoff: float | None = None) -> LibraryAnswer:
        """Put structure against effect, for one compound or all pairs; see :mod:`vcpi.database.landscape`."""
        from vcpi.database.landscape import ask_about, map_compound, map_library

        if name is None:
            library = self._library(choose_whole(self._connection, dataset))
            return told(library.dataset, map_library(self._connection, library, cutoff=cutoff))
        library, asked, caveats = ask_about(self._connection, self._library, name, dataset=dataset)
        return told(library.dataset, map_compound(self._connection, library, asked, cutoff=cutoff, caveats=caveats))

    def classes(self, name: str | None = None, *, dataset: str | None = None, **options: Any) -> LibraryAnswer:  # noqa: ANN401
        """Say what classes gather at the top of a compound's hits, or how alike whole classes are.

        The options are those of :func:`vcpi.database.classes.classes_of` with a name, else of
        :func:`vcpi.database.classes.class_table`.
        """
        from vcpi.database.classes import class_table, classes_of
        from vcpi.database.landscape import ask_about

        _check_options(options)
        if name is None:
            library = self._library(choose_whole(self._connection, dataset))
            return told(library.dataset, class_table(self._connection, library, **options))
        library, asked, caveats = ask_about(self._connection, self._library, name, dataset=dataset)
        return told(library.dataset, classes_of(self._connection, library, asked, caveats=caveats, **options))

    def compared(self, signature_id: int, *, dataset: str | None = None) -> list[dict[str, Any]]:
        """Return the genes of one signature as it is compared with others, in the order of the dataset.

        Parameters
        ----------
        signature_id
            As a hit has it.
        dataset
            Its dataset; it must be named where there are several.

        Returns
        -------
        list of dict
            ``gene_id``, ``gene_symbol`` and the value, under the name of the layer (``feature`` or ``z``).

        Raises
        ------
        InputError
            The dataset is unknown or not named, or has no such signature.
        """
        checked_count(signature_id, "signature_id")
        entry = choose_whole(self._connection, dataset)
        library = self._library(entry)
        if signature_id not in library.index.signature_ids:
            raise InputError(f"{entry['name']} has no signature {signature_id}; expected that of a hit")
        genes = read.genes(self._connection, entry["dataset_id"])
        features = library.catalogue.features
        columns = range(len(genes)) if features is None else features.genes.tolist()
        values = library.index.vector(signature_id).tolist()
        layer = str(entry["search_layer"])
        return [
            {"gene_id": genes[column].gene_id, "gene_symbol": genes[column].gene_symbol, layer: value}
            for column, value in zip(columns, values, strict=True)
        ]

    @abstractmethod
    def _library(self, entry: dict[str, Any]) -> Library:
        """Open one dataset for searching."""


def _check_options(options: Mapping[str, Any]) -> None:
    """Refuse options of ``classes`` of another type."""
    if options.get("k") is not None:
        checked_k(options["k"])
    for name, least in (("top", 1), ("n_permutations", 1), ("seed", 0)):
        if name in options:
            checked_count(options[name], name, least=least)
    for name in ("reverse", "exclude_same_plate"):
        if name in options:
            checked_flag(options[name], name)
    if "kind" in options:
        checked_text(options["kind"], "kind", example="class")
    if "kinds" in options:
        checked_names(options["kinds"], "kinds")
    smarts = options.get("smarts") or {}
    if not isinstance(smarts, Mapping):
        raise InputError(f"smarts is {described(smarts)}; expected a dict: name → SMARTS")
    for pattern in smarts.values():
        checked_pattern(pattern)


def checked_k(k: int) -> int:
    """Refuse a number of hits that is none."""
    return checked_count(k)


def told(dataset: dict[str, Any], answer: LibraryAnswer) -> LibraryAnswer:
    """Say of an answer about simulated counts that they are."""
    found = simulated_caveats(dataset)
    return replace(answer, caveats=(*(one for one in found if one not in answer.caveats), *answer.caveats))
