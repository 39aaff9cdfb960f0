//! Baselines: hand-designed networks with as many parameters as a found one.

use serde_json::Value;
use smash_core::architecture::ArchitectureFile;
use smash_core::error::Problem;
use smash_core::space::WeightScheme;
use smash_core::task::Task;
use smash_search_spaces::hand_designed::{Family, HandDesignedConfig, fit};

use crate::error::{Error, Result};
use crate::{Registry, space_of};

/// The network of `family` for a task whose parameter count is within 5 % of the one asked for.
///
/// # Errors
/// When the family has no network of that size.
pub fn baseline(
    family: Family,
    config: &HandDesignedConfig,
    task: &Task,
    params: u64,
) -> Result<ArchitectureFile> {
    let choices = fit(config, task, family, params)?;
    let architecture = config.build(task)?.architecture(&choices)?;
    let mut settings = serde_json::to_value(config)
        .map_err(|e| Error::Architecture(vec![Problem::new("", e.to_string())]))?;
    settings["type"] = architecture.space.clone().into();
    Ok(ArchitectureFile { architecture, settings: Some(settings), task: Some(task.clone()) })
}

/// Parameters of the stand-alone network of an architecture, and the settings with which hand-designed
/// networks see their input at the same resolution.
///
/// # Errors
/// As [`space_of`].
pub fn size_of(registry: &Registry, file: &ArchitectureFile) -> Result<(u64, HandDesignedConfig)> {
    let (space, _) = space_of(registry, file, None)?;
    let params = space.build(&file.architecture, WeightScheme::Standalone)?.count().params;
    Ok((params, HandDesignedConfig::beside(file.settings.as_ref().unwrap_or(&Value::Null))))
}
