//! `smash predict`.

mod classes;
mod classifier;
mod examples;
mod metrics;
mod model;
mod source;
mod summary;
mod writer;

use std::io::Write;
use std::path::Path;

use smash_plugin::Registry;

use self::classifier::Classifier;
use self::model::Model;
use self::source::{Source, Sources};
use self::summary::Summary;
use self::writer::Writer;
use crate::args::PredictArgs;
use crate::error::{Error, Result};
use crate::output::pretty;
use crate::{bar, output, terminal};

const COUNTED: &str = "{prefix} [{bar:32}] {pos}/{len} examples  {elapsed} elapsed, {eta} left";
const OPEN: &str = "{prefix} {spinner} {pos} examples  {elapsed} elapsed";

/// Classifies what the arguments name with the model of a run or of a file.
pub(crate) fn predict(registry: &Registry, args: &PredictArgs, out: &mut dyn Write) -> Result<()> {
    args.report.iter().try_for_each(|path| output::expect_free(path))?;
    let model = Model::open(registry, &args.model)?;
    let sources = Sources { registry, args, model: &model }.find()?;
    let bar = bar::new(args.quiet);
    let length: Option<usize> = sources.iter().map(Source::len).sum();
    let template = if length.is_some() { COUNTED } else { OPEN };
    bar::begin(&bar, template, "classifying".to_owned(), length.map(|length| length as u64), 0);
    let writer = Writer { out, csv: args.csv, top: args.top.map(|top| top as usize) };
    let mut classifier = Classifier::new(model, writer, args.raw, bar.clone())?;
    let done = sources.into_iter().try_for_each(|source| classifier.classify(source));
    bar.finish_and_clear();
    let (model, summary) = classifier.finish()?;
    done?;
    if !args.quiet {
        terminal::say(&summary.text(&model.classes, terminal::is_watched()));
    }
    if let Some(path) = &args.report {
        output::write_file(path, pretty(&summary.json(&model.classes)))?;
    }
    expect_read(&summary, args.strict)
}

/// Fails where nothing could be read, and with `strict` where anything could not.
fn expect_read(summary: &Summary, strict: bool) -> Result<()> {
    let (unread, all) = (summary.unread(), summary.unread() + summary.classified);
    let what = if unread == 1 { "file" } else { "files" };
    if unread > 0 && (strict || summary.classified == 0) {
        let first = summary.unreadable.first().map_or(Path::new(""), |first| Path::new(&first.file));
        return Err(Error::Data(format!(
            "{unread} {what} of {all} examples could not be read, the first of them {}",
            first.display()
        )));
    }
    Ok(())
}
