#![no_main]
//! Jobs, as a host hands them to `config_validate`.

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use smash_plugin::embed::{Context, Options};

static CONTEXT: LazyLock<Arc<Context>> =
    LazyLock::new(|| Context::new(Options::default()).expect("the built-in components"));

fuzz_target!(|text: &str| {
    let report = CONTEXT.validate(text).expect("a report on any text");
    if report["valid"] == true {
        // With every default written out, a job says the same.
        let again = CONTEXT.validate(&report["job"].to_string()).expect("a report");
        assert_eq!(again["job"], report["job"], "{again}");
    }
});
