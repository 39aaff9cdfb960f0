//! Debug symbols, taken out into files of their own.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::layout::Binary;
use super::platform::Platform;
use crate::workspace::read;

/// A file without its symbols, and those, with the place that debuggers look for them.
pub(super) struct Split {
    pub(super) stripped: Vec<u8>,
    pub(super) debug: Option<(String, Vec<u8>)>,
}

/// Takes the symbols out of a copy. It is `objcopy` rather than `split-debuginfo` of cargo, whose `.dwp`
/// leaves half of what debuggers read in the file itself.
pub(super) fn split(platform: &Platform, binary: &Binary, work: &Path) -> Result<Split, String> {
    if !platform.has_objcopy() {
        return Ok(Split { stripped: read(&binary.source)?, debug: None });
    }
    fs::create_dir_all(work).map_err(|e| format!("{}: {e}", work.display()))?;
    // The file without symbols holds the name of the one that has them.
    let name = binary.place.rsplit('/').next().unwrap_or(&binary.place);
    let (debug, stripped) = (work.join(format!("{name}.debug")), work.join(name));
    objcopy(&["--only-keep-debug"], &binary.source, &debug)?;
    let link = format!("--add-gnu-debuglink={}", debug.display());
    objcopy(&["--strip-all", &link], &binary.source, &stripped)?;
    Ok(Split { stripped: read(&stripped)?, debug: Some((format!("{}.debug", binary.place), read(&debug)?)) })
}

fn objcopy(arguments: &[&str], from: &Path, to: &Path) -> Result<(), String> {
    let status = Command::new("objcopy").args(arguments).arg(from).arg(to).status();
    let status = status.map_err(|e| format!("objcopy could not be started: {e} (install binutils)"))?;
    if status.success() { Ok(()) } else { Err(format!("objcopy {} failed ({status})", from.display())) }
}
