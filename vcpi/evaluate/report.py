"""The result of an evaluation, as numbers, JSON and a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from vcpi.evaluate.dose import DoseConsistency
from vcpi.evaluate.leakage import Leakage
from vcpi.evaluate.nullworld import Neighbours, Uniformity
from vcpi.evaluate.retrieval import ReplicateRetrieval, Retrieval
from vcpi.evaluate.stability import Stability
from vcpi.evaluate.structure_link import StructureLink


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineResult:
    """What retrieval by class gives without signatures."""

    name: str
    mean_average_precision: float
    normalized: float
    precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NullWorld:
    """What is found where nothing is: mean cosines of pairs, and p-values; None where they are not known."""

    n_inactive: int
    same_plate_cosine: float
    other_plate_cosine: float
    pseudo_same_plate_cosine: float
    pseudo_other_plate_cosine: float
    uniformity: Uniformity | None
    pseudo_neighbours: Neighbours | None
    inactive_neighbours: Neighbours | None
    active_neighbours: Neighbours | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How good a dataset is. A part is None where the data do not allow it; ``remarks`` then says why."""

    name: str
    method: str
    simulated: bool
    n_signatures: int
    n_compounds: int
    n_active: int
    n_plates: int
    n_classes: int
    n_replicates: float
    strength_deciles: tuple[float, ...]
    retrieval: Retrieval | None
    baselines: tuple[BaselineResult, ...]
    replicates: ReplicateRetrieval | None
    leakage: Leakage | None
    null_world: NullWorld
    doses: DoseConsistency | None
    structure: StructureLink | None
    stability: tuple[Stability, ...]
    remarks: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values for JSON; None for numbers that are not known."""
        plain = _plain(asdict(self))
        return dict(plain)

    def to_html(self) -> str:
        """Give one standalone page with plots, without script or network."""
        from vcpi.evaluate.page import page  # the page reads this module

        return page(self)


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever a dataclass holds
    """Turn tuples into lists, NumPy numbers into Python's and what is not finite into None."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not isfinite(value) else value
