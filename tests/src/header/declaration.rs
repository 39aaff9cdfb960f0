//! What a header declares, one by one.

/// A parameter of a function, or a field that is no function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its type in C, such as `const char *`.
    pub c_type: String,
    /// Whether it is marked as one that may be NULL.
    pub nullable: bool,
}

/// A function, or a pointer to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it returns, in C.
    pub result: String,
    /// Its parameters.
    pub parameters: Vec<Variable>,
    /// Its thread tags, such as `any, in`; empty where the header has none.
    pub tags: String,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A value.
    Value(Variable),
    /// A pointer to a function.
    Function(Function),
}

impl Field {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Value(variable) => &variable.name,
            Self::Function(function) => &function.name,
        }
    }

    /// The function, where it is one.
    pub fn function(&self) -> Option<&Function> {
        if let Self::Function(function) = self { Some(function) } else { None }
    }
}

/// A struct; one without fields is opaque.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struct {
    /// Its name, without `struct`.
    pub name: String,
    /// Its fields.
    pub fields: Vec<Field>,
}
