"""Names are compared as people mean them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.naming import is_inchikey, is_skeleton, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brefeldin-A", "brefeldin a"),
        ("RAD001", "RAD-001"),
        ("β-estradiol", "beta-Estradiol"),
        ("Staurosporine ", "STAUROSPORINE"),
        ("FK506", "fk 506"),  # a no-break space, as spreadsheets paste it
        ("5\u2032-deoxyadenosine", "5'-deoxyadenosine"),
    ],
)
def test_spellings_of_one_name_agree(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("(+)-JQ1", "(-)-JQ1"), ("torin-1", "torin-2"), ("PP242", "PP-24-1")])
def test_different_names_stay_different(one, other):
    assert name_key(one) != name_key(other)


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_a_key_is_never_empty_and_does_not_change_by_case(text):
    assert name_key(text)
    assert name_key(f"  {text} ") == name_key(text)


def test_inchikeys_are_told_from_names():
    assert is_inchikey("QFJCIRLUMZQUOT-HPLJOQBZSA-N")
    assert is_skeleton("QFJCIRLUMZQUOT")
    assert not is_inchikey("QFJCIRLUMZQUOT-HPLJOQBZSA")
    assert not is_skeleton("everolimus")
