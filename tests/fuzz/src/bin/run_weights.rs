#![no_main]
//! The weights of a checkpoint, in each phase.

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smash_core::session::Phase;
use smash_fuzz::{Base, Runs, Use, mutate_safetensors};

static RUNS: LazyLock<Runs> = LazyLock::new(|| Runs::new("run_weights"));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_safetensors(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| {
    for base in [Base::In(Phase::Training), Base::In(Phase::Retraining), Base::Finished] {
        RUNS.attack(base, RUNS.weights(base), bytes, &[Use::Resume]);
    }
});
