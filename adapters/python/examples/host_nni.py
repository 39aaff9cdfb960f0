"""NNI on digits: our evolution proposes, trials of NNI train. This file is both, the experiment and its trial."""

import sys
import time
from pathlib import Path

import nni

RECIPE = {"seed": 1, "threads": 1, "retrain": {"epochs": 2, "use_validation": False}}


def trial():
    from smash_nas import Job, Model

    architecture = Job(RECIPE).space().from_params(nni.get_next_parameter())
    nni.report_final_result(Model.train(architecture, RECIPE).metrics["valid_loss"])


def experiment():
    from nni.experiment import Experiment
    from nni.experiment.config import CustomAlgorithmConfig

    evolution = {"type": "evolution", "search": {"candidates": 4, "population": 2, "sample": 2}}
    running = Experiment("local")
    running.config.trial_command = f"{sys.executable} {Path(__file__).name} trial"
    running.config.trial_code_directory = Path(__file__).parent
    running.config.search_space = {}
    arguments = {"job": {**RECIPE, "strategy": evolution}}
    running.config.tuner = CustomAlgorithmConfig(class_name="smash_nas.hosts.nni.SmashTuner", class_args=arguments)
    running.config.max_trial_number, running.config.trial_concurrency = 4, 1
    running.run(8080, wait_completion=False)
    while running.get_status() in ("INITIALIZED", "RUNNING"):
        time.sleep(1)
    best = min(float(found.value) for found in running.export_data())
    running.stop()
    print(best)


if __name__ == "__main__":
    trial() if sys.argv[1:] == ["trial"] else experiment()
