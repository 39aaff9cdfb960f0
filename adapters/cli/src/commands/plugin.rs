//! `smash plugin`.

mod check;
mod scaffold;

pub(super) use check::check;
pub(super) use scaffold::new;

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use smash_files::Room;
use smash_plugin::loader::{self, LoadError, Manifest};

use crate::args::{ListPluginsArgs, ManifestArgs};
use crate::error::{Error, Result};
use crate::output::pretty;
use crate::terminal::line;

/// Writes the manifest of a library beside it, and prints its path.
pub(crate) fn manifest(args: &ManifestArgs, out: &mut dyn Write) -> Result<()> {
    let library = &args.library;
    let plugin = |fault| smash_plugin::Error::Plugin { manifest: library.clone(), fault };
    let mut manifest = loader::describe(library).map_err(plugin)?;
    manifest.requires.extend(args.requires.iter().cloned());
    let Some(file) = file_name(&manifest.name) else {
        return Err(Error::Data(format!(
            "{}: expected a plugin whose name is a plain file name (letters, digits, - _ . +), found {:?}: nothing was \
             written",
            library.display(),
            manifest.name
        )));
    };
    let path = library.with_file_name(&file);
    let json = serde_json::to_value(&manifest).map_err(|e| Error::Data(e.to_string()))?;
    let folder = library.parent().unwrap_or(Path::new(""));
    Room::open(folder)
        .and_then(|room| room.write(&file, pretty(&json).as_bytes()))
        .map_err(|error| Error::Data(format!("cannot write {}: {error}", path.display())))?;
    writeln!(out, "{}", path.display()).map_err(Error::Output)
}

/// The file name of a plugin's manifest; `None` for a name that could lead to another folder. The name is the
/// library's own word.
fn file_name(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    let fits = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain);
    fits.then(|| format!("{name}.smash.json"))
}

/// Lists the plugins of folders. Only manifests are opened; libraries are read for their checksums.
pub(crate) fn list(args: &ListPluginsArgs, out: &mut dyn Write) -> Result<()> {
    let mut found: Vec<(String, Result<Manifest, LoadError>)> = Vec::new();
    let name = |path: &Path| path.display().to_string();
    for folder in &args.folders {
        match loader::manifests(folder) {
            Err(fault) => found.push((name(folder), Err(fault))),
            Ok(manifests) => {
                let inspected = |path: &Path| loader::inspect(path).map(|(manifest, _)| manifest);
                found.extend(manifests.iter().map(|path| (name(path), inspected(path))));
            }
        }
    }
    let text = if args.json {
        pretty(&found.iter().map(row_json).collect())
    } else {
        found.iter().map(lines).collect()
    };
    out.write_all(text.as_bytes()).map_err(Error::Output)
}

fn row_json((path, inspected): &(String, Result<Manifest, LoadError>)) -> Value {
    match inspected {
        Ok(manifest) => json!({"manifest": path, "plugin": manifest}),
        Err(fault) => json!({"manifest": path, "fault": fault.to_string()}),
    }
}

fn lines((path, inspected): &(String, Result<Manifest, LoadError>)) -> String {
    match inspected {
        Ok(manifest) => {
            let brings = manifest.provides.iter().map(|p| format!("{} {:?}", p.kind_word(), p.id));
            let brings: Vec<String> = brings.collect();
            let about = format!("{} {}: {}", manifest.name, manifest.version, brings.join(", "));
            format!("{}\n  {}\n", line(path), line(&about))
        }
        Err(fault) => format!("{}\n  faulty: {}\n", line(path), line(&fault.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_stays_beside_its_library() {
        assert_eq!(file_name("my-plugin_2.0+x").as_deref(), Some("my-plugin_2.0+x.smash.json"));
        for name in ["../../x", "/tmp/x", "a/b", "..", ".hidden", "", "a\\b", "a\nb", "a\0b", "é"] {
            assert_eq!(file_name(name), None, "{name:?}");
        }
    }
}
