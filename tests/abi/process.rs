//! What a host has done to its process and its threads: forked it, set how they round, given them small
//! stacks.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use smash_tests::kit::Place;

use crate::build::host;

/// The smallest stack of a thread, in KiB, as the header states it.
const STACK: u32 = 256;

/// A second of everything: training, search, retraining.
fn job(threads: u32) -> Value {
    json!({
        "seed": 3,
        "dataset": {"type": "digits"},
        "space": {"type": "memory_bank", "preset": "tiny"},
        "strategy": {
            "type": "smash", "epochs": 1, "batch": 300,
            "scoring": {"batch": 60, "examples": 60, "calibration": 30},
            "search": {"random": 3, "perturbation": 2, "chain": 2}
        },
        "retrain": {"epochs": 1, "batch": 300},
        "threads": threads
    })
}

fn source(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("hosts").join(name)
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {} {error}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Ten classes of three meshes each.
fn meshes(place: &Place) -> Value {
    let classes = "bathtub bed chair desk dresser monitor night_stand sofa table toilet";
    for (number, class) in classes.split(' ').enumerate() {
        for (part, count) in [("train", 2), ("test", 1)] {
            let folder = place.path(&format!("meshes/{class}/{part}"));
            fs::create_dir_all(&folder).unwrap();
            for i in 0..count {
                let mesh = format!(
                    "OFF\n4 4 0\n0 0 0\n1 0 0\n0 {} 0\n0 0 {}\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n",
                    1.0 + 0.3 * f64::from(number as u32),
                    1.0 + 0.1 * f64::from(i)
                );
                fs::write(folder.join(format!("{i}.off")), mesh).unwrap();
            }
        }
    }
    json!({"type": "modelnet10", "path": place.path("meshes"), "poses": 1})
}

#[test]
fn a_forked_child_is_told_what_is_not_its_own_and_works_with_what_is() {
    let place = Place::new();
    let program = host("fork", "cc", "-std=gnu99", &source("fork.c"), &place.path("host"));
    let Some(program) = program else { return };
    place.write("job.json", &job(2).to_string());
    place.write("meshes.json", &meshes(&place).to_string());
    let mut command = Command::new(program);
    command.arg(place.path("job.json")).arg(place.path("meshes.json"));
    assert_eq!(said(&mut command), "both work\n");
}

/// A thread with a small stack runs a whole job, and how it rounds changes nothing.
#[test]
fn results_do_not_depend_on_the_thread_of_the_host() {
    let place = Place::new();
    let source = source("thread.c");
    let (folder, program) = (crate::build::library().parent().unwrap(), place.path("host"));
    let folder = folder.to_str().unwrap();
    let (search, find) = (format!("-L{folder}"), format!("-Wl,-rpath,{folder}"));
    let flags = ["-std=gnu99", "-g", "-O1", &search, &find, "-lsmash_plugin", "-lm", "-pthread"];
    let Some(built) = crate::build::compile_file("cc", &flags, &source, &program) else {
        println!("SKIP results_do_not_depend_on_the_thread_of_the_host: no cc (install a C compiler)");
        return;
    };
    built.unwrap();
    for threads in [1, 2] {
        place.write("job.json", &job(threads).to_string());
        let with = |stack: u32, mode: &str| {
            let mut command = Command::new(&program);
            said(command.arg(place.path("job.json")).arg(stack.to_string()).arg(mode))
        };
        let expected = with(8192, "as it is");
        assert!(expected.contains("\"hash\"") && expected.contains("model "), "{expected}");
        for (stack, mode) in
            [(STACK, "as it is"), (8192, "up"), (STACK, "zero flush"), (8192, "up flush signal")]
        {
            assert_eq!(with(stack, mode), expected, "{stack} KiB, {mode}, {threads} threads");
        }
    }
}

/// What the header states was measured.
#[test]
fn the_header_states_the_smallest_stack() {
    let header = fs::read_to_string(crate::build::include().join("smash.h")).unwrap();
    assert!(header.contains(&format!("a stack of {STACK} KiB")), "smash.h states another smallest stack");
    for word in ["spawn", "rounding", "allocation", "64 arrays and objects"] {
        assert!(header.contains(word), "smash.h says nothing of {word}");
    }
}
