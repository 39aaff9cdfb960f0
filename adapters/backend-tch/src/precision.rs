//! Numerical precision of libtorch on CUDA, a setting of the whole process.

use std::ffi::{CStr, c_void};

use smash_core::{Error, Result};

use crate::libtorch::symbol;

/// `at::globalContext()`, which `tch` does not offer. Mangled names are valid for the one release that this
/// crate links.
const CONTEXT: &CStr = c"_ZN2at13globalContextEv";
/// `at::Context::setAllowTF32CuDNN(bool)`: convolutions; on by default.
const TF32_CONVOLUTIONS: &CStr = c"_ZN2at7Context17setAllowTF32CuDNNEb";
/// `at::Context::setAllowTF32CuBLAS(bool)`: matrix products; off by default.
const TF32_PRODUCTS: &CStr = c"_ZN2at7Context18setAllowTF32CuBLASEb";
/// `at::Context::setDeterministicCuDNN(bool)`: deterministic convolutions; off by default.
const DETERMINISTIC: &CStr = c"_ZN2at7Context21setDeterministicCuDNNEb";

/// Sets whether products use `TensorFloat-32` (ten bits of mantissa), and that convolutions are
/// deterministic.
pub(crate) fn set(tf32: bool) -> Result<()> {
    let context = find(CONTEXT)?;
    // SAFETY: a C++ function without arguments that returns a reference, which is a pointer in the C++ ABI on
    // Unix; the context lives as long as the process.
    let context: extern "C-unwind" fn() -> *mut c_void = unsafe { std::mem::transmute(context) };
    let context = context();
    for (name, value) in [(TF32_CONVOLUTIONS, tf32), (TF32_PRODUCTS, tf32), (DETERMINISTIC, true)] {
        let set = find(name)?;
        // SAFETY: a method of that context, which is its first argument in the C++ ABI on Unix, that takes a
        // `bool` and returns nothing.
        let set: extern "C-unwind" fn(*mut c_void, bool) = unsafe { std::mem::transmute(set) };
        set(context, value);
    }
    Ok(())
}

fn find(name: &CStr) -> Result<*mut c_void> {
    let missing = || {
        Error::backend(format!(
            "cuda: the loaded libtorch has no {}, which sets how exactly it computes; install the published build",
            name.to_string_lossy()
        ))
    };
    symbol(name).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaded_libtorch_takes_the_settings() {
        set(true).unwrap();
        set(false).unwrap();
        assert!(find(c"_ZN2at7Context7nothingEv").unwrap_err().to_string().contains("nothing"));
    }
}
