"""What Python calls make of wrong types and values: an InputError of one line that says what was expected."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from vcpi.database import Database
from vcpi.database.filters import Filter
from vcpi.errors import InputError


@pytest.fixture(scope="module")
def opened(demo_home):
    with Database(demo_home) as database:
        yield database


@pytest.fixture(scope="module")
def moving(opened):
    """The genes that everolimus moves most, gene → z."""
    rows = sorted(opened.signature("everolimus"), key=lambda row: -abs(row["z"]))
    return pd.Series({row["gene_id"]: row["z"] for row in rows[:200]})


def ranking(answer):
    return [(hit.name, hit.connectivity) for hit in answer.records]


def refused(call, *texts):
    """Check that a call ends in an InputError of one line that holds some texts."""
    with pytest.raises(InputError, match=r"\A[^\n]+\Z") as caught:
        call()
    for text in texts:
        assert re.search(text, str(caught.value)), str(caught.value)


@pytest.mark.parametrize("k", [1.5, "3", None, float("nan"), True, 0, -1])
def test_a_number_of_hits(opened, k):
    for call in (
        lambda: opened.like("everolimus", k=k),
        lambda: opened.analogs("everolimus", k=k),
        lambda: opened.query(up=["TP53"], k=k),
        lambda: opened.evaluate(k=k),
    ):
        refused(call, "k is", re.escape(str(k)))


@pytest.mark.parametrize("name", [None, 5, b"x", [1], ["everolimus", None], {"a": 1}, 2.0])
def test_a_name(opened, name):
    refused(lambda: opened.like(name), "expected text")
    refused(lambda: opened.explain(name, "sirolimus"), "expected text")


@pytest.mark.parametrize("name", [None, 5, b"x", ["everolimus"]])
def test_one_name(opened, name):
    for call in (opened.compound, opened.analogs, opened.signature, opened.table, opened.substructure):
        refused(lambda call=call: call(name), "expected text")


@pytest.mark.parametrize("name", ["ever\0olimus", "ever\ud800olimus"])
def test_a_name_that_is_no_text(opened, name):
    for call in (opened.like, opened.analogs, opened.compound, opened.table, opened.substructure):
        refused(lambda call=call: call(name), "ever", "NUL|half of a letter")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"dataset": 1}, "dataset is 1"),
        ({"method": ["cosine"]}, "method is"),
        ({"method": None}, "method is None"),
        ({"where": "mw<500"}, "where is 'mw<500'.*Filter"),
        ({"without": 5}, "without is 5"),
        ({"without": [5]}, "Item 1 of without is 5"),
        ({"reverse": "no"}, "reverse is 'no'"),
        ({"exclude_same_plate": 1}, "exclude_same_plate is 1"),
    ],
)
def test_options_of_like(opened, options, told):
    refused(lambda: opened.like("everolimus", **options), told)


def test_other_options(opened):
    refused(lambda: opened.analogs("everolimus", cutoff="0.5"), "cutoff is '0.5'")
    refused(lambda: opened.query(up=["TP53"], min_genes=None), "min_genes is None")
    refused(lambda: opened.query(up=["TP53"], min_genes=0), "min_genes is 0")
    refused(lambda: opened.explain("everolimus", "sirolimus", gene_sets="x"), "gene_sets is 'x'")
    refused(lambda: opened.explain("everolimus", "sirolimus", gene_sets={"x": 5}), "Gene set 'x'")
    refused(lambda: opened.compare(5), "names is 5")
    refused(lambda: opened.draw_compared(5), "names is 5")
    refused(lambda: opened.hops(same_plate="x"), "same_plate is 'x'")
    refused(lambda: opened.verify(deep="x"), "deep is 'x'")
    refused(lambda: opened.compared("x"), "signature_id is 'x'")
    refused(lambda: opened.cliffs(cutoff="0.5"), "cutoff is '0.5'")
    refused(lambda: opened.hops(cutoff="0.5"), "cutoff is '0.5'")
    refused(lambda: opened.map(cutoff="0.5"), "cutoff is '0.5'")
    refused(lambda: opened.evaluate(seed="x"), "seed is 'x'")
    refused(lambda: opened.classes("everolimus", top=1.5), "top is 1.5")
    refused(lambda: opened.classes("everolimus", kinds=5), "kinds is 5")
    refused(lambda: opened.classes("everolimus", smarts="C"), "smarts is 'C'")
    refused(lambda: opened.classes(kind=5), "kind is 5")


@pytest.mark.parametrize(
    "parts",
    [
        {"dose_um": [1, 10]},
        {"dose_um": "10"},
        {"dose_um": (1, 10, 20)},
        {"time_h": (None, 24)},
        {"cell_line": 5},
        {"labels": 5},
        {"descriptors": [1]},
        {"substructure": 5},
        {"active": "yes"},
    ],
)
def test_a_filter(parts):
    (name,) = parts
    refused(lambda: Filter(**parts), "SMARTS" if name == "substructure" else name)


def test_one_text_is_one_name(opened):
    one, listed = (opened.like("vistusertib", without=text) for text in ("everolimus", ["everolimus"]))
    assert ranking(one) == ranking(listed)
    assert Filter(labels="mTOR kinase inhibitor") == Filter(labels=("mTOR kinase inhibitor",))
    answer = opened.query(up="TP53", min_genes=1)
    assert answer.genes["n_ids"] == 1


def test_lists_of_genes_of_any_kind(opened, moving):
    ids = list(moving.index[:30])
    plain = ranking(opened.query(up=ids))
    for kind in (tuple, np.array, pd.Series, pd.Index):
        assert ranking(opened.query(up=kind(ids))) == plain
    numbers = [row["entrez_id"] for row in opened.signature("everolimus") if row["entrez_id"]][:30]
    if numbers:
        assert ranking(opened.query(up=np.array(numbers, dtype=np.int64))) == ranking(opened.query(up=numbers))
    refused(lambda: opened.query(up=["TP53", 1.5]), "Item 2 of up is 1.5")
    refused(lambda: opened.query(up=np.array([["TP53"]])), "shape")
    refused(lambda: opened.query(up=[f"G{n}" for n in range(500_001)]), "500,001")


def test_a_signature_is_gene_and_value(opened, moving):
    plain = ranking(opened.query(signature=moving))
    assert ranking(opened.query(signature=dict(moving))) == plain
    assert ranking(opened.query(signature=moving.astype(object))) == plain
    assert ranking(opened.query(signature=moving.astype("Float64"))) == plain
    for wrong in (list(moving), moving.to_numpy(), moving.to_frame(), "x", 5):
        refused(lambda wrong=wrong: opened.query(signature=wrong), "pandas Series", type(wrong).__name__)


@pytest.mark.parametrize(
    "values",
    [
        [datetime(2026, 1, 1)] * 200,
        [timedelta(days=1)] * 200,
        [1j] * 200,
        [True] * 200,
        ["up"] * 200,
        [[1.0]] * 200,
        ["1.5"] * 200,
        [datetime(2026, 1, 1), *[1.0] * 199],
    ],
)
def test_values_that_are_no_numbers(opened, moving, values):
    refused(lambda: opened.query(signature=pd.Series(values, index=moving.index)), "expected a? ?number")


def test_an_index_that_counts_rows_names_no_genes(opened, moving):
    nobody = [None, *moving.index[1:]]
    for index in (
        None,
        list(range(len(moving))),
        np.arange(len(moving)) * 1.0,
        nobody,
        pd.MultiIndex.from_arrays([moving.index, moving.index]),
    ):
        refused(lambda index=index: opened.query(signature=pd.Series(moving.to_numpy(), index=index)), "gene")
    numbers = {row["gene_id"]: row["entrez_id"] for row in opened.signature("everolimus")}
    known = [name for name in moving.index if numbers[name]]
    if len(known) >= 10:
        by_number = pd.Series(moving[known].to_numpy(), index=[int(numbers[name]) for name in known])
        assert ranking(opened.query(signature=by_number)) == ranking(opened.query(signature=moving[known]))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("value", "told"), [(1e308, r"1e\+308 for gene"), (np.nan, "not finite"), (np.inf, "not finite")]
)
def test_values_beyond_numbers(opened, moving, value, told):
    bent = moving.copy()
    bent.iloc[7] = value
    refused(lambda: opened.query(signature=bent), told, moving.index[7])


def test_of_two_values_of_a_gene_the_farther_one_counts(opened, moving):
    """Under another name as well, and wherever it stands; as if the other were not there."""
    symbols = {row["gene_id"]: row["gene_symbol"] for row in opened.signature("everolimus")}
    gene = next(name for name in moving.index if symbols[name] and symbols[name] != name)
    near = pd.Series({symbols[gene]: moving[gene] / 3})
    plain = opened.query(signature=moving)
    for twice in (pd.concat([moving, near]), pd.concat([near, moving])):
        answer = opened.query(signature=twice)
        assert dict(ranking(answer)) == pytest.approx(dict(ranking(plain)))
        assert any("farthest from 0" in caveat and "1 values" in caveat for caveat in answer.caveats)
    assert not any("farthest from 0" in caveat for caveat in plain.caveats)


def test_a_member_of_the_query_is_no_hit_to_explain(opened):
    refused(lambda: opened.explain(["sirolimus", "everolimus"], "everolimus"), "everolimus is part of the query")
    refused(lambda: opened.explain("everolimus", "everolimus"), "query itself")


def test_the_analogs_of_an_unmeasured_compound_pass_the_filter(opened):
    smiles = "CC(=O)Oc1ccccc1C(=O)OC"
    label = "mTOR kinase inhibitor"
    answer = opened.like(smiles, where=Filter(labels=(label,)), k=4, reverse=True, without="sirolimus")
    assert len(answer.analogs) == 4
    assert all(label in opened.compound(hit.inchikey).classes for hit in answer.analogs)
    assert any("filtered" in caveat for caveat in answer.caveats)
    assert any("not used" in caveat and "reverse, without" in caveat for caveat in answer.caveats)
    light = opened.like(smiles, where=Filter(descriptors=("mw<300",)))
    assert all(opened.compound(hit.inchikey).molecular_weight < 300 for hit in light.analogs)


def test_another_scaffold_than_that_of_a_structure_from_outside(opened):
    smiles = "O=C(O)c1ccccc1OCC"  # its scaffold is benzene
    kept = opened.analogs(smiles, k=300, where=Filter(different_scaffold=True))
    everyone = opened.analogs(smiles, k=300)
    benzenes = {hit.name for hit in everyone.records if hit.same_scaffold}
    assert benzenes
    assert {hit.name for hit in everyone.records} - {hit.name for hit in kept.records} == benzenes
