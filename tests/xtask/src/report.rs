//! Counts the results that the test harness prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Totals over all test programs.
///
/// A test that lacks something prints `SKIP name: reason` once and returns; the harness counts it as passed,
/// we do not.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: usize,
    failed: usize,
    ignored: usize,
    /// Skips of whole packages, which the harness does not list.
    left_out: usize,
    skips: BTreeMap<String, String>,
}

impl Report {
    /// Parses one line of output.
    pub(crate) fn line(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            for (number, what) in counts.split(['.', ';']).filter_map(|part| part.trim().split_once(' ')) {
                let Ok(number) = number.parse::<usize>() else {
                    continue;
                };
                match what {
                    "passed" => self.passed += number,
                    "failed" => self.failed += number,
                    "ignored" => self.ignored += number,
                    _ => {}
                }
            }
        } else if let Some((name, reason)) = line.strip_prefix("SKIP ").and_then(|rest| rest.split_once(": "))
        {
            self.skips.insert(name.trim().into(), reason.trim().into());
        }
    }

    /// Records a package whose tests could not be built, and why.
    pub(crate) fn leave_out(&mut self, package: &str, reason: &str) {
        self.left_out += 1;
        self.skips.insert(package.into(), reason.into());
    }

    /// Names and reasons of the skipped tests.
    pub(crate) fn skips(&self) -> impl Iterator<Item = (&str, &str)> {
        self.skips.iter().map(|(name, reason)| (name.as_str(), reason.as_str()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skips = self.skips.len();
        let passed = self.passed.saturating_sub(skips - self.left_out.min(skips));
        let skipped = self.ignored + skips;
        write!(f, "{passed} passed, {} failed, {skipped} skipped", self.failed)
    }
}

/// Parses a list of allowed skips, `name: reason` per line; `#` starts a comment line.
pub(crate) fn allowed(text: &str) -> Result<BTreeSet<&str>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once(": ") {
            Some((name, reason)) if !reason.trim().is_empty() => Ok(name.trim()),
            _ => Err(format!("tests/allowed-skips.txt: expected `name: reason`, found `{line}`")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_summed_and_skips_are_not_passes() {
        let mut report = Report::default();
        for line in [
            "test a::b ... ok\n",
            "SKIP b: no data (get it: there)\n",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.29s\n",
            "SKIP b: no data\n",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n",
        ] {
            report.line(line);
        }
        assert_eq!(report.to_string(), "12 passed, 2 failed, 2 skipped");
        assert_eq!(report.skips().collect::<Vec<_>>(), [("b", "no data")]);
        report.leave_out("a-package", "no library");
        assert_eq!(report.to_string(), "12 passed, 2 failed, 3 skipped");
    }

    #[test]
    fn an_allowed_skip_needs_a_reason() {
        let names = allowed("# comment\n\nb: because\nc:  of: this\n").unwrap();
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["b", "c"]);
        assert!(allowed("b\n").unwrap_err().ends_with("found `b`"));
        assert!(allowed(include_str!("../../allowed-skips.txt")).is_ok());
    }
}
