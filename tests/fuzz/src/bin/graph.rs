#![no_main]
//! Networks as graphs in JSON, as a plugin hands them out.

use libfuzzer_sys::fuzz_target;
use smash_sdk::graph::read;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(graph) = read(bytes, None) {
        // Nothing that looks at a graph may stumble over one that was accepted.
        graph.count();
        graph.count_parts();
        graph.canonical();
        let text = serde_json::to_vec(&graph).expect("a graph is JSON");
        assert_eq!(read(&text, None).expect("what was written can be read"), graph);
    }
});
