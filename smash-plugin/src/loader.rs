//! Components from dynamic libraries. Nothing is loaded unless the host names a manifest; nothing is opened before its
//! manifest, its place, its owner and its content are checked; nothing is ever unloaded.

mod fault;
mod find;
mod manifest;
mod place;

pub use fault::Fault;
pub use find::{environment_folders, manifests};
pub use manifest::{Abi, Manifest, Provided};

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW, Symbol};
use sha2::{Digest, Sha256};
use smash_sdk::abi::{INIT_SYMBOL, InitFn};
use smash_sdk::foreign::Plugin;

/// Reads a manifest, checks all that can be checked without running the plugin's code, then opens its library.
///
/// # Errors
/// The first thing that is wrong; each is a [`Fault`] that says what to do.
pub fn load(manifest: &Path) -> Result<(Manifest, Plugin), Fault> {
    let (described, library) = inspect(manifest)?;
    let plugin = open(&library, &described.requires)?;
    provides(&described, &plugin)?;
    Ok((described, plugin))
}

/// Reads a manifest and checks all that can be checked without running the plugin's code; returns it with its library.
///
/// # Errors
/// As [`load`], which opens the library too.
pub fn inspect(manifest: &Path) -> Result<(Manifest, PathBuf), Fault> {
    let described = Manifest::read(manifest)?;
    described.fits()?;
    let library = place::library(manifest, &described.library)?;
    let bytes = fs::read(&library).map_err(|source| Fault::Unreadable { path: library.clone(), source })?;
    let found = hex(&Sha256::digest(bytes));
    if !found.eq_ignore_ascii_case(&described.sha256) {
        return Err(Fault::Content { path: library, expected: described.sha256, found });
    }
    Ok((described, library))
}

/// The manifest that fits a library which was just built: opens it and asks what it provides. For those who make plugins;
/// nothing is checked.
///
/// # Errors
/// When it cannot be opened, or is no plugin.
pub fn describe(library: &Path) -> Result<Manifest, Fault> {
    let unreadable = |source| Fault::Unreadable { path: library.to_owned(), source };
    let bytes = fs::read(library).map_err(unreadable)?;
    let plugin = open(&fs::canonicalize(library).map_err(unreadable)?, &BTreeMap::new())?;
    let file = library.file_name().unwrap_or_default().to_string_lossy();
    let provides = plugin.components.iter().map(|c| Provided { kind: c.kind, id: c.id.clone() }).collect();
    Ok(Manifest::new(&plugin.name, &plugin.version, &file, hex(&Sha256::digest(bytes)), provides))
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Opens the library for the rest of the process and initialises the plugin. `requires` is what to look for where the
/// system finds another library missing, or too old or new to have what the plugin calls.
fn open(path: &Path, requires: &BTreeMap<String, String>) -> Result<Plugin, Fault> {
    let failed = |error: libloading::Error| Fault::Open {
        path: path.to_owned(),
        // What the system said; the error itself says only that it refused.
        message: error.source().map_or_else(|| error.to_string(), ToString::to_string),
        advice: advice(requires),
    };
    // SAFETY: running the constructors of a library that the host named, and that passed every check, is what loading is.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(failed)?;
    // SAFETY: the major version in the symbol's name stands for its type.
    let symbol: Symbol<InitFn> = unsafe { library.get(INIT_SYMBOL) }
        .map_err(|_| Fault::Symbol { path: path.to_owned(), symbol: INIT_SYMBOL })?;
    let init = *symbol;
    // Unloading code whose threads and thread-local destructors may still run has no safe way.
    mem::forget(library);
    // SAFETY: the symbol of a plugin that stays.
    unsafe { Plugin::init(init) }
        .map_err(|error| Fault::Refused { path: path.to_owned(), message: error.to_string() })
}

/// What to do where the system refuses a library.
fn advice(requires: &BTreeMap<String, String>) -> String {
    if requires.is_empty() {
        return "check that the libraries that it needs are installed (ldd lists them)".into();
    }
    let names: Vec<String> = requires.iter().map(|(name, version)| format!("{name} {version}")).collect();
    format!(
        "it requires {}: install that, and let the dynamic linker find it first (LD_LIBRARY_PATH)",
        names.join(" and ")
    )
}

/// The library holds what the manifest says, no more and no less.
fn provides(manifest: &Manifest, plugin: &Plugin) -> Result<(), Fault> {
    let mut said: Vec<String> =
        manifest.provides.iter().map(|p| format!("{} {:?}", p.kind.key(), p.id)).collect();
    let mut found: Vec<String> =
        plugin.components.iter().map(|c| format!("{} {:?}", c.kind.key(), c.id)).collect();
    said.sort();
    found.sort();
    if said == found {
        Ok(())
    } else {
        Err(Fault::Provides { expected: said.join(", "), found: found.join(", ") })
    }
}

#[cfg(test)]
mod tests;
