"""What holds for all adapters."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: The module of each adapter, what it imports, and its extra.
HOSTS = [
    ("optuna", "optuna", "optuna"),
    ("ray", "ray", "ray"),
    ("syne_tune", "syne_tune", "syne-tune"),
    ("nni", "nni", "nni"),
    ("nevergrad", "nevergrad", "nevergrad"),
]
HIDE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
sys.meta_path.insert(0, Hidden())
"""


def python(hidden: list[str], program: str) -> str:
    """What a program prints to which some packages are not installed."""
    command = [sys.executable, "-c", HIDE.format(hidden=hidden) + program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(("module", "package", "extra"), HOSTS)
def test_without_its_host_an_adapter_says_what_to_install(module: str, package: str, extra: str):
    program = f"try:\n    import smash_nas.hosts.{module}\nexcept ImportError as error:\n    print(error)\n"
    said = python([package], program)
    assert f"pip install 'smash-nas[{extra}]'" in said and f"No module named '{package}'" in said


def test_the_package_imports_no_host():
    hidden = [package for _, package, _ in HOSTS] + ["tqdm", "sklearn"]
    assert python(hidden, "import smash_nas, smash_nas.hosts\nprint(smash_nas.Scorer.__name__)") == "Scorer\n"
