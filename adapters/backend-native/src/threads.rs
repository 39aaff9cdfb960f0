//! The worker threads of an engine.

use std::mem;
use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};
use smash_core::process::Process;
use smash_core::{Error, Result};

/// A pool of threads, which only the process that started them has.
#[derive(Debug)]
pub(crate) struct Threads {
    pool: Arc<ThreadPool>,
    process: Process,
}

impl Threads {
    /// Starts that many threads; 0: one per core.
    pub(crate) fn start(count: usize) -> Result<Self> {
        let pool = ThreadPoolBuilder::new().num_threads(count).thread_name(|i| format!("smash-native-{i}"));
        let pool = pool.build().map_err(|e| Error::backend(format!("cannot start threads: {e}")))?;
        Ok(Self { pool: Arc::new(pool), process: Process::current() })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs work on the threads.
    ///
    /// # Errors
    /// [`Error::State`] in a forked child, which has none of them.
    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        self.process.check("engine \"native\"")?;
        Ok(self.pool.install(work))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Ending threads takes locks that a thread may have held when the process was forked.
        if !self.process.is_current() {
            mem::forget(Arc::clone(&self.pool));
        }
    }
}
