//! Sizes and field offsets of the ABI's structs, to be compared with those that C compilers compute from the
//! header.

use std::mem::offset_of;

use super::{
    Api, BackendVtable, Buf, Component, ContextOptions, DatasetVtable, DlManaged, DlTensor, EstimatorContext,
    EstimatorVtable, Feed, Fetch, Host, Outcome, PlanCall, Plugin, ProposerVtable, Reader, RunOptions,
    SpaceVtable, TensorOut, Writer,
};
use crate::sized::SizedStruct;

/// The layout of one struct of the ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Name of the struct in the header.
    pub name: &'static str,
    /// Size in bytes.
    pub size: usize,
    /// The size that is required of whoever fills it in: that of what version 1.0 requires.
    pub min_size: usize,
    /// Fields under their names in the header, with their offsets in bytes.
    pub fields: Vec<(&'static str, usize)>,
}

macro_rules! layouts {
    ($($name:literal = $type:ident, $least:expr, { $($field:ident),* $(,)? })*) => {
        vec![$(Layout {
            name: $name,
            size: size_of::<$type>(),
            min_size: $least,
            fields: vec![$((stringify!($field), offset_of!($type, $field))),*],
        }),*]
    };
}

/// The size that version 1.0 requires of a struct.
const fn least<T: SizedStruct>() -> usize {
    T::MIN_SIZE
}

/// The layouts of all structs of the ABI.
pub fn layouts() -> Vec<Layout> {
    let mut layouts = layouts! {
        "SmashReader" = Reader, least::<Reader>(), { struct_size, user, read }
        "SmashWriter" = Writer, least::<Writer>(), { struct_size, user, write }
        "SmashContextOptions" = ContextOptions, least::<ContextOptions>(), {
            struct_size, flags, plugin_dirs, n_plugin_dirs, log, user, log_level, max_threads, max_memory,
        }
        "SmashRunOptions" = RunOptions, least::<RunOptions>(), {
            struct_size, progress, user, max_steps, max_ms, until, events, interval_ms, cancel,
        }
        "SmashBuf" = Buf, size_of::<Buf>(), { data, len, user, release }
        "SmashHost" = Host, size_of::<Host>(), { struct_size, abi_major, abi_minor, error_new, log, error_code, error_message, error_details, error_free }
        "SmashComponent" = Component, least::<Component>(), {
            struct_size, kind, reserved, id, about, config_schema, vtable, user, create, resolve,
        }
        "SmashPlugin" = Plugin, least::<Plugin>(), {
            struct_size, abi_major, abi_minor, name, version, components, n_components, component_stride,
        }
        "SmashFeed" = Feed, least::<Feed>(), { struct_size, name, name_len, device, device_len, tensor }
        "SmashFetch" = Fetch, least::<Fetch>(), { struct_size, name, name_len, device, device_len }
        "SmashTensorOut" = TensorOut, least::<TensorOut>(), { struct_size, place, reserved, tensor }
        "SmashPlanCall" = PlanCall, least::<PlanCall>(), {
            struct_size, plan, mode, reserved, feeds, n_feeds, feed_stride, fetches, n_fetches, fetch_stride, outs,
            out_stride,
        }
        "SmashBackendVtable" = BackendVtable, least::<BackendVtable>(), {
            struct_size, info, compile, release, run, backward, step, gradient, contains, read, write, drop_value,
            snapshot, restore, destroy,
        }
        "SmashSpaceVtable" = SpaceVtable, least::<SpaceVtable>(), {
            struct_size, info, draw, decisions, sample, mutate, crossover, convert, validate, build, describe, outline, destroy,
        }
        "SmashProposerVtable" = ProposerVtable, least::<ProposerVtable>(), { struct_size, ask, tell, add, rank, total, save, load, destroy }
        "SmashEstimatorContext" = EstimatorContext, least::<EstimatorContext>(), {
            struct_size, space, space_self, data, data_self, backend, backend_self, seed,
        }
        "SmashEstimatorVtable" = EstimatorVtable, least::<EstimatorVtable>(), {
            struct_size, steps, step, score, save, load, destroy,
        }
        "SmashOutcome" = Outcome, least::<Outcome>(), {
            struct_size, values, n_values, error, latency, params, macs,
        }
        "SmashDatasetVtable" = DatasetVtable, least::<DatasetVtable>(), { struct_size, describe, labels, read, splits, destroy }
    };
    layouts.push(Layout {
        name: "SmashApi",
        size: size_of::<Api>(),
        min_size: size_of::<Api>(),
        fields: Api::fields(),
    });
    layouts
}

/// The layouts of the two DLPack structs, under DLPack's own names.
pub fn dlpack() -> Vec<Layout> {
    let part = |name, size, fields| Layout { name, size, min_size: size, fields };
    vec![
        part(
            "DLTensor",
            size_of::<DlTensor>(),
            vec![
                ("data", offset_of!(DlTensor, data)),
                ("device.device_type", offset_of!(DlTensor, device_type)),
                ("device.device_id", offset_of!(DlTensor, device_id)),
                ("ndim", offset_of!(DlTensor, ndim)),
                ("dtype.code", offset_of!(DlTensor, code)),
                ("dtype.bits", offset_of!(DlTensor, bits)),
                ("dtype.lanes", offset_of!(DlTensor, lanes)),
                ("shape", offset_of!(DlTensor, shape)),
                ("strides", offset_of!(DlTensor, strides)),
                ("byte_offset", offset_of!(DlTensor, byte_offset)),
            ],
        ),
        part(
            "struct DLManagedTensorVersioned",
            size_of::<DlManaged>(),
            vec![
                ("version.major", offset_of!(DlManaged, major)),
                ("version.minor", offset_of!(DlManaged, minor)),
                ("manager_ctx", offset_of!(DlManaged, manager_ctx)),
                ("deleter", offset_of!(DlManaged, deleter)),
                ("flags", offset_of!(DlManaged, flags)),
                ("dl_tensor", offset_of!(DlManaged, tensor)),
            ],
        ),
    ]
}
