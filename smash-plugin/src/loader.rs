//! The plugin loader: components from dynamic libraries. Nothing is loaded unless the host names a manifest;
//! no library is opened before its manifest, location, owner and checksum are verified, and no function of it
//! is called before it is shown to be the file that was verified; no library is ever unloaded.

mod find;
mod load_error;
mod location;
mod manifest;
mod mapping;
mod trust;
mod verified;

pub use find::{environment_folders, manifests};
pub use load_error::LoadError;
pub use manifest::{Abi, Manifest, Provided};

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW, Symbol};
use smash_sdk::abi::{EARLIER_SYMBOL, INIT_SYMBOL, InitFn};
use smash_sdk::float_mode::FloatMode;
use smash_sdk::plugin::{ForeignPlugin, kind};

use self::verified::Verified;

/// Reads a manifest, checks all that can be checked without running the plugin's code, then opens its
/// library.
///
/// # Errors
/// The first check that fails; each is a [`LoadError`] that says what to do.
pub fn load(manifest: &Path) -> Result<(Manifest, ForeignPlugin), LoadError> {
    let (described, library) = verified(manifest)?;
    let plugin = open(&library.path, Some(&library), &described.requires)?;
    provides(&described, &plugin)?;
    Ok((described, plugin))
}

/// Reads a manifest and checks all that can be checked without running the plugin's code; returns it with its
/// library.
///
/// # Errors
/// As [`load`], apart from opening the library.
pub fn inspect(manifest: &Path) -> Result<(Manifest, PathBuf), LoadError> {
    verified(manifest).map(|(described, library)| (described, library.path))
}

fn verified(manifest: &Path) -> Result<(Manifest, Verified), LoadError> {
    let described = Manifest::read(manifest)?;
    described.fits()?;
    let library = Verified::read(location::library(manifest, &described.library)?)?;
    if !library.sha256.eq_ignore_ascii_case(&described.sha256) {
        let Verified { path, sha256: found, .. } = library;
        return Err(LoadError::Content { path, expected: described.sha256, found });
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
    let sha256 = verified::sha256(library)?;
    let plugin = open(&fs::canonicalize(library).map_err(unreadable)?, None, &BTreeMap::new())?;
    let file = library.file_name().unwrap_or_default().to_string_lossy();
    let provides = plugin.components.iter().map(|c| Provided { kind: c.kind, id: c.id.clone() }).collect();
    Ok(Manifest::new(&plugin.name, &plugin.version, &file, sha256, provides))
}

/// Bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Opens the library for the rest of the process and initialises the plugin, once it is shown to be the one
/// that was verified. `requires` names the libraries
/// that the error message mentions when the dynamic linker finds a dependency missing, or a symbol missing
/// from it.
fn open(
    path: &Path,
    verified: Option<&Verified>,
    requires: &BTreeMap<String, String>,
) -> Result<ForeignPlugin, LoadError> {
    let failed = |error: libloading::Error| LoadError::Open {
        path: path.to_owned(),
        // The dynamic linker's own message; the outer error only says that opening failed.
        message: error.source().map_or_else(|| error.to_string(), ToString::to_string),
        advice: advice(requires),
    };
    // Libraries that were compiled for fast arithmetic flush tiny numbers to zero from then on.
    let _mode = FloatMode::keep();
    // SAFETY: running the constructors of a library that the host named, and that passed every check, is the
    // purpose of loading.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(failed)?;
    // SAFETY: the major ABI version in the symbol's name determines its type.
    let symbol: Symbol<InitFn> = unsafe { library.get(INIT_SYMBOL) }.map_err(|_| {
        // SAFETY: it is looked for, and never called.
        let earlier = unsafe { library.get::<InitFn>(EARLIER_SYMBOL) }.is_ok();
        let path = path.to_owned();
        if earlier {
            LoadError::Earlier { path, found: EARLIER_SYMBOL, symbol: INIT_SYMBOL }
        } else {
            LoadError::Symbol { path, symbol: INIT_SYMBOL }
        }
    })?;
    let init = *symbol;
    let shown = verified.map(|verified| verified.check_mapped(init as usize));
    // Never unloaded: threads and thread-local destructors of the library may still run its code.
    mem::forget(library);
    shown.transpose()?;
    // SAFETY: the symbol of a plugin whose library is never unloaded.
    unsafe { ForeignPlugin::init(init) }
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
fn provides(manifest: &Manifest, plugin: &ForeignPlugin) -> Result<(), LoadError> {
    let mut said: Vec<String> =
        manifest.provides.iter().map(|p| format!("{} {:?}", kind::word(p.kind), p.id)).collect();
    let mut found: Vec<String> =
        plugin.components.iter().map(|c| format!("{} {:?}", kind::word(c.kind), c.id)).collect();
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
