//! Text of others on its way to a terminal: names of files and classes, strings of jobs, options, the
//! environment.

use std::fs;
use std::process::Stdio;

use image::GrayImage;
use serde_json::{Value, json};

use crate::kit::{Done, Place};

/// Clears the screen, sets the title, turns the direction of writing, is a command in one byte, and ends a
/// line.
const EVIL: &str = "\u{1b}[2J\u{1b}]0;t\u{7}\u{202e}\u{9b}1m\u{7f}x";

fn obeyed(text: &str) -> bool {
    text.contains(|c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c))
}

/// What is printed holds nothing that a terminal obeys, but shows that it was there.
fn harmless(done: &Done, what: &str) {
    assert!(!obeyed(&done.out) && !obeyed(&done.err), "{what}: {:?} {:?}", done.out, done.err);
    // In quotes it is shown as Rust writes it; clap leaves colours out.
    let shown =
        ["\\u001b", "\\u{1b}", "\\u202e"].iter().any(|shown| (done.out.clone() + &done.err).contains(shown));
    assert!(shown, "{what}: {} {}", done.out, done.err);
    assert!(done.err.lines().skip(1).all(|line| line.starts_with("  ")), "{what}: {}", done.err);
}

/// A folder of two classes of ten small images each, one of them with this name.
fn images(place: &Place, folder: &str, class: &str) {
    for class in [class, "zz"] {
        fs::create_dir_all(place.path(folder).join(class)).unwrap();
        for number in 0..10_u8 {
            let image = GrayImage::from_fn(8, 8, |x, y| image::Luma([number * 20 + (x * y) as u8]));
            image.save(place.path(folder).join(class).join(format!("{number}.png"))).unwrap();
        }
    }
}

#[test]
fn names_of_files_are_shown_and_not_obeyed() {
    let place = Place::new();
    let file = format!("{EVIL}.json");
    for text in ["{", "[]", r#"{"seed": "x"}"#, r#"{"dataset": {"type": "none"}}"#] {
        place.write(&file, text);
        for command in ["search", "validate", "sample", "data"] {
            harmless(&place.run(&[command, &file]), command);
        }
        harmless(&place.run(&["train", &file, &file, "--out", "run"]), "train");
        harmless(&place.run(&["describe", &file]), "describe");
        harmless(&place.run(&["convert", &file]), "convert");
    }
    for args in [
        &["score", EVIL, "small.json"][..],
        &["predict", EVIL],
        &["plot", EVIL],
        &["search", EVIL],
        &["plugin", "list", EVIL],
        &["plugin", "check", EVIL],
        &["plugin", "manifest", EVIL],
        &["plugin", "new", EVIL, "--kind", "space"],
        &["fetch", EVIL],
        &["fetch", "mnist", "--dir", "d", "--mirror", EVIL],
        &["--plugin", EVIL, "list"],
        &["--plugin-dir", EVIL, "list"],
        &["search", "small.json", "--set", EVIL],
        &["search", "small.json", EVIL],
        &["search", "small.json", "--threads", EVIL],
        &[EVIL],
    ] {
        harmless(&place.run(args), &format!("{args:?}"));
    }
}

#[test]
fn strings_of_a_job_are_shown_and_not_obeyed() {
    let place = Place::new();
    for (pointer, value) in [
        ("/dataset/type", json!(EVIL)),
        ("/dataset/path", json!(EVIL)),
        ("/space/type", json!(EVIL)),
        ("/seed", json!(EVIL)),
        ("/strategy/search", json!({EVIL: 1})),
        ("/threads", json!(format!("${{{EVIL}}}"))),
    ] {
        let mut job = json!({"dataset": {"type": "cifar10"}, "space": {"type": "memory_bank"}, "seed": 0, "strategy": {"type": "smash", "search": {}}, "threads": 1});
        match job.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => job["dataset"]["path"] = value,
        }
        place.write("job.json", job.to_string());
        for command in ["validate", "search"] {
            harmless(&place.run(&[command, "job.json"]), pointer);
        }
    }
}

#[test]
fn names_of_classes_are_shown_and_documents_stay_documents() {
    let place = Place::new();
    let class = format!("a{EVIL}\nFAKE");
    images(&place, "images", &class);
    let done = place.run(&["data", "images"]);
    assert_eq!(done.code, 0, "{}", done.err);
    harmless(&done, "data");
    assert!(!done.out.lines().any(|line| line.starts_with("FAKE")), "{}", done.out);
    let done = place.run(&["data", "images", "--json"]);
    harmless(&done, "data --json");
    let report: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(report["classes"][0]["name"], class.as_str());
    // A folder, an image and a setting of the environment with such a name.
    images(&place, EVIL, "b");
    harmless(&place.run(&["data", EVIL]), "data");
    place.write(&format!("images/zz/{EVIL}.png"), "no image");
    harmless(&place.run(&["data", "images"]), "data");
    let config = json!({"type": "image_folder", "path": "${PLACE}"});
    place.write("data.json", config.to_string());
    let mut command = place.command(&["data", "data.json"]);
    harmless(&Done::from(command.env("PLACE", EVIL).stdin(Stdio::null()).output().unwrap()), "environment");
}

/// One function writes to standard error, and one to standard output.
#[test]
fn there_is_one_way_to_the_terminal() {
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![sources];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            let code = fs::read_to_string(&entry).unwrap().replace("use_stderr()", "");
            for word in ["stderr()", "stdout()", "print!", "println!", "eprintln!", "eprint!"] {
                let allowed = match word {
                    "stderr()" => ["terminal.rs", "bar.rs"].contains(&name.as_str()),
                    "stdout()" => ["terminal.rs", "main.rs"].contains(&name.as_str()),
                    _ => false,
                };
                assert!(allowed || !code.contains(word), "{name} uses {word}");
            }
        }
    }
}
