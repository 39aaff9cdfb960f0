//! `smash fetch`.

use std::io::Write;
use std::time::Duration;

use indicatif::ProgressBar;
use smash_fetch::{Control, Progress, SOURCES, Settings, Source};

use crate::args::FetchArgs;
use crate::error::{Error, Result};
use crate::output::pretty;
use crate::table::{Align, bytes, seconds, table};
use crate::{bar, interrupt, terminal};

const SIZED: &str = "{prefix} [{bar:32}] {bytes}/{total_bytes}  {bytes_per_sec}, {eta} left";
const OPEN: &str = "{prefix} {spinner} {bytes}  {bytes_per_sec}, {elapsed} elapsed";

/// Downloads a dataset and prints the configuration that reads it; without a name, lists the datasets.
pub(crate) fn fetch(args: &FetchArgs, out: &mut dyn Write) -> Result<u8> {
    let Some(name) = &args.name else {
        return out.write_all(list().as_bytes()).map_err(Error::Output).map(|()| 0);
    };
    let source = smash_fetch::find(name)?;
    let settings = Settings {
        mirror: args.mirror.clone(),
        stall: args.patience,
        retries: args.retries,
        proxy: true,
        ..Settings::default()
    };
    let cancel = interrupt::cancel_flag()?;
    let mut bar = Bar::new(args.quiet);
    let mut watch = |progress: Progress<'_>| bar.show(progress);
    let done = source.fetch(&args.dir, &settings, &mut Control { cancel: &cancel, watch: &mut watch });
    bar.clear();
    match done {
        Err(smash_fetch::Error::Cancelled) => {
            terminal::say(&smash_fetch::Error::Cancelled.to_string());
            return Ok(interrupt::INTERRUPTED);
        }
        Err(error) => return Err(error.into()),
        Ok(place) if !args.quiet => {
            terminal::say(&format!("{} is in {}; a job's \"dataset\":", source.name, place.display()));
        }
        Ok(_) => {}
    }
    out.write_all(pretty(&source.dataset(&args.dir)).as_bytes()).map_err(Error::Output)?;
    Ok(0)
}

fn list() -> String {
    let row = |source: &Source| {
        let size = source.files.iter().map(|file| file.size).sum::<Option<u64>>().filter(|size| *size > 0);
        let size = size.map_or_else(|| "–".to_owned(), bytes);
        let login = if source.login.is_some() { " (login)" } else { "" };
        vec![source.name.to_owned(), size, format!("{}{login}", source.about), source.page.to_owned()]
    };
    let columns =
        [("NAME", Align::Left), ("SIZE", Align::Right), ("ABOUT", Align::Left), ("PAGE", Align::Left)];
    table(&columns, &SOURCES.iter().map(row).collect::<Vec<_>>())
}

/// The progress bar of a download. Draws on a terminal only; errors are also reported elsewhere.
struct Bar {
    bar: ProgressBar,
    quiet: bool,
    /// The current activity, and on which file.
    now: String,
}

impl Bar {
    fn new(quiet: bool) -> Self {
        Self { bar: bar::new(quiet), quiet, now: String::new() }
    }

    fn show(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Download { name, done, total } => self.at(name, done, total),
            Progress::Check { name, done, total } => self.at(&format!("checking {name}"), done, Some(total)),
            Progress::Unpack { name, done, total } => {
                self.at(&format!("unpacking {name}"), done, Some(total))
            }
            Progress::Retry { problem, wait } => self.retry(problem, wait),
        }
    }

    fn at(&mut self, what: &str, done: u64, total: Option<u64>) {
        if self.now != what || self.bar.position() > done {
            what.clone_into(&mut self.now);
            let template = if total.is_some() { SIZED } else { OPEN };
            bar::begin(&self.bar, template, what.to_owned(), total, done);
        }
        self.bar.set_position(done);
    }

    fn retry(&self, problem: &str, wait: Duration) {
        if !self.quiet {
            let note = format!("note: {problem}; next attempt in {}", seconds(wait.as_secs_f64()));
            self.bar.suspend(|| terminal::say(&note));
        }
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
