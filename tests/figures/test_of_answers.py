"""Figures of what the demonstration answers, judged by the answers themselves."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from vcpi.figures import of_answers

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def answers(demo_home):
    """Answers of the demonstration as JSON holds them, and one signature."""
    from vcpi.database import Database

    with Database(demo_home) as demo:
        signatures = {name: demo.signature(name) for name in ("everolimus", "umirolimus", "torin-1")}
        ordered = sorted(signatures["everolimus"], key=lambda gene: -gene["z"])
        up, down = ([gene["gene_id"] for gene in some] for some in (ordered[:30], ordered[-20:]))
        made = {
            "like": demo.like("everolimus", k=8),
            "reverse": demo.like("everolimus", k=5, reverse=True),
            "query": demo.query(up=up, down=down, k=5),
            "map": demo.map("everolimus"),
            "whole": demo.map(),
            "cliffs": demo.cliffs(k=12),
            "hops": demo.hops(k=9),
            "explain": demo.explain("everolimus", "torin-1"),
        }
    found = {name: json.loads(json.dumps(answer.to_dict())) for name, answer in made.items()}
    return {**found, "signatures": signatures, "up": up, "down": down}


def nodes(figure, role):
    """Marks of a drawing by the role that screen readers are told."""
    tree = ElementTree.fromstring(figure.svg())  # noqa: S314 - our own
    return [node for node in tree.iter() if node.get("aria-roledescription") == role]


def texts(figure):
    """All lines of text of a drawing."""
    found = ElementTree.fromstring(figure.svg()).iter(f"{SVG}text")  # noqa: S314 - our own
    return [part.text or "" for node in found for part in (list(node) or [node])]


def test_like_draws_every_compound_and_names_the_hits(answers):
    figure = of_answers.of_like(answers["like"], ranked=answers["map"]["hits"])
    names = [hit["name"] for hit in answers["like"]["hits"]]
    assert len(nodes(figure, "point")) == len(answers["map"]["hits"])
    assert set(names) <= set(texts(figure))
    assert figure.title == "SIMULATED: What behaves like everolimus"
    sure = min(hit["connectivity"] for hit in answers["map"]["hits"] if hit["q_noise"] < 0.05)
    assert f"q < 0.05 up from {sure:.2f}" in texts(figure)


def test_like_alone_draws_its_hits(answers):
    assert len(nodes(of_answers.of_like(answers["like"]), "point")) == 8


def test_reversed_the_q_of_likeness_is_not_shown(answers):
    figure = of_answers.of_like(answers["reverse"], ranked=answers["map"]["hits"])
    assert figure.title.endswith("What does the opposite of everolimus")
    assert answers["reverse"]["hits"][0]["name"] in texts(figure)
    assert not any("q < 0.05 down from 0" in text for text in texts(figure))


def test_classes_colour_the_ranks(answers):
    rapalogs = {hit["compound_id"]: "rapalog" for hit in answers["map"]["hits"] if hit["name"].endswith("limus")}
    figure = of_answers.of_like(answers["like"], ranked=answers["map"]["hits"], classes=rapalogs)
    blue = [node for node in nodes(figure, "point") if node.get("fill") == "#0072B2"]
    assert len(blue) == len(rapalogs) > 4


def test_the_map_of_one_has_its_corners(answers):
    figure = of_answers.of_map(answers["map"], simulated=True)
    corners = [hit["corner"] for hit in answers["map"]["hits"]]
    line = next(text for text in texts(figure) if "compounds (" in text)
    assert f"{corners.count('both')} analog-mimic" in line
    assert f"{corners.count('effect-only')} scaffold-hop" in line
    assert len(nodes(figure, "point")) == len(corners)


def test_the_map_of_all_pairs_counts_them(answers):
    figure = of_answers.of_map(answers["whole"], simulated=True)
    n = answers["whole"]["summary"]["n_compounds"]
    assert len(nodes(figure, "rect mark")) == len(answers["whole"]["hits"])
    assert any(f"{n * (n - 1) // 2:,} pairs of compounds" in text for text in texts(figure))
    assert len(nodes(figure, "point")) == sum(map(len, answers["whole"]["summary"]["notable"].values()))


@pytest.mark.parametrize(("verb", "draw"), [("cliffs", of_answers.of_cliffs), ("hops", of_answers.of_hops)])
def test_pairs_of_the_library_have_a_row_each(answers, verb, draw):
    figure = draw(answers[verb], simulated=True)
    assert len(nodes(figure, "point")) == len(answers[verb]["hits"])
    first = answers[verb]["hits"][0]
    assert f"{first['name_a']} / {first['name_b']}" in texts(figure)
    assert figure.title.startswith("SIMULATED")


def test_pairs_show_both_structures_on_a_page(answers):
    asked = []

    def draw(pair):
        asked.append((pair["inchikey_a"], pair["inchikey_b"]))
        return "<svg/>"

    page = of_answers.of_cliffs(answers["cliffs"], draw=draw, simulated=True).html()
    assert asked == [(pair["inchikey_a"], pair["inchikey_b"]) for pair in answers["cliffs"]["hits"]]
    assert page.count("data:image/svg+xml") == len(asked)  # each drawing once


def test_explain_draws_the_genes_of_the_answer(answers):
    figure = of_answers.of_explain(answers["explain"], n_genes=5)
    shown = [*answers["explain"]["agreeing"][:5], *answers["explain"]["disagreeing"][:5]]
    assert len(nodes(figure, "bar")) == len(shown)
    assert {gene["gene_symbol"] or gene["gene_id"] for gene in shown} <= set(texts(figure))
    total = sum(gene["contribution"] for gene in shown)
    line = f"They add {total:+.3f} to a connectivity of {answers['explain']['scores']['connectivity']:.3f}"
    assert line in texts(figure)


def test_the_mountain_finds_the_lists_in_a_mimic(answers):
    genes = answers["signatures"]["umirolimus"]
    figure = of_answers.of_lists(
        answers["query"], genes, up=[*answers["up"], "NOGENE"], down=answers["down"], hit="umirolimus"
    )
    line = next(text for text in texts(figure) if "ranked by z" in text)
    scores = [float(one) for one in re.findall(r"ES ([+-][\d.]+)", line)]
    assert scores[0] > 0.8
    assert scores[1] < -0.8
    assert f"over {len(answers['up'])} of {len(answers['up']) + 1} genes" in line
    values = np.array(sorted((gene["z"] for gene in genes), reverse=True))
    assert len(values) == int(re.search(r"([\d,]+) genes ranked", line).group(1).replace(",", ""))


def test_the_heat_map_holds_the_query_and_its_hits(answers):
    asked = []

    def signature_of(name):
        asked.append(name)
        return answers["signatures"]["umirolimus"]

    figure = of_answers.of_shared_genes(answers["like"], signature_of, n_hits=4, n_genes=6)
    assert len(nodes(figure, "rect mark")) == 5 * 6
    assert asked[0] == answers["like"]["query"]["inchikey"]
    assert texts(figure).count("everolimus") == 1
    assert f"1. {answers['like']['hits'][0]['name']}" in texts(figure)


def test_answers_without_hits_give_figures_that_say_so(answers):
    empty = {**answers["like"], "hits": [], "analogs": []}
    for figure in (
        of_answers.of_like(empty),
        of_answers.of_like_structures(empty),
        of_answers.of_shared_genes(empty, lambda _: []),
        of_answers.of_cliffs({**answers["cliffs"], "hits": []}),
        of_answers.of_hops({**answers["hops"], "hits": []}),
        of_answers.of_map({**answers["map"], "hits": []}),
        of_answers.of_map({**answers["whole"], "hits": [], "summary": {}}),
        of_answers.of_explain({**answers["explain"], "agreeing": [], "disagreeing": []}),
    ):
        assert any(text.startswith("Nothing to show: ") for text in texts(figure))
