//! Texts of others and numbers as Python.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::program::unique;

/// Words that are no names in Python, and attributes that `nn.Module` has.
const RESERVED: &str = "False None True and as assert async await break class continue def del elif else except finally \
    for from global if import in is lambda nonlocal not or pass raise return try while with T_destination add_module \
    apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float forward \
    get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers \
    named_children named_modules named_parameters parameters register_backward_hook register_buffer \
    register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook \
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter \
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule \
    share_memory state_dict to to_empty train training type xpu zero_grad";

/// A text as a Python literal on one line. Letters and digits of any script stay; of the rest, what is not
/// printable ASCII is escaped, so that no text ends its quotes or changes how a line is shown.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            ' '..='~' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// A number as a Python literal that rounds to the same 32-bit float.
pub(super) fn number(value: f32) -> String {
    if value.is_finite() { format!("{value:?}") } else { format!("float(\"{value}\")") }
}

/// Numbers as a Python list.
pub(super) fn numbers(values: &[f32]) -> String {
    let values: Vec<String> = values.iter().map(|&v| number(v)).collect();
    format!("[{}]", values.join(", "))
}

/// Whole numbers as a Python tuple.
pub(super) fn tuple(values: &[usize]) -> String {
    match values {
        [one] => format!("({one},)"),
        _ => format!("({})", values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// One number where all are equal, as PyTorch takes it for every axis; a tuple otherwise.
pub(super) fn per_axis(values: &[usize]) -> String {
    match values {
        [first, rest @ ..] if rest.iter().all(|v| v == first) => first.to_string(),
        _ => tuple(values),
    }
}

/// A name for an attribute of a module that is not taken yet: ASCII letters, digits and underscores of the
/// text.
pub(super) fn attribute(text: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert(0, 'n');
    }
    if RESERVED.split_whitespace().any(|word| word == name) {
        name.push('_');
    }
    unique(name, taken)
}

/// A name for a class that is not taken yet: the words of a path, each with a capital.
pub(super) fn class(path: &str, taken: &mut BTreeSet<String>) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name: String = words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "Part");
    }
    unique(name, taken)
}
