//! Tells the loader which platform this is: a plugin is for one.

fn main() {
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=SMASH_TARGET={target}");
    println!("cargo::rerun-if-changed=build.rs");
}
