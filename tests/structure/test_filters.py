"""Conditions on descriptors. Judges: Python's own comparison, and known drugs."""

from __future__ import annotations

import sqlite3
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.errors import InputError
from vcpi.records import Compound, Descriptors
from vcpi.structure.filters import NAMES, parse_filter, parse_filters
from vcpi.structure.identity import standardize

PYTHON = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
    "=": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
}
NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 2))


@given(sign=st.sampled_from(sorted(PYTHON)), limit=NUMBERS, value=NUMBERS)
def test_a_bound_is_pythons_comparison_in_either_order(sign, limit, value):
    record = {"log_p": value}
    assert parse_filter(f"logP {sign} {limit!r}")(record) == PYTHON[sign](value, limit)
    assert parse_filter(f"{limit!r}{sign}log_p")(record) == PYTHON[sign](limit, value)


@given(low=NUMBERS, high=NUMBERS, value=NUMBERS)
def test_a_range_is_pythons_chain(low, high, value):
    if low >= high:
        with pytest.raises(InputError, match="No value fulfils"):
            parse_filter(f"{low!r}<mw<{high!r}")
        return
    record = {"molecular_weight": value}
    assert parse_filter(f"{low!r} <= mw < {high!r}")(record) == (low <= value < high)
    assert parse_filter(f"{high!r} > MW >= {low!r}")(record) == (low <= value < high)


def test_lipinskis_rule_of_five_on_known_drugs(rapalogs):
    rule = parse_filters(["mw<=500", "logp<=5", "hbd<=5", "hba<=10"])
    assert rule(standardize("CC(=O)Oc1ccccc1C(=O)O").descriptors)
    assert not rule(standardize(rapalogs["sirolimus"]).descriptors)
    assert parse_filter("914<mw<914.5, rings=4, rotb>=6")(standardize(rapalogs["sirolimus"]).descriptors)


def test_every_number_that_is_counted_can_be_asked_about():
    assert set(NAMES) == {field.name for field in fields(Descriptors)} - {"formula", "scaffold"}
    record = dict.fromkeys(NAMES, 1.0)
    for field, names in NAMES.items():
        for name in (field, *names):
            assert parse_filter(f"{name.upper()}≥1")(record)
            assert not parse_filter(f"{name}>1")(record)


def test_compounds_and_rows_of_sqlite_are_asked_alike():
    rule = parse_filter("mw<500")
    row = sqlite3.connect(":memory:")
    row.row_factory = sqlite3.Row
    assert rule(row.execute("SELECT 180.2 AS molecular_weight").fetchone())
    assert not rule(row.execute("SELECT NULL AS molecular_weight").fetchone())
    assert not rule(row.execute("SELECT 1 AS other").fetchone())
    assert rule(Compound(compound_id=1, name="a", inchikey=None, smiles=None, molecular_weight=180.2))
    unknown = Compound(compound_id=1, name="a", inchikey=None, smiles=None)
    assert not rule(unknown)
    assert not parse_filter("mw!=3")(unknown)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "colour<3",
            r"Unknown descriptor 'colour' in 'colour<3'; expected one of mw, logp, tpsa, hbd, hba, rotb, rings",
        ),
        ("ring>2", "nearest is 'rings'"),
        ("mw<", "Not a condition: 'mw<'"),
        ("<500", "Not a condition: '<500'"),
        ("mw", "Not a condition: 'mw'"),
        ("", "Not a condition"),
        ("mw<nan", "Not a condition"),
        ("mw<inf", "Not a condition"),
        ("logp<2,5", "Not a condition: '5'"),
        ("300<=mw>=600", "Not a condition: '300<=mw>=600'"),
        ("mw<500<600", "Not a condition"),
        ("600<=mw<=300", "No value fulfils '600<=mw<=300'; expected the lower number on the smaller side"),
        ("3<mw<=3", "No value fulfils"),
        ("mw<500; drop table compound", "Not a condition"),
        ("1<2", "Not a condition"),
    ],
)
def test_what_is_no_condition_is_refused_in_one_line(text, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_filter(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_no_condition_lets_everything_through_and_a_point_is_a_range():
    assert parse_filters([])({})
    assert parse_filter("3<=rings<=3")({"n_rings": 3})
