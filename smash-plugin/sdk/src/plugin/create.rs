//! Creates components from a request of the host, and fills in the defaults of configurations.

use std::ffi::{c_char, c_void};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smash_core::Error as Core;
use smash_core::backend::Resources;
use smash_core::component::{BackendConfig, DatasetConfig, EstimatorConfig, SpaceConfig, StrategyConfig};
use smash_core::task::Task;

use crate::abi::{Buf, Code, ERR_INVALID_ARGUMENT, Error};
use crate::buf::text;
use crate::guard::{Failure, guard, write_out};
use crate::instance::Instance;
use crate::{backend, dataset, estimator, proposer, space};

/// What a host asks of `create`.
#[derive(Deserialize)]
pub(super) struct Request {
    config: Value,
    #[serde(default)]
    threads: usize,
    #[serde(default)]
    memory: Option<u64>,
    #[serde(default)]
    task: Option<Task>,
}

fn parse<T: DeserializeOwned>(config: &Value) -> Result<T, Failure> {
    T::deserialize(config).map_err(|e| Core::invalid("", e.to_string()).into())
}

/// A configuration, by its kind: what the two functions of an exported component do with it.
pub(super) trait Exported {
    /// The instance that the vtable's functions take as `self`.
    fn create(&self, request: &Request) -> Result<*mut c_void, Failure>;

    /// The configuration with the defaults that depend on other fields, after the rules that no schema can
    /// express.
    fn complete(self: Box<Self>) -> Result<Box<Self>, Core> {
        Ok(self)
    }
}

impl Exported for dyn SpaceConfig {
    fn create(&self, request: &Request) -> Result<*mut c_void, Failure> {
        let Some(task) = &request.task else {
            return Err((ERR_INVALID_ARGUMENT, "request: expected the task of the space".to_owned()).into());
        };
        Ok(Instance::into_raw(space::export::Space::Owned(self.build(task)?)))
    }

    fn complete(self: Box<Self>) -> Result<Box<Self>, Core> {
        Ok(self.resolved().unwrap_or(self))
    }
}

impl Exported for dyn StrategyConfig {
    fn create(&self, _: &Request) -> Result<*mut c_void, Failure> {
        let proposer: proposer::export::Search = self.proposer()?;
        Ok(Instance::into_raw(proposer))
    }

    fn complete(self: Box<Self>) -> Result<Box<Self>, Core> {
        self.proposer().map(|_| self)
    }
}

impl Exported for dyn EstimatorConfig {
    fn create(&self, _: &Request) -> Result<*mut c_void, Failure> {
        Ok(Instance::into_raw(estimator::export::Exported::new(self.build()?)))
    }
}

impl Exported for dyn DatasetConfig {
    fn create(&self, _: &Request) -> Result<*mut c_void, Failure> {
        let opened: dataset::export::Examples = self.open()?;
        Ok(Instance::into_raw(opened))
    }
}

impl Exported for dyn BackendConfig {
    fn create(&self, request: &Request) -> Result<*mut c_void, Failure> {
        let opened: backend::export::Engine =
            self.open(&Resources { threads: request.threads, memory: request.memory })?;
        Ok(Instance::into_raw(opened))
    }
}

/// Creates a component from a request of the host.
pub(super) unsafe extern "C" fn create<C>(
    _: *mut c_void,
    request: *const c_char,
    len: usize,
    this: *mut *mut c_void,
    err: *mut *mut Error,
) -> Code
where
    C: ?Sized + Exported,
    Box<C>: DeserializeOwned,
{
    guard(err, || {
        // SAFETY: the text is the host's, valid for this call.
        let request = unsafe { text(request, len, "request") }?;
        let request: Request = smash_core::json::from_str(request)
            .map_err(|e| Failure::from((ERR_INVALID_ARGUMENT, format!("request: {e}"))))?;
        // The host has checked the configuration against the schema.
        let config: Box<C> = parse(&request.config)?;
        // SAFETY: the out-pointer is the host's, null or valid for this call.
        unsafe { write_out(this, "self", config.create(&request)?) }
    })
}

/// Fills in the defaults of a configuration.
pub(super) unsafe extern "C" fn resolve<C>(
    _: *mut c_void,
    config: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code
where
    C: ?Sized + Exported + Serialize,
    Box<C>: DeserializeOwned,
{
    guard(err, || {
        // SAFETY: the text is the host's, valid for this call.
        let config = unsafe { text(config, len, "config") }?;
        let config: Value = smash_core::json::from_str(config)
            .map_err(|e| Failure::from((ERR_INVALID_ARGUMENT, format!("config: {e}"))))?;
        let config: Box<C> = parse(&config)?;
        let resolved =
            serde_json::to_string(&config.complete()?).map_err(|e| Core::invalid("", e.to_string()))?;
        // SAFETY: the out-pointer is the host's, null or valid for this call.
        unsafe { write_out(out, "out", Buf::text(resolved)) }
    })
}
