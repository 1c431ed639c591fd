"""What is true in a simulated screen: who is active, by which mechanism, and what that does to each gene."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    compounds: tuple[CompoundTruth, ...]
    gene_ids: tuple[str, ...]
    mechanisms: tuple[str, ...]
    effects: FloatArray
    toxicity_effect: FloatArray

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

    def effect(self, source_compound_id: str) -> FloatArray:
        """Give the planted log2 fold changes of one compound, shape (n_genes,)."""
        entry = self.compound(source_compound_id)
        effect = entry.toxicity * self.toxicity_effect
        if entry.mechanism is not None:
            effect = effect + entry.potency * self.effects[self.mechanisms.index(entry.mechanism)]
        return effect
