//! What every generated file has.

/// In front of everything.
pub(super) const HEAD: &str = r#""""A convolutional network found by SMASH. Its weights are in `model.safetensors`.

    from model import load, predict

    model = load()
    probabilities = predict(model, torch.rand(1, *INPUT))

`python model.py` prints its shape and its number of parameters.
"""

import json

import torch
import torch.nn.functional as F
from torch import nn

"#;

/// Between the constants and the modules, where the network normalises its inputs.
pub(super) const NORMALISE: &str = r#"

def normalise(x):
    """`(x - MEAN) / STD` per channel."""
    shape = (-1,) + (1,) * (x.dim() - 2)
    mean = torch.tensor(MEAN, dtype=x.dtype, device=x.device).view(shape)
    std = torch.tensor(STD, dtype=x.dtype, device=x.device).view(shape)
    return (x - mean) / std
"#;

/// Behind the modules.
pub(super) const TAIL: &str = r#"

def load(path="model.safetensors"):
    """The network with its weights, ready for inference."""
    model = Network()
    model.load_state_dict(read(path))
    return model.eval()


def predict(model, x):
    """Class probabilities `[n, classes]` of inputs `[n, channels, extents...]`."""
    with torch.inference_mode():
        return model(x).softmax(dim=1)


def read(path):
    """Named tensors of a safetensors file; without that library, by the standard one."""
    try:
        from safetensors.torch import load_file
    except ImportError:
        pass
    else:
        return load_file(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = torch.frombuffer(data, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def main():
    model = Network().eval()
    x = torch.zeros(1, *INPUT)
    with torch.inference_mode():
        logits = model(x)
    print(f"input [n, {', '.join(map(str, INPUT))}] -> logits [n, {logits.shape[1]}]")
    print(f"{sum(p.numel() for p in model.parameters())} parameters")


if __name__ == "__main__":
    main()
"#;
