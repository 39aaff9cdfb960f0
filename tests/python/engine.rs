//! The engine over libtorch, beside the libtorch that tests have in the place of PyTorch.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::environment::{Environment, root, said};
use crate::wheels::wheels;

const NAME: &str = "the_engine_finds_the_libtorch_beside_it";

/// A search of some seconds.
const PROGRAM: &str = r#"
import smash_nas, smash_nas_torch
context = smash_nas.Context(plugins=[smash_nas_torch.manifest()])
settings = {
    "dataset": {"type": "digits"},
    "backend": {"type": "tch"},
    "space": {"type": "memory_bank", "preset": "tiny"},
    "strategy": {"type": "smash", "epochs": 1, "search": {"random": 2, "perturbation": 0, "chain": 0}},
    "retrain": {"epochs": 1},
}
search = smash_nas.Search(smash_nas.Job(settings, context=context)).run()
print(search.model().metrics["test_error"])
libraries = [line.split()[-1] for line in open("/proc/self/maps") if "libtorch_cpu.so" in line]
print(libraries[0])
"#;

#[test]
#[ignore = "packs wheels, and makes an environment of Python"]
fn the_engine_finds_the_libtorch_beside_it() {
    let Some(environment) = Environment::of_tests(NAME) else { return };
    let libtorch = root().join("target/libtorch");
    let Some(engine) = wheels().engine.as_ref().filter(|_| libtorch.exists()) else {
        println!("SKIP {NAME}: no libtorch (cargo xtask libtorch)");
        return;
    };
    // Beside each other in a folder, as in site-packages, and found before the environment's.
    let folder = tempfile::tempdir().unwrap();
    let packages = folder.path();
    let mut pip = environment.python();
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]);
    said(pip.arg("--target").arg(packages).arg(&wheels().package).arg(engine));
    for name in ["torch", "nvidia"] {
        symlink(libtorch.join(name), packages.join(name)).unwrap();
    }
    let mut python = environment.python();
    let text = said(python.args(["-c", PROGRAM]).env("PYTHONPATH", packages));
    let (error, library) = text.trim().split_once('\n').unwrap();
    assert!(error.parse::<f64>().unwrap() < 0.9, "{text}");
    let expected = libtorch.join("torch/lib/libtorch_cpu.so");
    assert_eq!(Path::new(library), expected.canonicalize().unwrap());
}
