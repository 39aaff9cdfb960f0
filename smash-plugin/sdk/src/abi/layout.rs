//! Sizes and offsets, to be compared with what C compilers make of the header.

use std::mem::offset_of;

use super::{
    BackendVtable, Buf, Component, DatasetVtable, Extension, Feed, Fetch, Host, SpaceVtable, StrategyVtable,
    TensorOut, TensorView,
};

/// One struct of the ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its name in the header.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// Its fields under their names in the header, with their offsets in bytes.
    pub fields: Vec<(&'static str, usize)>,
}

macro_rules! layouts {
    ($($name:literal = $type:ident { $($field:ident),* $(,)? })*) => {
        vec![$(Layout {
            name: $name,
            size: size_of::<$type>(),
            fields: vec![$((stringify!($field), offset_of!($type, $field))),*],
        }),*]
    };
}

/// Every struct of the ABI.
pub fn layouts() -> Vec<Layout> {
    layouts! {
        "SmashBuf" = Buf { data, len, owner, release }
        "SmashHost" = Host { struct_size, abi_major, abi_minor, get_extension, error_new, log, error_code, error_message, error_details, error_free }
        "SmashComponent" = Component {
            struct_size, kind, reserved, id, about, config_schema, vtable, create, resolve,
        }
        "SmashExtension" = Extension {
            struct_size, abi_major, abi_minor, name, version, components, n_components, component_stride,
        }
        "SmashTensorView" = TensorView { data, shape, rank }
        "SmashFeed" = Feed { name, name_len, device, device_len, tensor }
        "SmashFetch" = Fetch { name, name_len, device, device_len }
        "SmashTensorOut" = TensorOut { values, shape, rank, place }
        "SmashBackendVtable" = BackendVtable {
            struct_size, info, compile, release, run, backward, step, gradient, contains, read, write, drop_value,
            snapshot, restore, destroy,
        }
        "SmashSpaceVtable" = SpaceVtable {
            struct_size, info, sample, mutate, crossover, convert, validate, build, describe, outline, destroy,
        }
        "SmashStrategyVtable" = StrategyVtable { struct_size, ask, tell, total, save, load, destroy }
        "SmashDatasetVtable" = DatasetVtable { struct_size, describe, labels, read, splits, destroy }
    }
}
