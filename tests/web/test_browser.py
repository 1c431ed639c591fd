"""The pages in headless Chromium: typing, drawing, pasting, sorting, filters, the phone, and nothing that leaves the machine."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pytest

_SPEC = importlib.util.spec_from_file_location("vcpi_browser", Path(__file__).parents[2] / "scripts" / "browser.py")
_BROWSER = sys.modules["vcpi_browser"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_BROWSER)

pytest.importorskip("uvicorn", reason="the extra 'web' is not installed")
pytestmark = pytest.mark.skipif(_BROWSER.CHROMIUM is None, reason="no Chromium on this machine")

ROWS = "[...document.querySelectorAll('table[data-table=hits] tbody tr')].filter(row => !row.hidden)"
NAMES = f"{ROWS}.map(row => row.querySelector('td.compound').dataset.value)"
VALUES = ROWS + ".map(row => Number([...row.cells].find(cell => cell.dataset.label == {label!r}).dataset.value))"
SEEN = ("/", "/like?name=everolimus", "/compound?name=sirolimus", "/explain?query=everolimus&hit=torin-1", "/cliffs?k=5", "/rank?by=ifn",
        "/compare?name=sirolimus&name=tacrolimus", "/genes", "/sketch", "/about", "/like?name=evrolimus")  # fmt: skip


@pytest.fixture(scope="module")
def site(demo_home):
    """Serve the demonstration on a free port of this machine."""
    import uvicorn

    from vcpi.web.app import make_app

    server = uvicorn.Server(uvicorn.Config(make_app(demo_home), port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def browser(tmp_path, site):
    """Open a fresh profile; at the end nothing may have been asked of another machine, and no script have failed."""
    with _BROWSER.Browser(tmp_path / "profile") as found:
        found.size(1280, 900)
        yield found
        asked = [one for one in found.requests if not one.startswith((site, "data:", "blob:", "about:"))]
    assert asked == []
    assert [one for one in found.errors if "404" not in one and "422" not in one] == []


@pytest.fixture
def told(vcpi_command, demo_home):
    """Ask the command line for JSON."""
    return lambda *words: json.loads(vcpi_command(demo_home, *words, "-f", "json").out)


def test_typing_a_name_gives_the_figures_of_the_command_line(browser, site, told):
    browser.go(site + "/")
    assert browser.run("document.activeElement.id") == "name"
    browser.type("evero")
    browser.until("document.querySelector('#name-names li')?.textContent == 'everolimus'")
    browser.press("ArrowDown")
    assert browser.run("document.activeElement.getAttribute('aria-activedescendant')") == "name-names-0"
    browser.press("Enter")
    browser.press("Enter")
    browser.until("location.pathname == '/like' && document.readyState == 'complete'")
    hits = told("like", "everolimus")["hits"]
    assert browser.run(NAMES) == [hit["name"] for hit in hits]
    assert browser.run(VALUES.format(label="acts alike")) == [hit["connectivity"] for hit in hits]
    assert browser.run(VALUES.format(label="q (noise)")) == [hit["q_noise"] for hit in hits]


def test_sorting_and_filters_change_the_rows_and_the_link(browser, site, told):
    browser.go(site + "/like?name=everolimus")
    hits = told("like", "everolimus")["hits"]
    browser.run("document.querySelector('a[data-sort=tanimoto]').click()")
    assert browser.run(NAMES) == [hit["name"] for hit in sorted(hits, key=lambda hit: -hit["tanimoto"])]
    assert browser.run("document.querySelector('th[aria-sort]').getAttribute('aria-sort')") == "descending"
    link = browser.run("location.href")
    browser.go(link)
    assert browser.run(NAMES) == [hit["name"] for hit in sorted(hits, key=lambda hit: -hit["tanimoto"])]
    browser.run("[...document.querySelectorAll('[data-quick] [value=analog-mimic]')][0].click()")
    left = [hit["name"] for hit in hits if hit["relation"] != "analog-mimic"]
    assert sorted(browser.run(NAMES)) == sorted(left)
    browser.run("document.querySelector('#quick').focus()")
    browser.type("TORIN")
    assert browser.until(f"{NAMES}.join() == 'torin-1'")
    assert "1 of 10" in browser.run("document.querySelector('[data-quick] output').textContent")


def test_why_is_one_step_from_the_hit_and_sums_to_its_score(browser, site, told):
    browser.go(site + "/like?name=everolimus")
    browser.run("document.querySelector('table[data-table=hits] td.why a').click()")
    browser.until("location.pathname == '/explain' && document.readyState == 'complete'")
    explained = told("explain", "everolimus", told("like", "everolimus")["hits"][0]["name"])
    text = browser.run("document.body.innerText")
    assert f"{explained['scores']['connectivity']:.3f}" in browser.run("document.querySelector('h1').innerText")
    for gene in explained["agreeing"][:5]:
        assert (gene["gene_symbol"] or gene["gene_id"]) in text
    assert (
        browser.run(
            "document.querySelector('.pair img').decode().then(() => document.querySelector('.pair img').naturalWidth)"
        )
        > 100
    )


def test_a_structure_in_the_sketcher_gets_its_analogs(browser, site, told):
    smiles = "CC(=O)Oc1ccccc1C(=O)OC"
    browser.go(f"{site}/sketch?name={quote(smiles)}")
    browser.until("document.querySelector('[data-sketcher]').dataset.ready")
    assert browser.run("document.querySelector('#smiles').value") == smiles
    browser.run("document.querySelector('form.ask button').click()")
    browser.until("location.pathname == '/analogs' && document.readyState == 'complete'")
    assert browser.run(NAMES) == [hit["name"] for hit in told("analogs", smiles, "-k", "20")["hits"]]


def test_drawing_with_the_mouse_writes_smiles(browser, site):
    browser.go(site + "/sketch")
    browser.until("document.querySelector('[data-sketcher]').dataset.ready")
    assert browser.run("document.querySelector('#smiles').value") == ""
    place = browser.run(
        "(() => { const box = document.querySelector('[data-sketcher]').getBoundingClientRect(); return [box.x, box.y]; })()"
    )
    browser.click(place[0] + 300, place[1] + 200)  # the tool at the start draws a bond
    assert browser.until("document.querySelector('#smiles').value") == "CC"


def test_pasted_genes_are_mapped_and_answered(browser, site, told):
    up = ["MX1", "ISG15", "IFIT3", "OAS1", "IFI6", "STAT1", "IRF7", "MX2", "IFIT1", "IFI44L"]
    browser.go(site + "/genes")
    browser.run("document.querySelector('#up').focus()")
    browser.type("\n".join([*up, "NOTAGENE"]))
    browser.run("document.querySelector('form.boxes button').click()")
    browser.until("location.pathname == '/query' && document.readyState == 'complete'")
    assert browser.run(NAMES) == [hit["name"] for hit in told("query", "--up", ",".join([*up, "NOTAGENE"]))["hits"]]
    assert "10 of 11" in browser.run("document.body.innerText")


def test_points_of_the_picture_show_their_structure(browser, site):
    browser.go(site + "/like?name=everolimus")
    assert browser.run("document.querySelector('.peek').hidden") is True
    browser.run("document.querySelector('.plot a[data-drawing]').focus()")
    browser.until("!document.querySelector('.peek').hidden && document.querySelector('.peek img').naturalWidth > 50")
    browser.press("Escape")
    assert browser.run("document.querySelector('.peek').hidden") is True


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_shows_every_page_without_scrolling_sideways(browser, site, dark):
    browser.size(390, 844, dark=dark)
    for path in SEEN:
        browser.go(site + path)
        assert browser.run("document.documentElement.scrollWidth") <= 390, path
    browser.go(site + "/like?name=everolimus")
    assert browser.run("getComputedStyle(document.querySelector('.hits tbody tr')).display") == "grid"
    ground = browser.run("getComputedStyle(document.body).backgroundColor")
    assert (ground != "rgb(255, 255, 255)") is dark


def test_no_serious_fault_for_screen_readers(browser, site):
    path = os.environ.get("VCPI_AXE")
    if not path:
        pytest.skip("VCPI_AXE does not name axe.min.js of the npm package axe-core")
    script = Path(path).read_text(encoding="utf-8")
    for width in (1280, 390):
        browser.size(width, 900)
        for address in SEEN:
            browser.go(site + address)
            browser.run(script)
            found = browser.run(
                "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.filter(one => ['serious', 'critical'].includes(one.impact)).map(one => [one.id, one.nodes[0].html]))"
            )
            assert found == [], (address, width)
