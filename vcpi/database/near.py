"""What the fast search looks at: the signatures it proposes, those that look like the query, and a sample of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vcpi.errors import InputError
from vcpi.signature.fast import FastIndex
from vcpi.signature.scores.vectors import cosine_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vcpi.database.engine import EngineSignatures
    from vcpi.database.library import Asked, Library
    from vcpi.tanimotos import Tanimotos

SAMPLE = 5_000  # signatures at equal distances, for what unrelated ones score
ALIKE = 100  # compounds most alike in structure, whose scores are wanted wherever they stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Exact scores of some signatures.

    ``scores`` has shape (n_signatures,), NaN where nothing was scored; ``ranked`` marks those that can be hits;
    ``sample`` are rows that stand for all. ``caveat`` says what may be missing.
    """

    scores: NDArray[np.float64]
    ranked: NDArray[np.bool_]
    sample: NDArray[np.int64]
    caveat: str


def look_near(
    library: Library,
    asked: Asked,
    fast: FastIndex | EngineSignatures,
    *,
    tanimotos: Tanimotos,
    reverse: bool,
    considered: NDArray[np.bool_] | None,
    enough: Callable[[NDArray[np.int64]], bool],
) -> Near:
    """Score what the fast index or an engine proposes for a query.

    Parameters
    ----------
    library, asked
        The dataset, and what is searched with.
    fast
        What proposes.
    tanimotos
        Of compounds to the query.
    reverse
        Most opposite first.
    considered
        Signatures that pass a filter, shape (n_signatures,); all where None.
    enough
        Says of rows that an engine proposes, best first, whether they are enough.

    Raises
    ------
    InputError
        The query is no whole signature, or another score than the cosine is asked for.
    """
    if asked.method != "cosine" or asked.positions is not None:
        message = f"An engine, and --fast, is for the cosine of whole signatures, not {asked.method} of some genes; ask without"
        raise InputError(message)
    vector = np.asarray(asked.vector, dtype=np.float64)
    unit = vector / np.sqrt((vector * vector).sum())
    n = len(library.index)
    ranked = np.zeros(n, dtype=bool)
    towards = -unit if reverse else unit
    if isinstance(fast, FastIndex):
        ranked[fast.candidates(towards, wanted=1)] = True
    else:
        ranked[fast.candidates(towards, enough=enough)] = True
    ranked |= np.isin(library.compound_ids, tanimotos.nearest(ALIKE))
    if considered is not None:
        ranked &= considered
    sample = np.unique(np.linspace(0, n - 1, min(n, SAMPLE)).round().astype(np.int64))
    rows = np.union1d(np.flatnonzero(ranked), sample)
    scores = np.full(n, np.nan)
    scores[rows] = cosine_at(vector, library.index.vectors, rows)
    caveat = (
        f"--fast: {fast.recall:.1%} of the ten nearest are found, measured on {fast.n_queries} signatures of this dataset; "
        f"{int(ranked.sum()):,} of {n:,} signatures were looked at, and q takes the others for chance"
        if isinstance(fast, FastIndex)
        else fast.caveat(int(ranked.sum()), n)
    )
    return Near(scores=scores, ranked=ranked, sample=sample, caveat=caveat)
