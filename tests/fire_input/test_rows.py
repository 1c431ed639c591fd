"""Nothing is lost: of every reader, the rows that go in are the rows that are used and those that are rejected.

The judge counts the rows while it writes them, without asking the reader.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vcpi.errors import DataError, GeneCoverageError
from vcpi.ingest.annotations import read_annotations
from vcpi.ingest.compounds import read_compounds
from vcpi.ingest.counts import CountsFile
from vcpi.ingest.gct import read_gct
from vcpi.ingest.gene_sets import read_gmt
from vcpi.ingest.genes import read_genes
from vcpi.ingest.queries import read_query
from vcpi.ingest.samples import read_samples
from vcpi.ingest.signatures import read_signatures
from vcpi.ingest.tables import read_table

GENES = [f"ENSG{place:011d}" for place in range(12)]
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
CELL = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    st.sampled_from(
        ["", "NA", "-0", "1e308", "inf", "nan", "=1+1", "\x07", "\u202eabc", "'; DROP TABLE x; --", "a\nb", "../x"]
    ),
)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=8)


def written(rows, *, header, suffix):
    """Write a table in a folder of its own and return its path."""
    path = Path(tempfile.mkdtemp()) / f"t{suffix}"
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *rows])
    path.write_bytes(stream.getvalue().encode())
    return path


def counted(read, path):
    """Return rows used and rejected, or None where the file as a whole is refused."""
    try:
        table = read(path)
    except DataError:
        return None
    return len(table.rows) + len(table.rejected)


@pytest.mark.parametrize(
    ("read", "header"),
    [
        (read_table, ["a", "b", "c"]),
        (read_compounds, ["source_compound_id", "name", "smiles"]),
        (read_annotations, ["name", "moa", "target"]),
    ],
)
@FEW
@given(rows=ROWS)
def test_rows_of_a_csv(read, header, rows):
    """All ragged alike by one cell is another header, as R writes it; that is refused here by one whole row."""
    rows = [["x", "y", "z"], *rows]
    assert counted(read, written(rows, header=header, suffix=".csv")) == len(rows)


@FEW
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), more=st.integers(0, 3))
def test_rows_of_a_parquet(rows, more):
    path = Path(tempfile.mkdtemp()) / "t.parquet"
    columns = list(zip(*[*rows, *[("x", "y", None)] * more], strict=True))
    pq.write_table(
        pa.table(dict(zip(("source_compound_id", "name", "smiles"), columns, strict=True))), path, row_group_size=3
    )
    for read in (read_table, read_compounds):
        assert counted(read, path) == len(rows) + more


@FEW
@given(
    lines=st.lists(
        st.text(
            st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="#\x7f\x85"), min_size=1, max_size=9
        ),
        min_size=1,
        max_size=9,
    )
)
def test_lines_of_a_smiles_file(lines):
    path = Path(tempfile.mkdtemp()) / "t.smi"
    kept = [line for line in lines if line.strip() and line.strip() == line]
    path.write_text("CCO first\n" + "".join(f"{line}\n" for line in kept), encoding="utf-8")
    assert counted(read_compounds, path) == len(kept) + 1


MOL = "a\n  x\n\n  1  0  0  0  0  0            999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n"


@FEW
@given(kinds=st.lists(st.sampled_from(["whole", "cut", "double", "nonsense", "data"]), min_size=1, max_size=9))
def test_records_of_an_sd_file(kinds):
    blocks = {"whole": MOL, "cut": MOL[:60], "double": MOL + MOL, "nonsense": "?\n", "data": f"{MOL}> <name>\n=1\n\n"}
    path = Path(tempfile.mkdtemp()) / "t.sdf"
    path.write_text("".join(f"{blocks[kind].rstrip()}\n\n$$$$\n" for kind in kinds))
    table = read_compounds(path)
    assert (len(table.rows), len(table.rejected)) == (
        sum(kind in {"whole", "data"} for kind in kinds),
        sum(kind in {"cut", "double", "nonsense"} for kind in kinds),
    )


@FEW
@given(ids=st.lists(st.sampled_from(["ENSG00000000001", "ENSG00000000002", "", "NA"]), min_size=1, max_size=9))
def test_rows_of_a_gene_table(ids):
    path = written([[name, f"S{at}"] if name else ["", ""] for at, name in enumerate(ids)] + [["ENSG00000000009", "X"]], header=["gene_id", "symbol"], suffix=".csv")  # fmt: skip
    table = read_genes(path)
    assert len(table.rows) + len(table.rejected) == len(ids) + 1  # every symbol is another, so that no rows are one


@FEW
@given(cells=st.lists(st.sampled_from(["1.5", "-2", "inf", "nan", "x", "1e308", "", "-0"]), min_size=1, max_size=8))
def test_signatures_of_a_matrix(cells):
    """One cell of each signature is odd; a signature is whole if that is a number within 32 bits."""
    rows = [[f"s{at}", cell, *[str(1.0 + place + at) for place in range(11)]] for at, cell in enumerate(cells)]
    rows.append(["good", *[str(place - 3.5) for place in range(12)]])
    table = read_signatures(written(rows, header=["sig_id", *GENES], suffix=".csv"), orientation="signatures-in-rows")
    good = sum(cell in {"1.5", "-2", "-0"} for cell in cells)
    assert (len(table.signatures), len(table.rejected), table.n_read) == (good + 1, len(cells) - good, len(rows))


@FEW
@given(widths=st.lists(st.integers(1, 6), min_size=1, max_size=9))
def test_rows_of_a_gct(widths):
    path = Path(tempfile.mkdtemp()) / "t.gct"
    rows = [["G", "d", *["1.0"] * 3]] + [[f"G{at}", *["1.0"] * (width - 1)] for at, width in enumerate(widths)]
    text = "".join(
        "\t".join(row) + "\n"
        for row in [["#1.2"], [str(len(rows)), "3"], ["Name", "Description", "a", "b", "c"], *rows]
    )
    path.write_text(text)
    matrix = read_gct(path)
    assert (len(matrix.rows.ids), len(matrix.rejected)) == (1 + widths.count(5), len(widths) - widths.count(5))


@FEW
@given(kinds=st.lists(st.sampled_from(["good", "negative", "nan", "half", "huge", "text"]), min_size=1, max_size=8))
def test_columns_of_wide_counts(kinds):
    values = {"good": [1, 2, 3], "negative": [1, -1, 2], "nan": [1.0, np.nan, 2], "half": [0.5, 1, 2], "huge": [2**40, 1, 1], "text": ["1", "2", "3"]}  # fmt: skip
    path = Path(tempfile.mkdtemp()) / "c.parquet"
    pq.write_table(pa.table({"gene_id": GENES[:3], **{str(at): values[kind] for at, kind in enumerate(kinds)}}), path)
    counts = CountsFile(path)
    _, faults = counts.read([str(at) for at in range(len(kinds))])
    counts.close()
    assert {at for at, kind in enumerate(kinds) if kind != "good"} == set(faults)


@FEW
@given(
    times=st.lists(st.sampled_from(["24h", "soon", "1e308wk", "-1h", "", "inf"]), min_size=1, max_size=8),
    twice=st.booleans(),
)
def test_rows_of_metadata(times, twice):
    rows = [[str(at), "8799853", "10", "uM", time] for at, time in enumerate(times)]
    rows += [rows[0]] * twice + [["999", "8799853", "10", "uM", "24h"]]
    header = ["sequenced_id", "user_compound_id", "compound_concentration", "compound_concentration_unit", "timepoint"]
    table = read_samples(written(rows, header=header, suffix=".csv"))
    assert len(table.samples) + len(table.rejected) + table.n_folded == len(rows) == table.n_read


@FEW
@given(values=st.lists(st.sampled_from(["1.5", "", "NA", "-2"]), min_size=1, max_size=9))
def test_rows_of_a_question(values):
    rows = [[f"ENSG{at:011d}", value] for at, value in enumerate(values)] + [["TNF", "3"], ["TNF", "1"]]
    found = read_query(written(rows, header=["gene", "t"], suffix=".csv"), value_column="t")
    assert len(found.ids) + found.n_without_value + found.n_duplicates == found.n_rows == len(rows)


@FEW
@given(sets=st.lists(st.lists(st.sampled_from(GENES), min_size=1, max_size=4, unique=True), min_size=1, max_size=6))
def test_lines_of_a_gmt(sets):
    path = Path(tempfile.mkdtemp()) / "t.gmt"
    path.write_text("".join("\t".join([f"S{at}", "d", *genes]) + "\n" for at, genes in enumerate(sets)))
    assert list(read_gmt(path).values()) == [tuple(genes) for genes in sets]


def test_a_matrix_without_a_whole_signature_is_refused_with_the_reason():
    rows = [["s", "x", *["1"] * 11], ["t", *["0"] * 12]]
    with pytest.raises(
        (DataError, GeneCoverageError), match="has no signature that can be used; the last: all values are zero"
    ):
        read_signatures(written(rows, header=["sig_id", *GENES], suffix=".csv"), orientation="signatures-in-rows")
