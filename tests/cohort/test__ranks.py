from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from targetfinder.cohort._ranks import SortedColumns

VALUES = st.sampled_from([0.0, 0.0, 1.5, 2.0, np.nan, 7.0])


@given(arrays.arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=VALUES), st.data())
def test_ranks_of_chosen_rows_are_those_of_pandas(matrix: np.ndarray, data: st.DataObject) -> None:
    chosen = data.draw(arrays.arrays(bool, len(matrix)))
    found = SortedColumns.of(matrix).ranks(chosen)
    np.testing.assert_array_equal(found, pd.DataFrame(matrix)[chosen].rank().to_numpy())
