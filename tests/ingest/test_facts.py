"""Fact files: what is read, what is refused and with which words, and that the shipped ones lose nothing."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vcpi.errors import DataError
from vcpi.facts import FactFile, from_plain, to_plain
from vcpi.ingest.facts import read_facts, shipped_fact_files
from vcpi.ingest.yaml_tree import MAX_CHARACTERS, MAX_DEPTH, read_yaml

GOOD = """\
vcpi_facts: 1
document: {id: doc-1, title: A paper, kind: publication}
compounds:
  - {key: aspirin, name: aspirin, smiles: CC(=O)Oc1ccccc1C(=O)O}
measurements:
  - compound: aspirin
    target: PTGS1
    measure: IC50
    relation: "="
    value: 1.67
    unit: µM
    references: [1]
statements:
  - {id: s1, compound: aspirin, subject: COX-1, text: Acetylates it., direct: direct, evidence: cited}
  - {id: s2, compound: aspirin, subject: COX-1, text: Does not bind., direct: direct, evidence: asserted}
tables:
  - {id: t1, title: T, columns: [gene, log2fc], rows: [[FOS, +1.0], [JUN, ~]]}
contradictions:
  - {id: c1, subject: COX-1, why: both, claims: [{statement: s1}, {statement: s2}]}
references:
  - {id: 1, title: A title}
"""


def written(tmp_path, text, name="facts.yaml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_is_read_field_by_field(tmp_path):
    source = read_facts(written(tmp_path, GOOD))
    (measured,) = source.facts.measurements
    assert (measured.target, measured.measure, measured.value, measured.unit) == ("PTGS1", "IC50", 1.67, "µM")
    assert source.facts.tables[0].rows == (("FOS", "+1.0"), ("JUN", None))
    assert source.facts.references[0].id == "1"
    assert source.line("measurements[0].unit") == GOOD.splitlines().index("    unit: µM") + 1


def test_json_is_read_as_yaml_is(tmp_path):
    value = yaml.safe_load(GOOD)
    for entry in (*value["measurements"], *value["references"]):
        entry.update({key: [str(one) for one in part] for key, part in entry.items() if isinstance(part, list)})
    read = read_facts(written(tmp_path, json.dumps(value, indent=1), "facts.json")).facts
    plain = read_facts(written(tmp_path, GOOD)).facts
    assert (read.measurements, read.statements, read.contradictions) == (
        plain.measurements,
        plain.statements,
        plain.contradictions,
    )


CHANGES = {
    "unit missing": ("    unit: µM\n", "", r"line \d+, measurements\[0\].unit: missing; expected a unit such as nM"),
    "unit unknown": ("unit: µM", "unit: parsec", r"line 11, measurements\[0\].unit: 'parsec' is unknown for IC50"),
    "negative": ("value: 1.67", "value: -1.67", r"line 10, measurements\[0\].value: IC50 is -1.67 µM; expected more than"),
    "zero": ("value: 1.67", "value: 0", r"line 10, .*expected more than 0"),
    "no number": ("value: 1.67", "value: low", r"line 10, measurements\[0\].value: 'low' is no number"),
    "infinite": ("value: 1.67", "value: 1e999", r"line 10, .*is not finite"),
    "not a number": ("value: 1.67", "value: nan", r"line 10, .*is not finite"),
    "a list": ("value: 1.67", "value: [1, 2]", r"line 10, measurements\[0\].value: a list; expected a number"),
    "relation": ('relation: "="', "relation: about", r"line 9, measurements\[0\].relation: 'about' is unknown; expected ="),
    "unknown field": ("    target: PTGS1", "    tagret: PTGS1", r"line 7, measurements\[0\]: unknown field 'tagret'; did you mean target"),  # codespell:ignore tagret
    "unknown list": ("references:\n  - {id: 1", "sources:\n  - {id: 1", "unknown field 'sources'"),
    "no such compound": ("- compound: aspirin", "- compound: ibuprofen", r"line 6, measurements\[0\].compound: no compound of this file has the key 'ibuprofen'"),
    "no such reference": ("references: [1]", "references: [2]", r"line 12, measurements\[0\].references\[0\]: no reference of this file has the id '2'"),
    "grade": ("evidence: cited", "evidence: sure", r"line 14, statements\[0\].evidence: 'sure' is unknown; expected measured, cited"),
    "id twice": ("id: s2", "id: s1", r"line 15, statements\[1\].id: 's1' is there twice"),
    "key twice": ("    measure: IC50\n", "    measure: IC50\n    measure: EC50\n", r"line 9: 'measure' is there twice"),
    "short row": ("[JUN, ~]", "[JUN]", r"line 17, tables\[0\].rows\[1\]: 1 cells under 2 columns; write ~ for one"),
    "row twice": ("[JUN, ~]", "[FOS, ~]", r"line 17, tables\[0\].rows\[1\]: 'FOS' is there twice"),
    "one claim": (", {statement: s2}]", "]", r"line 19, contradictions\[0\].claims: 1 claims; expected two"),
    "no such statement": ("{statement: s2}", "{statement: s9}", r"line 19, contradictions\[0\].claims\[1\].statement: no statement has"),
    "no form": ("vcpi_facts: 1\n", "", r"line 1, vcpi_facts: missing; expected 1"),
    "later form": ("vcpi_facts: 1\n", "vcpi_facts: 2\n", r"vcpi_facts: '2'; expected 1"),
    "no compounds": ("  - {key: aspirin, name: aspirin, smiles: CC(=O)Oc1ccccc1C(=O)O}", "  []", r"line 4, compounds: empty"),
    "no InChIKey": ("name: aspirin,", "name: aspirin, inchikey: ABC,", r"line 4, compounds\[0\].inchikey: 'ABC' is no InChIKey"),
    "tab": ("    target: PTGS1", "\ttarget: PTGS1", r"line 7: indented with a tab; YAML is indented with blanks"),
    "no YAML": ("references: [1]", "references: [1", r"line \d+: no YAML"),
    "tag": ("value: 1.67", "value: !!python/object/apply:os.system [ls]", r"line 10: a tag \(tag:yaml.org,2002:python"),
    "alias": ("compound: aspirin\n    target: PTGS1", "compound: &a aspirin\n    target: *a", r"line 7: an alias \(\*a\)"),
    "two documents": ("references:\n  -", "---\nreferences:\n  -", "a second document begins"),
    "control sign": ("text: Acetylates it.", 'text: "\\e[2Jgone"', r"line 14, statements\[0\].text: holds a control sign"),
    "empty text": ("text: Acetylates it.", 'text: " "', r"line 14, statements\[0\].text: empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_malformed_file_names_line_and_field_in_one_line(tmp_path, name):
    old, new, expected = CHANGES[name]
    assert old in GOOD
    with pytest.raises(DataError) as caught:
        read_facts(written(tmp_path, GOOD.replace(old, new, 1)))
    message = str(caught.value)
    assert re.search(expected, message), message
    assert message.startswith("facts.yaml")
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize("text", [b"", b"# nothing\n", b"- a\n- b\n", b"just words\n", b"\xff\xfe", b"a: \x00\n"])
def test_what_is_no_fact_file_is_refused(tmp_path, text):
    with pytest.raises(DataError, match=r"facts\.yaml"):
        read_facts(written(tmp_path, text))


def test_bombs_are_bounded(tmp_path):
    large = written(tmp_path, GOOD + "# " + "x" * (10 << 20) + "\n")
    with pytest.raises(DataError, match=f"more than {MAX_CHARACTERS:,} characters"):
        read_facts(large)
    laughs = "a: &a [lol, lol]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    with pytest.raises(DataError, match="line 2: an alias"):
        read_facts(written(tmp_path, laughs))
    for opening in ("[", "{a: ", "- "):
        with pytest.raises(DataError, match=f"nested more than {MAX_DEPTH} deep"):
            read_facts(written(tmp_path, opening * 100_000))


def test_words_that_yaml_would_change_stay(tmp_path):
    node = read_yaml(written(tmp_path, "a: no\nb: 2025-12\nc: 1_000\nd: '~'\ne: ~\n"))
    assert {key: one.value for key, one in node.value.items()} == {
        "a": "no", "b": "2025-12", "c": "1_000", "d": "~", "e": None,
    }  # fmt: skip


@pytest.mark.parametrize("path", shipped_fact_files(), ids=lambda path: path.stem)
def test_shipped_files_survive_a_round_trip(path):
    facts = read_facts(path).facts
    assert from_plain(FactFile, json.loads(json.dumps(to_plain(facts)))) == facts


def leaves(value):
    """Each text of what a plain YAML reader finds."""
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one)]
    return (
        []
        if value is None
        else [" ".join(str(value).lower().split() if isinstance(value, bool) else str(value).split())]
    )


@pytest.mark.parametrize("path", shipped_fact_files(), ids=lambda path: path.stem)
def test_nothing_of_a_shipped_file_is_lost(path):
    """PyYAML's own reader, with every scalar left as text, judges the field by field reading."""
    written_there = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  builds texts alone
    written_there.pop("vcpi_facts")
    kept = sorted(leaves(to_plain(read_facts(path).facts)))

    def as_kept(text):
        return text if text in kept else f"{float(text):g}" if re.fullmatch(r"[\d.]+", text) else text

    read = {re.sub(r"\.0$", "", one) for one in kept}
    defaults = {"synonym", "="}  # what has its default is not written again
    missing = [
        one for one in leaves(written_there) if one not in defaults | {"~"} and as_kept(one) not in read | set(kept)
    ]
    assert missing == []


@pytest.mark.parametrize("path", shipped_fact_files(), ids=lambda path: path.stem)
def test_both_parsers_of_pyyaml_read_the_same(path, monkeypatch):
    fast = read_facts(path).facts
    monkeypatch.setattr("vcpi.ingest.yaml_tree._LOADER", yaml.SafeLoader)
    assert read_facts(path).facts == fast


@given(place=st.integers(0, len(GOOD) - 1), put=st.text(max_size=4), taken=st.integers(0, 12))
@settings(max_examples=300, deadline=None)
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path_factory, place, put, taken):
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_text(GOOD[:place] + put + GOOD[place + taken :], encoding="utf-8", newline="")
    try:
        facts = read_facts(path).facts
    except DataError as error:
        assert "\n" not in str(error)  # noqa: PT017  a damage may also leave a good file
        assert str(error).startswith("damaged.yaml")  # noqa: PT017
    else:
        assert from_plain(FactFile, to_plain(facts)) == facts
