//! `smash plugin`.

use std::io::Write;

use smash_plugin::loader;

use crate::args::ManifestArgs;
use crate::error::{Error, Result};
use crate::output::pretty;

/// Writes the manifest of a library beside it, and says where.
pub(crate) fn manifest(args: &ManifestArgs, out: &mut dyn Write) -> Result<()> {
    let library = &args.library;
    let plugin = |fault| smash_plugin::Error::Plugin { manifest: library.clone(), fault };
    let mut manifest = loader::describe(library).map_err(plugin)?;
    manifest.requires.extend(args.requires.iter().cloned());
    let path = library.with_file_name(format!("{}.smash.json", manifest.name));
    let json = serde_json::to_value(&manifest).map_err(|e| Error::Data(e.to_string()))?;
    std::fs::write(&path, pretty(&json))
        .map_err(|error| Error::Data(format!("cannot write {}: {error}", path.display())))?;
    writeln!(out, "{}", path.display()).map_err(Error::Output)
}
