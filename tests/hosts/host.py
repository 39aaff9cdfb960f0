"""A host in Python, with the standard library alone: host.py LIBRARY JOB [MANIFEST of a plugin]."""

import json
import sys
from ctypes import CDLL, CFUNCTYPE, POINTER, Structure, byref, string_at
from ctypes import c_char_p, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

# The functions of SmashApi that are used, by their place in the table.
MESSAGE, FREE_ERROR, CREATE, LOAD, SEARCH, RUN, BEST = 1, 4, 5, 6, 28, 30, 36


def struct(**fields):
    return type("Struct", (Structure,), {"_fields_": list(fields.items())})


Api = struct(struct_size=c_size_t, major=c_uint32, minor=c_uint32, functions=c_void_p * (BEST + 1))
Buf = struct(data=c_void_p, len=c_size_t, user=c_void_p, release=CFUNCTYPE(None, c_void_p))
library = CDLL(sys.argv[1])
library.smash_get_api.restype = POINTER(Api)
api = library.smash_get_api(c_uint32(1), c_uint32(0)).contents


def check(place, *arguments, error=c_void_p()):
    if CFUNCTYPE(c_int32)(api.functions[place])(*arguments, byref(error)) != 0:
        message = CFUNCTYPE(c_char_p)(api.functions[MESSAGE])(error, None).decode()
        CFUNCTYPE(None)(api.functions[FREE_ERROR])(error)
        raise RuntimeError(message)


plugins_allowed = struct(struct_size=c_size_t, flags=c_uint64)(16, 1)
context, search, best = c_void_p(), c_void_p(), Buf()
check(CREATE, byref(plugins_allowed), byref(context))
for manifest in map(str.encode, sys.argv[3:]):
    check(LOAD, context, manifest, c_size_t(len(manifest)))
job = open(sys.argv[2], "rb").read()
check(SEARCH, context, job, c_size_t(len(job)), None, byref(search))
check(RUN, search, None)
check(BEST, search, c_uint32(1), byref(best))
print("best", json.loads(string_at(best.data, best.len))[0]["hash"])
best.release(byref(best))
