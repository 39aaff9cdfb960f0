//! Settings of the allocator that libtorch uses.

/// Makes glibc keep the memory that libtorch frees: by default every large tensor is mapped anew (mmap) and
/// its pages are zeroed, which takes about a third of the time of a training step (`docs/decisions`). Applies
/// to the whole process.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn keep() {
    let settings = [
        // Tensors up to 1 GiB come from the heap.
        (libc::M_MMAP_THRESHOLD, 1 << 30),
        // The heap is never trimmed, and grows by 64 MiB.
        (libc::M_TRIM_THRESHOLD, libc::c_int::MAX),
        (libc::M_TOP_PAD, 64 << 20),
    ];
    for (parameter, value) in settings {
        // SAFETY: `mallopt` takes two numbers, and locks the allocator while it changes it. A value that it
        // refuses changes nothing, which costs speed only.
        unsafe { libc::mallopt(parameter, value) };
    }
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn keep() {}
