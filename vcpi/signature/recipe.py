"""What is done to counts on the way to signatures and features: the options of a dataset, stored with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, get_args

from vcpi.errors import InputError
from vcpi.signature.baseline import BaselineMethod
from vcpi.signature.sizes import LibrarySize

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The options from counts to features; the defaults are those that ``scripts/ablation.py`` found best.

    Attributes
    ----------
    baseline
        What the wells of a plate are compared with.
    library_size
        What counts are divided by: the ``total`` of the well, ``tmm`` or ``ratio`` (:mod:`vcpi.signature.sizes`).
    positions
        Take out what wells owe to their row, column and edge.
    plate_offsets
        Take out what all signatures of a plate have in common.
    sphering
        Shrink the directions along which wells differ without any effect.
    stress_removal
        Take the generic-stress direction out of the features; its coordinate is kept beside them.
    gene_weights
        Weigh genes by the root of their reliability.

    Raises
    ------
    InputError
        There is no such baseline or library size.

    Examples
    --------
    >>> Recipe(baseline="vehicle_plate", stress_removal=False).features
    'reliable genes, weighed by reliability; taken out: plate offsets, technical directions'
    """

    baseline: BaselineMethod = "hybrid"
    library_size: LibrarySize = "total"
    positions: bool = True
    plate_offsets: bool = True
    sphering: bool = True
    stress_removal: bool = True
    gene_weights: bool = True

    def __post_init__(self) -> None:
        """Refuse names that are not known."""
        if self.baseline not in get_args(BaselineMethod):
            raise InputError(f"There is no baseline {self.baseline!r}; expected {', '.join(get_args(BaselineMethod))}")
        if self.library_size not in get_args(LibrarySize):
            known = ", ".join(get_args(LibrarySize))
            raise InputError(f"There is no library size {self.library_size!r}; expected {known}")

    @property
    def features(self) -> str:
        """Say what signatures are compared on."""
        if self.baseline == "contest":
            return "none"
        parts = (
            (self.plate_offsets, "plate offsets"),
            (self.sphering, "technical directions"),
            (self.stress_removal, "generic stress"),
        )
        taken = ", ".join(name for on, name in parts if on) or "nothing"
        weights = "weighed by reliability" if self.gene_weights else "all alike"
        return f"reliable genes, {weights}; taken out: {taken}"

    def to_dict(self) -> dict[str, Any]:
        """Return the options as plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """Read what :meth:`to_dict` wrote; names of other versions are left out."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})
