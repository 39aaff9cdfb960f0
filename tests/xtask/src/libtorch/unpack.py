"""unpack.py WHEELS FOLDER PATTERN...: unpacks the files that match a pattern (`*` stands for any path) of all wheels in WHEELS."""

import fnmatch
import pathlib
import sys
import zipfile

wheels, folder, *patterns = sys.argv[1:]
missing = set(patterns)
size = 0
for wheel in sorted(pathlib.Path(wheels).glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            found = [pattern for pattern in patterns if fnmatch.fnmatchcase(member.filename, pattern)]
            if found:
                missing.difference_update(found)
                size += member.file_size
                archive.extract(member, folder)
if missing:
    sys.exit(f"not in the wheels: {', '.join(sorted(missing))}")
print(f"unpacked {size / 2**20:.0f} MiB")
