"""`vcpi evaluate`: the same numbers as in Python, in every format."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser

import pytest


@pytest.fixture
def value(demo):
    return demo.evaluate().to_dict()


class Page(HTMLParser):
    """What a page would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        if tag in {"script", "link", "img", "iframe", "object"}:
            self.loaded.append(tag)
        self.loaded += [text for name, text in attrs if name in {"src", "href", "xlink:href", "action", "data"}]


def test_json_says_what_python_says(vcpi_command, demo_home, value):
    said = vcpi_command(demo_home, "evaluate", "-f", "json")
    assert said.status == 0
    assert json.loads(said.out) == value


def test_the_page_stands_alone_and_says_simulated(vcpi_command, demo_home, tmp_path, value):
    target = tmp_path / "evaluation.html"
    said = vcpi_command(demo_home, "evaluate", "-o", target)
    assert said.status == 0
    assert said.out == ""
    assert "Wrote" in said.err
    text = target.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert Page(text).loaded == []
    assert "@import" not in text
    assert "url(" not in text
    assert "SIMULATED" in text
    assert f"{value['retrieval']['mean_average_precision']:.2f}" in text
    for row in value["retrieval"]["classes"]:
        assert row["label"] in text


def test_the_table_says_what_matters(vcpi_command, demo_home, value):
    text = vcpi_command(demo_home, "evaluate").out
    assert "SIMULATED" in text.splitlines()[0]
    lines = {line.split("  ")[0]: line for line in text.splitlines()}
    assert f"{value['retrieval']['mean_average_precision']:.3f}" in lines["same class, other plates: mAP"]
    assert f"{value['leakage']['ratio']:.3f}" in lines["plate leakage: ratio to chance"]
    assert f"{value['null_world']['uniformity']['ks_p']:.3f}" in lines["p_noise of vehicle wells uniform: p"]
    for row in value["retrieval"]["classes"]:
        assert f"{row['mean_average_precision']:.3f}" in lines[row["label"]]
    for remark in value["remarks"]:
        assert f"note: {remark}" in text


def test_csv_holds_every_figure(vcpi_command, demo_home, value):
    rows = list(csv.DictReader(io.StringIO(vcpi_command(demo_home, "evaluate", "-f", "csv").out)))
    by_key = {(row["part"], row["about"], row["figure"]): row["value"] for row in rows}
    assert len(by_key) == len(rows)
    assert float(by_key["leakage", "", "ratio"]) == value["leakage"]["ratio"]
    for row in value["retrieval"]["classes"]:
        for figure in ("mean_average_precision", "p", "n_queries"):
            assert float(by_key["retrieval.classes", row["label"], figure]) == row[figure]
    assert (
        float(by_key["null_world.uniformity", "20", "histogram"]) == value["null_world"]["uniformity"]["histogram"][-1]
    )
    assert by_key["", "", "simulated"] == "true"


def test_the_suffix_and_the_format_decide(vcpi_command, demo_home, tmp_path, value):
    by_suffix, asked = tmp_path / "evaluation.json", tmp_path / "evaluation.html"
    assert vcpi_command(demo_home, "evaluate", "-o", by_suffix).status == 0
    assert vcpi_command(demo_home, "evaluate", "-f", "json", "-o", asked).status == 0
    assert json.loads(by_suffix.read_text()) == json.loads(asked.read_text()) == value


@pytest.mark.parametrize(
    ("words", "message"), [(("-k", "0"), "'-k'"), (("--dataset", "nothing"), "No dataset is called 'nothing'")]
)
def test_wrong_options_are_told(vcpi_command, demo_home, words, message):
    said = vcpi_command(demo_home, "evaluate", *words)
    assert said.status != 0
    assert message in said.err
    assert "Traceback" not in said.err
