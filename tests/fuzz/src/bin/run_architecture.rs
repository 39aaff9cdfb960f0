#![no_main]
//! The best architecture of a run.

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smash_fuzz::{Base, Runs, Use, mutate_json};

static RUNS: LazyLock<Runs> = LazyLock::new(|| Runs::new("run_architecture"));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_json(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| RUNS.attack(
    Base::Finished,
    "best.arch.json".as_ref(),
    bytes,
    &[Use::Best, Use::Resume]
));
