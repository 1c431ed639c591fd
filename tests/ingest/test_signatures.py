from __future__ import annotations

import gzip

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vcpi.errors import DataError, GeneCoverageError, InputError
from vcpi.ingest.signatures import read_signatures

SHARES_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
GENES = [f"ENSG{place:011d}" for place in range(1, 13)]
DRUGS = ["sirolimus", "everolimus", "tacrolimus", "vorinostat"]


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(size=(len(DRUGS), len(GENES))).astype(np.float32)


def frame_of(values, index=DRUGS, columns=GENES):
    return pd.DataFrame(values, index=index, columns=columns)


def write_gct(path, values, *, version="#1.3", sizes=None):
    """Write genes in rows with one description of rows and two of columns, by hand."""
    n_genes, n_signatures = values.T.shape
    lines = [version]
    if version == "#1.3":
        lines += [sizes or f"{n_genes}\t{n_signatures}\t1\t2", "\t".join(["id", "pr_gene_symbol", *"ABCD"])]
        lines += ["\t".join(["pert_iname", "na", *DRUGS]), "\t".join(["pert_idose", "na", *["10 uM"] * 4])]
    else:
        lines += [sizes or f"{n_genes}\t{n_signatures}", "\t".join(["Name", "Description", *DRUGS])]
    for place, gene in enumerate(GENES):
        lines.append("\t".join([gene, f"SYM{place}", *map(repr, values.T[place].tolist())]))
    path.write_text("\n".join(lines) + "\n")
    return path


def write_gctx(path, values):
    """Write the layout of GCTX 1.0: signatures first, as HDF5 shows it."""
    with h5py.File(path, "w") as file:
        file["0/DATA/0/matrix"] = values
        file["0/META/ROW/id"] = np.array(GENES, dtype="S")
        file["0/META/ROW/pr_gene_symbol"] = np.array([f"SYM{place}" for place in range(len(GENES))], dtype="S")
        file["0/META/COL/id"] = np.array([f"s{place}" for place in range(len(DRUGS))], dtype="S")
        file["0/META/COL/pert_iname"] = np.array(DRUGS, dtype="S")
        file["0/META/COL/pert_dose"] = np.array([10.0, 1.0, -666.0, 10.0])
        file["0/META/COL/pert_dose_unit"] = np.array(["um", "um", "-666", "nM"], dtype="S")
        file["0/META/COL/distil_nsample"] = np.array([3, 4, 5, 6])
    return path


def write_h5ad(path, values, kind):
    """Write the layout of h5ad with a categorical column in obs."""
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        if kind == "dense":
            file["X"] = values
        else:
            major = values if kind == "csr_matrix" else values.T
            starts = [0, *np.cumsum([np.count_nonzero(row) for row in major])]
            places = [np.flatnonzero(row) for row in major]
            file["X/data"] = np.concatenate([row[at] for row, at in zip(major, places, strict=True)])
            file["X/indices"] = np.concatenate(places).astype(np.int32)
            file["X/indptr"] = np.array(starts, dtype=np.int32)
            file["X"].attrs.update({"encoding-type": kind, "shape": values.shape})
        for name, ids in (("obs", [f"s{place}" for place in range(4)]), ("var", GENES)):
            file.create_group(name).attrs["_index"] = "_index"
            file[name].create_dataset("_index", data=ids, dtype=text)
        file["obs/pert_iname/codes"] = np.array([1, 0, 2, -1], dtype=np.int8)
        file["obs/pert_iname"].create_dataset("categories", data=["everolimus", "sirolimus", "tacrolimus"], dtype=text)
        file["var"].create_dataset("gene_symbol", data=[f"SYM{n}" for n in range(12)], dtype=text)
    return path


@pytest.mark.parametrize("name", ["s.csv", "s.tsv", "s.csv.gz", "s.parquet"])
@pytest.mark.parametrize("turned", [False, True])
def test_tables_are_read_either_way_round(tmp_path, values, name, turned):
    frame = frame_of(values).rename_axis("drug")
    frame = frame.T.rename_axis("gene_id") if turned else frame
    if name.endswith("parquet"):
        frame.reset_index().to_parquet(tmp_path / name)
    else:
        frame.to_csv(tmp_path / name, sep="\t" if "tsv" in name else ",")
    table = read_signatures(tmp_path / name)
    np.testing.assert_array_equal(table.values, values)
    assert [gene.gene_id for gene in table.genes] == GENES
    assert [row.source_signature_id for row in table.signatures] == DRUGS
    assert [row.source_compound_id for row in table.compounds.rows] == DRUGS
    assert (table.n_read, table.values.dtype, table.unit) == (4, np.float32, "z")


def test_the_orientation_may_be_said(tmp_path):
    frame = frame_of(np.eye(12) + 1, index=[f"x {n}" for n in range(12)], columns=[f"y {n}" for n in range(12)])
    frame.rename_axis("what").to_csv(tmp_path / "s.csv")
    with pytest.raises(DataError, match=r"cannot tell genes from signatures .*'x 0'.*'y 0'.*--orientation"):
        read_signatures(tmp_path / "s.csv")
    table = read_signatures(tmp_path / "s.csv", orientation="genes-in-rows")
    assert [gene.gene_id for gene in table.genes] == [f"x {n}" for n in range(12)]


@pytest.mark.parametrize("option", [{"unit": "log2"}, {"orientation": "sideways"}])
def test_other_options_are_refused(tmp_path, option):
    with pytest.raises(InputError, match="expected one of auto"):
        read_signatures(tmp_path / "s.csv", **option)


def test_a_compound_table_joins_by_id_and_brings_evidence(tmp_path, values):
    frame_of(values, index=["D1", "D2", "D3", "D4"]).rename_axis("compound_id").to_csv(tmp_path / "s.csv")
    (tmp_path / "c.tsv").write_text(
        "compound_id\tname\tsmiles\tmoa\tn_lincs_signatures\nd2\tb\tCC\tx|y\t13.0\nD1\ta\tC\t\t454\nD9\tz\tCCC\t\t1\nD4\t\t\t\t\n"
    )
    table = read_signatures(tmp_path / "s.csv", compounds=tmp_path / "c.tsv")
    assert [(row.name, row.n_replicates) for row in table.signatures] == [
        ("a", 454),
        ("b", 13),
        (None, None),
        (None, None),
    ]
    rows = {row.source_compound_id: row for row in table.compounds.rows}
    assert rows["d2"].annotations == (("moa", "x"), ("moa", "y"))
    assert set(rows) == {"D1", "d2", "D3", "D4", "D9"}
    assert [row.source_compound_id for row in table.signatures] == ["D1", "d2", "D3", "D4"]
    assert "1 signatures are not in c.tsv: D3" in table.notes
    assert [file.name for file in table.files] == ["s.csv", "c.tsv"]


def test_a_signature_table_joins_by_signature_id(tmp_path, values):
    frame_of(values, index=["P:1", "P:2", "P:3", "P:4"]).T.rename_axis("probe_id").to_csv(tmp_path / "s.csv")
    lines = ["sig_id\tcell_id\tpert_id\tpert_idose\tpert_iname\tpert_itime\tdistil_nsample\tis_gold"]
    lines += [f"P:{n}\tA375\tBRD-{n % 2}\t10 µM\tdrug{n % 2}\t24 h\t{n}.0\t1" for n in range(1, 5)]
    (tmp_path / "m.tsv").write_text("\n".join(lines), encoding="utf-8")
    table = read_signatures(tmp_path / "s.csv", compounds=tmp_path / "m.tsv")
    row = table.signatures[1]
    assert (row.source_compound_id, row.name, row.dose_um, row.time_h, row.cell_line) == (
        "BRD-0",
        "drug0",
        10,
        24,
        "A375",
    )
    assert (row.n_replicates, dict(row.extra)["is_gold"]) == (2, "1")
    assert [row.source_compound_id for row in table.compounds.rows] == ["BRD-1", "BRD-0"]


def test_a_gene_table_gives_symbols_and_lists_what_it_lacks(tmp_path, values):
    frame_of(values, columns=[f"e{n}" for n in range(1, 13)]).rename_axis("drug").to_csv(tmp_path / "s.csv")
    lines = [f"{n}\tOLD{n}\tNEW{n}\tENSG{n:011d}.3" for n in range(1, 12)]
    header = "entrez_gene_id\tl1000_symbol\tcurrent_symbol\tensembl_gene_id"
    (tmp_path / "g.tsv").write_text("\n".join([header, *lines, "\t\t\t"]))
    table = read_signatures(tmp_path / "s.csv", genes=tmp_path / "g.tsv")
    gene = table.genes[1]
    assert (gene.gene_id, gene.gene_symbol, gene.entrez_id) == ("e2", "NEW2", "2")
    assert (gene.ensembl_id, gene.former_symbols) == ("ENSG00000000002", ("OLD2",))
    assert "1 of 12 genes are not in the gene table: e12" in table.notes
    assert [fault.reason for fault in table.rejected] == ["row is empty"]


def test_too_few_genes_stop_hard(tmp_path, values):
    frame_of(values[:, :9], columns=GENES[:9]).rename_axis("drug").to_csv(tmp_path / "s.csv")
    with pytest.raises(GeneCoverageError, match=r"s\.csv has 9 genes; expected 10 or more"):
        read_signatures(tmp_path / "s.csv")
    frame_of(values).rename_axis("drug").to_csv(tmp_path / "s.csv")
    (tmp_path / "g.tsv").write_text("ensembl_id\tsymbol\n" + "".join(f"{gene}\tX\n" for gene in GENES[:9]))
    with pytest.raises(GeneCoverageError, match=rf"9 of 12 genes .* for example not '{GENES[9]}'"):
        read_signatures(tmp_path / "s.csv", genes=tmp_path / "g.tsv")


def test_bad_signatures_are_rejected_alone(tmp_path, values):
    values[0, 2] = np.nan
    values[1, 3:5] = np.inf
    values[2] = 0
    frame_of(values).rename_axis("drug").to_csv(tmp_path / "s.csv")
    table = read_signatures(tmp_path / "s.csv")
    assert [row.source_signature_id for row in table.signatures] == ["vorinostat"]
    assert [(fault.row, fault.raw, fault.reason) for fault in table.rejected] == [
        (2, "sirolimus", f"1 values are no finite numbers, first 'nan' at gene {GENES[2]}"),
        (3, "everolimus", f"2 values are no finite numbers, first 'inf' at gene {GENES[3]}"),
        (4, "tacrolimus", "all values are zero"),
    ]


def test_text_among_the_numbers_is_shown(tmp_path, values):
    text = frame_of(values).rename_axis("drug").to_csv().replace(repr(float(values[1, 0]))[:6], "oops", 1)
    (tmp_path / "s.csv").write_text(text)
    (fault,) = read_signatures(tmp_path / "s.csv").rejected
    assert (fault.row, fault.raw) == (3, "everolimus")
    assert "first 'oops" in fault.reason


def test_a_gene_that_is_missing_everywhere_is_dropped(tmp_path, values):
    values[:, 5] = np.nan
    frame_of(values).rename_axis("drug").to_csv(tmp_path / "s.csv")
    table = read_signatures(tmp_path / "s.csv")
    assert table.values.shape == (4, 11)
    assert f"1 genes have no value in any signature and were dropped: {GENES[5]}" in table.notes


def test_no_usable_signature_is_an_error(tmp_path, values):
    frame_of(values * 0).rename_axis("drug").to_csv(tmp_path / "s.csv")
    with pytest.raises(DataError, match="no signature that can be used; the last: all values are zero"):
        read_signatures(tmp_path / "s.csv")


def test_identical_twins_are_folded_and_different_ones_rejected(tmp_path, values):
    rows = np.vstack([values, values[0], values[2] + 1])
    frame_of(rows, index=["a", "b", "c", "d", "a", "c"]).rename_axis("sig_id").to_csv(tmp_path / "s.csv")
    table = read_signatures(tmp_path / "s.csv")
    assert [row.source_signature_id for row in table.signatures] == ["a", "b", "d"]
    assert [fault.row for fault in table.rejected] == [4, 7]
    assert (table.n_read, table.n_folded) == (6, 1)


def test_doses_of_one_compound_are_signatures_of_their_own(tmp_path, values):
    frame = frame_of(values, index=["x", "x", "y", "y"]).rename_axis("compound_id").reset_index()
    frame.insert(1, "dose_um", [1, 10, 1, 10])
    frame.to_csv(tmp_path / "s.csv", index=False)
    table = read_signatures(tmp_path / "s.csv")
    assert [row.source_signature_id for row in table.signatures] == ["x|1", "x|10", "y|1", "y|10"]
    assert [row.dose_um for row in table.signatures] == [1.0, 10.0, 1.0, 10.0]
    assert [row.source_compound_id for row in table.compounds.rows] == ["x", "y"]
    assert len(table.genes) == 12


def test_genes_named_twice_are_rejected_unless_identical(tmp_path, values):
    columns = [*GENES, GENES[0], f"{GENES[1]}.2"]
    rows = np.column_stack([values, values[:, 0], values[:, 1] + 1])
    frame_of(rows, columns=columns).T.rename_axis("gene_id").to_csv(tmp_path / "s.csv")
    table = read_signatures(tmp_path / "s.csv")
    assert [gene.gene_id for gene in table.genes] == [GENES[0], *GENES[2:]]
    assert [fault.row for fault in table.rejected] == [3, 15]
    assert table.rejected[0].reason == f"gene {GENES[1]} has 2 rows of values that differ"


def test_gct_13_as_pandas_reads_it(tmp_path, values):
    path = write_gct(tmp_path / "s.gct", values)
    frame = pd.read_csv(path, sep="\t", skiprows=[0, 1, 3, 4], index_col="id").drop(columns="pr_gene_symbol")
    table = read_signatures(path)
    np.testing.assert_array_equal(table.values, frame.to_numpy(dtype=np.float32).T)
    assert [(row.source_signature_id, row.name, row.dose_um) for row in table.signatures] == [
        (letter, name, 10.0) for letter, name in zip("ABCD", DRUGS, strict=True)
    ]
    assert [gene.gene_symbol for gene in table.genes] == [f"SYM{n}" for n in range(12)]


def test_gct_12_and_gzip(tmp_path, values):
    path = tmp_path / "s.gct.gz"
    path.write_bytes(gzip.compress(write_gct(tmp_path / "s.gct", values, version="#1.2").read_bytes()))
    table = read_signatures(path)
    np.testing.assert_array_equal(table.values, values)
    assert [row.name for row in table.signatures] == DRUGS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("#1.3", "#2.0"), "begins with '#2.0'"),
        (lambda text: text.replace("12\t4\t1\t2", "12\t4\t1\tx"), "expected 4 whole numbers"),
        (lambda text: text.replace("12\t4\t1\t2", "13\t4\t1\t2"), "says 13 rows and holds 12"),
        (lambda text: text.replace("12\t4\t1\t2", "12\t5\t1\t2"), "says 5 columns .* header has 6 cells"),
        (lambda text: text.replace("12\t4\t1\t2", "999999999\t4000\t1\t2"), "claims a matrix of 999999999 x 4000"),
        (lambda text: "\n".join(text.splitlines()[:3]), "ends within its head"),
    ],
)
def test_a_gct_that_lies_is_refused(tmp_path, values, change, message):
    path = write_gct(tmp_path / "s.gct", values)
    path.write_text(change(path.read_text()))
    with pytest.raises(DataError, match=message):
        read_signatures(path)


def test_a_ragged_row_of_a_gct_is_rejected(tmp_path, values):
    path = write_gct(tmp_path / "s.gct", values)
    path.write_text(path.read_text().replace(f"{GENES[3]}\tSYM3", GENES[3]))
    table = read_signatures(path)
    assert [(fault.row, fault.reason) for fault in table.rejected] == [(9, "row has 5 cells; the header has 6")]
    assert len(table.genes) == 11


def test_gctx(tmp_path, values):
    table = read_signatures(write_gctx(tmp_path / "s.gctx", values))
    np.testing.assert_array_equal(table.values, values)
    assert [(row.name, row.dose_um, row.n_replicates) for row in table.signatures] == [
        ("sirolimus", 10.0, 3), ("everolimus", 1.0, 4), ("tacrolimus", None, 5), ("vorinostat", 0.01, 6),
    ]  # fmt: skip
    assert table.genes[2].gene_symbol == "SYM2"


@pytest.mark.parametrize("kind", ["dense", "csr_matrix", "csc_matrix"])
def test_h5ad(tmp_path, values, kind):
    values[values < 0.2] = 0
    table = read_signatures(write_h5ad(tmp_path / "s.h5ad", values, kind))
    np.testing.assert_array_equal(table.values, values)
    assert [row.name for row in table.signatures] == ["sirolimus", "everolimus", "tacrolimus", "s3"]
    assert table.genes[2].gene_symbol == "SYM2"


def test_what_anndata_writes_is_read_where_it_is_installed(tmp_path, values):
    anndata = pytest.importorskip("anndata", exc_type=ImportError)
    obs = pd.DataFrame({"pert_iname": pd.Categorical(DRUGS), "n": [1, 2, 3, 4]}, index=list("wxyz"))
    data = anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=GENES))
    data.write_h5ad(tmp_path / "a.h5ad")
    table = read_signatures(tmp_path / "a.h5ad")
    np.testing.assert_array_equal(table.values, values)
    assert [row.name for row in table.signatures] == DRUGS


def spoil_external(file, folder):
    del file["0/DATA/0/matrix"]
    file["0/DATA/0/matrix"] = h5py.ExternalLink(str(folder / "other.h5"), "/x")


def spoil_soft(file, _):
    file["0/META/other"] = file["0/META/ROW/id"][()]
    del file["0/META/ROW/id"]
    file["0/META/ROW/id"] = h5py.SoftLink("/0/META/other")


def spoil_storage(file, folder):
    (folder / "secret.bin").write_bytes(b"\x01" * 4096)
    del file["0/DATA/0/matrix"]
    file["0/DATA/0"].create_dataset("matrix", (4, 12), "f4", external=[(str(folder / "secret.bin"), 0, 192)])


def spoil_size(file, _):
    del file["0/DATA/0/matrix"]
    file["0/DATA/0"].create_dataset("matrix", (100_000, 100_000), "f4", chunks=(100, 100))


def spoil_objects(file, _):
    del file["0/DATA/0/matrix"]
    file["0/DATA/0"].create_dataset("matrix", (4, 12), dtype=h5py.vlen_dtype(np.int32))


def spoil_shape(file, _):
    matrix = file["0/DATA/0/matrix"][()]
    del file["0/DATA/0/matrix"]
    file["0/DATA/0/matrix"] = matrix.T


def spoil_text(file, _):
    del file["0/DATA/0/matrix"]
    file["0/DATA/0/matrix"] = np.full((4, 12), b"x")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_external, "has a link for 0/DATA/0/matrix; links are not followed"),
        (spoil_soft, "has a link for id"),
        (spoil_storage, "keeps 0/DATA/0/matrix in another file"),
        (spoil_size, r"claims 40,000,000,000 bytes for 0/DATA/0/matrix and stores 0"),
        (spoil_objects, "keeps objects in 0/DATA/0/matrix"),
        (spoil_shape, r"has a matrix of \(12, 4\) float32; its ids want \(4, 12\)"),
        (spoil_text, "its ids want"),
    ],
)
def test_hostile_hdf5_is_refused(tmp_path, values, spoil, message):
    path = write_gctx(tmp_path / "s.gctx", values)
    with h5py.File(path, "r+") as file:
        spoil(file, tmp_path)
    with pytest.raises(DataError, match=message):
        read_signatures(path)


def test_hdf5_of_another_kind_and_no_hdf5_are_refused(tmp_path, values):
    write_gctx(tmp_path / "s.h5ad", values)
    with pytest.raises(DataError, match="has no group obs"):
        read_signatures(tmp_path / "s.h5ad")
    (tmp_path / "s.gctx").write_text("not HDF5")
    with pytest.raises(DataError, match=r"s\.gctx is no readable HDF5 file"):
        read_signatures(tmp_path / "s.gctx")


def test_a_sparse_matrix_that_does_not_fit_is_refused(tmp_path, values):
    path = write_h5ad(tmp_path / "s.h5ad", values, "csr_matrix")
    with h5py.File(path, "r+") as file:
        file["X/indices"][0] = 99
    with pytest.raises(DataError, match="sparse X that does not fit its 4 obs and 12 var"):
        read_signatures(path)


@SHARES_FOLDER
@given(places=st.lists(st.integers(0, 500), min_size=1, max_size=5))
def test_damaged_hdf5_is_read_or_refused(tmp_path, places):
    rng = np.random.default_rng(1)
    path = write_gctx(tmp_path / "s.gctx", rng.normal(size=(4, 12)).astype(np.float32))
    data = bytearray(path.read_bytes())
    for place in places:
        data[place] ^= 0xFF
    path.write_bytes(data)
    try:
        n_read = read_signatures(path).n_read
    except (DataError, GeneCoverageError) as error:
        n_read = None
        assert str(error)  # noqa: PT017
    assert n_read in {None, 4}


cell = st.sampled_from(["1.5", "-2", "0", "nan", "inf", "", "x", "1e400"])


@SHARES_FOLDER
@given(
    rows=st.lists(st.tuples(st.sampled_from(["a", "b", "c", ""]), st.lists(cell, min_size=12, max_size=13)), max_size=9)
)
def test_each_signature_is_used_folded_or_rejected(tmp_path, rows):
    good = ["good", *map(str, range(1, 13))]
    lines = [["sig_id", *GENES], good, *([name, *cells] for name, cells in rows)]
    (tmp_path / "s.csv").write_text("\n".join(",".join(line) for line in lines))
    table = read_signatures(tmp_path / "s.csv", orientation="signatures-in-rows")
    assert table.n_read == 1 + len(rows)
    assert len(table.signatures) + table.n_folded + len(table.rejected) == table.n_read
    assert np.isfinite(table.values).all()


@pytest.mark.parametrize(
    ("data", "message"),
    [("drug,a\nx,y\n", "no column of numbers"), ("", "is empty"), ("drug," + ",".join(GENES) + "\n", "no row")],
)
def test_what_is_no_matrix_is_refused(tmp_path, data, message):
    (tmp_path / "s.csv").write_text(data)
    with pytest.raises(DataError, match=message):
        read_signatures(tmp_path / "s.csv")


def test_an_id_column_may_be_named(tmp_path, values):
    frame = frame_of(values).rename_axis("drug").reset_index().assign(code=["k1", "k2", "k3", "k4"])
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "s.parquet")
    assert read_signatures(tmp_path / "s.parquet", id_column="code").signatures[0].source_signature_id == "k1"
    with pytest.raises(DataError, match=r"no column 'nope'; found drug"):
        read_signatures(tmp_path / "s.parquet", id_column="nope")


@pytest.mark.shared
def test_the_consensus_of_l1000(shared_data):
    folder = shared_data / "l1000_drugbank_consensus"
    frame = pd.read_parquet(folder / "signatures.parquet").set_index("compound_id")
    compounds = pd.read_csv(folder / "compounds.tsv", sep="\t", dtype={"compound_id": str}).set_index("compound_id")
    table = read_signatures(
        folder / "signatures.parquet", compounds=folder / "compounds.tsv", genes=folder / "genes.tsv"
    )
    assert table.values.shape == (823, 978)
    assert table.rejected == ()
    np.testing.assert_array_equal(table.values, frame.to_numpy(dtype=np.float32))
    rows = {row.name: row for row in table.signatures}
    assert (rows["sirolimus"].n_replicates, rows["everolimus"].n_replicates) == (454, 17)
    assert [row.n_replicates for row in table.signatures] == [
        None if np.isnan(n) or n < 1 else int(n) for n in compounds.loc[frame.index, "n_lincs_signatures"]
    ]
    assert len(table.compounds.rows) == 823
    assert sum(not row.names for row in table.compounds.rows) == compounds["name"].isna().sum()
    symbols = {gene.gene_symbol: gene for gene in table.genes}
    assert symbols["CDH3"].ensembl_id == "ENSG00000062038"


@pytest.mark.shared
def test_level_five_signatures_of_three_drugs(shared_data):
    folder = shared_data / "l1000_signatures_3drugs"
    table = read_signatures(
        folder / "signatures.parquet", compounds=folder / "signature_metadata.tsv", genes=folder / "probes.tsv"
    )
    frame = pd.read_parquet(folder / "signatures.parquet").set_index("probe_id")
    np.testing.assert_array_equal(table.values, frame.to_numpy(dtype=np.float32).T)
    names = pd.Series([row.name for row in table.signatures]).value_counts().to_dict()
    assert names == {"vemurafenib": 140, "atorvastatin": 94, "venlafaxine": 38}
    assert table.genes[0].gene_symbol == "PSME1"
