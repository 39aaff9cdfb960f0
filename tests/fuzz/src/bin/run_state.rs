#![no_main]
//! The state of a run, in the run of the phase that it names.

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use smash_core::session::Phase;
use smash_fuzz::{Base, Runs, Use, mutate_json};

static RUNS: LazyLock<Runs> = LazyLock::new(|| Runs::new("run_state"));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_json(data, size, max_size, seed)
});

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let phases = [Phase::Training, Phase::Searching, Phase::Retraining];
    let phase = phases.into_iter().find(|phase| text.contains(&format!("\"phase\": \"{phase}\"")));
    let base = phase.map_or(Base::Finished, Base::In);
    RUNS.attack(base, "checkpoint/state.json".as_ref(), bytes, &[Use::Draw, Use::Resume]);
});
