"""The demonstration workspace looks like a real screen: most compounds do nothing."""

from __future__ import annotations

import json

from vcpi.demo.run import FOLDER, make_demo


def test_two_in_five_of_the_demonstrations_compounds_act(tmp_path) -> None:
    report = make_demo(tmp_path, n_plates=2)
    assert report is not None
    (path,) = (tmp_path / f"{FOLDER}-truth").glob("truth-sim-demo-*.json")
    entries = json.loads(path.read_text(encoding="utf-8"))["compounds"]
    library = [entry for entry in entries if entry["role"] == "library"]
    assert sum(entry["active"] for entry in library) == round(0.4 * len(library)) == 96
    rapalogs = [entry for entry in entries if entry["compound_class"] == "mTOR allosteric inhibitor"]
    assert all(entry["active"] for entry in rapalogs)
    assert len(rapalogs) == 7
    assert make_demo(tmp_path, n_plates=2) is None  # it is there already
