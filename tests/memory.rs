#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]
//! A long training, each step with another architecture, needs no more memory than a short one.

mod kit;

use std::fs;
use std::sync::Arc;

use smash_core::session::{Phase, Session};

use kit::{Faulty, digits, parse, parts};

/// Resident memory of this process in MiB.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

#[test]
fn memory_does_not_grow_with_the_steps() {
    let mut job = digits(2);
    job["strategy"]["epochs"] = 40.into();
    let job = parse(&job);
    let mut parts = parts(&job);
    let backend = Faulty::new(parts.backend, Arc::new(|_, _| false));
    let plans = backend.plans();
    parts.backend = Box::new(backend);
    let mut session = Session::new(parts, job.settings()).unwrap();
    let mut sizes = Vec::new();
    for step in 0..=500 {
        if step % 100 == 0 {
            sizes.push(resident());
        }
        assert_eq!(session.step().unwrap(), Phase::Training);
    }
    println!("MiB after 0, 100, … steps: {sizes:.0?}; plans {:?}", plans.lock().unwrap());
    let grown = sizes[5] - sizes[1];
    assert!(grown < 24.0, "400 steps took {grown:.0} MiB more: {sizes:.0?}");
    assert_eq!(plans.lock().unwrap().now, 0, "plans of steps that are over");
}
