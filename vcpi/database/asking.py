"""Gene lists and signatures measured elsewhere, as what a dataset is searched with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.database.library import Asked
from vcpi.database.queries import Query
from vcpi.errors import InputError
from vcpi.signature.connectivity import signed_list

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vcpi.genes import GeneMapper
    from vcpi.signature.features import FeatureModel


def _free(name: str) -> Query:
    """Make the query of something that is no compound."""
    return Query(name=name, compound_id=None, inchikey=None, source_compound_id=None, fingerprint=None)


def ask_lists(
    mapper: GeneMapper, up: list[str], down: list[str], features: FeatureModel | None
) -> tuple[Asked, dict[str, Any]]:
    """Turn gene lists into what is searched with, and report the mapping."""
    mapping = mapper.map([*up, *down]).require()
    signs = np.where(mapping.indices < len(up), 1, -1)
    both = set(mapper.map(up).positions.tolist()) & set(mapper.map(down).positions.tolist())
    if both:
        shared = sorted(
            {[*up, *down][i] for i, p in zip(mapping.indices, mapping.positions, strict=True) if int(p) in both}
        )
        message = f"{len(both)} genes are both up and down ({', '.join(shared[:5])}); take each out of one of the lists"
        raise InputError(message)
    vector = signed_list(
        mapper.n_genes, up=mapping.positions[signs > 0].tolist(), down=mapping.positions[signs < 0].tolist()
    )
    if features is not None:
        vector, _ = features.transform(vector)
    asked = Asked(
        query=_free("gene lists"),
        signature=None,
        vector=vector if features is None else vector[0],
        method="list_cosine" if features is None else "cosine",
    )
    return asked, dict(mapping.report)


def ask_signature(
    mapper: GeneMapper, signature: pd.Series, features: FeatureModel | None
) -> tuple[Asked, dict[str, Any]]:
    """Turn gene values into what is searched with, and report the mapping."""
    ids = [str(gene) for gene in signature.index]
    values: NDArray[np.float64] = np.asarray(signature, dtype=np.float64)
    finite = np.isfinite(values)
    if not finite.all():
        n = int((~finite).sum())
        first = ids[int(np.flatnonzero(~finite)[0])]
        message = f"{n} values of the signature are not finite (first: {first}); take these genes out or give numbers"
        raise InputError(message)
    mapping = mapper.map(ids).require()
    if features is not None:
        whole = np.full(mapper.n_genes, np.nan)
        whole[mapping.positions] = values[mapping.indices]
        made, _ = features.transform(whole)
        return Asked(query=_free("signature"), signature=None, vector=made[0]), dict(mapping.report)
    asked = Asked(query=_free("signature"), signature=None, vector=values[mapping.indices], positions=mapping.positions)
    return asked, dict(mapping.report)
