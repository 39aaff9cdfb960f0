#![no_main]
//! The HyperNet of a run, which `smash score` reads.

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smash_fuzz::{Base, Runs, Use, mutate_safetensors};

static RUNS: LazyLock<Runs> = LazyLock::new(|| Runs::new("run_hypernet"));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_safetensors(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| RUNS.attack(
    Base::Finished,
    "hypernet.safetensors".as_ref(),
    bytes,
    &[Use::Score]
));
