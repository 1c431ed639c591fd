"""The simulated screen, judged by sums that must close and by NumPy computations of its own truth."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from vcpi.data import compounds as shipped_compounds
from vcpi.demo.files import METADATA_COLUMNS
from vcpi.demo.mechanisms import draw_cells
from vcpi.demo.programs import FOOTPRINTS, HIGH_GENES, LOW_GENES, RECIPES
from vcpi.demo.settings import Simulation
from vcpi.demo.simulate import SimulatedRelease, simulate_release
from vcpi.errors import InputError, UnknownCompoundError

CONTROLS = {"Staurosporin", "Brefeldin-A", "Trichostatin-A", "Rigosertib"}


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> SimulatedRelease:
    return simulate_release(tmp_path_factory.mktemp("demo") / "release")


@pytest.fixture(scope="module")
def metadata(release) -> list[dict[str, str]]:
    return read(release.metadata)


@pytest.fixture(scope="module")
def counts(release) -> tuple[list[str], list[str], np.ndarray]:
    """Row ids, sample ids and the matrix, genes down."""
    table = pq.read_table(release.counts)
    samples = table.column_names[1:]
    return table["gene_id"].to_pylist(), samples, np.array([table[name].to_numpy() for name in samples]).T


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def log_fold_changes(release, metadata, counts) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Genes with enough counts, and mean log2 change of each compound against the vehicle of its plates."""
    ids, _, matrix = counts
    matrix = matrix[: len(release.truth.gene_ids)].astype(float)
    assert tuple(ids[: len(matrix)]) == release.truth.gene_ids
    level = np.log2(1e6 * matrix / matrix.sum(axis=0) + 1.0)
    plate = np.array([row["container_id"] for row in metadata])
    who = np.array([row["user_compound_id"] for row in metadata])
    for name in np.unique(plate):
        level[:, plate == name] -= level[:, (plate == name) & (who == "DMSO")].mean(axis=1, keepdims=True)
    return matrix.mean(axis=1) > 30, {name: level[:, who == name].mean(axis=1) for name in np.unique(who)}


def test_every_plate_closes(release, metadata) -> None:
    library = Counter(entry.plate for entry in release.truth.compounds if entry.role == "library")
    for plate, n_compounds in library.items():
        wells = [row for row in metadata if row["container_id"] == plate]
        content = Counter(row["user_compound_id"] for row in wells)
        assert content.pop("DMSO") == 8
        assert [content.pop(name) for name in CONTROLS] == [4, 4, 4, 4]
        assert set(content.values()) == {2}
        assert len(content) == n_compounds
        assert len({(row["row_id"], row["column_id"]) for row in wells}) == len(wells) == 24 + 2 * n_compounds
    assert sum(library.values()) == len(shipped_compounds()) - 4
    plates_of: dict[str, set[str]] = {}
    for row in metadata:
        plates_of.setdefault(row["user_compound_id"], set()).add(row["container_id"])
    assert all(len(plates) == 1 for who, plates in plates_of.items() if who not in CONTROLS | {"DMSO"})


def test_full_plates_hold_384_wells(tmp_path) -> None:
    full = simulate_release(tmp_path / "r", n_plates=2, n_compounds=360, compounds=(), n_genes=120)
    wells = Counter(row["container_id"] for row in read(full.metadata))
    assert list(wells.values()) == [384, 384]
    truth = [entry for entry in full.truth.compounds if entry.role == "library"]
    assert sum(entry.active for entry in truth) == 108  # 0.3 of 360
    assert len({entry.mechanism for entry in truth if entry.active}) == 12


def test_metadata_has_the_columns_and_quirks_of_a_release(metadata) -> None:
    assert tuple(metadata[0]) == METADATA_COLUMNS
    assert len(METADATA_COLUMNS) == len(set(METADATA_COLUMNS)) == 26
    for row in metadata:
        dose = (row["compound_concentration"], row["compound_concentration_unit"])
        control = row["user_compound_id"] in CONTROLS
        vehicle = row["user_compound_id"] == "DMSO"
        assert dose == (("0.15", "%") if vehicle else ("1000", "nM") if control else ("10000", "nM"))
        assert row["is_control"] == str(control or vehicle)
        edge = row["row_id"] in {"1", "16"} or row["column_id"] in {"1", "24"}
        assert row["is_edge"] == str(edge)
        assert vehicle or control or row["user_compound_id"].isdigit()


def test_quality_columns_agree_with_the_counts(metadata, counts) -> None:
    ids, samples, matrix = counts
    assert matrix.dtype == np.int32
    assert matrix.min() >= 0
    assert samples == [row["sequenced_id"] for row in metadata]
    spikes = np.array([name.startswith("ERCC-") for name in ids])
    assert spikes.sum() == 12
    assert matrix.sum(axis=0).tolist() == [int(row["total_umi_count"]) for row in metadata]
    assert (matrix[~spikes] >= 3).sum(axis=0).tolist() == [int(row["ngenes3"]) for row in metadata]
    assert all(0 <= int(row["n_mapped"]) - int(row["total_umi_count"]) <= 18 for row in metadata)
    mitochondrial = np.array([float(row["percent_mitochondrial"]) for row in metadata])
    assert 3 < np.median(mitochondrial) < 12


def test_depth_is_as_stated(release, metadata, counts) -> None:
    total = counts[2].sum(axis=0)
    edge = np.array([row["is_edge"] == "True" for row in metadata])
    quiet = {entry.source_compound_id for entry in release.truth.compounds if not entry.active} | {"DMSO"}
    quiet = np.array([row["user_compound_id"] in quiet for row in metadata])
    plate = np.array([row["container_id"] for row in metadata])
    ratios = []
    for name in np.unique(plate):
        middle = np.median(total[(plate == name) & quiet & ~edge])
        assert 0.8e6 * 0.93 < middle < 2.2e6 * 1.07
        ratios += [*(total[(plate == name) & quiet & edge] / middle)]
    assert np.median(ratios) == pytest.approx(0.84, abs=0.05)


def test_toxic_compounds_lose_rna_and_gain_mitochondrial_share(release, metadata, counts) -> None:
    total = counts[2].sum(axis=0)
    plate = np.array([row["container_id"] for row in metadata])
    relative = np.log2(total / np.array([np.median(total[plate == name]) for name in plate]))
    load = np.array(
        [
            0.0 if r["user_compound_id"] == "DMSO" else release.truth.compound(r["user_compound_id"]).toxicity
            for r in metadata
        ]
    )
    assert np.polyfit(load, relative, 1)[0] == pytest.approx(-0.6, abs=0.15)
    percent = np.array([float(row["percent_mitochondrial"]) for row in metadata])
    assert np.corrcoef(load, percent)[0, 1] > 0.5


def test_planted_effects_are_seen_in_potent_compounds(release, metadata, counts) -> None:
    measured, seen = log_fold_changes(release, metadata, counts)
    potent, inactive = [], []
    for entry in release.truth.compounds:
        change = seen[entry.source_compound_id][measured]
        if entry.active and entry.potency >= 1.0 and RECIPES[entry.mechanism].scale == 1.0:
            truth = release.truth.effect(entry.source_compound_id)[measured]
            potent.append(np.corrcoef(change, truth)[0, 1])
        if not entry.active:
            inactive.append(np.std(change))
    assert len(potent) > 30
    assert np.median(potent) > 0.8
    assert np.percentile(potent, 10) > 0.7
    assert np.median(inactive) < 0.45  # noise of two wells against eight, counting noise included


def test_a_null_world_has_no_effects(tmp_path) -> None:
    null = simulate_release(tmp_path / "r", strength=0.0, n_plates=2, n_genes=150)
    assert not any(entry.active for entry in null.truth.compounds)
    assert not null.truth.toxicity_effect.any()
    assert not null.truth.effect("Staurosporin").any()


def test_classes_share_programs_as_stated(release) -> None:
    effects = dict(zip(release.truth.mechanisms, release.truth.effects, strict=True))
    rapalogs = effects["mTOR allosteric inhibitor"]

    def likeness(name: str) -> float:
        return float(np.corrcoef(rapalogs, effects[name])[0, 1])

    assert likeness("mTOR kinase inhibitor") == pytest.approx(0.9, abs=0.05)
    assert likeness("PI3K inhibitor") == pytest.approx(0.6, abs=0.1)
    assert abs(likeness("calcineurin inhibitor")) < 0.15
    assert np.linalg.norm(effects["calcineurin inhibitor"]) < 0.8 * np.linalg.norm(rapalogs)


def test_footprints_have_their_signs(release) -> None:
    symbols = {row["gene_symbol"]: i for i, row in enumerate(read(release.genes)) if row["gene_symbol"]}
    effects = dict(zip(release.truth.mechanisms, release.truth.effects, strict=True))

    def mean_effect(mechanism: str, genes: str) -> float:
        return float(np.mean([effects[mechanism][symbols[gene]] for gene in genes.split()]))

    assert mean_effect("mTOR allosteric inhibitor", "HMGCS1 SQLE DDIT4 SLC7A11 SLC2A1 LDHA") < -0.4
    assert mean_effect("mTOR allosteric inhibitor", "NEU1 CTSD GPNMB RRAGD") > 0.4
    assert mean_effect("HMG-CoA reductase inhibitor", "HMGCR LDLR SQLE INSIG1") > 0.4
    assert mean_effect("MEK inhibitor", "DUSP6 SPRY4 ETV4 ETV5") < -0.4
    assert mean_effect("JAK inhibitor", "MX1 ISG15 STAT1") < -0.2
    assert mean_effect("proteasome inhibitor", "HSPA1A DNAJB1 HMOX1") > 0.1


def test_footprints_name_shipped_genes_and_recipes_shipped_classes() -> None:
    from vcpi.data import genes

    known = {gene.gene_symbol for gene in genes()}
    named = {symbol for pair in FOOTPRINTS.values() for text in pair for symbol in text.split()}
    assert named | LOW_GENES | HIGH_GENES <= known
    assert set(RECIPES) <= {compound.compound_class for compound in shipped_compounds()}
    assert set(FOOTPRINTS) <= {name for recipe in RECIPES.values() for name, _ in recipe.mixture}


def test_programs_move_the_stated_share_of_genes(tmp_path) -> None:
    big = simulate_release(tmp_path / "r", compounds=(), n_compounds=60, n_plates=1, n_genes=3000, active_share=1.0)
    rows = [e for name, e in zip(big.truth.mechanisms, big.truth.effects, strict=True) if name.startswith("mechanism-")]
    shares = [np.mean(effect != 0) for effect in rows]
    assert len(rows) == 12
    assert 0.039 < min(shares) <= max(shares) < 0.101
    moved = np.concatenate([effect[effect != 0] for effect in rows])
    assert np.std(moved) == pytest.approx(1.1, abs=0.06)
    loads = [entry.toxicity for entry in big.truth.compounds if entry.role == "library"]
    assert np.mean(loads) == pytest.approx(1.2 * 0.45, abs=0.2)
    assert np.mean(big.truth.toxicity_effect != 0) == pytest.approx(0.2, abs=0.01)
    potencies = [entry.potency for entry in big.truth.compounds]
    assert 0.45 <= min(potencies) < 0.6
    assert 1.25 < max(potencies) <= 1.4


def test_rapalogs_lie_on_different_plates(release) -> None:
    plates = Counter(e.plate for e in release.truth.compounds if e.compound_class == "mTOR allosteric inhibitor")
    assert sorted(plates.values()) == [2, 2, 3]


def test_counts_scatter_as_a_negative_binomial(tmp_path) -> None:
    """Without any other noise the variance over wells is mean + 0.02 mean squared."""
    plain = Simulation(noise=(0, 0), plate_sd=0, edge_sd=0, edge_depth=1, depth_spread=0, depth=(1e6, 1e6))
    null = simulate_release(
        tmp_path / "r", strength=0, compounds=(), n_compounds=180, n_plates=1, n_genes=400, settings=plain
    )
    table = pq.read_table(null.counts)
    matrix = np.array([table[name].to_numpy() for name in table.column_names[1:]], dtype=float)[:, :400]
    mean, variance = matrix.mean(axis=0), matrix.var(axis=0, ddof=1)
    kept = mean > 50
    ratio = variance[kept] / (mean[kept] + 0.02 * mean[kept] ** 2)
    assert np.median(ratio) == pytest.approx(1.0, abs=0.05)


def test_baseline_is_a_composition_with_a_tail() -> None:
    from vcpi.data import genes

    cells = draw_cells(genes(), n_genes=2400, seed=3, settings=Simulation())
    assert cells.baseline.sum() == pytest.approx(1.0)
    assert cells.baseline[cells.mitochondrial].sum() == pytest.approx(0.06, abs=0.002)
    per_million = 1e6 * cells.baseline
    assert (per_million[~cells.expressed] < 1).all()
    assert (per_million[cells.expressed] >= 1).sum() > 2000
    assert np.percentile(per_million[cells.expressed], 95) > 20 * np.median(per_million[cells.expressed]) / 4


def test_nothing_of_the_truth_is_ingested(release) -> None:
    assert release.truth_folder not in [release.folder, *release.folder.parents]
    assert release.folder not in release.truth_folder.parents
    assert {path.name for path in release.folder.iterdir()} == {path.name for path in release.ingested}
    columns = {name for path in release.ingested if path.suffix == ".csv" for name in read(path)[0]}
    assert not columns & {"mechanism", "active", "potency", "toxicity", "strength"}
    text = "".join(path.read_text(encoding="utf-8") for path in release.ingested if path.suffix in {".csv", ".json"})
    assert "truth" not in text
    for entry in release.truth.compounds:
        assert entry.name is None or entry.name not in release.compounds.read_text(encoding="utf-8")


def test_the_truth_is_written_whole(release) -> None:
    content = json.loads((release.truth_folder / f"truth-{release.job_id}.json").read_text(encoding="utf-8"))
    assert [entry["source_compound_id"] for entry in content["compounds"]] == [
        entry.source_compound_id for entry in release.truth.compounds
    ]
    rows = read(release.truth_folder / f"truth-effects-{release.job_id}.csv")
    column = np.array([float(row["HDAC inhibitor"]) for row in rows])
    index = release.truth.mechanisms.index("HDAC inhibitor")
    np.testing.assert_allclose(column, release.truth.effects[index], atol=6e-5)


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path) -> None:
    def digests(folder: str, seed: int) -> list[str]:
        made = simulate_release(tmp_path / folder, seed=seed, n_plates=2, n_genes=150)
        return [
            hashlib.sha256(p.read_bytes()).hexdigest() for p in [*made.ingested, *sorted(made.truth_folder.iterdir())]
        ]

    first, again, other = digests("a", 5), digests("b", 5), digests("c", 6)
    assert first == again
    assert first[0] != other[0]


def test_manifest_says_simulated_and_holds_the_digests(release) -> None:
    manifest = json.loads(release.manifest.read_text(encoding="utf-8"))
    assert manifest["simulated"] is True
    assert manifest["note"].startswith("Simulated counts")
    assert manifest["job_id"] == release.job_id
    assert {entry["name"] for entry in manifest["files"]} == {path.name for path in release.ingested[:-1]}
    for entry in manifest["files"]:
        content = (release.folder / entry["name"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["n_bytes"] == len(content)


def test_chemistry_draws_salts_of_the_annotated_parents(release) -> None:
    rows = {row["user_compound_id"]: row for row in read(release.compounds)}
    assert len(next(iter(rows.values()))) == 13
    assert rows["DMSO"]["smiles"] == "control"
    annotated = {row["inchikey"] for row in read(release.annotations)}
    n_salts = 0
    for entry in release.truth.compounds:
        smiles = rows[entry.source_compound_id]["smiles"]
        mol = Chem.MolFromSmiles(smiles)
        parent = rdMolStandardize.Uncharger().uncharge(rdMolStandardize.FragmentParent(mol))
        assert Chem.MolToInchiKey(parent) == entry.inchikey
        assert entry.inchikey in annotated
        assert Chem.MolToInchiKey(mol) == rows[entry.source_compound_id]["inchi_key"]
        n_salts += "." in smiles
    assert n_salts > 15


def test_a_uuid_joins_metadata_and_chemistry(release, metadata) -> None:
    uuid_of = {row["user_compound_id"]: row["compound"] for row in read(release.compounds)}
    assert len(set(uuid_of.values())) == len(uuid_of)
    assert all(uuid_of[row["user_compound_id"]] == row["compound"] for row in metadata)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_plates": 0}, "n_plates is 0"),
        ({"n_genes": 5}, "n_genes is 5"),
        ({"strength": -1.0}, "strength is -1.0"),
        ({"active_share": 1.5}, "active_share is 1.5"),
        ({"seed": -1}, "seed is -1"),
        ({"n_mechanisms": 0}, "n_mechanisms is 0"),
        ({"n_compounds": 3}, "fewer than the"),
        ({"n_plates": 1}, "raise n_plates"),
    ],
)
def test_arguments_out_of_range_are_refused(tmp_path, arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        simulate_release(tmp_path / "r", **arguments)
    assert not (tmp_path / "r").exists()


def test_an_overfull_plate_is_refused() -> None:
    with pytest.raises(InputError, match="leave no room"):
        Simulation(n_vehicle=368)


def test_an_unknown_compound_is_named(release) -> None:
    with pytest.raises(UnknownCompoundError, match="'12'"):
        release.truth.compound("12")
