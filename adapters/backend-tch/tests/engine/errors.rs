//! What is said where libtorch is not as it should be, or has no memory left. Where it is absent, this
//! library does not open at all: the tests of the loader are about that.

use std::fs;
use std::path::Path;
use std::process::Command;

use smash_backend_tch::TchConfig;
use smash_core::backend::{Backend, Feed, Fetch, Mode};
use smash_core::graph::{Builder, ConvSpec, Init, Parameter};
use smash_core::tensor::Tensor;

use crate::device::{self, THREADS};

/// Set in the process that has another libtorch.
const OTHER: &str = "SMASH_TEST_OTHER_LIBTORCH";

/// A library that says it is libtorch 2.10.1; the dynamic linker takes the first that says so.
const SOURCE: &str = "unsigned long long aoti_torch_abi_version(void) { return 0x020a010000000000ULL; }";

#[test]
fn another_version_is_refused() {
    if std::env::var_os(OTHER).is_some() {
        println!("OPENED {}", TchConfig::default().open(THREADS).unwrap_err());
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::write(folder.join("other.c"), SOURCE).unwrap();
    let compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-o", "libother.so", "other.c"])
        .current_dir(folder)
        .status();
    if !compiler.is_ok_and(|status| status.success()) {
        println!("SKIP another_version_is_refused: no C compiler (cc)");
        return;
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "errors::another_version_is_refused", "--nocapture"]).env(OTHER, "1");
    let output = again.env("LD_PRELOAD", folder.join("libother.so")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = text.lines().find(|line| line.contains("OPENED")).unwrap();
    for fragment in ["expected 2.11.0", "found 2.10.1", folder.to_str().unwrap(), "install torch 2.11.0"] {
        assert!(said.contains(fragment), "expected {fragment:?} in {said:?}");
    }
    assert!(output.status.success());
}

/// An exabyte, from a convolution of one number that is padded widely.
#[test]
fn memory_that_is_not_there_is_an_error() {
    let mut b = Builder::new();
    let x = b.input("x", true, &[1, 1, 1]);
    let weight = b.parameter(Parameter::own("w", &[1, 1, 1, 1], Init::Constant { value: 1.0 })).unwrap();
    let spec = ConvSpec { padding: vec![1 << 18, 1 << 18], ..ConvSpec::same(&[1, 1], &[1, 1], 1) };
    let y = b.conv(x, weight, spec).unwrap();
    let graph = b.finish([("y", y)]);
    for channels_last in [true, false] {
        let mut engine = TchConfig { channels_last, ..device::config() }.open(THREADS).unwrap();
        engine.write("w", &Tensor::full(&[1, 1, 1, 1], 1.0)).unwrap();
        let plan = engine.compile(&graph).unwrap();
        let x = Tensor::full(&[1, 1, 1, 1], 1.0);
        let inputs = [("x", Feed::Host(&x))];
        let error =
            engine.run(plan, Mode::Eval, &inputs, &[("y", Fetch::Device("y"))]).unwrap_err().to_string();
        println!("{error}");
        for fragment in ["(conv)", "out of memory", "smaller batch"] {
            assert!(error.contains(fragment), "expected {fragment:?} in {error:?}");
        }
        // The engine goes on.
        assert_eq!(engine.read("w").unwrap().data(), [1.0]);
    }
}
