"""Each kind of figure, judged by the marks in its drawing."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcpi.errors import InputError, MissingDependencyError, StructureParseError
from vcpi.figures.contributions import pair_plot
from vcpi.figures.density import landscape
from vcpi.figures.drawings import side_by_side, slim
from vcpi.figures.heat import heat_map
from vcpi.figures.labels import HEIGHT, place, spread, width_of
from vcpi.figures.mountain import mountain_plot, walk
from vcpi.figures.pairs import pair_rows
from vcpi.figures.ranks import rank_plot
from vcpi.figures.scatter import structure_function

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg):
    """A drawing as a tree."""
    return ElementTree.fromstring(svg)  # noqa: S314 - our own


def texts(figure):
    """All lines of text of a drawing."""
    nodes = parsed(figure.svg()).iter(f"{SVG}text")
    return [part.text or "" for node in nodes for part in (list(node) or [node])]


def hits(n):
    """Hits with all relations."""
    rng = np.random.default_rng(3)
    return [
        {"name": f"compound {at}", "connectivity": float(value), "q_noise": 0.01 if value > 0.6 else 0.5,
         "tanimoto": float(rng.random()), "relation": "scaffold-hop" if value > 0.6 else "unrelated"}
        for at, value in enumerate(np.sort(rng.random(n))[::-1])
    ]  # fmt: skip


def points_of(figure):
    """All point marks of a drawing, without the legend."""
    return [node for node in parsed(figure.svg()).iter() if node.get("aria-roledescription") == "point"]


def pages_rows(figure, name):
    """The rows of a layer as the page holds them."""
    spec = json.loads(re.search(r'id="spec">(.*?)</script>', figure.html(), re.DOTALL).group(1))
    return next(layer["data"]["values"] for layer in spec["layer"] if layer.get("name") == name)


def test_the_rank_plot_draws_every_hit_and_names_the_first():
    plot = rank_plot(hits(120), title="T", dataset="D", n_labelled=7)
    assert len(points_of(plot)) == 120
    found = texts(plot)
    assert [text for text in found if text.startswith("compound ")] == [f"compound {at}" for at in range(7)]
    lowest = min(row["connectivity"] for row in hits(120) if row["q_noise"] < 0.05)
    assert f"q < 0.05 up from {lowest:.2f}" in found
    assert "D: 120 compounds ranked by connectivity" in found


def test_reversed_the_most_opposite_is_first():
    rows = [{"name": f"c{at}", "connectivity": at / 10 - 0.5} for at in range(10)]
    plot = rank_plot(rows, title="T", n_labelled=2, reverse=True)
    assert {"c0", "c1"} <= set(texts(plot))
    assert "c9" not in texts(plot)


def test_no_line_of_significance_where_it_lies_beyond_the_rows():
    assert not any(
        "q <" in text for text in texts(rank_plot([row for row in hits(50) if row["q_noise"] < 0.05], title="T"))
    )


def test_a_large_library_is_thinned_and_says_so():
    rows = [{"name": f"c{at}", "connectivity": 1 - at / 20_000} for at in range(20_000)]
    plot = rank_plot(rows, title="T", n_labelled=3)
    drawn = len(points_of(plot))
    assert 3_000 < drawn <= 5_100
    assert any(f"{drawn:,} of the points are drawn" in text for text in texts(plot))


def test_classes_are_coloured_and_named_in_the_legend():
    rows = [{**row, "class": "mTOR" if at < 5 else None} for at, row in enumerate(hits(30))]
    plot = rank_plot(rows, title="T")
    fills = [node.get("fill") for node in points_of(plot)]
    assert (fills.count("#0072B2"), fills.count("#B8B8B8")) == (5, 25)
    assert {"mTOR", "other or none"} <= set(texts(plot))


def test_a_row_without_connectivity_is_told():
    with pytest.raises(InputError, match="Row 1 of the figure has no connectivity"):
        rank_plot([{"name": "a", "connectivity": 0.1}, {"name": "b"}], title="T")


def test_rows_without_a_number_are_left_out():
    rows = [*hits(5), {"name": "nan", "connectivity": float("nan")}, {"name": "none", "connectivity": None}]
    assert len(points_of(rank_plot(rows, title="T"))) == 5


def test_the_four_quadrants_are_named_and_counted():
    points = [
        {"name": "am", "tanimoto": 0.9, "connectivity": 0.8, "relation": "analog-mimic"},
        {"name": "sh", "tanimoto": 0.1, "connectivity": 0.7, "relation": "scaffold-hop"},
        {"name": "ac", "tanimoto": 0.8, "connectivity": 0.0, "relation": "activity-cliff"},
        *({"name": f"u{at}", "tanimoto": 0.1, "connectivity": at / 50, "relation": "unrelated"} for at in range(6)),
    ]
    plot = structure_function(points, title="T", dataset="D")
    found = texts(plot)
    assert len(points_of(plot)) == 9
    assert {"analog-mimic", "scaffold-hop", "activity-cliff", "unrelated", "am", "sh", "ac"} <= set(found)
    assert "D: 9 compounds (1 analog-mimic, 1 scaffold-hop, 1 activity-cliff, 6 unrelated)" in found
    assert "u1" not in found


def test_a_large_map_keeps_what_is_told_of_and_thins_the_rest():
    rng = np.random.default_rng(1)
    points = [
        {"name": f"c{at}", "tanimoto": float(rng.random()), "connectivity": float(rng.random()),
         "relation": "activity-cliff" if at < 40 else "scaffold-hop" if at % 2 else "unrelated"}
        for at in range(16_000)
    ]  # fmt: skip
    plot = structure_function(points, title="T")
    fills = [node.get("fill") for node in points_of(plot)]
    assert fills.count("#D55E00") == 40
    assert 3_500 < len(fills) <= 5_100
    assert any(f"{len(fills):,} are drawn" in text for text in texts(plot))


def test_drawings_are_made_for_shown_points_when_a_page_is_written():
    asked = []

    def draw(row):
        asked.append(row["name"])
        if row["name"] == "compound 1":
            raise StructureParseError("no")
        return (
            None
            if row["name"] == "compound 2"
            else f"<svg xmlns='http://www.w3.org/2000/svg'><desc>{row['name']}</desc></svg>"
        )

    plot = structure_function(hits(30), title="T", draw=draw, most_drawings=10)
    plot.svg()
    assert asked == []
    rows = pages_rows(plot, "points")
    assert len(asked) == 10
    images = {row["tip_name"]: row["image"] for row in rows}
    assert images["compound 1"] == images["compound 2"] == ""
    svg = b64decode(images["compound 0"].removeprefix("data:image/svg+xml;base64,"))
    assert parsed(svg).find(f"{SVG}desc").text == "compound 0"
    assert sum(bool(image) for image in images.values()) == 8


def test_a_machine_that_cannot_draw_gets_the_page_and_the_reason():
    def draw(_row):
        raise MissingDependencyError("Cannot draw: no libXrender")

    page = structure_function(hits(5), title="T", draw=draw).html()
    assert "Structures are not shown: Cannot draw: no libXrender" in page


def test_a_slim_drawing_has_the_same_shapes():
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg'><!-- x --><path class='bond-0' style='fill:none;stroke:#000000' d='M 0,0'/>"
        "<path class='bond-1' style='fill:none;stroke:#000000' d='M 1,1'/><path style='stroke:#FF0000' d='M 2,2'/></svg>"
    )
    root = parsed(slim(svg))
    rules = dict(re.findall(r"\.(\w+)\{(.*?)\}", root.find(f"{SVG}style").text))
    drawn = [(node.get("d"), rules[node.get("class")]) for node in root.iter(f"{SVG}path")]
    assert drawn == [
        ("M 0,0", "fill:none;stroke:#000000"),
        ("M 1,1", "fill:none;stroke:#000000"),
        ("M 2,2", "stroke:#FF0000"),
    ]


def test_two_drawings_stand_side_by_side():
    both = parsed(side_by_side(["<svg/>", "<svg/>"], width=100, height=50))
    assert [child.get("x") for child in both] == ["0", "100"]
    assert (both.get("width"), both.get("height")) == ("200", "50")


def slow_walk(values, members):
    """The running sum by its definition, gene by gene."""
    total = sum(abs(value) for value, inside in zip(values, members, strict=True) if inside)
    n_inside = sum(members)
    at, best = 0.0, 0.0
    for value, inside in zip(values, members, strict=True):
        if inside:
            at += abs(value) / total if total > 0 else 1 / n_inside
        else:
            at -= 1 / (len(values) - n_inside)
        if abs(at) > abs(best) + 1e-12:
            best = at
    return best


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5, width=32), st.booleans()), min_size=3, max_size=40))
def test_the_peak_is_that_of_the_definition(drawn):
    drawn = sorted(drawn, key=lambda one: -one[0])
    values, members = [one[0] for one in drawn], [one[1] for one in drawn]
    if not any(members) or all(members):
        with pytest.raises(InputError, match="expected at least 1 inside and 1 outside"):
            walk(np.array(values), np.array(members))
        return
    assert abs(walk(np.array(values), np.array(members)).peak) == pytest.approx(
        abs(slow_walk(values, members)), abs=1e-9
    )


def test_the_mountain_shows_both_lists_and_counts_what_is_missing():
    values = {f"g{at}": 10.0 - at for at in range(21)}
    plot = mountain_plot(values, up=["g0", "g1", "absent"], down=["g19", "g20"], title="T", dataset="D")
    assert "D: 21 genes ranked by z; up: ES +1.00 over 2 of 3 genes; down: ES -1.00 over 2 of 2 genes" in texts(plot)
    assert len([node for node in parsed(plot.svg()).iter() if node.get("aria-roledescription") == "tick"]) == 4
    assert len(points_of(plot)) == 2  # the peaks


def test_a_mountain_of_unknown_genes_says_so_and_nan_is_refused():
    assert any("none of the 1 genes" in text for text in texts(mountain_plot({"a": 1.0}, up=["b"], title="T")))
    with pytest.raises(InputError, match="1 values of the signature are not finite"):
        mountain_plot({"a": 1.0, "b": float("nan")}, up=["a"], title="T")


def test_the_heat_map_has_a_cell_for_every_hit_and_gene_in_the_query_s_order():
    values = {"query": {"a": 1.0, "b": 3.0, "c": -2.0}, "hit": {"a": 0.5, "b": None, "c": -1.0}}
    plot = heat_map(values, title="T", unit="z")
    cells = [node for node in parsed(plot.svg()).iter() if node.get("aria-roledescription") == "rect mark"]
    found = texts(plot)
    assert len(cells) == 6
    assert [node.get("fill") for node in cells].count("#BDBDBD") == 1
    assert [text for text in found if text in "abc"] == ["b", "a", "c"]
    assert any("grey: not measured" in text for text in found)


def test_the_colours_of_the_heat_map_are_symmetric_about_white():
    values = {"q": {"a": 4.0, "b": 0.0, "c": -4.0}}
    cells = [
        node for node in parsed(heat_map(values, title="T").svg()).iter()
        if node.get("aria-roledescription") == "rect mark"
    ]  # fmt: skip
    colours = [tuple(map(int, re.findall(r"\d+", node.get("fill")))) for node in cells]
    assert colours == [(154, 62, 0), (247, 247, 247), (1, 80, 138)]


def test_a_heat_map_takes_the_genes_furthest_out_and_refuses_unknown_ones():
    values = {"q": {f"g{at:03d}": float(at) for at in range(100)}}
    found = texts(heat_map(values, title="T"))
    assert "g099" in found
    assert "g010" not in found
    with pytest.raises(InputError, match="Gene zz is in no row"):
        heat_map(values, genes=["zz"], title="T")
    assert any("share no gene" in text for text in texts(heat_map({"q": {}}, title="T")))


def genes(n):
    """Genes that add to a score, or take from it."""
    return [
        {"gene_id": f"ENSG{at:011d}", "gene_symbol": f"S{at}", "contribution": (n / 2 - at) / n, "query_lfc": 1.0,
         "query_se": 0.2, "hit_lfc": 0.5 - at / n, "hit_se": 0.1}
        for at in range(n)
    ]  # fmt: skip


def test_explain_draws_both_ends_with_values_and_errors():
    plot = pair_plot(genes(40), title="T", query="Q", hit="H", n_genes=6, connectivity=0.5, n_all=400)
    found = texts(plot)
    assert [text for text in found if re.fullmatch(r"S\d+", text)] == [f"S{at}" for at in (*range(6), *range(34, 40))]
    bars = [node for node in parsed(plot.svg()).iter() if node.get("aria-roledescription") == "bar"]
    assert (len(bars), len(points_of(plot))) == (12, 24)
    assert {"Q (query)", "H (hit)", "log2 fold change", "Lines beside the points: ± 1 standard error"} <= set(found)


def test_explain_of_scores_alone_draws_bars_alone():
    rows = [{"gene_id": f"g{at}", "contribution": at - 1.5} for at in range(4)]
    assert points_of(pair_plot(rows, title="T", query="Q", hit="H")) == []
    assert any("no gene adds" in text for text in texts(pair_plot([], title="T", query="Q", hit="H")))


def test_pairs_have_a_row_each_even_where_names_repeat():
    pair = {"name_a": "a", "name_b": "b", "connectivity": 0.1, "tanimoto": 0.71, "expected": 0.8,
            "connectivity_low": 0.0, "connectivity_high": 0.2}  # fmt: skip
    plot = pair_rows([pair, pair], title="T")
    assert len(points_of(plot)) == 2
    assert [text for text in texts(plot) if text.startswith("a / b")] == ["a / b", "a / b (2)"]
    assert texts(plot).count("0.71") == 2
    assert any("there is no such pair" in text for text in texts(pair_rows([], title="T")))


def test_the_landscape_counts_pairs_and_names_the_notable():
    cells = [
        {
            "tanimoto_from": at / 10,
            "tanimoto_to": (at + 1) / 10,
            "connectivity_from": 0.0,
            "connectivity_to": 0.1,
            "n": 10**at,
        }
        for at in range(5)
    ]
    notable = [{"name_a": "a", "name_b": "b", "tanimoto": 0.9, "connectivity": 0.8, "relation": "analog-mimic"}]
    plot = landscape(cells, notable=notable, title="T", dataset="D")
    rects = [node for node in parsed(plot.svg()).iter() if node.get("aria-roledescription") == "rect mark"]
    assert len(rects) == 5
    assert {"D: 11,111 pairs of compounds; 1 notable ones by name", "a / b"} <= set(texts(plot))
    assert any("there are no pairs" in text for text in texts(landscape([], title="T")))


boxes = st.lists(st.tuples(st.floats(20, 580), st.floats(20, 380)), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(boxes)
def test_labels_never_overlap_nor_leave_the_figure(points):
    named = [(at, f"compound {at}") for at in range(min(len(points), 15))]
    found = []
    for label in place(points, named, width=600, height=400, size=11):
        wide = width_of(label.text, 11)
        left = label.x if label.align == "left" else label.x - wide
        found.append((left, label.y - HEIGHT * 11 / 2, left + wide, label.y + HEIGHT * 11 / 2))
    for at, one in enumerate(found):
        assert 0 <= one[0] < one[2] <= 600
        assert 0 <= one[1] < one[3] <= 400
        assert all(
            one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            for other in found[at + 1 :]
        )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.floats(0.5, 20))
def test_spread_keeps_the_order_the_gap_and_the_ends(wanted, gap):
    found = spread(sorted(wanted), gap=gap, low=0.0, high=100.0)
    least = min(gap, 100 / max(len(wanted) - 1, 1))
    assert len(found) == len(wanted)
    assert all(second - first >= least - 1e-5 for first, second in pairwise(found))
    assert found[0] >= -1e-5
    assert found[-1] <= 100 + 1e-5
