//! Runs a small job from Rust, as a host would: `cargo run --release -p smash-plugin --example embed`.

use std::sync::atomic::AtomicBool;

use serde_json::json;
use smash_core::session::{Event, Session};
use smash_plugin::{Job, Registry};

fn main() -> Result<(), smash_plugin::Error> {
    let registry = Registry::builtin()?;
    let search = json!({"random": 20, "perturbation": 5, "chain": 5});
    let job = Job::parse(
        &registry,
        &json!({"dataset": {"type": "digits"}, "strategy": {"type": "smash", "epochs": 5, "search": search}, "retrain": {"epochs": 10}}),
    )?;
    let mut session = Session::new(job.parts(&registry)?, job.settings())?;
    session.observe(Box::new(|event: &Event| {
        if let Event::Candidate(record) = event {
            println!("{} {:?} {} parameters", record.hash, record.loss, record.params);
        }
    }));
    session.run(&AtomicBool::new(false))?;
    println!("test error {:?}", session.test_score().map(|score| score.error));
    Ok(())
}
