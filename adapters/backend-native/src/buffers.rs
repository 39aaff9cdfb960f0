//! Buffers that are reused: allocating and returning pages costs more than the mathematics.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Numbers that may stay idle beyond the peak of what was in use at once (64 MiB).
const SPARE: usize = 1 << 24;

#[derive(Debug, Default)]
struct Idle {
    /// Idle buffers by capacity.
    buffers: BTreeMap<usize, Vec<Vec<f32>>>,
    /// Numbers in idle buffers, in buffers in use, and the most that were in use at once.
    idle: usize,
    used: usize,
    peak: usize,
}

/// A pool of buffers; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool(Arc<Mutex<Idle>>);

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A buffer with unspecified contents.
    pub(crate) fn take(&self, len: usize) -> Buffer {
        self.find(len).0
    }

    /// A buffer and whether it is known to be zero.
    fn find(&self, len: usize) -> (Buffer, bool) {
        let class = class(len);
        let mut idle = self.lock();
        let found = idle.buffers.range_mut(class..=class + class / 4).find_map(|(_, list)| list.pop());
        let fresh = found.is_none();
        if let Some(buffer) = &found {
            idle.idle -= buffer.len();
        }
        idle.used += found.as_ref().map_or(class, Vec::len);
        idle.peak = idle.peak.max(idle.used);
        drop(idle);
        let data = found.unwrap_or_else(|| vec![0.0; class]);
        (Buffer { data, len, pool: self.clone() }, fresh)
    }

    /// A buffer of zeros.
    pub(crate) fn zeros(&self, len: usize) -> Buffer {
        let (mut buffer, zero) = self.find(len);
        if !zero {
            buffer.fill(0.0);
        }
        buffer
    }

    /// A buffer with these contents.
    pub(crate) fn copy(&self, from: &[f32]) -> Buffer {
        let mut buffer = self.take(from.len());
        buffer.copy_from_slice(from);
        buffer
    }
}

/// Capacities grow in eighths of powers of two, so that similar sizes share buffers.
fn class(len: usize) -> usize {
    let step = (len.next_power_of_two() / 8).max(64);
    len.div_ceil(step).max(1) * step
}

/// Numbers from a [`Pool`], to which they return.
#[derive(Debug)]
pub(crate) struct Buffer {
    data: Vec<f32>,
    len: usize,
    pool: Pool,
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.data[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[..self.len]
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        self.pool.copy(self)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let data = std::mem::take(&mut self.data);
        let mut idle = self.pool.lock();
        idle.used -= data.len();
        if idle.idle + data.len() <= idle.peak + SPARE {
            idle.idle += data.len();
            idle.buffers.entry(data.len()).or_default().push(data);
        }
    }
}

/// The buffer itself if nobody else has it, a copy otherwise.
pub(crate) fn own(shared: Arc<Buffer>) -> Buffer {
    Arc::try_unwrap(shared).unwrap_or_else(|shared| shared.as_ref().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back() {
        let pool = Pool::default();
        let mut a = pool.take(1000);
        a.fill(3.0);
        let at = a.as_ptr();
        drop(a);
        let b = pool.zeros(990);
        assert_eq!(b.as_ptr(), at);
        assert!(b.iter().all(|&v| v == 0.0) && b.len() == 990);
        assert_eq!(pool.take(0).len(), 0);
    }
}
