"""The whole evaluation over a simulated release of known truth, and the page it writes."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow.parquet as pq
import pytest

from vcpi.demo.scenario import SIX_DOSES, Scenario
from vcpi.demo.simulate import simulate_release
from vcpi.errors import InputError
from vcpi.evaluate.run import EvaluationInputs, NullInputs, WellInputs, evaluate_dataset
from vcpi.evaluate.scores import unit_rows


def inputs_of(folder, **options) -> EvaluationInputs:
    """Signatures of a simulated release by plain subtraction of the plate's mean, truth as classes and activity."""
    made = simulate_release(folder, compounds=(), n_genes=600, **options)
    table = pq.read_table(made.counts)
    counts = np.array([table[name].to_numpy() for name in table.column_names[1:]], dtype=float)[:, :600]
    level = np.log2(1e6 * counts / counts.sum(axis=1, keepdims=True) + 4)
    with made.metadata.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    plate = np.array([row["container_id"] for row in rows])
    library = np.array([row["user_compound_id"].isdigit() for row in rows])
    vehicle = np.array([row["user_compound_id"] == "DMSO" for row in rows])
    for name in np.unique(plate):
        level[plate == name] -= np.median(level[(plate == name) & library], axis=0)
    truth = {entry.source_compound_id: entry for entry in made.truth.compounds}
    key = [(row["user_compound_id"], float(row["compound_concentration"])) for row in rows]
    names = sorted({k for k, wanted in zip(key, library, strict=True) if wanted})
    treatments = np.array([names.index(k) if wanted else -1 for k, wanted in zip(key, library, strict=True)])
    features = np.array([level[treatments == i].mean(axis=0) for i in range(len(names))])
    strength = np.linalg.norm(features, axis=1) / np.sqrt(600)
    pairs = [np.flatnonzero(vehicle & (plate == name))[i : i + 2] for name in np.unique(plate) for i in (0, 2, 4, 6)]
    entries = [truth[who] for who, _ in names]
    compound_ids = sorted({who for who, _ in names})
    return EvaluationInputs(
        name="sim-<demo>",
        method="plate centre",
        simulated=True,
        features=features,
        compound_ids=np.array([compound_ids.index(who) for who, _ in names]),
        classes=tuple((entry.mechanism,) if entry.mechanism else () for entry in entries),
        plates=tuple((entry.plate,) for entry in entries),
        strength=strength,
        active=np.array([entry.active for entry in entries]),
        n_replicates=np.full(len(names), 2),
        doses_um=np.array([dose / 1000 for _, dose in names]),
        rna_output=np.array([-entry.toxicity for entry in entries]),
        wells=WellInputs(
            features=level[library],
            treatments=treatments[library],
            plates=tuple(plate[library]),
            strength=strength[treatments[library]],
        ),
        null=NullInputs(
            features=np.array([level[pair].mean(axis=0) for pair in pairs]),
            plates=tuple(plate[pair[0]] for pair in pairs),
        ),
        perturbed={"another level of noise": features + 0.1 * np.random.default_rng(0).standard_normal(features.shape)},
    )


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> EvaluationInputs:
    folder = tmp_path_factory.mktemp("evaluate") / "r"
    return inputs_of(folder, seed=11, n_plates=3, n_compounds=300, n_mechanisms=6, active_share=0.4)


@pytest.fixture(scope="module")
def found(inputs):
    rng = np.random.default_rng(1)
    flat = rng.random((len(inputs.null.features), len(inputs.features)))
    return evaluate_dataset(
        replace(inputs, null=replace(inputs.null, p_noise=lambda rows: flat[rows])), n_null=999, max_queries=200
    )


def test_true_mechanisms_are_found_and_shuffled_ones_are_not(inputs, found) -> None:
    shuffled = np.random.default_rng(2).permutation(np.flatnonzero(inputs.active))
    classes = list(inputs.classes)
    for row, other in zip(np.flatnonzero(inputs.active).tolist(), shuffled.tolist(), strict=True):
        classes[row] = inputs.classes[other]
    chance = evaluate_dataset(replace(inputs, classes=tuple(classes)), n_null=999, max_queries=50).retrieval
    assert found.retrieval.n_queries == 120
    assert found.retrieval.mean_average_precision > 0.5
    assert found.retrieval.normalized > 5 * abs(chance.normalized)
    assert chance.normalized == pytest.approx(0.0, abs=0.1)
    assert found.retrieval.significant == 1.0
    for baseline in found.baselines:
        assert baseline.mean_average_precision < 0.6 * found.retrieval.mean_average_precision


def test_every_part_is_plausible(inputs, found) -> None:
    assert (found.n_signatures, found.n_active, found.n_plates, found.n_classes) == (300, 120, 3, 6)
    assert found.replicates.n_wells == 600
    assert found.replicates.mean_average_precision > 5 * found.replicates.chance
    weakest, strongest = found.replicates.deciles[0], found.replicates.deciles[-1]
    assert strongest[3] > 0.5  # sisters compete with compounds of their mechanism
    assert weakest[3] < 0.1
    assert found.leakage.chance == pytest.approx(99 / 299, abs=1e-6)
    assert 0.8 < found.leakage.ratio < 1.5
    assert found.null_world.n_inactive == 180
    assert abs(found.null_world.same_plate_cosine) < 0.08
    assert found.null_world.uniformity.ks_p > 0.001
    assert found.stability[0].mean > 3 * found.stability[0].chance
    assert found.doses is None
    assert found.structure is None
    assert any("two doses" in remark for remark in found.remarks)
    assert any("look alike" in remark for remark in found.remarks)


def test_six_doses_are_consistent_where_the_compound_acts(tmp_path) -> None:
    inputs = inputs_of(
        tmp_path / "r", seed=3, n_plates=2, n_compounds=60, n_mechanisms=4, active_share=0.4,
        scenario=Scenario(doses_um=SIX_DOSES),
    )  # fmt: skip
    doses = evaluate_dataset(inputs, n_null=99, max_queries=50).doses
    assert (doses.steps[0].low_um, doses.steps[0].high_um) == (3.0, 10.0)
    assert doses.steps[0].rank > 0.9
    assert doses.steps[0].rank > doses.steps[-1].rank
    assert doses.monotone > 0.5
    strengths = [mean for _, _, mean in doses.strengths]
    assert strengths[-1] > 1.1 * strengths[0]


def test_json_holds_everything_and_is_the_same_again(inputs, found) -> None:
    text = json.dumps(found.to_dict(), allow_nan=False)
    content = json.loads(text)
    assert content["simulated"] is True
    assert content["retrieval"]["mean_average_precision"] == found.retrieval.mean_average_precision
    assert len(content["retrieval"]["classes"]) == 6
    again = evaluate_dataset(replace(inputs), n_null=999, max_queries=200).to_dict()
    assert again["retrieval"] == content["retrieval"]
    assert again["leakage"] == content["leakage"]


class Page(HTMLParser):
    """Tags of a page, balanced or not."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]
        if tag not in {"meta", "rect", "line"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_says_simulated(found) -> None:
    text = found.to_html()
    page = Page(text)
    assert page.open == []
    assert page.links == []
    assert "script" not in page.tags
    assert page.tags.count("svg") == 5  # strength, classes, replicates, leakage, p-values
    assert "SIMULATED" in text
    assert "sim-&lt;demo&gt;" in text
    assert "nan" not in text.replace("resonance", "")
    for row in found.retrieval.classes:
        assert row.label in text
        assert f"<td>{row.mean_average_precision:.2f}</td>" in text
    assert "SIMULATED" not in replace(found, simulated=False).to_html()


def test_bars_are_as_long_as_their_values(found) -> None:
    svg = next(part for part in found.to_html().split("<svg")[1:] if "each class" in part)
    root = ET.fromstring("<svg" + svg[: svg.index("</svg>") + 6])  # noqa: S314  our own
    widths = [float(node.get("width")) for node in root.iter("{http://www.w3.org/2000/svg}rect")]
    values = [row.mean_average_precision for row in found.retrieval.classes]
    np.testing.assert_allclose(np.array(widths) / 410, values, atol=1e-3)


def test_a_dataset_without_anything_still_answers() -> None:
    rng = np.random.default_rng(0)
    bare = EvaluationInputs(
        name="bare",
        features=unit_rows(rng.standard_normal((5, 4))),
        compound_ids=np.arange(5),
        classes=((),) * 5,
        plates=((),) * 5,
        strength=np.full(5, np.nan),
        active=np.zeros(5, dtype=bool),
        n_replicates=np.ones(5, dtype=int),
    )
    found = evaluate_dataset(bare, n_null=99)
    assert found.retrieval is found.leakage is found.replicates is found.structure is None
    assert len(found.remarks) == 7
    assert "Not judged" in found.to_html()
    json.dumps(found.to_dict(), allow_nan=False)


def test_arrays_that_do_not_belong_together_are_refused(inputs) -> None:
    with pytest.raises(InputError, match="strength has 3 entries for 300"):
        replace(inputs, strength=inputs.strength[:3])
    with pytest.raises(InputError, match="rna_output has 1"):
        replace(inputs, rna_output=np.zeros(1))
    with pytest.raises(InputError, match="'half' has 2 rows"):
        replace(inputs, perturbed={"half": np.zeros((2, 4))})
