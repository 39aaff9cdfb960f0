//! The whole file.

use std::fmt::{self, Write as _};

use super::forward::{arguments, body};
use super::modules::{Modules, constructor};
use super::regions::{Group, Item};
use super::template::{HEAD, NORMALISE, TAIL};
use super::text::{literal, numbers, tuple};
use crate::program::Program;
use crate::{Card, Error, Result};

/// Widest statement, without its indentation.
const WIDTH: usize = 92;

/// Writes a network as a Python file.
pub(super) fn write(program: &Program, root: &Group, modules: &Modules, card: &Card) -> Result<String> {
    let file = File { program, modules, card };
    let mut out = String::new();
    file.file(&mut out, root).map_err(|e| Error::Format { format: "pytorch", problem: e.to_string() })?;
    Ok(out)
}

/// A call in three lines where it is too wide for one.
fn broken(line: &str) -> Vec<String> {
    match line.strip_suffix(')').and_then(|call| call.split_once('(')) {
        Some((name, arguments)) if line.len() > WIDTH => {
            vec![format!("{name}("), format!("    {arguments}"), ")".to_owned()]
        }
        _ => vec![line.to_owned()],
    }
}

struct File<'a> {
    program: &'a Program,
    modules: &'a Modules,
    card: &'a Card,
}

impl File<'_> {
    fn file(&self, out: &mut String, root: &Group) -> fmt::Result {
        out.push_str(HEAD);
        self.constants(out)?;
        if self.card.normalises() {
            out.push_str(NORMALISE);
        }
        self.class(out, root)?;
        out.push_str(TAIL);
        Ok(())
    }

    fn constants(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "NAME = {}", literal(&self.card.name))?;
        writeln!(out, "INPUT = {}  # channels, extents", tuple(self.program.input()))?;
        match &self.card.class_names {
            None => writeln!(out, "CLASSES = None  # names of the classes are not known")?,
            Some(names) => {
                writeln!(out, "CLASSES = [")?;
                for name in names {
                    writeln!(out, "    {},", literal(name))?;
                }
                writeln!(out, "]")?;
            }
        }
        if self.card.normalises() {
            writeln!(out, "# Per channel, in the unit of the input, which the network normalises itself.")?;
            writeln!(out, "MEAN = {}", numbers(&self.card.mean))?;
            writeln!(out, "STD = {}", numbers(&self.card.std))?;
        } else {
            writeln!(out, "# Inputs are taken as they are.\nMEAN = None\nSTD = None")?;
        }
        if !self.card.provenance.is_empty() {
            writeln!(out, "PROVENANCE = {{")?;
            for (key, value) in &self.card.provenance {
                writeln!(out, "    {}: {},", literal(key), literal(value))?;
            }
            writeln!(out, "}}")?;
        }
        Ok(())
    }

    /// The class of a group, after those of the groups inside it.
    fn class(&self, out: &mut String, group: &Group) -> fmt::Result {
        for item in &group.items {
            if let Item::Group(inner) = item {
                self.class(out, inner)?;
            }
        }
        let is_root = group.path.is_empty();
        writeln!(out, "\n\nclass {}(nn.Module):", self.modules.group(group).1)?;
        if is_root {
            let extents = self.program.input().iter().map(|e| format!(", {e}")).collect::<String>();
            writeln!(
                out,
                "    \"\"\"Inputs `[n{extents}]` to logits `[n, {}]`.\"\"\"\n",
                self.program.classes()
            )?;
        } else {
            let channels = |layer: usize| self.program.layers[layer].dims[0];
            let (from, to) =
                (group.inputs.iter().map(|&i| channels(i)).sum::<usize>(), channels(group.output));
            let what = if self.program.layers[group.output].dims.len() > 1 { "channels" } else { "values" };
            writeln!(out, "    \"\"\"From {from} channels to {to} {what}.\"\"\"\n")?;
        }
        writeln!(out, "    def __init__(self):\n        super().__init__()")?;
        for item in &group.items {
            match item {
                Item::Layer(i) if self.program.layers[*i].constants.is_empty() => {}
                Item::Layer(i) => {
                    let made = constructor(&self.program.layers[*i]);
                    let line = format!("self.{} = {made}", self.modules.layer(*i));
                    broken(&line).iter().try_for_each(|line| writeln!(out, "        {line}"))?;
                }
                Item::Group(inner) => {
                    let (name, class) = self.modules.group(inner);
                    writeln!(out, "        self.{name} = {class}()")?;
                }
            }
        }
        writeln!(out, "\n    def forward(self, {}):", arguments(group).join(", "))?;
        if is_root && self.card.normalises() {
            writeln!(out, "        x = normalise(x)")?;
        }
        for line in body(self.program, self.modules, group) {
            writeln!(out, "        {line}")?;
        }
        Ok(())
    }
}
