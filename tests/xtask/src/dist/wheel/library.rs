//! The parts of `smash-nas`: the library and the command.

use std::path::Path;

use crate::dist::archive::Archive;
use crate::dist::built::Built;
use crate::dist::{layout, licences};

use super::parts::Parts;
use super::platform_tag;

pub(super) fn parts(built: &Built, folder: &Path) -> Result<Parts, String> {
    let [library, program] = layout::binaries(&built.platform, &built.binaries)?;
    let work = folder.join("work");
    let mut archive = Archive::default();
    let place = format!("package/{}", layout::library(&built.platform)?.start());
    archive.executable(&place, built.split(&library, &work)?.stripped);
    archive.executable("scripts/smash", built.split(&program, &work)?.stripped);
    licences::fill(&mut archive, "package/licenses", &built.metadata, &built.rust)?;
    let tag = platform_tag::of(&built.platform.target, &[&library.source, &program.source])?;
    Parts::write(archive, tag, &folder.join("parts/smash-nas"))
}
