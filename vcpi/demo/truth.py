"""What is true in a simulated screen: who is active, by which mechanism, and what that does to each gene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import UnknownCompoundError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundTruth:
    """The truth about one compound.

    ``potency`` multiplies the effect of its mechanism and ``toxicity`` that of the shared toxicity direction; both
    are 0 for an inactive compound, whose ``mechanism`` is then None. ``role`` is library or positive_control; a
    positive control has no ``plate`` of its own.
    """

    source_compound_id: str
    name: str | None
    inchikey: str | None
    compound_class: str | None
    role: str
    plate: str | None
    mechanism: str | None
    active: bool
    potency: float
    toxicity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse:
    """How the effect of a compound grows with its dose: Hill curves for mechanism and toxicity.

    Examples
    --------
    >>> DoseResponse(ec50_um=1.0, toxicity_ec50_um=10.0, slope=1.0).at(1.0)
    (0.5, 0.09090909090909091)
    """

    ec50_um: float
    toxicity_ec50_um: float
    slope: float

    def at(self, dose_um: float) -> tuple[float, float]:
        """Give the shares, in [0, 1], of the full mechanism effect and of the full toxicity at a dose."""
        return _hill(dose_um, self.ec50_um, self.slope), _hill(dose_um, self.toxicity_ec50_um, self.slope)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """The truth about a screen. Effects are log2 fold changes against vehicle, strength of the screen included.

    Attributes
    ----------
    compounds
        One entry a compound: library, then positive controls.
    gene_ids
        Names the columns of both arrays.
    mechanisms
        Names the rows of ``effects``.
    effects
        Effect of each mechanism at potency 1, shape (n_mechanisms, n_genes).
    toxicity_effect
        Effect of a toxicity load of 1, shape (n_genes,).
    dose_response
        Curve of each active library compound, by its id; empty where the screen has one dose, at which effects are
        full.
    scenario
        What is unusual about the screen, as :meth:`vcpi.demo.scenario.Scenario.to_dict` gives it.
    """

    compounds: tuple[CompoundTruth, ...]
    gene_ids: tuple[str, ...]
    mechanisms: tuple[str, ...]
    effects: FloatArray
    toxicity_effect: FloatArray
    dose_response: Mapping[str, DoseResponse] = field(default_factory=lambda: MappingProxyType({}))
    scenario: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def compound(self, source_compound_id: str) -> CompoundTruth:
        """Look one compound up.

        Raises
        ------
        UnknownCompoundError
            When no compound of the screen has this id.
        """
        for entry in self.compounds:
            if entry.source_compound_id == source_compound_id:
                return entry
        raise UnknownCompoundError(f"No compound {source_compound_id!r} in this simulation; see Truth.compounds")

    def shares(self, source_compound_id: str, dose_um: float | None = None) -> tuple[float, float]:
        """Give the shares of the full mechanism effect and toxicity at a dose; both 1 where there is no curve."""
        curve = self.dose_response.get(source_compound_id)
        return (1.0, 1.0) if curve is None or dose_um is None else curve.at(dose_um)

    def effect(self, source_compound_id: str, dose_um: float | None = None) -> FloatArray:
        """Give the planted log2 fold changes of one compound, in full or at a dose, shape (n_genes,)."""
        entry = self.compound(source_compound_id)
        effective, toxic = self.shares(source_compound_id, dose_um)
        effect = toxic * entry.toxicity * self.toxicity_effect
        if entry.mechanism is not None:
            effect = effect + effective * entry.potency * self.effects[self.mechanisms.index(entry.mechanism)]
        return effect


def _hill(dose: float, ec50: float, slope: float) -> float:
    """Give the occupied share at a dose."""
    return float(1.0 / (1.0 + (ec50 / dose) ** slope))
