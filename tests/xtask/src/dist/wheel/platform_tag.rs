//! The tag of a wheel: which Linux it can be installed on. By PEP 600 that is the glibc that it needs.

use std::path::Path;
use std::process::Command;

/// The first glibc whose systems have a libstdc++ of this version (`GLIBCXX_3.4.…`), as auditwheel's policies
/// have it.
const CPP: [(u32, u32); 5] = [(24, 27), (28, 31), (29, 34), (30, 35), (33, 39)];

/// The tag of files together.
pub(super) fn of(target: &str, files: &[&Path]) -> Result<String, String> {
    let mut minor = 17; // Rust's standard library needs as much
    for file in files {
        minor = minor.max(needed(&versions(file)?).map_err(|e| format!("{}: {e}", file.display()))?);
    }
    let architecture = target.split('-').next().unwrap_or_default();
    Ok(format!("manylinux_2_{minor}_{architecture}"))
}

/// The versions of symbols that a file needs, and those it defines.
fn versions(file: &Path) -> Result<String, String> {
    let output = Command::new("readelf").args(["--wide", "--version-info"]).arg(file).output();
    let output = output.map_err(|e| format!("readelf could not be started: {e} (install binutils)"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("readelf {} failed ({})", file.display(), output.status))
}

/// The minor version of the glibc 2 that has all of them.
fn needed(versions: &str) -> Result<u32, String> {
    let mut most = 0;
    for name in versions.lines().filter_map(|line| line.split("Name: ").nth(1)?.split_whitespace().next()) {
        let minor = if let Some(version) = name.strip_prefix("GLIBC_2.") {
            number(version)
        } else if let Some(version) = name.strip_prefix("GLIBCXX_3.4") {
            let cpp = number(version.trim_start_matches('.'));
            cpp.and_then(|cpp| CPP.iter().find(|(most, _)| cpp <= *most)).map(|(_, glibc)| *glibc)
        } else if name == "GLIBC_ABI_DT_RELR" {
            Some(36)
        } else {
            continue;
        };
        most = most.max(
            minor.ok_or_else(|| format!("expected a known version of glibc or libstdc++, found {name}"))?,
        );
    }
    Ok(most)
}

/// The first number of a version; none is 0.
fn number(version: &str) -> Option<u32> {
    let first = version.split('.').next()?;
    if first.is_empty() { Some(0) } else { first.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_version_counts() {
        let line = |name: &str| format!("  0x0010:   Name: {name}  Flags: none  Version: 7\n");
        let of = |names: &[&str]| needed(&names.iter().map(|name| line(name)).collect::<String>());
        assert_eq!(
            of(&["GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.4", "GCC_3.0", "ld-linux-x86-64.so.2"]),
            Ok(34)
        );
        assert_eq!(of(&["GLIBC_2.2.5", "GLIBCXX_3.4", "GLIBCXX_3.4.29", "CXXABI_1.3"]), Ok(34));
        assert_eq!(of(&["GLIBC_2.35", "GLIBCXX_3.4.9"]), Ok(35));
        assert_eq!(of(&[]), Ok(0));
        assert!(of(&["GLIBCXX_3.4.99"]).unwrap_err().contains("found GLIBCXX_3.4.99"));
        assert!(of(&["GLIBC_2.x"]).is_err());
    }
}
