//! `smash plot`.

use std::io::Write;

use smash_files::Room;
use smash_plugin::run;

use crate::args::PlotArgs;
use crate::error::{Error, Result};
use crate::output;

/// The file name of the picture in a run folder.
pub(crate) const PICTURE: &str = "run.svg";

/// Plots a run and prints the path of the picture.
pub(crate) fn plot(args: &PlotArgs, out: &mut dyn Write) -> Result<()> {
    let svg = run::picture(&args.run)?;
    let path = args.out.clone().unwrap_or_else(|| args.run.join(PICTURE));
    match args.out {
        Some(_) => output::write_file(&path, svg)?,
        None => Room::open(&args.run)
            .and_then(|room| room.write(PICTURE, svg.as_bytes()))
            .map_err(|error| Error::Data(format!("cannot write {}: {error}", path.display())))?,
    }
    writeln!(out, "{}", path.display()).map_err(Error::Output)
}
