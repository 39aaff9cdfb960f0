//! `smash plugin new`: copies a sample plugin of the source tree under another name.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use smash_files::Room;

use crate::args::{NewArgs, PluginKindArg};
use crate::error::{Error, Result};
use crate::output::pretty;
use crate::shell;

/// A sample plugin: its source, the id of its component, the key of a job that names such components, and its
/// own dependencies.
struct Sample {
    source: &'static str,
    id: &'static str,
    key: &'static str,
    more: &'static [(&'static str, &'static str)],
}

const CORE: (&str, &str) = ("smash-core", "smash-core");
const SDK: (&str, &str) = ("smash-sdk", "smash-plugin/sdk");

fn sample(kind: PluginKindArg) -> Sample {
    match kind {
        PluginKindArg::Space => Sample {
            source: include_str!("../../../../../tests/plugins/space/src/lib.rs"),
            id: "plain",
            key: "space",
            more: &[],
        },
        PluginKindArg::Proposer => Sample {
            source: include_str!("../../../../../tests/plugins/proposer/src/lib.rs"),
            id: "local",
            key: "strategy",
            more: &[],
        },
        PluginKindArg::Estimator => Sample {
            source: include_str!("../../../../../tests/plugins/estimator/src/lib.rs"),
            id: "brief",
            key: "strategy",
            more: &[],
        },
        PluginKindArg::Dataset => Sample {
            source: include_str!("../../../../../tests/plugins/dataset/src/lib.rs"),
            id: "waves",
            key: "dataset",
            more: &[],
        },
        PluginKindArg::Backend => Sample {
            source: include_str!("../../../../../tests/plugins/backend/src/lib.rs"),
            id: "sample",
            key: "backend",
            more: &[("smash-backend-native", "adapters/backend-native")],
        },
    }
}

/// Writes the crate, and prints the next steps.
pub(crate) fn new(args: &NewArgs, out: &mut dyn Write) -> Result<()> {
    let name = &args.name;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(fits) {
        return Err(Error::Usage(format!(
            "{name:?}: expected a crate's name: lower-case letters, digits, - and _"
        )));
    }
    let tree = tree(args.source.as_deref())?;
    let sample = sample(args.kind);
    let id = name.replace('-', "_");
    let source = sample.source.replace(&format!("\"{}\"", sample.id), &format!("\"{id}\""));
    let source = source.replace(&format!("\\\"{}\\\"", sample.id), &format!("\\\"{id}\\\""));
    let source = source.replacen("//! A sample plugin: ", &format!("//! {name}: "), 1);
    let folder = args.path.join(name);
    let folder = folder.strip_prefix(".").unwrap_or(&folder);
    let files = [
        ("Cargo.toml", manifest(name, &sample, &tree)),
        ("Cargo.lock", lock(&tree)?),
        ("job.json", pretty(&job(args.kind, sample.key, &id))),
        (".gitignore", "/target\n/runs\n".to_owned()),
    ];
    write(&args.path, folder, &source, &files)?;
    writeln!(
        out,
        "{folder}\n  cd {folder}\n  cargo test --release\n  cargo build --release\n  \
         smash plugin manifest target/release/{DLL_PREFIX}{id}{DLL_SUFFIX}\n  \
         smash plugin check target/release/{name}.smash.json\n  \
         smash --plugin target/release/{name}.smash.json search job.json",
        folder = shell::path(folder)
    )
    .map_err(Error::Output)
}

/// The source tree that the crate is to depend on.
fn tree(source: Option<&Path>) -> Result<PathBuf> {
    let Some(tree) = source else {
        return Err(Error::Usage(
            "expected --source DIR, the folder with the sources of SMASH, for the new crate to depend on: the crates of \
             SMASH are not released, and those of these names elsewhere are not ours"
                .into(),
        ));
    };
    let found = fs::canonicalize(tree).map_err(|error| Error::reading(tree, &error))?;
    match [CORE, SDK].iter().find(|(_, path)| !found.join(path).join("Cargo.toml").is_file()) {
        None => Ok(found),
        Some((_, path)) => Err(Error::Usage(format!(
            "--source {}: expected the folder with the sources of SMASH, found no {path}/Cargo.toml in it",
            tree.display()
        ))),
    }
}

fn manifest(name: &str, sample: &Sample, tree: &Path) -> String {
    let mut dependencies = String::new();
    for (package, path) in sample.more.iter().chain(&[CORE, SDK]) {
        let _ = writeln!(dependencies, "{package} = {{ path = {:?} }}", tree.join(path));
    }
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\ninventory = \"0.3\"\nschemars = \"1.2\"\nserde = {{ version = \"1.0\", features = [\"derive\"] }}\n\
         serde_json = {{ version = \"1.0\", features = [\"float_roundtrip\"] }}\n{dependencies}typetag = \"0.2\"\n\n\
         # A panic must unwind: it becomes an error of the call.\n\
         [profile.release]\npanic = \"unwind\"\ndebug = \"line-tables-only\"\n\n\
         # A package of its own, wherever it lies.\n[workspace]\n"
    )
}

/// The versions of other crates that the source tree is tested with; Cargo drops those that are not needed.
fn lock(tree: &Path) -> Result<String> {
    let path = tree.join("Cargo.lock");
    fs::read_to_string(&path).map_err(|error| Error::reading(&path, &error))
}

/// A job of some seconds that uses the component.
fn job(kind: PluginKindArg, key: &str, id: &str) -> Value {
    let mut job = json!({
        "strategy": {"type": "smash", "epochs": 4, "search": {"random": 12, "perturbation": 4, "chain": 4}},
        "retrain": {"epochs": 4}
    });
    job[key] = match kind {
        PluginKindArg::Proposer => json!({"type": id, "candidates": 20, "estimator": {"epochs": 4}}),
        PluginKindArg::Estimator => {
            json!({"type": "evolution", "search": {"candidates": 8, "population": 4}, "estimator": {"type": id}})
        }
        _ => json!({"type": id}),
    };
    job
}

/// Creates the folder, which must be new, and writes the files of the crate.
fn write(parent: &Path, folder: &Path, source: &str, files: &[(&str, String)]) -> Result<()> {
    let failed = |error| Error::Data(format!("cannot write {}: {error}", folder.display()));
    fs::create_dir_all(parent).map_err(failed)?;
    let room = match Room::create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Error::Usage(format!("{}: it exists already", folder.display())));
        }
        created => created.map_err(failed)?,
    };
    let sources = room.make_folder("src").map_err(failed)?;
    sources.write("lib.rs", source.as_bytes()).map_err(failed)?;
    files.iter().try_for_each(|(name, text)| room.write(name, text.as_bytes())).map_err(failed)
}
