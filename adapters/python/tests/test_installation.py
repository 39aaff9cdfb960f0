"""What is installed is whole."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import smash_nas
from smash_nas import _library


def test_the_package_is_not_the_one_of_the_sources() -> None:
    assert Path(smash_nas.__file__).is_relative_to(sysconfig.get_path("platlib")), smash_nas.__file__


def test_the_library_is_in_the_package() -> None:
    environment = {name: value for name, value in os.environ.items() if name != _library.VARIABLE}
    code = "import smash_nas, smash_nas._library as l; smash_nas.Context().describe(); print(l.path())"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).parent.parent == Path(smash_nas.__file__).parent


def test_the_command_is_installed() -> None:
    command = Path(sysconfig.get_path("scripts")) / "smash"
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["smash", smash_nas.__version__]


def test_there_is_one_version() -> None:
    assert smash_nas.__version__ == _library.version() == importlib.metadata.version("smash-nas")


def test_licences_are_there() -> None:
    licences = Path(smash_nas.__file__).parent / "licenses"
    for name in "LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY.txt", "NOTICE-digits.md", "RUST-STANDARD-LIBRARY.html":
        assert (licences / name).stat().st_size > 0, name
