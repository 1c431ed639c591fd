"""Nothing that rests on simulated counts may look like a measurement."""

import pytest

ANSWERS = {
    "like": lambda d: d.like("everolimus", k=1),
    "like several": lambda d: d.like(["everolimus", "sirolimus"], k=1),
    "explain": lambda d: d.explain("everolimus", "torin-1"),
    "compare": lambda d: d.compare(["everolimus", "sirolimus"]),
    "cliffs": lambda d: d.cliffs(k=1),
    "hops": lambda d: d.hops(k=1),
    "map": lambda d: d.map(),
    "map of one": lambda d: d.map("everolimus"),
    "classes": lambda d: d.classes("everolimus"),
    "class table": lambda d: d.classes(n_permutations=100),
    "evaluate": lambda d: d.evaluate(),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_from_simulated_counts_says_so(demo, name):
    value = ANSWERS[name](demo).to_dict()
    assert value.get("simulated") is True or any("SIMULATED" in caveat for caveat in value["caveats"])
