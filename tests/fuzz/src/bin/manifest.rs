#![no_main]
//! Manifests of plugins, which are read before anything of a plugin is trusted.

use libfuzzer_sys::fuzz_target;
use smash_plugin::loader::Manifest;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::parse(bytes) {
        let text = serde_json::to_vec(&manifest).expect("a manifest is JSON");
        assert_eq!(Manifest::parse(&text).expect("what was written can be read"), manifest);
    }
});
