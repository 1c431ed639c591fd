"""One dataset opened for searching, and what is searched with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.database.null_profiles import NullProfiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from vcpi.database.queries import Query
    from vcpi.manifest import Manifest
    from vcpi.records import Signature
    from vcpi.signature.features import FeatureModel
    from vcpi.signature.nullmodel import NullModel
    from vcpi.signature.search import SignatureIndex
    from vcpi.store.columns import SignatureColumns
    from vcpi.structure.search import FingerprintIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is searched with: a vector over the columns at ``positions`` (all where None), and whose it is.

    ``signature`` is the one whose vector it is; ``sources`` are those that it was made of, where it is none of the
    dataset: the members of a centroid, or the signature that something was taken out of. ``structures`` are the
    fingerprints of members. ``unsigned`` says that the vector is a list of genes that move, either way.
    """

    query: Query
    signature: Signature | None
    vector: NDArray[np.floating]
    positions: NDArray[np.int64] | None = None
    method: str = "cosine"
    unsigned: bool = False
    sources: tuple[Signature, ...] = ()
    structures: tuple[NDArray[np.uint8], ...] = ()

    @property
    def fingerprints(self) -> tuple[NDArray[np.uint8], ...]:
        """Fingerprints of the compounds that are asked about."""
        own = self.query.fingerprint
        return self.structures if own is None else (own,)

    @property
    def origins(self) -> tuple[Signature, ...]:
        """The signatures of the dataset that the vector comes from."""
        return self.sources if self.signature is None else (self.signature,)

    @property
    def compound_ids(self) -> frozenset[int]:
        """The compounds that are asked about, which are no hits."""
        own = {one.treatment.compound_id for one in self.origins}
        return frozenset(own if self.query.compound_id is None else own | {self.query.compound_id})

    @property
    def plates(self) -> frozenset[str]:
        """The plates that the vector comes from."""
        return frozenset(plate for one in self.origins for plate in one.plates)

    @property
    def replicate_p(self) -> float:
        """Chance that wells without an effect agree as well as those behind the vector; 0 where not known.

        Of several signatures by the rule of Simes (Biometrika 1986, 73, 751): small where any of them is sure.
        """
        known = sorted(one.replicate_p for one in self.origins if one.replicate_p is not None)
        return min((len(known) * p / rank for rank, p in enumerate(known, start=1)), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What the store knows of the signatures of a dataset, in the order of their ids.

    ``replicates`` is how many source signatures or wells stand behind each signature, where known. ``symbols`` names the columns of the index. ``acting`` marks the active signatures, or the stronger half where
    activity is not known. ``features`` and ``null`` are None for signatures made elsewhere.
    """

    signatures: SignatureColumns
    symbols: Sequence[str | None]
    compound_ids: NDArray[np.int64]
    strengths: NDArray[np.float64]
    acting: NDArray[np.bool_]
    scaffolds: dict[int, str]
    features: FeatureModel | None
    null: NullModel | None
    null_features: NDArray[np.float32]
    null_plates: Sequence[str | None] = ()
    null_members: Sequence[tuple[str, ...]] = ()
    _plates: tuple[NDArray[np.int64], dict[str, int], tuple[int, ...]] = field(init=False, repr=False)
    _rings: tuple[NDArray[np.int64], dict[str, int]] = field(init=False, repr=False)
    replicates: NDArray[np.int64] = field(init=False, repr=False)
    nulls: NullProfiles = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Give each plate and scaffold a number, so that equal ones are found without a look at each signature."""
        object.__setattr__(self, "_plates", self.signatures.plate_codes())
        object.__setattr__(self, "replicates", self.signatures.replicates)
        rings: dict[str, int] = {}
        scaffolds = (self.scaffolds.get(i) for i in self.compound_ids.tolist())
        codes = [rings.setdefault(scaffold, len(rings)) if scaffold else -1 for scaffold in scaffolds]
        object.__setattr__(self, "_rings", (np.array(codes, dtype=np.int64), rings))
        made = NullProfiles(self.null_features, plates=self.null_plates, members=self.null_members)
        object.__setattr__(self, "nulls", made)

    @property
    def plated(self) -> NDArray[np.bool_]:
        """Which signatures have a plate that is known, shape (n_signatures,)."""
        own, _, several = self._plates
        found = own >= 0
        found[list(several)] = True
        return found

    @property
    def vector_codes(self) -> NDArray[np.int64]:
        """A number for each vector: signatures have the same one if their vectors are the same, shape (n_signatures,)."""
        return self.signatures.vector_codes

    def codes_of(self, digests: Iterable[str]) -> list[int]:
        """Give the numbers of some vectors that are in the dataset."""
        return self.signatures.codes_of(digests)

    def of_compound(self, compound_id: int | None) -> list[Signature]:
        """List the signatures of a compound, in the order of their ids."""
        rows = [] if compound_id is None else np.flatnonzero(self.compound_ids == compound_id).tolist()
        return [self.signatures[row] for row in rows]

    def of_scaffolds(self, scaffolds: Iterable[str]) -> NDArray[np.bool_]:
        """Mark the signatures of compounds that have one of some scaffolds, shape (n_signatures,)."""
        codes, numbers = self._rings
        return np.isin(codes, [numbers[scaffold] for scaffold in scaffolds if scaffold in numbers])

    def mates(self, plates: frozenset[str]) -> NDArray[np.bool_]:
        """Mark the signatures that share a plate with some, shape (n_signatures,)."""
        own, numbers, several = self._plates
        found = np.isin(own, [numbers[plate] for plate in plates if plate in numbers])
        for row in several:
            found[row] = not plates.isdisjoint(self.signatures[row].plates)
        return found


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
    def nulls(self) -> NullProfiles:
        """The null profiles, ready to be asked."""
        return self.catalogue.nulls
