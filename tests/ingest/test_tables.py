from __future__ import annotations

import csv
import gzip
import hashlib
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vcpi.errors import DataError
from vcpi.ingest.columns import COMPOUND_FIELDS, clean_id, find_fields
from vcpi.ingest.files import source_file
from vcpi.ingest.tables import read_table

FOLDER_IS_SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def write(folder, text, name="table.csv"):
    path = folder / name
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz", "t.txt"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_line_ends_and_gzip(tmp_path, name, mark, end):
    table = read_table(write(tmp_path, end.join([mark.join("ab"), mark.join("12"), "", mark.join("34")]), name))
    assert table.columns == ("a", "b")
    assert table.rows == ((2, ("1", "2")), (4, ("3", "4")))


def test_a_byte_order_mark_and_comments_are_not_the_header(tmp_path):
    table = read_table(write(tmp_path, b"\xef\xbb\xbf!Source\tx\t\t\n# note\n\nid\tname\n1\tx\n"))
    assert table.columns == ("id", "name")
    assert table.rows == ((5, ("1", "x")),)


def test_commas_do_not_part_a_lone_column_of_a_text_file(tmp_path):
    table = read_table(write(tmp_path, "smiles\nCC |c:1,2|\nCCO\n", "t.txt"))
    assert [cells for _, cells in table.rows] == [("CC |c:1,2|",), ("CCO",)]


def test_a_quoted_line_break_keeps_row_numbers_of_an_editor(tmp_path):
    table = read_table(write(tmp_path, 'id,name\n1,"two\nlines"\n2,b\n'))
    assert [number for number, _ in table.rows] == [2, 4]
    assert table.rows[0][1] == ("1", "two\nlines")


def test_quotes_within_tab_separated_cells_swallow_nothing(tmp_path):
    table = read_table(write(tmp_path, 'id\tmoa\n1\t"a";"b"\n2\t"open\n3\t"in ""quotes"""\n', "t.tsv"))
    assert [cells for _, cells in table.rows] == [("1", '"a";"b"'), ("2", '"open'), ("3", 'in "quotes"')]


def test_ragged_empty_and_control_rows_are_rejected_with_reason(tmp_path):
    table = read_table(write(tmp_path, "a,b\n1,2\n1\n1,2,3\n,\nx\x07,1\n"))
    assert [(fault.row, fault.reason) for fault in table.rejected] == [
        (3, "row has 1 cells; the header has 2"),
        (4, "row has 3 cells; the header has 2"),
        (5, "row is empty"),
        (6, "row holds a control character"),
    ]
    assert table.rejected[1].raw == "1\t2\t3"
    assert table.n_read == 5


def test_row_names_as_r_writes_them_get_a_column(tmp_path):
    table = read_table(write(tmp_path, '"logFC"\t"P"\n"TNF"\t1\t0.1\n"IL6"\t2\t0.2\n'))
    assert table.columns == ("unnamed_1", "logFC", "P")
    assert table.rows[0] == (2, ("TNF", "1", "0.1"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"t\.csv is empty"),
        (b"# only\n! comments\n", r"t\.csv is empty"),
        (b"a,b\n", r"t\.csv has a header and no rows"),
        (b"a,b,a\n1,2,3\n", r"t\.csv has 1 column names twice, for example 'a'"),
        (b"a,b\n1,\xe9\n", r"t\.csv is not UTF-8 in line 2; save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), r"t\.csv is UTF-16 text"),
        (b"a,b\n1,\x00\n", r"t\.csv holds a NUL byte in line 2"),
        (b"PK\x03\x04rest", r"t\.csv is a zip or Excel file; save the table as CSV"),
        (b"\x89HDF\r\n\x1a\n", r"t\.csv is an HDF5 file"),
        (b"PAR1 and no more", r"t\.csv is no readable parquet file"),
        (b'a,b\n1,"open\n2,3\n', r"t\.csv cannot be parted into cells from row 2 on"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-12], r"t\.csv is damaged"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path, data, message):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message):
        read_table(path)


def test_a_gzip_bomb_is_refused(tmp_path):
    with pytest.raises(DataError, match="expands more than 250-fold"):
        read_table(write(tmp_path, b"a,b\n" + b"1,2\n" * (2 << 20), "bomb.csv.gz"))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(DataError, match="cannot be read"):
            read_table(path)


def test_parquet_gives_the_same_rows_as_text(tmp_path):
    columns = {
        "id": pa.array([1, None]),
        "x": pa.array([0.5, float("nan")]),
        "flag": pa.array([True, False]),
        "kind": pa.array(["a", "b"]).dictionary_encode(),
        "names": pa.array([["p", "q"], None]),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert table.rows == ((2, ("1", "0.5", "true", "a", "p|q")), (3, ("", "", "false", "b", "")))


def test_a_parquet_of_records_is_refused(tmp_path):
    pq.write_table(pa.table({"a": [{"b": 1}]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="column 'a' holds struct"):
        read_table(tmp_path / "t.parquet")


def test_the_digest_is_that_of_the_bytes_on_disk(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n", "t.csv.gz")
    data = path.read_bytes()
    file = source_file(path)
    assert (file.name, file.n_bytes, file.sha256) == ("t.csv.gz", len(data), hashlib.sha256(data).hexdigest())


cell = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)


@FOLDER_IS_SHARED
@given(rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=8))
def test_what_the_csv_module_writes_is_read_back(tmp_path, rows):
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    table = read_table(write(tmp_path, stream.getvalue()))
    whole = [tuple(text.strip() for text in row) for row in rows if any(text.strip() for text in row)]
    assert [cells for _, cells in table.rows] == whole
    assert table.n_read == len(rows)


@FOLDER_IS_SHARED
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path, data):
    try:
        table = read_table(write(tmp_path, data))
    except DataError as fault:
        message = str(fault)
    else:
        message = f"table.csv {table.n_read}"
    assert message.startswith("table.csv ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (["3F2504E0-4F89-11D3-9A0C-0305E82C3301"], "compound_uuid"),
        (["8799854", "8799855.0"], "source_compound_id"),
        (["rapamycin", "12"], "name"),
    ],
)
def test_a_column_called_compound_is_read_by_its_content(values, field):
    rows = [(row, (value,)) for row, value in enumerate(values)]
    assert field in find_fields(["compound"], COMPOUND_FIELDS, rows=rows)


def test_float_ids_become_the_ids_they_were():
    assert [clean_id(text) for text in ("8799854.0", "BRD-1", " 7 ", "1.5", "")] == [
        "8799854",
        "BRD-1",
        "7",
        "1.5",
        None,
    ]
