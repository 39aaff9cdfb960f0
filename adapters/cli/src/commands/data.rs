//! `smash data`.

mod canvas;
mod names;
mod recognise;
mod report;
mod sheet;
mod statistics;
mod thumbnail;
mod voxels;

use std::io::{Cursor, Write};
use std::path::Path;

use image::RgbImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use serde_json::Value;
use smash_core::dataset::{Data, Split, SplitRule};
use smash_core::random::Seed;
use smash_plugin::{Job, Registry};

use self::report::Report;
use self::sheet::Sheet;
use self::statistics::Statistics;
use crate::args::{DataArgs, SplitArg};
use crate::error::{Error, Result};
use crate::preflight::warn_of;
use crate::{bar, input, job, output};

const STYLE: &str = "{prefix} [{bar:32}] {pos}/{len} examples  {elapsed} elapsed, {eta} left";

/// Reports on a dataset: its splits, classes and statistics.
pub(crate) fn data(registry: &Registry, args: &DataArgs, out: &mut dyn Write) -> Result<()> {
    let (config, rule, seed) = configuration(registry, args)?;
    let data = Data::split(registry.dataset(&config)?, &rule, Seed::new(seed))?;
    warn_of(&data);
    let bar = bar::new(args.quiet);
    bar::begin(&bar, STYLE, "reading".to_owned(), Some(data.splits().train.len() as u64), 0);
    let statistics = Statistics::of(&data, &mut |done| bar.set_position(done as u64));
    bar.finish_and_clear();
    let statistics = statistics?;
    let names = names::of(&data);
    let report = Report { config: &config, seed, data: &data, statistics: &statistics, names: &names };
    if let Some(path) = &args.sheet {
        let part = match args.part {
            SplitArg::Train => Some(Split::Train),
            SplitArg::Valid => Some(Split::Valid),
            SplitArg::Test => Some(Split::Test),
            SplitArg::All => None,
        };
        let sheet = Sheet { report: &report, part, examples: usize::from(args.examples) };
        save(&sheet.draw()?, path)?;
    }
    let text =
        if args.json { report.json(args.sheet.as_deref()) } else { report.text(args.sheet.as_deref()) };
    out.write_all(text.as_bytes()).map_err(Error::Output)
}

/// The configuration of the dataset, and the split rule and seed of the job, if there is one.
fn configuration(registry: &Registry, args: &DataArgs) -> Result<(Value, SplitRule, u64)> {
    let name = input::name(&args.data);
    let given = is_json(&args.data);
    let mut document = if given {
        input::json(&input::text(&args.data)?, &name)?
    } else {
        recognise::recognise(registry, &args.data)?
    };
    for set in &args.sets {
        Job::apply(&mut document, set)?;
    }
    let seed = args.seed.unwrap_or(0);
    if document.get("dataset").is_some() {
        let job = job::parse(registry, document, &name)?;
        return Ok((job.dataset, job.splits, args.seed.unwrap_or(job.seed)));
    }
    if document.get("type").is_none() {
        return Err(Error::Usage(format!(
            "{name}: expected a dataset {{\"type\": …}} or a job {{\"dataset\": …}}, found {}",
            input::kind(&document)
        )));
    }
    if given {
        job::expand_environment(&mut document, &name)?;
    }
    Ok((document, SplitRule::default(), seed))
}

fn is_json(path: &Path) -> bool {
    input::is_stdin(path) || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn save(image: &RgbImage, path: &Path) -> Result<()> {
    let failed =
        |error: &dyn std::fmt::Display| Error::Data(format!("cannot write {}: {error}", path.display()));
    let mut png = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive);
    image.write_with_encoder(encoder).map_err(|e| failed(&e))?;
    output::write_file(path, png.into_inner())
}
