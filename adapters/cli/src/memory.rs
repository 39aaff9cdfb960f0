//! The most memory this process has held, where the system tells.

use std::fs;

/// Bytes of the peak resident set since the last [`reset`]; `None` where the system does not say.
pub(crate) fn peak() -> Option<u64> {
    parse(&fs::read_to_string("/proc/self/status").ok()?)
}

/// Starts a new peak at what is held now (Linux).
pub(crate) fn reset() {
    // Where this is not possible the peak of an earlier phase stays: still an upper bound.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn parse(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_the_high_water_mark() {
        assert_eq!(super::parse("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"), Some(2 << 20));
        assert_eq!(super::parse("Name:\tx\n"), None);
    }
}
