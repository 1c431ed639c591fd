"""Which compounds of a simulated screen are active: fewer than could be, or more on some plates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vcpi.demo.programs import CORE_CLASSES, RECIPES
from vcpi.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from vcpi.demo.truth import CompoundTruth


def thin(mechanisms: Sequence[str | None], n_active: int) -> list[str | None]:
    """Silence shipped compounds, listed by class, until no more than ``n_active`` act.

    First whole classes outside :data:`~vcpi.demo.programs.CORE_CLASSES`, from the last; then, of the core class with
    the most active members, the member listed last, again and again. The first core class goes last of all.

    Examples
    --------
    >>> thin(["HDAC inhibitor", "HDAC inhibitor", "JAK inhibitor"], 1)
    ['HDAC inhibitor', None, None]
    """
    kept: list[str | None] = [name if name in RECIPES else None for name in mechanisms]
    while sum(name is not None for name in kept) > n_active:
        silenced = _next_silenced([name for name in kept if name is not None])
        kept[len(kept) - 1 - kept[::-1].index(silenced)] = None
    return kept


def concentrate(
    entries: Sequence[CompoundTruth], *, plate: str, rich: Collection[str], share: float, rng: np.random.Generator
) -> list[CompoundTruth]:
    """Let active compounds of plates outside ``rich`` change places with inactive ones of a plate.

    Returns
    -------
    list of CompoundTruth
        The entries in their order, with ``share`` of those on ``plate`` active.

    Raises
    ------
    InputError
        The other plates do not have enough active compounds.
    """
    moved = list(entries)
    members = [i for i, entry in enumerate(moved) if entry.plate == plate]
    n_missing = round(share * len(members)) - sum(moved[i].active for i in members)
    if n_missing <= 0:
        return moved
    inactive = [i for i in members if not moved[i].active]
    elsewhere = [i for i, entry in enumerate(moved) if entry.plate not in rich and entry.active]
    if len(elsewhere) < n_missing:
        raise InputError(
            f"Plate {plate} lacks {n_missing} active compounds for rich_share {share}, and the plates that are not "
            f"rich have {len(elsewhere)}; raise active_share or name fewer rich_plates"
        )
    coming = rng.choice(elsewhere, n_missing, replace=False).tolist()
    going = rng.choice(inactive, n_missing, replace=False).tolist()
    for active, other in zip(coming, going, strict=True):
        moved[active], moved[other] = (
            replace(moved[active], plate=moved[other].plate),
            replace(moved[other], plate=moved[active].plate),
        )
    return moved


def _next_silenced(active: Sequence[str]) -> str:
    """Name the class that loses a member next."""
    counts = Counter(active)
    weak = [name for name in RECIPES if name in counts and name not in CORE_CLASSES]
    if weak:
        return weak[-1]
    whole, *others = CORE_CLASSES
    present = [name for name in others if name in counts]
    return max(present, key=lambda name: (counts[name], -others.index(name))) if present else whole
