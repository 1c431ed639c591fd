"""The pages as a browser without script gets them: figures, links, CSV, refusals, hostile names."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shlex
import time
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra 'web' is not installed")

HDAC_UP = "MX1 ISG15 IFIT3 OAS1 IFI6 STAT1 IRF7 MX2 IFIT1 IFI44L"
HOSTILE = '<script>alert("x")</script>'
ASPIRIN_ESTER = "CC(=O)Oc1ccccc1C(=O)OC"
VIEWS = ["/", "/like?name=everolimus", "/analogs?name=everolimus", "/compound?name=everolimus", "/sketch", "/genes",
         "/explain?query=everolimus&hit=novolimus", "/compare?name=everolimus&name=tacrolimus", "/rank", "/rank?by=ifn",
         "/cliffs?k=3", "/hops?k=3", "/about", "/substructure?smarts=c1ccccc1", f"/query?up={quote(HDAC_UP)}"]  # fmt: skip


@pytest.fixture(scope="module")
def pages(demo_home):
    """Ask the application over the demonstration."""
    from starlette.testclient import TestClient

    from vcpi.web.app import make_app

    with TestClient(make_app(demo_home), base_url="http://localhost:8765", follow_redirects=False) as client:
        yield client


class Page(HTMLParser):
    """A page taken apart: tables by name, links, images, ids, what needs a label."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.links, self.images, self.ids, self.labelled, self.inputs = {}, [], [], [], [], []
        self.tags, self.attributes = set(), set()
        self.permalink = None
        self._table = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(values)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "table" and "data-table" in values:
            self._table = self.tables.setdefault(values["data-table"], [])
        elif tag == "tr" and self._table is not None:
            self._table.append({})
        elif tag == "td" and self._table:
            self._table[-1][values.get("data-label")] = values.get("data-value")
        elif tag == "a":
            self.links.append(values.get("href"))
            self.permalink = values["href"] if "data-permalink" in values else self.permalink
        elif tag == "img":
            self.images.append(values)
        elif tag == "label" and "for" in values:
            self.labelled.append(values["for"])
        elif tag in {"input", "textarea", "select"} and values.get("type") not in {"hidden", "checkbox"}:
            self.inputs.append(values.get("id"))

    def handle_endtag(self, tag):
        if tag == "table":
            self._table = None

    def rows(self, name="hits"):
        return [row for row in self.tables[name] if row]


def get(pages, address, status=200):
    answer = pages.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == status, (address, answer.status_code, answer.text[:300])
    return answer


def test_the_hits_are_those_of_the_command_line_to_the_last_digit(pages, vcpi_command, demo_home):
    told = json.loads(vcpi_command(demo_home, "like", "everolimus", "-f", "json").out)
    rows = Page(get(pages, "/like?name=everolimus").text).rows()
    assert [row["name"] for row in rows] == [hit["name"] for hit in told["hits"]]
    for label, field in (("acts alike", "connectivity"), ("q (noise)", "q_noise"), ("looks alike", "tanimoto"), ("tau, %", "tau"), ("strength, log2", "strength")):  # fmt: skip
        assert [float(row[label]) for row in rows] == [hit[field] for hit in told["hits"]], field


def test_a_table_as_csv_is_that_of_the_command_line(pages, vcpi_command, demo_home):
    for address, words in (("/like?name=everolimus&k=4", ["like", "everolimus", "-k", "4"]), ("/cliffs?k=5", ["cliffs", "-k", "5"]), ("/analogs?name=sirolimus&k=3", ["analogs", "sirolimus", "-k", "3"])):  # fmt: skip
        link = next(one for one in Page(get(pages, address).text).links if "format=csv" in one)
        answer = get(pages, link)
        assert answer.headers["content-type"].startswith("text/csv")
        assert "attachment" in answer.headers["content-disposition"]
        assert list(csv.reader(io.StringIO(answer.text))) == list(csv.reader(io.StringIO(vcpi_command(demo_home, *words, "-f", "csv").out)))  # fmt: skip


@pytest.mark.parametrize("address", [
    "/like?name=everolimus&k=3&active=1&exclude_same_plate=1&where=mw%3C1000", "/like?name=sirolimus&reverse=1&k=2",
    "/rank?by=ifn&lowest=1&k=4", "/hops?k=3&cutoff=0.3", f"/query?up={quote(HDAC_UP)}&k=2", "/analogs?name=everolimus&k=2&cutoff=0.5",
])  # fmt: skip
def test_the_command_line_of_a_view_gives_its_rows(pages, vcpi_command, demo_home, address):
    text = get(pages, address).text
    page = Page(text)
    command = (
        re.search(r"<code>(vcpi .*?)</code>", text)[1].replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'")
    )
    said = vcpi_command(demo_home, *shlex.split(command)[1:], "-f", "json")
    assert said.status == 0, said.err
    names = [hit.get("name", hit.get("name_a")) for hit in json.loads(said.out)["hits"]]
    assert [row.get("name", row.get("stronger")) for row in page.rows()] == names
    assert Page(get(pages, page.permalink).text).rows() == page.rows()


@pytest.mark.parametrize("address", VIEWS)
def test_every_page_says_that_counts_are_simulated_and_holds_nothing_inline(pages, address):
    text = get(pages, address).text
    page = Page(text)
    assert "SIMULATED" in text.split("<main")[0]
    assert "style" not in page.tags | page.attributes
    assert not {name for name in page.attributes if name.startswith("on")}
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, flags=re.DOTALL)
    assert scripts
    assert all('src="/static/' in head and not body for head, body in scripts)
    assert not re.findall(r"(?:href|src)=\"(?:https?:)?//", text)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.inputs) - {None, "quick"} <= set(page.labelled)
    assert text.count("<h1") == 1


def test_every_link_of_an_answer_leads_somewhere(pages):
    found = set()
    for address in ("/like?name=everolimus&k=3", "/analogs?name=everolimus&k=2", "/about", "/"):
        page = Page(get(pages, address).text)
        found |= {one for one in (*page.links, *(image["src"] for image in page.images)) if one.startswith("/")}
    for one in sorted(found):
        assert pages.get(one).status_code in {200, 303}, one


def test_structures_are_drawn_beside_every_hit_with_the_query_marked(pages):
    page = Page(get(pages, "/like?name=everolimus&k=5").text)
    drawn = [image for image in page.images if image.get("loading") == "lazy"]
    assert len(drawn) == 5
    assert all(parse_qs(urlsplit(image["src"]).query)["like"] for image in drawn)
    marked, plain = get(pages, drawn[0]["src"]).text, get(pages, drawn[0]["src"].split("&like")[0]).text
    for svg in (marked, plain):
        assert svg.startswith("<svg") or svg.startswith("<?xml")
        assert "style=" not in svg
        assert "<script" not in svg
    assert marked.count("<ellipse") > plain.count("<ellipse")


def test_sorting_works_without_script(pages):
    rows = Page(get(pages, "/like?name=everolimus&sort=-tanimoto").text).rows()
    values = [float(row["looks alike"]) for row in rows]
    assert values == sorted(values, reverse=True)
    assert len({row["rank"] for row in rows}) == len(rows) == 10
    assert Page(get(pages, "/like?name=everolimus&sort=nonsense").text).rows()[0]["rank"] == "1"


def test_an_unknown_name_gets_the_nearest_ones_as_links_of_the_same_question(pages):
    page = Page(get(pages, "/like?name=evrolimus&k=3", 404).text)
    link = next(one for one in page.links if one.startswith("/like"))
    assert parse_qs(urlsplit(link).query) == {"name": ["everolimus"], "k": ["3"]}
    assert Page(get(pages, link).text).rows()


def test_a_suggestion_mends_the_wrong_line_and_no_other(pages):
    page = Page(get(pages, "/compare?name=tacrolimus%0Aevrolimus%0Aevrolimus-2", 404).text)
    link = next(one for one in page.links if one.startswith("/compare?"))
    assert parse_qs(urlsplit(link).query) == {"name": ["tacrolimus\neverolimus\nevrolimus-2"]}


@pytest.mark.parametrize(("address", "action", "typed"), [
    ("/compare?name=tacrolimus%0Aevrolimus&name=sirolimus", "/compare", "tacrolimus\nevrolimus\nsirolimus"),
    ("/compare?name=tacrolimus", "/compare", "tacrolimus"),
    ("/rank?by=IFN-alpha", "/rank", 'value="IFN-alpha"'),
    ("/substructure?smarts=c1cc", "/substructure", 'value="c1cc"'),
    ("/analogs?name=CC(%3DO", "/analogs", 'value="CC(=O"'),
    ("/like?name=CC(%3DO", "/like", 'value="CC(=O"'),
])  # fmt: skip
def test_a_refusal_holds_the_box_of_its_own_question_with_what_was_typed(pages, address, action, typed):
    text = get(pages, address, 404 if "evrolimus" in address or "CC(" in address else 422).text
    box = re.search(r'<form class="ask" action="([^"]+)".*?</form>', text, flags=re.DOTALL)
    assert box[1] == action
    assert typed in box[0]


@pytest.mark.parametrize("written", ["everolimus, tacrolimus,sirolimus", "everolimus; tacrolimus ;sirolimus"])
def test_compounds_of_one_line_are_compared_like_those_of_three(pages, written):
    texts = (get(pages, f"/compare?name={name}&format=csv").text for name in (quote(written), "everolimus%0Atacrolimus%0Asirolimus"))  # fmt: skip
    one, other = ([(row["a"], row["b"], row["tanimoto"], row["connectivity"]) for row in csv.DictReader(io.StringIO(text))] for text in texts)  # fmt: skip
    assert one == other  # not the common core, whose search ends by the clock
    assert len(one) == 3


@pytest.mark.parametrize("address", ["/rank?by=ifn", "/rank?by=mtorc1&lowest=1", "/rank?by=mtorc1&lowest=1&k=1"])
def test_a_ranking_says_before_its_rows_how_many_are_beyond_noise(pages, address):
    told = get(pages, address).text.partition("<table")[0]
    rows = list(csv.DictReader(io.StringIO(get(pages, f"{address}&format=csv").text)))
    beyond = sum(float(row["q"]) < 0.05 for row in rows)
    assert (f"{beyond} of the {len(rows)} rows" in told) == (beyond > 0)
    assert ("No row is beyond noise" in told) == (beyond == 0)


@pytest.mark.parametrize("address", ["/like?name=everolimus", "/rank?by=ifn", "/cliffs", "/hops"])
def test_every_badge_of_a_table_is_explained_in_words_on_its_page(pages, address):
    text = get(pages, address).text
    marks = set(re.findall(r'class="badge flag"\s+tabindex="0" title="[^"]*">(?:[^<:]*: )?([^<:]+)<', text))
    legend = re.search(r'<details class="legend">.*?</details>', text, flags=re.DOTALL)[0]
    assert marks
    assert marks <= set(re.findall(r"<dt>([^<]+)</dt>", legend))


@pytest.mark.parametrize(("address", "status", "parts"), [
    ("/like?name=CC(%3DO", 404, ["nor is it a structure", "is not closed"]),
    ("/like?name=everolimus&k=0", 422, ["k is", "whole number"]),
    ("/like?name=everolimus&k=1e9", 422, ["whole number"]),
    ("/like?name=everolimus&reverse=maybe", 422, ["reverse is"]),
    ("/like?name=everolimus&method=magic", 422, ["magic"]),
    ("/analogs?name=everolimus&cutoff=2", 422, ["cutoff is", "up to 1"]),
    ("/analogs?name=everolimus&same=family", 422, ["same is", "scaffold"]),
    ("/query", 422, ["No genes"]),
    ("/query?up=MX1", 422, ["1 of 1"]),
    ("/query?up=NOTAGENE+NOTAGENE2", 422, ["NOTAGENE"]),
    (f"/query?up={quote(HDAC_UP)}&table=TP53%201", 422, ["give one of the two"]),
    (f"/explain?query=everolimus&hit={quote(ASPIRIN_ESTER)}", 422, ["signature"]),
    ("/explain?query=everolimus", 422, ["two compounds"]),
    ("/compare?name=everolimus", 422, ["compounds"]),
    ("/rank?by=nonsense", 422, ["nonsense"]),
    ("/substructure?smarts=((", 422, ["SMARTS"]),
    ("/like?name=" + "C" * 20_001, 422, ["characters"]),
    ("/about?evaluate=1&dataset=nowhere", 422, ["nowhere"]),
])  # fmt: skip
def test_what_cannot_be_asked_gets_a_page_that_says_why(pages, address, status, parts):
    text = get(pages, address, status).text
    told = re.search(r'role="alert">(.*?)</p>', text, flags=re.DOTALL)[1]
    for part in parts:
        assert part in told
    assert "Traceback" not in text
    assert "SIMULATED" in text


def test_a_compound_that_was_not_measured_is_answered_by_structure(pages):
    text = get(pages, f"/like?name={quote(ASPIRIN_ESTER)}").text
    assert "was not measured here" in text
    rows = Page(text).rows("analogs")
    values = [float(row["looks alike"]) for row in rows]
    assert len(values) > 3
    assert values == sorted(values, reverse=True)
    assert "not measured" in get(pages, f"/analogs?name={quote(ASPIRIN_ESTER)}").text or rows


def test_genes_that_are_pasted_become_a_link_and_say_what_was_lost(pages):
    body = {"up": f"{HDAC_UP.replace(' ', chr(10))}\nNOTAGENE", "down": "", "table": "", "genes": "", "k": "3"}
    answer = pages.post(
        "/query", data=body, headers={"Origin": "http://localhost:8765", "Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 303
    text = get(pages, answer.headers["location"]).text
    assert "<strong>10 of 11</strong>" in text
    assert re.search(r"1 unmapped.*?NOTAGENE", text, flags=re.DOTALL)
    assert len(Page(text).rows()) == 3


def test_a_pasted_table_finds_the_compound_that_it_is_of(pages, demo):
    rows = [row for row in demo.signature("vorinostat") if row["z"] is not None]
    table = "gene,z\n" + "\n".join(f"{row['gene_symbol'] or row['gene_id']},{row['z']}" for row in rows)
    answer = pages.post("/query", data={"table": table}, headers={"Origin": "http://localhost:8765"})
    assert answer.status_code == 200
    assert Page(answer.text).rows()[0]["name"] == "vorinostat"
    assert "too long for a link" in answer.text
    assert "vcpi query --signature table.tsv" in answer.text


def test_what_is_pasted_is_never_read_as_a_file(pages, tmp_path):
    path = tmp_path / "genes.txt"
    path.write_text(HDAC_UP)
    for box in ("up", "genes", "table"):
        text = get(pages, f"/query?{box}={quote(str(path))}", 422).text
        assert "ISG15" not in text


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Make a workspace in which every text that a source can give is markup."""
    import sys

    from starlette.testclient import TestClient

    from vcpi.cli.app import main
    from vcpi.web.app import make_app

    home = tmp_path_factory.mktemp("hostile")
    smiles = [
        "CCO",
        "c1ccccc1",
        "CC(=O)O",
        "CCN",
        "c1ccncc1",
        "CCCCC",
        "CC(C)O",
        "OCCO",
        "c1ccccc1O",
        "CCS",
        "CCCl",
        "CCBr",
    ]
    rng = np.random.default_rng(3)
    values = rng.normal(size=(30, len(smiles)))
    values[:, 1] = values[:, 0] + 0.1 * rng.normal(size=30)
    ids = [f"s{n}" for n in range(len(smiles))]
    genes = [
        "MX1",
        "ISG15",
        "IFIT3",
        "OAS1",
        "IFI6",
        "STAT1",
        "IRF7",
        "MX2",
        "IFIT1",
        "IFI44L",
        "TP53",
        "MYC",
        "EGFR",
        "KRAS",
        "BRAF",
        "PTEN",
        "RB1",
        "FOS",
        "JUN",
        "EGR1",
        "ATF3",
        "DDIT3",
        "HMOX1",
        "HSPA5",
        "LDLR",
        "SQLE",
        "INSIG1",
        "SCD",
        "TXNIP",
        "GAPDH",
    ]
    (home / "z.csv").write_text(
        "gene,"
        + ",".join(ids)
        + "\n"
        + "".join(
            f"{gene}," + ",".join(f"{one:.4f}" for one in row) + "\n" for gene, row in zip(genes, values, strict=True)
        )
    )
    with (home / "compounds.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["compound_id", "name", "smiles", "class", "moa", "target"])
        writer.writerows(
            [one, f"{HOSTILE}{n}", drawn, HOSTILE, f'"><img src=x onerror=alert({n})>', HOSTILE]
            for n, (one, drawn) in enumerate(zip(ids, smiles, strict=True))
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sys,
            "argv",
            [
                "vcpi",
                "--home",
                str(home / "ws"),
                "ingest",
                "signatures",
                str(home / "z.csv"),
                "--compounds",
                str(home / "compounds.csv"),
                "--dataset",
                HOSTILE,
            ],
        )
        assert main() == 0
    with TestClient(make_app(home / "ws"), base_url="http://localhost:8765", follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("address", [
    "/", "/like?name={}0&k=3", "/analogs?name={}0", "/compound?name={}0", "/explain?query={}0&hit={}1", "/compare?name={}0&name={}1",
    "/rank?by=gene:MX1", "/about", "/like?name={}", "/like?name={}0&class={}", "/query?up={}", "/query?genes=MX1+{}", "/substructure?smarts={}",
    "/sketch?name={}&smarts={}", "/genes?up={}&table={}", "/like?name={}0&without={}&dataset={}", "/cliffs", "/hops", "/drawing.svg?name={}", "/pair.svg?a={}&b={}",
])  # fmt: skip
def test_texts_of_a_source_or_a_link_are_never_markup(hostile, address):
    text = hostile.get(address.replace("{}", quote(HOSTILE)), headers={"Accept": "text/html"}).text
    assert "<script>" not in text
    assert "<img src=x" not in text
    assert "Traceback" not in text


def test_the_hostile_names_are_shown_as_they_are(hostile):
    text = hostile.get(f"/like?name={quote(HOSTILE)}0&k=3").text
    assert Page(text).rows()[0]["name"] == f"{HOSTILE}1"
    assert "SIMULATED" not in text


def test_scripts_ship_with_their_licence(pages):
    text = get(pages, "/static/openchemlib.js").text
    assert "@license BSD-3-Clause" in text[-400:]
    assert "Redistribution and use in source and binary forms" in get(pages, "/static/openchemlib.LICENSE.txt").text
    version = re.search(r"@version v([0-9.]+)", text[-400:])[1]
    assert f"OpenChemLib JS {version}" in get(pages, "/static/NOTICE.txt").text
    assert f"OpenChemLib {version}" in get(pages, "/sketch").text
    for address in VIEWS[:4]:
        assert "openchemlib" not in get(pages, address).text


def test_names_are_completed_as_one_types(demo):
    from vcpi.web.pages.suggestions import complete

    assert complete(demo, "EVERO")[0] == "everolimus"
    assert "temsirolimus" in complete(demo, "sirolimus")
    assert complete(demo, "evrolimus")[0] == "everolimus"
    assert complete(demo, "%") == complete(demo, "") == complete(demo, "x" * 500) == []


def test_the_names_are_those_that_sql_finds(demo):
    from vcpi.web.pages.suggestions import complete

    sql = """SELECT DISTINCT lower(name) FROM name WHERE name LIKE ? AND kind IN ('name', 'synonym', 'source_id')"""
    for typed in ("s", "to", "MUS", "lin", "91", "dexa", "ol", "-1"):
        begins = {row[0] for row in demo._connection.execute(sql, [f"{typed}%"])}
        holds = {row[0] for row in demo._connection.execute(sql, [f"%{typed}%"])}
        found = complete(demo, typed, n=2_000)
        assert {name.lower() for name in found} == holds, typed
        assert {name.lower() for name in found[: len(begins)]} == begins, typed


def test_what_is_kept_of_a_store_goes_with_its_content(tmp_path, vcpi_command):
    from vcpi.database import Database
    from vcpi.web.pages.suggestions import complete
    from vcpi.web.state import Kept

    counted = Kept(lambda database: database.status()["counts"]["compound"])
    for names in (["aspirin"], ["aspirin", "zebularine"]):
        smiles = {"aspirin": "CC(=O)Oc1ccccc1C(=O)O", "zebularine": "O=C1N=CC=CN1C1OC(CO)C(O)C1O"}
        table = tmp_path / "compounds.csv"
        table.write_text("name,smiles\n" + "".join(f"{one},{smiles[one]}\n" for one in names), encoding="utf-8")
        assert vcpi_command(tmp_path / "home", "ingest", "compounds", table).status == 0
        with Database(tmp_path / "home") as database:
            assert counted.of(database) == counted.of(database) == len(names)
            assert complete(database, "zebu") == names[1:]


@pytest.mark.parametrize(
    ("address", "say", "box"),
    [
        ("/like?name=", "type a name", 'name="name"'),
        ("/like?name=%20%20", "type a name", 'name="name"'),
        ("/analogs?name=", "paste a SMILES", 'name="name"'),
        ("/compound?name=", "type a name", 'name="name"'),
        ("/substructure?smarts=", "the part that compounds should hold", 'name="smarts"'),
        ("/rank?by=", "type a panel", 'name="by"'),
        ("/compare?name=", "two to eight names", 'name="name"'),
    ],
)
def test_an_empty_box_says_what_to_type_and_shows_the_box_again(pages, address, say, box):
    text = get(pages, address, 422).text
    assert say in re.search(r'role="alert">(.*?)</p>', text, flags=re.DOTALL)[1]
    assert box in re.search(r'<form class="ask".*?</form>', text, flags=re.DOTALL)[0]
    assert "Nothing was asked yet" in text


def test_an_unknown_process_leads_to_the_nearest(pages):
    text = get(pages, "/rank?by=IFN-alpha&k=5", 422).text
    near = re.search(r'<ul class="near">(.*?)</ul>', text, flags=re.DOTALL)[1]
    links = re.findall(r'href="([^"]+)"', near)
    assert parse_qs(urlsplit(links[0].replace("&amp;", "&")).query) == {"k": ["5"], "by": ["ifn"]}
    assert len(links) <= 8
    assert get(pages, links[0].replace("&amp;", "&")).status_code == 200


def test_an_unknown_class_leads_to_the_nearest(pages):
    text = get(pages, "/like?name=everolimus&class=HDAC", 422).text
    near = re.search(r'<ul class="near">(.*?)</ul>', text, flags=re.DOTALL)[1]
    target = re.search(r'href="([^"]+)"', near)[1].replace("&amp;", "&")
    assert get(pages, target).status_code == 200
    assert "name=everolimus" in target


@pytest.mark.parametrize(
    "message",
    [
        "AZ has no signature in the workspace; 'vcpi analogs' finds measured compounds like it",
        "hit has no signature in screen; 'vcpi analogs' compares structures alone",
        "index/a.npy is damaged: its digest is not the one in its manifest; run 'vcpi build'",
        "No compound is called 'x'; give a name, source id, InChIKey or SMILES, or list them with 'vcpi export compounds'",
        "2 of 3 ids are genes; name more genes ('vcpi export genes' lists those of the workspace), or ask with fewer: min_genes",
        "leave them off, or use 'vcpi like'",
        "The workspace holds no dataset; read one with 'vcpi ingest release' or 'vcpi demo'",
        "no compound has a class; add some with 'vcpi ingest annotations' for retrieval by class",
        "axes and modules were not scored in this dataset; 'vcpi build' does it",
    ],
)
def test_a_message_of_a_page_names_no_verb_of_the_command_line_and_keeps_what_is_wrong(message):
    from vcpi.web.pages.ways import for_page

    told = for_page(message)
    assert "'vcpi" not in told
    assert "min_genes" not in told
    assert message.split(";", maxsplit=1)[0].split(", or use")[0] in told
    assert not told.endswith((";", ",", " or"))


def test_no_page_sends_its_reader_to_the_command_line(pages):
    for address in (
        "/like?name=CC(%3DO", f"/explain?query=everolimus&hit={quote(ASPIRIN_ESTER)}", "/query?up=MX1", "/rank?by=set:no",
        "/compound?name=sirolimus", "/about?evaluate=1", "/rank?by=gene:NOPE1", f"/like?name={quote(ASPIRIN_ESTER)}",
    ):  # fmt: skip
        answer = pages.get(address, headers={"Accept": "text/html"}, follow_redirects=True)
        plain = html.unescape(re.sub(r"<code>.*?</code>", "", answer.text, flags=re.DOTALL))
        assert "'vcpi " not in plain, address


def test_a_drawn_structure_that_was_not_measured_is_shown_beside_real_drawings(pages):
    text = get(pages, f"/like?name={quote(ASPIRIN_ESTER)}").text
    drawings = [one.replace("&amp;", "&") for one in re.findall(r'src="(/drawing.svg[^"]+)"', text)]
    assert len(drawings) > 5
    for one in drawings:
        svg = get(pages, one).text
        assert "no drawing" not in svg
        assert svg.count("<path") > 5


def test_the_figures_of_quality_come_to_the_page_with_their_progress(pages, demo_home, vcpi_command):
    text = get(pages, "/about").text
    until = time.monotonic() + 120
    shares = []
    while "data-progress" in text and time.monotonic() < until:
        shares.append(int(re.search(r'<progress[^>]* value="(\d+)"', text)[1]))
        time.sleep(0.2)
        text = get(pages, "/about").text
    assert shares == sorted(shares)
    assert all(0 <= one <= 100 for one in shares)
    told = json.loads(vcpi_command(demo_home, "evaluate", "-f", "json").out)
    shown = html.unescape(re.search(r'<table class="plain words quality">(.*?)</table>', text, flags=re.DOTALL)[1])
    cells = dict(re.findall(r'<th scope="row" title="([^"]+)">[^<]+</th><td class="right">([^<]+)</td>', shown))
    assert float(cells["same class, other plates: mAP"]) == pytest.approx(told["retrieval"]["mean_average_precision"], abs=0.001)  # fmt: skip
    assert cells["classes found at q < 0.05"] == f"{told['retrieval']['significant']:.1%}"
    assert float(cells["plate leakage: ratio to chance"]) == pytest.approx(told["leakage"]["ratio"], abs=0.01)


def test_axes_of_compared_compounds_have_one_scale(pages):
    text = get(pages, "/compare?name=sirolimus&name=tacrolimus&name=vorinostat").text
    plots = re.findall(r"<svg[^>]*Axes of.*?</svg>", text, flags=re.DOTALL)
    ticks = [re.findall(r'y="[\d.]+" text-anchor="middle"[^>]*>(-?[\d.]+)<', plot) for plot in plots]
    assert len(plots) == 3
    assert len(ticks[0]) >= 3
    assert ticks[0] == ticks[1] == ticks[2]


@pytest.mark.parametrize("address", ["/like?name=sirolimus&name=everolimus", "/like?name=everolimus&sort=-tanimoto"])
def test_the_nearest_is_explained_only_where_the_row_is_of_the_nearest(pages, address):
    text = get(pages, address).text
    nearest = re.search(r"Nearest: <strong>([^<]+)</strong>", text)[1]
    assert nearest
    assert ">Why?</a>" not in text
    assert ">Why?</a>" in get(pages, "/like?name=everolimus").text


def test_an_explanation_is_told_in_sentences_that_hold(pages, vcpi_command, demo_home):
    for query, hit in (("everolimus", "torin-1"), ("everolimus", "novolimus")):
        said = vcpi_command(demo_home, "explain", query, hit, "-f", "json")
        told = json.loads(said.out)
        text = html.unescape(get(pages, f"/explain?query={query}&hit={hit}").text)
        raised, lowered = ([_gene(one) for one in told["agreeing"] if min(one["query_z"] * sign, one["hit_z"] * sign) > 0][:3] for sign in (1, -1))  # fmt: skip
        sentence = re.search(r"Both raise (.*?) and lower (.*?): these genes", text)
        assert re.split(", | and ", sentence[1]) == raised
        assert re.split(", | and ", sentence[2]) == lowered
        assert "Noise alone does not come as close." in text
        assert told["scores"]["q_noise"] < 0.05
        assert f"share a core of {told['structure']['core_atoms']} atoms" in text or not told["structure"]["has_core"]


def _gene(row):
    return row["gene_symbol"] or row["gene_id"]


@pytest.mark.parametrize("address", ["/compound?name=sirolimus", "/compare?name=sirolimus&name=tacrolimus"])
def test_a_report_calls_things_as_the_other_pages_do_and_explains_its_columns(pages, address):
    text = get(pages, address).text
    heads = re.findall(r'<th scope="col"(?: class="word")?(?: title="([^"]*)")?>([^<]*)</th>', text)
    labels = {label for _, label in heads}
    assert not labels & {"connectivity", "Tanimoto", "p specific", "flags"}
    assert {label for meaning, label in heads if meaning} & {"acts alike", "strength, log2"}
