"""The Tanimoto of many compounds to one query, against plain dictionaries and sorting."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vcpi.tanimotos import Tanimotos

KNOWN = st.dictionaries(st.integers(0, 60), st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]), max_size=40)
SOME = st.lists(st.integers(0, 70), unique=True, max_size=20)


def order(known, exclude=()):
    return sorted((compound for compound in known if compound not in exclude), key=lambda one: (-known[one], one))


@settings(deadline=None)
@given(KNOWN, SOME, SOME, st.integers(1, 50))
def test_it_says_what_a_dictionary_and_a_sort_say(known, wanted, exclude, n):
    found = Tanimotos.of(known)
    assert dict(found) == known
    assert found.nearest(n) == order(known)[:n]
    ranks = {compound: place for place, compound in enumerate(order(known, exclude), start=1)}
    assert found.ranks(wanted, exclude=exclude) == {one: ranks[one] for one in wanted if one in ranks}
    np.testing.assert_array_equal(found.at(wanted), [known.get(one, np.nan) for one in wanted])
