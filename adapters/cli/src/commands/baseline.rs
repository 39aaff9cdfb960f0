//! `smash baseline`.

use std::io::Write;

use smash_core::architecture::ArchitectureFile;
use smash_plugin::run::RunFolder;
use smash_plugin::{HandDesignedConfig, Registry, size_of};

use super::train::train_file;
use crate::args::{BaselineArgs, TrainArgs};
use crate::error::Result;
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
    let out_folder = args.out.clone().unwrap_or_else(|| {
        let mut stem = folder::stem(&args.job.job).into_os_string();
        stem.push(format!("-{}", args.family));
        RunFolder::free_name(stem.as_ref())
    });
    let train = TrainArgs {
        // The path where the run itself will write the architecture.
        architecture: out_folder.join("best.arch.json"),
        job: args.job.clone(),
        out: out_folder,
        run: args.run.clone(),
    };
    train_file(registry, &file, &train, out)
}
