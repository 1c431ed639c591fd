"""Plots are well-formed pictures of their numbers: read back from the SVG."""

from xml.etree import ElementTree

import numpy as np
import pytest

from vcpi.report.plots import bars, cloud, gauges, reach_of, replicate_dots
from vcpi.report.sections import Section, as_csv, as_markdown, as_page, as_text

NS = {"s": "http://www.w3.org/2000/svg"}
EVIL = '<script>alert("x")</script> & "more"'


def shapes(svg, kind):
    return ElementTree.fromstring(svg).iterfind(f".//s:{kind}", NS)  # noqa: S314  our own drawing


def places(svg, kind, attribute):
    return [float(one.get(attribute)) for one in shapes(svg, kind)]


def test_bars_are_as_long_as_their_values():
    rows = [{"label": name, "value": value, "q": 0.01} for name, value in (("a", 2.0), ("b", -1.0), ("c", 0.5))]
    svg = bars(rows, title="t", x_label="x")
    widths = places(svg, "rect", "width")
    assert widths[0] / widths[1] == pytest.approx(2.0, rel=0.01)
    assert widths[0] / widths[2] == pytest.approx(4.0, rel=0.01)
    left = places(svg, "rect", "x")
    assert left[1] + widths[1] == pytest.approx(left[0], abs=0.2)  # both start at 0


def test_uncertain_bars_are_hollow_and_missing_scores_say_why():
    svg = bars(
        [{"label": "a", "value": 1.0, "q": 0.2}, {"label": "b", "value": None, "reason": "2 of 9 genes"}],
        title="t",
        x_label="x",
    )
    assert [one.get("fill") for one in shapes(svg, "rect")] == ["#fff"]
    assert "2 of 9 genes" in svg


def test_replicates_lie_where_their_values_are():
    svg = replicate_dots(
        [{"label": "g", "value": 1.0, "se": 0.2, "replicates": [0.5, 1.5], "note": ""}], title="t", x_label="x"
    )
    first, second, mean = places(svg, "circle", "cx")
    assert (first + second) / 2 == pytest.approx(mean, abs=0.2)


def test_a_cloud_counts_every_point():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=500).tolist(), rng.normal(size=500).tolist()
    svg = cloud([*x, np.nan], [*y, 0.0], named=[(x[0], y[0], "one")], title="t", x_label="x", y_label="y")
    assert "one" in svg
    assert len(places(svg, "circle", "cx")) == 1
    assert len(list(shapes(svg, "rect"))) <= 500


def test_bars_of_several_plots_on_one_scale_can_be_compared():
    small, large = ([{"label": "a", "value": value, "q": 0.01}] for value in (1.0, 8.0))
    reach = max(map(reach_of, (small, large)))
    (a,), (b,) = (places(bars(rows, title="t", x_label="x", reach=reach), "rect", "width") for rows in (small, large))
    assert b / a == pytest.approx(8.0, rel=0.01)
    (alone,) = places(bars(small, title="t", x_label="x"), "rect", "width")
    assert alone > 4 * a  # without it each plot fills its own width


def test_names_of_a_cloud_cover_neither_one_another_nor_a_named_point():
    rng = np.random.default_rng(4)
    x, y = rng.normal(0.8, 0.02, 30).tolist(), rng.normal(0.5, 0.05, 30).tolist()
    named = [(a, b, f"compound-{place:02d}") for place, (a, b) in enumerate(zip(x, y, strict=True))]
    svg = cloud([0.0, 1.0, *x], [0.0, 1.0, *y], named=named, title="t", x_label="x", y_label="y")
    boxes = []
    for one in shapes(svg, "text"):
        if not (one.text or "").startswith("compound-"):
            continue
        width, left = 5.5 * len(one.text), float(one.get("x"))  # a letter of 12 px sans-serif, on the narrow side
        left -= {"start": 0.0, "middle": 0.5, "end": 1.0}[one.get("text-anchor")] * width
        boxes.append((left, left + width, float(one.get("y")) - 9, float(one.get("y"))))
    points = list(zip(places(svg, "circle", "cx"), places(svg, "circle", "cy"), strict=True))
    assert len(points) == 30  # every point is drawn, and tells its name to whoever points at it
    assert all(f"compound-{place:02d}:" in svg for place in range(30))
    assert 2 <= len(boxes) < 30
    assert not any(
        a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]
        for place, a in enumerate(boxes)
        for b in boxes[:place]
    )
    assert not any(box[0] < px < box[1] and box[2] < py < box[3] for box in boxes for px, py in points)


@pytest.mark.parametrize(
    "svg",
    [
        bars([{"label": EVIL, "value": 1.0, "note": EVIL}], title=EVIL, x_label=EVIL),
        replicate_dots([{"label": EVIL, "value": 1.0, "note": EVIL}], title=EVIL, x_label=EVIL),
        cloud([0.0, 1.0], [0.0, 1.0], named=[(0.0, 0.0, EVIL)], title=EVIL, x_label=EVIL, y_label=EVIL),
        gauges([{"label": EVIL, "value": 1.0, "least": 0.0, "most": 2.0, "note": EVIL}], title=EVIL),
    ],
)
def test_texts_cannot_leave_their_place(svg):
    assert ElementTree.fromstring(svg) is not None  # noqa: S314
    assert "<script" not in svg


def test_sections_say_the_same_in_every_form_and_escape_in_each():
    section = Section(
        title="A & B", columns={"name": "name", "z": "z"}, rows=({"name": "=SUM(A1)|<b>", "z": 1.5},), file="t"
    )
    text, mark, page = as_text("T", [section]), as_markdown("T", [section]), as_page("T", [section])
    assert "=SUM(A1)|<b>" in text
    assert "\\|&lt;b>" in mark
    assert "&lt;b&gt;" in page
    assert as_csv(section.rows).splitlines()[1].startswith("'=SUM")
    assert all("1.5" in form for form in (text, mark, page))
