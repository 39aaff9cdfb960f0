#![no_main]
//! Tensors in the format of safetensors.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::{ArraysConfig, SafetensorsConfig};
use smash_fuzz::{Place, look};

static PLACE: LazyLock<Place> = LazyLock::new(|| Place::new("safetensors"));

fuzz_target!(|bytes: &[u8]| {
    let path = PLACE.write("input.safetensors", bytes);
    look(SafetensorsConfig(ArraysConfig { path, ..ArraysConfig::default() }).read(), &PLACE);
});
