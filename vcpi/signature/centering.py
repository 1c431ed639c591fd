"""What the signatures of a plate share because they share a plate, taken off before they are compared.

A baseline is made before anyone knows which compounds act, and what is left of its error is the same for all
signatures of a plate: a hundredth of the well variance is enough to fill the nearest neighbors with plate-mates.
Once strengths are known, the mean of the signatures that do little shows that error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

MIN_SIGNATURES = 10
BLOCK_ROWS = 512
MATRIX = 2
PlateLabel = str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateOffsets:
    """What the signatures of each plate share, in units of z of one well.

    ``values`` maps a plate to its offset, shape (n_genes,); ``notes`` says what was not possible.
    """

    values: Mapping[str, NDArray[np.float32]]
    n_genes: int
    notes: tuple[str, ...] = ()

    def remove(
        self,
        z: ArrayLike,
        plates: Sequence[PlateLabel],
        *,
        n_wells: ArrayLike | float = 2.0,
        in_place: bool = False,
    ) -> NDArray[np.float32]:
        """Take the offset of each signature's plate off.

        Parameters
        ----------
        z
            Shape (n_signatures, n_genes).
        plates
            Plate of each signature; several plates as a tuple, whose offsets are averaged. A plate without an offset,
            or None, changes nothing.
        n_wells
            Wells behind each signature, a number or of shape (n_signatures,): z grows with their root.
        in_place
            Change ``z`` itself, which is float32, where there is no room for two.

        Returns
        -------
        ndarray
            Shape (n_signatures, n_genes), float32.

        Raises
        ------
        InputError
            The shapes disagree.
        """
        rows = np.asarray(z, dtype=np.float32) if in_place else np.array(z, dtype=np.float32)
        if rows.ndim != MATRIX or rows.shape != (len(plates), self.n_genes):
            raise InputError(f"z has shape {rows.shape}; expected ({len(plates)}, {self.n_genes})")
        scale = np.broadcast_to(np.sqrt(np.asarray(n_wells, dtype=np.float32)), len(rows))[:, np.newaxis]
        for label, members in _members(plates).items():
            offsets = [self.values[plate] for plate in _names(label) if plate in self.values]
            if offsets:
                rows[members] -= scale[members] * (sum(offsets) / np.float32(len(_names(label))))
        return rows


def plate_offsets(
    z: ArrayLike,
    *,
    plates: Sequence[PlateLabel],
    strength: ArrayLike,
    n_wells: ArrayLike | float = 2.0,
    among: ArrayLike | None = None,
) -> PlateOffsets:
    r"""Estimate what the signatures of each plate share, from those that do little.

    The offset of a plate is the mean of its signatures with the weights :math:`1 / (1 + (s/m)^2)`, s being the strength
    of a signature and m the median strength of the dataset, so that compounds that act hardly count. The signatures are
    in the mean of their own plate, which takes away from each pair of plate-mates what the noise of the mean adds to it.

    Parameters
    ----------
    z
        Signatures of library compounds, shape (n_signatures, n_genes), finite.
    plates
        Plate of each; those on several plates, or None, add nothing.
    strength
        Strength of each, 0 or more, shape (n_signatures,).
    n_wells
        Wells behind each, a number or of shape (n_signatures,); to be exact, 1 / (1/n + v) with the shared factor v of
        the baseline, as :func:`~vcpi.signature.contrast.combine` scales z.
    among
        Mask of the signatures to learn from, shape (n_signatures,); default all.

    Returns
    -------
    PlateOffsets
        One offset for every plate with ten signatures or more.

    Raises
    ------
    InputError
        The shapes disagree.

    Examples
    --------
    >>> offsets = plate_offsets(np.ones((12, 3)), plates=["p"] * 12, strength=np.ones(12))
    >>> offsets.remove(np.ones((1, 3)), ["p"]).round(3).tolist()
    [[0.0, 0.0, 0.0]]
    """
    rows = np.asarray(z)
    strong = np.asarray(strength, dtype=np.float64)
    if rows.ndim != MATRIX or strong.shape != (len(rows),) or len(plates) != len(rows):
        raise InputError(f"z {rows.shape}, {len(plates)} plates, strength {strong.shape}; expected one row each")
    per_well = np.broadcast_to(1.0 / np.sqrt(np.asarray(n_wells, dtype=np.float64)), len(rows))
    kept = np.arange(len(rows)) if among is None else np.flatnonzero(np.asarray(among, dtype=bool))
    typical = float(np.median(strong[kept])) if len(kept) else 0.0
    if typical <= 0:
        positive = strong[kept][strong[kept] > 0]
        typical = float(np.median(positive)) if positive.size else 1.0
    weights = 1.0 / (1.0 + (strong / typical) ** 2)
    values: dict[str, NDArray[np.float32]] = {}
    notes = []
    for label, found in _members([plates[row] for row in kept.tolist()]).items():
        if not isinstance(label, str):
            continue
        members = kept[found]
        if len(members) < MIN_SIGNATURES:
            notes.append(f"plate {label} has {len(members)} signatures; what they share is not taken off")
            continue
        total = np.zeros(rows.shape[1])
        for start in range(0, len(members), BLOCK_ROWS):
            block = members[start : start + BLOCK_ROWS]
            total += (weights * per_well)[block] @ rows[block]
        values[label] = (total / weights[members].sum()).astype(np.float32)
    return PlateOffsets(values=values, n_genes=rows.shape[1], notes=tuple(notes))


def _members(plates: Sequence[PlateLabel]) -> dict[PlateLabel, NDArray[np.int64]]:
    """Rows of each label, in order of first sight."""
    found: dict[PlateLabel, list[int]] = {}
    for row, label in enumerate(plates):
        found.setdefault(label, []).append(row)
    return {label: np.array(rows, dtype=np.int64) for label, rows in found.items()}


def _names(label: PlateLabel) -> tuple[str, ...]:
    """Plates of a label."""
    if label is None:
        return ()
    return (label,) if isinstance(label, str) else label
