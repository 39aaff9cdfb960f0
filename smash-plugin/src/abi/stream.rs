//! Byte streams from and to a host, by its read and write callbacks.

use std::ffi::c_void;

use smash_sdk::abi::{ERR_CALLBACK, ERR_INVALID_ARGUMENT, ERR_OUT_OF_MEMORY, Reader, Writer};
use smash_sdk::float_mode::FloatMode;
use smash_sdk::guard::Failure;
use smash_sdk::sized;

/// Chunk size in bytes: the most that is asked for or offered in one call.
const CHUNK: usize = 1 << 16;

fn failed(what: &str, found: i64) -> Failure {
    (ERR_CALLBACK, format!("{what}: the callback returned {found}")).into()
}

/// Reads a stream to its end.
///
/// # Safety
/// `reader` is null or can be read, and its callback does what `smash.h` says.
pub(super) unsafe fn read(reader: *const Reader) -> Result<Vec<u8>, Failure> {
    // SAFETY: promised by the caller.
    let Reader { user, read, .. } = unsafe { sized::read(reader, "reader") }?;
    let missing = || Failure::from((ERR_INVALID_ARGUMENT, "reader/read: found a null pointer".to_owned()));
    let read = read.ok_or_else(missing)?;
    let _mode = FloatMode::keep();
    let (mut bytes, mut chunk): (Vec<u8>, _) = (Vec::new(), vec![0u8; CHUNK]);
    loop {
        // SAFETY: the buffer is borrowed for the call and as large as it says.
        let count = unsafe { read(user, chunk.as_mut_ptr().cast::<c_void>(), CHUNK as u64) };
        let part = usize::try_from(count).ok().and_then(|count| chunk.get(..count));
        let part = part.ok_or_else(|| failed("reader", count))?;
        if part.is_empty() {
            return Ok(bytes);
        }
        let so_far = bytes.len();
        let full = |_| Failure::from((ERR_OUT_OF_MEMORY, format!("reader: no memory after {so_far} bytes")));
        bytes.try_reserve(part.len()).map_err(full)?;
        bytes.extend_from_slice(part);
    }
}

/// Writes all bytes, in as many pieces as the host takes.
///
/// # Safety
/// `writer` is null or can be read, and its callback does what `smash.h` says.
pub(super) unsafe fn write(
    writer: *const Writer,
    bytes: impl FnOnce() -> crate::Result<Vec<u8>>,
) -> Result<(), Failure> {
    // SAFETY: promised by the caller.
    let Writer { user, write, .. } = unsafe { sized::read(writer, "writer") }?;
    let missing = || Failure::from((ERR_INVALID_ARGUMENT, "writer/write: found a null pointer".to_owned()));
    let write = write.ok_or_else(missing)?;
    let bytes = bytes()?;
    let _mode = FloatMode::keep();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let offered = &rest[..rest.len().min(CHUNK)];
        // SAFETY: the bytes are borrowed for the call.
        let count = unsafe { write(user, offered.as_ptr().cast::<c_void>(), offered.len() as u64) };
        let taken = usize::try_from(count).ok().filter(|count| (1..=offered.len()).contains(count));
        rest = &rest[taken.ok_or_else(|| failed("writer", count))?..];
    }
    Ok(())
}
