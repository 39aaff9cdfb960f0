//! The package, installed: its tests and its types.

use std::path::Path;

use crate::environment::{Environment, root, said};

#[test]
#[ignore = "packs wheels, and makes an environment of Python"]
fn its_tests_pass() {
    let Some(environment) = Environment::of_tests("its_tests_pass") else { return };
    let mut pytest = environment.python();
    // Without files beside those of the repository.
    pytest.args(["-m", "pytest", "-p", "no:cacheprovider", "-ra"]).arg(root().join("adapters/python/tests"));
    println!("{}", said(&mut pytest));
}

#[test]
#[ignore = "packs wheels, and makes an environment of Python"]
fn its_types_are_right() {
    let Some(environment) = Environment::of_tests("its_types_are_right") else { return };
    let python = root().join("adapters/python");
    let check = |paths: &[&Path]| {
        let mut mypy = environment.python();
        mypy.args(["-m", "mypy", "--cache-dir=mypy"]).arg("--config-file").arg(python.join("pyproject.toml"));
        said(mypy.args(paths));
    };
    check(&[&python.join("smash_nas")]);
    check(&[&root().join("adapters/python-torch/smash_nas_torch")]);
}
