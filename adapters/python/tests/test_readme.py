"""The example of the package's page does what the page says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).parent.parent / "README.md"
#: The repository's, which has the same example.
FRONT = Path(__file__).parents[3] / "README.md"


def example(page: Path) -> str:
    """The example of a page."""
    (found,) = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The variables that the example leaves, and what it printed; it runs in an empty folder."""
    text = example(PAGE)
    code = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(code) <= 20, "it is to be read at a glance"
    before, folder = Path.cwd(), tmp_path_factory.mktemp("example")
    printed: list[tuple[Any, ...]] = []
    names: dict[str, Any] = {"print": lambda *values: printed.append(values)}
    os.chdir(folder)
    try:
        exec(compile(text, str(PAGE), "exec"), names)
    finally:
        os.chdir(before)
    return {**names, "folder": folder, "printed": printed}


def test_the_front_page_has_it_too() -> None:
    assert example(FRONT) == example(PAGE)


def test_it_learns(names: dict[str, Any]) -> None:
    said, (found, expected) = names["printed"][0][0], names["printed"][1]
    accuracy = re.match(r"test accuracy (\S+),", said)
    assert accuracy and float(accuracy[1]) > 0.9, said
    assert found.tolist() == expected.tolist()


def test_its_network_is_run_by_onnx_runtime(names: dict[str, Any]) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(names["folder"] / "model.onnx", providers=["CPUExecutionProvider"])
    x, model = names["x"], names["model"]
    (given,) = session.get_inputs()
    (probabilities,) = session.run(["probabilities"], {given.name: x})
    assert np.abs(probabilities - model.predict_proba(x)).max() < 1e-5
    assert np.array(model.class_names)[probabilities.argmax(axis=1)].tolist() == model.predict(x).tolist()
