//! Import of a plugin, the host's side: from its component table to Rust components.

use std::ffi::{CStr, c_char, c_void};
use std::fmt;
use std::ptr;

use serde_json::{Value, json};
use smash_core::backend::Backend;
use smash_core::component::Kind;
use smash_core::dataset::Dataset;
use smash_core::space::SearchSpace;
use smash_core::strategy::Proposer;
use smash_core::task::Task;
use smash_core::{Error, Result};

use crate::abi::{
    self, BackendVtable, Buf, Component, DatasetVtable, InitFn, MAJOR, OK, Plugin, ProposerVtable,
    SpaceVtable,
};
use crate::backend::import::ForeignBackend;
use crate::dataset;
use crate::error::{faulty, take};
use crate::float_mode::FloatMode;
use crate::host_functions::HOST;
use crate::proposer::import::ForeignProposer;
use crate::space::import::ForeignSpace;
use crate::{sized, vtable};

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

/// The plugin's own record of a component. All it points to is static in a library that is never unloaded.
#[derive(Clone, Copy)]
struct Record(Component);

// SAFETY: what it points to is never written to after the plugin handed it out.
unsafe impl Send for Record {}
// SAFETY: as above.
unsafe impl Sync for Record {}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Record").field(&self.0.vtable).finish()
    }
}

/// A static text of a plugin.
///
/// # Safety
/// A non-null pointer points to a NUL-terminated text that lives as long as the process.
unsafe fn static_text(text: *const c_char, what: &str) -> Result<String> {
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
        let (name, version) =
            unsafe { (static_text(plugin.name, "name")?, static_text(plugin.version, "version")?) };
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
    /// # Safety
    /// All that the component points to is static.
    unsafe fn read(component: Component) -> Result<Self> {
        // SAFETY: promised by the caller.
        let id = unsafe { static_text(component.id, "id") }?;
        let fault = |what: &str| faulty(format!("component {id:?}: {what}"));
        let kind = kind::of_number(component.kind);
        // SAFETY: promised by the caller.
        let checked = unsafe {
            match kind {
                Some(Kind::Space) => vtable::read::<SpaceVtable>(component.vtable).map(drop),
                Some(Kind::Strategy) => vtable::read::<ProposerVtable>(component.vtable).map(drop),
                Some(Kind::Dataset) => vtable::read::<DatasetVtable>(component.vtable).map(drop),
                Some(Kind::Backend) => vtable::read::<BackendVtable>(component.vtable).map(drop),
                Some(Kind::Estimator) | None => {
                    let found = component.kind;
                    return Err(fault(&format!("this SMASH does not load components of kind {found}")));
                }
            }
        };
        checked.map_err(|error| match error {
            Error::Plugin(message) => fault(&message),
            other => other,
        })?;
        let Some(kind) = kind else { return Err(fault("its kind is not known")) };
        if component.create.is_none() {
            return Err(fault("its function create is null"));
        }
        // SAFETY: promised by the caller.
        let (about, schema) = unsafe {
            (static_text(component.about, "about")?, static_text(component.config_schema, "config_schema")?)
        };
        let schema =
            smash_core::json::from_str(&schema).map_err(|e| fault(&format!("config_schema: {e}")))?;
        Ok(Self { kind, id, about, schema, record: Record(component) })
    }

    fn record(&self) -> &Component {
        &self.record.0
    }

    fn create(&self, request: &Value) -> Result<*mut c_void> {
        let Some(create) = self.record().create else { return Err(faulty("create: found a null pointer")) };
        let (mut this, mut err) = (ptr::null_mut(), ptr::null_mut());
        let request = request.to_string();
        let _mode = FloatMode::keep();
        // SAFETY: the text and both out-pointers are valid for the call.
        let code = unsafe { create(request.as_ptr().cast(), request.len(), &raw mut this, &raw mut err) };
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
        let Some(resolve) = self.record().resolve else { return Ok(config.clone()) };
        let (mut out, mut err) = (Buf::EMPTY, ptr::null_mut());
        let config = config.to_string();
        let _mode = FloatMode::keep();
        // SAFETY: the text and both out-pointers are valid for the call.
        let code = unsafe { resolve(config.as_ptr().cast(), config.len(), &raw mut out, &raw mut err) };
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

    /// Starts the engine with `threads` worker threads.
    ///
    /// # Errors
    /// When the component is no engine, or the plugin fails.
    pub fn backend(&self, config: &Value, threads: usize) -> Result<Box<dyn Backend>> {
        let this = self.made(Kind::Backend, &json!({"config": config, "threads": threads}))?;
        // SAFETY: `read` has checked the vtable of this kind.
        Ok(Box::new(unsafe { ForeignBackend::new(self.record().vtable.cast(), this) }?))
    }

    /// Makes the space for a task.
    ///
    /// # Errors
    /// When the component is no space, or the plugin fails.
    pub fn space(&self, config: &Value, task: &Task) -> Result<Box<dyn SearchSpace>> {
        let this = self.made(Kind::Space, &json!({"config": config, "task": task}))?;
        // SAFETY: `read` has checked the vtable of this kind.
        Ok(Box::new(unsafe { ForeignSpace::new(self.record().vtable.cast(), this, task) }?))
    }

    /// Makes the proposer of the strategy.
    ///
    /// # Errors
    /// When the component is no strategy, or the plugin fails.
    pub fn proposer(&self, config: &Value) -> Result<Box<dyn Proposer>> {
        let this = self.made(Kind::Strategy, &json!({"config": config}))?;
        // SAFETY: `read` has checked the vtable of this kind.
        Ok(Box::new(unsafe { ForeignProposer::new(self.record().vtable.cast(), this) }?))
    }

    /// Opens the dataset.
    ///
    /// # Errors
    /// When the component is no dataset, or the plugin fails.
    pub fn dataset(&self, config: &Value) -> Result<Box<dyn Dataset>> {
        let this = self.made(Kind::Dataset, &json!({"config": config}))?;
        let vtable = self.record().vtable.cast::<DatasetVtable>();
        // SAFETY: `read` has checked the vtable of this kind.
        unsafe { dataset::import(&self.id, vtable, this).inspect_err(|_| ((*vtable).destroy)(this)) }
    }
}
