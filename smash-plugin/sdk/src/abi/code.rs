//! Versions, result codes, and the error object that goes with a code.

/// Major version: changes with every breaking change; it is part of the name of a plugin's entry symbol.
pub const MAJOR: u32 = 1;
/// Minor version: changes with every addition.
pub const MINOR: u32 = 0;

/// Result code of a call. A fixed-width integer, never a C enum.
pub type Code = i32;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* pub const $name: Code = $value;)*
        /// The name of a code as in the header, without `SMASH_`.
        pub fn code_name(code: Code) -> &'static str {
            match code { $($value => stringify!($name),)* _ => "UNKNOWN" }
        }
    };
}

codes! {
    /// Success.
    OK = 0;
    /// Cancelled by request.
    ERR_CANCELLED = 1;
    /// An argument is invalid: null, not UTF-8, an impossible size.
    ERR_INVALID_ARGUMENT = 2;
    /// A configuration or an architecture breaks rules; the details list every problem.
    ERR_INVALID_CONFIG = 3;
    /// No such component, file or handle.
    ERR_NOT_FOUND = 4;
    /// The name or id is taken.
    ERR_ALREADY_EXISTS = 5;
    /// This build does not support the call.
    ERR_UNSUPPORTED = 6;
    /// The two sides were built for incompatible versions.
    ERR_VERSION_MISMATCH = 7;
    /// The call is not allowed in the current state.
    ERR_BAD_STATE = 8;
    /// Another call is running on this handle.
    ERR_BUSY = 9;
    /// A dataset is missing or damaged.
    ERR_DATA = 10;
    /// An engine refused the call or failed.
    ERR_BACKEND = 11;
    /// A file cannot be read or written.
    ERR_IO = 12;
    /// A checkpoint is damaged or belongs to something else.
    ERR_CHECKPOINT = 13;
    /// A plugin is faulty or was refused.
    ERR_PLUGIN = 14;
    /// A callback reported failure.
    ERR_CALLBACK = 15;
    /// Out of memory.
    ERR_OUT_OF_MEMORY = 16;
    /// An internal error of this program.
    ERR_INTERNAL = 17;
    /// A panic was caught; the handle is poisoned and refuses every later call.
    ERR_PANIC = 18;
    /// No architecture meets the constraints.
    ERR_INFEASIBLE = 19;
    /// Training diverged: the loss stayed non-finite.
    ERR_DIVERGED = 20;
    /// A limit on what is read or built was exceeded.
    ERR_LIMIT = 21;
}

/// An opaque error object; only the host reads it, a plugin through the host's functions.
#[repr(C)]
pub struct Error {
    _private: [u8; 0],
}
