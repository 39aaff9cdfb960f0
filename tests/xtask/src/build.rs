//! Builds what the tests are, and what they run.

use std::collections::BTreeSet;
use std::process::Stdio;

use serde_json::Value;

use crate::libtorch;
use crate::workspace::cargo;

/// One profile for everything, the one of the command-line host: nothing is built twice, and numeric tests
/// run fast.
const PROFILE: &str = "--release";

/// Arguments of every test command.
pub(crate) const TEST: [&str; 4] = ["test", "--workspace", PROFILE, "--no-fail-fast"];

/// The tests that are programs; documentation has others.
pub(crate) const PROGRAMS: [&str; 3] = ["--lib", "--bins", "--tests"];

/// Builds the tests, then the programs and libraries that they start, as they ask for them themselves.
///
/// # Errors
/// Something does not build, or the second step compiled a dependency again: some package asks for features
/// of it for tests only, or for other things only.
pub(crate) fn run() -> Result<(), String> {
    let mut tests = cargo();
    tests.args(TEST).args(libtorch::exclusions()).args(PROGRAMS).arg("--no-run");
    let status = tests.status().map_err(|e| format!("cargo could not be started: {e}"))?;
    if !status.success() {
        return Err("a test does not build, see above".into());
    }
    let mut programs = cargo();
    programs.args(["build", "--workspace", PROFILE, "--message-format=json"]).args(libtorch::exclusions());
    let output = programs.stderr(Stdio::inherit()).output();
    let output = output.map_err(|e| format!("cargo could not be started: {e}"))?;
    if !output.status.success() {
        return Err("a package does not build, see above".into());
    }
    let again = compiled(&String::from_utf8_lossy(&output.stdout));
    if again.is_empty() {
        return Ok(());
    }
    let again = again.into_iter().collect::<Vec<_>>().join(", ");
    Err(format!(
        "compiled again, with other features than for the tests: {again}; compare `cargo tree -e features`"
    ))
}

/// The packages of others that a build compiled, by what cargo said of it.
fn compiled(messages: &str) -> BTreeSet<String> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let fresh = |message: &Value| message["fresh"] != false;
    let id = |message: Value| message["package_id"].as_str().map(str::to_owned);
    let ids = messages.filter(|message| !fresh(message)).filter_map(id);
    ids.filter(|id| id.starts_with("registry+"))
        .filter_map(|id| Some(id.rsplit_once('#')?.1.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_others_that_are_not_fresh_are_named() {
        let messages = r#"{"reason":"compiler-artifact","package_id":"registry+https://example.org#either@1.2.3","fresh":false}
{"reason":"compiler-artifact","package_id":"registry+https://example.org#rand@1.0.0","fresh":true}
{"reason":"compiler-artifact","package_id":"path+file:///smash-core#0.1.0","fresh":false}
{"reason":"build-finished","success":true}"#;
        assert_eq!(compiled(messages), BTreeSet::from(["either@1.2.3".to_owned()]));
    }
}
