//! The memory plan of a graph, worked out once: where values lie (aliasing), what is fused, and until when
//! each buffer is needed (liveness).

mod needs;

use smash_core::Result;
use smash_core::graph::{Graph, Node, Op, Parameter, Role, ValueId};

use crate::kernel::{Activation, ConvShape};
use crate::layout::{self, Run};
use crate::ops::pool::Window;
use needs::{Need, is_statistic, keeps_result, kept_input, moves_nothing, needed};

pub(crate) use needs::differentiable;

/// How a node gets its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its op is run; it owns a buffer.
    Compute,
    /// A concatenation, slice or reshape that a user wants in one place: copied; it owns a buffer.
    Copy,
    /// It aliases the buffers of others.
    View,
    /// A leaky ReLU that convolutions apply while they read its input.
    Fused,
}

/// A graph ready to be run.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The graph.
    pub graph: Graph,
    /// How each node gets its value.
    pub kinds: Vec<Kind>,
    /// Where each value lies.
    pub runs: Vec<Vec<Run>>,
    /// For copied nodes: from where.
    pub sources: Vec<Vec<Run>>,
    /// Roots that backward reads.
    pub keep: Vec<bool>,
    /// Liveness: the last node that reads each root; outputs are read at the end.
    pub last: Vec<usize>,
    /// Parameters that are read only as running statistics.
    pub statistics: Vec<bool>,
}

impl Compiled {
    /// Checks a graph and lays it out.
    pub(crate) fn new(graph: &Graph) -> Result<Self> {
        graph.check()?;
        let n = graph.nodes.len();
        let mut plan = Self {
            graph: graph.clone(),
            kinds: vec![Kind::Compute; n],
            runs: Vec::with_capacity(n),
            sources: vec![Vec::new(); n],
            keep: vec![false; n],
            last: vec![0; n],
            statistics: vec![false; n],
        };
        plan.lay_out();
        plan.find_uses();
        Ok(plan)
    }

    /// The node's shape without the batch, times the batch if it has one.
    pub(crate) fn samples(&self, node: usize, batch: usize) -> usize {
        if self.graph.nodes[node].shape.batched { batch } else { 1 }
    }

    /// Numbers of one sample.
    pub(crate) fn len(&self, node: usize) -> usize {
        self.graph.nodes[node].shape.len()
    }

    /// Numbers of one channel of one sample.
    pub(crate) fn plane(&self, node: usize) -> usize {
        self.graph.nodes[node].shape.extents().iter().product()
    }

    /// Input `i` of a node.
    pub(crate) fn input(&self, node: usize, i: usize) -> usize {
        self.graph.nodes[node].inputs[i].index()
    }

    /// The parameter that a node reads, if it is one.
    pub(crate) fn parameter(&self, node: usize) -> Option<&Parameter> {
        match self.graph.nodes[node].op {
            Op::Parameter { index } => Some(&self.graph.parameters[index]),
            _ => None,
        }
    }

    /// True for a parameter that is learned.
    pub(crate) fn is_weight(&self, node: usize) -> bool {
        self.parameter(node).is_some_and(|p| p.role == Role::Weight)
    }

    /// Shape and fused activation of a convolution.
    pub(crate) fn convolution(&self, node: usize, batch: usize) -> Option<(ConvShape, Activation)> {
        let Op::Conv { stride, padding, dilation, groups } = &self.graph.nodes[node].op else {
            return None;
        };
        let (x, w) = (self.input(node, 0), self.input(node, 1));
        let activation = match (&self.graph.nodes[x].op, self.kinds[x]) {
            (Op::LeakyRelu { slope }, Kind::Fused) => Activation::Leaky(*slope),
            _ => Activation::None,
        };
        let (input, weight) = (&self.graph.nodes[x].shape, &self.graph.nodes[w].shape);
        let shape = ConvShape {
            batch: self.samples(x, batch),
            groups: *groups,
            c_in: input.channels(),
            c_out: weight.channels(),
            input: three(input.extents(), 1),
            kernel: three(&weight.dims[2..], 1),
            stride: three(stride, 1),
            dilation: three(dilation, 1),
            padding: three(padding, 0),
        };
        Some((shape, activation))
    }

    /// Extents of a pooling.
    pub(crate) fn window(&self, node: usize) -> Option<Window> {
        let Op::Pool { window, stride, padding, .. } = &self.graph.nodes[node].op else {
            return None;
        };
        let (x, y) = (&self.graph.nodes[self.input(node, 0)].shape, &self.graph.nodes[node].shape);
        Some(Window {
            input: three(x.extents(), 1),
            window: three(window, 1),
            stride: three(stride, 1),
            padding: three(padding, 0),
            output: three(y.extents(), 1),
        })
    }

    fn lay_out(&mut self) {
        let n = self.graph.nodes.len();
        let mut need = vec![Need::Any; n];
        // Whether a node is read by convolutions alone, as their input.
        let mut conv_only = vec![true; n];
        for node in &self.graph.nodes {
            for (i, input) in node.inputs.iter().enumerate() {
                let wanted = if moves_nothing(&self.graph, node) { Need::Any } else { needed(&node.op, i) };
                need[input.index()] = need[input.index()].max(wanted);
                conv_only[input.index()] &= i == 0 && matches!(node.op, Op::Conv { .. });
            }
        }
        self.graph.outputs.iter().for_each(|(_, id)| conv_only[id.index()] = false);
        for i in 0..n {
            let whole = vec![Run::whole(i, self.len(i))];
            let plane = self.plane(i);
            let (kind, runs) = match self.lies(&self.graph.nodes[i]) {
                Some(runs) if matches!(self.graph.nodes[i].op, Op::LeakyRelu { .. }) => {
                    let fused = conv_only[i] && layout::aligned(&runs, plane);
                    if fused { (Kind::Fused, runs) } else { (Kind::Compute, whole) }
                }
                Some(runs) => {
                    let suits = match need[i] {
                        Need::Any => true,
                        Need::Planes => layout::aligned(&runs, plane),
                        Need::Rows => runs.len() == 1,
                    };
                    if suits {
                        (Kind::View, runs)
                    } else {
                        self.sources[i] = runs;
                        (Kind::Copy, whole)
                    }
                }
                None => (Kind::Compute, whole),
            };
            self.kinds[i] = kind;
            self.runs.push(runs);
        }
    }

    /// Where a value that needs no buffer of its own lies; a leaky ReLU lies where its input lies.
    fn lies(&self, node: &Node) -> Option<Vec<Run>> {
        let runs = |id: &ValueId| &self.runs[id.index()];
        match &node.op {
            Op::Reshape { .. } | Op::LeakyRelu { .. } => Some(runs(&node.inputs[0]).clone()),
            Op::Concat => {
                let mut all = Vec::new();
                node.inputs.iter().flat_map(runs).for_each(|run| layout::push(&mut all, *run));
                Some(all)
            }
            Op::Slice { ranges } if moves_nothing(&self.graph, node) => {
                let plane: usize = self.graph.shape(node.inputs[0]).extents().iter().product();
                let range = ranges.first()?;
                Some(layout::cut(runs(&node.inputs[0]), range.start * plane, range.len() * plane))
            }
            _ => None,
        }
    }

    fn find_uses(&mut self) {
        let mut read_otherwise = vec![false; self.graph.nodes.len()];
        for i in 0..self.graph.nodes.len() {
            let Self { graph, kinds, runs, sources, keep, last, .. } = self;
            let node = &graph.nodes[i];
            match kinds[i] {
                Kind::View | Kind::Fused => continue,
                Kind::Copy => sources[i].iter().for_each(|run| last[run.root] = i),
                Kind::Compute => {
                    for (k, input) in node.inputs.iter().enumerate() {
                        read_otherwise[input.index()] |= !is_statistic(&node.op, k);
                        for run in &runs[input.index()] {
                            last[run.root] = i;
                            keep[run.root] |= kept_input(&node.op, k);
                        }
                    }
                    keep[i] |= keeps_result(&node.op);
                }
            }
        }
        for (_, id) in &self.graph.outputs {
            read_otherwise[id.index()] = true;
            self.runs[id.index()].iter().for_each(|run| self.last[run.root] = usize::MAX);
        }
        for i in 0..self.graph.nodes.len() {
            // Views do not read, but what they show may be read.
            if matches!(self.kinds[i], Kind::View | Kind::Fused | Kind::Copy) {
                self.graph.nodes[i].inputs.iter().for_each(|id| read_otherwise[id.index()] = true);
            }
        }
        for (i, read) in read_otherwise.into_iter().enumerate() {
            self.statistics[i] = !read && self.parameter(i).is_some();
        }
    }
}

fn three(list: &[usize], missing: usize) -> [usize; 3] {
    std::array::from_fn(|i| (i + list.len()).checked_sub(3).map_or(missing, |at| list[at]))
}
