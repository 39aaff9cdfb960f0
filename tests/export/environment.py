"""environment.py FOLDER LIBTORCH: makes a virtual environment in FOLDER that checks exported networks, with PyTorch from LIBTORCH
(`cargo xtask libtorch`). It is complete or absent, by the file `complete`.

PyTorch for Python comes from wheels that link CUDA. No test uses it, and its libraries are 2 GB: libraries without code take the place
of those that the linker looks for.
"""

import pathlib
import subprocess
import sys
import venv

PACKAGES = ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0", "safetensors==0.8.0"]
PYTORCH_NEEDS = ["filelock", "fsspec", "jinja2", "networkx", "sympy", "typing_extensions"]

# What PyTorch links and does not come with it: the library, and the version of its symbols where they have one.
MISSING = {"libtorch_cuda.so": None, "libcufile.so.0": None, "libcudnn.so.9": "libcudnn.so.9"}


def main():
    folder, libtorch = map(pathlib.Path, sys.argv[1:])
    complete = folder / "complete"
    wanted = "\n".join([sys.version, str(libtorch), *PACKAGES, *PYTORCH_NEEDS])
    if complete.exists() and complete.read_text() == wanted:
        return
    venv.create(folder, clear=True, with_pip=True)
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PACKAGES, *PYTORCH_NEEDS], check=True)
    stubs = folder / "stubs"
    stubs.mkdir()
    undefined = missing(libtorch / "torch/lib")
    for library, version in MISSING.items():
        # All symbols without a version are in the first library.
        names = [name for name, of in undefined if of == version] if library != "libcufile.so.0" else []
        link(stubs / library, names, version)
    complete.write_text(wanted)


def symbols(library, which):
    """Names of dynamic symbols of a library with their versions, those that must be there."""
    out = subprocess.run(["nm", "-D", which, library], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        *_, kind, name = line.split()
        if kind not in "wv":
            name, _, version = name.partition("@")
            yield name, version.lstrip("@") or None


def missing(lib):
    """Symbols that PyTorch for Python needs of the libraries that are not there."""
    beside = ["libtorch_cpu.so", "libc10.so", "libc10_cuda.so", "libshm.so"]
    defined = {name for library in beside for name, _ in symbols(lib / library, "--defined-only")}
    # Of other libraries that PyTorch links, Python and C++ come without versions too.
    python, cpp = ("Py", "_Py"), ("_ZNS", "_ZNKS", "_ZS", "_ZTVS", "_ZTIS", "_Zn", "_Zd")
    undefined = symbols(lib / "libtorch_python.so", "--undefined-only")
    undefined = [(name, of) for name, of in undefined if name not in defined and of in MISSING.values()]
    return [(name, of) for name, of in undefined if not name.startswith(python + cpp)]


def link(path, names, version):
    """A library with these symbols: functions that return zeroed memory, and types that have no members."""
    functions = [name for name in names if not name.startswith("_ZT")]
    types = [name for name in names if name.startswith("_ZT")]
    lines = [".text"]
    lines += [f".globl {name}\n.type {name}, @function\n{name}:" for name in functions]
    lines += ["lea zeros(%rip), %rax", "ret", ".data", ".balign 64", "zeros: .zero 4096"]
    lines += [f'.globl {name}\n{name}: .quad 0, 1f\n.zero 64\n1: .asciz "{name}"\n.balign 8' for name in types]
    lines += ['.section .note.GNU-stack, "", @progbits', ""]
    source = path.with_suffix(".s")
    source.write_text("\n".join(lines))
    command = ["gcc", "-shared", "-nostdlib", "-o", path, f"-Wl,-soname,{path.name}", source]
    if version:
        script = path.with_suffix(".map")
        script.write_text(f"{version} {{ *; }};\n")
        command.append(f"-Wl,--version-script={script}")
    subprocess.run(command, check=True)


main()
