"""Flags of wells, judged by wells that were made to be flagged."""

import numpy as np
import pytest

from vcpi.assemble.wells import Wells, flag_low_mapping
from vcpi.records import SampleRow


def wells(shares):
    made = Wells()
    for place, share in enumerate(shares):
        extra = () if share is None else (("percent_mapped", str(share)),)
        made.samples.append(
            SampleRow(file="f", row=place + 1, sequenced_id=str(place), role="library", plate="p", extra=extra)
        )
        made.usable.append(True)
        made.flags.append(())
    made.blocks["p"] = list(range(len(shares)))
    return made


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_a_well_far_below_its_plate_is_flagged_on_either_scale(scale):
    shares = np.random.default_rng(0).normal(85, 2, size=40) * scale
    shares[7] = 40 * scale
    made = wells(shares)
    assert flag_low_mapping(made) == ["1 wells have a low share of mapped reads; they are left out of baselines"]
    assert [place for place, flags in enumerate(made.flags) if flags] == [7]
    assert not made.usable[7]


@pytest.mark.parametrize("shares", [[80.0] * 20, [None] * 20, ["n/a"] * 20, [80.0, 20.0, 80.0]])
def test_equal_unknown_and_few_shares_flag_nothing(shares):
    made = wells(shares)
    assert flag_low_mapping(made) == []
    assert all(made.usable)
