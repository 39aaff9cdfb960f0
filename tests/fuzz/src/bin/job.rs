#![no_main]
//! Jobs, as a host hands them over.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_plugin::{Job, Registry};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::builtin().expect("the built-in components"));

fuzz_target!(|text: &str| {
    if let Ok(job) = Job::from_text(&REGISTRY, text, "job") {
        // With every default written out, a job says the same.
        let again = Job::from_text(&REGISTRY, &job.resolved().to_string(), "job").expect("a job");
        assert_eq!(again.resolved(), job.resolved());
    }
});
