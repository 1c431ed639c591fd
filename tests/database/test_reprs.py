"""What an answer looks like at a Python prompt: one line that names what was asked and what came."""

from __future__ import annotations

import pytest

ASKED = {
    "like": (lambda demo: demo.like("sirolimus", k=5), ["JointAnswer sirolimus: 5 rows", "novolimus", "caveat"]),
    "analogs": (lambda demo: demo.analogs("sirolimus", k=5), ["StructureAnswer sirolimus: 5 rows (novolimus"]),
    "substructure": (lambda demo: demo.substructure("[Au]"), ["StructureAnswer [Au]: 0 rows>"]),
    "cliffs": (lambda demo: demo.cliffs(k=4), ["LibraryAnswer sim-demo-001: 4 rows (novolimus / tacrolimus"]),
    "classes": (lambda demo: demo.classes(k=2, n_permutations=50), ["LibraryAnswer sim-demo-001: 2 rows ("]),
    "explain": (lambda demo: demo.explain("everolimus", "torin-1"), ["Explanation everolimus and torin-1 at 0.7"]),
    "compare": (lambda demo: demo.compare(["sirolimus", "torin-1"]), ["Comparisons sirolimus and torin-1: 1 rows"]),
}


@pytest.mark.parametrize("verb", ASKED)
def test_an_answer_is_one_short_line(demo, verb):
    ask, parts = ASKED[verb]
    text = repr(ask(demo))
    assert len(text) < 200
    assert "\n" not in text
    for part in parts:
        assert part in text
