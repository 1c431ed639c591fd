"""The evaluation of a workspace, held against the truth of the simulated screen, the answers of `like`, and slow loops."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from vcpi.assemble.signatures import ingest_signatures
from vcpi.database import Database, evaluation
from vcpi.database.calibration import judge_scores
from vcpi.database.library import Asked
from vcpi.database.queries import Query
from vcpi.errors import InputError
from vcpi.store import read


@pytest.fixture(scope="module")
def found(demo_home):
    with Database(demo_home) as database:
        return database.evaluate()


@pytest.fixture
def library(demo):
    (entry,) = read.datasets(demo._connection)
    return demo._library(entry)


def slow_map(vectors, compounds, classes, plates, active) -> dict[str, list[float]]:
    """Average precision of every active query by class, one rank at a time."""
    averages: dict[str, list[float]] = {}
    for i, label in enumerate(classes):
        if not active[i] or label is None:
            continue
        order = sorted(
            (
                j
                for j in range(len(vectors))
                if compounds[j] != compounds[i] and plates[j] != plates[i] and (classes[j] != label or active[j])
            ),
            key=lambda j: -float(vectors[i] @ vectors[j]),
        )
        ranks = [rank for rank, j in enumerate(order, start=1) if classes[j] == label]
        if ranks:
            average = sum(place / rank for place, rank in enumerate(ranks, start=1)) / len(ranks)
            averages.setdefault(label, []).append(average)
    return averages


def simulated_screen(demo):
    """Unit vectors, compounds, classes, plates and activity of the library signatures, straight from the store."""
    (entry,) = read.datasets(demo._connection)
    signatures = read.signatures(demo._connection, entry["dataset_id"])
    _, vectors = read.vectors(demo._connection, entry["dataset_id"], layer="feature")
    kept = [row for row, one in enumerate(signatures) if "positive-control" not in one.flags]
    unit = vectors[kept].astype(float)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    chosen = [signatures[row] for row in kept]
    compounds = [one.treatment.compound_id for one in chosen]
    labels = {compound: read.compound(demo._connection, compound).classes for compound in compounds}
    classes = [labels[compound][0] if labels[compound] else None for compound in compounds]
    return unit, compounds, classes, [one.plates[0] for one in chosen], [bool(one.active) for one in chosen]


def test_classes_are_found_as_a_slow_loop_finds_them_and_shuffled_ones_are_not(demo, found):
    unit, compounds, classes, plates, active = simulated_screen(demo)
    slow = slow_map(unit, compounds, classes, plates, active)
    assert {row.label: row.n_queries for row in found.retrieval.classes} == {k: len(v) for k, v in slow.items()}
    for row in found.retrieval.classes:
        assert row.mean_average_precision == pytest.approx(np.mean(slow[row.label]), abs=1e-4)
    shuffled = np.random.default_rng(5).permutation(len(unit))
    chance = slow_map(unit[shuffled], compounds, classes, plates, active)
    assert found.retrieval.mean_average_precision > 0.8
    assert np.mean([average for each in chance.values() for average in each]) < 0.15
    random = next(one for one in found.baselines if one.name == "random")
    assert random.mean_average_precision < 0.15


def test_positive_controls_are_left_out_and_said(demo, found):
    rows = demo.table("signatures")
    controls = [row for row in rows if "positive-control" in row["flags"]]
    assert len(controls) == 4
    assert found.n_signatures == len(rows) - len(controls)
    assert any(remark.startswith("4 signatures of positive controls") for remark in found.remarks)


def test_every_library_well_looks_for_its_sister(demo, found):
    n_wells = sum(row["role"] == "library" and row["flags"] == "[]" for row in demo.table("samples"))
    assert found.replicates.n_wells == n_wells
    assert found.replicates.mean_average_precision > 5 * found.replicates.chance


def test_the_plate_does_not_leak_and_noise_is_noise(found):
    assert found.n_plates == found.leakage.n_plates == 3
    assert found.leakage.ratio <= 1.2
    world = found.null_world
    assert world.uniformity.ks_p > 0.01
    assert world.same_plate_cosine <= 0.03
    assert world.pseudo_neighbours.share <= 0.05
    assert world.inactive_neighbours.share <= 0.05
    assert world.active_neighbours.share >= 0.9


def test_structure_tells_of_effect_in_the_simulated_screen(found):
    assert found.structure.auroc > 0.8
    assert 0.3 < found.structure.auroc_shuffled < 0.7


def test_the_p_values_are_those_of_like(demo, library):
    names = {row["signature_id"]: row["name"] for row in demo.table("signatures")}
    kept = np.arange(len(library.signatures))
    rows = np.array([place for place in kept if (library.signatures[place].replicate_p or 0) < 0.05])[[0, 20, 40, 60]]
    p = evaluation._signature_p(library, library.null, kept)(rows)
    for row, values in zip(rows.tolist(), p, strict=True):
        hits = demo.like(names[library.signatures[row].signature_id], k=400).records
        assert len(hits) == np.isfinite(values).sum()
        places = np.searchsorted(library.index.signature_ids, [hit.signature_id for hit in hits])
        np.testing.assert_allclose(values[places], [hit.p_noise for hit in hits], rtol=1e-3)


def test_as_many_have_a_reliable_neighbour_as_users_would_see(library, found):
    n_found = {True: 0, False: 0}
    n_asked = {True: 0, False: 0}
    for one in library.signatures:
        if "positive-control" in one.flags:
            continue
        compound = one.treatment.compound_id
        query = Query(name="", compound_id=compound, inchikey=None, source_compound_id=None, fingerprint=None)
        asked = Asked(query=query, signature=one, vector=library.index.vector(one.signature_id))
        noise = judge_scores(library, asked, library.index.scores(asked.vector), tanimotos={}, reverse=False)
        n_found[one.active] += bool(np.nanmin(noise.q) < 0.05)
        n_asked[one.active] += 1
    world = found.null_world
    for active, shares in ((True, world.active_neighbours), (False, world.inactive_neighbours)):
        assert shares.n_queries == n_asked[active]
        assert shares.share == pytest.approx(n_found[active] / n_asked[active])


def test_pseudo_compounds_are_judged_without_profiles_of_their_own_wells(demo, library):
    features, plates, members, kinds = read.null_profiles(demo._connection, library.dataset["dataset_id"])
    inputs = evaluation._null(demo._connection, library, library.null, [])
    vehicles = [row for row, kind in enumerate(kinds) if kind == "vehicle"]
    assert inputs.plates == tuple(plates[row] for row in vehicles)
    unit = features.astype(float) / np.linalg.norm(features.astype(float), axis=1, keepdims=True)
    for place in (0, 40, 83):
        row = vehicles[place]
        apart = [other for other in range(len(features)) if not set(members[other]) & set(members[row])]
        scale = library.null.scale_of(
            unit[apart] @ unit[row], same_plate=np.array([plates[other] == plates[row] for other in apart])
        )
        scores = library.index.vectors.astype(float) @ unit[row]
        same = np.array([plates[row] in one.plates for one in library.signatures])
        expected = library.null.p_noise(scores, query=scale, rows=np.arange(len(scores)), same_plate=same)
        floor = 1e-3 / len(features)  # no tail reaches further
        np.testing.assert_allclose(inputs.p_noise(np.array([place]))[0], np.maximum(expected, floor), rtol=1e-3)


def test_with_a_well_left_out_the_other_well_remains(demo, library, found):
    kept = np.array([place for place, one in enumerate(library.signatures) if one.n_replicates == 2])
    changed = evaluation._perturbed(demo._connection, library, kept, [], rng=np.random.default_rng(0))
    (rows,) = changed.values()
    for place in (0, 100, 200):
        wells = read.wells(demo._connection, library.signatures[kept[place]].signature_id)
        assert any(np.allclose(rows[place], well / np.linalg.norm(well), rtol=0, atol=1e-6) for well in wells)
    (stability,) = found.stability
    assert 3 * stability.chance < stability.mean < 1


def test_of_many_wells_whole_plates_are_read(demo, library, monkeypatch):
    monkeypatch.setattr(evaluation, "MOST_WITH_WELLS", 170)
    remarks: list[str] = []
    kept = np.arange(len(library.signatures))
    wells = evaluation._wells(demo._connection, library, kept, remarks, rng=np.random.default_rng(0))
    for plate in set(wells.plates):
        on_plate = sum(one.plates == (plate,) for one in library.signatures)
        assert len({t for t, name in zip(wells.treatments, wells.plates, strict=True) if name == plate}) == on_plate
    assert len(set(wells.plates)) == 2
    assert remarks == [
        "replicate retrieval is over 2 plates of 3, drawn at random",
        "4 signatures over several plates or none are left out of replicate retrieval",
    ]


def test_equal_seeds_give_equal_numbers(demo, found):
    assert demo.evaluate().to_dict() == found.to_dict()
    assert demo.evaluate(k=10).leakage.k == 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k is 0"),
        ({"seed": -1}, "The seed is -1"),
        ({"dataset": "l1000"}, "No dataset is called 'l1000'; the workspace holds: sim-demo"),
    ],
)
def test_wrong_options_are_told(demo, options, message):
    with pytest.raises(InputError, match=message):
        demo.evaluate(**options)


def small_table(folder, n):
    """Signatures made elsewhere: two mechanisms of opposite sign, and the last a copy of the first."""
    rng = np.random.default_rng(2)
    direction = rng.standard_normal(30)
    values = [(direction if i % 2 else -direction) * 4 + rng.standard_normal(30) for i in range(n)]
    values[-1] = values[0]
    table = folder / "values.csv"
    lines = [",".join(f"{value:.4f}" for value in row) for row in values]
    genes = ",".join(f"ENSG{place:011d}" for place in range(30))
    table.write_text(f"id,{genes}\n" + "".join(f"c{i},{line}\n" for i, line in enumerate(lines)))
    names = folder / "compounds.csv"
    rows = (f"c{i},compound {i},{'up' if i % 2 else 'down'}\n" for i in range(n))
    names.write_text("id,name,moa\n" + "".join(rows))
    return table, names


def test_signatures_made_elsewhere_are_judged_as_far_as_they_go(tmp_path):
    table, names = small_table(tmp_path, 13)
    ingest_signatures(tmp_path / "ws", table, compounds=names, dataset="small", unit="z")
    with Database(tmp_path / "ws") as database:
        found = database.evaluate()
    assert found.n_signatures == 12
    assert "1 signatures are copies of another compound's" in " ".join(found.remarks)
    assert "annotation 'moa'" in found.method
    assert found.retrieval.mean_average_precision == 1.0
    assert found.leakage is found.replicates is found.structure is found.doses is None
    assert found.null_world.uniformity is found.null_world.active_neighbours is None
    for part in (
        "single wells",
        "fewer than two plates",
        "pseudo-compounds",
        "two doses",
        "which signatures are active",
    ):
        assert any(part in remark for remark in found.remarks)


def test_too_few_signatures_are_told(tmp_path):
    table, names = small_table(tmp_path, 3)
    ingest_signatures(tmp_path / "ws", table, compounds=names, dataset="tiny", unit="z")
    with Database(tmp_path / "ws") as database, pytest.raises(InputError, match="tiny has 2 different signatures"):
        database.evaluate()


def test_of_two_datasets_one_is_named(tmp_path):
    table, names = small_table(tmp_path, 9)
    for name in ("one", "two"):
        ingest_signatures(tmp_path / "ws", table, compounds=names, dataset=name, unit="z")
    with Database(tmp_path / "ws") as database:
        with pytest.raises(InputError, match="Name the dataset with --dataset; the workspace holds: one, two"):
            database.evaluate()
        assert database.evaluate(dataset="two").name == "two"


@pytest.mark.shared
def test_the_consensus_of_l1000(shared_data, tmp_path):
    folder = shared_data / "l1000_drugbank_consensus"
    ingest_signatures(
        tmp_path / "ws",
        folder / "signatures.parquet",
        compounds=folder / "compounds.tsv",
        genes=folder / "genes.tsv",
        dataset="l1000",
    )
    with Database(tmp_path / "ws") as database:
        found = database.evaluate()
    with (folder / "compounds.tsv").open(encoding="utf-8") as handle:
        groups = {row["signature_group"] for row in csv.DictReader(handle, delimiter="\t")}
    assert found.n_signatures == len(groups)
    by_class = {row.label: row for row in found.retrieval.classes}
    for strong in ("tubulin inhibitor", "glucocorticoid receptor agonist"):  # the README of the data names them
        assert by_class[strong].mean_average_precision > 0.6
        assert by_class[strong].q < 0.05
    assert by_class["histamine receptor antagonist"].mean_average_precision < 0.1
    assert found.leakage is found.replicates is found.null_world.uniformity is None
    assert found.structure.auroc > 0.7
