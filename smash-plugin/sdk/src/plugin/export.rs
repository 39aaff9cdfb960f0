//! Export: from the components of a Rust plugin to the component table that its entry symbol hands out.

use std::ffi::{CString, c_char, c_void};
use std::sync::{Mutex, PoisonError};

use schemars::generate::SchemaSettings;
use smash_core::component::{
    self, BackendConfig, DatasetConfig, EstimatorConfig, Kind, SpaceConfig, StrategyConfig,
};

use super::create::{create, resolve};
use super::kind;
use crate::abi::{
    self, Code, Component, CreateFn, ERR_INVALID_ARGUMENT, ERR_VERSION_MISMATCH, Error, Host, MAJOR, MINOR,
    Plugin, ResolveFn,
};
use crate::guard::{Failure, guard, set_host, write_out};
use crate::{backend, dataset, estimator, proposer, space};

/// Exports registered components from a dynamic library, by kind and id. Only those named: a plugin also
/// links the built-in strategies of the core, which the host has already.
///
/// ```text
/// smash_sdk::export_plugin!(Backend "tch");
/// ```
#[macro_export]
macro_rules! export_plugin {
    ($($kind:ident $id:literal),+ $(,)?) => {
        /// The entry symbol of a SMASH plugin.
        ///
        /// # Safety
        /// For the host only: `host` lives as long as the process, `out` can be written, `err` is null or can
        /// be written.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn smash_plugin_init_v1(
            host: *const $crate::abi::Host,
            out: *mut *const $crate::abi::Plugin,
            err: *mut *mut $crate::abi::Error,
        ) -> $crate::abi::Code {
            static WANTED: &[(&str, &str)] = &[$((stringify!($kind), $id)),+];
            // SAFETY: promised by the caller.
            unsafe { $crate::plugin::export::init(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), WANTED, host, out, err) }
        }
    };
}

/// The entry function that [`export_plugin!`](crate::export_plugin) generates calls this.
///
/// # Safety
/// `host` lives as long as the process, `out` can be written, `err` is null or can be written.
pub unsafe fn init(
    name: &str,
    version: &str,
    wanted: &[(&str, &str)],
    host: *const Host,
    out: *mut *const Plugin,
    err: *mut *mut Error,
) -> Code {
    // SAFETY: promised by the caller; null is tested.
    let Some(host) = (unsafe { host.as_ref() }) else { return ERR_INVALID_ARGUMENT };
    // Until the version is known to match, no later field may be read, so there is no way to report more than
    // the code.
    if host.abi_major != MAJOR || host.struct_size < size_of::<Host>() {
        return ERR_VERSION_MISMATCH;
    }
    set_host(host);
    guard(err, || {
        let components =
            wanted.iter().map(|(kind, id)| component(kind, id)).collect::<Result<Vec<_>, _>>()?;
        // A library is never unloaded, so what it hands out may be leaked.
        let components = components.leak();
        let plugin = Plugin {
            struct_size: size_of::<Plugin>(),
            abi_major: MAJOR,
            abi_minor: MINOR,
            name: leaked(name),
            version: leaked(version),
            components: components.as_ptr(),
            n_components: components.len(),
            component_stride: size_of::<Component>(),
        };
        let plugin = std::ptr::from_ref(Box::leak(Box::new(plugin)));
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(Kept(plugin));
        // SAFETY: promised by the caller.
        unsafe { write_out(out, "out", plugin) }
    })
}

/// The tables that were handed out: what is static is no leak to whoever looks for some.
static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

struct Kept(#[allow(dead_code, reason = "it is kept, not used")] *const Plugin);

// SAFETY: it is never looked at.
unsafe impl Send for Kept {}

fn leaked(text: &str) -> *const c_char {
    CString::new(text).unwrap_or_default().into_raw()
}

fn component(kind: &str, id: &str) -> Result<Component, Failure> {
    let wanted = kind::of_word(&kind.to_lowercase()).map_err(|message| (abi::ERR_NOT_FOUND, message))?;
    let mut registered = inventory::iter::<component::Component>.into_iter();
    let found = registered.find(|component| component.kind == wanted && component.id == id);
    let Some(found) = found else {
        return Err((
            abi::ERR_NOT_FOUND,
            format!("{kind} {id:?} is exported, but no such component is registered"),
        )
            .into());
    };
    let vtable: *const c_void = match wanted {
        Kind::Space => (&raw const space::export::VTABLE).cast(),
        Kind::Strategy => (&raw const proposer::export::VTABLE).cast(),
        Kind::Estimator => (&raw const estimator::export::VTABLE).cast(),
        Kind::Dataset => (&raw const dataset::export::VTABLE).cast(),
        Kind::Backend => (&raw const backend::export::VTABLE).cast(),
    };
    let (create, resolve): (CreateFn, ResolveFn) = match wanted {
        Kind::Space => (create::<dyn SpaceConfig>, resolve::<dyn SpaceConfig>),
        Kind::Strategy => (create::<dyn StrategyConfig>, resolve::<dyn StrategyConfig>),
        Kind::Estimator => (create::<dyn EstimatorConfig>, resolve::<dyn EstimatorConfig>),
        Kind::Dataset => (create::<dyn DatasetConfig>, resolve::<dyn DatasetConfig>),
        Kind::Backend => (create::<dyn BackendConfig>, resolve::<dyn BackendConfig>),
    };
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let schema = (found.schema)(&mut generator).to_value().to_string();
    Ok(Component {
        struct_size: size_of::<Component>(),
        kind: kind::number(wanted),
        reserved: 0,
        id: leaked(found.id),
        about: leaked(found.about),
        config_schema: leaked(&schema),
        vtable,
        user: std::ptr::null_mut(),
        create: Some(create),
        resolve: Some(resolve),
    })
}
