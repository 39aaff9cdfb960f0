//! What `smash.h` and `smash_dlpack.h` declare: structs, functions, constants. Bindings and tests are made of
//! it, so that nobody counts fields or arguments.

mod declaration;
mod parse;

use std::fs;
use std::path::Path;

pub use declaration::{Field, Function, Struct, Variable};
use parse::{Statement, constant, of_c, pointer, statements, structure, tags, variable, variables};

/// All that a header declares.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// Structs, each behind those that it holds.
    pub structs: Vec<Struct>,
    /// Types of functions.
    pub callbacks: Vec<Function>,
    /// Functions that a library exports.
    pub functions: Vec<Function>,
    /// Names and values of constants.
    pub constants: Vec<(String, i64)>,
}

impl Header {
    /// The headers of this workspace.
    pub fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../smash-plugin/include");
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let mut header = Self::default();
        header.add(&text("smash_dlpack.h"));
        header.add(&text("smash.h"));
        header
    }

    /// The struct of that name.
    pub fn get(&self, name: &str) -> &Struct {
        self.structs.iter().find(|s| s.name == name).unwrap_or_else(|| panic!("the header has no {name}"))
    }

    /// The functions in a table.
    pub fn table(&self, name: &str) -> Vec<&Function> {
        self.get(name).fields.iter().filter_map(Field::function).collect()
    }

    fn add(&mut self, text: &str) {
        self.constants.extend(text.lines().filter_map(constant));
        for statement in statements(&of_c(text)) {
            let Statement { code, comment } = statement;
            let line = code.split_whitespace().collect::<Vec<_>>().join(" ");
            if let Some((head, body)) = code.split_once('{') {
                self.structs.extend(structure(head, body));
            } else if let Some(rest) = line.strip_prefix("typedef struct ") {
                let name = rest.split_whitespace().next().unwrap_or_default();
                self.structs.push(Struct { name: name.to_owned(), fields: Vec::new() });
            } else if let Some(rest) = line.strip_prefix("typedef ").filter(|rest| rest.contains(")(")) {
                self.callbacks.push(pointer(rest, ""));
            } else if let Some(rest) =
                ["SMASH_API ", "SMASH_EXPORT "].iter().find_map(|s| line.strip_prefix(s))
            {
                let (head, parameters) = rest.split_once('(').unwrap();
                let head = head.replace("SMASH_CALL ", "");
                let named = variable(&head);
                self.functions.push(Function {
                    name: named.name,
                    result: named.c_type,
                    parameters: variables(parameters.trim_end_matches(')')),
                    tags: tags(&comment),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_found() {
        let header = Header::read();
        let names =
            |name: &str| header.get(name).fields.iter().map(|f| f.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names("SmashBuf"), ["data", "len", "user", "release"]);
        assert_eq!(names("DLDataType"), ["code", "bits", "lanes"]);
        assert_eq!(names("DLManagedTensorVersioned")[4], "dl_tensor");
        assert!(names("SmashContext").is_empty());
        let table = header.table("SmashApi");
        let status = table.iter().find(|f| f.name == "search_status").unwrap();
        assert_eq!((status.tags.as_str(), status.result.as_str()), ("any, in", "SmashCode"));
        assert_eq!(status.parameters[0].c_type, "const SmashSearch *");
        let free = table.iter().find(|f| f.name == "model_free").unwrap();
        assert!(free.tags == "any" && free.parameters[0].nullable);
        let step = table.iter().find(|f| f.name == "search_step").unwrap();
        let nullable: Vec<bool> = step.parameters.iter().map(|p| p.nullable).collect();
        assert_eq!((step.tags.as_str(), &nullable[..]), ("one", &[false, false, true, true, true][..]));
        assert!(header.callbacks.iter().any(|f| f.name == "SmashProgressFn" && f.parameters.len() == 3));
        let exported: Vec<&str> = header.functions.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(
            exported,
            ["smash_get_api", "smash_version", "smash_version_number", "smash_plugin_init_v1"]
        );
        assert!(header.constants.contains(&("SMASH_ERR_LIMIT".to_owned(), 21)));
        assert!(header.constants.contains(&("kDLFloat".to_owned(), 2)));
    }
}
