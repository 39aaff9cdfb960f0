//! The name by which programs find the library when they start. That it stays when a host closes it comes
//! from `smash-plugin/build.rs`, as cargo hands arguments of that kind on.

use std::fs;

const HEADER: &str = "../include/smash.h";

fn main() -> Result<(), String> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={HEADER}");
    // The major version of the interface, not of SMASH: whatever is linked to `libsmash.so.1` runs with every
    // later library of that name, and only an interface that breaks programs gets another one.
    let header = fs::read_to_string(HEADER).map_err(|e| format!("{HEADER}: {e}"))?;
    let major =
        header.lines().find_map(|line| line.strip_prefix("#define SMASH_ABI_MAJOR ")?.strip_suffix('u'));
    let major = major.ok_or_else(|| format!("{HEADER} has no SMASH_ABI_MAJOR"))?;
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        // The file's name is the only one.
        Ok("windows") => {}
        // Untested. The loader looks for it in the run path of the program.
        Ok("macos") => link(&format!("-Wl,-install_name,@rpath/libsmash.{major}.dylib")),
        _ => link(&format!("-Wl,-soname,libsmash.so.{major}")),
    }
    Ok(())
}

fn link(argument: &str) {
    println!("cargo::rustc-link-arg-cdylib={argument}");
}
