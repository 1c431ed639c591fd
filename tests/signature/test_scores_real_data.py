"""Scores against the published results of real queries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from vcpi.signature.connectivity import ncs, order, score, signed_list

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def drugs(shared_data):
    """Consensus signatures, genes by Entrez id, and the compounds."""
    folder = shared_data / "l1000_drugbank_consensus"
    table = pd.read_parquet(folder / "signatures.parquet").set_index("compound_id")
    compounds = pd.read_csv(folder / "compounds.tsv", sep="\t").set_index("compound_id")
    return table, compounds.loc[table.index]


def gene_sets(shared_data, direction):
    """Entrez ids of each set; those that are unknown or several are left out."""
    lines = (shared_data / "l1000_query_results" / f"science_cmap_gene_id_{direction}.gmt").read_text().splitlines()
    return {
        name.rsplit("_", 1)[0]: {f"e{gene}" for gene in genes if gene.isdigit()}
        for name, _, *genes in (line.split("\t") for line in lines)
    }


def list_query(shared_data, table, name):
    columns = {gene: place for place, gene in enumerate(table.columns)}
    up, down = (
        [columns[gene] for gene in sorted(gene_sets(shared_data, side).get(name, ())) if gene in columns]
        for side in ("up", "dn")
    )
    return signed_list(len(columns), up=up, down=down)


def auc(scores, labels):
    n = labels.sum()
    return (rankdata(scores)[labels].sum() - n * (n + 1) / 2) / (n * (~labels).sum())


def test_the_published_raw_connectivity_of_a_real_signature(shared_data):
    """Vemurafenib in A375 against the 100 of the 114,701 signatures whose values are at hand, 50 genes a side."""
    published = pd.read_parquet(shared_data / "l1000_query_results" / "raw_wtcs_two_queries.parquet").set_index(
        "sig_id"
    )
    values = pd.read_parquet(shared_data / "l1000_signatures_3drugs" / "signatures.parquet").set_index("probe_id").T
    names = [name for name in values.index if name in published.index]
    assert len(names) == 100
    query = values.loc["CPC006_A375_24H:BRD-K56343971-001-02-3:10"]
    expected = published.loc[names, "CPC006_A375_24H_BRD-K56343971-001-02-3_10"]
    assert (expected == 0).sum() > 20
    np.testing.assert_allclose(score("wtcs", query, values.loc[names]), expected, atol=1e-6)


def test_published_normalized_scores_are_the_raw_by_one_divisor_a_sign(shared_data):
    """The means themselves were taken over the whole database, most of which is not here."""
    table = pd.read_csv(shared_data / "l1000_query_results" / "frasor_estrogen_mcf7_query.tsv.gz", sep="\t")
    ours = ncs(table["raw_cs"])
    for side in (table["raw_cs"] > 0, table["raw_cs"] < 0):
        ratio = ours[side] / table["norm_cs"][side]
        assert ratio.std() / ratio.mean() < 1e-3  # raw scores are given to four digits
        assert 0.85 < ratio.mean() < 1.0
    assert (ours[table["raw_cs"] == 0] == table["norm_cs"][table["raw_cs"] == 0]).all()


LIST_METHODS = ["list_cosine", "wtcs", "xsum", "zhang", "ensemble"]


@pytest.mark.parametrize("method", LIST_METHODS)
def test_an_hdac_list_finds_vorinostat(shared_data, drugs, method):
    """Only 2 of the 13 genes are landmarks: too few to ask with, and enough for the strongest inhibitor alone."""
    table, compounds = drugs
    query = list_query(shared_data, table, "HDAC")
    assert (query != 0).sum() == 2
    ties = score("zhang", query, table)
    first = order(score(method, query, table), np.arange(len(table)), ties=ties)[:10]
    assert "vorinostat" in set(compounds["name"].iloc[first])


@pytest.mark.parametrize("method", LIST_METHODS)
def test_an_estrogen_list_separates_agonists_from_antagonists(shared_data, drugs, method):
    table, compounds = drugs
    scores = score(method, list_query(shared_data, table, "FRASOR_ER"), table)
    moa = compounds["moa"].fillna("")
    agonists = moa.str.contains("estrogen receptor agonist").to_numpy()
    antagonists = moa.str.contains(r"estrogen receptor antagonist|\(serm\)").to_numpy()
    assert agonists.sum() >= 5
    assert antagonists.sum() >= 5
    assert auc(scores, antagonists) < 0.5 < auc(scores, agonists)
