"""Bit planes. Judges: RDKit's scores, plain NumPy over rows, and what goes in coming out again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rdkit.DataStructs import BulkTanimotoSimilarity, CreateFromBitString

from vcpi import kernels
from vcpi.structure import planes as module
from vcpi.structure.planes import Planes
from vcpi.structure.search import FingerprintIndex

WAYS = ("numpy", "plain", "avx2", "avx512")
TILE = 512 * 5  # where a test makes tiles small


def library(n, *, seed=0, densities=(0.0, 0.01, 0.03, 0.3, 1.0), copies=4):
    """Random fingerprints of many densities; each of a few stands there several times."""
    rng = np.random.default_rng(seed)
    kinds = rng.random((max(1, n // copies), 2048)) < rng.choice(densities, (max(1, n // copies), 1))
    return np.packbits(kinds[rng.integers(len(kinds), size=n)], axis=1), rng.permutation(10 * n)[:n] - n


def made(ids, bits):
    counts = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    order = np.lexsort((ids, counts))
    return Planes.of_rows(ids[order], bits[order], counts[order]), bits[order]


@pytest.fixture
def ways(monkeypatch):
    """Run something in each way to count."""
    if kernels.native() is None:
        pytest.skip("the C library was not built here")

    def run(call, *, among=WAYS):
        answers = []
        for way in among:
            monkeypatch.setenv("VCPI_KERNELS", way)
            answers.append(call())
        return answers

    return run


@pytest.mark.parametrize("n", [0, 1, 7, 511, 512, 513, 1_025, TILE + 1])
def test_planes_are_the_rows_turned_round(ways, n, monkeypatch):
    monkeypatch.setattr(module, "MOST_BLOCKS", 5)
    bits, ids = library(n, densities=(0.001, 0.02, 0.5))
    for planes, rows in ways(lambda: made(ids, bits), among=WAYS[:2]):
        turned = [np.unpackbits(tile["planes"], axis=1, bitorder="little").T for tile in planes.tiles]
        turned = np.concatenate(turned) if turned else np.zeros((0, 2049), dtype=np.uint8)
        assert len(turned) % 512 == 0
        assert len(planes) == n
        np.testing.assert_array_equal(turned[:n, :2048], np.unpackbits(rows, axis=1))
        assert not turned[n:].any()
        assert not turned[:, 2048].any()
        assert planes.tiles["n_with"].sum() == np.unpackbits(bits).sum()


def test_every_pair_of_a_library_agrees_with_rdkit_in_every_way(ways):
    bits, ids = library(700)
    ids = np.sort(ids)
    judges = [CreateFromBitString("".join(map(str, row))) for row in np.unpackbits(bits, axis=1)]
    index = FingerprintIndex(ids, bits)
    for row in range(0, 700, 5):
        expected = np.array(BulkTanimotoSimilarity(judges[row], judges))
        order = np.lexsort((ids, -expected))
        for scores, (found, best) in ways(lambda: (index.scores(bits[row]), index.top(bits[row], k=30))):  # noqa: B023
            np.testing.assert_array_equal(scores, expected)
            np.testing.assert_array_equal(found, ids[order[:30]])
            np.testing.assert_array_equal(best, expected[order[:30]])


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 3_000), seed=st.integers(0, 2**32 - 1), k=st.integers(1, 400), spread=st.integers(0, 3),
    cutoff=st.floats(0, 1, exclude_min=True),
)  # fmt: skip
@example(n=1_500, seed=3, k=10, spread=0, cutoff=1.0)
@example(n=600, seed=1, k=5, spread=3, cutoff=0.5)
def test_the_ways_give_one_answer(n, seed, k, spread, cutoff):
    """Judge: a plain sort of scores made row by row."""
    if kernels.native() is None:
        pytest.skip("the C library was not built here")
    bits, ids = library(n, seed=seed, densities=[(0.03,), (0.01, 0.05), (0.0, 0.02), (0.0, 0.01, 0.4, 1.0)][spread])
    index = FingerprintIndex(ids, bits)
    query = np.random.default_rng(seed).choice(bits) if seed % 3 else library(1, seed=seed + 1)[0][0]
    common = np.bitwise_count(bits & query).sum(axis=1, dtype=np.int64)
    every = np.bitwise_count(bits | query).sum(axis=1, dtype=np.int64)
    scores = common / np.maximum(every, 1)
    order = np.lexsort((ids, -scores))
    near = order[scores[order] >= cutoff]
    with pytest.MonkeyPatch.context() as patch:
        for way in WAYS:
            patch.setenv("VCPI_KERNELS", way)
            for (found, best), expected in (
                (index.top(query, k=k), order[:k]),
                (index.within(query, cutoff=cutoff), near),
            ):
                np.testing.assert_array_equal(found, ids[expected], err_msg=way)
                np.testing.assert_array_equal(best, scores[expected], err_msg=way)


def test_a_cutoff_that_is_a_score_takes_it_in(ways):
    """0.1 + 0.2 and its kind: the cutoff is compared with the very division that the score is."""
    bits, ids = library(900, densities=(0.01, 0.02))
    index = FingerprintIndex(ids, bits)
    for row in range(0, 900, 45):
        scores = np.unique(index.scores(bits[row]))
        for cutoff in scores[scores > 0][-5:]:
            n_expected = int((index.scores(bits[row]) >= cutoff).sum())
            for found, _ in ways(lambda: index.within(bits[row], cutoff=cutoff)):  # noqa: B023
                assert len(found) == n_expected


def test_several_tiles_answer_as_rows_do(ways, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_BLOCKS", 5)
    bits, ids = library(2 * TILE + 300, densities=(0.0, 0.005, 0.01))
    index = FingerprintIndex(ids, bits)
    index.save(tmp_path / "index.npy")
    loaded = FingerprintIndex.load(tmp_path / "index.npy")
    assert len(np.load(tmp_path / "index.npy", mmap_mode="r")) == 3
    for row in (0, 31, TILE):
        common = np.bitwise_count(bits & bits[row]).sum(axis=1, dtype=np.int64)
        scores = common / np.maximum(np.bitwise_count(bits | bits[row]).sum(axis=1, dtype=np.int64), 1)
        order = np.lexsort((ids, -scores))
        for found, best in ways(lambda: loaded.top(bits[row], k=50)):  # noqa: B023
            np.testing.assert_array_equal(found, ids[order[:50]])
            np.testing.assert_array_equal(best, scores[order[:50]])
        for found, _ in ways(lambda: loaded.within(bits[row], cutoff=0.5)):  # noqa: B023
            np.testing.assert_array_equal(found, ids[order[scores[order] >= 0.5]])


def test_a_strided_query_is_read_rightly(ways):
    bits, ids = library(600)
    index = FingerprintIndex(ids, bits)
    across = np.asfortranarray(bits)[5]
    assert not across.flags["C_CONTIGUOUS"]
    expected = [score for _, score in sorted(zip(ids, index.scores(bits[5]), strict=True))]
    for scores in ways(lambda: index.scores(across)):
        assert scores.tolist() == expected


def test_equal_libraries_give_equal_bytes_in_every_way(ways, tmp_path):
    bits, ids = library(1_000)

    def written():
        FingerprintIndex(ids, bits).save(tmp_path / "index.npy")
        return (tmp_path / "index.npy").read_bytes()

    assert len(set(ways(written))) == 1


@pytest.mark.parametrize("n", [1, 243, 14_000])
def test_a_small_library_takes_little_more_than_its_rows(n, tmp_path):
    bits, ids = library(n, densities=(0.02,))
    FingerprintIndex(ids, bits).save(tmp_path / "index.npy")
    assert (tmp_path / "index.npy").stat().st_size < 270 * (n + 1_024) + 10_000
