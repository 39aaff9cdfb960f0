#![no_main]
//! A model file alone, which `smash predict` and `smash export` read.

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::json;
use smash_core::tensor::Tensor;
use smash_fuzz::{Place, mutate_safetensors};
use smash_plugin::run::Predictor;
use smash_plugin::{ExportFormat, OnnxOptions, PyTorchOptions, Registry, StoredModel, export};

/// Values of an example that is classified.
const VALUES: usize = 1 << 16;

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::builtin().expect("the built-in components"));
static PLACE: LazyLock<Place> = LazyLock::new(|| Place::new("model"));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_safetensors(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| {
    let path = PLACE.write("model.safetensors", bytes);
    let model = match StoredModel::read(&path) {
        Ok(model) => model,
        Err(error) => {
            assert!(error.to_string().contains("model.safetensors"), "{error}");
            return;
        }
    };
    let formats = [
        ExportFormat::Onnx(OnnxOptions::default()),
        ExportFormat::PyTorch(PyTorchOptions::default()),
        ExportFormat::Safetensors,
    ];
    for format in formats {
        let _ = export(&REGISTRY, &model, &format);
    }
    let backend = REGISTRY.backend(&json!({"type": "native", "kernels": "portable"}), 1).expect("the native engine");
    let Ok(mut predictor) = Predictor::new(&REGISTRY, model, backend) else { return };
    let shape = [&[1], &*predictor.task().dims()].concat();
    let values = shape.iter().try_fold(1_usize, |product, n| product.checked_mul(*n));
    if values.is_some_and(|values| values < VALUES)
        && let Ok(probabilities) = predictor.predict(&Tensor::zeros(&shape))
    {
        assert!(probabilities.is_finite());
    }
});
