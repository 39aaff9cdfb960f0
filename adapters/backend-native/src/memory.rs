//! The memory of an engine: spans that are mapped once and cut into buffers, so that what one run frees the
//! next one takes. Asking the system for pages costs more than the mathematics, and so do small pages.

mod free;

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memmap2::MmapMut;
use smash_core::{Error, Result};

use free::Free;

/// Numbers of a cache line, the unit in which buffers are cut.
const LINE: usize = 16;

/// The least that is mapped at once, in lines (32 MiB); pages that are never touched cost nothing.
const SPAN: usize = 1 << 19;

/// Mapped memory.
#[derive(Debug)]
struct Span {
    /// Keeps it mapped; it is only looked at through `start`.
    _map: MmapMut,
    start: NonNull<f32>,
    free: Free,
}

// SAFETY: `start` points into the map, which can be used from any thread; only buffers, each of which has its
// own range, read and write through it.
unsafe impl Send for Span {}

/// Lines in use now, and the most that ever were.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    now: usize,
    most: usize,
}

#[derive(Debug, Default)]
struct Arena {
    spans: Vec<Span>,
    used: Use,
    /// Lines that may be in use.
    limit: Option<usize>,
}

/// Where buffers come from; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool(Arc<Mutex<Arena>>);

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Arena> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A buffer with unspecified contents.
    ///
    /// # Errors
    /// When the system has no more memory, or the limit does not allow more.
    pub(crate) fn take(&self, len: usize) -> Result<Buffer> {
        let lines = len.div_ceil(LINE).max(1);
        let mut arena = self.lock();
        arena.keep_limit(lines)?;
        let found = arena.spans.iter().enumerate().filter_map(|(i, span)| Some((i, span.free.find(lines)?)));
        let (span, at) = match found.min_by_key(|(_, (_, rest))| *rest) {
            Some((span, (at, _))) => (span, at),
            None => (arena.map(lines)?, 0),
        };
        arena.used.now += lines;
        arena.used.most = arena.used.most.max(arena.used.now);
        let Span { start, free, .. } = &mut arena.spans[span];
        free.take(at, lines);
        // SAFETY: the free list hands out ranges inside the span.
        let start = unsafe { start.add(at * LINE) };
        drop(arena);
        Ok(Buffer { start, len, span, at, pool: self.clone() })
    }

    /// A buffer of zeros.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(crate) fn zeros(&self, len: usize) -> Result<Buffer> {
        let mut buffer = self.take(len)?;
        buffer.fill(0.0);
        Ok(buffer)
    }

    /// A buffer with these contents.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(crate) fn copy(&self, from: &[f32]) -> Result<Buffer> {
        let mut buffer = self.take(from.len())?;
        buffer.copy_from_slice(from);
        Ok(buffer)
    }

    /// Sets the most bytes that may be in use.
    pub(crate) fn limit(&self, bytes: Option<u64>) {
        let line = (LINE * size_of::<f32>()) as u64;
        self.lock().limit = bytes.map(|bytes| usize::try_from(bytes / line).unwrap_or(usize::MAX));
    }

    /// The most bytes that were in use at once.
    pub(crate) fn peak(&self) -> usize {
        self.lock().used.most * LINE * size_of::<f32>()
    }
}

impl Arena {
    fn keep_limit(&self, lines: usize) -> Result<()> {
        match self.limit {
            Some(limit) if self.used.now.saturating_add(lines) > limit => {
                let mib = |lines: usize| (lines * LINE * size_of::<f32>()) as f64 / f64::from(1 << 20);
                Err(Error::Limit(format!(
                    "the limit of memory is {:.1} MiB: {:.1} MiB are in use, and {:.1} MiB more are needed; a smaller \
                     batch or smaller networks take less",
                    mib(limit),
                    mib(self.used.now),
                    mib(lines)
                )))
            }
            _ => Ok(()),
        }
    }

    /// Maps a span for that many lines, or for more; its index. Spans grow with what is mapped, so that there
    /// are few.
    fn map(&mut self, lines: usize) -> Result<usize> {
        let bytes = |lines: usize| lines.checked_mul(LINE * size_of::<f32>());
        let wish = lines.max(SPAN).max(self.used.now / 2);
        let map = |lines| MmapMut::map_anon(bytes(lines).unwrap_or(usize::MAX)).map(|map| (map, lines));
        let (mut map, lines) = map(wish).or_else(|_| map(lines)).map_err(|e| {
            let mib = |lines| bytes(lines).unwrap_or(usize::MAX) >> 20;
            Error::backend(format!(
                "out of memory: {} MiB more are needed, {} MiB are in use ({e}); a smaller batch or smaller networks take less",
                mib(lines),
                mib(self.used.now)
            ))
        })?;
        // Only a wish: few entries of the page table, few interruptions when pages are touched first.
        #[cfg(all(target_os = "linux", not(miri)))]
        let _ = map.advise(memmap2::Advice::HugePage);
        let start = NonNull::from(map.as_mut()).cast::<f32>();
        self.spans.push(Span { _map: map, start, free: Free::all(lines) });
        Ok(self.spans.len() - 1)
    }
}

/// Numbers from a [`Pool`], to which they return.
#[derive(Debug)]
pub(crate) struct Buffer {
    start: NonNull<f32>,
    len: usize,
    span: usize,
    at: usize,
    pool: Pool,
}

// SAFETY: a buffer owns its range of the span, like a `Vec<f32>`.
unsafe impl Send for Buffer {}
// SAFETY: as above; shared buffers are only read.
unsafe impl Sync for Buffer {}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: `len` numbers from `start` on were taken for this buffer alone; mapped memory is
        // initialised (zero at first), aligned, and stays mapped as long as the pool, which the buffer holds,
        // has spans.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as for `deref`, and the buffer is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let lines = self.len.div_ceil(LINE).max(1);
        let mut arena = self.pool.lock();
        arena.used.now -= lines;
        arena.spans[self.span].free.give(self.at, lines);
    }
}

impl Buffer {
    /// Another buffer with the same contents.
    ///
    /// # Errors
    /// As [`Pool::take`].
    pub(crate) fn copy(&self) -> Result<Self> {
        self.pool.copy(self)
    }
}

/// The buffer itself if nobody else has it, a copy otherwise.
///
/// # Errors
/// As [`Pool::take`].
pub(crate) fn own(shared: Arc<Buffer>) -> Result<Buffer> {
    Arc::try_unwrap(shared).or_else(|shared| shared.copy())
}

/// The numbers of a buffer that nobody else has, which is copied first if somebody has.
///
/// # Errors
/// As [`Pool::take`].
pub(crate) fn make_mut(shared: &mut Arc<Buffer>) -> Result<&mut [f32]> {
    if Arc::get_mut(shared).is_none() {
        *shared = Arc::new(shared.copy()?);
    }
    let unshared = || Error::backend("a copy is shared");
    Arc::get_mut(shared).map(|buffer| &mut **buffer).ok_or_else(unshared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back() -> Result<()> {
        let pool = Pool::default();
        let mut a = pool.take(1000)?;
        let b = pool.copy(&[1.0; 77])?;
        a.fill(3.0);
        assert_eq!(b[..], [1.0; 77]);
        let at = a.as_ptr();
        assert_eq!(at as usize % 64, 0);
        drop(a);
        let c = pool.zeros(990)?;
        assert_eq!(c.as_ptr(), at);
        assert!(c.iter().all(|&v| v == 0.0) && c.len() == 990);
        assert_eq!(pool.take(0)?.len(), 0);
        assert_eq!(pool.peak(), (63 + 5) * 64);
        Ok(())
    }

    #[test]
    fn shared_buffers_are_copied() -> Result<()> {
        let pool = Pool::default();
        let mut a = Arc::new(pool.copy(&[1.0, 2.0])?);
        let b = Arc::clone(&a);
        make_mut(&mut a)?[0] = 5.0;
        assert_eq!((a[..].to_vec(), b[..].to_vec()), (vec![5.0, 2.0], vec![1.0, 2.0]));
        let c = Arc::clone(&b);
        assert_ne!(own(c)?.as_ptr(), b.as_ptr());
        let at = b.as_ptr();
        assert_eq!(own(b)?.as_ptr(), at);
        Ok(())
    }

    #[test]
    fn too_much_is_an_error() {
        for len in [usize::MAX / 4, usize::MAX] {
            let error = Pool::default().take(len).map(drop).unwrap_err().to_string();
            assert!(error.contains("out of memory") && error.contains("batch"), "{error}");
        }
    }
}
