"""Tanimoto search. Judges: RDKit's BulkTanimotoSimilarity, published values, and plain sorting."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.DataStructs import BulkTanimotoSimilarity, CreateFromBitString

from vcpi import kernels
from vcpi.errors import ArtifactError, InputError
from vcpi.structure.fingerprints import fingerprint
from vcpi.structure.search import FingerprintIndex, tanimoto


def packed(smiles_list):
    mols = (Chem.MolFromSmiles(smiles) for smiles in smiles_list)
    return np.array([fingerprint(mol) for mol in mols if mol is not None])


def rdkit_bits(bits):
    return [CreateFromBitString("".join(map(str, row))) for row in np.unpackbits(bits, axis=1)]


def sorted_slowly(ids, scores):
    return sorted(zip(ids, scores, strict=True), key=lambda pair: (-pair[1], pair[0]))


@pytest.fixture(params=["numpy", "plain", "avx2", "avx512"])
def way(request, monkeypatch):
    """Each way to count; a processor without the wide loops takes its best."""
    if request.param != "numpy" and kernels.native() is None:
        pytest.skip("the C library was not built here")
    monkeypatch.setenv("VCPI_KERNELS", request.param)
    return request.param


@pytest.fixture(scope="module")
def common_bits(common_smiles, rapalogs):
    bits = packed([*common_smiles, *rapalogs.values()])
    return np.concatenate([bits, bits[:10], np.zeros((2, 256), dtype=np.uint8)])  # ties and empty ones


@pytest.fixture(scope="module")
def index(common_bits):
    ids = np.random.default_rng(7).permutation(len(common_bits)) * 3 + 1
    return FingerprintIndex(ids, common_bits)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("everolimus", 0.873),
        ("temsirolimus", 0.842),
        ("novolimus", 0.913),
        ("ridaforolimus", 0.873),
        ("umirolimus", 0.850),
        ("zotarolimus", 0.835),
        ("tacrolimus", 0.375),
        ("cyclosporin A", 0.115),
    ],
)
def test_rapamycin_against_its_family(rapalogs, name, published):
    query, other = packed([rapalogs["sirolimus"], rapalogs[name]])
    assert round(float(tanimoto(query, other[None])[0]), 3) == published


def test_every_pair_agrees_with_rdkit(common_bits):
    judges = rdkit_bits(common_bits)
    for row, judge in zip(common_bits, judges, strict=True):
        np.testing.assert_array_equal(tanimoto(row, common_bits), BulkTanimotoSimilarity(judge, judges))


@pytest.fixture(scope="module")
def judged(common_bits):
    """Every query's hits by RDKit, sorted by Python."""
    ids = (np.random.default_rng(7).permutation(len(common_bits)) * 3 + 1).tolist()
    judges = rdkit_bits(common_bits)
    return [sorted_slowly(ids, BulkTanimotoSimilarity(judge, judges)) for judge in judges]


def test_every_score_is_rdkits(way, index, common_bits, judged):
    for query, expected in zip(common_bits, judged, strict=True):
        assert list(zip(index.compound_ids, index.scores(query), strict=True)) == sorted(expected)


@pytest.mark.parametrize("k", [1, 3, 10, 1000])
def test_top_is_the_plain_sort(way, index, common_bits, judged, k):
    for query, expected in zip(common_bits, judged, strict=True):
        ids, scores = index.top(query, k=k)
        assert list(zip(ids, scores, strict=True)) == expected[:k]


@pytest.mark.parametrize("cutoff", [1e-9, 0.3, 0.5, 2 / 3, 1.0])
def test_within_is_the_plain_filter(way, index, common_bits, judged, cutoff):
    for query, hits in zip(common_bits, judged, strict=True):
        expected = [pair for pair in hits if pair[1] >= cutoff]
        ids, scores = index.within(query, cutoff=cutoff)
        assert list(zip(ids, scores, strict=True)) == expected
        assert index.within(query, cutoff=cutoff, limit=2)[0].tolist() == [pair[0] for pair in expected[:2]]


def test_ties_at_the_edge_go_to_the_smallest_ids(way):
    bits = np.zeros((5_000, 256), dtype=np.uint8)
    bits[:, 3] = 0b11
    ids = np.random.default_rng(1).permutation(5_000)
    found, scores = FingerprintIndex(ids, bits).top(bits[0], k=7)
    assert (found.tolist(), set(scores)) == (list(range(7)), {1.0})


def test_an_empty_fingerprint_is_like_nothing(way, index):
    empty = np.zeros(256, dtype=np.uint8)
    ids, scores = index.top(empty, k=3)
    assert (ids.tolist(), scores.tolist()) == (index.compound_ids[:3].tolist(), [0.0] * 3)
    assert len(index.within(empty, cutoff=0.01)[0]) == 0


def test_an_empty_index_answers(way):
    nothing = FingerprintIndex([], np.zeros((0, 256), dtype=np.uint8))
    query = np.ones(256, dtype=np.uint8)
    assert len(nothing.top(query, k=5)[0]) == len(nothing.within(query, cutoff=0.5)[0]) == len(nothing) == 0


def test_many_queries_are_answered_as_each_alone(way, index, common_bits):
    for threads in (1, 2):
        found = index.top_many(common_bits[:20], k=5, threads=threads)
        for query, (ids, scores) in zip(common_bits[:20], found, strict=True):
            alone = index.top(query, k=5)
            assert (ids.tolist(), scores.tolist()) == (alone[0].tolist(), alone[1].tolist())
    assert index.top_many(common_bits[:0], k=5) == []


random_bits = st.integers(0, 2**32 - 1).map(
    lambda seed: np.packbits(
        np.random.default_rng(seed).random((40, 2048))
        < np.random.default_rng(seed).choice([0.001, 0.02, 0.5], (40, 1)),
        axis=1,
    )
)


@settings(max_examples=25, deadline=None)
@given(bits=random_bits, seed=st.integers(0, 1000), k=st.integers(1, 45))
def test_symmetry_range_and_row_order(bits, seed, k):
    matrix = np.array([tanimoto(row, bits) for row in bits])
    assert (matrix == matrix.T).all()
    assert ((matrix >= 0) & (matrix <= 1)).all()
    ids, order = np.arange(40), np.random.default_rng(seed).permutation(40)
    straight = FingerprintIndex(ids, bits).top(bits[0], k=k)
    shuffled = FingerprintIndex(ids[order], bits[order]).top(bits[0], k=k)
    for one, other in zip(straight, shuffled, strict=True):
        np.testing.assert_array_equal(one, other)


def test_saved_and_loaded_is_the_same_and_its_bytes_do_not_depend_on_order(index, common_bits, tmp_path):
    index.save(tmp_path / "a.npy")
    order = np.random.default_rng(2).permutation(len(index))
    ids = np.random.default_rng(7).permutation(len(common_bits)) * 3 + 1
    FingerprintIndex(ids[order], common_bits[order]).save(tmp_path / "b.npy")
    digests = {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("a.npy", "b.npy")}
    assert len(digests) == 1
    loaded = FingerprintIndex.load(tmp_path / "a.npy")
    for query in common_bits[::7]:
        for one, other in zip(loaded.top(query, k=9), index.top(query, k=9), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "damage", ["missing", "empty", "cut", "text", "floats", "objects", "unordered", "miscounted", "doubled", "older"]
)
def test_a_damaged_file_is_refused(index, tmp_path, damage):
    path = tmp_path / "index.npy"
    index.save(path)
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "floats":
        np.save(path, np.zeros(5))
    elif damage == "objects":
        np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    elif damage == "unordered":
        tiles = np.load(path)
        tiles["compound_id"][0, [0, 1]] = tiles["compound_id"][0, [1, 0]]  # two empty ones
        np.save(path, tiles)
    elif damage == "miscounted":
        tiles = np.load(path)
        tiles["n_with"][0, 7] += 1
        np.save(path, tiles)
    elif damage == "doubled":
        tiles = np.load(path)
        tiles["compound_id"][0, 5] = tiles["compound_id"][0, 40]
        np.save(path, tiles)
    elif damage == "older":  # what vcpi 0.1 wrote: rows, not planes
        np.save(path, np.zeros(4, dtype=[("compound_id", "<i8"), ("bits", "u1", (256,))]))
    else:
        path.write_bytes({"empty": b"", "cut": whole[:-100], "text": b"not an index"}[damage])
    with pytest.raises(ArtifactError, match=r"Cannot read index\.npy"):
        FingerprintIndex.load(path)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda index, query: index.top(query, k=0), "k is 0"),
        (lambda index, query: index.within(query, cutoff=0), "cutoff is 0"),
        (lambda index, query: index.within(query, cutoff=1.01), "cutoff is 1.01"),
        (lambda index, query: index.within(query, cutoff=float("nan")), "cutoff is nan"),
        (lambda index, query: index.within(query, cutoff=0.5, limit=0), "limit is 0"),
        (lambda index, query: index.top(query[:128], k=1), r"shape \(128,\)"),
        (lambda index, query: index.top(query.astype(float), k=1), "float64"),
        (lambda index, query: FingerprintIndex([1, 1], np.array([query, query])), "twice"),
        (lambda index, query: tanimoto(query, query), "expected"),
        (lambda index, query: index.top_many(query, k=1), r"shape \(256,\)"),
        (lambda index, query: index.top_many(query[None, :128], k=1), r"shape \(128,\)"),
        (lambda index, query: index.top_many(query[None], k=1, threads=0), "threads is 0"),
    ],
)
def test_wrong_use_is_refused(index, common_bits, call, message):
    with pytest.raises(InputError, match=message):
        call(index, common_bits[0])


@pytest.mark.shared
def test_all_pairs_of_real_molecules_agree_with_rdkit(real_smiles):
    bits = packed(real_smiles)
    assert len(bits) > 4_900
    judges = rdkit_bits(bits)
    index = FingerprintIndex(np.arange(len(bits)), bits)
    for row in range(len(bits)):
        expected = np.array(BulkTanimotoSimilarity(judges[row], judges))
        np.testing.assert_array_equal(index.scores(bits[row]), expected)
        if row % 10 == 0:
            ids, scores = index.top(bits[row], k=25)
            order = np.lexsort((np.arange(len(bits)), -expected))[:25]
            np.testing.assert_array_equal(ids, order)
            np.testing.assert_array_equal(scores, expected[order])
            near, _ = index.within(bits[row], cutoff=0.6)
            assert set(near) == set(np.flatnonzero(expected >= 0.6))
