//! Figures of an architecture for users, beyond those of its graph.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Figures of one part of an architecture. All parts have the same figures in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOutline {
    /// The part, as [`Graph::count_parts`](crate::graph::Graph::count_parts) names it.
    pub part: String,
    /// The figures, in the order of display.
    pub figures: Vec<Figure>,
}

/// A named number, with its upper limit if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Name in lower case, such as `read channels`.
    pub name: Cow<'static, str>,
    /// The architecture's value.
    pub value: usize,
    /// The largest value that the space allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}
