"""The examples of hosts run, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("host_*.py")))
def test_an_example(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    host = name.removeprefix("host_")
    pytest.importorskip(host, reason=f"needs the extra {host.replace('_', '-')}")
    # A cluster of its own: without this Ray joins one that another program has begun, and ends with it.
    monkeypatch.setenv("RAY_ADDRESS", "local")
    # Where hosts leave files.
    for variable in "SYNETUNE_FOLDER", "HOME":
        monkeypatch.setenv(variable, str(tmp_path))
    run = subprocess.run([sys.executable, str(EXAMPLES / f"{name}.py")], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    assert 0 < float(run.stdout.strip().splitlines()[-1].split()[-1].strip("(),")) < 2.31, "better than chance"
