//! Plugins that want to pass for better than they are, by what they print and how they end.

use std::process::Output;
use std::time::{Duration, Instant};

use smash_tests::kit::Place;
use smash_tests::plugins::{build_c, installed};

fn obeyed(text: &str) -> bool {
    text.contains(|c: char| c.is_control() && c != '\n')
}

fn texts(output: Output) -> (String, String) {
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn no_plugin_passes_its_check_by_what_it_prints_or_how_it_ends() {
    let Some((_built, library)) = build_c("forging_c/forging.c") else {
        println!("SKIP no_plugin_passes_its_check_by_what_it_prints_or_how_it_ends: no cc");
        return;
    };
    let (_folder, manifest) = installed(&library);
    let place = Place::new();
    let begun = Instant::now();
    let args = ["plugin", "check", "--patience", "2", manifest.to_str().unwrap()];
    let output = place.command(&args).output().unwrap();
    let code = output.status.code();
    let (report, error) = texts(output);
    assert_eq!(code, Some(1), "{report}");
    for said in [
        "dataset \"exit\"\n  FAILED: it crashed after the start (exit status: 0)",
        "dataset \"print\"\n  FAILED: it crashed after the start (exit status: 0)",
        "dataset \"write\"\n  FAILED: it wrote into the channel of the checks after the start",
        "dataset \"babble\"\n  FAILED: it hangs: nothing happened for 2 s after the start",
        "forging: 6 of 6 components fail",
    ] {
        assert!(report.contains(said), "expected {said:?} in {report}");
    }
    assert!(!report.contains("keeps its promises") && !report.contains("smash-check"), "{report}");
    assert!(!obeyed(&report) && !obeyed(&error), "{report:?} {error:?}");
    // What it prints is shown, marked as its own, and not for ever.
    assert!(error.contains("  | forging: keeps its promises") && error.contains("  | \\u001b[2J"), "{error}");
    assert!(error.lines().all(|line| line.starts_with("  | ")), "{error}");
    assert!(error.contains("prints more"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn all_checks_together_have_a_limit() {
    let Some((_built, library)) = build_c("hostile_c/hostile.c") else {
        println!("SKIP all_checks_together_have_a_limit: no cc");
        return;
    };
    let (_folder, manifest) = installed(&library);
    let args = ["plugin", "check", "--limit", "1", manifest.to_str().unwrap()];
    let report = texts(Place::new().command(&args).output().unwrap()).0;
    assert!(report.contains("expected all checks within 1 s"), "{report}");
}

#[test]
fn texts_of_a_plugin_are_shown_and_not_obeyed() {
    let Some((_built, library)) = build_c("forging_c/forging.c") else {
        println!("SKIP texts_of_a_plugin_are_shown_and_not_obeyed: no cc");
        return;
    };
    let (folder, manifest) = installed(&library);
    let (folder, manifest) = (folder.path().to_str().unwrap(), manifest.to_str().unwrap());
    let place = Place::new();
    place.write("job.json", r#"{"dataset": {"type": "error"}}"#);
    place.write("none.json", r#"{"dataset": {"type": "none"}}"#);
    for args in [
        &["--plugin", manifest, "list"][..],
        &["--plugin", manifest, "list", "--json"],
        &["--plugin", manifest, "schema", "dataset"],
        &["--plugin-dir", folder, "list"],
        &["plugin", "list", folder],
        &["plugin", "list", "--json", folder],
        &["--plugin", manifest, "validate", "job.json"],
        &["--plugin", manifest, "search", "job.json"],
        &["--plugin", manifest, "data", "job.json"],
        &["--plugin", manifest, "validate", "none.json"],
    ] {
        let (out, error) = texts(place.command(args).output().unwrap());
        assert!(!obeyed(&out) && !obeyed(&error), "{args:?}: {out:?} {error:?}");
        // In quotes it is shown as Rust writes it.
        let shown = ["\\u001b[2J", "\\u{1b}[2J"].iter().any(|shown| (out.clone() + &error).contains(shown));
        assert!(shown, "{args:?}: {out} {error}");
        assert!(error.lines().skip(1).all(|line| line.starts_with("  ")), "{args:?}: {error}");
        assert!(!out.lines().any(|line| line.starts_with("it.")), "{args:?}: {out}");
    }
    let json = place.good(&["--plugin", manifest, "list", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let ours = json.as_array().unwrap().iter().find(|entry| entry["id"] == "error").unwrap();
    assert_eq!(ours["about"], "About \u{1b}[2J\u{1b}]0;t\u{7}\u{9b}\nit.");
}
