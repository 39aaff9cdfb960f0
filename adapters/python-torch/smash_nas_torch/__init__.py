"""The engine of SMASH over libtorch: ``smash_nas.Context(plugins=[smash_nas_torch.manifest()])`` loads it, and jobs of that
context name it, ``backend={"type": "tch"}``.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["__version__", "manifest"]
__version__ = "0.1.0"


def manifest() -> Path:
    """The manifest of the plugin, as :class:`smash_nas.Context` takes it."""
    found = Path(__file__).parent / "lib" / "smash-backend-tch.smash.json"
    if not found.is_file():
        raise ImportError(
            f"expected the engine over libtorch at {found}, found no file: install a wheel of smash-nas-torch "
            "(`cargo xtask wheel` builds one where libtorch is)"
        )
    return found
