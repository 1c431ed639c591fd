"""Reading what the store knows of the signatures of a dataset, for those who search it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.database.library import Catalogue
from vcpi.signature.features import FeatureModel
from vcpi.signature.nullmodel import NullModel
from vcpi.store import read
from vcpi.store.columns import SignatureColumns, pack

if TYPE_CHECKING:
    import sqlite3

    from vcpi.packed import Packed


def read_catalogue(connection: sqlite3.Connection, entry: dict[str, Any], packed: Packed | None = None) -> Catalogue:
    """Read what the store knows of the signatures of a dataset.

    Parameters
    ----------
    connection, entry
        The store, and the dataset.
    packed
        What :func:`vcpi.store.columns.pack` made of its rows; they are read where None.
    """
    dataset_id = entry["dataset_id"]
    packed = packed or pack(connection, dataset_id)
    signatures = SignatureColumns(packed, dataset=entry["name"])
    genes = packed.texts["gene"]
    stored = read.model(connection, dataset_id, "features")
    features = None if stored is None else FeatureModel.from_arrays(stored[1], stored[0])
    fitted = read.model(connection, dataset_id, "null")
    strengths, active = signatures.strengths, signatures.active
    scaffolds = connection.execute("SELECT compound_id, scaffold FROM compound WHERE scaffold != ''")
    return Catalogue(
        signatures=signatures,
        symbols=genes if features is None else [genes[position] for position in features.genes.tolist()],
        compound_ids=signatures.compound_ids,
        strengths=strengths,
        acting=active == 1
        if (active >= 0).any() or not len(strengths)
        else (strengths >= np.median(strengths)) & (strengths > 0),
        scaffolds={row[0]: row[1] for row in scaffolds},
        features=features,
        null=None if fitted is None else NullModel.from_arrays(fitted[1], fitted[0]),
        null_features=packed.arrays["null_features"],
        null_plates=packed.texts["null_plate"],
        null_members=[tuple(one) for one in packed.texts["null_members"]],
    )
