"""The notebook runs from its first cell to its last, and finds something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[3] / "docs/examples/own_data.ipynb"


def test_the_notebook_runs(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient", reason="no nbclient")
    nbformat = pytest.importorskip("nbformat", reason="no nbformat")
    pytest.importorskip("matplotlib", reason="no matplotlib")
    pytest.importorskip("onnxruntime", reason="no onnxruntime")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": tmp_path}})
    client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    text = "".join(output.get("text", "") for output in outputs)
    right, elsewhere = (float(found) for found in re.findall(r"([\d.]+)% (?:of the examples|by ONNX)", text))
    assert right == elsewhere > 80
    assert any("image/png" in output.get("data", {}) for output in outputs)
