"""check.py FOLDER...: onnx, onnxruntime and PyTorch take what was exported to each folder, and compute the same probabilities."""

import contextlib
import importlib.util
import io
import json
import pathlib
import subprocess
import sys
import time

import numpy as np
import onnx
import onnxruntime
import safetensors
import torch

TOLERANCE = 1e-5
BATCHES = [1, 64, 256]


def main():
    torch.set_num_threads(1)
    for folder in map(pathlib.Path, sys.argv[1:]):
        start = time.perf_counter()
        case = json.loads((folder / "case.json").read_text())
        case["card"] = json.loads(case["card"])
        x = np.fromfile(folder / "x.f32", np.float32).reshape(-1, *case["shape"])
        expected = np.fromfile(folder / "probabilities.f32", np.float32).reshape(len(x), -1)
        spread = expected.std(axis=0).max()
        assert spread > 1e-3, f"{folder.name}: examples that differ get the same probabilities ({spread})"
        worst = {}
        for name in ["probabilities", "folded", "logits"]:
            worst[f"onnx {name}"] = check_onnx(folder / f"{name}.onnx", case, x, expected)
        for name in ["pytorch", "folded"]:
            worst[f"torch {name}"] = check_pytorch(folder / name, case, x, expected)
        check_safetensors(folder / "weights.safetensors", case)
        seconds = time.perf_counter() - start
        print(f"{folder.name}: {seconds:.1f} s, spread {spread:.3f},", ", ".join(f"{name} {value:.1e}" for name, value in worst.items()))
        late = {name: value for name, value in worst.items() if not value <= TOLERANCE}
        assert not late, f"{folder.name}: differs by more than {TOLERANCE}: {late}"
    # As a user runs it, with its weights beside it.
    subprocess.run([sys.executable, "model.py"], cwd=folder / "pytorch", check=True, stdout=subprocess.DEVNULL)


def difference(run, x, expected):
    return max(np.abs(run(x[:n]) - expected[:n]).max() for n in BATCHES)


def check_onnx(path, case, x, expected):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == len(names) and all(names), names
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    card = case["card"]
    for key, value in card["provenance"].items():
        assert metadata[key] == value
    if card["class_names"]:
        assert json.loads(metadata["class_names"]) == card["class_names"]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (given,), (output,) = session.get_inputs(), session.get_outputs()
    assert given.shape == ["batch", *case["shape"]] and output.shape == ["batch", expected.shape[1]], (given, output)
    assert output.name == ("logits" if path.stem == "logits" else "probabilities")

    def run(x):
        (y,) = session.run(None, {given.name: x})
        if output.name == "logits":
            y = np.exp(y - y.max(axis=1, keepdims=True))
            y /= y.sum(axis=1, keepdims=True)
        return y

    return difference(run, x, expected)


def check_pytorch(folder, case, x, expected):
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    card = case["card"]
    assert module.CLASSES == card["class_names"] and module.NAME == card["name"]
    for ours, theirs in [(module.MEAN, card["mean"]), (module.STD, card["std"])]:
        assert np.allclose(ours or [], theirs, rtol=1e-7, atol=0)
    assert getattr(module, "PROVENANCE", {}) == card["provenance"]
    weights = folder / "model.safetensors"
    model = module.load(weights)
    # Without the library safetensors the file is read the same.
    sys.modules["safetensors.torch"] = None
    state = module.read(weights)
    del sys.modules["safetensors.torch"]
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items() if name in state)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        module.main()
    parameters = sum(p.numel() for p in model.parameters())
    assert f"{parameters} parameters" in printed.getvalue() and str(case["shape"])[1:-1] in printed.getvalue()
    if folder.name == "pytorch" and not folder.match("every_op/*"):
        assert parameters == case["params"], (parameters, case["params"])
    return difference(lambda x: module.predict(model, torch.from_numpy(x)).numpy(), x, expected)


def check_safetensors(path, case):
    with safetensors.safe_open(path, "np") as file:
        card = json.loads(file.metadata()["card"])
        assert card == case["card"], card
        assert sum(file.get_tensor(name).size for name in file.keys()) >= case["params"]


main()
