from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vcpi.errors import DataError, InputError
from vcpi.ingest.release import open_release
from vcpi.ingest.samples import read_samples

SHARES_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)


def reasons(release):
    return [(fault.row, fault.reason) for fault in release.rejected]


def test_a_release_is_read_as_pandas_reads_it(small_release):
    folder = small_release.write()
    frame = pd.read_parquet(folder / "vcpi_tvc-pgg-001_counts.parquet").set_index("gene_id")
    with open_release([folder]) as release:
        assert [gene.gene_id for gene in release.genes] == frame.index.tolist()
        assert release.is_spike_in.tolist() == [name.startswith("ERCC") for name in frame.index]
        seen = []
        for plate, samples, counts in release.iter_plates():
            names = [sample.sequenced_id for sample in samples]
            assert {sample.plate for sample in samples} == {plate}
            np.testing.assert_array_equal(counts, frame[names].to_numpy().T)
            assert counts.dtype == np.int32
            seen.append((plate, len(names)))
        assert seen == [("1839082", 6), ("1839083", 6)]
        np.testing.assert_array_equal(release.counts(["510", "501"]), frame[["510", "501"]].to_numpy().T)
        assert release.rejected == ()
        assert (release.name, release.simulated) == ("tvc-pgg-001", False)
    assert len(release.files) == 3


def test_files_may_be_given_one_by_one(small_release, tmp_path):
    folder = small_release.write()
    genes = tmp_path / "gencode.tsv"
    lines = [f"{name}{'.7' * name.startswith('ENSG')}\tSYM{place}" for place, name in enumerate(small_release.genes)]
    genes.write_text("\n".join(["ensembl_id\tsymbol", *lines]))
    with open_release(sorted(folder.iterdir()), genes=genes) as release:
        assert [gene.gene_symbol for gene in release.genes] == [f"SYM{n}" for n in range(21)]
        assert len(release.files) == 4


def test_dmso_alone_is_vehicle(small_release):
    with open_release([small_release.write()]) as release:
        roles = Counter((sample.source_compound_id, sample.role) for sample in release.samples)
        doses = {sample.source_compound_id: (sample.dose_um, sample.vehicle_percent) for sample in release.samples}
    assert roles[("DMSO", "vehicle")] == 4
    assert roles[("Staurosporin", "positive_control")] == 2
    assert sum(count for (_, role), count in roles.items() if role == "library") == 6
    assert doses["DMSO"] == (None, 0.15)
    assert doses["8799853"] == (10.0, None)


@pytest.mark.parametrize(
    ("name", "is_control", "role"),
    [
        ("dimethyl sulfoxide", "true", "vehicle"),
        ("Vehicle", "1", "vehicle"),
        ("DMSO", "False", "vehicle"),
        ("Brefeldin A", "True", "positive_control"),
        ("Brefeldin-A", "", "positive_control"),
        ("Rigosertib", "false", "library"),
        ("Media", "TRUE", "positive_control"),
        ("8799854", "0", "library"),
    ],
)
def test_roles_by_name_first_then_by_column(small_release, name, is_control, role):
    small_release.metadata[3].update(user_compound_id=name, is_control=is_control)
    with open_release([small_release.write()]) as release:
        assert release.samples[3].role == role


def test_a_control_of_unknown_kind_is_noted(small_release):
    small_release.metadata[3].update(user_compound_id="Media", is_control="True")
    with open_release([small_release.write()]) as release:
        assert "controls that are not the vehicle count as positive controls: Media (1)" in release.notes


def test_fields_and_unknown_columns_of_a_sample(small_release):
    with open_release([small_release.write()]) as release:
        sample = release.samples[4]
    assert (sample.plate, sample.plate_row, sample.plate_column, sample.is_edge) == ("1839083", 5, 24, True)
    assert (sample.time_h, sample.cell_line, sample.sequenced_id) == (24.0, "THP-1", "505")
    assert dict(sample.extra) == {
        "job_id": "tvc-pgg-001", "percent_duplicated": "0.6", "percent_mapped": "88.0", "mystery": "m4",
    }  # fmt: skip


def test_compounds_are_the_chemistry_and_what_only_the_metadata_names(small_release):
    with open_release([small_release.write()]) as release:
        rows = {row.source_compound_id: row for row in release.compounds.rows}
    assert rows["8799854"].smiles == "CCCC"
    assert rows["8799854"].names == ()
    assert rows["Staurosporin"].names == ("Staurosporin",)
    assert rows["Staurosporin"].smiles is None
    assert len(rows) == len(release.compounds.rows)


def test_metadata_with_uuids_alone_gets_ids_from_the_chemistry(small_release):
    for row in small_release.metadata:
        del row["user_compound_id"]
    for place, name in enumerate(("DMSO", "DMSO", "Staurosporin")):
        entry = {**small_release.chemistry[0], "smiles": "control", "user_compound_id": name}
        small_release.chemistry.append({**entry, "compound": small_release.metadata[place]["compound"].upper()})
    with open_release([small_release.write()]) as release:
        assert [sample.source_compound_id for sample in release.samples[:4]] == [
            "DMSO", "DMSO", "Staurosporin", "8799853",
        ]  # fmt: skip
        assert release.samples[0].role == "vehicle"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"compound_concentration_unit": "mg/ml"}, "Unknown dose unit 'mg/ml'; expected one of pM, nM"),
        ({"compound_concentration_unit": ""}, "Dose 10000 has no unit"),
        ({"compound_concentration": "many"}, "Dose is 'many'"),
        ({"timepoint": "24 moons"}, "Unknown time unit 'moons'"),
        ({"is_control": "perhaps"}, "'perhaps' is no truth value"),
        ({"sequenced_id": ""}, "row has no sequenced_id"),
        ({"user_compound_id": "", "compound": ""}, "row names no compound"),
        ({"sequenced_id": 999}, "sample has no column in vcpi_tvc-pgg-001_counts.parquet"),
    ],
)
def test_a_bad_row_of_metadata_is_rejected_alone(small_release, change, reason):
    small_release.metadata[4].update(change)
    with open_release([small_release.write()]) as release:
        rejected = [fault for fault in release.rejected if fault.row == 6]
        assert len(release.samples) == 11
    assert len(rejected) == 1
    assert rejected[0].reason.startswith(reason)
    assert rejected[0].file == "metadata-tvc-pgg-001.csv"


def test_identical_rows_are_folded_and_different_ones_rejected(small_release):
    small_release.metadata.append(dict(small_release.metadata[0]))
    small_release.metadata.append({**small_release.metadata[1], "container_id": 7})
    with open_release([small_release.write()]) as release:
        assert [sample.sequenced_id for sample in release.samples][:2] == ["501", "503"]
        assert "1 identical rows of metadata were folded" in release.notes
        assert (3, "sequenced_id has 2 rows that differ") in reasons(release)
        assert (15, "sequenced_id has 2 rows that differ") in reasons(release)


@pytest.mark.parametrize(
    ("values", "raw", "reason"),
    [
        ([float("nan")], "504: nan", "count is not finite: nan at ENSG00000000001"),
        ([None], "504: ", "count is missing: nothing at ENSG00000000001"),
        ([-3.0], "504: -3.0", "count is negative: -3.0 at ENSG00000000001"),
        ([0.5], "504: 0.5", "count is no whole number: 0.5 at ENSG00000000001"),
        ([float("inf")], "504: inf", "count is not finite: inf at ENSG00000000001"),
        ([3e9], "504: 3000000000.0", "count is beyond 2147483647"),
    ],
)
def test_a_sample_with_bad_counts_is_rejected_alone(small_release, values, raw, reason):
    small_release.counts["504"] = [*values, *([1.0] * 20)]
    with open_release([small_release.write()]) as release:
        seen = [sample.sequenced_id for _, samples, _ in release.iter_plates() for sample in samples]
        again = [sample.sequenced_id for _, samples, _ in release.iter_plates() for sample in samples]
        (fault,) = release.rejected
        with pytest.raises(DataError, match="sample 504: "):
            release.counts(["501", "504"])
    assert "504" not in seen
    assert sorted(seen) == sorted(again) == sorted({str(n) for n in range(501, 513)} - {"504"})
    assert (fault.file, fault.raw) == ("vcpi_tvc-pgg-001_counts.parquet", raw)
    assert fault.reason.startswith(reason)
    assert "504" not in [sample.sequenced_id for sample in release.samples]


def test_a_sample_of_text_or_without_a_count_is_rejected(small_release):
    small_release.counts["504"] = ["1"] * 21
    small_release.counts["505"] = [0] * 20 + [99]
    with open_release([small_release.write()]) as release:
        assert sum(len(samples) for _, samples, _ in release.iter_plates()) == 10
        assert [fault.reason for fault in release.rejected] == [
            "column holds string; expected counts",
            "no gene has a count",
        ]


def test_whole_numbers_as_floats_are_counts(small_release):
    small_release.counts["504"] = np.arange(21, dtype=np.float64)
    with open_release([small_release.write()]) as release:
        assert release.counts(["504"])[0].tolist() == list(range(21))


def test_bad_counts_everywhere_are_an_error(small_release):
    small_release.counts = {name: np.full(21, 0.5) for name in small_release.counts}
    with (
        open_release([small_release.write()]) as release,
        pytest.raises(DataError, match=r"no sample with good counts; the first: count is no whole number: 0.5"),
    ):
        list(release.iter_plates())


def test_columns_that_join_to_nothing_are_an_error_that_shows_both_sides(small_release):
    small_release.counts = {f"S{name}": values for name, values in small_release.counts.items()}
    message = r"columns are named \['S\d+', 'S\d+', 'S\d+'\], ids are \['501', '502', '503'\]"
    with pytest.raises(DataError, match=message):
        open_release([small_release.write()])


def test_float_ids_join_to_columns_of_text(small_release):
    for row in small_release.metadata:
        row["sequenced_id"] = f"{row['sequenced_id']}.0"
    with open_release([small_release.write()]) as release:
        assert len(release.samples) == 12


def test_columns_without_metadata_and_columns_of_text_are_listed(small_release):
    small_release.counts["999"] = np.ones(21, dtype=int)
    small_release.counts["filename"] = ["a.bam"] * 21
    with open_release([small_release.write()]) as release:
        assert [(fault.raw, fault.reason) for fault in release.rejected] == [
            ("999", "column has no row in metadata-tvc-pgg-001.csv")
        ]
        assert "columns of vcpi_tvc-pgg-001_counts.parquet that are no samples: filename" in release.notes


@pytest.mark.parametrize("key", ["gene_id", "gene", "ensembl_id", "symbol", "anything"])
def test_the_key_of_genes_has_many_names(small_release, key):
    with open_release([small_release.write(key=key)]) as release:
        assert release.genes[0].gene_id == "ENSG00000000001"


def test_versions_go_and_rows_of_one_gene_are_added(small_release):
    small_release.genes = [f"{small_release.genes[0]}.{n}" for n in (1, 2)] + small_release.genes[2:]
    with open_release([small_release.write()]) as release:
        total = sum(small_release.counts["503"][:2])
        assert release.counts(["503"])[0, 0] == total
        assert release.counts(["503"])[0, 1:].tolist() == small_release.counts["503"][2:].tolist()
        assert "1 rows of counts repeat a gene id and were added to its first row" in release.notes


def test_rows_without_a_gene_are_rejected(small_release):
    small_release.genes[1] = None
    with open_release([small_release.write()]) as release:
        assert reasons(release) == [(3, "row has no gene id")]
        np.testing.assert_array_equal(release.counts(["503"])[0], np.delete(small_release.counts["503"], 1))


@pytest.mark.parametrize("odd", ["none", "two rows of one gene", "a row without a gene"])
def test_some_genes_are_read_as_if_all_were(small_release, odd):
    small_release.counts["504"] = [-1.0, *([1.0] * 20)]
    if odd == "two rows of one gene":
        small_release.genes = [f"{small_release.genes[0]}.{n}" for n in (1, 2)] + small_release.genes[2:]
    elif odd == "a row without a gene":
        small_release.genes[1] = None
    with open_release([small_release.write()]) as release:
        file = release.counts_file
        names = list(file.samples)
        counts, faults = file.read(names)
        for chosen in ([], [3], [5, 0, 7], list(range(len(file.gene_ids)))):
            some, bad = file.read(names, genes=np.array(chosen, dtype=np.int64))
            np.testing.assert_array_equal(some, counts[:, chosen])
            assert bad == faults
        assert [names[place] for place in faults] == ["504"]


@pytest.mark.parametrize("columns", [["sequenced_id", "user_compound_id", "is_control"], ["sequenced_id", "compound"]])
def test_partial_metadata_is_legal_and_what_it_lacks_is_said(small_release, columns):
    small_release.metadata = [{key: row[key] for key in columns} for row in small_release.metadata]
    with open_release([small_release.write()]) as release:
        assert "no plate ids: plate-aware steps are not possible" in release.notes
        assert [plate for plate, _, _ in release.iter_plates()] == [None]


def test_plates_without_dmso_are_named(small_release):
    for row in small_release.metadata[6:8]:
        row["user_compound_id"] = "Staurosporin"
    with open_release([small_release.write()]) as release:
        assert "plates without a DMSO well: 1839082" in release.notes


def test_percent_columns_that_are_shares_are_named(small_release):
    with open_release([small_release.write()]) as release:
        assert "columns called percent that hold shares of 1: percent_duplicated" in release.notes


def test_a_known_release_of_another_size_is_noted(small_release):
    for row in small_release.metadata:
        row["job_id"] = "tvc-qnu-012"
    with open_release([small_release.write()]) as release:
        (note,) = [note for note in release.notes if "published release" in note]
    assert "12 wells (21888 published)" in note


@pytest.mark.parametrize("text", ["", "sequenced_id,compound,user_compound_id\n"])
def test_empty_metadata_tells_what_the_client_does(small_release, text):
    folder = small_release.write()
    (folder / "metadata-tvc-pgg-001.csv").write_text(text)
    with pytest.raises(DataError, match="the official client returns empty metadata"):
        open_release([folder])


def test_missing_parts_are_named(small_release, tmp_path):
    folder = small_release.write()
    (folder / "metadata-tvc-pgg-001.csv").unlink()
    with pytest.raises(DataError, match=r"holds no metadata table .* found compounds-"):
        open_release([folder])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match="holds no counts parquet; found no file"):
        open_release([empty])
    empty.rmdir()
    with pytest.raises(DataError, match="nowhere is not there"):
        open_release([tmp_path / "nowhere"])
    with pytest.raises(DataError, match="holds folders"):
        open_release([tmp_path])


def test_two_counts_files_are_refused(small_release):
    folder = small_release.write()
    (folder / "more.parquet").write_bytes((folder / "vcpi_tvc-pgg-001_counts.parquet").read_bytes())
    with pytest.raises(DataError, match=r"2 counts files .*expected one: give the files of one release"):
        open_release([folder])


def test_metadata_without_the_needed_columns_is_refused(small_release):
    small_release.metadata = [{"sequenced_id": n, "well": "A1"} for n in range(501, 513)]
    with pytest.raises(DataError, match=r"found sequenced_id, well; expected one of user_compound_id"):
        open_release([small_release.write()])


def test_a_damaged_parquet_is_refused(small_release):
    folder = small_release.write()
    path = folder / "vcpi_tvc-pgg-001_counts.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"vcpi_tvc-pgg-001_counts\.parquet is no readable parquet file"):
        open_release([folder])


def test_a_release_without_chemistry_is_read_and_says_so(small_release):
    small_release.chemistry = []
    with open_release([small_release.write()]) as release:
        assert "no chemistry table: structures are not known" in release.notes
        assert {row.source_compound_id for row in release.compounds.rows} >= {"8799853", "Staurosporin"}


def test_the_manifest_tells_simulation_and_catches_changes(small_release):
    folder = small_release.write()
    small_release.manifest(simulated=True)
    with open_release([folder]) as release:
        assert release.simulated
    with (folder / "compounds-tvc-pgg-001-2026-03-01.csv").open("a") as stream:
        stream.write(",,C,\n")
    with pytest.raises(DataError, match=r"compounds-.* differs from its manifest"):
        open_release([folder])
    (folder / "manifest.json").write_text(json.dumps([1]))
    with pytest.raises(DataError, match=r"manifest\.json holds a list"):
        open_release([folder])


def test_annotations_and_readmes_beside_a_release_are_told_apart(small_release):
    folder = small_release.write()
    (folder / "README.md").write_text("# A release\n\nNothing here.\n")
    (folder / "annotations.csv").write_text("inchi_key,smiles,name,moa\nQFJCIRLUMZQUOT-HPLJOQBZSA-N,C,sirolimus,mTOR\n")
    with open_release([folder]) as release:
        assert release.annotations.rows[0].names == ("sirolimus",)
        assert "files that are no part of a release: README.md" in release.notes


def test_an_unknown_sample_is_an_input_error(small_release):
    with open_release([small_release.write()]) as release, pytest.raises(InputError, match="has no sample '77'"):
        release.counts(["77"])


def test_metadata_may_be_parquet(small_release, tmp_path):
    folder = small_release.write()
    path = folder / "metadata-tvc-pgg-001.csv"
    frame = pd.read_csv(path)
    pq.write_table(pa.Table.from_pandas(frame), folder / "metadata.parquet")
    path.unlink()
    with open_release([folder]) as release:
        assert len(release.samples) == 12
        assert release.samples[0].sequenced_id == "501"


row = st.fixed_dictionaries(
    {
        "sequenced_id": st.sampled_from(["1", "2", "3", "4.0", "", "nan"]),
        "user_compound_id": st.sampled_from(["DMSO", "7", "8", ""]),
        "compound_concentration": st.sampled_from(["10", "x", ""]),
        "compound_concentration_unit": st.sampled_from(["nM", "%", "?", ""]),
        "timepoint": st.sampled_from(["24h", "x"]),
    }
)


@SHARES_FOLDER
@given(rows=st.lists(row, min_size=1, max_size=15))
def test_each_row_of_metadata_is_used_folded_or_rejected(small_release, rows):
    table = read_samples(small_release.table("m.csv", rows))
    assert len(table.samples) + table.n_folded + len(table.rejected) == len(rows)
    assert len({sample.sequenced_id for sample in table.samples}) == len(table.samples)
    assert all(fault.reason and fault.row for fault in table.rejected)
