//! Numbers that end, or start, exactly where memory that must not be touched begins.

use std::ops::{Deref, DerefMut};

/// On which side of the numbers the forbidden memory lies, without a gap.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edge {
    /// Behind the last number.
    End,
    /// Before the first one.
    Start,
}

impl Edge {
    pub(super) const BOTH: [Self; 2] = [Self::End, Self::Start];
}

/// Numbers at the edge of their memory: whoever reaches beyond it ends the program with a segmentation fault.
pub(super) struct Guarded(pages::Pages);

impl Guarded {
    pub(super) fn new(numbers: &[f32], edge: Edge) -> Self {
        Self(pages::Pages::new(numbers, edge))
    }
}

impl Deref for Guarded {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.0.numbers()
    }
}

impl DerefMut for Guarded {
    fn deref_mut(&mut self) -> &mut [f32] {
        self.0.numbers_mut()
    }
}

#[cfg(all(unix, not(miri)))]
mod pages {
    use std::ffi::c_void;
    use std::ptr::null_mut;

    use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

    use super::Edge;

    /// Pages of our own, of which the first and the last must not be touched.
    pub(super) struct Pages {
        base: *mut c_void,
        size: usize,
        /// Where the numbers start.
        at: *mut f32,
        len: usize,
    }

    impl Pages {
        #[allow(clippy::unwrap_used)]
        pub(super) fn new(numbers: &[f32], edge: Edge) -> Self {
            let (page, bytes) = (rustix::param::page_size(), size_of_val(numbers));
            let inside = bytes.next_multiple_of(page);
            let size = inside + 2 * page;
            // SAFETY: a new mapping, wherever the system likes; nobody else knows of it.
            let base =
                unsafe { mmap_anonymous(null_mut(), size, ProtFlags::empty(), MapFlags::PRIVATE) }.unwrap();
            let first = base.wrapping_byte_add(page);
            if inside > 0 {
                // SAFETY: the pages between the first and the last of the mapping, which nothing refers to
                // yet.
                unsafe { mprotect(first, inside, MprotectFlags::READ | MprotectFlags::WRITE) }.unwrap();
            }
            let gap = match edge {
                Edge::End => inside - bytes,
                Edge::Start => 0,
            };
            let at = first.wrapping_byte_add(gap).cast::<f32>();
            // SAFETY: `bytes` bytes from `at` on lie inside the pages that may be written; page and gap are
            // multiples of 4. The mapping is new, so the two do not overlap.
            unsafe { at.copy_from_nonoverlapping(numbers.as_ptr(), numbers.len()) };
            Self { base, size, at, len: numbers.len() }
        }

        pub(super) fn numbers(&self) -> &[f32] {
            // SAFETY: `new` has put `len` numbers there, and the mapping lives as long as `self`.
            unsafe { std::slice::from_raw_parts(self.at, self.len) }
        }

        pub(super) fn numbers_mut(&mut self) -> &mut [f32] {
            // SAFETY: as above; `self` is borrowed exclusively.
            unsafe { std::slice::from_raw_parts_mut(self.at, self.len) }
        }
    }

    impl Drop for Pages {
        fn drop(&mut self) {
            // SAFETY: the mapping is ours, and nothing borrows from it any more.
            let _ = unsafe { munmap(self.base, self.size) };
        }
    }
}

/// Miri watches the bounds of every allocation by itself.
#[cfg(not(all(unix, not(miri))))]
mod pages {
    use super::Edge;

    pub(super) struct Pages(Vec<f32>);

    impl Pages {
        pub(super) fn new(numbers: &[f32], _: Edge) -> Self {
            Self(numbers.to_vec())
        }

        pub(super) fn numbers(&self) -> &[f32] {
            &self.0
        }

        pub(super) fn numbers_mut(&mut self) -> &mut [f32] {
            &mut self.0
        }
    }
}

#[test]
fn numbers_lie_at_the_edge() {
    let numbers: Vec<f32> = (0..1027).map(|i| i as f32).collect();
    for edge in Edge::BOTH {
        for len in [0, 1, 5, 1024, 1027].into_iter().filter(|len| !cfg!(miri) || *len < 10) {
            let mut guarded = Guarded::new(&numbers[..len], edge);
            assert_eq!(&*guarded, &numbers[..len]);
            guarded.iter_mut().for_each(|x| *x += 1.0);
            assert!(guarded.iter().zip(&numbers).all(|(x, y)| *x == y + 1.0));
            #[cfg(all(unix, not(miri)))]
            {
                let edge = match edge {
                    Edge::End => guarded.as_ptr_range().end,
                    Edge::Start => guarded.as_ptr_range().start,
                };
                assert_eq!(edge.addr() % rustix::param::page_size(), 0);
            }
        }
    }
}
