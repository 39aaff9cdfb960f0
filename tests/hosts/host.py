"""A host in Python, with the standard library alone: host.py LIBRARY JOB [MANIFEST of a plugin]."""

import json
import sys
from ctypes import CDLL, CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from ctypes import cast, sizeof, string_at

# The functions of SmashApi that are used, by their place in the table.
CODE, MESSAGE, FREE_ERROR, CREATE, LOAD, SEARCH, RUN, BEST = 1, 2, 5, 6, 7, 16, 18, 24


class Buf(Structure):
    _fields_ = [("data", c_void_p), ("len", c_size_t), ("owner", c_void_p), ("release", CFUNCTYPE(None, c_void_p))]


class ContextOptions(Structure):
    _fields_ = [("struct_size", c_size_t), ("flags", c_uint64)]


library = CDLL(sys.argv[1])
library.smash_get_api.restype = c_void_p
api = library.smash_get_api(c_uint32(1), c_uint32(0))
assert api, "this library has another version of the interface"


def call(slot, *arguments, result=c_int32):
    address = cast(api + sizeof(c_size_t) + 8 + slot * sizeof(c_void_p), POINTER(c_void_p))[0]
    return CFUNCTYPE(result)(address)(*arguments)


def check(slot, *arguments):
    error = c_void_p()
    if call(slot, *arguments, byref(error)) != 0:
        message = call(MESSAGE, error, None, result=c_char_p).decode()
        call(FREE_ERROR, error)
        raise RuntimeError(message)


context, search, best = c_void_p(), c_void_p(), Buf()
options = ContextOptions(sizeof(ContextOptions), 1)
check(CREATE, byref(options), byref(context))
for manifest in sys.argv[3:]:
    check(LOAD, context, manifest.encode(), c_size_t(len(manifest.encode())))
job = open(sys.argv[2], "rb").read()
check(SEARCH, context, job, c_size_t(len(job)), None, byref(search))
check(RUN, search, None)
check(BEST, search, c_uint32(1), byref(best))
print("best", json.loads(string_at(best.data, best.len))[0]["hash"])
best.release(byref(best))
