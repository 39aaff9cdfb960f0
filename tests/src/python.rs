//! The layout of the C interface as a module of Python: what a host there needs of `smash.h`.

use std::fmt::Write as _;

use crate::header::{Field, Function, Header, Struct, Variable};

const HEAD: &str = r#""""The C interface of SMASH for ctypes: the structs, functions and constants of smash.h.

Made of that file by `cargo xtask layout`; a test compares the two. A struct begins with its size, which sized() fills in. The
functions of a table, and those that load() finds in a library, check the types of their arguments. None stands for NULL. The
text that a callback is given has a length, and is read as text[:length].
"""

from ctypes import CDLL, CFUNCTYPE, POINTER, Structure, sizeof
from ctypes import c_char, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p
from typing import Any, TypeVar

_Struct = TypeVar("_Struct", bound=Structure)


def sized(struct: type[_Struct], **fields: Any) -> _Struct:
    """A struct with these fields and its size; everything else is 0."""
    return struct(struct_size=sizeof(struct), **fields)


def field(struct: type[Structure], name: str) -> Any:
    """The type of a field of a struct: for a function, what makes one of a function of Python."""
    return {known[0]: known[1] for known in struct._fields_}[name]


"#;

/// The module.
pub fn layout(header: &Header) -> String {
    let mut text = HEAD.to_owned();
    for (name, value) in &header.constants {
        writeln!(text, "{name} = {value}").unwrap();
    }
    for Struct { name, .. } in &header.structs {
        write!(text, "\n\nclass {name}(Structure):\n    pass\n").unwrap();
    }
    text.push_str("\n\n");
    for callback in &header.callbacks {
        writeln!(text, "{} = {}", callback.name, implemented(callback)).unwrap();
    }
    for Struct { name, fields } in header.structs.iter().filter(|s| !s.fields.is_empty()) {
        writeln!(text, "{name}._fields_ = [").unwrap();
        for field in fields {
            let of = match field {
                Field::Value(variable) => type_of(&variable.c_type),
                Field::Function(function) if name.ends_with("Vtable") || name == "SmashComponent" => {
                    implemented(function)
                }
                Field::Function(function) => prototype(function),
            };
            writeln!(text, "    (\"{}\", {of}),", field.name()).unwrap();
        }
        text.push_str("]\n");
    }
    // What a plugin exports no host calls by name.
    let calls = header.functions.iter().filter(|function| function.name != "smash_plugin_init_v1");
    text.push_str("\n\ndef load(path: str) -> CDLL:\n    \"\"\"The library at a path, with what it exports.\"\"\"\n    library = CDLL(path)\n");
    for Function { name, result, parameters, .. } in calls {
        let of = parameters.iter().map(|p| type_of(&p.c_type)).collect::<Vec<_>>().join(", ");
        writeln!(text, "    library.{name}.restype, library.{name}.argtypes = {}, [{of}]", type_of(result))
            .unwrap();
    }
    text + "    return library\n"
}

fn prototype(function: &Function) -> String {
    let parameters = function.parameters.iter().map(|Variable { c_type, .. }| type_of(c_type));
    let all: Vec<String> = std::iter::once(type_of(&function.result)).chain(parameters).collect();
    format!("CFUNCTYPE({})", all.join(", "))
}

/// The prototype of what the host implements. Python would look for a NUL at the end of a `c_char_p` that it
/// is given.
fn implemented(function: &Function) -> String {
    prototype(function).replace("c_char_p", "POINTER(c_char)")
}

/// The type of ctypes for one of C.
fn type_of(c_type: &str) -> String {
    let plain = c_type.replace("const ", "").replace("const", "").replace("struct ", "");
    if let Some(target) = plain.strip_suffix('*') {
        return match target.trim() {
            "char" => "c_char_p".into(),
            "void" => "c_void_p".into(),
            target => format!("POINTER({})", type_of(target)),
        };
    }
    match plain.trim() {
        "void" => "None".into(),
        "SmashCode" | "DLDeviceType" => "c_int32".into(),
        "size_t" => "c_size_t".into(),
        "double" => "c_double".into(),
        "float" => "c_float".into(),
        number if number.ends_with("_t") => format!("c_{}", number.trim_end_matches("_t")),
        name => name.to_owned(),
    }
}
