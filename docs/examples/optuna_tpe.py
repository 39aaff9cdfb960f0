"""Optuna's TPE, and random sampling, over the decisions of a space: on digits, by the score that a trained HyperNet gives.
PYTHONPATH=adapters/python/smash_nas python optuna_tpe.py LIBRARY SPACE EPOCHS TRIALS SEED [MANIFEST of a plugin]"""
import json, optuna, sys
from ctypes import POINTER, byref, c_double, string_at
from smash_layout import *
def call(function, *arguments):
    error = POINTER(SmashError)()
    if function(*arguments, byref(error)) != SMASH_OK:
        raise RuntimeError(api.error_message(error, None).decode())
def new(handle, create, *arguments):
    return call(create, *arguments, byref(handle)) or handle
def text(function, *arguments):
    out = new(SmashBuf(), function, *arguments)
    return string_at(out.data, out.len), out.release(byref(out))
def objective(trial):
    @SmashDecideFn
    def decide(_, decision, length, index, error):  # leaves no index behind after an exception: the draw fails
        asked = json.loads(decision[:length])
        values = asked.get("choices") or range(asked["low"], asked["high"] + 1, asked["step"])
        name = f"{asked['name']} of {values}"  # they may depend on other decisions: each set of them is a parameter of its own
        index[0] = values.index(trial.suggest_categorical(name, values) if "choices" in asked else
                                trial.suggest_int(name, values[0], values[-1], step=values.step, log=asked["log"]))
        return SMASH_OK
    (architecture, _), score = text(api.space_draw, space, decide, None), c_double()
    call(api.space_validate, space, architecture, len(architecture))
    call(api.search_score, search, b"[%b]" % architecture, len(architecture) + 2, byref(score), None, 1)
    return score.value
api = load(sys.argv[1]).smash_get_api(SMASH_ABI_MAJOR, SMASH_ABI_MINOR).contents
config, epochs, trials, seed = map(json.loads, sys.argv[2:6])
context = new(POINTER(SmashContext)(), api.context_create, byref(sized(SmashContextOptions, flags=SMASH_CTX_ALLOW_PLUGINS)))
for manifest in map(str.encode, sys.argv[6:]):
    call(api.context_load_plugin, context, manifest, len(manifest))
request = json.dumps({"space": config, "task": {"channels": 1, "extents": [8, 8], "classes": 10}}).encode()
job = json.dumps({"seed": seed, "space": config, "strategy": {"type": "smash", "epochs": epochs}}).encode()
space = new(POINTER(SmashSpace)(), api.space_open, context, request, len(request))
search = new(POINTER(SmashSearch)(), api.search_create, context, job, len(job), None)
while b'"training"' in text(api.search_status, search)[0]: call(api.search_step, search, 1, None, None)
for sampler in optuna.samplers.TPESampler(seed=seed), optuna.samplers.RandomSampler(seed=seed):
    (study := optuna.create_study(sampler=sampler)).optimize(objective, trials)
    print(seed, type(sampler).__name__, len(study.get_trials(states=[optuna.trial.TrialState.COMPLETE])), study.best_value)
