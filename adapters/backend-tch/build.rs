//! Lets the dynamic linker find libtorch without an environment variable.

fn main() {
    // First beside the library, as it is shipped; then where it was built against, as tests run.
    println!("cargo::rustc-link-arg-cdylib=-Wl,-rpath,$ORIGIN/libtorch");
    if let Some(folder) = std::env::var_os("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.to_string_lossy());
    }
}
