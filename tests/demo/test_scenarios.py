"""Troubles planted in a simulated screen, each judged in the files that were written."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from vcpi.demo.activity import concentrate, thin
from vcpi.demo.programs import CORE_CLASSES, RECIPES
from vcpi.demo.releases import simulate_releases
from vcpi.demo.scenario import DEPTH_OF_REAL_WELLS, OVERLAP_LOST, SIX_DOSES, Scenario
from vcpi.demo.settings import Simulation
from vcpi.demo.simulate import SimulatedRelease, simulate_release
from vcpi.errors import InputError

SMALL = {"compounds": (), "n_compounds": 60, "n_plates": 2, "n_genes": 150}
QUIET = Simulation(
    noise=(0, 0), plate_sd=0, edge_sd=0, edge_depth=1, depth_spread=0, depth=(2e6, 2e6), dispersion=0, silent_share=0
)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def matrix(release: SimulatedRelease) -> np.ndarray:
    """UMI counts, wells down, spike-ins left out."""
    table = pq.read_table(release.counts)
    return np.array([table[name].to_numpy() for name in table.column_names[1:]])[:, : len(release.truth.gene_ids)]


def levels(release: SimulatedRelease) -> np.ndarray:
    counts = matrix(release).astype(float)
    return np.log2(1e6 * counts / counts.sum(axis=1, keepdims=True) + 1)


def test_without_options_nothing_has_changed(tmp_path) -> None:
    """Digests of what the first version of the simulator drew."""
    made = simulate_release(tmp_path / "r", seed=5, n_plates=2, n_genes=150)
    table = pq.read_table(made.counts)
    counts = np.array([table[name].to_numpy() for name in table.column_names[1:]], dtype="<i4")
    truth = made.truth_folder / f"truth-{made.job_id}.json"
    digests = [hashlib.sha256(content).hexdigest()[:16] for content in (counts.tobytes(), truth.read_bytes())]
    assert digests == ["5c8bef09a30ee709", "0808fdf477114918"]
    assert hashlib.sha256(made.metadata.read_bytes()).hexdigest()[:16] == "325d544e39068677"


def test_a_share_thins_shipped_compounds_too(tmp_path) -> None:
    made = simulate_release(tmp_path / "r", n_genes=150, active_share=0.4)
    library = [entry for entry in made.truth.compounds if entry.role == "library"]
    active = Counter(entry.compound_class for entry in library if entry.active)
    assert active.total() == round(0.4 * len(library)) == 96
    assert set(active) == set(CORE_CLASSES)  # every class to keep acts, no other does
    assert active["mTOR allosteric inhibitor"] == 7
    assert min(active.values()) >= 5
    assert all(entry.active for entry in made.truth.compounds if entry.role == "positive_control")
    assert all(entry.potency == 0 == entry.toxicity for entry in library if not entry.active)
    shown = {entry.name for entry in library if entry.active}
    assert {"everolimus", "tacrolimus", "vorinostat", "bortezomib", "dexamethasone", "JQ1", "digoxin"} <= shown


def test_thinning_takes_weak_classes_first_and_the_running_example_last() -> None:
    every = [name for name in RECIPES for _ in range(3)]
    order, kept = [], thin(every, len(every))
    for n_active in range(len(every) - 1, -1, -1):
        fewer = thin(every, n_active)
        (lost,) = (Counter(filter(None, kept)) - Counter(filter(None, fewer))).elements()
        order.append(lost)
        kept = fewer
    weak = 3 * (len(RECIPES) - len(CORE_CLASSES))
    assert set(order[:weak]).isdisjoint(CORE_CLASSES)
    assert order[-3:] == [CORE_CLASSES[0]] * 3
    assert sorted(order[weak : weak + 16]) == sorted(CORE_CLASSES[1:])  # one of each before any second


def test_an_active_rich_plate_takes_from_the_others(tmp_path) -> None:
    plain = simulate_release(tmp_path / "p", **SMALL | {"n_plates": 3}, active_share=0.25)
    rich = simulate_release(
        tmp_path / "r", **SMALL | {"n_plates": 3}, active_share=0.25, scenario=Scenario(rich_plates=(2,))
    )
    library = [entry for entry in rich.truth.compounds if entry.role == "library"]
    active = Counter(entry.plate for entry in library if entry.active)
    assert active["7000002"] == 8  # 0.4 of 20
    assert active.total() == 15  # as before
    assert Counter(entry.plate for entry in library) == dict.fromkeys(("7000001", "7000002", "7000003"), 20)
    without_plates = [replace(entry, plate=None) for entry in plain.truth.compounds]
    assert [replace(entry, plate=None) for entry in rich.truth.compounds] == without_plates
    on_plate = Counter(row["container_id"] for row in read(rich.metadata))
    assert set(on_plate.values()) == {24 + 40}


def test_a_screen_with_too_few_actives_has_no_rich_plate(tmp_path) -> None:
    with pytest.raises(InputError, match="raise active_share"):
        simulate_release(tmp_path / "r", **SMALL, active_share=0.1, scenario=Scenario(rich_plates=(1, 2)))
    assert concentrate([], plate="1", rich=("1",), share=0.4, rng=np.random.default_rng(0)) == []


def test_a_dying_vehicle_well_is_one_well_and_the_rest_stays(tmp_path) -> None:
    bad = simulate_release(tmp_path / "b", **SMALL, strength=0.35, scenario=Scenario(bad_vehicle_plates=(2,)))
    good = simulate_release(tmp_path / "g", **SMALL, strength=0.35)
    metadata = read(bad.metadata)
    differs = (matrix(bad) != matrix(good)).mean(axis=1) > 0.5
    (first,) = np.flatnonzero(differs)[:1]
    assert metadata[first]["user_compound_id"] == "DMSO"
    assert metadata[first]["container_id"] == "7000002"
    vehicles = [
        i for i, row in enumerate(metadata) if row["user_compound_id"] == "DMSO" and row["container_id"] == "7000002"
    ]
    depth = matrix(bad).sum(axis=1)[vehicles]
    assert depth.min() < 0.45 * np.median(depth)  # 2 ** (-0.6 * 3) = 0.29, beside the spread over wells
    lfc = levels(bad)[first] - levels(bad)[[i for i in vehicles if i != first]].mean(axis=0)
    assert np.corrcoef(lfc, good.truth.toxicity_effect)[0, 1] > 0.8


def test_a_failed_plate_is_hardly_sequenced(tmp_path) -> None:
    made = simulate_release(tmp_path / "r", **SMALL, scenario=Scenario(failed_plates=(1,)))
    plates = np.array([row["container_id"] for row in read(made.metadata)])
    depth = matrix(made).sum(axis=1)
    assert 5e3 < np.median(depth[plates == "7000001"]) < 25e3
    assert np.median(depth[plates == "7000002"]) > 0.7e6


def test_well_depths_span_what_real_wells_span(tmp_path) -> None:
    made = simulate_release(tmp_path / "r", **SMALL, scenario=Scenario(well_depth=DEPTH_OF_REAL_WELLS))
    depth = np.log(matrix(made).sum(axis=1))
    assert 0.022e6 < np.exp(depth.min()) < 0.045e6  # few genes: the counts of a well scatter by a tenth
    assert 1.7e6 < np.exp(depth.max()) < 2.9e6
    middle = np.log(np.sqrt(0.03e6 * 2.5e6))  # even on a log scale, apart from edges and toxicity
    assert depth.mean() == pytest.approx(middle, abs=0.5)


def test_lost_genes_are_zero_everywhere_and_nothing_takes_their_place(tmp_path) -> None:
    lost = simulate_release(tmp_path / "l", **SMALL | {"n_genes": 2400}, scenario=Scenario(lost_genes=OVERLAP_LOST))
    whole = simulate_release(tmp_path / "w", **SMALL | {"n_genes": 2400})
    symbols = [row["gene_symbol"] for row in read(lost.genes)]
    holes = np.isin(symbols, OVERLAP_LOST)
    assert holes.sum() >= 8
    assert not matrix(lost)[:, holes].any()
    assert matrix(whole)[:, holes].any(axis=0).all()
    kept = matrix(lost)[:, ~holes].sum() / matrix(whole)[:, ~holes].sum()
    assert kept == pytest.approx(1.0, abs=0.01)
    with pytest.raises(InputError, match="lost_genes"):
        simulate_release(tmp_path / "x", **SMALL, scenario=Scenario(lost_genes=("nothing",)))


def test_six_doses_follow_their_curves(tmp_path) -> None:
    made = simulate_release(
        tmp_path / "r",
        compounds=(), n_compounds=40, n_plates=2, n_genes=400, active_share=0.5, settings=QUIET,
        scenario=Scenario(doses_um=SIX_DOSES),
    )  # fmt: skip
    metadata, level = read(made.metadata), levels(made)
    wells = Counter((row["user_compound_id"], row["compound_concentration"]) for row in metadata)
    library = [entry.source_compound_id for entry in made.truth.compounds if entry.role == "library"]
    assert {wells[who, dose] for who in library for dose in ("30", "100", "300", "1000", "3000", "10000")} == {2}
    assert {wells[who, "1000"] for who in ("Staurosporin", "Brefeldin-A")} == {8}
    assert len(wells) == 6 * 40 + 5
    assert len({(row["user_compound_id"], row["container_id"]) for row in metadata}) == 40 + 2 * 5
    assert {row["compound_concentration_unit"] for row in metadata} == {"nM", "%"}
    vehicle = level[[row["user_compound_id"] == "DMSO" for row in metadata]].mean(axis=0)
    measured = vehicle > np.log2(200)
    curves = json.loads((made.truth_folder / f"truth-{made.job_id}.json").read_text("utf-8"))["dose_response"]
    strongest = max((e for e in made.truth.compounds if e.source_compound_id in curves), key=lambda e: e.potency)
    who, curve = strongest.source_compound_id, curves[strongest.source_compound_id]
    mechanism = made.truth.effects[made.truth.mechanisms.index(strongest.mechanism)]
    design = np.column_stack([mechanism, made.truth.toxicity_effect, np.ones(len(mechanism))])[measured]
    for dose in SIX_DOSES:
        mine = [
            row["user_compound_id"] == who and float(row["compound_concentration"]) == 1000 * dose for row in metadata
        ]
        fit = np.linalg.lstsq(design, (level[mine].mean(axis=0) - vehicle)[measured], rcond=None)[0]
        bound = dose ** curve["slope"] / (dose ** curve["slope"] + curve["ec50_um"] ** curve["slope"])
        assert fit[0] == pytest.approx(strongest.potency * bound, abs=0.06)


def test_mechanisms_share_half_of_their_genes(tmp_path) -> None:
    options = {**SMALL, "n_genes": 1500, "active_share": 1.0, "n_mechanisms": 6}
    shared = simulate_release(tmp_path / "s", **options, scenario=Scenario(shared_share=0.5)).truth
    apart = simulate_release(tmp_path / "a", **options).truth
    moved = {name: row != 0 for name, row in zip(shared.mechanisms, shared.effects, strict=True)}
    for first, second in (("01", "02"), ("03", "04"), ("05", "06")):
        a, b = f"mechanism-{first}", f"mechanism-{second}"
        common = moved[a] & moved[b]
        assert common.sum() == pytest.approx(0.5 * moved[b].sum(), abs=1)
        rows = shared.effects[[shared.mechanisms.index(a), shared.mechanisms.index(b)]]
        np.testing.assert_array_equal(rows[0, common], rows[1, common])
        np.testing.assert_array_equal(rows[0], apart.effects[apart.mechanisms.index(a)])
    assert (moved["mechanism-02"] & moved["mechanism-03"]).sum() < 0.3 * moved["mechanism-02"].sum()


def test_releases_share_cells_controls_and_mechanisms_only(tmp_path) -> None:
    first, second = simulate_releases(tmp_path, n_plates=1, n_genes=200, settings=QUIET)
    assert [first.job_id, second.job_id] == ["sim-demo-001-r1", "sim-demo-001-r2"]
    rows = [read(release.metadata) for release in (first, second)]
    for column in ("sequenced_id", "container_id"):
        assert {row[column] for row in rows[0]}.isdisjoint(row[column] for row in rows[1])
    compounds = [{row["user_compound_id"] for row in table} for table in rows]
    controls = {"DMSO", "Staurosporin", "Brefeldin-A", "Trichostatin-A", "Rigosertib"}
    assert compounds[0] & compounds[1] == controls
    assert len(compounds[0] | compounds[1]) == 239 + 5
    uuids = [{row["user_compound_id"]: row["compound"] for row in table} for table in rows]
    assert all(uuids[0][who] == uuids[1][who] for who in controls)
    for release in (first, second):
        assert len({e.compound_class for e in release.truth.compounds}) > 35
    both = set(first.truth.mechanisms) & set(second.truth.mechanisms)
    for name in both:
        np.testing.assert_array_equal(
            first.truth.effects[first.truth.mechanisms.index(name)],
            second.truth.effects[second.truth.mechanisms.index(name)],
        )
    vehicle = [
        levels(release)[[row["user_compound_id"] == "DMSO" for row in table]].mean(axis=0)
        for release, table in zip((first, second), rows, strict=True)
    ]
    high = vehicle[0] > np.log2(500)
    shift = (vehicle[1] - vehicle[0])[high]
    assert np.mean(np.abs(shift - np.median(shift)) < 0.03) == pytest.approx(0.5, abs=0.2)  # half of the genes moved
    assert np.std(shift) == pytest.approx(0.3 * np.sqrt(0.5), abs=0.08)


def test_the_scenario_is_part_of_the_truth_and_of_nothing_else(tmp_path) -> None:
    made = simulate_release(tmp_path / "r", **SMALL, scenario=Scenario(failed_plates=(1,), shared_share=0.5))
    content = json.loads((made.truth_folder / f"truth-{made.job_id}.json").read_text("utf-8"))
    assert content["scenario"] == {"failed_plates": [1], "shared_share": 0.5}
    assert not any("scenario" in p.read_text("utf-8") for p in made.ingested if p.suffix in {".csv", ".json"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rich_share": 1.5}, "rich_share is 1.5"),
        ({"failed_depth": 0.0}, "failed_depth is 0"),
        ({"well_depth": (2.0, 1.0)}, "well_depth is"),
        ({"doses_um": (1.0, 0.3)}, "doses_um is"),
        ({"release": -1}, "release is -1"),
    ],
)
def test_scenarios_out_of_range_are_refused(options, message) -> None:
    with pytest.raises(InputError, match=message):
        Scenario(**options)


def test_plates_that_are_not_there_are_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="failed_plates holds 3"):
        simulate_release(tmp_path / "r", **SMALL, scenario=Scenario(failed_plates=(3,)))
    with pytest.raises(InputError, match="raise n_plates"):  # 12 wells a compound
        simulate_release(tmp_path / "r", **SMALL | {"n_compounds": 61}, scenario=Scenario(doses_um=SIX_DOSES))
    with pytest.raises(InputError, match="1 scenarios for 2"):
        simulate_releases(tmp_path, scenarios=[Scenario()])
