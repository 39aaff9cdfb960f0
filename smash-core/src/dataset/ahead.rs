//! Work that is done ahead of whoever needs it.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// How many finished items wait at most; one more is being made.
const AHEAD: usize = 2;

/// Items in the order in which they are made.
pub(super) enum Ahead<T> {
    /// By whoever asks, when asked.
    Here(Box<dyn Iterator<Item = T> + Send>),
    /// On a thread of its own, some ahead.
    There(Made<T>),
}

/// The receiving end; `None` when nothing is wanted any more.
pub(super) struct Made<T> {
    items: Option<Receiver<T>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Ahead<T> {
    /// Makes the items of an iterator when they are asked for.
    pub(super) fn here(items: impl Iterator<Item = T> + Send + 'static) -> Self {
        Self::Here(Box::new(items))
    }

    /// Makes the items of an iterator on a thread of its own, which ends with the iterator, or when the result is dropped:
    /// that waits for the item that is being made. If the system gives no thread, they are made when asked for.
    pub(super) fn there(items: impl Iterator<Item = T> + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(AHEAD);
        // The thread takes the items when it is there; until then they are ours.
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
            Ok(thread) => Self::There(Made { items: Some(receiver), thread: Some(thread) }),
            Err(_) => Self::here(taken(&items).into_iter().flatten()),
        }
    }
}

fn taken<I>(items: &Mutex<Option<I>>) -> Option<I> {
    items.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl<T> Iterator for Ahead<T> {
    type Item = T;

    /// A panic that ended the making comes out here, behind the items that were finished before it.
    fn next(&mut self) -> Option<T> {
        match self {
            Self::Here(items) => items.next(),
            Self::There(made) => {
                let item = made.items.as_ref().and_then(|items| items.recv().ok());
                if item.is_none()
                    && let Some(Err(panic)) = made.thread.take().map(JoinHandle::join)
                {
                    resume_unwind(panic);
                }
                item
            }
        }
    }
}

impl<T> Drop for Made<T> {
    fn drop(&mut self) {
        // Without a receiver the thread ends at its next item.
        self.items = None;
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
        let mut ahead = Ahead::there(counted(&made, 1000));
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(made.load(Ordering::SeqCst), AHEAD + 1);
        for i in 0..500 {
            assert_eq!(ahead.next(), Some(i));
            assert!(made.load(Ordering::SeqCst) <= i + AHEAD + 2);
        }
        drop(ahead);
        // Nothing goes on behind the back of whoever dropped it: the iterator, and what it holds, is gone.
        assert_eq!(Arc::strong_count(&made), 1);
        assert!(Ahead::there(counted(&made, 3)).eq(0..3));
        assert!(Ahead::here(counted(&made, 3)).eq(0..3));
    }

    #[test]
    fn a_panic_comes_out_where_its_item_would_have() {
        let items = (0..5).map(|i| if i == 3 { std::panic::panic_any("torn") } else { i });
        let mut ahead = Ahead::there(items);
        assert_eq!([ahead.next(), ahead.next(), ahead.next()], [Some(0), Some(1), Some(2)]);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ahead.next()));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"torn"));
        assert_eq!(ahead.next(), None);
    }
}
