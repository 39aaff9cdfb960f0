//! Optuna over the decisions of spaces: the example of the book, with few trials.

use std::path::Path;
use std::process::Command;

use smash_tests::artifact;
use smash_tests::plugins::{installed, root};

use crate::build::library;

const NAME: &str = "optuna_searches_by_decisions";
const TRIALS: &str = "15";

#[test]
#[ignore = "makes a Python environment with Optuna"]
fn optuna_searches_by_decisions() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("optuna-venv");
    let mut make = Command::new("python3");
    make.arg(here.join("hosts/environment.py")).args([venv.as_os_str(), "optuna==5.0.0".as_ref()]);
    let made = make.output();
    if !made.as_ref().is_ok_and(|made| made.status.success()) {
        let error = made.map_or_else(|e| e.to_string(), |made| String::from_utf8_lossy(&made.stderr).into());
        let last = error.lines().last().unwrap_or_default();
        println!("SKIP {NAME}: no Optuna, {last} (install Python 3.11 with venv)");
        return;
    }
    let (_folder, manifest) = installed(&artifact::library("smash-sample-mobile"));
    for (space, plugins) in
        [(r#"{"type": "memory_bank", "preset": "tiny"}"#, None), (r#"{"type": "mobile"}"#, Some(manifest))]
    {
        let mut command = Command::new(venv.join("bin/python"));
        command.arg("-B").arg(root().join("docs/examples/optuna_tpe.py")).arg(library());
        command
            .args([space, "1", TRIALS, "0"])
            .args(plugins)
            .env("PYTHONPATH", here.join("../adapters/python/smash_nas"));
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{space}: {error}");
        let said = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split(' ').collect()).collect();
        let samplers = ["TPESampler", "RandomSampler"];
        assert_eq!(lines.len(), samplers.len(), "{said}");
        for (line, sampler) in lines.iter().zip(samplers) {
            // All trials were valid: any other ends the script.
            assert_eq!(line[..3], ["0", sampler, TRIALS], "{space}: {said}");
            assert!(line[3].parse::<f64>().is_ok_and(|score| score > 0.0 && score < 10.0), "{space}: {said}");
        }
    }
}
