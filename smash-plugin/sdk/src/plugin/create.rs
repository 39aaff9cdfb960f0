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

#[derive(Deserialize)]
struct Request {
    config: Value,
    #[serde(default)]
    threads: usize,
    #[serde(default)]
    memory: Option<u64>,
    #[serde(default)]
    task: Option<Task>,
}

impl Request {
    /// The configuration, parsed by this library; the host has checked it against the schema.
    fn config<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        parse(&self.config)
    }
}

fn parse<T: DeserializeOwned>(config: &Value) -> Result<T, Failure> {
    T::deserialize(config).map_err(|e| Core::invalid("", e.to_string()).into())
}

/// # Safety
/// The text and the out-pointers are the host's, valid for this call.
unsafe fn create(
    (request, len): (*const c_char, usize),
    this: *mut *mut c_void,
    err: *mut *mut Error,
    open: impl FnOnce(Request) -> Result<*mut c_void, Failure>,
) -> Code {
    guard(err, || {
        // SAFETY: promised by the caller.
        let request = unsafe { text(request, len, "request") }?;
        let request: Request = smash_core::json::from_str(request)
            .map_err(|e| Failure::from((ERR_INVALID_ARGUMENT, format!("request: {e}"))))?;
        // SAFETY: promised by the caller.
        unsafe { write_out(this, "self", open(request)?) }
    })
}

pub(super) unsafe extern "C" fn create_dataset(
    _: *mut c_void,
    request: *const c_char,
    len: usize,
    this: *mut *mut c_void,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the host, as in every function below.
    unsafe {
        create((request, len), this, err, |request| {
            let config: Box<dyn DatasetConfig> = request.config()?;
            let opened: dataset::export::Examples = config.open()?;
            Ok(Instance::into_raw(opened))
        })
    }
}

pub(super) unsafe extern "C" fn create_backend(
    _: *mut c_void,
    request: *const c_char,
    len: usize,
    this: *mut *mut c_void,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `create_dataset`.
    unsafe {
        create((request, len), this, err, |request| {
            let config: Box<dyn BackendConfig> = request.config()?;
            let opened: backend::export::Engine =
                config.open(&Resources { threads: request.threads, memory: request.memory })?;
            Ok(Instance::into_raw(opened))
        })
    }
}

pub(super) unsafe extern "C" fn create_space(
    _: *mut c_void,
    request: *const c_char,
    len: usize,
    this: *mut *mut c_void,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `create_dataset`.
    unsafe {
        create((request, len), this, err, |request| {
            let config: Box<dyn SpaceConfig> = request.config()?;
            let Some(task) = &request.task else {
                return Err(
                    (ERR_INVALID_ARGUMENT, "request: expected the task of the space".to_owned()).into()
                );
            };
            Ok(Instance::into_raw(space::export::Space::Owned(config.build(task)?)))
        })
    }
}

pub(super) unsafe extern "C" fn create_proposer(
    _: *mut c_void,
    request: *const c_char,
    len: usize,
    this: *mut *mut c_void,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `create_dataset`.
    unsafe {
        create((request, len), this, err, |request| {
            let config: Box<dyn StrategyConfig> = request.config()?;
            let proposer: proposer::export::Search = config.proposer()?;
            Ok(Instance::into_raw(proposer))
        })
    }
}

pub(super) unsafe extern "C" fn create_estimator(
    _: *mut c_void,
    request: *const c_char,
    len: usize,
    this: *mut *mut c_void,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `create_dataset`.
    unsafe {
        create((request, len), this, err, |request| {
            let config: Box<dyn EstimatorConfig> = request.config()?;
            Ok(Instance::into_raw(estimator::export::Exported::new(config.build()?)))
        })
    }
}

/// # Safety
/// The text and the out-pointer are the host's, valid for this call.
unsafe fn resolve_with<C>(
    (config, len): (*const c_char, usize),
    out: *mut Buf,
    err: *mut *mut Error,
    complete: impl FnOnce(Box<C>) -> Result<Box<C>, Core>,
) -> Code
where
    C: ?Sized + Serialize,
    Box<C>: DeserializeOwned,
{
    guard(err, || {
        // SAFETY: promised by the caller.
        let config = unsafe { text(config, len, "config") }?;
        let config: Value = smash_core::json::from_str(config)
            .map_err(|e| Failure::from((ERR_INVALID_ARGUMENT, format!("config: {e}"))))?;
        let config = complete(parse(&config)?)?;
        let resolved = serde_json::to_string(&config).map_err(|e| Core::invalid("", e.to_string()))?;
        // SAFETY: promised by the caller.
        unsafe { write_out(out, "out", Buf::text(resolved)) }
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
    C: ?Sized + Serialize,
    Box<C>: DeserializeOwned,
{
    // SAFETY: as in `create_dataset`.
    unsafe { resolve_with::<C>((config, len), out, err, Ok) }
}

/// As [`resolve`], for a space, whose defaults may depend on other fields.
pub(super) unsafe extern "C" fn resolve_space(
    _: *mut c_void,
    config: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `create_dataset`.
    unsafe {
        resolve_with::<dyn SpaceConfig>((config, len), out, err, |config| {
            Ok(config.resolved().unwrap_or(config))
        })
    }
}

/// As [`resolve`], for a strategy, which has rules that no schema can express.
pub(super) unsafe extern "C" fn resolve_proposer(
    _: *mut c_void,
    config: *const c_char,
    len: usize,
    out: *mut Buf,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: as in `create_dataset`.
    unsafe {
        resolve_with::<dyn StrategyConfig>((config, len), out, err, |config| {
            config.proposer().map(|_| config)
        })
    }
}
