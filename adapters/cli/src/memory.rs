//! Peak memory of this process, where the system reports it.

use std::fs;

/// Peak resident set size in bytes since the last [`reset`]; `None` where the system does not report it.
pub(crate) fn peak() -> Option<u64> {
    parse(&fs::read_to_string("/proc/self/status").ok()?)
}

/// Resets the peak to the current resident set size (Linux).
pub(crate) fn reset() {
    // Where this fails, the peak of an earlier phase remains: still an upper bound.
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
