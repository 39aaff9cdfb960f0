//! Tells the loader which platform this is: a plugin is for one. Tells the linker about the library for
//! hosts: it is found by its name, and stays when a host closes it, because its threads and thread-local
//! destructors may still run.

fn main() {
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=SMASH_TARGET={target}");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
        // Cargo hands arguments for a cdylib on to those of packages that depend on this one, where the last
        // name wins. Arguments of this kind stay here, and mean nothing to the tests that get them too.
        println!("cargo::rustc-link-arg=-Wl,-soname,libsmash_plugin.so");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
