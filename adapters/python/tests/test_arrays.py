"""Arrays that do not fit are refused with what was expected and what was found; all others are taken as they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import bars
from smash_nas import Dataset
from smash_nas.errors import DataError


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.zeros((4, 8, 8)), [0, 1, 0, 1], None),
        (np.zeros((4, 1)), [0, 1, 0, 1], r"x: expected \[n, channels, extents...\] with 1 to 3 extents.* found shape \[4, 1\]"),
        (np.zeros((4, 1, 8, 8), np.int64), [0, 1, 0, 1], "x: expected float32, or uint8 .* found int64"),
        (np.zeros((4, 1, 8, 8), complex), [0, 1, 0, 1], "found complex128"),
        (np.full((4, 1, 8, 8), np.nan), [0, 1, 0, 1], r"expected finite values of float32, found 256 others, .* x\[0, 0, 0, 0\]"),
        (np.full((4, 1, 8, 8), 1e300), [0, 1, 0, 1], "expected finite values of float32"),
        (np.full((4, 1, 8, 8), None), [0, 1, 0, 1], "found object"),
        ([[[1.0], [2.0]], [[1.0]]], [0, 1], "x: expected an array, found list"),
        (np.zeros((0, 1, 8, 8)), [], "no empty one"),
        (np.zeros((4, 1, 8, 8)), [0, 1, 0], "y: expected 4 classes, one an example, found 3"),
        (np.zeros((4, 1, 8, 8)), [[0, 1], [1, 0], [0, 1], [0, 1]], r"y: expected one class an example, \[n\], found shape"),
        (np.zeros((4, 1, 8, 8)), [0, 1, -1, 1], "y: expected classes from 0 on, found -1 to 1"),
        (np.zeros((4, 1, 8, 8)), [0.5, 1, 0, 1], "y: expected classes as integers or as texts, found float64"),
        (np.zeros((4, 1, 8, 8)), ["a", None, "b", "a"], "found NoneType"),
        (np.zeros((4, 1, 8, 8)), [0, 1, 0, 2**40], "y: expected classes from 0 on"),
    ],
)
def test_what_does_not_fit_is_named(x: Any, y: Any, said: str | None) -> None:
    if said is None:
        assert Dataset.from_arrays(x, y).task.extents == (8,)
        return
    with pytest.raises(DataError, match=said):
        Dataset.from_arrays(x, y)


def test_an_array_elsewhere_is_refused() -> None:
    class Elsewhere:
        def __dlpack_device__(self) -> tuple[int, int]:
            return (2, 0)

        def __dlpack__(self) -> None:
            raise AssertionError("it is not read")

    with pytest.raises(DataError, match=r"expected an array in host memory, found one on device \(2, 0\)"):
        Dataset.from_arrays(Elsewhere(), [0, 1])


@pytest.mark.parametrize("channels", ["first", "last", "none"])
def test_any_layout_type_and_order_gives_the_same(channels: Any) -> None:
    x, y = bars(60)
    x = np.round(x * 20 + 100).clip(0, 255)
    same = {"first": x, "last": x.transpose(0, 2, 3, 1), "none": x[:, 0]}[channels]
    described = Dataset.from_arrays(x.astype(np.float32), y).describe()
    read_only = np.asfortranarray(same).astype(">f8")
    read_only.flags.writeable = False
    for other in (same, read_only, same.astype(np.float16), same[::-1][::-1], same.tolist()):
        assert Dataset.from_arrays(other, y.tolist(), channels=channels).describe() == described
    assert Dataset.from_arrays(same.astype(np.uint8), y.astype(np.uint8), channels=channels).task == Dataset.from_arrays(x, y).task


def test_texts_are_the_names_of_classes() -> None:
    x, y = bars(60)
    names = np.array(["left", "middle", "right"])[y]
    for texts in (names, names.tolist(), names.astype(object), names.astype("S")):
        assert Dataset.from_arrays(x, texts).class_names == ["left", "middle", "right"]
    ordered = Dataset.from_arrays(x, names, class_names=["right", "left", "middle"]).describe()
    assert ordered["class_names"] == ["right", "left", "middle"] and ordered["class_counts"] == [20, 20, 20]
    with pytest.raises(DataError, match="found none of the name 'left'"):
        Dataset.from_arrays(x, names, class_names=["right", "middle"])
    with pytest.raises(Exception, match="expected 3 names, one a class, found 2"):
        Dataset.from_arrays(x, y, class_names=["a", "b"], classes=3)
