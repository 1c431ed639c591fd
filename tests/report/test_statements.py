"""No sentence says more than its figures: profiles made by hand, and what may be said of them."""

import pytest

from vcpi.report.statements import statements


def axis(**changes):
    """An axis that is far up, rare among compounds and random panels."""
    return {
        "panel": "ifn", "title": "Interferon", "kind": "footprint", "variant_of": None, "meaning": "ISGF3 is active",
        "caution": "not protein", "z": 8.0, "q": 1e-6, "p": 1e-8, "directed": 0.9, "abs": 1.0, "signed": 0.9,
        "percentile": 99.0, "random_percentile": 99.5, "null_percentile": 100.0, "n_measured": 20, "n_total": 24,
        "share": 0.05, "share_moving": 0.1, "leading": [], "reason": None, **changes,
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
    assert said == "Interferon up is consistent with ISGF3 is active. Mind: not protein"
    assert any("+0.90 log2 over 20 genes (z +8.0, q 1e-06)" in text for text in graded(profile(axis()), "observed"))


@pytest.mark.parametrize(
    "weaker",
    [{"q": 0.2}, {"percentile": 70.0}, {"random_percentile": 80.0}, {"kind": "components"}, {"share": 0.7}],
)
def test_no_process_is_named_where_a_figure_speaks_against_it(weaker):
    assert graded(profile(axis(**weaker)), "consistent with") == []


def test_a_counter_direction_never_names_the_process_as_on():
    (said,) = graded(profile(axis(z=-8.0, directed=-0.9, percentile=1.0, random_percentile=0.5)), "consistent with")
    assert said.startswith("Interferon down is consistent with less of this: ")


def test_an_inactive_compound_gets_no_findings():
    said = statements(profile(axis(), active=False))
    assert [one.grade for one in said] == ["observed", "observed"]
    assert "nothing below is a finding" in said[0].text


def test_the_clearest_and_least_common_axes_come_first_and_five_at_most():
    axes = [axis(panel=f"p{n}", title=f"P{n}", z=4.0 + n, share=0.0) for n in range(7)]
    axes.append(axis(panel="common", title="Common", z=20.0, share=0.9))
    said = [text for text in graded(profile(*axes), "observed") if " log2 over " in text]
    assert [text.split()[0] for text in said] == ["P6", "P5", "P4", "P3", "P2"]


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
    assert graded({**value, "query": {**value["query"], "targets": ["MTOR"]}}, "hypothesis") == []
    assert graded({**value, "neighbours": [{**hop, "p_specific": 0.4}]}, "hypothesis") == []


def test_every_statement_rests_on_figures_of_the_profile():
    for one in statements(profile(axis())):
        assert one.evidence
        for figures in one.evidence.values():
            assert figures
