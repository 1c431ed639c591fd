"""The shipped gene identities, judged by their form and by the GENCODE and L1000 maps."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

import pytest

from vcpi.data import gene_aliases, genes

GENES = genes()
BY_SYMBOL = {gene.gene_symbol: gene for gene in GENES}


def test_ids_have_their_form_and_are_unique() -> None:
    assert 600 <= len(GENES) <= 750
    assert all(re.fullmatch(r"ENSG0\d{10}", gene.gene_id) for gene in GENES)
    assert all(gene.ensembl_id == gene.gene_id for gene in GENES)
    assert all(re.fullmatch(r"[1-9]\d*", gene.entrez_id or "") for gene in GENES)
    for field in ("gene_id", "gene_symbol", "entrez_id"):
        assert len({getattr(gene, field) for gene in GENES}) == len(GENES)


def test_former_symbols_are_unambiguous() -> None:
    current = {gene.gene_symbol.upper() for gene in GENES}
    former = [name.upper() for gene in GENES for name in gene.former_symbols]
    assert len(former) == len(set(former))
    assert not current & set(former)


@pytest.mark.parametrize(
    ("alias", "symbol"),
    [
        ("DDX58", "RIGI"), ("TMEM173", "STING1"), ("GLUT1", "SLC2A1"), ("MCP-1", "CCL2"), ("p21", "CDKN1A"),
        ("LC3B", "MAP1LC3B"), ("ERK1", "MAPK3"), ("WARS", "WARS1"),
    ],
)  # fmt: skip
def test_known_aliases(alias: str, symbol: str) -> None:
    assert alias in BY_SYMBOL[symbol].former_symbols


@pytest.mark.parametrize(
    ("symbol", "gene_id", "entrez_id"),
    [
        ("TP53", "ENSG00000141510", "7157"), ("MTOR", "ENSG00000198793", "2475"), ("EGFR", "ENSG00000146648", "1956"),
        ("MT-CO1", "ENSG00000198804", "4512"), ("GAPDH", "ENSG00000111640", "2597"),
    ],
)  # fmt: skip
def test_published_ids(symbol: str, gene_id: str, entrez_id: str) -> None:
    assert (BY_SYMBOL[symbol].gene_id, BY_SYMBOL[symbol].entrez_id) == (gene_id, entrez_id)


def test_all_thirteen_mitochondrial_genes_are_there() -> None:
    assert sum(gene.gene_symbol.startswith("MT-") for gene in GENES) == 13


@pytest.mark.shared
def test_ids_agree_with_gencode_and_l1000(shared_data: Path) -> None:
    with gzip.open(shared_data / "gene_sets" / "gencode_ensembl_symbol.tsv.gz", "rt", encoding="utf-8") as handle:
        symbol_of = {row["ensembl_id"]: row["symbol"] for row in csv.DictReader(handle, delimiter="\t")}
    assert {gene.gene_id: symbol_of.get(gene.gene_id) for gene in GENES} == {g.gene_id: g.gene_symbol for g in GENES}
    with gzip.open(shared_data / "gene_sets" / "l1000_gene_info.tsv.gz", "rt", encoding="utf-8") as handle:
        entrez_of = {row["pr_gene_symbol"]: row["pr_gene_id"] for row in csv.DictReader(handle, delimiter="\t")}
    compared = 0
    for gene in GENES:
        for symbol in (gene.gene_symbol, *gene.former_symbols):
            if symbol in entrez_of:
                assert entrez_of[symbol] == gene.entrez_id, symbol
                compared += 1
    assert compared > 550


def test_aliases_agree_with_themselves() -> None:
    names = gene_aliases()
    assert len(names) > 1000
    assert len({name.casefold() for name in names}) == len(names)
    present = {symbol.casefold() for symbols in names.values() for symbol in symbols}
    assert not present & {name.casefold() for name in names}
    assert names["TMEM173"] == ("STING1",)  # of the panel genes
    assert names["MARCH6"] == ("MARCHF6",)  # of the renamed genes


@pytest.mark.shared
def test_aliases_agree_with_gencode_and_the_renamed_landmarks(shared_data: Path) -> None:
    with gzip.open(shared_data / "gene_sets" / "gencode_ensembl_symbol.tsv.gz", "rt", encoding="utf-8") as handle:
        present = {row["symbol"].casefold() for row in csv.DictReader(handle, delimiter="\t")}
    names = {name.casefold(): symbols for name, symbols in gene_aliases().items()}
    assert not present & names.keys()
    with (shared_data / "l1000_drugbank_consensus" / "genes.tsv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    renamed = {
        row["l1000_symbol"]: row["current_symbol"] for row in rows if row["l1000_symbol"] != row["current_symbol"]
    }
    known = {old: names[old.casefold()] for old in renamed if old.casefold() in names}
    assert known == {old: (renamed[old],) for old in known}
    assert len(known) >= 0.9 * len(renamed)
