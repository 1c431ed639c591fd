"""One dataset opened for searching, and what is searched with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vcpi.database.queries import Query
    from vcpi.manifest import Manifest
    from vcpi.records import Signature
    from vcpi.signature.features import FeatureModel
    from vcpi.signature.nullmodel import NullModel
    from vcpi.signature.search import SignatureIndex
    from vcpi.structure.search import FingerprintIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is searched with: a vector over the columns at ``positions`` (all where None), and whose it is."""

    query: Query
    signature: Signature | None
    vector: NDArray[np.floating]
    positions: NDArray[np.int64] | None = None
    method: str = "cosine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What the store knows of the signatures of a dataset, in the order of their ids.

    ``symbols`` names the columns of the index. ``acting`` marks the active signatures, or the stronger half where
    activity is not known. ``features`` and ``null`` are None for signatures made elsewhere.
    """

    signatures: Sequence[Signature]
    symbols: Sequence[str | None]
    compound_ids: NDArray[np.int64]
    strengths: NDArray[np.float64]
    acting: NDArray[np.bool_]
    scaffolds: dict[int, str]
    features: FeatureModel | None
    null: NullModel | None
    null_features: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A catalogue with the indexes to search it by."""

    dataset: dict[str, Any]
    index: SignatureIndex
    manifest: Manifest
    fingerprints: FingerprintIndex
    catalogue: Catalogue

    @property
    def signatures(self) -> Sequence[Signature]:
        """The signatures, in the order of their ids."""
        return self.catalogue.signatures

    @property
    def symbols(self) -> Sequence[str | None]:
        """Names of the columns of the index."""
        return self.catalogue.symbols

    @property
    def compound_ids(self) -> NDArray[np.int64]:
        """Compound of each signature."""
        return self.catalogue.compound_ids

    @property
    def strengths(self) -> NDArray[np.float64]:
        """Strength of each signature."""
        return self.catalogue.strengths

    @property
    def acting(self) -> NDArray[np.bool_]:
        """Which signatures act."""
        return self.catalogue.acting

    @property
    def scaffolds(self) -> dict[int, str]:
        """Murcko scaffold of each compound that has one."""
        return self.catalogue.scaffolds

    @property
    def null(self) -> NullModel | None:
        """What scores noise gives, where the dataset has null profiles."""
        return self.catalogue.null

    @property
    def null_features(self) -> NDArray[np.float32]:
        """The null profiles as features."""
        return self.catalogue.null_features
