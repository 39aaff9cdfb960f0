//! Hosts in other languages, compiled and run: each finds what the command line finds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use smash_core::dataset::Dataset as _;
use smash_datasets::{Digits, DigitsConfig};
use smash_tests::artifact;
use smash_tests::kit::{Place, lines};
use smash_tests::plugins::installed;

use crate::build::{compile_file, host, library};

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("hosts")
}

/// A host in Python with the library, which finds the layout of the interface.
fn python(host: &str) -> Command {
    let layout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../adapters/python/smash_nas");
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", layout).arg("-B").arg(sources().join(host)).arg(library());
    command
}

/// Some seconds of digits; the host says which dataset.
fn job() -> Value {
    json!({
        "seed": 5,
        "space": {"type": "memory_bank", "preset": "tiny"},
        "strategy": {
            "type": "smash", "epochs": 1, "batch": 60,
            "scoring": {"examples": 90, "calibration": 50},
            "search": {"random": 6, "perturbation": 3, "chain": 3}
        },
        "retrain": {"epochs": 1, "batch": 60}
    })
}

/// The smallest job that does everything but train.
fn smallest() -> Value {
    json!({
        "strategy": {
            "type": "smash", "epochs": 0,
            "hypernet": {"first": 2, "growth": 2, "stages": [1]},
            "scoring": {"batch": 4, "examples": 4, "calibration": 2},
            "search": {"random": 4, "perturbation": 0, "chain": 0}
        },
        "retrain": {"epochs": 0},
        "threads": 1
    })
}

/// The values and then the classes of the digits.
fn digits(place: &Place) -> PathBuf {
    let digits = Digits::new(&DigitsConfig::default());
    let mut bytes = Vec::new();
    let mut values = [0.0; 64];
    for index in 0..digits.len() {
        digits.read(index, &mut values).unwrap();
        bytes.extend(values.iter().flat_map(|value| value.to_ne_bytes()));
    }
    bytes.extend((0..digits.len()).map(|index| digits.label(index) as u8));
    let path = place.path("digits");
    fs::write(&path, bytes).unwrap();
    path
}

/// The best architecture of a job as the command line finds it.
fn of_the_command_line(place: &Place, job: &Value) -> String {
    place.write("job.json", &job.to_string());
    place.good(&["search", "job.json", "--out", "run", "--quiet"]);
    lines(&place.text("run/ranking.jsonl"))[0]["hash"].as_str().unwrap().to_owned()
}

fn good(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {} {error}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_host_in_c_finds_the_same_from_files_tensors_and_functions() {
    let place = Place::new();
    let program = host("host_in_c", "cc", "-std=c99", &sources().join("host.c"), &place.path("host"));
    let Some(program) = program else { return };
    let expected = format!("best {}\n", of_the_command_line(&place, &job()));
    let data = digits(&place);
    for how in ["files", "dlpack", "vtable"] {
        let mut command = Command::new(&program);
        command.arg(place.path("job.json")).arg(&data).arg(how);
        assert_eq!(good(&mut command), expected, "{how}");
    }
}

#[test]
fn a_host_in_cpp_finds_the_same() {
    let place = Place::new();
    let mut expected = None;
    for standard in ["-std=c++11", "-std=c++17", "-std=c++20"] {
        let program = host("host_in_cpp", "c++", standard, &sources().join("host.cpp"), &place.path("host"));
        let Some(program) = program else { return };
        let expected =
            expected.get_or_insert_with(|| format!("best {}\n", of_the_command_line(&place, &job())));
        assert_eq!(good(Command::new(&program).arg(place.path("job.json"))), *expected, "{standard}");
    }
}

#[test]
fn a_host_in_python_finds_the_same() {
    let place = Place::new();
    if Command::new("python3").arg("--version").output().is_err() {
        println!("SKIP host_in_python: no python3");
        return;
    }
    let expected = format!("best {}\n", of_the_command_line(&place, &job()));
    let mut command = python("host.py");
    command.arg(place.path("job.json"));
    assert_eq!(good(&mut command), expected);
}

/// A space of a plugin, named by the job: the host only says where its manifest is.
#[test]
fn a_host_in_python_searches_a_space_of_a_plugin() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("SKIP host_in_python_with_a_plugin: no python3");
        return;
    }
    let place = Place::new();
    let (_folder, manifest) = installed(&artifact::library("smash-sample-space"));
    let mut job = job();
    job["space"] = json!({"type": "plain", "layers": 3});
    place.write("job.json", &job.to_string());
    let mut command = python("host.py");
    command.arg(place.path("job.json"));
    let refused = command.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("/space/type"), "{said}");
    place.good(&["--plugin", manifest.to_str().unwrap(), "search", "job.json", "--out", "run", "--quiet"]);
    let best = lines(&place.text("run/ranking.jsonl"))[0]["hash"].as_str().unwrap().to_owned();
    assert_eq!(good(command.arg(manifest)), format!("best {best}\n"));
}

/// What a program in a language does with a function of the table.
fn calls(sources: &[&str], call: impl Fn(&str) -> Vec<String>) {
    let text: String = sources.iter().map(|source| fs::read_to_string(sources_of(source)).unwrap()).collect();
    for function in smash_sdk::abi::Api::FUNCTIONS {
        assert!(
            call(function).iter().all(|call| text.contains(call)),
            "no call of {function} in {sources:?}: {:?}",
            call(function)
        );
    }
}

fn sources_of(name: &str) -> PathBuf {
    match name {
        "smash.hpp" => Path::new(env!("CARGO_MANIFEST_DIR")).join("../smash-plugin/include/smash.hpp"),
        _ => sources().join(name),
    }
}

/// No function is without a call in a program of each language.
#[test]
fn every_function_is_called_in_every_language() {
    calls(&["host.c", "every.c"], |function| vec![format!("api->{function}(")]);
    calls(&["every.py"], |function| vec![format!("api.{function}")]);
    // In C++ by the method that calls it, or by an owner. The code of an error is what every call returns.
    calls(&["smash.hpp"], |function| match function {
        "error_code" => Vec::new(),
        _ => vec![format!(".{function}")],
    });
    let methods = fs::read_to_string(sources_of("smash.hpp")).unwrap();
    let programs =
        ["host.cpp", "every.cpp"].map(|name| fs::read_to_string(sources().join(name)).unwrap()).concat();
    let (_, methods) = methods.split_once("/* A registry of components. */").unwrap();
    let class = methods.split("\nclass ").skip(1).flat_map(|class| {
        class.split("\n private:").next().unwrap_or(class).lines().filter_map(|line| {
            let line = line.strip_prefix("  ")?;
            let head = line.split_once('(')?.0;
            let (result, name) = head.rsplit_once([' ', '*'])?;
            let method = !result.is_empty()
                && line.starts_with(char::is_alphabetic)
                && name.starts_with(|c: char| c.is_ascii_lowercase());
            (method
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.is_empty()
                && !["return", "explicit"].contains(&result))
            .then_some(name)
        })
    });
    let class: std::collections::BTreeSet<&str> = class.filter(|name| !name.starts_with("detail")).collect();
    assert!(class.len() > 30, "{class:?}");
    for method in class {
        assert!(
            [format!(".{method}("), format!("::{method}(")].iter().any(|call| programs.contains(call)),
            "no program calls {method}"
        );
    }
}

/// Programs with components of their own, threads, and raw bytes.
#[test]
fn hosts_that_call_everything() {
    let place = Place::new();
    let (_folder, manifest) = installed(&artifact::library("smash-sample-space"));
    for (compiler, standard, source) in [("cc", "-std=c99", "every.c"), ("c++", "-std=c++11", "every.cpp")] {
        let program =
            host("every_function", compiler, standard, &sources().join(source), &place.path(source));
        let Some(program) = program else { return };
        assert_eq!(good(Command::new(&program).arg(&manifest)), "all\n", "{source}");
    }
    if Command::new("python3").arg("--version").output().is_err() {
        println!("SKIP every_function_in_python: no python3");
        return;
    }
    let mut command = python("every.py");
    command.arg(&manifest);
    assert_eq!(good(&mut command), "all\n");
}

/// A model that was trained on bytes reads bytes as the dataset did, in another process too.
#[test]
fn raw_pictures_are_read_as_they_were_when_the_model_was_trained() {
    let place = Place::new();
    let program = host("raw_pictures", "c++", "-std=c++11", &sources().join("raw.cpp"), &place.path("raw"));
    let Some(program) = program else { return };
    let digits = Digits::new(&DigitsConfig::default());
    let mut values = [0.0; 64];
    let mut bytes = Vec::new();
    let [low, high] = digits.shown_range().unwrap()[0];
    for index in 0..digits.len() {
        digits.read(index, &mut values).unwrap();
        bytes.extend(values.map(|value| (255.0 * (value - low) / (high - low)).round() as u8));
    }
    bytes.extend((0..digits.len()).map(|index| digits.label(index) as u8));
    fs::write(place.path("bytes"), bytes).unwrap();
    let right = |mode: &str| {
        let mut command = Command::new(&program);
        good(command.arg(mode).arg(place.path("bytes")).arg(place.path("model.safetensors")))
    };
    let trained = right("train");
    assert!(trained.trim().parse::<usize>().unwrap() > 1700, "{trained} of 1797 are right");
    assert_eq!(right("predict"), trained);
}

/// The programs of the book do what it says.
#[test]
fn the_programs_of_the_book() {
    let book =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/embedding.md")).unwrap();
    let place = Place::new();
    for (language, compiler, standard, extension) in
        [("c", "cc", "-std=c99", "c"), ("cpp", "c++", "-std=c++11", "cpp")]
    {
        let mut programs = 0;
        for part in book.split(&format!("```{language}\n")).skip(1) {
            let (text, _) = part.split_once("```").unwrap();
            place.write(&format!("program.{extension}"), text);
            let source = place.path(&format!("program.{extension}"));
            let Some(program) =
                host("programs_of_the_book", compiler, standard, &source, &place.path("program"))
            else {
                return;
            };
            let said = good(Command::new(&program).current_dir(place.path("")));
            assert!(said.contains("best"), "{language}: {said}");
            programs += 1;
        }
        assert!(programs > 0, "no {language} in the book");
    }
}

/// The smallest job that trains both networks, each by a step or two.
fn smallest_training() -> Value {
    let mut job = smallest();
    (job["strategy"]["epochs"], job["strategy"]["batch"]) = (1.into(), 700.into());
    job["retrain"] = json!({"epochs": 1, "batch": 700});
    job
}

/// No access outside of memory that is alive, nothing undefined in the host, and no leak, from the host's
/// side of every call.
#[test]
fn sanitizers_find_nothing_in_the_host_in_c() {
    let place = Place::new();
    let folder = library().parent().unwrap().to_str().unwrap();
    let (search, find) = (format!("-L{folder}"), format!("-Wl,-rpath,{folder}"));
    let flags = ["-std=c99", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let flags = [&flags[..], &["-fno-omit-frame-pointer", &search, &find, "-lsmash_plugin"]].concat();
    let compiled = |source: &str| compile_file("cc", &flags, &sources().join(source), &place.path(source));
    let program = match compiled("host.c") {
        Some(Ok(program)) => program,
        Some(Err(error)) if error.contains("asan") || error.contains("ubsan") => {
            println!(
                "SKIP sanitizers_find_nothing_in_the_host_in_c: no libasan and libubsan (install those of gcc)"
            );
            return;
        }
        Some(Err(error)) => panic!("{error}"),
        None => {
            println!("SKIP sanitizers_find_nothing_in_the_host_in_c: no cc (install a C compiler)");
            return;
        }
    };
    place.write("job.json", &smallest_training().to_string());
    let data = digits(&place);
    for how in ["files", "dlpack", "vtable"] {
        let mut command = Command::new(&program);
        command.arg(place.path("job.json")).arg(&data).arg(how);
        assert!(good(command.env("ASAN_OPTIONS", "detect_leaks=1")).starts_with("best "), "{how}");
    }
    let (_folder, manifest) = installed(&artifact::library("smash-sample-space"));
    let program = compiled("every.c").unwrap().unwrap();
    let mut command = Command::new(program);
    assert_eq!(good(command.arg(manifest).env("ASAN_OPTIONS", "detect_leaks=1")), "all\n");
}

/// No error and no leak, in every function of the interface, and where both networks are trained. What the
/// engine keeps in a static map for the next network is "possibly lost" to valgrind, which looks for pointers
/// to the beginning of blocks.
#[test]
#[ignore = "a minute"]
fn valgrind_finds_nothing_in_the_host_in_c() {
    let Some((place, program)) = for_valgrind("valgrind_finds_nothing_in_the_host_in_c", "host.c") else {
        return;
    };
    let data = digits(&place);
    let mut training = smallest_training();
    training["space"] =
        json!({"type": "memory_bank", "unit": 4, "max_width": 8, "width": 1, "depth": 1, "max_kernel": 3});
    place.write("job.json", &training.to_string());
    for how in ["dlpack", "vtable"] {
        let mut command = valgrind(&program);
        command.arg(place.path("job.json")).arg(&data).arg(how);
        assert!(good(&mut command).starts_with("best "), "{how}");
    }
}

#[test]
#[ignore = "a minute"]
fn valgrind_finds_nothing_where_everything_is_called() {
    let name = "valgrind_finds_nothing_where_everything_is_called";
    let Some((_place, program)) = for_valgrind(name, "every.c") else { return };
    let (_folder, manifest) = installed(&artifact::library("smash-sample-space"));
    assert_eq!(good(valgrind(&program).arg(manifest)), "all\n");
}

/// A host in C, and a place for it; `None`, with a reason printed, where it cannot be compiled or watched.
fn for_valgrind(test: &str, source: &str) -> Option<(Place, PathBuf)> {
    let place = Place::new();
    let program = host(test, "cc", "-std=c99", &sources().join(source), &place.path("host"))?;
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("SKIP {test}: no valgrind (install it)");
        return None;
    }
    Some((place, program))
}

fn valgrind(program: &Path) -> Command {
    let mut command = Command::new("valgrind");
    let kinds = "definite,indirect";
    command.args(["--quiet", "--error-exitcode=9", "--leak-check=full"]);
    command.args([format!("--show-leak-kinds={kinds}"), format!("--errors-for-leak-kinds={kinds}")]);
    command.arg(program);
    command
}
