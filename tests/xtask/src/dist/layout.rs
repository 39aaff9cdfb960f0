//! What is where in the archive.

use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::platform::{Library, Platform};
use crate::workspace::{VERSION, read, repository_file};

const HEADERS: [&str; 3] = ["smash.h", "smash.hpp", "smash_dlpack.h"];

/// A library or program.
pub(super) struct Binary {
    pub(super) source: PathBuf,
    /// Where it is in the archive.
    pub(super) place: String,
}

/// What was built, and where it goes.
pub(super) fn binaries(platform: &Platform, built: &Path) -> Result<[Binary; 2], String> {
    let library = library(platform)?;
    let program = platform.program();
    Ok([
        Binary { source: built.join(library.built), place: library.place },
        Binary { source: built.join(program), place: format!("bin/{program}") },
    ])
}

/// The library of a platform.
pub(super) fn library(platform: &Platform) -> Result<Library, String> {
    Ok(platform.library(abi_major()?))
}

/// Adds everything else but licences.
pub(super) fn fill(archive: &mut Archive, platform: &Platform, built: &Path) -> Result<(), String> {
    let library = library(platform)?;
    for (at, to) in &library.links {
        archive.link(at, to);
    }
    for header in HEADERS {
        let text = repository_file(&format!("smash-plugin/include/{header}"))?;
        archive.file(&format!("include/{header}"), text);
    }
    let mut import = String::new();
    if let Some((file, place)) = &library.import {
        archive.file(place, read(&built.join(file))?);
        import = format!("\n  IMPORTED_IMPLIB \"${{_smash_prefix}}/{place}\"");
    }
    // A name that dyld looks for in the program's run path.
    let soname = match library.start().rsplit('/').next() {
        Some(name) if name.ends_with(".dylib") => format!("@rpath/{name}"),
        name => name.unwrap_or_default().to_owned(),
    };
    let filled = |template: &str| {
        let text = template.replace("@VERSION@", VERSION).replace("@LIBRARY@", &library.place);
        text.replace("@SONAME@", &soname).replace("@IMPLIB@", &import).into_bytes()
    };
    archive.file("lib/pkgconfig/smash.pc", filled(include_str!("smash.pc.in")));
    archive.file("lib/cmake/Smash/SmashConfig.cmake", filled(include_str!("SmashConfig.cmake.in")));
    archive.file(
        "lib/cmake/Smash/SmashConfigVersion.cmake",
        filled(include_str!("SmashConfigVersion.cmake.in")),
    );
    Ok(())
}

/// `SMASH_ABI_MAJOR` of the header.
fn abi_major() -> Result<u32, String> {
    let header = String::from_utf8_lossy(&repository_file("smash-plugin/include/smash.h")?).into_owned();
    let major = header.lines().find_map(|line| line.strip_prefix("#define SMASH_ABI_MAJOR "));
    let number = major.and_then(|text| text.trim().strip_suffix('u')?.parse().ok());
    number.ok_or_else(|| "smash.h does not say its SMASH_ABI_MAJOR".into())
}
