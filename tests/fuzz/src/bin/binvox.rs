#![no_main]
//! Grids as runs of voxels, one of which is the input.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::{ModelNet10Config, ModelNetConfig};
use smash_fuzz::{Place, look, modelnet10};

const GRID: &[u8] = include_bytes!("../../corpus/binvox/half.binvox");

static PLACE: LazyLock<Place> = LazyLock::new(|| modelnet10("binvox", GRID));

fuzz_target!(|bytes: &[u8]| {
    PLACE.write("toilet/test/1.binvox", bytes);
    let config = ModelNetConfig { path: PLACE.path().into(), poses: 1, ..ModelNetConfig::default() };
    look(ModelNet10Config(config).read(), &PLACE);
});
