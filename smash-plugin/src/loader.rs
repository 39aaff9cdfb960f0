//! The plugin loader: components from dynamic libraries. Nothing is loaded unless the host names a manifest;
//! no library is opened before its manifest, location, owner and checksum are verified; no library is ever
//! unloaded.

mod find;
mod load_error;
mod location;
mod manifest;

pub use find::{environment_folders, manifests};
pub use load_error::LoadError;
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

/// Reads a manifest, checks all that can be checked without running the plugin's code, then opens its
/// library.
///
/// # Errors
/// The first check that fails; each is a [`LoadError`] that says what to do.
pub fn load(manifest: &Path) -> Result<(Manifest, Plugin), LoadError> {
    let (described, library) = inspect(manifest)?;
    let plugin = open(&library, &described.requires)?;
    provides(&described, &plugin)?;
    Ok((described, plugin))
}

/// Reads a manifest and checks all that can be checked without running the plugin's code; returns it with its
/// library.
///
/// # Errors
/// As [`load`], apart from opening the library.
pub fn inspect(manifest: &Path) -> Result<(Manifest, PathBuf), LoadError> {
    let described = Manifest::read(manifest)?;
    described.fits()?;
    let library = location::library(manifest, &described.library)?;
    let bytes =
        fs::read(&library).map_err(|source| LoadError::Unreadable { path: library.clone(), source })?;
    let found = hex(&Sha256::digest(bytes));
    if !found.eq_ignore_ascii_case(&described.sha256) {
        return Err(LoadError::Content { path: library, expected: described.sha256, found });
    }
    Ok((described, library))
}

/// Generates the manifest of a library that was just built: opens it and asks which components it provides.
/// For plugin authors; nothing is verified.
///
/// # Errors
/// When the library cannot be opened, or is no plugin.
pub fn describe(library: &Path) -> Result<Manifest, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: library.to_owned(), source };
    let bytes = fs::read(library).map_err(unreadable)?;
    let plugin = open(&fs::canonicalize(library).map_err(unreadable)?, &BTreeMap::new())?;
    let file = library.file_name().unwrap_or_default().to_string_lossy();
    let provides = plugin.components.iter().map(|c| Provided { kind: c.kind, id: c.id.clone() }).collect();
    Ok(Manifest::new(&plugin.name, &plugin.version, &file, hex(&Sha256::digest(bytes)), provides))
}

/// Bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Opens the library for the rest of the process and initialises the plugin. `requires` names the libraries
/// that the error message mentions when the dynamic linker finds a dependency missing, or a symbol missing
/// from it.
fn open(path: &Path, requires: &BTreeMap<String, String>) -> Result<Plugin, LoadError> {
    let failed = |error: libloading::Error| LoadError::Open {
        path: path.to_owned(),
        // The dynamic linker's own message; the outer error only says that opening failed.
        message: error.source().map_or_else(|| error.to_string(), ToString::to_string),
        advice: advice(requires),
    };
    // SAFETY: running the constructors of a library that the host named, and that passed every check, is the
    // purpose of loading.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(failed)?;
    // SAFETY: the major ABI version in the symbol's name determines its type.
    let symbol: Symbol<InitFn> = unsafe { library.get(INIT_SYMBOL) }
        .map_err(|_| LoadError::Symbol { path: path.to_owned(), symbol: INIT_SYMBOL })?;
    let init = *symbol;
    // Never unloaded: threads and thread-local destructors of the library may still run its code.
    mem::forget(library);
    // SAFETY: the symbol of a plugin whose library is never unloaded.
    unsafe { Plugin::init(init) }
        .map_err(|error| LoadError::Refused { path: path.to_owned(), message: error.to_string() })
}

/// The advice of the error message when the dynamic linker refuses a library.
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

/// Checks that the library provides exactly the components that the manifest lists.
fn provides(manifest: &Manifest, plugin: &Plugin) -> Result<(), LoadError> {
    let mut said: Vec<String> =
        manifest.provides.iter().map(|p| format!("{} {:?}", p.kind.key(), p.id)).collect();
    let mut found: Vec<String> =
        plugin.components.iter().map(|c| format!("{} {:?}", c.kind.key(), c.id)).collect();
    said.sort();
    found.sort();
    if said == found {
        Ok(())
    } else {
        Err(LoadError::Provides { expected: said.join(", "), found: found.join(", ") })
    }
}

#[cfg(test)]
mod tests;
