"""One bit a value: scores stay exact, the recall that is stated is the one that a full scan finds."""

from __future__ import annotations

import hashlib

import faiss
import numpy as np
import pytest

from vcpi.errors import ArtifactError, InputError
from vcpi.signature import fast
from vcpi.signature.fast import FastIndex
from vcpi.signature.search import SignatureIndex


@pytest.fixture(scope="module")
def screen():
    rng = np.random.default_rng(1)
    rows = rng.standard_t(4, (3000, 20)) @ rng.standard_normal((20, 200)) + 4 * rng.standard_normal((3000, 200))
    return SignatureIndex(np.arange(3000) * 2 + 1, rows.astype(np.float32))


def true_recall(index, made, n_queries):
    """Share of the ten nearest of a plain matrix product that the fast search finds."""
    rows = index.vectors.astype(np.float64)
    found = 0
    asked = np.unique(np.linspace(0, len(rows) - 1, n_queries).round().astype(int))
    for row in asked:
        scores = rows @ rows[row]
        scores[row] = -2
        true = set(index.signature_ids[np.argsort(-scores)[:10]].tolist())
        ids, _ = index.top(index.vectors[row], k=10, exclude={int(index.signature_ids[row])}, fast=made)
        found += len(true & set(ids.tolist()))
    return found / (10 * len(asked))


def test_the_recall_that_is_stated_is_that_of_a_full_scan(screen, monkeypatch):
    monkeypatch.setattr(fast, "CANDIDATES", (15, 40, 300, 2000))
    for target in (0.5, 0.97, 1.0):
        made = FastIndex.build(screen, n_queries=60, target=target)
        assert made.recall == pytest.approx(true_recall(screen, made, 60), abs=1e-9)
        assert made.recall >= target or made.n_candidates == 2000
        assert made.n_queries == 60
    few = FastIndex.build(screen, n_queries=60, target=0.01)
    assert few.n_candidates == 15
    assert few.recall < 1.0  # something is missed, and said so


@pytest.mark.parametrize("reverse", [False, True])
def test_what_is_found_has_its_exact_score_and_order(screen, reverse):
    made = FastIndex.build(screen, n_queries=20)
    query = screen.vectors[17] + screen.vectors[400]
    every = dict(zip(screen.signature_ids.tolist(), screen.scores(query).tolist(), strict=True))
    ids, scores = screen.top(query, k=50, exclude={35}, reverse=reverse, fast=made)
    assert 35 not in ids.tolist()
    assert len(ids) == 50
    assert scores.tolist() == [every[i] for i in ids.tolist()]
    assert ids.tolist() == sorted(ids.tolist(), key=lambda i: (every[i] if reverse else -every[i], i))
    exact, _ = screen.top(query, k=50, exclude={35}, reverse=reverse)
    assert len(set(ids.tolist()) & set(exact.tolist())) >= 40


def test_all_rows_as_candidates_are_the_exact_answer(screen):
    made = FastIndex.build(screen, n_queries=5)
    for part, other in zip(
        screen.top(screen.vectors[5], k=300, fast=made), screen.top(screen.vectors[5], k=300), strict=True
    ):
        assert part.tolist() == other.tolist()  # ten times 300: every row


def test_a_saved_index_answers_as_before(screen, tmp_path):
    made = FastIndex.build(screen, n_queries=5)
    digest = made.save(tmp_path / "a.faiss")
    assert digest == hashlib.sha256((tmp_path / "a.faiss").read_bytes()).hexdigest()
    assert FastIndex.build(screen, n_queries=5).save(tmp_path / "b.faiss") == digest
    again = FastIndex.load(tmp_path / "a.faiss", expected_sha256=digest, recipe=made.recipe(), n_rows=3000)
    assert again.recipe() == made.recipe()
    for row in (0, 99):
        first, second = (screen.top(screen.vectors[row], k=20, fast=one)[0].tolist() for one in (made, again))
        assert first == second


def test_a_file_that_does_not_fit_is_refused(screen, tmp_path, monkeypatch):
    made = FastIndex.build(screen, n_queries=2)
    path = tmp_path / "a.faiss"
    digest = made.save(path)
    with pytest.raises(ArtifactError, match="expected 2999 rows in one bit a value"):
        FastIndex.load(path, expected_sha256=digest, recipe=made.recipe(), n_rows=2999)
    screen.save(tmp_path / "flat.faiss")
    flat = hashlib.sha256((tmp_path / "flat.faiss").read_bytes()).hexdigest()
    with pytest.raises(ArtifactError, match="IndexIDMap2"):
        FastIndex.load(tmp_path / "flat.faiss", expected_sha256=flat, recipe=made.recipe(), n_rows=3000)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(faiss, "read_index", lambda *_: pytest.fail("FAISS was asked to read a damaged file"))
    with pytest.raises(ArtifactError, match="damaged"):
        FastIndex.load(path, expected_sha256=digest, recipe=made.recipe(), n_rows=3000)


def test_too_few_signatures_are_refused():
    with pytest.raises(InputError, match="10 signatures"):
        FastIndex.build(SignatureIndex(np.arange(10), np.eye(10)))
