#![no_main]
//! Saved searches, as a host hands them to `search_load`.

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use smash_plugin::embed::{Context, Options, Search};

static CONTEXT: LazyLock<Arc<Context>> = LazyLock::new(|| {
    let options = Options { max_threads: 1, ..Options::default() };
    Context::new(options).expect("the built-in components")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(search) = Search::load(Arc::clone(&CONTEXT), bytes, None) {
        search.save().expect("what was loaded can be saved");
    }
});
