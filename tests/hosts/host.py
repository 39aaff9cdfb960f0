"""A host in Python, with the standard library alone: host.py LIBRARY JOB [MANIFEST of a plugin]."""

import json
import sys
from ctypes import POINTER, byref, string_at

from smash_layout import *

library = load(sys.argv[1])
api = library.smash_get_api(SMASH_ABI_MAJOR, SMASH_ABI_MINOR).contents


def check(function, *arguments):
    error = POINTER(SmashError)()
    if function(*arguments, byref(error)) != SMASH_OK:
        message = api.error_message(error, None).decode()
        api.error_free(error)
        raise RuntimeError(message)


def new(handle, create, *arguments):
    check(create, *arguments, byref(handle))
    return handle


options = sized(SmashContextOptions, flags=SMASH_CTX_ALLOW_PLUGINS)
context = new(POINTER(SmashContext)(), api.context_create, byref(options))
for manifest in map(str.encode, sys.argv[3:]):
    check(api.context_load_plugin, context, manifest, len(manifest))
job = open(sys.argv[2], "rb").read()
search = new(POINTER(SmashSearch)(), api.search_create, context, job, len(job), None)
check(api.search_run, search, None)
best = SmashBuf()
check(api.search_best, search, 1, byref(best))
print("best", json.loads(string_at(best.data, best.len))[0]["hash"])
best.release(byref(best))
api.search_free(search)
api.context_free(context)
