"""Reading what the store knows of the signatures of a dataset, for those who search it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vcpi.database.library import Catalogue
from vcpi.signature.features import FeatureModel
from vcpi.signature.nullmodel import NullModel
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3


def read_catalogue(connection: sqlite3.Connection, dataset_id: int) -> Catalogue:
    """Read what the store knows of the signatures of a dataset."""
    signatures = read.signatures(connection, dataset_id)
    genes = read.genes(connection, dataset_id)
    stored = read.model(connection, dataset_id, "features")
    features = None if stored is None else FeatureModel.from_arrays(stored[1], stored[0])
    if features is not None:
        genes = [genes[position] for position in features.genes.tolist()]
    fitted = read.model(connection, dataset_id, "null")
    null_features, null_plates, null_members, _ = read.null_profiles(connection, dataset_id)
    strengths = np.array([signature.strength or 0.0 for signature in signatures])
    known = any(signature.active is not None for signature in signatures)
    acting = np.array([bool(signature.active) for signature in signatures], dtype=bool)
    scaffolds = connection.execute("SELECT compound_id, scaffold FROM compound WHERE scaffold != ''")
    return Catalogue(
        signatures=signatures,
        symbols=[gene.gene_symbol or gene.gene_id for gene in genes],
        compound_ids=np.array([signature.treatment.compound_id for signature in signatures], dtype=np.int64),
        strengths=strengths,
        acting=acting if known or not len(strengths) else (strengths >= np.median(strengths)) & (strengths > 0),
        scaffolds={row[0]: row[1] for row in scaffolds},
        features=features,
        null=None if fitted is None else NullModel.from_arrays(fitted[1], fitted[0]),
        null_features=null_features,
        null_plates=null_plates,
        null_members=null_members,
    )
