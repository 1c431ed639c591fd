"""What does not go together in a fact file: figures published beforehand, properties, and planted faults."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.database.conflicts import half_unit, number, smallest_panel
from vcpi.database.fact_identity import check_facts
from vcpi.facts import Document, FactCompound, FactFile, Property, Sum, Table
from vcpi.ingest.facts import read_facts, shipped_fact_files

FILES = {path.stem: path for path in shipped_fact_files()}


@pytest.fixture(scope="module")
def report():
    return check_facts(read_facts(FILES["rapamycin-thp1"]).facts)


def of(found, kind):
    return {one.subject: one for one in found if one.kind == kind}


def test_erk_sums_are_added_up_again(report):
    sums = of(report, "sum")
    assert {
        name: (one.level, one.found.split("= ")[1][:4]) for name, one in sums.items() if name.startswith("ERK")
    } == {
        "ERK score of 9250705": ("agrees", "4.26"),
        "ERK score of 8799982": ("agrees", "3.73"),
        "ERK score of 8632851": ("agrees", "3.31"),
        "ERK score of 8633429": ("rounding", "3.05"),
    }
    assert sums["IFN score of 9318433"].level == "agrees"
    assert "= 12.51" in sums["IFN score of 9318433"].found
    assert sums["NF-kB score of 8633429"].level == "open"
    assert "IL6 + CXCL10 would be 1.02" in sums["NF-kB score of 8633429"].found


def test_panel_means_need_more_genes_than_are_listed(report):
    """The sizes were worked out by hand when the report was first read."""
    sizes = {"mTOR / rapamycin": 20, "ERK / MAPK": 20, "TLR / STING / NF-kB / IFN": 23, "AKT / PI3K": 18, "AMPK": 19,  # codespell:ignore sting
             "p53 / apoptosis": 15}  # fmt: skip
    means = of(report, "panel mean")
    assert set(means) == set(sizes)
    for name, size in sizes.items():
        assert f"only if the panel has {size} genes" in means[name].found
    assert (
        "mean of the 8 genes listed -0.305 (absolute 0.543); printed -0.063 (0.285)" in means["mTOR / rapamycin"].found
    )


def test_two_analyses_not_three(report):
    pairs = of(report, "analyses")
    assert "the same figures for all 17 genes" in pairs["rapamycin: part 1 and part 3"].found
    found = pairs["rapamycin: part 1 and part 2"].found
    for figure in ("11 genes shared", "correlation 0.87", "root mean square difference 0.66", "median difference 0.44",
                   "10 of 11 signs agree", "CDKN1A 1.79, FOXO3 0.73, ISG15 0.48"):  # fmt: skip
        assert figure in found


def test_only_p21_turns_its_sign(report):
    assert {name: one.found for name, one in of(report, "sign").items()} == {
        "CDKN1A": "-1.11 (part 1), +0.683 (part 2), -1.11 (part 3): the sign differs"
    }


def test_identity_table_of_the_report_agrees_with_the_structures(report):
    identity = of(report, "identity")
    assert len(identity) == 14
    assert {one.level for one in identity.values()} == {"agrees"}


def test_vendor_mass_of_novolimus_contradicts_its_structure():
    (found,) = check_facts(read_facts(FILES["novolimus"]).facts)
    assert found.level == "contradiction"
    assert "printed 933.14 g/mol" in found.found
    assert "the structure gives 900.16" in found.found


def test_claims_stand_side_by_side(report):
    claims = of(report, "claims")
    assert len(claims) == 12
    assert all(len(one.claims) == 2 and one.level == "contradiction" for one in claims.values())
    assert (
        "EGR1 of rapamycin, part 1: +1.76; EGR1 of tacrolimus, part 1: +1.75"
        in claims["rapamycin against calcineurin inhibitors"].found
    )
    assert "1,480" in claims["number of vehicle wells"].claims[1]


def small(*tables, properties=()):
    compound = FactCompound(key="a", name="aspirin", smiles="CC(=O)Oc1ccccc1C(=O)O", properties=properties)
    return FactFile(document=Document(id="d", title="t", kind="publication"), compounds=(compound,), tables=tables)


def sum_level(total, *parts):
    columns = ("x", "total", *(f"p{place}" for place in range(len(parts))))
    table = Table(
        id="t", title="t", columns=columns, rows=(("r", total, *parts),), sums=(Sum(total="total", of=columns[2:]),)
    )
    (found,) = check_facts(small(table))
    return found.level


@pytest.mark.parametrize(
    ("cells", "level"),
    [
        (("3.0", "1.0", "2.0"), "agrees"),
        (("3.1", "1.0", "2.0"), "rounding"),
        (("3.2", "1.0", "2.0"), "contradiction"),
        (("3", "1.2", "2.2"), "agrees"),
        (("-1.0", "1.0", "\u22122.0"), "agrees"),
        (("3.0", "1.0", None), "open"),
        (("3.0", None, None), "open"),
    ],
)
def test_a_sum_is_judged_by_its_printed_digits(cells, level):
    assert sum_level(*cells) == level


@given(st.lists(st.decimals(-9, 9, places=2), min_size=1, max_size=5))
def test_a_total_of_rounded_parts_never_contradicts(parts):
    """Whatever is rounded away of the parts, the total of the exact values is no contradiction."""
    total = sum(parts, Decimal(0)).quantize(Decimal("0.1"))
    rounded = [str(part.quantize(Decimal("0.1"))) for part in parts]
    assert sum_level(str(total), *rounded) in {"agrees", "rounding"}


@given(st.lists(st.floats(-3, 3).filter(lambda value: abs(value) > 0.01), min_size=3, max_size=40), st.integers(1, 3))
def test_a_true_panel_is_never_said_to_be_too_small(values, n_listed):
    """The smallest size that the means allow is at most the size of the panel that they came from."""
    listed = sorted(values, key=abs, reverse=True)[:n_listed]
    size = len(values)
    found = smallest_panel(listed, signed=sum(values) / size, absolute=sum(map(abs, values)) / size)
    assert found is not None
    assert n_listed <= found <= size


def test_an_impossible_mean_has_no_panel():
    assert smallest_panel([1.0, 1.0], signed=0.9, absolute=0.1) is None


@given(st.decimals(-1000, 1000, places=3))
def test_printed_numbers_are_read_exactly(value):
    assert number(f"{value:+}") == value
    assert half_unit(value) == Decimal("0.0005")


@pytest.mark.parametrize(
    ("entry", "level"),
    [
        (Property(name="molecular_weight", value="180.16"), "agrees"),
        (Property(name="molecular_weight", value="180.2"), "agrees"),
        (Property(name="molecular_weight", value="181"), "contradiction"),
        (Property(name="formula", value="C9H8O4"), "agrees"),
        (Property(name="formula", value="C9H8O5"), "contradiction"),
        (Property(name="tanimoto", value="1.00", to="a"), "agrees"),
        (Property(name="melting point", value="135", unit="°C"), "open"),
    ],
)
def test_properties_of_aspirin(entry, level):
    (found,) = check_facts(small(properties=(entry,)))
    assert found.level == level


def test_a_property_without_a_structure_is_open():
    facts = small(properties=(Property(name="molecular_weight", value="180.16"),))
    bare = replace(facts, compounds=(replace(facts.compounds[0], smiles=None),))
    assert [one.level for one in check_facts(bare)] == ["open"]
    assert [one.level for one in check_facts(bare, smiles={"a": "CC(=O)Oc1ccccc1C(=O)O"})] == ["agrees"]


def test_one_gene_with_two_values_in_one_analysis_is_told():
    tables = tuple(
        Table(
            id=name,
            title=name,
            compound="a",
            analysis="one",
            quantity="log2fc",
            columns=("g", "v"),
            rows=(("FOS", value),),
        )
        for name, value in (("t1", "1.0"), ("t2", "1.1"))
    )
    (found,) = check_facts(small(*tables))
    assert (found.level, found.subject, found.found) == ("contradiction", "FOS", "+1.0 and +1.1 in one")
