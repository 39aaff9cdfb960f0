//! Which file is mapped at an address of this process.

use std::fs::{self, File};
use std::io;
use std::ptr;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// Bytes that are mapped for a comparison: the first page, however large pages are.
const LENGTH: usize = 1;

/// A page of a file.
pub(super) struct Mapping(*mut std::ffi::c_void);

impl Mapping {
    fn new(file: &File) -> io::Result<Self> {
        // SAFETY: a new mapping, which nobody reads: where it is, is all that matters.
        Ok(Self(unsafe { mmap(ptr::null_mut(), LENGTH, ProtFlags::READ, MapFlags::PRIVATE, file, 0) }?))
    }

    /// Whether what stands at `address` was mapped from `file`; `None` where the system does not tell.
    ///
    /// The file is mapped once more and both mappings are compared, since file systems that lie upon others
    /// (overlayfs, btrfs) have another device there than `stat` says.
    pub(super) fn same_file(file: &File, address: usize) -> io::Result<Option<bool>> {
        let page = Self::new(file)?;
        let Ok(maps) = fs::read_to_string("/proc/self/maps") else { return Ok(None) };
        let (ours, theirs) = (mapped(&maps, page.0 as usize), mapped(&maps, address));
        Ok(Some(ours.is_some() && ours == theirs))
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it was mapped by `new`, and nothing points into it.
        let _ = unsafe { munmap(self.0, LENGTH) };
    }
}

/// Device and inode of what is mapped at an address, of the lines of `/proc/self/maps`.
fn mapped(maps: &str, address: usize) -> Option<(&str, &str)> {
    maps.lines().find_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let (from, to) = fields.next()?.split_once('-')?;
        let range = usize::from_str_radix(from, 16).ok()?..usize::from_str_radix(to, 16).ok()?;
        let (device, inode) = (fields.nth(2)?, fields.next()?);
        (range.contains(&address) && inode != "0").then_some((device, inode))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_device_and_inode() {
        let maps = "00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/a b\n\
                    00e03000-00e24000 rw-p 00000000 00:00 0 [heap]\n";
        assert_eq!(mapped(maps, 0x0040_0000), Some(("08:02", "173521")));
        assert_eq!([mapped(maps, 0x0045_2000), mapped(maps, 0x00e0_3000)], [None, None]);
    }
}
