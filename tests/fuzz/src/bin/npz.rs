#![no_main]
//! Archives of arrays.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::{ArraysConfig, NpzConfig};
use smash_fuzz::{Place, look};

static PLACE: LazyLock<Place> = LazyLock::new(|| Place::new("npz"));

fuzz_target!(|bytes: &[u8]| {
    let path = PLACE.write("input.npz", bytes);
    look(NpzConfig(ArraysConfig { path, ..ArraysConfig::default() }).read(), &PLACE);
});
