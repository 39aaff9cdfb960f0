"""A host in Python that calls every function: every.py LIBRARY MANIFEST. It prints "all"."""

import json
import sys
from ctypes import POINTER, byref, c_double, c_float, c_int32, c_int64, c_uint8, c_void_p, cast, memmove, string_at

from smash_layout import *

library = load(sys.argv[1])
api = library.smash_get_api(SMASH_ABI_MAJOR, SMASH_ABI_MINOR).contents
kept = []  # what callbacks and structs point to


class Failure(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def done(function, *arguments):
    error = POINTER(SmashError)()
    code = function(*arguments, byref(error))
    if code != SMASH_OK:
        assert api.error_code(error) == code
        message = api.error_message(error, None).decode()
        api.error_details(error, None)
        api.error_free(error)
        raise Failure(code, message)


def text(function, *arguments):
    buf = SmashBuf()
    done(function, *arguments, byref(buf))
    found = json.loads(string_at(buf.data, buf.len))
    buf.release(byref(buf))
    return found


def new(handle, function, *arguments):
    place = POINTER(handle)()
    done(function, *arguments, byref(place))
    return place


def given(value):
    """A JSON document as the two arguments that it is passed by."""
    data = json.dumps(value).encode()
    return data, len(data)


def fails(code, function, *arguments):
    try:
        done(function, *arguments)
    except Failure as failure:
        assert failure.code == code, failure
    else:
        raise AssertionError("it succeeded")


@dict(DLManagedTensorVersioned._fields_)["deleter"]
def keep_tensor(_):
    pass


def tensor(values, code, bits, shape):
    shape = (c_int64 * len(shape))(*shape)
    dl = DLTensor(data=cast(values, c_void_p), device=DLDevice(kDLCPU, 0), ndim=len(shape), dtype=DLDataType(code, bits, 1))
    dl.shape, dl.strides = cast(shape, POINTER(c_int64)), None
    managed = DLManagedTensorVersioned(version=DLPackVersion(1, 0), deleter=keep_tensor, dl_tensor=dl)
    kept.extend([values, shape, managed])
    return managed


def callback(struct, name):
    return dict(struct._fields_)[name]


def writer(chunks):
    def write(_, source, n):
        chunks.append(string_at(source, n))
        return n

    function = callback(SmashWriter, "write")(write)
    kept.append(function)
    return byref(sized(SmashWriter, write=function))


def reader(data):
    rest = [data]

    def read(_, target, n):
        part, rest[0] = rest[0][:n], rest[0][n:]
        memmove(target, part, len(part))
        return len(part)

    function = callback(SmashReader, "read")(read)
    kept.append(function)
    return byref(sized(SmashReader, read=function))


# The context, with a component of this program.
options = sized(SmashContextOptions, flags=SMASH_CTX_ALLOW_PLUGINS)
context = new(SmashContext, api.context_create, byref(options))
manifest = sys.argv[2].encode()
done(api.context_load_plugin, context, manifest, len(manifest))
fails(SMASH_ERR_PLUGIN, api.context_register, context, byref(sized(SmashComponent)))
assert any(plugin["sha256"] for plugin in text(api.context_describe, context)["plugins"])
assert text(api.context_schema, context, b"job", 3, None, 0)["type"] == "object"
job = {"space": {"type": "memory_bank", "preset": "tiny"}, "retrain": {"epochs": 1, "batch": 20},
       "strategy": {"type": "random", "search": {"candidates": 2}}}
assert text(api.config_validate, context, *given(job), None)["valid"]

# Datasets: as a configuration, as functions, and as tensors of bytes.
digits = new(SmashDataset, api.dataset_from_config, context, *given({"type": "digits"}))
assert text(api.dataset_describe, digits)["examples"] == 1797
api.dataset_free(digits)
fails(SMASH_ERR_DATA, api.dataset_from_vtable, context, None, 0, byref(sized(SmashDatasetVtable)), None,
      byref(POINTER(SmashDataset)()))
count = 200
pixels = (c_uint8 * (64 * count))(*((230 if i % 2 else 20) + (i * 7 + j) % 20 for i in range(count) for j in range(64)))
classes = (c_uint8 * count)(*(i % 2 for i in range(count)))
x, y = tensor(pixels, kDLUInt, 8, [count, 1, 8, 8]), tensor(classes, kDLUInt, 8, [count])
data = new(SmashDataset, api.dataset_from_dlpack, context, *given({"mean": [0.5], "std": [0.25]}), byref(x), byref(y))

# A space.
task = {"channels": 1, "extents": [8, 8], "classes": 2}
space = new(SmashSpace, api.space_open, context, *given({"space": job["space"], "task": task}))
assert text(api.space_schema, space)["required"] and text(api.space_size, space)["log10"] > 10
first = text(api.space_sample, space, 1)
second = text(api.space_mutate, space, *given(first), 2, 0.3)
child = text(api.space_crossover, space, *given(first), *given(second), 3, 0.1)
done(api.space_validate, space, *given(child))
assert text(api.space_count, space, *given(child))["params"] > 0
assert text(api.space_graph, space, *given(child), SMASH_NETWORK_STANDALONE)["outputs"]
parameters = text(api.space_parameters, space, *given(child))
assert {made["name"] for made in text(api.space_decisions, space, *given(child))} == set(parameters)
assert text(api.space_from_parameters, space, *given(parameters)) == child
names = []


@SmashDecideFn
def decide(_, decision, length, index, error):
    names.append(json.loads(decision[:length])["name"])
    index[0] = 0
    return SMASH_OK


done(api.space_validate, space, *given(text(api.space_draw, space, decide, None)))
assert len(names) == len(set(names)) > 3
api.space_free(space)

# A search: ask, tell, add, save, load, and run to the end.
search = new(SmashSearch, api.search_create, context, *given(job), data)
assert text(api.search_add, search, *given([{"architecture": child, "values": [0.5]}])) == [0]
for trial in [1, 2]:
    asked = text(api.search_ask, search, 1)
    assert asked[0]["trial_id"] == trial and text(api.search_pending, search) == asked
    decision = c_int32(-1)
    done(api.search_report, search, *given({"trial_id": trial, "step": 1, "values": [1.0]}), byref(decision))
    assert decision.value == SMASH_CONTINUE
    done(api.search_tell, search, *given([{"trial_id": trial, "values": [float(trial)]}]))
assert text(api.search_best, search, 1)[0]["trial_id"] == 0
fails(SMASH_ERR_BAD_STATE, api.search_score, search, *given([]), (c_double * 1)(), (c_double * 1)(), 0)
finished = c_int32(-1)
assert text(api.search_step, search, 1, byref(finished))[0]["event"] == "chosen" and finished.value == 0
chunks = []
done(api.search_save, search, writer(chunks))
api.search_free(search)
search = new(SmashSearch, api.search_load, context, reader(b"".join(chunks)), data)
api.search_cancel(search)
fails(SMASH_ERR_CANCELLED, api.search_run, search, None)
done(api.search_run, search, None)
assert text(api.search_status, search)["state"] == "done"
model = new(SmashModel, api.search_model, search)
assert text(api.model_metrics, model)["test_error"] is not None
api.model_free(model)
api.search_free(search)

# A model, which knows after saving and loading how raw pixels are read.
model = new(SmashModel, api.model_train, context, *given(child), *given(job), data, None)
assert text(api.model_metrics, model)["valid_error"] is not None
assert text(api.model_describe, model)["card"]["normalise"]["mean"] == [0.5]


def predict(model):
    out = POINTER(DLManagedTensorVersioned)()
    done(api.model_predict, model, byref(tensor(pixels, kDLUInt, 8, [count, 1, 8, 8])), byref(out))
    values = cast(out.contents.dl_tensor.data, POINTER(c_float))[: 2 * count]
    out.contents.deleter(out)
    return values


chunks = []
done(api.model_save, model, writer(chunks))
loaded = new(SmashModel, api.model_load, context, reader(b"".join(chunks)))
assert predict(loaded) == predict(model)
chunks = []
done(api.model_export, loaded, *given({"format": "onnx"}), writer(chunks))
assert len(b"".join(chunks)) > 1000
for handle in [model, loaded]:
    api.model_free(handle)
made = api.error_new(SMASH_ERR_DATA, b"torn", 4, None, 0)
assert api.error_code(made) == SMASH_ERR_DATA
api.error_free(made)
api.dataset_free(data)
api.context_free(context)
print("all")
