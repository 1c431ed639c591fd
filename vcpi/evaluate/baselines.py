"""What a database must beat: chance, RNA output alone, structure alone, the plate alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.evaluate.scores import ScoreBlocks, difference_scores, plate_scores, random_scores, tanimoto_scores


def baseline_scores(
    *,
    plates: Sequence[Sequence[str]],
    rna_output: ArrayLike | None = None,
    fingerprints: NDArray[np.uint8] | None = None,
    seed: int = 0,
) -> dict[str, ScoreBlocks]:
    """Make the scores of every baseline that the data allow, by name.

    Parameters
    ----------
    plates
        Plates of each signature.
    rna_output
        RNA of each signature's wells relative to their plate, log2, shape (n,).
    fingerprints
        Packed fingerprints, shape (n, n_bytes).
    seed
        Of the random scores.

    Examples
    --------
    >>> list(baseline_scores(plates=[("a",), ("b",)]))
    ['random', 'plate only']
    """
    found: dict[str, ScoreBlocks] = {"random": random_scores(len(plates), seed=seed)}
    if rna_output is not None:
        found["RNA output only"] = difference_scores(rna_output)
    if fingerprints is not None:
        found["structure only"] = tanimoto_scores(fingerprints)
    found["plate only"] = plate_scores(plates)
    return found
