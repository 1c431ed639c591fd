"""Fingerprints: packed bits and their whole recipe."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from vcpi.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintSpec:
    """The recipe of a fingerprint. Two fingerprints may be compared when their recipes are equal.

    Examples
    --------
    >>> str(FingerprintSpec())
    'morgan radius 2, 2048 bits'
    >>> FingerprintSpec.from_dict(FingerprintSpec(radius=3).to_dict()).radius
    3
    """

    kind: str = "morgan"
    radius: int = 2  # ECFP4: the 4 is a diameter
    n_bits: int = 2048
    chirality: bool = False

    def __post_init__(self) -> None:
        """Refuse a recipe that cannot be followed."""
        if self.kind != "morgan":
            raise InputError(f"Fingerprint kind is {self.kind!r}; expected 'morgan'")
        if self.radius < 0 or self.n_bits < 64 or self.n_bits % 64:  # noqa: PLR2004 - searches read words of 64 bits
            raise InputError(
                f"Fingerprint of radius {self.radius} and {self.n_bits} bits; expected a multiple of 64 bits"
            )

    def __str__(self) -> str:
        return f"{self.kind} radius {self.radius}, {self.n_bits} bits{', chirality' if self.chirality else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> FingerprintSpec:
        """Read a recipe written by :meth:`to_dict`; unknown or missing fields raise InputError."""
        try:
            return cls(**values)
        except TypeError as error:
            raise InputError(f"Not a fingerprint recipe: {values!r:.120}") from error


DEFAULT_SPEC = FingerprintSpec()


@cache
def _generator(spec: FingerprintSpec) -> rdFingerprintGenerator.FingerprintGenerator64:
    """RDKit's generator for a recipe."""
    return rdFingerprintGenerator.GetMorganGenerator(
        radius=spec.radius, fpSize=spec.n_bits, includeChirality=spec.chirality
    )


def fingerprint(mol: Chem.Mol, spec: FingerprintSpec = DEFAULT_SPEC) -> NDArray[np.uint8]:
    """Compute the packed Morgan fingerprint of a molecule [1]_.

    Parameters
    ----------
    mol
        Sanitized molecule.
    spec
        The recipe.

    Returns
    -------
    ndarray
        Shape (n_bits / 8,): 256 bytes by default. Bit 0 is the highest bit of byte 0, as ``numpy.unpackbits`` reads it.

    References
    ----------
    .. [1] Rogers & Hahn, J. Chem. Inf. Model. 2010, 50, 742, doi:10.1021/ci100050t

    Examples
    --------
    >>> ethanol = fingerprint(Chem.MolFromSmiles("CCO"))
    >>> ethanol.shape, int(np.bitwise_count(ethanol).sum())
    ((256,), 6)
    """
    lowest_first = DataStructs.BitVectToBinaryText(_generator(spec).GetFingerprint(mol))
    return _REVERSED[np.frombuffer(lowest_first, dtype=np.uint8)]


# RDKit writes bit 0 as the lowest bit of byte 0; NumPy's packbits, and so vcpi, as the highest
_REVERSED: NDArray[np.uint8] = np.packbits(
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"), axis=1
).ravel()
