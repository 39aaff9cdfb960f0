//! `smash plugin check`: the conformance checks, each component in a child process of its own.

mod channel;
mod watched;

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_plugin::loader::{self, Provided};
use smash_plugin::{Registry, conformance};

use self::channel::Reporter;
use crate::args::CheckArgs;
use crate::error::{Error, Result};
use crate::input;
use crate::terminal::line;

/// Checks all components of a plugin; the exit code is 1 when one fails.
pub(crate) fn check(args: &CheckArgs, out: &mut dyn Write) -> Result<u8> {
    let configs = configs(&args.configs)?;
    if let Some(only) = &args.only {
        return child(args, only, &configs);
    }
    let fault = |fault| smash_plugin::Error::Plugin { manifest: args.manifest.clone(), fault };
    let (manifest, _) = loader::inspect(&args.manifest).map_err(fault)?;
    let mut failed = 0;
    for Provided { kind, id } in &manifest.provides {
        writeln!(out, "{} {id:?}", kind.key()).map_err(Error::Output)?;
        let problem = watched::watch(args, &format!("{}/{id}", kind.key()), out)?;
        if let Some(problem) = problem {
            failed += 1;
            writeln!(out, "  FAILED: {}", line(&problem)).map_err(Error::Output)?;
        }
    }
    let (count, name) = (manifest.provides.len(), line(&manifest.name));
    let verdict = if failed == 0 {
        "keeps its promises".to_owned()
    } else {
        format!("{failed} of {count} components fail")
    };
    writeln!(out, "{name}: {verdict}").map_err(Error::Output)?;
    Ok(u8::from(failed > 0))
}

/// Configurations by component id.
fn configs(texts: &[String]) -> Result<BTreeMap<String, Value>> {
    let config = |text: &String| {
        let value = input::json(text, &format!("--config {text}"))?;
        let id = value["type"].as_str().map(str::to_owned);
        let id = id.ok_or_else(|| {
            Error::Usage(format!("--config {text}: expected an object with the field \"type\""))
        })?;
        Ok((id, value))
    };
    texts.iter().map(config).collect()
}

/// In the child process: loads the plugin and checks one component.
fn child(args: &CheckArgs, only: &str, configs: &BTreeMap<String, Value>) -> Result<u8> {
    // Before the plugin is loaded: its code must not find the channel where it looks for standard input.
    let mut reporter = Reporter::open()?;
    let mut registry = Registry::builtin()?;
    registry.load_plugin(&args.manifest)?;
    let (kind, id) = only.split_once('/').unwrap_or((only, ""));
    let kind = Kind::ALL.into_iter().find(|k| k.key() == kind);
    let kind = kind.ok_or_else(|| Error::Usage(format!("--only {only}: expected KIND/ID")))?;
    let default = json!({"type": id});
    let config = configs.get(id).unwrap_or(&default);
    conformance::check(&registry, kind, config, &mut |case| reporter.case(&case));
    reporter.end()?;
    Ok(0)
}
