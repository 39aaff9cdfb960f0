//! `smash baseline`.

use std::io::Write;

use smash_core::architecture::ArchitectureFile;
use smash_plugin::run::RunFolder;
use smash_plugin::{HandDesignedConfig, Registry, size_of};

use super::train::{Run, train_file};
use crate::args::BaselineArgs;
use crate::error::Result;
use crate::folder::Place;
use crate::{folder, input, job};

/// Trains a hand-designed network of a given number of parameters.
pub(crate) fn baseline(registry: &Registry, args: &BaselineArgs, out: &mut dyn Write) -> Result<u8> {
    let (params, mut config) = match &args.params_like {
        Some(path) => {
            let like: ArchitectureFile =
                if path.is_dir() { RunFolder::read_best(path)? } else { input::architecture_file(path)? };
            size_of(registry, &like)?
        }
        None => (args.params.unwrap_or_default(), HandDesignedConfig::default()),
    };
    config.stem_stride = args.stem_stride.map_or(config.stem_stride, usize::from);
    let job = job::load(registry, &args.job)?;
    let task = registry.dataset(&job.dataset)?.task().clone();
    let file = smash_plugin::baseline(args.family, &config, &task, params)?;
    let mut stem = folder::stem(&args.job.job).into_os_string();
    stem.push(format!("-{}", args.family));
    let place = args.out.as_deref().map_or(Place::Next(stem.as_ref()), Place::Named);
    train_file(registry, (&file, None), Run { job: &args.job, place, run: &args.run }, out)
}
