//! The method works on a space without memory banks, at every spatial rank: nothing in it is about images.

use serde_json::{Value, json};
use smash_core::session::Settings;
use smash_core::train::Recipe;
use smash_tests::kit::{Trace, smash, toy};

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Losses of the training steps of a phase.
fn losses(trace: &Trace, phase: &str) -> Vec<f64> {
    let events = &trace.events;
    let events = events.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let steps = events.filter(|e| e["event"] == "step" && e["phase"] == phase);
    steps.map(|e| e["loss"].as_f64().unwrap()).collect()
}

fn learns(extents: &[usize]) {
    let config = smash(json!({
        "epochs": 120, "batch": 20, "lr": 0.01,
        "hypernet": {"first": 4, "growth": 6, "stages": [3, 3]},
        "search": {"random": 20, "perturbation": 8, "chain": 8, "rate": 0.3},
    }));
    let retrain = Recipe { epochs: 40, batch: 20, lr: 0.01, ..Recipe::default() };
    let settings = Settings { seed: 1, retrain, ..Settings::default() };
    let trace = Trace::of(toy(extents, 1, 2, &config), settings);

    let training = losses(&trace, "training");
    let (first, last) = (mean(&training[..12]), mean(&training[training.len() - 48..]));
    let errors: Vec<f64> = trace.ranking.iter().filter_map(|r| r.error).collect();
    let (_, error) = trace.test.unwrap();
    let error = f64::from_bits(error);
    println!(
        "{extents:?}: HyperNet loss {first:.3} to {last:.3}; validation error of the best {:.3}, mean {:.3}; test \
         error {error:.3}",
        errors[0],
        mean(&errors)
    );
    assert!(last < 0.7 * first, "{extents:?}: the HyperNet's loss went from {first} to {last}");
    assert_eq!(errors.len(), 36, "{extents:?}");
    assert!(trace.ranking.windows(2).all(|w| w[0].loss <= w[1].loss), "{extents:?}: not in order");
    assert!(
        errors[0] < 0.4,
        "{extents:?}: the best candidate is wrong in {} under generated weights",
        errors[0]
    );
    // Chance is 0.75.
    assert!(error < 0.25, "{extents:?}: test error {error}");
}

#[test]
fn the_form_of_the_weight_decay_reaches_the_engine() {
    let trained = |decay: Value, weight_decay: f64| {
        let config = smash(json!({
            "epochs": 3, "batch": 20, "lr": 0.01, "weight_decay": weight_decay, "decay": decay,
            "hypernet": {"first": 4, "growth": 6, "stages": [1, 1]},
            "search": {"random": 1, "perturbation": 0, "chain": 0},
        }));
        let settings = Settings { retrain: Recipe { epochs: 0, ..Recipe::default() }, ..Settings::default() };
        losses(&Trace::of(toy(&[4, 4], 1, 1, &config), settings), "training")
    };
    assert_ne!(trained(json!("coupled"), 0.1), trained(json!("decoupled"), 0.1));
    // Without decay there is nothing to choose.
    assert_eq!(trained(json!("coupled"), 0.0), trained(json!("decoupled"), 0.0));
}

#[test]
fn signals() {
    learns(&[40]);
}

#[test]
fn images() {
    learns(&[6, 7]);
}

#[test]
fn voxels() {
    learns(&[3, 4, 3]);
}
