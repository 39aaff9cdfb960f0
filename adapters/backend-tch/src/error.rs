//! Converts libtorch's errors to those of the core.

use smash_core::{Error, Result};
use tch::TchError;

/// Adds to libtorch's errors what was being done.
pub(crate) trait At<T> {
    /// The error with a description of what was being done.
    fn at(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> At<T> for Result<T, TchError> {
    fn at(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Error::backend(explain(&what(), &error.to_string())))
    }
}

/// libtorch's messages for exhausted memory: of CUDA, the CPU on Linux, the CPU elsewhere, and the C++
/// allocator.
const NO_MEMORY: [&str; 4] = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc"];

/// Shortens a message of libtorch to its first line; the rest is its call stack.
fn explain(what: &str, message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line.strip_prefix("Internal torch error: ").unwrap_or(line);
    if NO_MEMORY.iter().any(|words| line.contains(words)) {
        return format!("{what}: the device is out of memory; take a smaller batch or space ({line})");
    }
    format!("{what}: libtorch: {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_short_and_say_what_to_do() {
        let text = explain("node 3 (conv)", "Internal torch error: sizes differ\nframe #0: c10::Error");
        assert_eq!(text, "node 3 (conv): libtorch: sizes differ");
        let text =
            explain("input \"x\"", "Internal torch error: CUDA out of memory. Tried to allocate 9 GiB");
        assert!(text.contains("\"x\"") && text.contains("smaller batch") && text.contains("9 GiB"), "{text}");
        let text =
            explain("x", "Internal torch error: DefaultCPUAllocator: can't allocate memory: you tried …");
        assert!(text.contains("smaller batch"), "{text}");
    }
}
