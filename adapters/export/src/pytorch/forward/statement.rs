//! Statements as lines.

/// Widest line.
const WIDTH: usize = 100;
/// Spaces in front of a statement.
const INDENT: usize = 8;
/// Room for the name that an expression is assigned to.
const NAME: usize = 8;

/// Whether an expression fits into a line.
pub(super) fn fits(text: &str) -> bool {
    INDENT + NAME + text.len() <= WIDTH
}

/// `prefix` and `text` as a line, or as several where they are too wide: broken at commas within their first
/// brackets.
pub(super) fn assignment(prefix: &str, text: &str) -> Vec<String> {
    if INDENT + prefix.len() + text.len() <= WIDTH {
        return vec![format!("{prefix}{text}")];
    }
    if let Some(names) = prefix.strip_suffix(" = ")
        && names.contains(", ")
    {
        let mut lines = vec!["(".to_owned()];
        lines.extend(filled(names));
        lines.push(format!(") = {text}"));
        return lines;
    }
    if let Some((list, rest)) = text.strip_prefix("torch.cat([").and_then(|rest| rest.split_once(']')) {
        let mut lines = vec![format!("{prefix}torch.cat([")];
        lines.extend(filled(list));
        lines.push(format!("]{rest}"));
        return lines;
    }
    vec![format!("{prefix}{text}")]
}

/// A list in lines that are filled.
fn filled(list: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for item in list.split(", ") {
        if !line.is_empty() && INDENT + 5 + line.len() + item.len() + 2 > WIDTH {
            lines.push(format!("    {line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(item);
        line.push(',');
    }
    lines.push(format!("    {line}"));
    lines
}
