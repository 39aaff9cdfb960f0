//! Prefetching of an iterator on a background thread.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::Result;
use crate::process::Process;

/// Finished items that the channel holds; the thread works on one more, so the prefetch distance is one
/// larger.
const BUFFERED: usize = 2;

/// Items in the order in which they are made, prefetched or not.
pub(super) enum Prefetch<T> {
    /// Made on the calling thread, on request.
    Inline(Box<dyn Iterator<Item = T> + Send>),
    /// Prefetched on a background thread.
    Background(Worker<T>),
}

/// The receiving end of the channel; its fields are `None` once nothing more is received.
pub(super) struct Worker<T> {
    items: Option<Receiver<T>>,
    thread: Option<JoinHandle<()>>,
    process: Process,
}

impl<T: Send + 'static> Prefetch<T> {
    /// Without prefetching: makes each item when it is requested.
    pub(super) fn inline(items: impl Iterator<Item = T> + Send + 'static) -> Self {
        Self::Inline(Box::new(items))
    }

    /// Prefetches the items of an iterator on a thread that ends with the iterator. Dropping the result ends
    /// it too, and waits for the item in progress. If no thread can be spawned, items are made on request.
    pub(super) fn background(items: impl Iterator<Item = T> + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(BUFFERED);
        // The thread takes the iterator out of the mutex when it starts; if spawning fails it is still there.
        let items = Arc::new(Mutex::new(Some(items)));
        let theirs = Arc::clone(&items);
        let work = move || {
            for item in taken(&theirs).into_iter().flatten() {
                if sender.send(item).is_err() {
                    break;
                }
            }
        };
        match Builder::new().name("smash-data".into()).spawn(work) {
            Ok(thread) => Self::Background(Worker {
                items: Some(receiver),
                thread: Some(thread),
                process: Process::current(),
            }),
            Err(_) => Self::inline(taken(&items).into_iter().flatten()),
        }
    }
}

fn taken<I>(items: &Mutex<Option<I>>) -> Option<I> {
    items.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl<T> Prefetch<T> {
    /// Checks that the thread that prefetches is there: in a forked child it is not, and the next item would
    /// never come.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Inline(_) => Ok(()),
            Self::Background(worker) => worker.process.check("prefetched batches"),
        }
    }
}

impl<T> Iterator for Prefetch<T> {
    type Item = T;

    /// A panic on the thread resumes here, after the items that were finished before it.
    fn next(&mut self) -> Option<T> {
        match self {
            Self::Inline(items) => items.next(),
            Self::Background(worker) => {
                let item = worker.items.as_ref().and_then(|items| items.recv().ok());
                if item.is_none()
                    && let Some(Err(panic)) = worker.thread.take().map(JoinHandle::join)
                {
                    resume_unwind(panic);
                }
                item
            }
        }
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        // Without a receiver the thread ends at its next item.
        self.items = None;
        // In a forked child the thread is not there, and will never end.
        if !self.process.is_current() {
            std::mem::forget(self.thread.take());
        }
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn counted(made: &Arc<AtomicUsize>, most: usize) -> impl Iterator<Item = usize> + Send + use<> {
        let made = Arc::clone(made);
        (0..most).inspect(move |_| {
            made.fetch_add(1, Ordering::SeqCst);
        })
    }

    #[test]
    fn items_come_in_order_and_no_more_are_made_than_may_wait() {
        let made = Arc::new(AtomicUsize::new(0));
        let mut items = Prefetch::background(counted(&made, 1000));
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(made.load(Ordering::SeqCst), BUFFERED + 1);
        for i in 0..500 {
            assert_eq!(items.next(), Some(i));
            assert!(made.load(Ordering::SeqCst) <= i + BUFFERED + 2);
        }
        drop(items);
        // Dropping joins the thread: the iterator, and what it owns, is gone.
        assert_eq!(Arc::strong_count(&made), 1);
        assert!(Prefetch::background(counted(&made, 3)).eq(0..3));
        assert!(Prefetch::inline(counted(&made, 3)).eq(0..3));
    }

    #[test]
    fn a_panic_comes_out_where_its_item_would_have() {
        let items = (0..5).map(|i| if i == 3 { std::panic::panic_any("torn") } else { i });
        let mut items = Prefetch::background(items);
        assert_eq!([items.next(), items.next(), items.next()], [Some(0), Some(1), Some(2)]);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| items.next()));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"torn"));
        assert_eq!(items.next(), None);
    }
}
