"""Compounds, gene lists and signatures measured elsewhere, as what a dataset is searched with."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.database.checking import checked_signature, checked_text
from vcpi.database.library import Asked
from vcpi.database.queries import Query, choose_signature, find_measured_twin
from vcpi.errors import GeneCoverageError, InputError
from vcpi.gene_lists import map_lists
from vcpi.genes import MINIMUM_GENES, shown_ids
from vcpi.signature.connectivity import METHODS, signed_list
from vcpi.signature.directions import components
from vcpi.signature.features import CLIP
from vcpi.signature.residual import centroid, without

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vcpi.database.library import Library
    from vcpi.genes import GeneMapper
    from vcpi.signature.connectivity import Takes
    from vcpi.signature.features import FeatureModel

LEAST_ACTING = 20
LEAST_MOVE = 1e-30
"""What moves no gene further than this moves none: the squares of less are 0."""
STRESS = "stress"


def checked_method(name: str, *, lists: bool, unsigned: bool = False) -> str:
    """Refuse a connectivity score that is not known, or does not take what is asked with."""
    checked_text(name, "method", example="cosine")
    kind: Takes = "unsigned" if unsigned else "lists" if lists else "signature"
    if name in METHODS and (kind in METHODS[name].takes or (name == "cosine" and kind == "lists")):
        return name
    known = ", ".join(
        one.name for one in METHODS.values() if kind in one.takes or (one.name, kind) == ("cosine", "lists")
    )
    what = {"unsigned": "a list that does not say which way", "lists": "gene lists", "signature": "signatures"}[kind]
    problem = "does not take" if name in METHODS else "is unknown for"
    raise InputError(f"Method {name!r} {problem} {what}; expected {known}")


def stress_of(library: Library) -> NDArray[np.float64]:
    """Give the stress direction of a dataset in the columns that it is searched on: what most active signatures share.

    Raises
    ------
    InputError
        It has been taken out of all signatures already, or too few signatures act to tell.
    """
    features, name = library.catalogue.features, library.dataset["name"]
    if features is not None and len(features.stress):
        raise InputError(f"Generic stress is out of the features of {name} already; leave it off")
    rows = library.index.vectors[library.acting]
    if len(rows) < LEAST_ACTING:
        raise InputError(
            f"{len(rows)} signatures of {name} act; expected {LEAST_ACTING} or more to know generic stress by"
        )
    directions, _ = components(np.ascontiguousarray(rows, dtype=np.float32), 1)
    return np.asarray(directions[0], dtype=np.float64)


@contextmanager
def _way_out() -> Iterator[None]:
    """Say of too few genes how to go on."""
    try:
        yield
    except GeneCoverageError as error:
        error.add_note(
            "name more genes ('vcpi export genes' lists those of the workspace), or ask with fewer: --min-genes"
        )
        raise


def _free(name: str) -> Query:
    """Make the query of something that is no compound."""
    return Query(name=name, compound_id=None, inchikey=None, source_compound_id=None, fingerprint=None)


def ask_compound(connection: sqlite3.Connection, library: Library, query: Query) -> tuple[Asked | None, list[str]]:
    """Take the signature of a compound, or of the same skeleton where only that is measured; None where neither is."""
    signature, caveats = choose_signature(library.catalogue.of_compound(query.compound_id))
    if signature is None:
        twin, caveats = find_measured_twin(connection, query, dataset_id=library.dataset["dataset_id"])
        if twin is not None:
            query = twin
            signature, _ = choose_signature(library.catalogue.of_compound(twin.compound_id))
    if signature is None:
        return None, caveats
    return Asked(query=query, signature=signature, vector=library.index.vector(signature.signature_id)), caveats


def ask_centroid(members: Sequence[Asked]) -> Asked:
    """Ask with what several signatures have in common: the mean of their unit vectors. One member stays itself."""
    if len(members) == 1:
        return members[0]
    compounds = {one.query.compound_id for one in members}
    if len(compounds) < len(members):
        twice = Counter(one.query.name for one in members).most_common(1)[0][0]
        raise InputError(f"{twice} is named twice among {len(members)} compounds; name each once")
    vector = centroid(np.stack([one.vector for one in members]))
    return Asked(
        query=_free(f"the centroid of {', '.join(one.query.name for one in members)}"),
        signature=None,
        vector=np.asarray(vector, dtype=np.float32),
        sources=tuple(one.signature for one in members if one.signature is not None),
        structures=tuple(one.query.fingerprint for one in members if one.query.fingerprint is not None),
    )


def take_out(asked: Asked, directions: NDArray[np.floating], names: Sequence[str]) -> Asked:
    """Ask with what remains of a vector when directions, shape (n, n_columns), are taken out of it."""
    rest = without(asked.vector, directions)
    if not rest.any():
        raise InputError(f"Nothing of {asked.query.name} remains without {', '.join(names)}; they are one direction")
    query = replace(_free(f"{asked.query.name} without {', '.join(names)}"), inchikey=asked.query.inchikey)
    return replace(
        asked,
        query=query,
        signature=None,
        vector=np.asarray(rest, dtype=np.float32),
        sources=asked.origins,
        structures=asked.fingerprints,
    )


def ask_lists(
    mapper: GeneMapper,
    up: list[str],
    down: list[str],
    features: FeatureModel | None,
    *,
    method: str = "cosine",
    unsigned: bool = False,
    min_genes: int = MINIMUM_GENES,
) -> tuple[Asked, dict[str, Any]]:
    """Turn gene lists into what is searched with, and report the mapping.

    The cosine takes the signed list through the features of the dataset, as a signature; other methods take the genes
    as they are, of those that the dataset is compared on.
    """
    with _way_out():
        found = map_lists(mapper, up=up, down=down, minimum=min_genes)
    vector = signed_list(mapper.n_genes, up=found.up.tolist(), down=found.down.tolist())
    report = {**found.mapping.report, "both": list(found.both)}
    if features is not None and method == "cosine":
        made, _ = features.transform(vector)
        _refuse_still(made[0], "The lists name", over=made.shape[1])
        return Asked(query=_free("gene lists"), signature=None, vector=made[0]), report
    if features is not None:
        vector = vector[features.genes]
        n_left = int((vector != 0).sum())
        if n_left < min_genes:
            raise GeneCoverageError(
                f"{n_left} of {len(found.up) + len(found.down)} genes are among the {len(vector)} that this dataset is compared on; "
                f"expected {min_genes} or more for {method}; the cosine takes them all"
            )
    name = "list_cosine" if method == "cosine" else method
    asked = Asked(query=_free("gene lists"), signature=None, vector=vector, method=name, unsigned=unsigned)
    return asked, report


def ask_signature(
    mapper: GeneMapper,
    signature: pd.Series | Mapping[str, float],
    features: FeatureModel | None,
    *,
    min_genes: int = MINIMUM_GENES,
) -> tuple[Asked, dict[str, Any], list[str]]:
    """Turn gene values into what is searched with; report the mapping, and what was done to values as caveats.

    Of several values of one gene, under whichever names, the one farthest from 0 is taken, as from a file.
    """
    ids, values = checked_signature(signature)
    if len(values) and np.abs(values).max() <= LEAST_MOVE:
        raise InputError(
            f"The signature moves no gene: the largest of its {len(values)} values is {np.abs(values).max():g}; "
            "expected values other than 0"
        )
    caveats: list[str] = []
    with _way_out():
        mapping = mapper.map(ids).require(min_genes)
    places = mapping.indices
    if mapping.duplicates:
        order = np.argsort(-np.abs(values), kind="stable")
        mapping = mapper.map([ids[place] for place in order.tolist()])
        places = order[mapping.indices]
        caveats.append(
            f"{len(mapping.duplicates)} values are of a gene that has another ({shown_ids(mapping.duplicates)}); of each "
            "gene the value farthest from 0 is used"
        )
    used = values[places]
    if features is None:
        _refuse_still(used, "The signature moves", over=len(used))
        asked = Asked(query=_free("signature"), signature=None, vector=used, positions=mapping.positions)
        return asked, dict(mapping.report), caveats
    whole = np.full(mapper.n_genes, np.nan)
    whole[mapping.positions] = used
    n_clipped = int((np.abs(whole[features.genes]) > CLIP).sum())
    if n_clipped:
        caveats.append(
            f"{n_clipped} of {len(used)} values are beyond ±{CLIP:g} and count as ±{CLIP:g}, as in the signatures of this "
            "dataset; a z or t is meant, no ratio or percentage"
        )
    made, _ = features.transform(whole)
    _refuse_still(made[0], "The signature moves", over=made.shape[1])
    return Asked(query=_free("signature"), signature=None, vector=made[0]), dict(mapping.report), caveats


def _refuse_still(vector: NDArray[np.floating], what: str, *, over: int) -> None:
    """Refuse to ask with what moves no gene: its score with everything would be 0."""
    if not len(vector) or np.abs(vector).max() <= LEAST_MOVE:
        raise InputError(
            f"{what} no gene of the {over:,} that this dataset is compared on; expected some that move, see 'vcpi export "
            "genes'"
        )
