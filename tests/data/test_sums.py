"""Sums of genes, judged by printed arithmetic and by writing what is then read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.data import genes
from vcpi.data.panels import panel
from vcpi.data.sums import GeneSum, folded, parse_sum, present_symbol, sums
from vcpi.errors import InputError

SYMBOLS = sorted(gene.gene_symbol for gene in genes() if gene.gene_symbol)
TERMS = st.lists(
    st.tuples(
        st.sampled_from([*SYMBOLS, "MT-CO1", "HLA-DRA", "H1-0", "UNKNOWN9", "ENSG00000170345"]),
        st.sampled_from([1.0, 2.0, 0.5, 0.125, 1e-7, 123456.75]),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda term: term[0],
)


@pytest.mark.parametrize(
    ("name", "values", "printed"),
    [
        ("erk-sum", {"FOS": 1.77, "EGR1": 2.09, "MAPK3": 0.40}, 4.26),
        ("erk-sum", {"FOS": 1.87, "EGR1": 1.43, "MAPK3": 0.43}, 3.73),
        ("erk-sum", {"FOS": 1.44, "EGR1": 1.62, "MAPK3": 0.25}, 3.31),
        ("ifn-sum", {"MX1": 4.42, "ISG15": 3.74, "IFIT1": 2.49, "STAT1": 1.86}, 12.51),
    ],
)
def test_the_printed_scores_of_the_hand_made_report(name: str, values: dict[str, float], printed: float) -> None:
    assert sum(weight * values[symbol] for symbol, weight in parse_sum(name).weights) == pytest.approx(
        printed, abs=1e-9
    )


def test_shipped_sums_warn_and_point_to_a_panel() -> None:
    for total in sums():
        assert total.caution
        assert total.title
        assert panel(total.instead).signed
        shared = set(total.symbols) & set(panel(total.instead).symbols)
        assert shared or total.name == "erk-sum"  # the slow ERK panel leaves its handling-sensitive genes out
    low = {gene.symbol for key in ("nfkb", "ifn", "erk", "erk-components") for gene in panel(key).genes if gene.low}
    assert {symbol for total in sums() for symbol in total.symbols} & low == {"IL6", "CXCL10", "IFIT1"}
    for symbol in ("IL6", "CXCL10", "IFIT1"):
        assert any(symbol in total.caution for total in sums())


@pytest.mark.parametrize("name", ["erk-sum", "ERK score", "erk_sum", " Erk-Sum "])
def test_a_shipped_sum_is_found_in_any_spelling(name: str) -> None:
    assert parse_sum(name) is sums()[0]


def test_no_sum_is_called_like_a_panel() -> None:
    for total in sums():
        for name in (total.name, *total.aliases):
            with pytest.raises(InputError, match="No panel"):
                panel(name)


@given(terms=TERMS, gaps=st.lists(st.sampled_from(["", " ", "  "]), min_size=40, max_size=40))
def test_what_is_written_is_read(terms: list[tuple[str, float, bool]], gaps: list[str]) -> None:
    gap = iter(gaps)
    text = ""
    for place, (symbol, weight, minus) in enumerate(terms):
        sign = " -" if minus else "+" if place else ""  # a blank before a minus sets it off from a hyphen
        number = f"{weight:.7f}{next(gap)}*{next(gap)}" if weight != 1 else ""
        text += f"{sign}{next(gap)}{number}{symbol}{next(gap)}"
    read = parse_sum(text)
    assert read.weights == tuple((symbol, -weight if minus else weight) for symbol, weight, minus in terms)
    assert parse_sum(read.name) == read
    assert read.expression == read.name


@given(st.lists(st.sampled_from(SYMBOLS), min_size=2, max_size=6, unique=True))
def test_hyphens_without_blanks_part_what_is_no_symbol(symbols: list[str]) -> None:
    assert parse_sum("-".join(symbols)).symbols == tuple(symbols)


@given(st.text(max_size=30) | st.text(alphabet="FOSJUN+-*. 1205", max_size=20))
def test_any_text_is_a_sum_or_one_line_of_error(text: str) -> None:
    try:
        read = parse_sum(text)
    except InputError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
        assert "expected gene symbols" in str(error)  # noqa: PT017
    else:
        assert read.weights
        assert all(weight for _, weight in read.weights)


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("FOS", (("FOS", 1.0),)),
        ("-FOS", (("FOS", -1.0),)),
        ("erk1 + mcp-1", (("MAPK3", 1.0), ("CCL2", 1.0))),
        ("FOS\u2212JUN", (("FOS", 1.0), ("JUN", -1.0))),
        ("2\u00d7FOS", (("FOS", 2.0),)),
        ("HLA-DRA-CD74", (("HLA-DRA", 1.0), ("CD74", -1.0))),
        ("MT-ND1-MT-ND2", (("MT-ND1", 1.0), ("MT-ND2", -1.0))),
        ("HLA-DRA - CD74", (("HLA-DRA", 1.0), ("CD74", -1.0))),
        ("HLA - DRA", (("HLA", 1.0), ("DRA", -1.0))),
        ("ZEB1-AS1+FOS", (("ZEB1-AS1", 1.0), ("FOS", 1.0))),
    ],
)
def test_sums_as_people_write_them(text: str, weights: tuple[tuple[str, float], ...]) -> None:
    assert parse_sum(text).weights == weights


def test_symbols_of_a_dataset_keep_their_hyphens() -> None:
    assert parse_sum("FOO-BAR").symbols == ("FOO", "BAR")
    assert parse_sum("FOO-BAR", known={"foo-bar"}).symbols == ("FOO-BAR",)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "names no gene"),
        ("+", r"ends after '\+'"),
        ("FOS+", r"ends after '\+'"),
        ("FOS++JUN", r"has '\+' where a gene is due"),
        ("FOS JUN", "has no . or - before 'JUN'"),
        ("2FOS", "has '2FOS' where a gene is due"),
        ("FOS/JUN", "has 'FOS/JUN' where a gene is due"),
        ("0*FOS", "has the weight 0"),
        ("9" * 400 + "*FOS", "has the weight 9{60}"),
        ("ERK1+MAPK3", "names MAPK3 twice"),
        ("FOS-FOS", "names FOS twice"),
        ("FOS*2", r"has no . or - before '\*'"),
    ],
)
def test_bad_sums(text: str, what: str) -> None:
    with pytest.raises(InputError, match=rf"^Sum '.*{what}.*; expected gene symbols joined by "):
        parse_sum(text)


def test_names_are_folded_and_symbols_brought_up_to_date() -> None:
    assert folded("NF-\u03baB") == "nf\u03bab"
    assert present_symbol(" ddx58 ") == "RIGI"
    assert present_symbol("TAZ") == "TAZ"  # means two genes


def test_a_sum_is_frozen() -> None:
    with pytest.raises(AttributeError):
        GeneSum(name="x", weights=()).name = "y"  # type: ignore[misc]
