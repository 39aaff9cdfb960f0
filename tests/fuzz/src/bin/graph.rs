#![no_main]
//! Networks as graphs, in JSON as a plugin hands them out and in the binary form.

use libfuzzer_sys::fuzz_target;
use smash_core::graph::Graph;
use smash_sdk::graph::{check, read};

fuzz_target!(|bytes: &[u8]| {
    let graph = if Graph::is_binary(bytes) {
        Graph::from_bytes(bytes).ok().filter(|graph| check(graph, None).is_ok())
    } else {
        read(bytes, None).ok()
    };
    if let Some(graph) = graph {
        // Nothing that looks at a graph may stumble over one that was accepted.
        graph.count();
        graph.count_parts();
        graph.canonical();
        let text = serde_json::to_vec(&graph).expect("a graph is JSON");
        assert_eq!(read(&text, None).expect("what was written can be read"), graph);
        assert_eq!(Graph::from_bytes(&graph.to_bytes()).expect("what was written can be read"), graph);
    }
});
