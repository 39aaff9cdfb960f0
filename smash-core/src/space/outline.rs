//! Figures of an architecture that its graph does not tell.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Figures of one part of an architecture. All parts of an architecture have the same figures in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOutline {
    /// The part, as [`Graph::count_parts`](crate::graph::Graph::count_parts) names it.
    pub part: String,
    /// What there is to know.
    pub figures: Vec<Figure>,
}

/// A named number, and the most that it may be where there is a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Lower case, as in `read channels`.
    pub name: Cow<'static, str>,
    /// How many.
    pub value: usize,
    /// How many are allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}
