"""The wells of a release on their way to signatures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vcpi.records import SampleRow

Treatment = tuple[int, float | None, float | None, str | None]  # compound_id, dose_um, time_h, cell_line

NO_PLATE = "(no plate)"
LOW_MADS, LEAST_MAPPED = 4.0, 8
OTHER_TOTAL, SHOWN = 1.25, 3  # spike-ins and genes left out of a file change totals less
LEAST_SPREAD = 0.01  # of the median: a block of equal shares has no outlier


@dataclass(slots=True)
class Wells:
    """What the first pass learns of the wells, by place in the second.

    A block holds the wells that are compared with one baseline: those of a plate that have one cell line and time.
    ``sizes`` are reads, ``effective`` what counts are divided by.
    """

    samples: list[SampleRow] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    effective: list[float] = field(default_factory=list)
    n_genes: list[int] = field(default_factory=list)
    usable: list[bool] = field(default_factory=list)
    mt_shares: list[float] = field(default_factory=list)
    flags: list[tuple[str, ...]] = field(default_factory=list)
    treatments: list[Treatment | None] = field(default_factory=list)
    blocks: dict[str, list[int]] = field(default_factory=dict)

    def of_treatments(self) -> dict[Treatment, list[int]]:
        """Places of the wells of each treatment."""
        found: dict[Treatment, list[int]] = {}
        for place, treatment in enumerate(self.treatments):
            if treatment is not None:
                found.setdefault(treatment, []).append(place)
        return found

    def block_of(self) -> dict[int, str]:
        """Block of each place."""
        return {place: block for block, places in self.blocks.items() for place in places}

    def vehicles(self, block: str) -> list[int]:
        """Places of the usable vehicle wells of a block."""
        return [p for p in self.blocks[block] if self.samples[p].role == "vehicle" and self.usable[p]]

    def flag(self, place: int, name: str) -> None:
        """Keep a well out of baselines and nulls, and say why."""
        self.usable[place] = False
        self.flags[place] = (*self.flags[place], name)


def flag_low_mapping(wells: Wells) -> list[str]:
    """Flag wells of which far fewer reads were mapped than of the others of their block; whatever the scale of percent.

    Returns
    -------
    list of str
        What to tell: how many, where there are any.
    """
    n = 0
    for places in wells.blocks.values():
        shares = {
            place: share for place in places if (share := _figure(wells.samples[place], "percent_mapped")) is not None
        }
        if len(shares) < LEAST_MAPPED:
            continue
        values = np.array(list(shares.values()))
        middle = float(np.median(values))
        spread = max(1.4826 * float(np.median(np.abs(values - middle))), LEAST_SPREAD * middle)
        for place, share in shares.items():
            if share < middle - LOW_MADS * spread:
                wells.flag(place, "low_mapping")
                n += 1
    return [f"{n} wells have a low share of mapped reads; they are left out of baselines"] if n else []


def unlike_metadata(wells: Wells) -> list[str]:
    """Say how many wells have other totals than their metadata: counts of another well, file or processing.

    Returns
    -------
    list of str
        What to tell, where there are any.
    """
    odd = []
    for sample, size in zip(wells.samples, wells.sizes, strict=True):
        told = _figure(sample, "total_umi_count")
        if told is not None and told > 0 and not 1.0 / OTHER_TOTAL < size / told < OTHER_TOTAL:
            odd.append(f"{sample.sequenced_id} ({size:,.0f} counts, {told:,.0f} in the metadata)")
    if not odd:
        return []
    shown = ", ".join(odd[:SHOWN]) + (", ..." if len(odd) > SHOWN else "")
    return [
        f"{len(odd)} wells have other totals than total_umi_count says: {shown}; check that counts and metadata belong together"
    ]


def _figure(sample: SampleRow, column: str) -> float | None:
    """Figure of a well in a column of the metadata, where there is one."""
    text = dict(sample.extra).get(column, "").strip()
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def block_name(plate: str | None, sample: SampleRow, *, several: bool) -> str:
    """Name the wells that share a baseline: a plate, parted by cell line and time where it holds several."""
    name = plate or NO_PLATE
    if not several:
        return name
    time = "unknown time" if sample.time_h is None else f"{sample.time_h:g} h"
    return f"{name}, {sample.cell_line or 'unknown cell line'}, {time}"


def order(treatment: Treatment) -> tuple[int, float, float, str]:
    """Sort treatments by compound, dose, time and cell line, unknown ones first."""
    compound_id, dose_um, time_h, cell_line = treatment
    return compound_id, dose_um or 0.0, time_h or 0.0, cell_line or ""
