"""The signature index against NumPy and plain Python, ties and duplicates included, and against damaged files."""

from __future__ import annotations

import hashlib
import math

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcpi.errors import ArtifactError, InputError
from vcpi.signature.search import SignatureIndex, background


def ranking(ids, vectors, query, *, k, exclude=(), reverse=False):
    """Cosine of every row by math.fsum, then sorted by score and id."""

    def cos(row):
        product = math.fsum(a * b for a, b in zip(row, query, strict=True))
        return product / math.sqrt(math.fsum(a * a for a in row) * math.fsum(b * b for b in query))

    scored = [(cos(row), i) for i, row in zip(ids, vectors, strict=True) if i not in exclude]
    return sorted(scored, key=lambda pair: (pair[0] if reverse else -pair[0], pair[1]))[:k]


@pytest.fixture
def screen():
    rng = np.random.default_rng(7)
    vectors = rng.standard_normal((60, 24)).astype(np.float32) * rng.lognormal(0, 2, (60, 1)).astype(np.float32)
    vectors = np.round(vectors, 3) + np.float32(0.001)
    return np.arange(60) * 3 + 5, vectors


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("k", [1, 7, 59, 60, 200])
def test_the_ranking_is_that_of_a_plain_loop(screen, k, reverse):
    ids, vectors = screen
    index = SignatureIndex(ids, vectors)
    query = vectors[11] + 0.5 * vectors[12]
    found, scores = index.top(query, k=k, exclude={5, 8, 999}, reverse=reverse)
    expected = ranking(ids.tolist(), vectors.tolist(), query.tolist(), k=k, exclude={5, 8, 999}, reverse=reverse)
    assert found.tolist() == [i for _, i in expected]
    assert scores == pytest.approx([score for score, _ in expected], abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_ties_and_duplicates_come_in_the_order_of_their_ids(data):
    small = st.integers(-1, 1)
    row = st.lists(small, min_size=3, max_size=3).filter(any)
    rows = data.draw(st.lists(row, min_size=1, max_size=80))
    query = data.draw(row)
    k = data.draw(st.integers(1, 90))
    reverse = data.draw(st.booleans())
    exclude = data.draw(st.sets(st.integers(0, 80)))
    found, scores = SignatureIndex(np.arange(len(rows)), rows).top(query, k=k, exclude=exclude, reverse=reverse)

    # whole numbers: the square of each cosine is a ratio, so that ties are exact
    def key(i):
        product = sum(a * b for a, b in zip(rows[i], query, strict=True))
        squared = product * abs(product) * (6 // sum(a * a for a in rows[i]))
        return (squared if reverse else -squared, i)

    expected = sorted((i for i in range(len(rows)) if i not in exclude), key=key)[:k]
    assert found.tolist() == expected
    assert (np.diff(scores) >= 0).all() if reverse else (np.diff(scores) <= 0).all()


def test_more_duplicates_than_any_spare_are_found_by_lowest_id():
    vectors = np.tile(np.array([[0.3, -0.7, 0.1]], dtype=np.float32), (500, 1))
    found, scores = SignatureIndex(np.arange(500), vectors).top([3, -7, 1], k=3)
    assert found.tolist() == [0, 1, 2]
    assert len(set(scores.tolist())) == 1


def test_scores_of_all_agree_with_the_best_to_the_last_bit(screen):
    ids, vectors = screen
    index = SignatureIndex(ids, vectors)
    every = dict(zip(ids.tolist(), index.scores(vectors[3]).tolist(), strict=True))
    found, scores = index.top(vectors[3], k=60)
    assert [every[i] for i in found.tolist()] == scores.tolist()
    assert every[14] == pytest.approx(1.0, abs=1e-7)


def test_neither_vectors_nor_query_are_changed_and_length_does_not_matter(screen):
    ids, vectors = screen
    before = vectors.copy()
    index = SignatureIndex(ids, vectors)
    query = vectors[0].copy()
    first = index.top(query, k=5)
    np.testing.assert_array_equal(vectors, before)
    np.testing.assert_array_equal(query, before[0])
    second = index.top(query.astype(np.float64) * 4, k=5)
    np.testing.assert_array_equal(first[0], second[0])


def test_vectors_are_unit_rows_and_cannot_be_written(screen):
    ids, vectors = screen
    index = SignatureIndex(ids, vectors)
    wide = vectors.astype(np.float64)
    expected = wide / np.sqrt((wide**2).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(index.vectors, expected, atol=1e-7)
    np.testing.assert_array_equal(index.vector(8), index.vectors[1])
    with pytest.raises(ValueError, match="read-only"):
        index.vectors[0, 0] = 1.0
    with pytest.raises(InputError, match="No signature 6"):
        index.vector(6)


@pytest.mark.parametrize(
    ("bad", "told"),
    [(np.nan, "Signature 9 holds NaN"), (np.inf, "Signature 9 holds NaN or inf"), (0.0, "Signature 9 is zero")],
)
def test_a_row_without_a_direction_is_named(bad, told):
    with pytest.raises(InputError, match=told):
        SignatureIndex([4, 9], [[1.0, 1.0], [bad, 0.0]])


@pytest.mark.parametrize("ids", [[2, 1], [1, 1], [-1, 2], [0.5, 1.5], [1], [[1, 2]]])
def test_ids_must_be_rising_whole_numbers_one_per_row(ids):
    with pytest.raises(InputError, match="expected"):
        SignatureIndex(ids, [[1.0], [2.0]])


@pytest.mark.parametrize("query", [[1.0], [[1.0, 2.0]], [0.0, 0.0], [np.nan, 1.0], [1.0, np.inf]])
def test_a_query_that_does_not_fit_is_refused(query):
    index = SignatureIndex([0], [[1.0, 2.0]])
    with pytest.raises(InputError, match="Query"):
        index.top(query, k=1)
    with pytest.raises(InputError, match="Query"):
        index.scores(query)


def test_k_below_one_is_refused_and_an_empty_index_answers_nothing():
    with pytest.raises(InputError, match="k is 0; expected 1 or more"):
        SignatureIndex([0], [[1.0]]).top([1.0], k=0)
    empty = SignatureIndex(np.zeros(0, dtype=np.int64), np.zeros((0, 3)))
    assert [part.tolist() for part in empty.top([1.0, 0.0, 0.0], k=4)] == [[], []]
    assert empty.scores([1.0, 0.0, 0.0]).tolist() == []


def test_everything_excluded_is_an_empty_answer():
    found, _ = SignatureIndex([1, 2], [[1.0], [-1.0]]).top([1.0], k=5, exclude={1, 2})
    assert found.tolist() == []


def test_a_saved_index_answers_as_before_and_is_the_same_bytes(screen, tmp_path):
    ids, vectors = screen
    index = SignatureIndex(ids, vectors)
    digest = index.save(tmp_path / "a.faiss")
    assert digest == hashlib.sha256((tmp_path / "a.faiss").read_bytes()).hexdigest()
    assert SignatureIndex(ids, vectors).save(tmp_path / "b.faiss") == digest
    again = SignatureIndex.load(tmp_path / "a.faiss", expected_sha256=digest, n_genes=24)
    for before, after in zip(index.top(vectors[5], k=9), again.top(vectors[5], k=9), strict=True):
        np.testing.assert_array_equal(before, after)
    assert again.save(tmp_path / "c.faiss") == digest


def test_a_damaged_file_is_never_handed_to_faiss(screen, tmp_path, monkeypatch):
    path = tmp_path / "a.faiss"
    digest = SignatureIndex(*screen).save(path)
    whole = path.read_bytes()
    monkeypatch.setattr(faiss, "read_index", lambda *_: pytest.fail("FAISS was asked to read a damaged file"))
    for damaged in (whole[:-1], whole + b"\0", b"", *(whole[:at] + b"\x7f" + whole[at + 1 :] for at in (0, 40, 700))):
        path.write_bytes(damaged)
        with pytest.raises(ArtifactError, match=r"a\.faiss is damaged.*run 'vcpi build'"):
            SignatureIndex.load(path, expected_sha256=digest, n_genes=24)
    with pytest.raises(ArtifactError, match=r"none\.faiss.*run 'vcpi build'"):
        SignatureIndex.load(tmp_path / "none.faiss", expected_sha256=digest, n_genes=24)


def test_another_kind_of_index_is_refused(tmp_path):
    rows = np.eye(4, dtype=np.float32)
    flat = faiss.IndexFlatIP(4)
    flat.add(rows)
    distances = faiss.IndexIDMap2(faiss.IndexFlatL2(4))
    distances.add_with_ids(rows, np.arange(4))
    binary = tmp_path / "text.faiss"
    binary.write_bytes(b"not an index at all")
    for name, index in (("flat", flat), ("distances", distances)):
        faiss.write_index(index, str(tmp_path / f"{name}.faiss"))
    SignatureIndex(np.arange(4), rows).save(tmp_path / "other.faiss")
    for name, n_genes in (("flat", 4), ("distances", 4), ("text", 4), ("other", 5)):
        path = tmp_path / f"{name}.faiss"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with pytest.raises(ArtifactError, match=f"{name}.faiss .*run 'vcpi build'"):
            SignatureIndex.load(path, expected_sha256=digest, n_genes=n_genes)


def test_an_index_that_cannot_be_written_leaves_nothing(screen, tmp_path):
    with pytest.raises(ArtifactError, match="Cannot write"):
        SignatureIndex(*screen).save(tmp_path / "no" / "a.faiss")
    assert list(tmp_path.iterdir()) == []


def test_the_number_of_threads_is_left_as_it_was(screen):
    before = faiss.omp_get_max_threads()
    SignatureIndex(*screen).top(screen[1][0], k=3)
    assert faiss.omp_get_max_threads() == before


def test_float32_sums_over_many_genes_stay_within_the_tie_width():
    rng = np.random.default_rng(3)
    vectors = rng.standard_t(3, (400, 13_000)).astype(np.float32)
    query = vectors[0] + rng.standard_t(3, 13_000)
    index = SignatureIndex(np.arange(400), vectors)
    unit = (query / np.sqrt((query**2).sum())).astype(np.float32)
    flat = faiss.IndexFlatIP(13_000)
    flat.add(index.vectors)
    engine, ids = flat.search(unit[np.newaxis], 400)
    assert np.abs(engine[0] - index.scores(query)[ids[0]]).max() < 5e-7


def test_the_background_of_few_signatures_is_that_of_all_pairs():
    rng = np.random.default_rng(2)
    vectors = rng.standard_normal((30, 12))
    vectors[7] = vectors[3]  # the same row under two compounds tells nothing of chance
    compounds = np.repeat(np.arange(15), 2)
    expected = []
    for i in range(30):
        for j in range(i):
            if compounds[i] != compounds[j] and {i, j} != {3, 7}:
                product = vectors[i] @ vectors[j]
                expected.append(product / (np.linalg.norm(vectors[i]) * np.linalg.norm(vectors[j])))
    made = background(vectors, compounds)
    assert list(made) == [0.5, 0.9, 0.95, 0.99, 0.999]
    assert list(made.values()) == pytest.approx(np.quantile(expected, list(made)).tolist(), abs=1e-12)


def test_a_drawn_background_is_near_that_of_all_pairs_and_repeats():
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((300, 20)).astype(np.float32)
    every = background(vectors, np.arange(300))
    drawn = background(vectors, np.arange(300), n_pairs=20_000, seed=4)
    assert drawn == background(vectors, np.arange(300), n_pairs=20_000, seed=4)
    assert drawn != background(vectors, np.arange(300), n_pairs=20_000, seed=5)
    assert drawn[0.5] == pytest.approx(every[0.5], abs=0.01)
    assert drawn[0.99] == pytest.approx(every[0.99], abs=0.03)


def test_one_compound_has_no_background():
    assert background([[1.0], [2.0]], [1, 1]) == {}
    assert background(np.zeros((0, 3)), []) == {}
    with pytest.raises(InputError, match="expected"):
        background([[1.0]], [1, 2])


def test_rows_outlive_the_index_that_they_were_taken_from():
    vectors = np.random.default_rng(0).normal(size=(2_000, 300)).astype(np.float32)
    rows = [SignatureIndex(np.arange(2_000), vectors).vectors[5:] for _ in range(5)]  # each index is gone at once
    expected = vectors[5:] / np.linalg.norm(vectors[5:].astype(np.float64), axis=1, keepdims=True)
    for taken in rows:
        np.testing.assert_allclose(taken, expected, atol=1e-6)
        assert not taken.flags.writeable
