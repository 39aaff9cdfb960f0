//! The modules of a crate, and which of them uses what another defines.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::tokens::Content;

/// What the module at the root is called.
pub(crate) const ROOT: &str = "crate";

/// How many imports of imports are followed.
const DEPTH: usize = 16;

/// A module by the names on its way from the root, joined by `::`; [`ROOT`] for the root.
pub(crate) type Name = String;

/// A crate.
#[derive(Default)]
pub(crate) struct Crate {
    modules: BTreeMap<Name, Content>,
}

/// Which modules a module uses, each with a path that shows it.
pub(crate) type Uses = BTreeMap<Name, BTreeMap<Name, String>>;

/// What a path leads to.
enum Target {
    /// An item, and the module that defines it.
    Item(Name),
    /// A module itself.
    Module(Name),
}

impl Crate {
    /// Reads a crate from its root file.
    pub(crate) fn read(root: &Path) -> Self {
        let mut found = Self::default();
        // `lib.rs` and `main.rs` have their modules beside them.
        found.file(ROOT.to_owned(), root, root.parent().unwrap());
        found
    }

    /// A crate of files with these texts, the root first.
    pub(crate) fn of(files: &[(&str, &str)]) -> (tempfile::TempDir, Self) {
        let folder = tempfile::TempDir::new().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let tree = Self::read(&folder.path().join(files[0].0));
        (folder, tree)
    }

    pub(crate) fn has(&self, module: &str) -> bool {
        self.modules.contains_key(module)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Name> {
        self.modules.keys()
    }

    fn file(&mut self, name: Name, path: &Path, folder: &Path) {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let tokens = text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        self.module(name, Content::of(tokens), folder);
    }

    fn module(&mut self, name: Name, mut content: Content, folder: &Path) {
        for child in &mut content.children {
            let inner = join(&name, &child.name);
            let below = folder.join(&child.name);
            if let Some(body) = child.body.take() {
                self.module(inner, body, &below);
                continue;
            }
            let file = child.path.as_ref().map(|path| folder.join(path));
            let places: [PathBuf; 2] = [below.with_extension("rs"), below.join("mod.rs")];
            let file = file.or_else(|| places.into_iter().find(|file| file.exists()));
            let file = file.unwrap_or_else(|| panic!("{inner}: no file in {}", folder.display()));
            self.file(inner, &file, &below);
        }
        self.modules.insert(name, content);
    }

    /// Which modules use what others define. That a module hands on what modules inside it define is no use
    /// of them.
    pub(crate) fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (name, content) in &self.modules {
            let mut found = BTreeMap::new();
            let mut add = |path: &[String], inside: bool| {
                if let Some(Target::Item(module)) = self.resolve(name, path, 0)
                    && module != *name
                    && (inside || !is_inside(&module, name))
                {
                    found.entry(module).or_insert_with(|| path.join("::"));
                }
            };
            content.imports.iter().filter(|i| i.name != "*").for_each(|i| add(&i.path, !i.public));
            content.paths.iter().for_each(|path| add(path, true));
            uses.insert(name.clone(), found);
        }
        uses
    }

    fn resolve(&self, from: &str, path: &[String], depth: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.walk(ROOT, rest, depth),
            "self" => self.walk(from, rest, depth),
            "super" => self.walk(parent(from)?, rest, depth),
            _ => self.walk(from, path, depth),
        }
    }

    /// Follows the names of a path from a module on. `None`: another crate, or a name of the language.
    fn walk(&self, from: &str, path: &[String], depth: usize) -> Option<Target> {
        if depth > DEPTH {
            return None;
        }
        let Some((first, rest)) = path.split_first() else { return Some(Target::Module(from.to_owned())) };
        let content = self.modules.get(from)?;
        if first == "super" {
            return self.walk(parent(from)?, rest, depth);
        }
        if content.items.contains(first) {
            return Some(Target::Item(from.to_owned()));
        }
        let child = join(from, first);
        if self.modules.contains_key(&child) {
            return self.walk(&child, rest, depth);
        }
        if let Some(import) = content.imports.iter().find(|i| i.name == *first && i.path != path) {
            return match self.resolve(from, &import.path, depth + 1)? {
                Target::Module(module) => self.walk(&module, rest, depth + 1),
                item @ Target::Item(_) => Some(item),
            };
        }
        let globs = content.imports.iter().filter(|i| i.name == "*");
        globs.map(|i| self.resolve(from, &i.path, depth + 1)).find_map(|target| match target? {
            Target::Module(module) if module != from => self.walk(&module, path, depth + 1),
            _ => None,
        })
    }
}

fn join(module: &str, child: &str) -> Name {
    if module == ROOT { child.to_owned() } else { format!("{module}::{child}") }
}

fn parent(module: &str) -> Option<&str> {
    if module == ROOT { None } else { Some(module.rsplit_once("::").map_or(ROOT, |(parent, _)| parent)) }
}

/// True for a module and for all inside it.
pub(crate) fn is_inside(module: &str, outer: &str) -> bool {
    outer == ROOT || module.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The circles of a crate: sets of modules of which each uses each other, if only by way of others.
pub(crate) fn circles(uses: &Uses) -> Vec<BTreeSet<Name>> {
    let reach = |from: &Name| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(module) = open.pop() {
            for next in uses.get(module).into_iter().flat_map(BTreeMap::keys) {
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Name, BTreeSet<Name>> = uses.keys().map(|name| (name, reach(name))).collect();
    let circle = |name: &Name| -> BTreeSet<Name> {
        reached[name]
            .iter()
            .filter(|other| reached.get(other).is_some_and(|r| r.contains(name)))
            .cloned()
            .collect()
    };
    let found: BTreeSet<BTreeSet<Name>> = uses.keys().map(circle).filter(|circle| circle.len() > 1).collect();
    found.into_iter().collect()
}

/// The shortest way around a circle, as `a -> b (path) -> a`.
pub(crate) fn around(circle: &BTreeSet<Name>, uses: &Uses) -> String {
    let round = |start: &Name| -> Option<Vec<Name>> {
        let mut open = std::collections::VecDeque::from([vec![start.clone()]]);
        let mut seen = BTreeSet::new();
        while let Some(way) = open.pop_front() {
            for next in uses[way.last()?].keys().filter(|next| circle.contains(*next)) {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    open.push_back([&way[..], std::slice::from_ref(next)].concat());
                }
            }
        }
        None
    };
    let Some(way) = circle.iter().filter_map(round).min_by_key(Vec::len) else { return String::new() };
    let next = |i: usize| &way[(i + 1) % way.len()];
    let step = |(i, from): (usize, &Name)| format!(" -> {} ({})", next(i), uses[from][next(i)]);
    way[0].clone() + &way.iter().enumerate().map(step).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_on_is_used_where_it_is_defined() {
        let (_folder, tree) = Crate::of(&[
            ("lib.rs", "mod room; mod user; pub use room::Inner;"),
            ("room.rs", "mod part; pub(crate) use part::*; pub use part::Inner as Other;"),
            ("room/part.rs", "pub struct Inner; pub fn make() {}"),
            (
                "user.rs",
                "use crate::{Inner, room}; fn f() { room::make(); crate::room::Other::new(); std::f(); }",
            ),
        ]);
        let uses = tree.uses();
        assert_eq!(uses["user"].keys().collect::<Vec<_>>(), ["room::part"]);
        assert!(uses["room"].is_empty() && uses[ROOT].is_empty(), "{uses:?}");
        assert!(circles(&uses).is_empty());
    }

    #[test]
    fn a_circle_is_found_and_shown() {
        let (_folder, tree) = Crate::of(&[
            ("lib.rs", "mod a; mod b; mod c; #[cfg(test)] mod tests;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "pub struct B(super::c::C); #[cfg(test)] mod tests { use crate::a::A; }"),
            ("c.rs", "pub struct C; fn f() { vec![crate::a::A]; }"),
        ]);
        let uses = tree.uses();
        let found = circles(&uses);
        assert_eq!(found, [["a", "b", "c"].map(str::to_owned).into()]);
        assert_eq!(around(&found[0], &uses), "a -> b (crate::b::B) -> c (super::c::C) -> a (crate::a::A)");
    }
}
