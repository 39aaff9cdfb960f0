#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! Exported networks compute elsewhere what they compute here: checked by onnx, onnxruntime and PyTorch.

mod case;
mod cases;
mod mobile;
mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use smash_core::tensor::Tensor;
use smash_export::{Network, OnnxOptions, PyTorchOptions, onnx, pytorch, safetensors};

use case::Case;

const NAME: &str = "exports_compute_what_the_engine_computes";
const EXAMPLES: usize = 256;

#[test]
#[ignore = "makes a Python environment with onnx and onnxruntime, and needs PyTorch"]
fn exports_compute_what_the_engine_computes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let libtorch = here.join("../target/libtorch");
    if !libtorch.join("torch/lib/libtorch_python.so").exists() {
        println!("SKIP {NAME}: no PyTorch (cargo xtask libtorch)");
        return;
    }
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export-venv");
    let mut make = Command::new("python3");
    make.arg(here.join("export/environment.py")).arg(&venv).arg(&libtorch);
    match make.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            let error = String::from_utf8_lossy(&output.stderr);
            let last = error.lines().last().unwrap_or_default();
            println!("SKIP {NAME}: no Python environment, {last} (install Python 3.11 with venv, and gcc)");
            return;
        }
        Err(e) => {
            println!("SKIP {NAME}: no python3, {e} (install Python 3.11)");
            return;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let folders: Vec<PathBuf> = cases::all().iter().map(|case| write(folder.path(), case)).collect();
    let output = Command::new(venv.join("bin/python"))
        .arg(here.join("export/check.py"))
        .args(folders)
        .current_dir(folder.path())
        .env("PYTHONPATH", &libtorch)
        .env("LD_LIBRARY_PATH", venv.join("stubs"))
        .output()
        .unwrap();
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{out}");
    assert!(output.status.success(), "{out}{error}");
    assert!(!folder.path().join("evil").exists(), "a name became code");
}

/// Writes a case in all formats, with inputs and the engine's probabilities.
fn write(folder: &Path, case: &Case) -> PathBuf {
    let folder = folder.join(&case.name);
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let network = Network { graph: &case.graph, weights: &case.weights, card: case.card.clone() };
    for (name, logits, fold, opset) in [
        ("probabilities.onnx", false, false, 17),
        ("logits.onnx", true, false, 22),
        ("folded.onnx", false, true, 20),
    ] {
        let options = OnnxOptions { logits, fold, opset };
        let bytes = onnx(&network, &options).unwrap();
        assert_eq!(bytes, onnx(&network, &options).unwrap(), "the same network gives the same bytes");
        put(name, &bytes);
    }
    for (name, fold) in [("pytorch", false), ("folded", true)] {
        let python = pytorch(&network, &PyTorchOptions { fold }).unwrap();
        assert_eq!(python, pytorch(&network, &PyTorchOptions { fold }).unwrap());
        put(&format!("{name}/model.py"), python.source.as_bytes());
        put(&format!("{name}/model.safetensors"), &python.weights);
    }
    put("weights.safetensors", &safetensors(&network).unwrap());
    let x = case.examples(EXAMPLES);
    let probabilities = case.probabilities(&x);
    let floats = |t: &Tensor| t.data().iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    put("x.f32", &floats(&x));
    put("probabilities.f32", &floats(&probabilities));
    let card = serde_json::to_string(&case.card).unwrap();
    let facts = json!({"shape": x.shape()[1..], "card": card, "params": case.graph.count().params});
    put("case.json", facts.to_string().as_bytes());
    folder
}
