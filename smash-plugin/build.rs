//! Tells the loader which platform this is: a plugin is for one. Tells the linker about the library for
//! hosts: it is found by its name, and stays when a host closes it, because its threads and thread-local
//! destructors may still run.

fn main() {
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=SMASH_TARGET={target}");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete,-soname,libsmash_plugin.so");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
