//! What a module of Rust says about modules: the items it defines, the modules in it, what it imports, and
//! the paths that its code uses. What only tests compile is left out.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Words behind which the name of an item stands.
const ITEMS: [&str; 9] = ["const", "enum", "fn", "macro_rules", "static", "struct", "trait", "type", "union"];

/// A name that an import brings into a module; `*` for all names of what it imports.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    pub(crate) name: String,
    /// True for `pub use`, however far it reaches.
    pub(crate) public: bool,
}

/// A module inside another.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    /// What follows `#[path =`.
    pub(crate) path: Option<String>,
    /// Its text, unless that is in a file of its own.
    pub(crate) body: Option<Content>,
}

/// What stands in a module.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) items: BTreeSet<String>,
    pub(crate) children: Vec<Child>,
    pub(crate) imports: Vec<Import>,
    /// Paths of the code; a single name only where it can be that of an item.
    pub(crate) paths: BTreeSet<Vec<String>>,
}

impl Content {
    pub(crate) fn of(tokens: TokenStream) -> Self {
        let mut content = Self::default();
        content.read(&tokens.into_iter().collect::<Vec<_>>(), true);
        content
    }

    /// Reads tokens; those directly in a module (`top`) can be items and modules of it.
    fn read(&mut self, tokens: &[TokenTree], top: bool) {
        let mut at = 0;
        let mut file = None;
        let mut public = false;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Punct(p) if p.as_char() == '#' => {
                    let attribute = match &tokens[at + 1..] {
                        [TokenTree::Group(group), ..] => Some(group),
                        // `#![…]`
                        [TokenTree::Punct(_), TokenTree::Group(_), ..] => {
                            at += 3;
                            continue;
                        }
                        _ => None,
                    };
                    at += 1 + usize::from(attribute.is_some());
                    if attribute.is_some_and(is_for_tests) {
                        at = after_item(tokens, at);
                    } else if let Some(path) = attribute.and_then(path_attribute) {
                        file = Some(path);
                    }
                    continue;
                }
                TokenTree::Group(group) => self.read(&group.stream().into_iter().collect::<Vec<_>>(), false),
                TokenTree::Ident(ident) => {
                    let word = ident.to_string();
                    let word = word.strip_prefix("r#").unwrap_or(&word);
                    match word {
                        "pub" => {
                            public = true;
                            // `pub(super)` is no use of a module.
                            let reach = matches!(tokens.get(at + 1), Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Parenthesis);
                            at += 1 + usize::from(reach);
                            continue;
                        }
                        "use" => {
                            let end =
                                (at..tokens.len()).find(|&i| is(tokens.get(i), ';')).unwrap_or(tokens.len());
                            imports(&tokens[at + 1..end], &[], public, &mut self.imports);
                            (at, public) = (end, false);
                        }
                        "mod" if top => {
                            if let Some(TokenTree::Ident(name)) = tokens.get(at + 1) {
                                let body = match tokens.get(at + 2) {
                                    Some(TokenTree::Group(group)) => Some(Self::of(group.stream())),
                                    _ => None,
                                };
                                self.children.push(Child { name: name.to_string(), path: file.take(), body });
                                at += 2;
                            }
                            public = false;
                        }
                        _ if top && ITEMS.contains(&word) => {
                            public = false;
                            let name = tokens[at + 1..].iter().take(2).find_map(|token| match token {
                                TokenTree::Ident(name)
                                    if *name != "mut" && !ITEMS.contains(&&*name.to_string()) =>
                                {
                                    Some(name.to_string())
                                }
                                _ => None,
                            });
                            self.items.extend(name);
                        }
                        _ => {
                            public = false;
                            at = self.path(tokens, at, word);
                            continue;
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads a path; where it ends.
    fn path(&mut self, tokens: &[TokenTree], at: usize, first: &str) -> usize {
        let mut path = vec![first.to_owned()];
        let mut end = at + 1;
        while is(tokens.get(end), ':') && is(tokens.get(end + 1), ':') {
            let Some(TokenTree::Ident(next)) = tokens.get(end + 2) else { break };
            path.push(next.to_string());
            end += 3;
        }
        // Fields, methods and lifetimes are not found by path, nor is what another crate's path begins with.
        // A function that is defined here is none that is used.
        let defined = at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(word) if *word == "fn");
        let before = |back: usize, c| at >= back && is(tokens.get(at - back), c);
        if (before(1, '.') && !before(2, '.'))
            || before(1, '\'')
            || before(1, ':') && before(2, ':')
            || defined
        {
            return end;
        }
        let called =
            matches!(tokens.get(end), Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Parenthesis);
        let item = called || is(tokens.get(end), '!') || first.starts_with(char::is_uppercase);
        if path.len() > 1 || item {
            self.paths.insert(path);
        }
        end
    }
}

fn is(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == c)
}

fn words(group: &Group) -> Vec<String> {
    let inner = |token| match token {
        TokenTree::Group(group) => words(&group),
        other => vec![other.to_string()],
    };
    group.stream().into_iter().flat_map(inner).collect()
}

/// True for `#[cfg(test)]` and `#[test]`.
fn is_for_tests(attribute: &Group) -> bool {
    let words = words(attribute);
    let has = |word: &str| words.iter().any(|w| w == word);
    words == ["test"] || has("test") && words[0] == "cfg" && !has("not")
}

fn path_attribute(attribute: &Group) -> Option<String> {
    match words(attribute).as_slice() {
        [word, _, text] if word == "path" => Some(text.trim_matches('"').to_owned()),
        _ => None,
    }
}

/// Where the item ends that begins here, with all its attributes.
fn after_item(tokens: &[TokenTree], from: usize) -> usize {
    let import = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if *word == "use");
    let first = tokens[from..].iter().find(|t| matches!(t, TokenTree::Ident(word) if *word != "pub"));
    let import = first.is_some_and(import);
    let ends = |token: &TokenTree| match token {
        TokenTree::Punct(p) => p.as_char() == ';',
        TokenTree::Group(g) => g.delimiter() == Delimiter::Brace && !import,
        _ => false,
    };
    tokens[from..].iter().position(ends).map_or(tokens.len(), |length| from + length + 1)
}

/// The names that a tree of imports brings in.
fn imports(tokens: &[TokenTree], prefix: &[String], public: bool, out: &mut Vec<Import>) {
    let mut path = prefix.to_vec();
    let mut renamed = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(word) if *word == "as" => {
                renamed = tokens.get(at + 1).map(ToString::to_string);
                at += 1;
            }
            TokenTree::Ident(word) => path.push(word.to_string()),
            TokenTree::Punct(p) if p.as_char() == '*' => {
                return out.push(Import { path, name: "*".to_owned(), public });
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                return inner.split(|t| is(Some(t), ',')).for_each(|tree| imports(tree, &path, public, out));
            }
            // `::name` is another crate.
            TokenTree::Punct(_) if path.is_empty() => path.push("::".to_owned()),
            _ => {}
        }
        at += 1;
    }
    // `a::{self}` imports a.
    if path.len() > 1 && path.last().is_some_and(|word| word == "self") {
        path.pop();
    }
    let Some(last) = path.last() else { return };
    out.push(Import { name: renamed.unwrap_or_else(|| last.clone()), path, public });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        Content::of(text.parse().unwrap())
    }

    #[test]
    fn imports_are_taken_apart() {
        let content = content("use a::{self, b::C, d as e, f::*}; pub(crate) use self::g::{h}; use ::i::j;");
        let found: Vec<String> = content
            .imports
            .iter()
            .map(|i| format!("{} {} {}", i.path.join("::"), i.name, i.public))
            .collect();
        let expected = [
            "a a false",
            "a::b::C C false",
            "a::d e false",
            "a::f * false",
            "self::g::h h true",
            "::::i::j j false",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn code_is_read_and_tests_are_not() {
        let content = content(
            "#![allow(x)] #[cfg(test)] mod tests; #[path = \"o.rs\"] mod other; mod inline { struct Inner; }\n\
             pub struct Outer { field: crate::a::B } const fn run(x: &'a u8) { x.first.second(); call(); C::new(); }\n\
             impl Outer { #[cfg(test)] fn t() { super::never(); } fn u() { vec![super::d::E { }] } }\n\
             #[cfg(not(test))] use k::l; #[cfg(test)] use m::{n};",
        );
        assert_eq!(content.items.iter().map(String::as_str).collect::<Vec<_>>(), ["Outer", "run"]);
        let children: Vec<_> =
            content.children.iter().map(|c| (c.name.as_str(), c.path.as_deref())).collect();
        assert_eq!(children, [("other", Some("o.rs")), ("inline", None)]);
        let paths: Vec<String> = content.paths.iter().map(|path| path.join("::")).collect();
        assert_eq!(paths, ["C::new", "Outer", "call", "crate::a::B", "super::d::E", "vec"]);
        assert_eq!(content.imports.iter().map(|i| i.name.as_str()).collect::<Vec<_>>(), ["l"]);
    }
}
