#![no_main]
//! The ranking of a run: drawn, and scored line by line.

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smash_fuzz::{Runs, mutate_json};

static RUNS: LazyLock<Runs> = LazyLock::new(|| Runs::new("run_ranking"));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_json(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| RUNS.rank(bytes));
