#![no_main]
//! The retrained network of a run, which `smash predict` reads.

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smash_fuzz::{Base, Runs, Use, mutate_safetensors};

static RUNS: LazyLock<Runs> = LazyLock::new(|| Runs::new("run_model"));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_safetensors(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| RUNS.attack(
    Base::Finished,
    "model.safetensors".as_ref(),
    bytes,
    &[Use::Predict, Use::Resume]
));
