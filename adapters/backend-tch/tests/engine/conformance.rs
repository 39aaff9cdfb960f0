//! What every engine must do.

use smash_backend_tch::TchConfig;
use smash_core::backend::Backend;
use smash_core::conformance::{Deviation, Tolerance, run};

use crate::device::{self, THREADS};

/// Runs the suite; says how exact the engine was.
fn conforms(config: &TchConfig) -> String {
    let mut open = || Ok(Box::new(config.open(THREADS)?) as Box<dyn Backend>);
    let cases = run(&mut open, Tolerance::default());
    let wrong: Vec<String> =
        cases.iter().filter(|case| case.outcome.is_err()).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let most = cases.iter().flat_map(|case| &case.outcome).fold(Deviation::default(), |a, b| a.max(*b));
    format!("{config:?}: {} checks, {most}", cases.len())
}

#[test]
fn the_default_conforms() {
    println!("{}", conforms(&device::config()));
}

#[test]
fn channels_first_conforms() {
    let config = TchConfig { channels_last: false, keep_memory: false, ..device::config() };
    println!("{}", conforms(&config));
}
