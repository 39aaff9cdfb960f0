//! The error type of this crate.

/// The reason why a network cannot be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The graph is no stand-alone network for inference.
    #[error("graph: {0}")]
    Graph(String),
    /// An op that the format lacks, or that is none of inference.
    #[error("node {node} ({op}): {problem}")]
    Op {
        /// Index of the node in the graph.
        node: usize,
        /// Name of the op.
        op: &'static str,
        /// What was expected, and what to do.
        problem: String,
    },
    /// A parameter of the graph has no weights, or weights of another shape.
    #[error("parameter {name}: {problem}")]
    Weights {
        /// Name of the parameter.
        name: String,
        /// What was expected and what was found.
        problem: String,
    },
    /// The card does not fit the network.
    #[error("card: {0}")]
    Card(String),
    /// The options ask for what there is not.
    #[error("options: {0}")]
    Options(String),
    /// The format cannot hold the network.
    #[error("{format}: {problem}")]
    Format {
        /// Name of the format.
        format: &'static str,
        /// What was expected and what was found.
        problem: String,
    },
    /// The graph is malformed.
    #[error(transparent)]
    Core(#[from] smash_core::Error),
}

/// Result with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
