"""unpack.py WHEELS FOLDER NAME...: unpacks the named files, and folders (with / at the end), of all wheels in WHEELS."""

import pathlib
import sys
import zipfile

wheels, folder, *names = sys.argv[1:]
missing = set(names)
size = 0
for wheel in sorted(pathlib.Path(wheels).glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            found = [name for name in names if member.filename == name or (name.endswith("/") and member.filename.startswith(name))]
            if found:
                missing.difference_update(found)
                size += member.file_size
                archive.extract(member, folder)
if missing:
    sys.exit(f"not in the wheels: {', '.join(sorted(missing))}")
print(f"unpacked {size / 2**20:.0f} MiB")
