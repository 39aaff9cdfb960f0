//! The CUDA library of libtorch, opened when a job asks for it.

use std::error::Error as _;
use std::path::Path;

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use smash_core::{Error, Result};

use crate::libtorch::{VERSION, folder, name};

const FILE: &str = "libtorch_cuda.so";

/// Opens libtorch's CUDA library, from the folder of the loaded libtorch, and checks that the device exists.
/// Linkers leave that library out, because nothing refers to it; it registers itself with libtorch when it is
/// opened. libtorch checks for CUDA only once, so this must come before any other call.
pub(crate) fn open(index: usize) -> Result<()> {
    let Some(folder) = folder() else {
        return Err(Error::backend("cuda: the folder of the loaded libtorch_cpu.so was not found"));
    };
    load(&folder)?;
    let devices = tch::Cuda::device_count();
    if usize::try_from(devices).is_ok_and(|devices| index < devices) {
        return Ok(());
    }
    Err(Error::backend(format!(
        "device \"cuda:{index}\": libtorch sees {devices} CUDA devices; check the driver, choose another device, or \
         \"cpu\". An engine on the CPU that was opened before in this process hides them: open the one on CUDA first"
    )))
}

fn load(folder: &Path) -> Result<()> {
    let file = folder.join(FILE);
    if !file.is_file() {
        return Err(Error::backend(format!(
            "cuda: there is no {FILE} in {}, from where libtorch was loaded: that libtorch is for the CPU only; let \
             the dynamic linker find the lib folder of a torch {} with CUDA first",
            folder.display(),
            name(VERSION)
        )));
    }
    // SAFETY: the file lies beside the libtorch that is already running in this process and belongs to it;
    // its initialisers register CUDA with it. It is never unloaded.
    let library = unsafe { Library::open(Some(&file), RTLD_NOW | RTLD_GLOBAL) };
    let library = library.map_err(|e| {
        // The dynamic linker's own message; the outer error only says that opening failed.
        let reason = e.source().map_or_else(|| e.to_string(), ToString::to_string);
        Error::backend(format!(
            "cuda: {} does not open: {reason}; install the CUDA libraries of the same torch beside it, or use \"cpu\"",
            file.display()
        ))
    })?;
    std::mem::forget(library);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_told() {
        let folder = std::env::temp_dir().join(format!("smash-cuda-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let missing = load(&folder).unwrap_err().to_string();
        assert!(missing.contains("for the CPU only") && missing.contains("torch 2.11.0"), "{missing}");
        std::fs::write(folder.join(FILE), "no library").unwrap();
        let broken = load(&folder).unwrap_err().to_string();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(broken.contains("libtorch_cuda.so") && broken.contains("file too short"), "{broken}");
    }
}
