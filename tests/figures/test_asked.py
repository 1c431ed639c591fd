"""Figures of real questions: the score's own ranking, the method on the axis, the kind of a cliff."""

from __future__ import annotations

import json
import re

import pytest

from vcpi.figures import of_answers

UP = ["MX1", "ISG15", "IFIT3", "OAS1", "OAS2", "IFI6", "IFI27", "STAT1"]
DOWN = ["HMGCS1", "HMGCR", "LDLR", "SQLE", "INSIG1", "IDI1"]


def words(figure):
    return json.dumps(figure.spec, ensure_ascii=False)


@pytest.mark.parametrize(
    "asked", [{"up": UP, "down": DOWN}, {"up": [*UP, *DOWN]}, {"down": [*UP, *DOWN]}, {"genes": [*UP, *DOWN]}]
)
def test_the_peaks_of_the_mountain_make_the_score(demo, asked):
    answer = demo.query(**asked, method="wtcs", k=3).to_dict()
    hit = answer["hits"][0]
    up, down = list(asked.get("up", asked.get("genes", []))), list(asked.get("down", []))
    rows = demo.compared(hit["signature_id"])
    assert len(rows) == answer["method"]["n_genes"]
    figure = of_answers.of_lists(answer, rows, up=up, down=down, signed="genes" not in asked)
    peaks = {side: float(value) for side, value in re.findall(r"(up|down): ES ([+-]\d\.\d\d)", words(figure))}
    made = (peaks["up"] - peaks["down"]) / 2 if len(peaks) == 2 else peaks.get("up", -peaks.get("down", 0.0))
    assert made == pytest.approx(hit["connectivity"], abs=0.011)
    assert f"wtcs {hit['connectivity']:+.3f}" in words(figure)


def test_a_mountain_of_another_score_says_so(demo):
    answer = demo.query(up=UP, down=DOWN, k=3).to_dict()
    figure = of_answers.of_lists(answer, demo.compared(answer["hits"][0]["signature_id"]), up=UP, down=DOWN)
    assert "ranked by cosine" in words(figure)
    assert "ranked by search feature" in words(figure)


@pytest.mark.parametrize(("method", "axis"), [("spearman", "(spearman, -1 to 1)"), ("xsum", "(xsum)")])
def test_the_axis_names_the_method(demo, method, axis):
    answer = demo.like("everolimus", method=method, k=20).to_dict()
    for figure in (of_answers.of_like(answer), of_answers.of_like_structures(answer)):
        assert axis in words(figure)
        assert "cosine" not in words(figure)
    high = max(hit["connectivity"] for hit in answer["hits"])
    ends = [float(one) for pair in re.findall(r'"domain": \[(-?[\d.]+), ([\d.]+)\]', words(figure)) for one in pair]
    assert any(end >= high for end in ends)  # the highest point lies within the axis


def test_a_cliff_shows_its_kind(demo):
    answer = demo.cliffs(k=12).to_dict()
    figure = of_answers.of_cliffs(answer, simulated=True)
    layer = next(one for one in figure.spec["layer"] if one.get("name") == "pairs") if "layer" in figure.spec else None
    text = words(figure)
    assert "ring: the weaker one is not active" in text
    kinds = [hit["kind"] for hit in answer["hits"]]
    assert {"other-effect", "no-effect"} == set(kinds)
    assert text.count('"inside": "#FFFFFF"') % kinds.count("no-effect") == 0 < text.count('"inside": "#FFFFFF"')
    assert layer is None or len(layer["data"]["values"]) == len(kinds)
    assert "ring:" not in words(of_answers.of_hops(demo.hops(k=5).to_dict(), simulated=True))
