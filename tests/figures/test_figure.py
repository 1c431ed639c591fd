"""Files of figures, judged by parsing what was written."""

from __future__ import annotations

import re
import sqlite3
import struct
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from vcpi.errors import InputError, MissingDependencyError, WorkspaceError
from vcpi.figures.look import figure, nothing
from vcpi.figures.ranks import rank_plot
from vcpi.figures.scatter import structure_function

SVG = "{http://www.w3.org/2000/svg}"


def rows(n=40):
    """Hits that fall evenly from 0.9 to -0.1."""
    return [
        {"name": f"compound {at}", "connectivity": 0.9 - at / (n - 1), "q_noise": 0.001 if at < 15 else 0.5}
        for at in range(n)
    ]


def parsed(svg):
    """A drawing as a tree."""
    return ElementTree.fromstring(svg)  # noqa: S314 - our own


def texts(svg):
    """All lines of text of a drawing."""
    nodes = parsed(svg).iter(f"{SVG}text")
    return [part.text or "" for node in nodes for part in (list(node) or [node])]


class Loads(HTMLParser):
    """Collects what a page fetches by tag and attribute."""

    def __init__(self):
        super().__init__()
        self.fetched, self.policy, self.spec, self._inside = [], "", "", None

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self._inside = found.get("id") if tag == "script" else None
        self.fetched += [found[name] for name in ("src", "href", "xlink:href", "srcset", "data") if name in found]
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"]

    def handle_data(self, data):
        if self._inside == "spec":
            self.spec += data


def test_the_suffix_decides_the_format(tmp_path):
    plot = rank_plot(rows(), title="T")
    assert parsed(plot.save(tmp_path / "a.svg").read_text(encoding="utf-8")).tag == f"{SVG}svg"
    assert plot.save(tmp_path / "a.HTML").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    png = plot.save(tmp_path / "a.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    drawing = parsed(plot.svg())
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (width, height) == (2 * int(drawing.get("width")), 2 * int(drawing.get("height")))


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.svg.txt", "a.db"])
def test_other_suffixes_are_refused_in_one_line_and_nothing_is_written(tmp_path, name):
    with pytest.raises(InputError, match=r"expected \.svg, \.png or \.html$") as caught:
        rank_plot(rows(), title="T").save(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_database_is_not_overwritten_and_an_older_figure_is(tmp_path):
    store = tmp_path / "store.svg"
    with sqlite3.connect(store) as connection:
        connection.execute("CREATE TABLE kept (x)")
    connection.close()
    before = store.read_bytes()
    link = tmp_path / "link.png"
    link.symlink_to(store)
    for path in (store, link):
        with pytest.raises(WorkspaceError, match="is a database or an index; choose another file"):
            rank_plot(rows(), title="T").save(path)
    assert store.read_bytes() == before
    old = tmp_path / "old.svg"
    old.write_text("old", encoding="utf-8")
    assert "<svg" in rank_plot(rows(), title="T").save(old).read_text(encoding="utf-8")


def test_a_folder_that_is_not_there_gets_one_line(tmp_path):
    with pytest.raises(WorkspaceError, match=r"Cannot write .*No such file or directory; choose a file in a folder"):
        rank_plot(rows(), title="T").save(tmp_path / "absent" / "a.svg")


def test_without_the_extra_one_line_says_what_to_install(tmp_path, monkeypatch):
    plot = rank_plot(rows(), title="T")
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'vcpi-search\[plot\]'$") as caught:
        plot.save(tmp_path / "a.svg")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_figure_loads_no_library_until_it_is_saved():
    import subprocess

    code = (
        "import sys\nimport vcpi.figures.of_answers\nfrom vcpi.figures.ranks import rank_plot\n"
        "rank_plot([{'name': 'a', 'connectivity': 0.5}], title='T')\n"
        "print(sorted({'vl_convert', 'pandas', 'rdkit', 'altair', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_equal_figures_are_equal_bytes_and_others_are_not():
    assert rank_plot(rows(), title="T").svg() == rank_plot(rows(), title="T").svg()
    assert rank_plot(rows(), title="T").svg() == rank_plot(reversed(rows()), title="T").svg()
    assert rank_plot(rows(), title="T").svg() != rank_plot(rows(39), title="T").svg()


def test_a_page_fetches_nothing_and_forbids_it():
    points = [
        {"name": "</script><img src=http://evil.example/x>", "tanimoto": 0.7, "connectivity": 0.8, "relation": None}
    ]
    page = structure_function(points, title="<b>T</b>", draw=lambda _: "<svg/>").html()
    found = Loads()
    found.feed(page)
    assert found.fetched == []
    assert found.policy.startswith("default-src 'none'")
    assert "connect-src" not in found.policy
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import", page.split("<script", 1)[0])
    assert page.count("</script>") == 2  # nothing in the data ends the script early
    assert "<b>T</b>" not in page
    assert "data:image/svg+xml;base64," in found.spec


def test_simulated_is_written_on_every_format():
    plot, real = (rank_plot(rows(), title="T", simulated=simulated) for simulated in (True, False))
    assert "SIMULATED: T" in texts(plot.svg())
    assert "SIMULATED counts" in plot.html()
    assert "SIMULATED" not in real.svg()
    assert "SIMULATED" not in real.html()
    assert any("SIMULATED" in text for text in texts(nothing("T", "why", simulated=True).svg()))


def test_an_empty_figure_says_why():
    assert any("Nothing to show: no hit has a connectivity" in text for text in texts(rank_plot([], title="T").svg()))


def test_a_long_line_is_broken_and_whole():
    long = " ".join(f"word{at}" for at in range(60))
    plot = figure("T", {"data": {"values": [{}]}, "mark": "point"}, about=[long], simulated=False)
    found = texts(plot.svg())
    assert "".join(found).replace(" ", "").find(long.replace(" ", "")) >= 0
    assert max(map(len, found)) <= 110


@pytest.mark.parametrize("scale", [0, -1, 11])
def test_a_png_has_a_scale_in_range(scale):
    with pytest.raises(InputError, match="expected a number above 0 and up to 10"):
        rank_plot(rows(), title="T").png(scale=scale)
