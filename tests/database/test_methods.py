"""Every connectivity score through the database: mirrored, unmoved by order, at its level on noise, finding what is planted."""

import numpy as np
import pandas as pd
import pytest

from vcpi.database import Database
from vcpi.errors import InputError
from vcpi.signature.calibration import benjamini_hochberg
from vcpi.signature.connectivity import METHODS, score
from vcpi.signature.nullmodel import unit_rows
from vcpi.signature.scores.null import score_null
from vcpi.store import read

SIGNATURE = sorted(name for name, method in METHODS.items() if "signature" in method.takes)
LISTS = sorted(name for name, method in METHODS.items() if "lists" in method.takes)


@pytest.fixture(scope="module")
def opened(demo_home):
    with Database(demo_home) as database:
        yield database


@pytest.mark.parametrize("method", SIGNATURE)
def test_the_opposite_of_a_negated_signature_is_the_likeness_of_it(opened, method):
    rows = opened.signature("everolimus")
    values = pd.Series([row["z"] for row in rows], index=[row["gene_id"] for row in rows])
    likes = opened.query(signature=values, k=300, method=method)
    mirrored = opened.query(signature=-values, k=300, method=method, reverse=True)
    left = {hit.name: hit.connectivity for hit in likes.records}
    right = {hit.name: -hit.connectivity for hit in mirrored.records}
    assert left.keys() == right.keys()
    for name, value in left.items():
        assert value == pytest.approx(right[name], abs=1e-4 * max(1.0, abs(value)))
    assert [hit.name for hit in likes.records[:10]] == [hit.name for hit in mirrored.records[:10]]


@pytest.mark.parametrize("method", SIGNATURE)
def test_the_rapalogs_are_found_by_every_method(opened, method):
    answer = opened.like("sirolimus", k=8, method=method)
    assert answer.method["name"] == method
    classes = [opened.compound(hit.inchikey).classes for hit in answer.records]
    assert sum(any(label.startswith("mTOR") for label in own) for own in classes) >= 6
    assert answer.records[0].q_noise < 0.05


@pytest.mark.parametrize("method", LISTS)
def test_the_genes_of_a_compound_find_it_again(opened, method):
    """Its own 60 strongest genes either way, as lists, among those that the dataset is compared on."""
    (entry,) = opened.status()["datasets"]
    kept = opened._library(entry).catalogue.features.genes
    genes = opened.signature("vorinostat")
    rows = [genes[place] for place in kept.tolist()]
    ranked = [row["gene_id"] for row in sorted(rows, key=lambda row: row["z"])]
    answer = opened.query(up=ranked[-60:], down=ranked[:60], method=method, k=5)
    assert "vorinostat" in {hit.name for hit in answer.records}
    opposite = opened.query(up=ranked[:60], down=ranked[-60:], method=method, k=5, reverse=True)
    assert "vorinostat" in {hit.name for hit in opposite.records}


@pytest.mark.parametrize("method", SIGNATURE)
def test_vehicle_wells_find_nothing_by_any_method(opened, method):
    """Of 60 pseudo-compounds made of vehicle wells, each judged without those that share its wells, few have a neighbour."""
    (entry,) = opened.status()["datasets"]
    library = opened._library(entry)
    features, _, members, kinds = read.null_profiles(opened._connection, entry["dataset_id"])
    vehicles = [row for row, kind in enumerate(kinds) if kind == "vehicle"][::2][:40]
    found = []
    for row in vehicles:
        shares = np.array([bool(set(own) & set(members[row])) for own in members])
        judged = score_null(
            method, unit_rows(features)[row], library.index.vectors, unit_rows(features), exclude=shares
        )
        found.append(bool((benjamini_hochberg(judged.p) < 0.05).any()))
    assert np.mean(found) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(found))


def test_the_order_of_the_library_changes_no_score(opened):
    (entry,) = opened.status()["datasets"]
    vectors = opened._library(entry).index.vectors
    order = np.random.default_rng(0).permutation(len(vectors))
    for method in SIGNATURE:
        plain, mixed = score(method, vectors[5], vectors), score(method, vectors[5], vectors[order])
        assert np.allclose(plain[order], mixed, atol=1e-9)


def test_one_list_without_sides(opened):
    rows = sorted(opened.signature("vorinostat"), key=lambda row: -abs(row["z"]))
    genes = [row["gene_id"] for row in rows[:150]]
    for method in ("wtcs", "xsum", "zhang"):
        assert "vorinostat" in {hit.name for hit in opened.query(genes=genes, method=method, k=10).records}
    assert opened.query(genes=genes, k=3).method["name"] == "wtcs"


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda d: d.like("sirolimus", method="nope"), "'nope' is unknown for signatures; expected cosine"),
        (lambda d: d.like("sirolimus", method="list_cosine"), "list_cosine"),
        (lambda d: d.query(up=["MX1"], method="spearman"), "does not take gene lists"),
        (lambda d: d.query(genes=["MX1"], method="cosine"), "does not take a list that does not say which way"),
        (lambda d: d.query(genes=["MX1"], method="ensemble"), "does not take a list that does not say which way"),
        (lambda d: d.query(genes=["MX1"], up=["ISG15"]), "one of these"),
        (lambda d: d.query(up=["MX1"], min_genes=0), "min_genes is 0"),
    ],
)
def test_a_method_that_does_not_take_it_is_refused(opened, ask, told):
    with pytest.raises(InputError, match=told) as raised:
        ask(opened)
    assert "\n" not in str(raised.value)
