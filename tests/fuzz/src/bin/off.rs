#![no_main]
//! Meshes, one of which is the input.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::{ModelNet10Config, ModelNetConfig};
use smash_fuzz::{Place, look, modelnet10};

const MESH: &[u8] = include_bytes!("../../corpus/off/pyramid.off");

static PLACE: LazyLock<Place> = LazyLock::new(|| modelnet10("off", MESH));

fuzz_target!(|bytes: &[u8]| {
    PLACE.write("toilet/test/1.off", bytes);
    let config = ModelNetConfig { path: PLACE.path().into(), poses: 1, ..ModelNetConfig::default() };
    look(ModelNet10Config(config).read(), &PLACE);
});
