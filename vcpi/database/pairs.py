"""All pairs of a dataset: one signature a compound, which pairs look alike, which act alike as ``like`` judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.all_pairs import score_blocks
from vcpi.database.calibration import judge_hits, judge_scores, judge_small, null_of
from vcpi.database.checking import checked_number
from vcpi.database.evidence import evidence_flags, thin_limit
from vcpi.database.library import Asked
from vcpi.database.queries import Query
from vcpi.errors import InputError
from vcpi.joint import SURE, Thresholds
from vcpi.records import JointHit
from vcpi.signature.connectivity import METHODS
from vcpi.signature.nullmodel import unit_rows
from vcpi.store import read
from vcpi.structure.search import FingerprintIndex

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vcpi.database.calibration import Noise
    from vcpi.database.library import Library
    from vcpi.records import Signature

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

BLOCK_ROWS = 256
MOST_COMPOUNDS = 20_000  # 2 x 10^8 pairs, some minutes; beyond, a random part of the library is looked at
PAIRS_AT_ONCE = 100_000
NEAREST_FROM = 0.35  # Tanimoto from which the nearest analogs are asked whether they are cliffs
LEAST = 2  # compounds, to make a pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """One signature for each compound of a dataset: the one that ``like`` asks with, each different signature once.

    ``places`` are rows of the library; ``bits`` packed fingerprints, all 0 without a structure. ``notes`` says who is
    not among them.
    """

    places: IntArray
    compound_ids: IntArray
    signatures: Sequence[Signature]
    acting: NDArray[np.bool_]
    bits: NDArray[np.uint8]
    scaffolds: tuple[str, ...]
    skeletons: tuple[str, ...]
    plates: NDArray[np.bool_]
    labels: dict[int, dict[str, Any]]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.places)

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Which have a structure."""
        return np.asarray(self.bits.any(axis=1))

    def label(self, row: int) -> dict[str, Any]:
        """Return what the store calls a compound."""
        return self.labels[int(self.compound_ids[row])]

    def may_be_sure(self, rows: IntArray, level: float) -> IntArray:
        """Keep the rows that may have a q below a level: it is never below the chance that their wells agree by luck."""
        chance = np.array([self.signatures[row].replicate_p or 0.0 for row in rows.tolist()])
        return np.asarray(rows[chance < level])

    def same_plate(self, first: IntArray, second: IntArray) -> NDArray[np.bool_]:
        """Which pairs of rows share a plate; unknown plates share none."""
        found = np.zeros(len(first), dtype=bool)
        for part in _parts(len(first)):
            found[part] = (self.plates[first[part]] & self.plates[second[part]]).any(axis=1)
        return found

    def tanimoto(self, first: IntArray, second: IntArray) -> FloatArray:
        """Score pairs of rows by structure; NaN where one has none."""
        found = np.empty(len(first))
        counts = np.bitwise_count(self.bits).sum(axis=1, dtype=np.int64)
        for part in _parts(len(first)):
            left, right = first[part], second[part]
            common = np.bitwise_count(self.bits[left] & self.bits[right]).sum(axis=1, dtype=np.int64)
            union = counts[left] + counts[right] - common
            found[part] = common / np.maximum(union, 1)
        found[(counts[first] == 0) | (counts[second] == 0)] = np.nan
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs of rows of :class:`Members`, ``first`` below ``second``, with a score; q and p where they are known."""

    first: IntArray
    second: IntArray
    score: FloatArray
    q: FloatArray
    p: FloatArray


def _parts(n: int) -> Iterator[slice]:
    """Cut a list of pairs into pieces."""
    for start in range(0, n, PAIRS_AT_ONCE):
        yield slice(start, start + PAIRS_AT_ONCE)


def members_of(
    connection: sqlite3.Connection, library: Library, *, most: int | None = MOST_COMPOUNDS, seed: int = 0
) -> Members:
    """Choose one signature for each compound, by the rule of ``like``: most replicates, then strongest, then first.

    Raises
    ------
    InputError
        The dataset has fewer than two different ones.
    """
    best: dict[int, int] = {}
    rank = [(-(one.n_replicates or 1), -(one.strength or 0.0), one.signature_id) for one in library.signatures]
    for place, compound_id in enumerate(library.compound_ids.tolist()):
        if compound_id not in best or rank[place] < rank[best[compound_id]]:
            best[compound_id] = place
    kept: dict[str, int] = {}
    for place in sorted(best.values()):
        kept.setdefault(library.signatures[place].vector_digest, place)
    places = np.array(sorted(kept.values()), dtype=np.int64)
    notes = []
    if len(places) < len(best):
        notes.append(f"{len(best) - len(places)} compounds have the signature of another and are looked at once")
    if most is not None and len(places) > most:
        notes.append(f"{most:,} of {len(places):,} compounds, drawn at random: all pairs would be too many")
        places = np.sort(np.random.default_rng(seed).choice(places, most, replace=False))
    if len(places) < LEAST:
        name = library.dataset["name"]
        raise InputError(f"{name} has {len(places)} different signatures; expected two or more to make pairs of")
    ids = library.compound_ids[places]
    known, packed = read.fingerprints(connection)
    bits = np.zeros((len(places), packed.shape[1]), dtype=np.uint8)
    at = np.searchsorted(known, ids)
    has = np.flatnonzero(at < len(known))
    has = has[known[at[has]] == ids[has]]
    bits[has] = packed[at[has]]
    labels = read.labels(connection, ids.tolist())
    signatures = [library.signatures[place] for place in places.tolist()]
    column = {name: place for place, name in enumerate(sorted({plate for one in signatures for plate in one.plates}))}
    plates = np.zeros((len(places), len(column)), dtype=bool)
    for row, one in enumerate(signatures):
        plates[row, [column[name] for name in one.plates]] = True
    return Members(
        places=places,
        compound_ids=ids,
        signatures=signatures,
        acting=library.acting[places],
        bits=bits,
        scaffolds=tuple(library.scaffolds.get(i, "") for i in ids.tolist()),
        skeletons=tuple(labels[i]["skeleton"] or f"id:{i}" for i in ids.tolist()),
        plates=plates,
        labels=labels,
        notes=tuple(notes),
    )


def structure_pairs(members: Members, *, cutoff: float) -> Pairs:
    """Find all pairs that look alike, from a Tanimoto on."""
    first, second, score = pairs_alike(members.bits, cutoff=cutoff)
    unknown = np.full(len(score), np.nan)
    return Pairs(first=first, second=second, score=score, q=unknown, p=unknown)


def pairs_alike(bits: NDArray[np.uint8], *, cutoff: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Find all pairs of packed fingerprints from a Tanimoto on: first and second row, in order, and the Tanimoto."""
    drawn = np.flatnonzero(bits.any(axis=1))
    index = FingerprintIndex(drawn, bits[drawn])
    firsts, seconds, scores = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for row in drawn.tolist():
        found, tanimotos = index.within(bits[row], cutoff=cutoff)
        later = found > row
        order = np.argsort(found[later])
        seconds.append(found[later][order])
        scores.append(tanimotos[later][order])
        firsts.append(np.full(len(order), row, dtype=np.int64))
    return np.concatenate(firsts), np.concatenate(seconds), np.concatenate(scores)


def asked_of(library: Library, members: Members, row: int) -> Asked:
    """Ask with the signature of one row, as ``like`` would."""
    label = members.label(row)
    return Asked(
        query=Query(
            name=label["name"],
            compound_id=int(members.compound_ids[row]),
            inchikey=label["inchikey"],
            source_compound_id=label["source_compound_id"],
            fingerprint=members.bits[row] if members.bits[row].any() else None,
        ),
        signature=members.signatures[row],
        vector=library.index.vectors[members.places[row]],
    )


def judged_rows(
    library: Library, members: Members, rows: IntArray, *, related: Pairs | None
) -> Iterator[tuple[int, FloatArray, Noise]]:
    """Score and judge each row against all signatures of the dataset, as ``like`` does; some hundred rows at a time.

    Parameters
    ----------
    library, members
        The dataset.
    rows
        Rows of ``members`` to ask with.
    related
        Pairs that look alike, which are no null where the dataset has none of its own.
    """
    near: dict[int, dict[int, float]] = {}
    if library.null is None and related is not None:
        for a, b, score in zip(related.first.tolist(), related.second.tolist(), related.score.tolist(), strict=True):
            near.setdefault(a, {})[int(members.compound_ids[b])] = score
            near.setdefault(b, {})[int(members.compound_ids[a])] = score
    for row, scores in cosine_rows(library, members, rows):
        asked = asked_of(library, members, row)
        yield row, scores, judge_scores(library, asked, scores, tanimotos=near.get(row, {}), reverse=False)


def pair_connectivities(library: Library, members: Members, first: IntArray, second: IntArray) -> FloatArray:
    """Score pairs by effect, some hundred at a time."""
    vectors, found = library.index.vectors, np.empty(len(first))
    for start in range(0, len(first), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        left, right = (vectors[members.places[rows[part]]].astype(np.float64) for rows in (first, second))
        norms = np.einsum("ij,ij->i", left, left) * np.einsum("ij,ij->i", right, right)
        found[part] = np.einsum("ij,ij->i", left, right) / np.sqrt(norms)
    return np.clip(found, -1.0, 1.0)


def cosine_rows(library: Library, members: Members, rows: IntArray) -> Iterator[tuple[int, FloatArray]]:
    """Score each row against all signatures of the dataset, some hundred rows at a time."""
    at = 0
    for _, block in score_blocks(library.index.vectors, members.places[rows]):
        for scores in block:
            yield int(rows[at]), scores.astype(np.float64)
            at += 1


def effect_pairs(
    library: Library,
    members: Members,
    rows: IntArray,
    *,
    related: Pairs,
    thresholds: Thresholds,
) -> tuple[Pairs, Noise | None]:
    """Find all pairs among some rows that are alike in effect, seen from either side; q and p are the larger ones.

    Returns
    -------
    tuple
        The pairs, and what the scores of the last row were judged against.
    """
    n = len(members)
    codes = [np.zeros(0, dtype=np.int64)]
    scores, qs, ps = ([np.zeros(0)] for _ in range(3))
    noise: Noise | None = None
    for row, found, own, q, p, judged_by in _alike(library, members, rows, related=related, thresholds=thresholds):
        noise = judged_by
        codes.append(np.where(found > row, row * n + found, found * n + row))
        scores.append(own)
        qs.append(q)
        ps.append(p)
    code = np.concatenate(codes)
    order = np.argsort(code, kind="stable")
    code = code[order]
    score, q, p = (np.concatenate(parts)[order] for parts in (scores, qs, ps))
    twice = np.flatnonzero(code[1:] == code[:-1])
    pairs = Pairs(
        first=code[twice] // n,
        second=code[twice] % n,
        score=score[twice],
        q=np.fmax(q[twice], q[twice + 1]),
        p=np.fmax(p[twice], p[twice + 1]),
    )
    return pairs, noise


def _alike(
    library: Library, members: Members, rows: IntArray, *, related: Pairs, thresholds: Thresholds
) -> Iterator[tuple[int, IntArray, FloatArray, FloatArray, FloatArray, Noise]]:
    """Give, row by row, the other rows that are alike in effect as this one sees it, with score, q and p."""
    asked = np.zeros(len(members), dtype=bool)
    asked[rows] = True
    null = library.null
    if null is None:
        for row, values, noise in judged_rows(library, members, rows, related=related):
            own, q, p = values[members.places], noise.q[members.places], noise.p[members.places]
            alike = (own > 0) & (q < SURE) if noise.decides else own >= thresholds.connectivity
            alike &= asked
            alike[row] = False
            found = np.flatnonzero(alike)
            yield row, found, own[found], q[found], p[found], noise
        return
    noise = null_of(null)
    member_at = np.full(len(library.index), -1, dtype=np.int64)
    member_at[members.places] = np.arange(len(members))
    if len(rows):
        yield int(rows[0]), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0), noise
    for row, scores in cosine_rows(library, members, members.may_be_sure(rows, SURE)):
        small = judge_small(library, null, int(members.places[row]), scores, level=SURE)
        found, own = member_at[small.rows], scores[small.rows]
        kept = (found >= 0) & (own > 0) & asked[found]
        yield row, found[kept], own[kept], small.q[kept], small.p[kept], noise


def exact_connectivity(library: Library, members: Members, first: int, second: int) -> float:
    """Score one pair to the last digit as ``like`` does."""
    vectors = library.index.vectors
    places = members.places
    found = METHODS["cosine"].function(vectors[places[first]], vectors[[places[second]]])
    return float(found[0])


def judged_pairs(
    connection: sqlite3.Connection, library: Library, members: Members, pairs: Sequence[tuple[int, int]]
) -> list[tuple[JointHit, JointHit]]:
    """Give specificity, tau and single replicates of pairs, asked from the first side and from the second.

    Each compound asks once, for all its pairs.
    """
    partners: dict[int, list[int]] = {}
    for first, second in pairs:
        partners.setdefault(first, []).append(second)
        partners.setdefault(second, []).append(first)
    judged: dict[tuple[int, int], JointHit] = {}
    for row, others in partners.items():
        asked = asked_of(library, members, row)
        scores = METHODS["cosine"].function(asked.vector, library.index.vectors)
        hits = [_plain_hit(members, other, scores) for other in others]
        found = judge_hits(connection, library, asked, hits, scores=scores)
        judged |= {(row, other): hit for other, hit in zip(others, found, strict=True)}
    return [(judged[first, second], judged[second, first]) for first, second in pairs]


def _plain_hit(members: Members, row: int, scores: FloatArray) -> JointHit:
    """Make the hit that is judged."""
    label, signature = members.label(row), members.signatures[row]
    return JointHit(
        rank=1,
        name=label["name"],
        source_compound_id=label["source_compound_id"],
        inchikey=label["inchikey"],
        compound_id=int(members.compound_ids[row]),
        signature_id=signature.signature_id,
        connectivity=float(scores[members.places[row]]),
        p_noise=None,
        q_noise=None,
        p_specific=None,
        tau=None,
        tanimoto=None,
        structure_rank=None,
        signature_rank=None,
        relation=None,
        strength=signature.strength,
        n_replicates=signature.n_replicates,
        same_plate=None,
    )


def well_range(
    connection: sqlite3.Connection, members: Members, first: int, second: int
) -> tuple[float | None, float | None, float | None]:
    """Give lowest, mean and highest cosine over pairs of single wells; None where they are not kept."""
    wells = [read.wells(connection, members.signatures[row].signature_id) for row in (first, second)]
    if wells[0] is None or wells[1] is None:
        return None, None, None
    scores = unit_rows(wells[0]) @ unit_rows(wells[1]).T
    return float(scores.min()), float(scores.mean()), float(scores.max())


def marks(library: Library, members: Members, first: int, second: int) -> tuple[str, ...]:
    """Say of which of two compounds little RNA, stress or thin evidence is known."""
    thin = thin_limit(library.catalogue.replicates)
    return tuple(
        f"{members.label(row)['name']}: {mark}"
        for row in (first, second)
        for mark in (*members.signatures[row].flags, *evidence_flags(members.signatures[row], thin))
    )


def names(members: Members, first: int, second: int) -> dict[str, Any]:
    """Give what every row about a pair says of its two compounds."""
    found: dict[str, Any] = {}
    for side, row in (("a", first), ("b", second)):
        label, signature = members.label(row), members.signatures[row]
        found[f"name_{side}"] = label["name"]
        found[f"inchikey_{side}"] = label["inchikey"]
        found[f"compound_id_{side}"] = int(members.compound_ids[row])
        found[f"signature_id_{side}"] = signature.signature_id
        found[f"strength_{side}"] = signature.strength
        found[f"n_replicates_{side}"] = signature.n_replicates
    plates = [set(members.signatures[row].plates) for row in (first, second)]
    found["same_plate"] = None if not all(plates) else not plates[0].isdisjoint(plates[1])
    return found


def bars(library: Library, *, tanimoto: float | None = None) -> Thresholds:
    """Give the thresholds of a dataset, those of ``like``.

    Raises
    ------
    InputError
        ``tanimoto`` is not above 0 and up to 1.
    """
    background = {float(level): cosine for level, cosine in library.manifest.recipe["background"].items()}
    checked_number(tanimoto, "cutoff")
    if tanimoto is None:
        return Thresholds.from_background(background)
    if not 0.0 < tanimoto <= 1.0:
        raise InputError(f"cutoff is {tanimoto}; expected a Tanimoto above 0 and up to 1")
    return Thresholds.from_background(background, tanimoto=tanimoto, related=min(tanimoto, NEAREST_FROM))
