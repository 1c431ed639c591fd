"""Two gene lists, one that goes up and one that goes down, among the genes of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import GeneCoverageError, InputError
from vcpi.genes import MINIMUM_GENES, GeneMapper, GeneMapping, shown_ids

MOST_GENES = 500_000
"""More names than this are no list of genes: a human has about 80,000, and 250,000 transcripts."""


def refuse_too_many(n: int, what: str) -> None:
    """Refuse more genes than there are.

    Raises
    ------
    InputError
        There are more than :data:`MOST_GENES`.
    """
    if n > MOST_GENES:
        raise InputError(f"{what} names {n:,} genes; expected {MOST_GENES:,} or fewer, a human has about 80,000")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMapping:
    """Two gene lists as places in the dataset's genes; ``both`` are the ids left out because their gene is in both."""

    up: NDArray[np.int64]
    down: NDArray[np.int64]
    both: tuple[str, ...]
    mapping: GeneMapping


def map_lists(
    mapper: GeneMapper, *, up: Sequence[str] = (), down: Sequence[str] = (), minimum: int = MINIMUM_GENES
) -> ListMapping:
    """Find the genes of two lists; a gene of both, under whichever names, is left out of both.

    Parameters
    ----------
    mapper
        The genes of the dataset.
    up, down
        Ids of the genes that go up and down; one of the two may be empty.
    minimum
        As few genes as the lists may keep together.

    Returns
    -------
    ListMapping
        The places of the genes that remain, and the mapping of all ids.

    Raises
    ------
    InputError
        The ids are of another species.
    GeneCoverageError
        Fewer than ``minimum`` genes were found, or remain.

    Examples
    --------
    >>> from vcpi.records import GeneRow
    >>> mapper = GeneMapper([GeneRow(gene_id=f"ENSG{n:011d}", gene_symbol=name) for n, name in enumerate("ABC")])
    >>> found = map_lists(mapper, up=["A", "B"], down=["ENSG00000000001.2", "C"], minimum=2)
    >>> found.up.tolist(), found.down.tolist(), found.both
    ([0], [2], ('B', 'ENSG00000000001.2'))
    """
    mapping = mapper.map([*up, *down]).require(minimum)
    rows = {text: mapper.rows(text) for text in {*mapping.used, *mapping.duplicates}}  # of many ids few are known
    sides = {
        name: {row: text for text in ids for row in rows.get(text, ())} for name, ids in (("up", up), ("down", down))
    }
    both = sides["up"].keys() & sides["down"].keys()
    kept = {name: [row for row in rows if row not in both] for name, rows in sides.items()}
    shared = [text for text in (*up, *down) if both.intersection(rows.get(text, ()))]
    if len(kept["up"]) + len(kept["down"]) < minimum:
        raise GeneCoverageError(
            f"{len(kept['up']) + len(kept['down'])} genes remain without the {len(both)} that are both up and down "
            f"({shown_ids(shared)}); expected {minimum} or more; take each out of one of the lists"
        )
    return ListMapping(
        up=np.array(kept["up"], dtype=np.int64),
        down=np.array(kept["down"], dtype=np.int64),
        both=tuple(shared),
        mapping=mapping,
    )
