//! `smash plot`.

use std::fs;
use std::io::Write;

use smash_plugin::run;

use crate::args::PlotArgs;
use crate::error::{Error, Result};

/// The picture in a run folder.
pub(crate) const PICTURE: &str = "run.svg";

/// Draws a run and says where the picture is.
pub(crate) fn plot(args: &PlotArgs, out: &mut dyn Write) -> Result<()> {
    let svg = run::picture(&args.run)?;
    let path = args.out.clone().unwrap_or_else(|| args.run.join(PICTURE));
    fs::write(&path, svg)
        .map_err(|error| Error::Data(format!("cannot write {}: {error}", path.display())))?;
    writeln!(out, "{}", path.display()).map_err(Error::Output)
}
