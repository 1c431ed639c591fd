from __future__ import annotations

import time

import numpy as np
import pytest

from vcpi.errors import DataError
from vcpi.ingest.compounds import read_compounds
from vcpi.ingest.genes import read_genes
from vcpi.ingest.release import open_release
from vcpi.ingest.signatures import read_signatures

MOL = "eth\n  x\n\n  1  0  0  0  0  0            999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n"


def write(folder, text, name):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_gene_row_written_twice_is_one_gene(tmp_path):
    once = "gene_id,symbol,entrez_id,chrom\nENSG00000141510,TP53,7157,17\nENSG00000232810,TNF,7124,6\n"
    genes = read_genes(write(tmp_path, once + "ENSG00000141510.9,TP53,7157,chr17\n", "genes.csv"))
    assert [gene.gene_symbol for gene in genes.rows] == ["TP53", "TNF"]
    for name in ("ENSG00000141510", "TP53", "7157", "e7157"):
        assert genes.find(name) == read_genes(write(tmp_path, once, "once.csv")).find("ENSG00000141510")
    assert genes.notes == ()


def test_gene_rows_that_differ_are_noted(tmp_path, small_release):
    text = "gene_id,symbol\n" + "".join(f"{name},S{place}\n" for place, name in enumerate(small_release.genes))
    path = write(tmp_path, f"{text}{small_release.genes[0]},OTHER\n", "g.csv")
    note = "g.csv: 1 gene ids have rows that differ and name no gene, first 'ENSG00000000001'"
    with open_release([small_release.write()], genes=path) as release:
        assert note in release.notes
        assert [gene.gene_symbol for gene in release.genes] == [None, *(f"S{place}" for place in range(1, 21))]
    rows = [["id", *small_release.genes], ["a", *map(str, range(21))], ["b", *map(str, range(1, 22))]]
    matrix = write(tmp_path, "".join(",".join(row) + "\n" for row in rows), "s.csv")
    assert note in read_signatures(matrix, genes=path).notes


def test_sd_records_that_run_together_are_rejected(tmp_path):
    table = read_compounds(write(tmp_path, f"{MOL}{MOL}$$$$\n{MOL}> <name>\nB\n\n$$$$\n", "t.sdf"))
    assert [row.names for row in table.rows] == [("B", "eth")]
    assert [(fault.row, fault.reason) for fault in table.rejected] == [
        (1, "record has 2 'M  END' lines; expected one, and a '$$$$' line behind each record")
    ]


def test_the_data_lines_of_an_sd_file_are_read_in_one_pass(tmp_path):
    odd = ">" + "<" * 400_000 + "\n" + ">  25 <" + "x" * 400_000 + "\n"
    many = "> <synonyms>\n" + "line of text\n" * 50_000 + "\n> <ID> (7)\nA\n\n"
    start = time.process_time()
    (row,) = read_compounds(write(tmp_path, f"{MOL}{odd}{many}$$$$\n", "t.sdf")).rows
    assert time.process_time() - start < 5
    assert row.source_compound_id == "A"
    assert set(row.names) == {"line of text", "eth"}


def test_counts_of_one_gene_add_up_beyond_32_bits(small_release):
    small_release.genes[1] = small_release.genes[2] = small_release.genes[0]
    whole = dict(small_release.counts)
    for name, value in (("501", 1_500_000_000), ("502", 715_827_882)):
        small_release.counts[name] = np.concatenate([[value] * 3, whole[name][3:]])
    with open_release([small_release.write()]) as release:
        samples = [sample.sequenced_id for _, samples, _ in release.iter_plates() for sample in samples]
        assert release.counts(["502"])[0, 0] == 3 * 715_827_882
        assert release.counts(["503"])[0, 0] == sum(whole["503"][:3])
        (fault,) = release.rejected
    assert "501" not in samples
    assert len(samples) == 11
    assert (fault.raw, fault.reason) == (
        "501: 4500000000",
        "sum of the gene's rows is beyond 2147483647: 4500000000 at ENSG00000000001",
    )


def test_a_dose_that_is_infinite_in_um_rejects_its_sample(small_release):
    small_release.metadata[3].update(compound_concentration="1e307", compound_concentration_unit="M")
    small_release.metadata[4].update(timepoint="1e308wk")
    with open_release([small_release.write()]) as release:
        assert [(fault.row, fault.reason) for fault in release.rejected if fault.row] == [
            (5, "Dose is 1e307 M, which is beyond all numbers in µM; expected a smaller one"),
            (6, "Time is 1e308wk, which is beyond all numbers in hours; expected a smaller one"),
        ]
