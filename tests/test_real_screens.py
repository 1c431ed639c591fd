"""What vcpi finds in real measurements, judged by the mechanisms of the drugs and by CMap's own figures."""

import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def real():
    """The script that compares ways to search over real data."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
    try:
        yield import_module("ablation_real")
    finally:
        sys.path.pop(0)


def test_counts_of_a_drug_plate_find_the_mechanism(shared_data, real):
    """A plain pipeline gets 0.61 over the 28 treatments, chance is 0.27 (16 or 17 of 28 for any that is sound)."""
    rows = {
        (row["signature for each"], row["baseline"]): row for row in real.macseq(shared_data / "macseq_counts_kp6490")
    }
    alone = rows["dose and cell line", "hybrid"]
    assert alone["P@1"] >= 0.61
    pooled = rows["dose, cell lines pooled", "hybrid"]
    assert pooled["n"] == 28
    assert pooled["P@1"] >= 17 / 28 - 1e-9
    assert alone["P@1"] >= rows["dose and cell line", "vehicle_plate"]["P@1"]


def test_z_of_an_l1000_plate_is_cmaps_where_the_reference_is_the_plate(shared_data, real):
    rows = {row["baseline"]: row["r with CMap's z"] for row in real.l1000_plate(shared_data / "l1000_plate_cpc006")}
    assert rows["plate_center"] >= 0.99
    assert 0.9 < rows["vehicle_plate"] < rows["plate_center"]


def test_drugs_of_the_l1000_consensus_find_their_mechanism_as_well_as_plain_cosine(shared_data, real, tmp_path):
    """What the product searches on must not be below the plain cosine of the source's z in any kind of drug."""
    import pandas as pd

    from vcpi.assemble.signatures import ingest_signatures
    from vcpi.database import Database
    from vcpi.store import read

    folder = shared_data / "l1000_drugbank_consensus"
    plain = next(row for row in real.l1000_consensus(folder) if (row["layer"], row["metric"]) == ("z", "cosine"))
    ingest_signatures(
        tmp_path, folder / "signatures.parquet", compounds=folder / "compounds.tsv", genes=folder / "genes.tsv"
    )
    table = pd.read_csv(folder / "compounds.tsv", sep="\t").drop_duplicates("signature_group").set_index("compound_id")
    with Database(tmp_path) as database:
        (entry,) = database.status()["datasets"]
        rows = {row["signature_id"]: row["source_signature_id"] for row in database.table("signatures")}
        ids, vectors = read.vectors(database._connection, entry["dataset_id"], layer=entry["search_layer"])
    kept = [at for at, key in enumerate(ids.tolist()) if rows[key] in table.index]
    names = [rows[ids[at]] for at in kept]
    labels = [set(text.split("|")) if isinstance(text, str) else set() for text in table.moa[names]]
    precision, _ = real.retrieval(vectors[kept].astype(np.float64), labels, names)
    assert len(kept) > 700
    assert np.nanmean(precision) >= plain["all"] - 0.001
    for word, subset in (("tubulin", "tubulin"), ("glucocorticoid", "glucocorticoid")):
        own = np.array([any(word in label.lower() for label in one) for one in labels])
        assert np.nanmean(precision[own]) >= plain[subset] - 0.001


def test_hallmark_sets_of_four_drugs_in_l1000(shared_data, tmp_path):
    """What is known of four drugs: sirolimus shuts MTORC1 down, estradiol raises the estrogen response, and so on."""
    from vcpi.assemble.signatures import ingest_signatures
    from vcpi.database import Database
    from vcpi.ingest.gene_sets import read_gmt

    folder = shared_data / "l1000_drugbank_consensus"
    ingest_signatures(
        tmp_path,
        folder / "signatures.parquet",
        compounds=folder / "compounds.tsv",
        genes=folder / "genes.tsv",
        dataset="l1000",
    )
    sets = {
        name.removeprefix("HALLMARK_"): genes
        for name, genes in read_gmt(shared_data / "gene_sets" / "h.all.v7.0.symbols.gmt").items()
    }
    with Database(tmp_path) as database:
        order = {
            drug: list(database.profile(drug, gene_sets=sets).pathways["name"])
            for drug in ("sirolimus", "estradiol", "bortezomib", "tretinoin")
        }
    assert "MTORC1_SIGNALING" in order["sirolimus"][-5:]
    assert order["estradiol"][0] == "ESTROGEN_RESPONSE_EARLY"
    assert "UNFOLDED_PROTEIN_RESPONSE" in order["bortezomib"][:5]
    assert "INTERFERON_GAMMA_RESPONSE" in order["tretinoin"][:5]
