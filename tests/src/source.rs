//! Rust sources, read just well enough to ask which words their code uses.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// All `.rs` files below a folder, sorted; none when it does not exist. Leaves out what only tests compile:
/// folders named `tests` and files named `tests.rs`.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Line numbers, from 1, on which `code` has `word` as a whole word. A path or a macro is a word here too:
/// `process::exit`, `println!`.
pub fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let open = inside(word.chars().last());
    let has = |line: &str| {
        line.match_indices(word).any(|(at, _)| {
            let (before, after) = (line[..at].chars().last(), line[at + word.len()..].chars().next());
            !(inside(before) || open && inside(after))
        })
    };
    code.lines().enumerate().filter(|(_, line)| has(line)).map(|(i, _)| i + 1).collect()
}

/// The text with comments, literals and `#[cfg(test)]` items made blank; lines keep their numbers.
pub fn code(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let end = match literal(&chars, at) {
            Some(end) => end.min(chars.len()),
            None => {
                at += 1;
                continue;
            }
        };
        blank(&mut chars[at..end]);
        at = end;
    }
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut at = 0;
    while at + mark.len() <= chars.len() {
        if chars[at..].starts_with(&mark) {
            let end = item(&chars, at + mark.len());
            blank(&mut chars[at..end]);
        }
        at += 1;
    }
    chars.into_iter().collect()
}

fn blank(chars: &mut [char]) {
    chars.iter_mut().filter(|c| **c != '\n').for_each(|c| *c = ' ');
}

/// The end of the comment or literal that starts at `at`.
fn literal(chars: &[char], at: usize) -> Option<usize> {
    let next = |i: usize| chars.get(at + i).copied().unwrap_or('\0');
    let find = |from: usize, c: char| (from..chars.len()).find(|&i| chars[i] == c).unwrap_or(chars.len());
    match (chars[at], next(1)) {
        ('/', '/') => Some(find(at, '\n')),
        ('/', '*') => Some(block_comment(chars, at)),
        ('"', _) => Some(quoted(chars, at + 1, '"')),
        ('r', '"' | '#') if at == 0 || !is_word(chars[at - 1]) || is_prefix(chars, at - 1) => {
            let hashes = (1..).take_while(|&i| next(i) == '#').count();
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let start = at + hashes + 2;
            (next(hashes + 1) == '"').then(|| {
                let ends = |i: &usize| chars[*i..].starts_with(&close);
                (start..chars.len()).find(ends).map_or(chars.len(), |i| i + close.len())
            })
        }
        ('\'', '\\') => Some(quoted(chars, at + 1, '\'')),
        ('\'', _) if next(2) == '\'' => Some(at + 3),
        _ => None,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// True for the `b` of `br"…"` and the `c` of `cr"…"`.
fn is_prefix(chars: &[char], at: usize) -> bool {
    matches!(chars[at], 'b' | 'c') && (at == 0 || !is_word(chars[at - 1]))
}

fn quoted(chars: &[char], mut at: usize, close: char) -> usize {
    while at < chars.len() && chars[at] != close {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn block_comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

/// The end of the item behind an attribute: its `;` or its closing brace.
fn item(chars: &[char], from: usize) -> usize {
    let (mut nested, mut braces) = (0, 0);
    for (at, c) in chars.iter().enumerate().skip(from) {
        match c {
            '(' | '[' => nested += 1,
            ')' | ']' => nested -= 1,
            '{' => braces += 1,
            '}' => braces -= 1,
            _ => {}
        }
        if (*c == ';' && nested == 0 && braces == 0) || (*c == '}' && braces == 0) {
            return at + 1;
        }
    }
    chars.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank_and_lines_stay() {
        let text = "a(); // unsafe\n/* unsafe /* unsafe */ unsafe */ b();\nlet s = \"unsafe \\\" unsafe\"; c();\n\
                    let r = br#\"unsafe \" unsafe\"#; d::<'static>('\"', '\\'', r#type); unsafe { e() }\n";
        let code = code(text);
        assert_eq!(lines_with(&code, "unsafe"), [4]);
        assert!(
            ["a();", "b();", "c();", "'static", "r#type"].iter().all(|word| code.contains(word)),
            "{code}"
        );
    }

    #[test]
    fn test_items_are_blank() {
        let text = "#[cfg(test)]\nmod tests;\n#[cfg(test)]\nfn f(x: [u8; 2]) {\n    dbg!(x);\n}\nfn g() {\n    dbg!(1);\n}\n";
        assert_eq!(lines_with(&code(text), "dbg!"), [8]);
    }

    #[test]
    fn words_are_whole() {
        let code = "unsafe_code\neprintln!()\nstd::process::exit(1)\nprocess::exits\n";
        assert!(lines_with(code, "unsafe").is_empty());
        assert!(lines_with(code, "println!").is_empty());
        assert_eq!(lines_with(code, "eprintln!"), [2]);
        assert_eq!(lines_with(code, "process::exit"), [3]);
    }
}
