//! Other versions of Python than the one that tests run.

use std::process::Command;

use crate::environment::{Environment, said};
use crate::wheels::wheels;

/// Those that the package is for.
const VERSIONS: [&str; 4] = ["3.10", "3.12", "3.13", "3.14"];

/// A search of half a second.
const PROGRAM: &str = r#"
import numpy, smash_nas
y = numpy.arange(60) % 2
x = numpy.zeros((60, 1, 4, 4), numpy.float32) + y[:, None, None, None].astype(numpy.float32)
strategy = {"type": "smash", "epochs": 1, "search": {"random": 2, "perturbation": 0, "chain": 0}}
model = smash_nas.Search(smash_nas.Job.from_data(x, y, strategy=strategy, retrain={"epochs": 1})).run().model()
print(model.predict_proba(x[:2]).shape)
"#;

/// Machines have some of them, or none.
#[test]
#[ignore = "packs wheels, and makes environments of Python"]
fn the_package_runs_in_other_versions() {
    for version in VERSIONS {
        let python = format!("python{version}");
        let there = Command::new(&python).args(["-c", "import venv"]).output();
        if !there.is_ok_and(|output| output.status.success()) {
            continue;
        }
        match Environment::make(&python, &format!("python-{version}-venv"), &["numpy", "tqdm"]) {
            Ok(environment) => {
                environment.install(&wheels().package);
                assert_eq!(said(environment.python().args(["-c", PROGRAM])).trim(), "(2, 2)", "{python}");
                println!("{python}: runs");
            }
            Err(reason) => println!("{python}: no environment, {reason}"),
        }
    }
}
