"""The command line says what the Python calls say, in every format, with the right exit status."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

from vcpi.cli.verbs import VERBS
from vcpi.version import __version__


def test_like_says_the_same_in_python_json_and_csv(vcpi_command, demo_home, demo):
    expected = demo.like("everolimus", k=5).to_dict()
    said = vcpi_command(demo_home, "like", "everolimus", "-k", "5", "-f", "json")
    assert said.status == 0
    assert json.loads(said.out) == expected
    rows = list(csv.DictReader(io.StringIO(vcpi_command(demo_home, "like", "everolimus", "-k", "5", "-f", "csv").out)))
    assert [float(row["connectivity"]) for row in rows] == [hit["connectivity"] for hit in expected["hits"]]
    assert [row["inchikey"] for row in rows] == [hit["inchikey"] for hit in expected["hits"]]


def test_json_of_like_has_the_contract(vcpi_command, demo_home):
    answer = json.loads(vcpi_command(demo_home, "like", "everolimus", "-f", "json").out)
    assert {"name", "inchikey", "compound_id", "signature_id", "n_replicates"} <= set(answer["query"])
    assert {"name", "baseline", "n_genes", "null", "n_null"} <= set(answer["method"])
    fields = {
        "rank", "name", "source_compound_id", "inchikey", "compound_id", "signature_id", "connectivity", "p_noise",
        "q_noise", "p_specific", "tau", "tanimoto", "relation", "strength", "same_plate", "shared_genes", "flags",
    }  # fmt: skip
    assert all(fields <= set(hit) for hit in answer["hits"])


def test_analogs_of_sirolimus_are_the_published_ones(vcpi_command, demo_home):
    hits = json.loads(vcpi_command(demo_home, "analogs", "sirolimus", "-k", "9", "-f", "json").out)["hits"]
    found = {hit["name"]: round(hit["tanimoto"], 3) for hit in hits}
    expected = {
        "novolimus": 0.913, "everolimus": 0.873, "ridaforolimus": 0.873, "temsirolimus": 0.842, "umirolimus": 0.850,
        "zotarolimus": 0.835, "tacrolimus": 0.375,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected


def test_the_card_of_sirolimus(vcpi_command, demo_home):
    said = vcpi_command(demo_home, "compound", "rapamycin")
    for text in ("QFJCIRLUMZQUOT-HPLJOQBZSA-N", "914.2", "6.18", "195.4", "SIMULATED"):
        assert text in said.out


def test_answers_go_to_stdout_or_a_file_and_remarks_to_stderr(vcpi_command, demo_home, tmp_path):
    target = tmp_path / "answer.tsv"
    said = vcpi_command(demo_home, "like", "everolimus", "-f", "tsv", "-o", target)
    assert said.out == ""
    assert "Wrote" in said.err
    assert target.read_text().startswith("rank\tname\t")


def test_names_come_from_a_file(vcpi_command, demo_home, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("sirolimus\n\ntacrolimus\n")
    said = vcpi_command(demo_home, "analogs", f"@{names}", "-k", "2", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["query"] for row in rows] == ["sirolimus", "sirolimus", "tacrolimus", "tacrolimus"]


def test_a_substructure_finds_its_drugs(vcpi_command, demo_home):
    answer = json.loads(vcpi_command(demo_home, "substructure", "C(=O)N[OH]", "-f", "json").out)
    assert {"vorinostat", "panobinostat", "belinostat"} <= {hit["name"] for hit in answer["hits"]}
    assert "sirolimus" not in {hit["name"] for hit in answer["hits"]}


def test_what_was_exported_can_be_asked_with(vcpi_command, demo_home, tmp_path):
    genes = tmp_path / "sirolimus.tsv"
    assert vcpi_command(demo_home, "export", "sirolimus", "--genes", "-f", "tsv", "-o", genes).status == 0
    said = vcpi_command(demo_home, "query", "--signature", genes, "--value-column", "z", "-k", "1", "-f", "json")
    assert json.loads(said.out)["hits"][0]["name"] == "sirolimus"


def test_verify_is_ok_and_status_says_simulated(vcpi_command, demo_home):
    assert {row["state"] for row in json.loads(vcpi_command(demo_home, "verify", "--deep", "-f", "json").out)} == {"ok"}
    assert "SIMULATED" in vcpi_command(demo_home, "status").out


def test_the_demo_is_made_once_and_answers_again(vcpi_command, demo_home):
    said = vcpi_command(demo_home, "demo")
    assert said.status == 0
    assert "here already" in said.err
    assert "everolimus" in said.out


def test_version_and_help(vcpi_command, tmp_path):
    assert vcpi_command(tmp_path, "--version").out.strip() == f"vcpi-search {__version__}"
    helped = vcpi_command(tmp_path, "--help").out
    assert all(verb in helped for verb in VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_helps_with_examples(vcpi_command, tmp_path, verb):
    said = vcpi_command(tmp_path, verb, "--help")
    assert said.status == 0
    if verb != "ingest":
        assert f"vcpi {verb}" in said.out.split("Usage", maxsplit=1)[1].split("\n", maxsplit=1)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lik", "x"], "Did you mean 'like'"),
        (["like"], "[Mm]issing argument"),
        (["like", "x", "-k", "0"], "greater than or equal to 1"),
    ],
)
def test_wrong_usage_is_exit_2(vcpi_command, tmp_path, words, said):
    import re

    answer = vcpi_command(tmp_path, *words)
    assert answer.status == 2
    assert re.search(said, answer.err)


def test_help_loads_none_of_the_heavy_libraries():
    program = (
        "import sys; sys.argv = ['vcpi', '--help']\n"
        "from vcpi.cli.app import main\n"
        "main()\n"
        "print([name for name in ('numpy', 'pandas', 'rdkit', 'faiss', 'sqlite_utils', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


NEVER = ("pandas", "scipy", "sqlite_utils", "pyarrow", "h5py", "sklearn", "matplotlib")


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (["analogs", "everolimus"], (*NEVER, "faiss")),
        (["analogs", "CC(=O)Oc1ccccc1C(=O)O"], (*NEVER, "faiss")),
        (["like", "everolimus"], (*NEVER, "rdkit", "faiss")),
        (["like", "everolimus", "--where", "mw<600"], (*NEVER, "rdkit", "faiss")),
        (["compound", "everolimus"], NEVER),
    ],
)
def test_a_question_loads_only_the_libraries_that_it_needs(demo_home, words, without):
    program = (
        f"import sys; sys.argv = ['vcpi', '--home', {str(demo_home)!r}, *{words!r}, '-f', 'json']\n"
        "from vcpi.cli.app import main\n"
        "main()\n"
        f"print([name for name in {without!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
