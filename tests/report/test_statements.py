"""No sentence says more than its figures: profiles made by hand, and what may be said of them."""

import pytest

from vcpi.report.statements import statements


def axis(**changes):
    """An axis that is far up, rare among compounds and random panels."""
    return {
        "panel": "ifn", "title": "Interferon", "kind": "footprint", "variant_of": None, "meaning": "ISGF3 is active",
        "caution": "not protein", "z": 8.0, "q": 1e-6, "p": 1e-8, "directed": 0.9, "abs": 1.0, "signed": 0.9,
        "percentile": 99.0, "random_percentile": 99.5, "null_percentile": 100.0, "n_measured": 20, "n_total": 24,
        "share": 0.05, "share_moving": 0.1, "beyond_shift": 0.85, "leading": [], "reason": None, **changes,
    }  # fmt: skip


def profile(*axes, **query):
    return {
        "query": {"name": "x", "strength": 0.4, "active": True, "targets": [], **query},
        "strength": {"percentile": 90.0, "n_compounds": 200, "n_strong": 50, "n_strong_expected": 5.0},
        "quality": {"viability": "non-toxic", "rna_output": 101.0, "mt_z": 0.1, "reason": "r"},
        "axes": list(axes),
        "neighbours": [],
        "classes": [],
    }


def graded(value, grade):
    return [one.text for one in statements(value) if one.grade == grade]


def test_an_axis_that_is_sure_and_rare_is_named_with_its_figures_and_its_caution():
    (said,) = graded(profile(axis()), "consistent with")
    assert "signed mean +0.90 log2 over 20 genes (z +8.0, q 1e-06), percentile 99 of the compounds" in said
    assert said.endswith("Consistent with ISGF3 is active. Mind: not protein")


@pytest.mark.parametrize(
    "weaker",
    [
        {"percentile": 70.0},
        {"random_percentile": 80.0},
        {"kind": "components"},
        {"share": 0.7},
        {"beyond_shift": 0.1},
        {"beyond_shift": -0.2},
    ],
)
def test_no_process_is_named_where_a_figure_speaks_against_it(weaker):
    assert graded(profile(axis(**weaker)), "consistent with") == []
    assert any(text.startswith("Interferon up") for text in graded(profile(axis(**weaker)), "observed"))


def test_an_axis_within_noise_is_not_said_to_move():
    assert not any(text.startswith("Interferon") for text in graded(profile(axis(q=0.2)), "observed"))


def test_less_of_a_process_is_read_only_where_it_can_be_less():
    down = {"z": -8.0, "directed": -0.9, "beyond_shift": -0.9, "percentile": 1.0, "random_percentile": 0.5}
    assert graded(profile(axis(**down)), "consistent with") == []  # interferon is off in resting cells
    (said,) = graded(profile(axis(**down, panel="mtorc1")), "consistent with")
    assert "Consistent with the opposite of what its activity gives (ISGF3 is active)" in said


def test_of_dying_cells_no_process_and_no_class_is_named():
    hit = {"name": "a", "connectivity": 0.8, "q_noise": 1e-5, "targets": []}
    family = {"name": "F", "n": 5, "n_top": 5, "k": 6, "expected": 0.2, "q": 1e-6}
    value = {**profile(axis()), "neighbours": [hit], "classes": [family]}
    assert len(graded(value, "consistent with")) == 2
    value["quality"] = {**value["quality"], "viability": "cytotoxic"}
    assert graded(value, "consistent with") == []
    assert any("no process is named" in text for text in graded(value, "observed"))


def test_a_class_is_only_named_from_compounds_that_are_alike():
    family = {"name": "F", "n": 5, "n_top": 5, "k": 6, "expected": 0.2, "q": 1e-6}
    for connectivity, said in ((0.8, 1), (0.1, 0)):
        hit = {"name": "a", "connectivity": connectivity, "q_noise": 1e-5, "targets": []}
        assert len(graded({**profile(), "neighbours": [hit], "classes": [family]}, "consistent with")) == said
    (text,) = graded(
        {**profile(classes=["G"]), "neighbours": [{**hit, "connectivity": 0.8}], "classes": [family]}, "consistent with"
    )
    assert text.endswith("the compound itself is known as G")


def test_an_inactive_compound_gets_no_findings():
    said = statements(profile(axis(), active=False))
    assert [one.grade for one in said] == ["observed", "observed"]
    assert "nothing below is a finding" in said[0].text


def test_the_clearest_and_least_common_axes_come_first_and_five_at_most():
    axes = [axis(panel=f"p{n}", title=f"P{n}", z=4.0 + n, share=0.0) for n in range(7)]
    axes.append(axis(panel="common", title="Common", z=20.0, share=0.9))
    said = [one for one in statements(profile(*axes)) if " log2 over " in one.text]
    assert [one.text.split()[0] for one in said] == ["P6", "P5", "P4", "P3", "P2"]
    assert [one.first for one in said] == [True, False, False, False, False]


def test_the_strongest_that_did_not_happen_is_told():
    still = axis(panel="nfkb", title="NF-kB", z=0.3, q=0.8, directed=0.02, share_moving=0.6)
    rare = axis(panel="ahr", title="AhR", z=0.3, q=0.8, directed=0.02, share_moving=0.1)
    (said,) = [text for text in graded(profile(still, rare), "observed") if text.startswith("No change")]
    assert "NF-kB" in said
    assert "60%" in said


def test_a_target_is_only_ever_a_hypothesis():
    hop = {
        "name": "torin-1", "connectivity": 0.8, "q_noise": 1e-4, "p_specific": 0.01, "relation": "scaffold-hop",
        "targets": ["MTOR"], "tanimoto": 0.1,
    }  # fmt: skip
    value = {**profile(), "neighbours": [hop]}
    (said,) = graded(value, "hypothesis")
    assert "MTOR" in said
    assert "does not show a target" in said
    assert graded({**value, "query": {**value["query"], "targets": ["FKBP1A"]}}, "hypothesis") == []  # known already
    assert graded({**value, "neighbours": [{**hop, "connectivity": 0.2}]}, "hypothesis") == []
    assert graded({**value, "neighbours": [{**hop, "p_specific": 0.4}]}, "hypothesis") == []


def test_every_statement_rests_on_figures_of_the_profile():
    for one in statements(profile(axis())):
        assert one.evidence
        for figures in one.evidence.values():
            assert figures
