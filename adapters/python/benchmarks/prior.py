"""Optuna's TPE with and without the scores of a HyperNet as a prior: on digits, the validation loss after a short training.

Each arm is charged for all that it computes, by the time of the processor: TPE, trainings, and with a prior the HyperNet's
training and its scores. A JSON line for each (space, arm, seed) that is finished; what a file has already is not run again.

    python prior.py run results.jsonl --plugin smash-sample-mobile.smash.json --seconds 120
    python prior.py plot results.jsonl prior.svg
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from pathlib import Path

import optuna
from smash_nas import Context, Job, Model, Scorer
from smash_nas.errors import DivergedError
from smash_nas.hosts.optuna import Prior, params, suggest

SPACES = {"memory_bank": {"type": "memory_bank", "preset": "tiny"}, "mobile": {"type": "mobile"}}
#: What is tried first, and whether the worse half by score is passed over. Random architectures by the space's own distribution
#: are the control of a prior: TPE begins with others, for which each value of a decision is as likely as the next.
ARMS = {
    "tpe": (None, False),
    "tpe+samples": ("random", False),
    "tpe+prior": ("best", False),
    "tpe+prior+prune": ("best", True),
}
COLOURS = dict(zip(ARMS, ("#666666", "#009e73", "#0072b2", "#d55e00")))


class Clock:
    """Seconds of the processor, and of the wall, since it was made."""

    def __init__(self) -> None:
        self._begin = time.process_time(), time.perf_counter()

    def __call__(self) -> tuple[float, float]:
        return time.process_time() - self._begin[0], time.perf_counter() - self._begin[1]


def arm(space: dict, name: str, seed: int, context: Context, given: argparse.Namespace) -> dict:
    """One study, until its time is used up."""
    first, prune = ARMS[name]
    # The split of the data and the draws of training are the same in all arms of a seed.
    job = Job({"seed": seed, "space": space, "threads": 1}, context=context)
    recipe = {"epochs": given.epochs, "use_validation": False}
    strategy = {"type": "smash", "epochs": given.hypernet_epochs}
    decided, clock, points, spent = job.space(), Clock(), [], {}
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    if first == "random":
        for i in range(given.enqueued):
            study.enqueue_trial(params(decided.sample(seed * given.scored + i), decided))
    if first == "best":
        scorer = Scorer.train(Job({**job, "strategy": strategy}, context=context), progress=False)
        spent["hypernet"] = clock()[0]
        prior = Prior(scorer, given.scored, seed=seed)
        spent["scores"] = clock()[0] - spent["hypernet"]
        prior.enqueue(study, given.enqueued)

    def objective(trial: optuna.Trial) -> float:
        architecture = suggest(trial, decided)
        if prune:
            prior.check(trial, architecture)
        try:
            model = Model.train(architecture, Job({**job, "retrain": recipe}, context=context), progress=False)
            loss = float(model.metrics["valid_loss"])
        except DivergedError:
            loss = math.inf
        # To the end of its training: what TPE does next is charged to the next.
        points.append([*clock(), loss])
        return loss

    def end(study: optuna.Study, _: optuna.trial.FrozenTrial) -> None:
        if clock()[0] >= given.seconds:
            study.stop()

    study.optimize(objective, callbacks=[end])
    pruned = len(study.get_trials(states=[optuna.trial.TrialState.PRUNED]))
    kept = [[round(cpu, 3), round(wall, 3), loss] for cpu, wall, loss in points if math.isfinite(loss)]
    return {"trials": len(points), "pruned": pruned, "spent": spent, "points": kept}


def finished(file: Path) -> list[dict]:
    """The lines of a file; one that was cut off is none."""
    found = []
    for line in file.read_text().splitlines() if file.exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            print(f"passed over: {line[:60]}")
    return found


def run(given: argparse.Namespace) -> None:
    """All arms of all spaces, seed by seed."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    context = Context(given.plugin)
    settings = {key: getattr(given, key) for key in ("seconds", "epochs", "hypernet_epochs", "scored", "enqueued")}
    done = {(r["space"], r["arm"], r["seed"]) for r in finished(given.file) if r["settings"] == settings}
    for seed in range(given.seeds):
        for space in given.spaces:
            for name in ARMS:
                if (space, name, seed) in done:
                    continue
                found = arm(SPACES[space], name, seed, context, given)
                record = {"space": space, "arm": name, "seed": seed, "settings": settings, **found}
                with given.file.open("a") as file:
                    file.write(json.dumps(record) + "\n")
                best = min((point[2] for point in found["points"]), default=math.inf)
                print(f"{space} {name} seed {seed}: {found['trials']} trainings, best {best:.4f}", flush=True)


def best_at(record: dict, seconds: float) -> float | None:
    """The least loss until then."""
    return min((loss for cpu, _, loss in record["points"] if cpu <= seconds), default=None)


def curve(records: list[dict], times: list[float]) -> list[tuple[float, float, float, float]]:
    """``(seconds, median, lower quartile, upper quartile)`` over seeds, from when all have a loss."""
    found = []
    for seconds in times:
        values = [best_at(record, seconds) for record in records]
        if None not in values:
            quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
            found.append((seconds, quartiles[1], quartiles[0], quartiles[2]))
    return found


def plot(given: argparse.Namespace) -> None:
    """The best loss so far against seconds of the processor: the median of the seeds, and its quartiles as a band."""
    records = finished(given.file)
    spaces = sorted({record["space"] for record in records})
    width, height, gap = 360, 240, 60
    parts = []
    for column, space in enumerate(spaces):
        mine = [record for record in records if record["space"] == space]
        most = max(point[0] for record in mine for point in record["points"])
        times = [most * i / 200 for i in range(201)]
        curves = {name: curve([record for record in mine if record["arm"] == name], times) for name in ARMS}
        curves = {name: points for name, points in curves.items() if points}
        values = [value for points in curves.values() for point in points for value in point[1:] if value > 0]
        low, high = math.log10(min(values)), math.log10(max(values)) + 1e-9
        left, top = gap + column * (width + gap), 40

        def at(seconds: float, loss: float) -> str:
            x = left + width * seconds / most
            return f"{x:.1f},{top + height * (high - math.log10(max(loss, 1e-9))) / (high - low):.1f}"

        parts.append(f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#bbbbbb"/>')
        parts.append(f'<text x="{left}" y="{top - 10}">{space}: best validation loss (log scale)</text>')
        for i in range(5):
            loss, seconds = 10 ** (high - (high - low) * i / 4), most * i / 4
            parts.append(f'<text x="{left - 5}" y="{top + height * i / 4 + 4}" text-anchor="end">{loss:.3f}</text>')
            end = top + height + 15
            parts.append(f'<text x="{left + width * i / 4}" y="{end}" text-anchor="middle">{seconds:.0f} s</text>')
        for i, (name, points) in enumerate(curves.items()):
            band = [at(s, upper) for s, _, _, upper in points] + [at(s, lower) for s, _, lower, _ in reversed(points)]
            line = " ".join(at(s, median) for s, median, _, _ in points)
            parts.append(f'<polygon points="{" ".join(band)}" fill="{COLOURS[name]}" fill-opacity="0.15"/>')
            parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[name]}" stroke-width="1.5"/>')
            seeds = sum(record["arm"] == name for record in mine)
            place = f'x="{left + width - 5}" y="{top + 15 + 14 * i}" text-anchor="end" fill="{COLOURS[name]}"'
            parts.append(f"<text {place}>{name}, {seeds} seeds</text>")
    size = f'width="{gap + len(spaces) * (width + gap)}" height="{height + 70}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">'
    given.svg.write_text("\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"]))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("file", type=Path)
    running.add_argument("--plugin", action="append", default=[], help="a manifest: of the space mobile")
    running.add_argument("--spaces", nargs="+", choices=SPACES, default=list(SPACES))
    running.add_argument("--seeds", type=int, default=5)
    running.add_argument("--seconds", type=float, default=120.0, help="of the processor, for each arm")
    running.add_argument("--epochs", type=int, default=3, help="of a training")
    running.add_argument("--hypernet-epochs", type=int, default=40)
    running.add_argument("--scored", type=int, default=128, help="architectures of the prior")
    running.add_argument("--enqueued", type=int, default=10, help="the best of them, which are tried first")
    running.set_defaults(do=run)
    plotting = commands.add_parser("plot")
    plotting.add_argument("file", type=Path)
    plotting.add_argument("svg", type=Path)
    plotting.set_defaults(do=plot)
    given = parser.parse_args()
    given.do(given)


if __name__ == "__main__":
    main()
