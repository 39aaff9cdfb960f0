//! `smash plugin new`: copies a sample plugin of the source tree under another name.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use smash_files::Room;

use crate::args::{NewArgs, PluginKindArg};
use crate::error::{Error, Result};

/// A sample plugin: its source, the id of its component, and its own dependencies.
struct Sample {
    source: &'static str,
    id: &'static str,
    more: &'static [(&'static str, &'static str)],
}

const CORE: (&str, &str) = ("smash-core", "smash-core");
const SDK: (&str, &str) = ("smash-sdk", "smash-plugin/sdk");

fn sample(kind: PluginKindArg) -> Sample {
    match kind {
        PluginKindArg::Space => Sample {
            source: include_str!("../../../../../tests/plugins/space/src/lib.rs"),
            id: "plain",
            more: &[],
        },
        PluginKindArg::Proposer => Sample {
            source: include_str!("../../../../../tests/plugins/proposer/src/lib.rs"),
            id: "local",
            more: &[],
        },
        PluginKindArg::Estimator => Sample {
            source: include_str!("../../../../../tests/plugins/estimator/src/lib.rs"),
            id: "brief",
            more: &[],
        },
        PluginKindArg::Dataset => Sample {
            source: include_str!("../../../../../tests/plugins/dataset/src/lib.rs"),
            id: "waves",
            more: &[],
        },
        PluginKindArg::Backend => Sample {
            source: include_str!("../../../../../tests/plugins/backend/src/lib.rs"),
            id: "sample",
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
    let sample = sample(args.kind);
    let id = name.replace('-', "_");
    let source = sample.source.replace(&format!("\"{}\"", sample.id), &format!("\"{id}\""));
    let source = source.replace(&format!("\\\"{}\\\"", sample.id), &format!("\\\"{id}\\\""));
    let source = source.replacen("//! A sample plugin: ", &format!("//! {name}: "), 1);
    let folder = args.path.join(name);
    let cargo = manifest(name, &sample, args.source.as_deref())?;
    write(&args.path, &folder, &source, &cargo)?;
    let library = format!("lib{id}.so");
    writeln!(
        out,
        "{folder}\n  cd {folder} && cargo test --release\n  cargo build --release && smash plugin manifest target/release/{library}\n  \
         smash plugin check target/release/{name}.smash.json",
        folder = folder.display()
    )
    .map_err(Error::Output)
}

fn manifest(name: &str, sample: &Sample, source: Option<&Path>) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let root = match source {
        None => None,
        Some(root) => Some(fs::canonicalize(root).map_err(|error| Error::reading(root, &error))?),
    };
    let mut dependencies = String::new();
    for (package, path) in sample.more.iter().chain(&[CORE, SDK]) {
        let _ = match &root {
            Some(root) => writeln!(dependencies, "{package} = {{ path = {:?} }}", root.join(path)),
            None => writeln!(dependencies, "{package} = \"{version}\""),
        };
    }
    Ok(format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\ninventory = \"0.3\"\nschemars = \"1.2\"\nserde = {{ version = \"1.0\", features = [\"derive\"] }}\n\
         serde_json = {{ version = \"1.0\", features = [\"float_roundtrip\"] }}\n{dependencies}typetag = \"0.2\"\n\n\
         # A panic must unwind: it becomes an error of the call.\n\
         [profile.release]\npanic = \"unwind\"\ndebug = \"line-tables-only\"\n\n\
         # A package of its own, wherever it lies.\n[workspace]\n"
    ))
}

/// Creates the folder, which must be new, and writes the files of the crate.
fn write(parent: &Path, folder: &Path, source: &str, cargo: &str) -> Result<()> {
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
    room.write("Cargo.toml", cargo.as_bytes()).map_err(failed)?;
    room.write(".gitignore", b"/target\n").map_err(failed)
}
