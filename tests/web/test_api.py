"""The API: the command line's own numbers, a document that is true, and a clear refusal for every bad input."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from vcpi.database import Database

API = "/api/v1"
GENES = "MX1,ISG15,IFIT3,OAS1,OAS2,IFI6,IFI27,STAT1,HMGCR,LDLR,SQLE,INSIG1"
BODY = {"up": GENES.split(",")[:8], "down": GENES.split(",")[8:], "min_genes": 8}
RAPALOGS = [("name", "sirolimus"), ("name", "everolimus")]
ACIDS = "C(=O)N[OH] hydroxamate"
# The same question to both: route with its parameters, words of the command line.
SAME = {
    "status": ({}, []),
    "compound": ({"name": "rapamycin"}, ["rapamycin"]),
    "analogs": ({"name": "sirolimus", "k": 3, "where": "mw<950"}, ["sirolimus", "-k", "3", "--where", "mw<950"]),
    "analogs?": ({"name": "CC(=O)Oc1ccccc1C(=O)OC", "cutoff": 0.2}, ["CC(=O)Oc1ccccc1C(=O)OC", "--cutoff", "0.2"]),
    "analogs?none": ({"name": "sirolimus", "cutoff": 1}, ["sirolimus", "--cutoff", "1"]),
    "substructure": ({"smarts": "C(=O)N[OH]", "k": 4}, ["C(=O)N[OH]", "-k", "4"]),
    "substructure?none": ({"smarts": "[U]"}, ["[U]"]),
    "like": ({"name": "everolimus"}, ["everolimus"]),
    "like?several": (
        [*RAPALOGS, ("k", 3), ("different_scaffold", "true"), ("where", "mw<600")],
        ["sirolimus", "everolimus", "-k", "3", "--different-scaffold", "--where", "mw<600"],
    ),
    "like?options": (
        {"name": "vistusertib", "reverse": "true", "without": "everolimus", "dose": "1-10", "active": "true"},
        ["vistusertib", "--reverse", "--without", "everolimus", "--dose", "1-10", "--active"],
    ),
    "explain": ({"query": "everolimus", "hit": "torin-1"}, ["everolimus", "torin-1"]),
    "compare": (RAPALOGS, ["sirolimus", "everolimus"]),
    "rank": ({"by": "mtorc1", "lowest": "true", "k": 5}, ["mtorc1", "--lowest", "-k", "5"]),
    "cliffs": ({"k": 4}, ["-k", "4"]),
    "hops": ({"k": 4, "cutoff": 0.3}, ["-k", "4", "--cutoff", "0.3"]),
    "map": ({"name": "sirolimus"}, ["sirolimus"]),
    "map?all": ({}, []),
    "classes": (
        {"name": "vorinostat", "k": 5, "kind": "smarts", "smarts": ACIDS},
        ["vorinostat", "-k", "5", "--kind", "smarts", "--smarts", ACIDS],
    ),
    "classes?all": ({"kind": "moa"}, ["--kind", "moa"]),
}


@pytest.mark.parametrize("case", SAME)
def test_json_and_csv_are_those_of_the_command_line(web, vcpi_command, demo_home, case):
    verb = case.partition("?")[0]
    params, words = SAME[case]
    for suffix in ("json", "csv"):
        said = vcpi_command(demo_home, verb, *words, "-f", suffix)
        answer = web.get(f"{API}/{verb}.{suffix}", params=params)
        assert (said.status, answer.status_code) == (0, 200), said.err + answer.text
        assert answer.text == said.out
        assert len(answer.text) > 15


def test_a_question_of_genes_is_that_of_the_command_line(web, vcpi_command, demo_home):
    up, down = (",".join(BODY[side]) for side in ("up", "down"))
    words = ["query", "--up", up, "--down", down, "--min-genes", "8", "-f"]
    for suffix in ("json", "csv"):
        answer = web.post(f"{API}/query.{suffix}", json=BODY)
        assert answer.text == vcpi_command(demo_home, *words, suffix).out
    said = vcpi_command(demo_home, "query", "--genes", up, "--min-genes", "5", "-f", "json")
    assert web.post(f"{API}/query", json={"genes": BODY["up"], "min_genes": 5}).text == said.out


def test_a_table_of_genes_is_read_as_a_file_is(web, vcpi_command, demo_home, tmp_path):
    rows = [f"{gene},{value}" for gene, value in zip(GENES.split(","), range(-5, 7), strict=True)]
    table = "gene,logFC,pvalue\n" + "".join(f"{row},0.01\n" for row in rows)
    path = tmp_path / "table.csv"
    path.write_text(table)
    said = vcpi_command(demo_home, "query", "--signature", path, "--value-column", "logFC", "-f", "json")
    answer = web.post(f"{API}/query", json={"table": table, "value_column": "logFC"})
    assert (said.status, answer.status_code) == (0, 200), said.err + answer.text
    assert answer.json() == json.loads(said.out)
    values = {row.partition(",")[0]: float(row.partition(",")[2]) for row in rows}
    assert web.post(f"{API}/query", json={"signature": values}).json()["hits"] == answer.json()["hits"]


def test_a_report_and_a_card_are_those_of_the_command_line(web, vcpi_command, demo_home):
    for suffix, chosen in (("json", "json"), ("md", "md")):
        said = vcpi_command(demo_home, "profile", "sirolimus", "-f", chosen)
        assert web.get(f"{API}/profile.{suffix}", params={"name": "sirolimus"}).text.strip() == said.out.strip()


def test_an_evaluation_is_begun_and_asked_for_again(web, vcpi_command, demo_home, monkeypatch):
    monkeypatch.setattr("vcpi.web.jobs.MOST_KEPT", 1)
    jobs = web.app.state.jobs
    waited = jobs.ask
    monkeypatch.setattr(jobs, "ask", lambda key, question: waited(key, question, wait_s=0.0))
    first = web.get(f"{API}/evaluate", params={"k": 40})
    assert (first.status_code, first.headers["retry-after"]) == (202, "1")
    assert first.json()["state"] == "running"
    assert first.json()["step"]
    assert 0 <= first.json()["share"] <= 1
    assert first.json()["seconds"] < 60
    other = web.get(f"{API}/evaluate", params={"k": 41})
    assert (other.status_code, other.json()["type"]) == (503, "urn:vcpi:problem:busy")
    assert web.get(f"{API}/suggest", params={"text": "siro"}).status_code == 200
    until = time.monotonic() + 120
    while (answer := web.get(f"{API}/evaluate", params={"k": 40})).status_code == 202 and time.monotonic() < until:
        time.sleep(0.1)
    assert answer.text == vcpi_command(demo_home, "evaluate", "-k", "40", "-f", "json").out
    table = web.get(f"{API}/evaluate.csv", params={"k": 40})
    assert table.text == vcpi_command(demo_home, "evaluate", "-k", "40", "-f", "csv").out
    assert web.get(f"{API}/evaluate", params={"dataset": "absent"}).status_code in (202, 422)


def test_names_are_suggested_as_one_types(web, demo):
    known = {row["name"] for row in demo.table("compounds")}
    for text in ("evero", "EVERO", "sirolim", "evrolimus"):
        names = web.get(f"{API}/suggest", params={"text": text}).json()["names"]
        assert names
        assert len(names) <= 8
        assert set(names) & known
    assert web.get(f"{API}/suggest", params={"text": "evero", "k": 1}).json()["names"] == ["everolimus"]
    assert web.get(f"{API}/suggest", params={"text": "%"}).json()["names"] == []


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("CC(=O", "smiles", (False, None, "'(' is not closed")),
        ("c1ccccc", "smiles", (False, None, "ring 1 is not closed")),
        ("CC(=O)Oc1ccccc1C(=O)OC", "smiles", (True, "C10H10O4", None)),
        ("InChI=1S/CH4O/c1-2/h2H,1H3", "smiles", (True, "CH4O", None)),
        ("C(=O", "smarts", (False, None, "'(' is not closed")),
        ("C(=O)N[OH]", "smarts", (True, None, None)),
        ("everolimus?", "smiles", (False, None, "")),
    ],
)
def test_a_structure_is_read_as_one_types(web, text, kind, found):
    told = web.get(f"{API}/read", params={"text": text, "kind": kind}).json()
    assert (told["readable"], told["formula"]) == found[:2]
    assert (told["problem"] is None) == (found[2] is None)
    assert found[2] is None or found[2] in told["problem"]


def test_a_structure_of_the_workspace_is_known_by_its_name(web, demo):
    told = web.get(f"{API}/read", params={"text": demo.compound("vorinostat").smiles}).json()
    assert told["name"] == "vorinostat"


def test_an_unknown_process_is_refused_with_the_nearest(web):
    problem = web.get(f"{API}/rank", params={"by": "IFN-alpha"})
    assert problem.status_code == 422
    assert problem.json()["suggestions"][0] == "ifn"


def test_a_drawing_is_one_svg_that_only_shows(web):
    for params in (
        {"name": "sirolimus", "width": 200, "height": 150},
        {"name": "CC(=O)Oc1ccccc1C(=O)OC", "highlight": "c1ccccc1"},
        {"name": "sirolimus", "like": "everolimus"},
    ):
        answer = web.get(f"{API}/drawing", params=params)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "image/svg+xml")
        root = ET.fromstring(answer.text)  # noqa: S314  written by this process
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not re.search(r"<script|href|\son\w+=", answer.text, re.IGNORECASE)
    plain, shaded = (
        web.get(f"{API}/drawing.svg", params={"name": "CCO", "width": 64, "height": 64, **more}).text
        for more in ({}, {"highlight": "O"})
    )
    assert 'width="64' in plain.replace("'", '"')
    assert plain != shaded


@pytest.fixture(scope="module")
def document(web):
    return web.get(f"{API}/openapi.json").json()


def called(client, path, method, operation):
    """Call a route with the examples of its document."""
    if method == "post":
        return client.post(path, json=operation["requestBody"]["content"]["application/json"]["example"])
    given = []
    for parameter in operation.get("parameters", []):
        example = parameter.get("example", [])
        given += [(parameter["name"], one) for one in (example if isinstance(example, list) else [example])]
    return client.get(path, params=given)


def test_the_document_is_openapi_and_names_every_route(web, document):
    validate(document)
    served = {route.path for route in web.app.routes if getattr(route, "path", "").startswith((API, "/healthz"))}
    assert served == set(document["paths"])
    asked = {"status", "compound", "analogs", "substructure", "like", "query", "explain", "profile", "compare", "rank"}
    asked |= {"cliffs", "hops", "map", "classes", "evaluate", "suggest", "drawing"}
    assert asked <= {path.removeprefix(f"{API}/") for path in served}


def test_every_route_does_what_the_document_says(web, document):
    problem = document["components"]["schemas"]["Problem"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answer = called(web, path, method, operation)
            said = operation["responses"].get(str(answer.status_code))
            assert said is not None, f"{path}: {answer.status_code} {answer.text[:200]}"
            assert answer.status_code in (200, 202), answer.text[:200]
            media = answer.headers["content-type"].partition(";")[0]
            assert media in said["content"], path
            if media == "application/json":
                check(said["content"][media]["schema"], answer.json())
            if not operation.get("parameters") and method == "get":
                continue
            wrong = web.get(path, params={"no such": "1"}) if method == "get" else web.post(path, json={"no such": 1})
            assert (wrong.status_code, wrong.headers["content-type"]) == (400, "application/problem+json")
            check(problem, wrong.json())
            other = web.post(path, json={}) if method == "get" else web.get(path)
            assert (other.status_code, other.headers["allow"].split(", ")[0] != "") == (405, True)
            check(problem, other.json())


def check(schema, value):
    assert list(Draft202012Validator(schema).iter_errors(value)) == []


def test_each_required_parameter_is_missed(web, document):
    missed = 0
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            if not parameter["required"]:
                continue
            answer = web.get(path)
            assert answer.status_code == 400
            assert "is missing" in answer.json()["detail"]
            missed += 1
    assert missed > 10


def outside(schema):
    """Values that a schema does not allow, as a link writes them."""
    if "enum" in schema:
        return ["odd", ""]
    kind = schema["type"]
    if kind in ("integer", "number"):
        low = [schema["minimum"] - 1] if "minimum" in schema else [schema.get("exclusiveMinimum", 0)]
        high = [schema["maximum"] + 1] if "maximum" in schema else []
        odd = ["", "x", "nan", "inf", "1e999", "1_0", " 1", "٣", "9" * 5000]
        return [*low, *high, *odd, *(["1.5"] if kind == "integer" else [])]
    if kind == "boolean":
        return ["1", "yes", "True", ""]
    return ["", "x" * (schema.get("maxLength", schema.get("items", {}).get("maxLength", 0)) + 1)]


def test_every_bound_of_the_document_holds(web, document):
    tried = 0
    for path, operations in document["paths"].items():
        operation = operations.get("get", {})
        if "." in path.rpartition("/")[2]:
            continue  # the same handler under its suffixes
        good = [(p["name"], one) for p in operation.get("parameters", []) for one in listed(p.get("example", []))]
        for parameter in operation.get("parameters", []):
            rest = [pair for pair in good if pair[0] != parameter["name"]]
            for value in outside(parameter["schema"]):
                answer = web.get(path, params=[*rest, (parameter["name"], str(value))])
                assert answer.status_code == 400, (path, parameter["name"], value, answer.text[:200])
                assert answer.json()["parameter"] == parameter["name"]
                assert answer.json()["detail"].startswith(parameter["name"])
                tried += 1
    assert tried > 200


def listed(value):
    return value if isinstance(value, list) else [value]


def refused(answer, status, *parts, kind=None):
    """Hold a refusal against its status, the one shape, and what its one line must say."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "status", "detail"} <= set(problem)
    assert "\n" not in problem["detail"]
    for part in parts:
        assert part in problem["detail"]
    if kind is not None:
        assert problem["type"] == f"urn:vcpi:problem:{kind}"
    assert not re.search(r"Traceback|\.py\b|line \d+, in", answer.text)
    return problem


def test_an_unknown_name_gets_the_nearest(web):
    for verb in ("like", "analogs", "compound", "profile", "map", "drawing"):
        problem = refused(
            web.get(f"{API}/{verb}", params={"name": "evrolimus"}), 404, "evrolimus", kind="unknown-compound"
        )
        assert problem["suggestions"][0] == "everolimus"
    nothing = refused(web.get(f"{API}/like", params={"name": "qqqqqqqqqq"}), 404)
    assert nothing["suggestions"] == []


BAD = [
    ("like", {"name": "everolimus", "dataset": "absent"}, "sim-demo-001"),
    ("like", {"name": "everolimus", "where": "odd"}, "odd"),
    ("like", {"name": "everolimus", "dose": "much"}, "much"),
    ("like", {"name": "everolimus", "holds": "C(("}, "C(("),
    ("like", {"name": "everolimus", "fast": "true"}, "'vcpi build --fast', or ask without fast"),
    ("like", {"name": "everolimus", "without": "everolimus"}, ""),
    ("compare", {"name": ["sirolimus", "sirolimus"]}, ""),
    ("analogs", {"name": "sirolimus", "class": "no such class"}, "no such class"),
    ("substructure", {"smarts": "[[["}, "[[["),
    ("rank", {"by": "no such panel"}, "no such panel"),
    ("explain", {"query": "sirolimus", "hit": "sirolimus"}, ""),
    ("classes", {"top": 5}, "name"),
    ("classes", {"name": "sirolimus", "kind": "odd"}, "odd"),
    ("drawing", {"name": "sirolimus", "like": "everolimus", "highlight": "O"}, "one of them"),
    ("drawing", {"name": "C" * 600}, "500"),
]


@pytest.mark.parametrize(("verb", "params", "part"), BAD)
def test_what_cannot_be_asked_is_told(web, verb, params, part):
    refused(web.get(f"{API}/{verb}", params=params), 422, part)


def test_two_values_for_one_are_refused(web):
    refused(web.get(f"{API}/analogs?name=sirolimus&name=everolimus"), 400, "2 values")
    refused(web.get(f"{API}/like", params=[("name", "sirolimus")] * 51), 400, "51 values")


BODIES = [
    (b"", "no JSON"),
    (b"{", "no JSON"),
    (b"[]", "no JSON object"),
    (b'"up"', "no JSON object"),
    (b'\xff{"up": []}', "UTF-8"),
    (b'{"signature": {"MX1": NaN}}', "NaN"),
    (b'{"signature": {"MX1": -Infinity}}', "-Infinity"),
    (b'{"signature": {"MX1": 1e999}}', "finite"),
    (b'{"signature": {"MX1": "1"}}', "finite"),
    (b'{"signature": {"MX1": true}}', "finite"),
    (b'{"signature": {"MX1": ' + b"9" * 5_000 + b"}}", "number"),
    (b'{"signature": {"MX1": ' + b"9" * 400 + b"}}", "finite"),
    (b'{"signature": {"MX1": 1, "MX1": 2}}', "twice"),
    (b'{"up": "MX1"}', "string"),
    (b'{"up": [1]}', "number"),
    (b'{"up": [["MX1"]]}', "array"),
    (b'{"up": ["MX1", ""]}', "characters"),
    (b'{"up": ["\\ud800"]}', "Unicode"),
    (b'{"k": 2.5, "up": ["MX1"]}', "integer"),
    (b'{"k": true, "up": ["MX1"]}', "boolean"),
    (b'{"k": null, "up": ["MX1"]}', "null"),
    (b'{"reverse": 1, "up": ["MX1"]}', "boolean"),
    (b'{"up": ' + json.dumps(["MX1"] * 20_001).encode() + b"}", "20,001"),
    (b'{"up": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
    (b"[" * 100_000, "nested"),
    (b'{"a":' * 50 + b"1" + b"}" * 50, "nested"),
]


@pytest.mark.parametrize(("body", "part"), BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_question_is_refused(web, body, part):
    refused(web.post(f"{API}/query", content=body, headers={"Content-Type": "application/json"}), 400, part)


def test_brackets_within_texts_are_no_depth(web):
    body = {"up": ["[" * 90, '"[{' * 9, "\\[" * 40, *BODY["up"]], "min_genes": 5}
    assert web.post(f"{API}/query", json=body).status_code == 200


def test_a_gene_is_never_a_file(web, vcpi_command, demo_home, tmp_path):
    secret = tmp_path / "genes.txt"
    secret.write_text("\n".join(BODY["up"]))
    for name in (str(secret), f"@{secret}", f"file:{secret}"):
        refused(web.post(f"{API}/query", json={"up": [name]}), 422, "unmapped")
        refused(web.get(f"{API}/like", params={"name": name}), 404)
    assert vcpi_command(demo_home, "query", "--up", secret, "--min-genes", "5").status == 0


def test_a_gene_in_both_lists_is_told_as_on_the_command_line(web, vcpi_command, demo_home):
    up, down = BODY["up"], [*BODY["down"], "MX1"]
    words = ["query", "--up", ",".join(up), "--down", ",".join(down), "--min-genes", "5", "-f", "json"]
    answer = web.post(f"{API}/query", json={"up": up, "down": down, "min_genes": 5})
    assert answer.text == vcpi_command(demo_home, *words).out
    assert any("MX1" in caveat for caveat in answer.json()["caveats"])


def test_questions_of_genes_that_cannot_be_asked(web):
    refused(web.post(f"{API}/query", json={}), 422, "gene lists")
    refused(web.post(f"{API}/query", json={"up": ["MX1", "NOTAGENE"]}), 422, "NOTAGENE")
    refused(web.post(f"{API}/query", json={**BODY, "signature": {"MX1": 1.0}}), 422)
    refused(
        web.post(f"{API}/query", json={"table": "gene,a\nMX1,1\n", "signature": {"MX1": 1.0}}), 422, "table, signature"
    )
    refused(web.post(f"{API}/query", json={**BODY, "value_column": "t"}), 422, "value_column")
    refused(web.post(f"{API}/query", json={"table": "\0\0"}), 422)
    refused(web.post(f"{API}/query", json={"table": "no table"}), 422)
    refused(web.post(f"{API}/query?k=3", json=BODY), 400, "body")
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        sent = web.post(f"{API}/query", content=json.dumps(BODY), headers={"Content-Type": kind})
        refused(sent, 415, "application/json")


def test_the_format_is_that_of_accept_or_of_the_suffix(web):
    def kind(accept, path="analogs"):
        answer = web.get(f"{API}/{path}", params={"name": "sirolimus", "k": 1}, headers={"Accept": accept})
        return answer.status_code, answer.headers["content-type"].partition(";")[0]

    assert kind("*/*") == kind("") == kind("application/json") == (200, "application/json")
    assert kind("text/csv") == kind("text/*;q=0.5, image/png") == (200, "text/csv")
    assert kind("text/csv;q=0.2, text/tab-separated-values;q=0.8") == (200, "text/tab-separated-values")
    assert kind("application/json;q=0, */*") == (200, "text/csv")
    assert kind("text/html") == (406, "application/problem+json")
    assert kind("text/html", "analogs.csv") == (200, "text/csv")
    answer = web.get(f"{API}/analogs.csv", params={"name": "sirolimus"})
    assert answer.headers["content-disposition"] == 'attachment; filename="analogs.csv"'


def test_text_that_a_spreadsheet_would_run_is_escaped_in_csv_alone(client_of, vcpi_command, tmp_path):
    source = tmp_path / "compounds.csv"
    names = ["=HYPERLINK(1)", "+cmd", "-2+3", "@SUM(A1)", "plain"]
    smiles = ["CCCCCO", "CCCCCCO", "CCCCCCCO", "CCCCCCCCO", "CCCCO"]
    with source.open("w", newline="") as stream:
        csv.writer(stream).writerows([("name", "smiles"), *zip(names, smiles, strict=True)])
    assert vcpi_command(tmp_path / "w", "ingest", "compounds", source).status == 0
    client = client_of(tmp_path / "w")
    params = {"name": "plain", "k": 9}
    rows = list(csv.DictReader(io.StringIO(client.get(f"{API}/analogs.csv", params=params).text)))
    assert {row["name"] for row in rows} == {f"'{name}" for name in names[:4]}
    assert {hit["name"] for hit in client.get(f"{API}/analogs", params=params).json()["hits"]} == set(names[:4])


def test_a_slow_question_is_given_up_and_others_are_answered(client_of, demo_home, monkeypatch):
    monkeypatch.setattr(Database, "hops", lambda *_, **__: time.sleep(30))
    client = client_of(demo_home, timeout_s=4)
    client.get(f"{API}/status")
    refused(client.get(f"{API}/hops"), 504, "4 s", kind="too-slow")
    assert client.get(f"{API}/status").status_code == 200


def test_no_workspace_and_a_damaged_one_are_told_and_mended_without_a_restart(client_of, demo_home, tmp_path):
    client = client_of(tmp_path)
    absent = client.get(f"{API}/status")
    refused(absent, 503, "No workspace", kind="workspace")
    assert int(absent.headers["retry-after"]) > 0
    assert client.get("/healthz").status_code == 200
    for part in ("db", "index"):
        shutil.copytree(demo_home / part, tmp_path / part)
    whole = client.get(f"{API}/like", params={"name": "everolimus"})
    assert whole.status_code == 200
    index = next(Path(tmp_path / "index").glob("signatures-*"))
    kept = index.read_bytes()
    index.write_bytes(kept[:-100] + bytes(100))
    other = client_of(tmp_path)
    refused(other.get(f"{API}/like", params={"name": "everolimus"}), 503, kind="damaged")
    index.write_bytes(kept)
    assert other.get(f"{API}/like", params={"name": "everolimus"}).text == whole.text


def test_a_rebuild_is_picked_up_and_nobody_sees_a_mixture(client_of, demo_home, vcpi_command, tmp_path):
    for part in ("db", "index"):
        shutil.copytree(demo_home / part, tmp_path / part)
    client = client_of(tmp_path)
    new = tmp_path / "new.smi"
    params = {"name": "sirolimus", "k": 1_000}

    def state():
        return client.get(f"{API}/status").json()["counts"]["compound"], client.get(
            f"{API}/analogs", params=params
        ).text

    seen, wrong, going = set(), [], threading.Event()

    def read():
        while not going.is_set():
            answer = client.get(f"{API}/analogs", params=params)
            if answer.status_code != 200:
                wrong.append(answer.text)
            seen.add(answer.text)

    states = [state()]
    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for size in (9, 10, 11):
            new.write_text(f"{'C' * size}O alcohol-{size}\n")
            assert vcpi_command(tmp_path, "ingest", "compounds", new).status == 0
            states.append(state())
    finally:
        going.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert [count - states[0][0] for count, _ in states] == [0, 1, 2, 3]
    assert len({text for _, text in states}) == 4
    assert seen <= {text for _, text in states}


def test_a_replaced_workspace_is_picked_up(client_of, demo_home, vcpi_command, tmp_path):
    home, other = tmp_path / "home", tmp_path / "other"
    for part in ("db", "index"):
        shutil.copytree(demo_home / part, home / part)
    client = client_of(home)
    assert client.get(f"{API}/status").json()["counts"]["signature"] > 0
    source = tmp_path / "one.smi"
    source.write_text("CCO ethanol\n")
    assert vcpi_command(other, "ingest", "compounds", source).status == 0
    home.rename(tmp_path / "away")
    other.rename(home)
    assert client.get(f"{API}/status").json()["counts"]["compound"] == 1
    assert client.get(f"{API}/compound", params={"name": "ethanol"}).json()["name"] == "ethanol"


def test_several_at_once_get_what_one_gets(web):
    names = ["everolimus", "sirolimus", "vorinostat", "tacrolimus"] * 3
    alone = {name: web.get(f"{API}/like", params={"name": name}).text for name in set(names)}
    found = {}

    def ask(place, name):
        found[place] = web.get(f"{API}/like", params={"name": name}).text

    threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[place] for place in range(len(names))] == [alone[name] for name in names]
