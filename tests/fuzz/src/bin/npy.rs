#![no_main]
//! Voxels as NumPy's arrays: the input is one grid of ModelNet10.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::{ModelNet10Config, ModelNetConfig};
use smash_fuzz::{Place, look, modelnet10};

const GRID: &[u8] = include_bytes!("../../corpus/npy/box.npy");

static PLACE: LazyLock<Place> = LazyLock::new(|| modelnet10("npy", GRID));

fuzz_target!(|bytes: &[u8]| {
    PLACE.write("toilet/test/1.npy", bytes);
    let config = ModelNetConfig { path: PLACE.path().into(), poses: 1, ..ModelNetConfig::default() };
    look(ModelNet10Config(config).read(), &PLACE);
});
