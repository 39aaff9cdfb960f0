"""environment.py FOLDER PACKAGE...: a virtual environment in FOLDER with these packages. It is complete or absent, by the file `complete`."""

import pathlib
import subprocess
import sys
import venv

folder, packages = pathlib.Path(sys.argv[1]), sys.argv[2:]
complete, wanted = folder / "complete", "\n".join([sys.version, *packages])
if not complete.exists() or complete.read_text() != wanted:
    venv.create(folder, clear=True, with_pip=True)
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *packages], check=True)
    complete.write_text(wanted)
