"""The pages in headless Chromium: typing, drawing, pasting, sorting, filters, the phone, and nothing that leaves the machine."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="the extra 'browser' is not installed")
pytest.importorskip("uvicorn", reason="the extra 'web' is not installed")

_SPEC = importlib.util.spec_from_file_location("vcpi_browser", Path(__file__).parents[2] / "scripts" / "browser.py")
_BROWSER = sys.modules["vcpi_browser"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_BROWSER)

pytestmark = pytest.mark.skipif(not _BROWSER.CHROMIUM, reason="no Chromium on this machine")
expect = playwright.expect

ROWS = "[...document.querySelectorAll('table[data-table=hits] tbody tr')].filter(row => !row.hidden)"
NAMES = f"{ROWS}.map(row => row.querySelector('td.compound').dataset.value)"
VALUES = ROWS + ".map(row => Number([...row.cells].find(cell => cell.dataset.label == {label!r}).dataset.value))"
WHY = "table[data-table=hits] td.why a"
SEEN = ("/", "/like?name=everolimus", "/compound?name=sirolimus", "/explain?query=everolimus&hit=torin-1", "/cliffs?k=5",
        "/hops?k=5", "/rank?by=ifn", "/compare?name=sirolimus&name=tacrolimus", "/analogs?name=sirolimus&k=5", "/genes",
        "/sketch", "/about", "/like?name=evrolimus")  # fmt: skip


@pytest.fixture(scope="module")
def site(demo_home):
    """Serve the demonstration on a free port of this machine, by the command itself."""
    with _BROWSER.served(demo_home) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    """Start the browser."""
    with _BROWSER.launched() as found:
        yield found


@pytest.fixture
def tab(chromium, site):
    """Open fresh profiles; at the end nothing may have been asked of another machine, and no script have failed."""
    from contextlib import ExitStack

    watch = _BROWSER.Watch()
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(_BROWSER.tab(chromium, watch=watch, **options))
    assert watch.requests
    assert watch.foreign(site) == []
    assert [one for one in watch.errors if "status of 404" not in one and "status of 422" not in one] == []


@pytest.fixture
def page(tab):
    """Open one tab as wide as a desk's."""
    return tab()


@pytest.fixture
def told(vcpi_command, demo_home):
    """Ask the command line for JSON."""
    return lambda *words: json.loads(vcpi_command(demo_home, *words, "-f", "json").out)


def test_typing_a_name_gives_the_figures_of_the_command_line(page, site, told):
    page.goto(f"{site}/")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("evero")
    expect(page.locator("#name-names li").first).to_have_text("everolimus")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#name")).to_have_attribute("aria-activedescendant", "name-names-0")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/like?**")
    hits = told("like", "everolimus")["hits"]
    assert page.evaluate(NAMES) == [hit["name"] for hit in hits]
    assert page.evaluate(VALUES.format(label="acts alike")) == [hit["connectivity"] for hit in hits]
    assert page.evaluate(VALUES.format(label="q (noise)")) == [hit["q_noise"] for hit in hits]


def test_sorting_and_filters_change_the_rows_and_the_link(page, tab, site, told):
    page.goto(f"{site}/like?name=everolimus")
    hits = told("like", "everolimus")["hits"]
    by_structure = [hit["name"] for hit in sorted(hits, key=lambda hit: -hit["tanimoto"])]
    page.locator("a[data-sort=tanimoto]").click()
    assert page.evaluate(NAMES) == by_structure
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    other = tab()
    other.goto(page.url)
    assert other.evaluate(NAMES) == by_structure
    page.locator("[data-quick] [value=analog-mimic]").first.click()
    left = [hit["name"] for hit in hits if hit["relation"] != "analog-mimic"]
    assert sorted(page.evaluate(NAMES)) == sorted(left)
    page.locator("#quick").fill("TORIN")
    expect(page.locator("[data-quick] output")).to_contain_text("1 of 10")
    assert page.evaluate(NAMES) == ["torin-1"]


def test_why_is_one_step_from_the_hit_and_sums_to_its_score(page, site, told):
    page.goto(f"{site}/like?name=everolimus")
    page.locator(WHY).first.click()
    page.wait_for_url("**/explain?**")
    explained = told("explain", "everolimus", told("like", "everolimus")["hits"][0]["name"])
    expect(page.locator("h1")).to_contain_text(f"{explained['scores']['connectivity']:.3f}")
    for gene in explained["agreeing"][:5]:
        expect(page.locator("main")).to_contain_text(gene["gene_symbol"] or gene["gene_id"])
    picture = page.locator(".pair img")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


def test_a_structure_in_the_sketcher_gets_its_analogs(page, site, told):
    smiles = "CC(=O)Oc1ccccc1C(=O)OC"
    page.goto(f"{site}/sketch?name={quote(smiles)}")
    expect(page.locator("[data-sketcher][data-ready]")).to_be_visible()
    expect(page.locator("#smiles")).to_have_value(smiles)
    page.locator("form.ask button").first.click()
    page.wait_for_url("**/analogs?**")
    assert page.evaluate(NAMES) == [hit["name"] for hit in told("analogs", smiles, "-k", "20")["hits"]]


def test_drawing_with_the_mouse_writes_smiles(page, site):
    page.goto(f"{site}/sketch")
    expect(page.locator("[data-sketcher][data-ready]")).to_be_visible()
    expect(page.locator("#smiles")).to_have_value("")
    page.locator("[data-sketcher]").click(position={"x": 300, "y": 200})  # the tool at the start draws a bond
    expect(page.locator("#smiles")).to_have_value("CC")


def test_pasted_genes_are_mapped_and_answered(page, site, told):
    up = ["MX1", "ISG15", "IFIT3", "OAS1", "IFI6", "STAT1", "IRF7", "MX2", "IFIT1", "IFI44L"]
    page.goto(f"{site}/genes")
    page.locator("#up").fill("\n".join([*up, "NOTAGENE"]))
    page.locator("form.boxes button").first.click()
    page.wait_for_url("**/query**")
    assert page.evaluate(NAMES) == [hit["name"] for hit in told("query", "--up", ",".join([*up, "NOTAGENE"]))["hits"]]
    expect(page.locator("main")).to_contain_text("10 of 11")


def test_the_csv_holds_every_hit_and_the_link_opens_the_same_view_elsewhere(page, tab, site, told):
    page.goto(f"{site}/like?name=everolimus&k=15&active=1")
    with page.expect_download() as download:
        page.locator("a[data-csv]").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    hits = told("like", "everolimus", "-k", "15", "--active")["hits"]
    assert [(row["name"], float(row["connectivity"])) for row in rows] == [
        (hit["name"], hit["connectivity"]) for hit in hits
    ]
    other = tab()
    other.goto(page.locator("a[data-permalink]").evaluate("link => link.href"))
    assert other.evaluate(NAMES) == [hit["name"] for hit in hits]


def test_points_of_the_picture_show_their_structure(page, site):
    page.goto(f"{site}/like?name=everolimus")
    peek = page.locator(".peek")
    expect(peek).to_be_hidden()
    page.locator(".plot a[data-drawing]").first.focus()
    expect(peek).to_be_visible()
    assert page.locator(".peek img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 50
    page.keyboard.press("Escape")
    expect(peek).to_be_hidden()


def test_a_phone_shows_every_page_without_scrolling_sideways(tab, site):
    page = tab(size=_BROWSER.PHONE)
    for path in SEEN:
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.goto(f"{site}/like?name=everolimus")
    assert page.locator(".hits tbody tr").first.evaluate("row => getComputedStyle(row).display") == "grid"


@pytest.mark.parametrize("dark", [False, True])
def test_the_ground_is_light_or_dark_as_the_machine_asks(tab, site, dark):
    page = tab(dark=dark)
    page.goto(f"{site}/")
    shades = [
        int(part) for part in re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))
    ]
    assert (max(shades) < 64) if dark else (min(shades) > 192)


def test_without_script_the_main_questions_are_answered(tab, site, told):
    page = tab(script=False)
    page.goto(f"{site}/")
    page.locator("#name").fill("everolimus")
    page.keyboard.press("Enter")
    page.wait_for_url("**/like?**")
    hits = told("like", "everolimus")["hits"]
    assert page.locator("table[data-table=hits] td.compound").all_inner_texts() == [hit["name"] for hit in hits]
    page.locator("a[data-sort=tanimoto]").click()
    by_structure = [hit["name"] for hit in sorted(hits, key=lambda hit: -hit["tanimoto"])]
    assert page.locator("table[data-table=hits] td.compound").all_inner_texts() == by_structure
    page.locator(WHY).first.click()
    expect(page.locator("h1")).to_contain_text("Why")


@pytest.mark.parametrize(
    ("size", "dark", "rules"),
    [
        (_BROWSER.DESKTOP, False, {}),
        (_BROWSER.PHONE, False, {}),
        (_BROWSER.DESKTOP, True, {"runOnly": ["color-contrast"]}),
    ],
    ids=["desk", "phone", "dark"],
)
def test_no_serious_fault_for_screen_readers(tab, site, size, dark, rules):
    axe = pytest.importorskip("axe_playwright_python.base", reason="the extra 'browser' is not installed")
    page = tab(size=size, dark=dark)
    for path in SEEN:
        page.goto(site + path)
        page.evaluate(f"() => {{ {axe.AXE_SCRIPT}\n }}")
        found = page.evaluate(
            "rules => axe.run(document, {resultTypes: ['violations'], elementRef: false, ...rules})", rules
        )
        serious = [one for one in found["violations"] if one["impact"] in {"serious", "critical"}]
        assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == [], path


def test_the_watch_sees_what_leaves_the_machine_and_what_fails(chromium, site):
    watch = _BROWSER.Watch()
    with _BROWSER.tab(chromium, watch=watch) as page:
        page.goto(f"{site}/")
        page.evaluate("() => { new Image().src = 'http://elsewhere.invalid/x.png'; console.error('wrong'); }")
        page.evaluate("() => { setTimeout(() => { throw new Error('broken'); }, 0); }")
        page.wait_for_timeout(200)
    text = " ".join(watch.errors)
    assert "wrong" in text
    assert "broken" in text
    assert "elsewhere.invalid" in text  # the content security policy stops it
    page_of_another = _BROWSER.Watch(requests=[f"{site}/like", "http://elsewhere.invalid/x.png"])
    assert page_of_another.foreign(site) == ["http://elsewhere.invalid/x.png"]


def test_a_broken_structure_is_told_beside_its_box_as_one_types(page, site):
    page.goto(f"{site}/")
    said = page.locator(".ask .read")
    page.locator("#name").type("CC(=O)Oc1ccccc1C(=O")
    expect(said).to_have_text("not yet a structure: 1 '(' is not closed")
    expect(page.locator("#name")).to_have_attribute("aria-invalid", "true")
    page.locator("#name").type(")OC")
    expect(said).to_contain_text("C10H10O4")
    assert page.locator(".ask .read img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 50
    page.locator("#name").fill("everolimus")
    expect(said).to_have_text("")


def test_an_empty_box_says_what_to_type(page, site):
    page.goto(f"{site}/")
    page.locator("form.ask button").first.click()
    assert "everolimus" in page.locator("#name").evaluate("box => box.validationMessage")
    assert page.url == f"{site}/"


def test_a_choice_from_the_list_of_processes_is_ranked_by(page, site, told):
    page.goto(f"{site}/rank")
    page.locator("#panel").select_option("mtorc1")
    page.wait_for_url("**/rank?**")
    assert page.evaluate(NAMES) == [hit["name"] for hit in told("rank", "mtorc1")["hits"]]


def test_the_quality_of_the_database_appears_while_one_looks(page, site, told):
    page.goto(f"{site}/about")
    page.wait_for_selector("table.quality", timeout=120_000)
    found = told("evaluate")["retrieval"]["mean_average_precision"]
    expect(page.locator("th[title='same class, other plates: mAP'] + td")).to_have_text(f"{found:.3f}")


def test_a_phone_opens_the_rest_of_a_row_and_draws_with_a_finger(tab, site):
    page = tab(size=_BROWSER.PHONE)
    page.goto(f"{site}/like?name=everolimus")
    row = page.locator("table[data-table=hits] tbody tr").first
    expect(row.locator("td[data-label='tau, %']")).to_be_hidden()
    row.locator("button").tap()
    expect(row.locator("td[data-label='tau, %']")).to_be_visible()
    page.goto(f"{site}/sketch")
    expect(page.locator("[data-sketcher][data-ready]")).to_be_visible()
    place = page.locator("[data-sketcher]").bounding_box()
    size = 21 * 1.75  # of a sign of the editor, in pixels of the page; benzene is the tenth of the second column
    page.touchscreen.tap(place["x"] + 1.5 * size + 4, place["y"] + 9.5 * size + 5)
    page.touchscreen.tap(place["x"] + 0.7 * place["width"], place["y"] + 200)
    expect(page.locator("#smiles")).to_have_value("c1ccccc1")
    assert size > 36
