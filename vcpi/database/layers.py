"""The signature of one compound, gene by gene: what is kept, and what follows from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.signature.moderation import shrunken
from vcpi.signature.special import t_two_sided
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3

    from numpy.typing import NDArray

KEPT = ("lfc", "z", "expression")
ORDER = ("lfc", "se", "z", "p", "lfc_shrunk", "expression")


def signature_rows(connection: sqlite3.Connection, dataset_id: int, signature_id: int) -> list[dict[str, Any]]:
    """Return one row per measured gene.

    ``se``, ``p`` and ``lfc_shrunk`` are computed from the fold change and its z, which are kept: se = lfc / z, p is of
    Student's t with the degrees of freedom of the release, and the fold change is shrunk towards 0 as far as its error
    says. Where a gene does not change at all, its se is that of the other genes in proportion to its noise.
    """
    layers: dict[str, NDArray[Any]] = {
        layer: np.asarray(values, dtype=np.float64)
        for layer in KEPT
        if (values := read.vector(connection, signature_id, layer=layer)) is not None
    }
    noise = read.model(connection, dataset_id, "noise")
    if noise is not None and "lfc" in layers and "z" in layers:
        settings = noise[0]
        layers["se"] = _standard_errors(layers["lfc"], layers["z"], read.sigmas(connection, dataset_id))
        prior = math.inf if settings["prior_df"] is None else settings["prior_df"]
        layers["p"] = t_two_sided(layers["z"], df=settings["df"] + prior)
        layers["lfc_shrunk"] = shrunken(layers["lfc"], layers["se"])
    found = [(name, layers[name].tolist()) for name in ORDER if name in layers]
    return [
        {
            "gene_id": gene.gene_id,
            "gene_symbol": gene.gene_symbol,
            "entrez_id": gene.entrez_id,
            **{name: values[place] for name, values in found},
        }
        for place, gene in enumerate(read.genes(connection, dataset_id))
    ]


def _standard_errors(
    lfc: NDArray[np.float64], z: NDArray[np.float64], sigma: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Divide fold changes by their z; where both are 0, take the usual ratio to the noise of the gene."""
    known = (z != 0) & (lfc != 0)
    se = np.divide(lfc, z, out=np.full(len(lfc), np.nan), where=known)
    usual = float(np.median(se[known] / sigma[known])) if known.any() else 1.0
    return np.where(known, se, usual * sigma)
