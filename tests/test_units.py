from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.errors import InputError
from vcpi.units import is_missing, parse_bool, parse_dose, parse_time

EXPONENT = {"pM": -6, "nM": -3, "uM": 0, "µM": 0, "μM": 0, "mM": 3, "M": 6}  # powers of ten between the unit and µM


@given(st.decimals(min_value=0, max_value=10**6, places=4), st.sampled_from(sorted(EXPONENT)))
def test_dose_agrees_with_decimal_arithmetic(value, unit):
    expected = float(value.scaleb(EXPONENT[unit]))
    assert parse_dose(str(value), unit) == pytest.approx(expected, rel=1e-15, abs=0)
    assert parse_dose(f"{value} {unit}") == parse_dose(str(value), unit)


@pytest.mark.parametrize("nanomolar", [30, 100, 300, 1000, 3000, 10000])
def test_the_same_dose_in_nm_and_um_is_one_float(nanomolar):
    assert parse_dose(str(nanomolar), "nM") == float(Decimal(nanomolar) / 1000)


@pytest.mark.parametrize("unit", ["NM", "nm", " nM "])
def test_case_of_a_unit_does_not_matter(unit):
    assert parse_dose("10000", unit) == 10.0


@pytest.mark.parametrize(("value", "unit"), [("0.15", "%"), ("", "nM"), ("nan", "uM"), (None, None), ("-666", "µM")])
def test_a_percentage_and_a_missing_value_are_no_dose(value, unit):
    assert parse_dose(value, unit) is None


@pytest.mark.parametrize(
    ("value", "unit", "message"),
    [
        ("10", "mg/ml", r"Unknown dose unit 'mg/ml'; expected one of pM, nM, uM, µM, mM, M, %\Z"),
        ("10", None, "Dose 10 has no unit"),
        ("ten", "nM", "Dose is 'ten'; expected a finite number"),
        ("10,5", "nM", "Dose is '10,5'; expected a finite"),
        ("-3", "uM", "expected 0 or more"),
        (math.inf, "uM", "expected a finite number"),
        ("1e999", "uM", "expected a finite number"),
    ],
)
def test_an_impossible_dose_is_refused(value, unit, message):
    with pytest.raises(InputError, match=message):
        parse_dose(value, unit)


@pytest.mark.parametrize("text", ["24h", 24, "24", "24 h", "24.0 hours", "1d", "1 day", "1440 min", "86400 s"])
def test_a_day_is_24_hours_however_written(text):
    assert parse_time(text) == pytest.approx(24.0)


@pytest.mark.parametrize(("text", "message"), [("24 fortnights", "'fortnights'"), ("soon", "'soon'"), ("-1 h", "0 or")])
def test_an_impossible_time_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_time(text)


@pytest.mark.parametrize("value", [True, "True", "true", "TRUE", 1, "1", 1.0, "yes"])
def test_true_however_written(value):
    assert parse_bool(value) is True


@pytest.mark.parametrize("value", [False, "False", "false", 0, "0", "no"])
def test_false_however_written(value):
    assert parse_bool(value) is False


def test_a_truth_value_may_be_missing_but_not_odd():
    assert parse_bool("") is None
    with pytest.raises(InputError, match="'maybe' is no truth value"):
        parse_bool("maybe")


@given(st.text(max_size=12))
def test_readers_answer_or_refuse_and_never_crash(text):
    for read in (parse_dose, parse_time, parse_bool):
        try:
            answer = read(text)
        except InputError:
            continue
        assert answer is None or answer >= 0
        assert (answer is None) <= (is_missing(text) or "%" in text or "percent" in text.casefold())


@pytest.mark.parametrize(
    ("read", "value", "unit"),
    [
        (parse_dose, "1e307", "M"),
        (parse_dose, "1e306 mM", None),
        (parse_time, "1e308wk", None),
        (parse_time, 1e308, "d"),
    ],
)
def test_what_its_unit_makes_infinite_is_refused(read, value, unit):
    with pytest.raises(InputError, match="beyond all numbers"):
        read(value, unit)
    assert math.isfinite(read("1e300", unit or "M" if read is parse_dose else "d"))


@pytest.mark.parametrize("parse", [parse_dose, parse_time, parse_bool])
@pytest.mark.parametrize("value", ["x" * 5_000, "7" * 400, "1" + "q" * 5_000, "-" + "1" * 300 + " uM"])
def test_a_long_value_is_cut_in_the_message(parse, value):
    with pytest.raises(InputError) as refused:
        parse(value)
    assert len(str(refused.value)) < 300
