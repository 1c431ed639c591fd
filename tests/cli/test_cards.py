"""The compound card and the facts verbs, as a reader at the terminal, of a page or of JSON sees them."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

from vcpi.records import Compound

HOSTILE = """\
vcpi_facts: 1
document: {id: "=doc", title: "<script>alert(1)</script> | **bold**", kind: own-notes}
compounds:
  - {key: x, name: aspirin, smiles: CC(=O)Oc1ccccc1C(=O)O, names: [{name: "=1+1"}]}
measurements:
  - {compound: x, target: "=HYPERLINK(1)", measure: IC50, value: 2, unit: nM, assay: "<b>bold</b> | a"}
statements:
  - {id: s, compound: x, subject: "a|b", text: "`code` <img src=x onerror=y> & more", direct: direct, evidence: asserted}
"""


def test_the_short_card_is_readable(demo_home, vcpi_command):
    said = vcpi_command(demo_home, "compound", "deforolimus")
    assert said.status == 0
    reported = said.out[said.out.index("reported in a document") :]
    assert max(map(len, reported.splitlines())) <= 118
    assert len(said.out.splitlines()) < 60
    for text in ("IC50 = 0.2 nM [4, 5]", "EC50 = 0.1 nM [4]", "FKBP12 (co-receptor)", "BenchChem B1261145", "(misprint)",
                 "mTORC2 IC50", "no value reported", "2 protocols, 17 references", "vendor guide"):  # fmt: skip
        assert text in said.out
    assert "CHAPS" not in said.out


def test_the_full_card_leaves_nothing_out(demo_home, vcpi_command):
    out = " ".join(vcpi_command(demo_home, "compound", "ridaforolimus", "--full").out.split())
    for text in ("40 mM HEPES pH 7.4", "0.3% CHAPS", "30 °C, 30 min", "4 °C, overnight", "S235/S236", "TORCAR", "[17]",
                 "transferred from rapamycin", "microautophagy", "info@benchchem.com", "research use only"):  # fmt: skip
        assert text in out


def test_novolimus_says_that_no_value_is_reported(demo_home, vcpi_command):
    out = vcpi_command(demo_home, "compound", "novolimus", "--full").out
    assert "Potencies" not in out
    assert re.search(r"potency +no value reported", out)
    assert "transferred from everolimus" in out
    assert "933.14" in out
    assert "does not go together (1;" in out


def test_figures_of_a_table_keep_their_columns(demo_home, vcpi_command):
    out = " ".join(vcpi_command(demo_home, "compound", "sirolimus", "--full").out.split())
    assert "mTOR / rapamycin: signed -0.063, abs 0.285" in out or "mTOR / rapamycin signed -0.063, abs 0.285" in out
    assert "ATG13 +0.514" in out


def test_a_card_without_facts_ends_with_the_identity(demo_home, vcpi_command):
    out = vcpi_command(demo_home, "compound", "vorinostat").out
    assert "reported in a document" not in out
    assert "measured analogs" in out


def test_json_keeps_the_fields_of_the_compound(demo_home, vcpi_command):
    card = json.loads(vcpi_command(demo_home, "compound", "ridaforolimus", "-f", "json").out)
    assert set(Compound.__dataclass_fields__) <= set(card)
    assert card["measured"] is True
    assert card["facts"][0]["measurements"][0]["value"] == 0.2
    assert card["facts"][0]["measurements"][0]["relation"] == "="
    assert card["nearest_measured"][0]["name"] == "sirolimus"


class Page(HTMLParser):
    """Tags and the text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_stands_alone(demo_home, vcpi_command, tmp_path):
    said = vcpi_command(demo_home, "compound", "ridaforolimus", "-o", tmp_path / "card.html")
    assert said.status == 0
    page = Page((tmp_path / "card.html").read_text(encoding="utf-8"))
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not [one for one in page.attributes if one[1] in {"src", "href"}]
    text = " ".join(page.texts)
    assert "IC50 = 0.2 nM" in text
    assert "CHAPS" in text
    assert "signature of this compound is SIMULATED" in text


def test_a_page_holds_one_compound(demo_home, vcpi_command, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("sirolimus\neverolimus\n")
    said = vcpi_command(demo_home, "compound", f"@{names}", "-o", tmp_path / "card.html")
    assert (said.status, said.err) == (1, "vcpi: 2 compounds for a page; name one compound\n")


@pytest.fixture
def hostile_home(tmp_path, vcpi_command):
    (tmp_path / "bad.yaml").write_text(HOSTILE, encoding="utf-8")
    said = vcpi_command(tmp_path / "home", "ingest", "facts", tmp_path / "bad.yaml")
    assert said.status == 0, said.err
    return tmp_path / "home"


def test_what_a_file_says_is_escaped(hostile_home, vcpi_command, tmp_path):
    vcpi_command(hostile_home, "compound", "aspirin", "-o", tmp_path / "card.html")
    page = Page((tmp_path / "card.html").read_text(encoding="utf-8"))
    assert not {"script", "b", "img"} & set(page.tags)
    vcpi_command(hostile_home, "compound", "aspirin", "-o", tmp_path / "card.md")
    markdown = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)[<`]|(?<!\\)\*\*", markdown)
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in markdown.splitlines() if "IC50" in line}
    assert widths == {4}
    rows = list(csv.DictReader(io.StringIO(vcpi_command(hostile_home, "compound", "aspirin", "-f", "csv").out)))
    assert rows[0]["potencies"] == "'=HYPERLINK(1) IC50 = 2 nM"
    listed = list(csv.DictReader(io.StringIO(vcpi_command(hostile_home, "facts", "list", "-f", "csv").out)))
    assert listed[0]["id"] == "'=doc"


def test_facts_are_listed_with_what_is_not_joined(demo_home, vcpi_command):
    said = vcpi_command(demo_home, "facts", "list", "-f", "json")
    found = {entry["id"]: entry for entry in json.loads(said.out)}
    report = found["rapamycin-thp1-hand-made"]
    assert (report["n_compounds"], report["n_joined"], len(report["unjoined"])) == (12, 5, 7)
    assert "8633429" in said.err


def test_contradictions_are_listed(demo_home, vcpi_command):
    out = vcpi_command(demo_home, "facts", "check").out
    for text in ("CDKN1A [sign]", "-1.11 (part 1), +0.683 (part 2)", "printed 3.06; FOS + EGR1 + ERK1 = 3.05",
                 "printed 933.14 g/mol", "possible only if the panel has 20 genes", "not measured by vcpi"):  # fmt: skip
        assert text in out
    assert "4.26" not in out
    assert "printed 4.26" in vcpi_command(demo_home, "facts", "check", "--all").out


def test_one_document_or_one_file_is_checked(demo_home, vcpi_command, tmp_path):
    said = vcpi_command(demo_home, "facts", "check", "benchchem-b15560737-2025-12", "-f", "json")
    (found,) = json.loads(said.out)
    assert found["compound"] == "novolimus"
    (tmp_path / "own.yaml").write_text(HOSTILE, encoding="utf-8")
    said = vcpi_command(tmp_path / "nowhere", "facts", "check", tmp_path / "own.yaml")
    assert (said.status, said.out.count("\n")) == (0, 3)


def test_an_unknown_document_is_told(demo_home, vcpi_command):
    said = vcpi_command(demo_home, "facts", "check", "nothing")
    assert said.status == 1
    assert said.err.startswith("vcpi: No document is called 'nothing'; the workspace holds: benchchem")


def test_ingest_facts_without_a_file_says_the_way_out(demo_home, vcpi_command):
    said = vcpi_command(demo_home, "ingest", "facts")
    assert (said.status, said.err) == (
        1, "vcpi: No fact file is named; give one or more, or --shipped for those that vcpi brings\n",
    )  # fmt: skip


def test_a_malformed_file_is_one_line_on_stderr(tmp_path, vcpi_command):
    (tmp_path / "bad.yaml").write_text(HOSTILE.replace("value: 2", "value: -2"), encoding="utf-8")
    said = vcpi_command(tmp_path / "home", "ingest", "facts", tmp_path / "bad.yaml")
    assert (said.status, said.out) == (1, "")
    assert said.err == "vcpi: bad.yaml, line 6, measurements[0].value: IC50 is -2 nM; expected more than 0\n"
