//! The little of C that the headers are written in.

use super::declaration::{Field, Function, Struct, Variable};

/// A text without what is for C++ alone.
pub(super) fn of_c(text: &str) -> String {
    let (mut found, mut skipping) = (String::new(), false);
    for line in text.lines() {
        match line {
            "#ifdef __cplusplus" => skipping = true,
            "#else" | "#endif" => skipping = false,
            _ if skipping => {}
            _ => {
                found.push_str(line);
                found.push('\n');
            }
        }
    }
    found
}

/// A number with a name: `#define SMASH_X 3u`, or `kDLX = 3,` of an enum.
pub(super) fn constant(line: &str) -> Option<(String, i64)> {
    let line = line.split("/*").next()?.trim();
    let (name, value) = match line.strip_prefix("#define ") {
        Some(rest) => rest.split_once(' ')?,
        None if line.starts_with("kDL") => line.split_once(" = ")?,
        None => return None,
    };
    let value = value.trim().trim_end_matches([',', 'u', 'U']);
    Some((name.to_owned(), value.parse().ok()?))
}

/// A declaration, and the comment before it.
pub(super) struct Statement {
    pub(super) code: String,
    pub(super) comment: String,
}

/// The declarations of a text, of which those in a struct are one.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let (mut code, mut comment, mut depth) = (String::new(), String::new(), 0);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(inside) = rest.strip_prefix("/*") {
            let (note, after) = inside.split_once("*/").unwrap();
            // Within a struct the comments stand where they stood, for the functions there.
            if depth > 0 {
                code.push_str(&format!("/*{note}*/"))
            } else {
                comment = note.to_owned()
            }
            rest = after;
            continue;
        }
        if c == '#' && depth == 0 {
            // A directive, with the lines that continue it.
            let mut lines = rest.split_inclusive('\n');
            let mut length = 0;
            for line in lines.by_ref() {
                length += line.len();
                if !line.trim_end().ends_with('\\') {
                    break;
                }
            }
            rest = &rest[length..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            ';' if depth == 0 => {
                let code = std::mem::take(&mut code);
                found.push(Statement { code: code.trim().to_owned(), comment: std::mem::take(&mut comment) });
            }
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                code.push(c);
            }
        }
    }
    found
}

/// A struct from what stands before and in its braces; nothing for an enum.
pub(super) fn structure(head: &str, body: &str) -> Option<Struct> {
    let (body, after) = body.rsplit_once('}')?;
    if head.contains("enum") {
        return None;
    }
    let name = [after.trim(), head.trim().rsplit(' ').next()?].into_iter().find(|name| !name.is_empty())?;
    let mut fields = Vec::new();
    let mut tag = String::new();
    let mut parts = parts(body).into_iter().peekable();
    while let Some(part) = parts.next() {
        // A comment behind a field, on its line, stands at the beginning of the next part.
        let (_, rest) = behind(&part);
        let (code, mut notes) = uncommented(rest);
        if code.is_empty() {
            continue;
        }
        if let (true, Some(next)) = (tags(&notes).is_empty(), parts.peek()) {
            behind(next).0.clone_into(&mut notes);
        }
        let own = tags(&notes);
        if !own.is_empty() {
            tag = own;
        }
        fields.push(if code.contains(")(") {
            Field::Function(pointer(&code, &tag))
        } else {
            Field::Value(variable(&code))
        });
    }
    Some(Struct { name: name.to_owned(), fields })
}

/// A text at its semicolons, but for those in comments.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut rest) = (vec![String::new()], text);
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("/*") { rest.find("*/").unwrap() + 2 } else { c.len_utf8() };
        match c {
            ';' => parts.push(String::new()),
            _ => parts.last_mut().unwrap().push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    parts
}

/// A comment at the very beginning, and what follows it.
fn behind(part: &str) -> (&str, &str) {
    match part.trim_start_matches(' ').strip_prefix("/*") {
        Some(inside) => inside.split_once("*/").unwrap(),
        None => ("", part),
    }
}

/// The code of a text, and its comments.
fn uncommented(text: &str) -> (String, String) {
    let (mut code, mut notes) = (String::new(), String::new());
    for (i, part) in text.split("/*").enumerate() {
        let (note, rest) = if i == 0 { ("", part) } else { part.split_once("*/").unwrap() };
        code.push_str(rest);
        notes.push_str(note);
    }
    (code.split_whitespace().collect::<Vec<_>>().join(" "), notes)
}

/// The thread tags at the beginning of a comment.
pub(super) fn tags(comment: &str) -> String {
    let tagged = ["[any", "[one"].iter().any(|tag| comment.trim_start().starts_with(tag));
    let inside = comment.trim_start().get(1..).filter(|_| tagged).and_then(|inside| inside.split(']').next());
    inside.unwrap_or_default().to_owned()
}

/// `int (SMASH_CALL *name)(int a)`.
pub(super) fn pointer(code: &str, tags: &str) -> Function {
    let (head, parameters) = code.split_once(")(").unwrap();
    let (result, name) = head.split_once('(').unwrap();
    Function {
        name: name.trim_start_matches("SMASH_CALL").trim().trim_start_matches('*').to_owned(),
        result: result.trim().to_owned(),
        parameters: variables(parameters.trim_end_matches(')')),
        tags: tags.to_owned(),
    }
}

pub(super) fn variables(list: &str) -> Vec<Variable> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "void").map(variable).collect()
}

/// `const char *name`. The parameter `err` may be NULL everywhere.
pub(super) fn variable(code: &str) -> Variable {
    let code = code.trim();
    let nullable = code.contains("SMASH_NULLABLE");
    let code = code.replace("SMASH_NULLABLE ", "");
    let at = code.rfind([' ', '*']).unwrap() + 1;
    let name = code[at..].to_owned();
    Variable { nullable: nullable || name == "err", c_type: code[..at].trim().to_owned(), name }
}
