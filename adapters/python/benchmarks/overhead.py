"""What a trial costs in Optuna beside its evaluation, with our sampler and with Optuna's RandomSampler, over the same parameters;
and what scoring costs by Scorer beside the same through the C interface. Processor time, by turns, medians:
python overhead.py [MANIFEST of the plugin space "mobile"]
"""

import statistics
import sys
import time
from ctypes import c_double

import optuna
from optuna.distributions import CategoricalDistribution
from smash_nas import Context, Job, Scorer
from smash_nas._library import api, call
from smash_nas.hosts.optuna import SmashSampler

optuna.logging.set_verbosity(optuna.logging.ERROR)
TRIALS, TURNS = 200, 15


def alternately(*prepared):
    """Medians of the seconds of what each prepares, by turns; of the processor, so that other programs do not count."""
    seconds = [[] for _ in prepared]
    for _ in range(TURNS):
        for prepare, found in zip(prepared, seconds):
            work = prepare()
            begin = time.process_time()
            work()
            found.append(time.process_time() - begin)
    return [statistics.median(found) for found in seconds]


def trials(make, names):
    """A study whose objective asks for these names."""

    def objective(trial):
        for name, values in names.items():
            trial.suggest_categorical(name, values)
        return float(trial.number)

    def prepare():
        study = optuna.create_study(sampler=make())
        return lambda: study.optimize(objective, n_trials=TRIALS)

    return prepare


def optimize(label, job):
    space = job.space()
    decisions = [decision for decision in space.decisions(space.sample(0)) if len(decision.values) > 1]
    for count in sorted({1, min(18, len(decisions)), len(decisions)}):
        names = {decision.name: CategoricalDistribution(tuple(decision.values)).choices for decision in decisions[:count]}
        random, ours = alternately(
            trials(lambda: optuna.samplers.RandomSampler(seed=0), names), trials(lambda: SmashSampler(job, seed=0), names)
        )
        per = [1e3 * value / TRIALS for value in (random, ours)]
        more = per[1] - per[0]
        print(f"{label}, {count} parameters: random {per[0]:.3f} ms a trial, ours {per[1]:.3f}, {more:+.3f}", flush=True)


def score(label, job):
    scorer = Scorer.train(job, progress=False)
    architectures = [scorer.space.sample(i) for i in range(100)]
    texts = [architecture.to_json() for architecture in architectures]

    def direct():
        data, out = f"[{','.join(texts)}]".encode(), (c_double * len(texts))()
        call(api().search_score, scorer.search._pointer, data, len(data), out, len(texts))

    interface, ours = alternately(lambda: direct, lambda: lambda: scorer.score(architectures))
    ratio = ours / interface
    print(f"{label}, 100 scores: C interface {interface * 1e3:.1f} ms, Scorer {ours * 1e3:.1f}, x {ratio:.4f}", flush=True)


context = Context(sys.argv[1:])
spaces = {"memory_bank": {"type": "memory_bank", "preset": "tiny"}} | ({"mobile": {"type": "mobile"}} if sys.argv[1:] else {})
for name, space in spaces.items():
    search = {"candidates": 10**6, "population": 50, "sample": 10}
    optimize(name, Job({"space": space, "strategy": {"type": "evolution", "search": search}, "threads": 1}, context=context))
    score(name, Job({"space": space, "strategy": {"type": "smash", "epochs": 1}, "threads": 1}, context=context))
