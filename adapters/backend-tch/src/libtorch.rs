//! The libtorch that is loaded in this process: its version and location.

use std::ffi::{CStr, OsStr, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use smash_core::{Error, Result};

/// The libtorch release that this crate was compiled for.
pub(crate) const VERSION: [u8; 3] = [2, 11, 0];

/// A function of libtorch's stable C interface that returns its version, one byte per component, the major
/// one on top.
const SYMBOL: &CStr = c"aoti_torch_abi_version";

/// A version as text.
pub(crate) fn name(version: [u8; 3]) -> String {
    version.map(|part| part.to_string()).join(".")
}

/// Refuses any other release than [`VERSION`]: another library of the process (Python's torch) may have
/// loaded its own first, and the dynamic linker uses what is already loaded.
pub(crate) fn check() -> Result<()> {
    let expected = name(VERSION);
    let found = symbol(SYMBOL).map(|symbol| {
        // SAFETY: the symbol is a C function without arguments that returns an unsigned 64-bit number.
        let version: extern "C" fn() -> u64 = unsafe { std::mem::transmute(symbol) };
        let [major, minor, patch, ..] = version().to_be_bytes();
        [major, minor, patch]
    });
    if found == Some(VERSION) {
        return Ok(());
    }
    let found = found.map_or_else(|| "an older one".into(), name);
    let folder = folder().unwrap_or_default();
    Err(Error::backend(format!(
        "libtorch: expected {expected}, found {found} in {}; a process has one libtorch, so install torch {expected} \
         where this one was loaded from, or use another process",
        folder.display()
    )))
}

/// The folder of the loaded `libtorch_cpu.so`.
pub(crate) fn folder() -> Option<PathBuf> {
    let symbol = symbol(SYMBOL)?;
    // SAFETY: all bytes zero are a valid `Dl_info`: null pointers.
    let mut info: libc::Dl_info = unsafe { std::mem::zeroed() };
    // SAFETY: `info` is ours to write; `dladdr` accepts any address.
    if unsafe { libc::dladdr(symbol, &raw mut info) } == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: `dladdr` succeeded, so the name is a C string of the linker, which lives as long as the
    // library; libtorch is never unloaded.
    let file = unsafe { CStr::from_ptr(info.dli_fname) };
    let file = Path::new(OsStr::from_bytes(file.to_bytes()));
    let file = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    file.parent().map(Path::to_path_buf)
}

/// The address of a function in the loaded libtorch.
pub(crate) fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name is a C string.
    let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!symbol.is_null()).then_some(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaded_library_is_the_one_that_was_compiled_for() {
        check().unwrap();
        assert!(folder().unwrap().join("libtorch_cpu.so").is_file());
        assert_eq!(name(VERSION), "2.11.0");
    }
}
