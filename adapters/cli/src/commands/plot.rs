//! `smash plot`.

use std::fs;
use std::io::Write;

use smash_files::Room;
use smash_plugin::run;

use crate::args::PlotArgs;
use crate::error::{Error, Result};

/// The file name of the picture in a run folder.
pub(crate) const PICTURE: &str = "run.svg";

/// Plots a run and prints the path of the picture.
pub(crate) fn plot(args: &PlotArgs, out: &mut dyn Write) -> Result<()> {
    let svg = run::picture(&args.run)?;
    let path = args.out.clone().unwrap_or_else(|| args.run.join(PICTURE));
    let written = match args.out {
        // Where the user says.
        Some(_) => fs::write(&path, svg),
        None => Room::open(&args.run).and_then(|room| room.write(PICTURE, svg.as_bytes())),
    };
    written.map_err(|error| Error::Data(format!("cannot write {}: {error}", path.display())))?;
    writeln!(out, "{}", path.display()).map_err(Error::Output)
}
