//! Import of a plugin, the host's side: from its component table to Rust components.

use std::ffi::{CStr, c_char, c_void};
use std::fmt;
use std::ptr;

use serde_json::{Value, json};
use smash_core::backend::{Backend, Resources};
use smash_core::component::Kind;
use smash_core::dataset::Dataset;
use smash_core::space::SearchSpace;
use smash_core::strategy::{Estimator, Proposer};
use smash_core::task::Task;
use smash_core::{Error, Result};

use crate::abi::{
    self, BackendVtable, Buf, Component, CreateFn, DatasetVtable, EstimatorVtable, InitFn, MAJOR, OK, Plugin,
    ProposerVtable, ResolveFn, SpaceVtable,
};
use crate::backend::import::ForeignBackend;
use crate::dataset;
use crate::error::{faulty, take};
use crate::estimator::import::ForeignEstimator;
use crate::float_mode::FloatMode;
use crate::host_functions::HOST;
use crate::proposer::import::ForeignProposer;
use crate::sized;
use crate::space::import::ForeignSpace;
use crate::vtable::Copied;

use super::kind;

/// The component table of a plugin, read and checked.
#[derive(Clone, Debug)]
pub struct ForeignPlugin {
    /// Name of the plugin.
    pub name: String,
    /// Version of the plugin.
    pub version: String,
    /// The components.
    pub components: Vec<ForeignComponent>,
}

/// One component of a plugin.
#[derive(Clone, Debug)]
pub struct ForeignComponent {
    /// The kind of component.
    pub kind: Kind,
    /// The component's id: its `type` in a job.
    pub id: String,
    /// A one-line description.
    pub about: String,
    /// JSON Schema of its configuration, without `type`.
    pub schema: Value,
    record: Record,
}

/// The functions of a component. Of a plugin they stay loaded, since no library is unloaded; of a host they
/// live as long as its context.
#[derive(Clone)]
struct Record {
    vtable: Copied,
    user: *mut c_void,
    create: CreateFn,
    resolve: Option<ResolveFn>,
}

// SAFETY: whoever hands a component out promises that any thread may call it, one at a time.
unsafe impl Send for Record {}
// SAFETY: as above.
unsafe impl Sync for Record {}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("create", &self.create).finish_non_exhaustive()
    }
}

/// A text of a component.
///
/// # Safety
/// A non-null pointer points to a NUL-terminated text.
unsafe fn text_of(text: *const c_char, what: &str) -> Result<String> {
    if text.is_null() {
        return Err(faulty(format!("{what}: found a null pointer")));
    }
    // SAFETY: promised by the caller.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map(str::to_owned).map_err(|e| faulty(format!("{what}: expected UTF-8: {e}")))
}

impl ForeignPlugin {
    /// Calls a plugin's entry symbol and reads its component table.
    ///
    /// # Errors
    /// When the plugin refuses, was built for another major version, or returns an invalid table.
    ///
    /// # Safety
    /// `init` is the entry symbol of a plugin, whose library is never unloaded.
    pub unsafe fn init(init: InitFn) -> Result<Self> {
        let (mut plugin, mut err): (*const Plugin, *mut abi::Error) = (ptr::null(), ptr::null_mut());
        // SAFETY: promised by the caller; the host's table is static.
        let code = unsafe { init(&raw const HOST, &raw mut plugin, &raw mut err) };
        if code != OK {
            // SAFETY: the plugin made the error through the host's functions.
            return Err(unsafe { take(code, err) });
        }
        if plugin.is_null() || !plugin.is_aligned() {
            return Err(faulty("it handed out no table of components"));
        }
        // SAFETY: the table that a plugin returns is static, and in every version begins with its size and
        // its version.
        let found = unsafe { (&raw const (*plugin).abi_major).read() };
        if found != MAJOR {
            return Err(faulty(format!(
                "expected ABI version {MAJOR}, found {found}: build it against this SMASH"
            )));
        }
        // SAFETY: as above.
        let plugin = unsafe { sized::read(plugin, "its table") }.map_err(|(_, message)| faulty(message))?;
        // SAFETY: as above.
        let (name, version) = unsafe { (text_of(plugin.name, "name")?, text_of(plugin.version, "version")?) };
        let (first, n, stride) = (plugin.components, plugin.n_components, plugin.component_stride);
        // SAFETY: the plugin says that there are `n`, `stride` bytes apart.
        let records = unsafe { sized::list(first, n, stride, "components") };
        let records = records.map_err(|(_, message)| faulty(message))?;
        // SAFETY: all that a component points to is static too.
        let components = records.into_iter().map(|record| unsafe { ForeignComponent::read(record) });
        Ok(Self { name, version, components: components.collect::<Result<_>>()? })
    }
}

impl ForeignComponent {
    /// A component of the host itself. Its texts and its vtable are copied.
    ///
    /// # Errors
    /// When the record or the vtable is incomplete.
    ///
    /// # Safety
    /// `component` is null or as large as it says, and all that it points to is valid for this call; its
    /// functions do what `smash.h` says, and may be called with its user pointer as long as this or a copy of
    /// it lives.
    pub unsafe fn of_host(component: *const Component) -> Result<Self> {
        // SAFETY: promised by the caller.
        let component = unsafe { sized::read(component, "component") };
        let component = component.map_err(|(_, message)| faulty(message))?;
        // SAFETY: promised by the caller.
        unsafe { Self::read(component) }
    }

    /// # Safety
    /// All that the component points to is valid for this call, and its functions for as long as the result.
    unsafe fn read(component: Component) -> Result<Self> {
        // SAFETY: promised by the caller.
        let id = unsafe { text_of(component.id, "id") }?;
        let fault = |what: &str| faulty(format!("component {id:?}: {what}"));
        let Some(kind) = kind::of_number(component.kind) else {
            let found = component.kind;
            return Err(fault(&format!("this SMASH does not load components of kind {found}")));
        };
        let vtable = component.vtable;
        // SAFETY: promised by the caller.
        let copied = unsafe {
            match kind {
                Kind::Space => Copied::new::<SpaceVtable>(vtable),
                Kind::Strategy => Copied::new::<ProposerVtable>(vtable),
                Kind::Estimator => Copied::new::<EstimatorVtable>(vtable),
                Kind::Dataset => Copied::new::<DatasetVtable>(vtable),
                Kind::Backend => Copied::new::<BackendVtable>(vtable),
            }
        };
        let vtable = copied.map_err(|error| match error {
            Error::Plugin(message) => fault(&message),
            other => other,
        })?;
        let Some(create) = component.create else { return Err(fault("its function create is null")) };
        // SAFETY: promised by the caller.
        let (about, schema) = unsafe {
            (text_of(component.about, "about")?, text_of(component.config_schema, "config_schema")?)
        };
        let schema =
            smash_core::json::from_str(&schema).map_err(|e| fault(&format!("config_schema: {e}")))?;
        let record = Record { vtable, user: component.user, create, resolve: component.resolve };
        Ok(Self { kind, id, about, schema, record })
    }

    fn create(&self, request: &Value) -> Result<*mut c_void> {
        let Record { create, user, .. } = self.record;
        let (mut this, mut err) = (ptr::null_mut(), ptr::null_mut());
        let request = request.to_string();
        let _mode = FloatMode::keep();
        // SAFETY: the text and both out-pointers are valid for the call.
        let code =
            unsafe { create(user, request.as_ptr().cast(), request.len(), &raw mut this, &raw mut err) };
        if code != OK {
            // SAFETY: the plugin made the error through the host's functions.
            return Err(unsafe { take(code, err) });
        }
        if this.is_null() {
            Err(faulty(format!("component {:?}: it made nothing", self.id)))
        } else {
            Ok(this)
        }
    }

    /// Fills in every default of a configuration.
    ///
    /// # Errors
    /// The problems that the plugin finds in it.
    pub fn resolve(&self, config: &Value) -> Result<Value> {
        let Record { resolve, user, .. } = self.record;
        let Some(resolve) = resolve else { return Ok(config.clone()) };
        let (mut out, mut err) = (Buf::EMPTY, ptr::null_mut());
        let config = config.to_string();
        let _mode = FloatMode::keep();
        // SAFETY: the text and both out-pointers are valid for the call.
        let code = unsafe { resolve(user, config.as_ptr().cast(), config.len(), &raw mut out, &raw mut err) };
        if code != OK {
            // SAFETY: the plugin made the error through the host's functions.
            return Err(unsafe { take(code, err) });
        }
        smash_core::json::from_slice(out.take().as_bytes()).map_err(|e| faulty(format!("resolve: {e}")))
    }

    /// Creates an instance, after checking the component's kind.
    fn made(&self, kind: Kind, request: &Value) -> Result<*mut c_void> {
        if self.kind != kind {
            return Err(faulty(format!("component {:?} is no {}", self.id, kind::word(kind))));
        }
        self.create(request)
    }

    /// Starts the engine within these limits.
    ///
    /// # Errors
    /// When the component is no engine, or the plugin fails.
    pub fn backend(&self, config: &Value, resources: &Resources) -> Result<Box<dyn Backend>> {
        let mut request = json!({"config": config, "threads": resources.threads});
        if let Some(memory) = resources.memory {
            request["memory"] = memory.into();
        }
        let this = self.made(Kind::Backend, &request)?;
        // SAFETY: `read` has checked the vtable of this kind.
        Ok(Box::new(unsafe { ForeignBackend::new(self.record.vtable.pointer(), this) }?))
    }

    /// Makes the space for a task.
    ///
    /// # Errors
    /// When the component is no space, or the plugin fails.
    pub fn space(&self, config: &Value, task: &Task) -> Result<Box<dyn SearchSpace>> {
        let this = self.made(Kind::Space, &json!({"config": config, "task": task}))?;
        // SAFETY: `read` has checked the vtable of this kind.
        Ok(Box::new(unsafe { ForeignSpace::new(self.record.vtable.pointer(), this, task) }?))
    }

    /// Makes the proposer of the strategy.
    ///
    /// # Errors
    /// When the component is no strategy, or the plugin fails.
    pub fn proposer(&self, config: &Value) -> Result<Box<dyn Proposer>> {
        let this = self.made(Kind::Strategy, &json!({"config": config}))?;
        // SAFETY: `read` has checked the vtable of this kind.
        Ok(Box::new(unsafe { ForeignProposer::new(self.record.vtable.pointer(), this) }?))
    }

    /// Makes the estimator.
    ///
    /// # Errors
    /// When the component is no estimator, or the plugin fails.
    pub fn estimator(&self, config: &Value) -> Result<Box<dyn Estimator>> {
        let this = self.made(Kind::Estimator, &json!({"config": config}))?;
        // SAFETY: `read` has checked the vtable of this kind.
        Ok(Box::new(unsafe { ForeignEstimator::new(self.record.vtable.pointer(), this) }?))
    }

    /// Opens the dataset.
    ///
    /// # Errors
    /// When the component is no dataset, or the plugin fails.
    pub fn dataset(&self, config: &Value) -> Result<Box<dyn Dataset>> {
        let this = self.made(Kind::Dataset, &json!({"config": config}))?;
        let vtable = self.record.vtable.pointer::<DatasetVtable>();
        // SAFETY: `read` has checked the vtable of this kind.
        unsafe { dataset::import(&self.id, vtable, this).inspect_err(|_| ((*vtable).destroy)(this)) }
    }
}
