"""Puts into a wheel what is compiled: the parts that ``cargo xtask wheel`` lays out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: The folder of the parts where they are laid out already, as by ``cargo xtask wheel`` itself.
VARIABLE = "SMASH_WHEEL_PARTS"


class Parts(BuildHookInterface[Any]):
    """Packs a folder with ``package/`` (files of the package), ``scripts/`` (programs), ``platform`` (its tag), ``version``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Tells hatchling about them. An editable installation has none: SMASH_LIBRARY names its library."""
        if version == "editable":
            return
        given = os.environ.get(VARIABLE)
        parts = Path(given) if given else self._compiled()
        compiled = (parts / "version").read_text()
        if compiled != self.metadata.version:
            raise ValueError(
                f"expected one version, found {self.metadata.version} in the package {self.metadata.name} and {compiled} in "
                "Cargo.toml: change __version__ of the package"
            )
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{(parts / 'platform').read_text()}"
        build_data["force_include"][str(parts / "package")] = self.metadata.name.replace("-", "_")
        for program in (parts / "scripts").glob("*"):
            build_data["shared_scripts"][str(program)] = program.name

    def _compiled(self) -> Path:
        """Has cargo compile them, with the profile that tests have: what is handed out takes ten minutes more."""
        workspace = next((folder for folder in Path(self.root).parents if (folder / "tests/xtask").is_dir()), None)
        if workspace is None:
            raise FileNotFoundError(
                f"expected the sources of SMASH around {self.root}, found none: install from their adapters/python, or a wheel"
            )
        command = ["cargo", "xtask", "wheel", "--profile=release", f"--parts={self.metadata.name}"]
        try:
            done = subprocess.run(command, cwd=workspace, stdout=subprocess.PIPE, text=True)
        except FileNotFoundError as problem:
            raise FileNotFoundError("expected cargo, to compile the library, found none: install Rust, or a wheel") from problem
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed, see above: Rust and a C compiler are needed")
        return Path(done.stdout.splitlines()[-1])
