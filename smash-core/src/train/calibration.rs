//! Batch-norm calibration: the running statistics of a trained network, set to those of its training
//! examples.

use crate::backend::{Backend, Feed, Fetch, Mode, Plan};
use crate::dataset::{Data, Order};
use crate::error::Result;
use crate::graph::{Graph, Op};
use crate::tensor::Tensor;

/// Least batch size: the deeper a batch norm is, the more its statistics depend on those of the batches
/// before it.
const BATCH: usize = 100;

/// The statistics of one batch norm, pooled over batches (Chan, Golub, LeVeque 1983).
struct Pooled {
    /// Names of the stored mean and variance.
    names: [String; 2],
    /// Values of a channel in one example.
    plane: f64,
    count: f64,
    mean: Vec<f64>,
    /// Sums of squared deviations from the mean.
    squares: Vec<f64>,
}

impl Pooled {
    /// One for each batch norm of a graph.
    fn of(graph: &Graph) -> Vec<Self> {
        let name = |node: usize| match graph.nodes[node].op {
            Op::Parameter { index } => Some(graph.parameters[index].name.clone()),
            _ => None,
        };
        let norms = graph.nodes.iter().filter(|node| matches!(node.op, Op::BatchNorm { .. }));
        norms
            .filter_map(|node| {
                let [x, _, _, mean, variance] = node.inputs[..] else { return None };
                let shape = graph.shape(x);
                let plane = shape.extents().iter().product::<usize>() as f64;
                let names = [name(mean.index())?, name(variance.index())?];
                let zeros = vec![0.0; shape.channels()];
                Some(Self { names, plane, count: 0.0, mean: zeros.clone(), squares: zeros })
            })
            .collect()
    }

    /// Adds the statistics that the engine holds, of a batch of so many examples.
    fn add(&mut self, backend: &dyn Backend, examples: usize) -> Result<()> {
        let [mean, variance] = [backend.read(&self.names[0])?, backend.read(&self.names[1])?];
        let more = examples as f64 * self.plane;
        let all = self.count + more;
        let pooled = self.mean.iter_mut().zip(&mut self.squares);
        for ((m, squares), (&mean, &variance)) in pooled.zip(mean.data().iter().zip(variance.data())) {
            let difference = f64::from(mean) - *m;
            // The stored variance is the unbiased one.
            *squares += f64::from(variance) * (more - 1.0).max(0.0)
                + difference * difference * self.count * more / all;
            *m += difference * more / all;
        }
        self.count = all;
        Ok(())
    }

    /// Stores the pooled mean and unbiased variance.
    fn write(&self, backend: &mut dyn Backend) -> Result<()> {
        let variance = self.squares.iter().map(|squares| squares / (self.count - 1.0).max(1.0));
        let [mean, variance]: [Vec<f32>; 2] =
            [self.mean.iter().map(|v| *v as f32).collect(), variance.map(|v| v as f32).collect()];
        for (name, values) in self.names.iter().zip([mean, variance]) {
            let shape = vec![values.len()];
            backend.write(name, &Tensor::new(shape, values).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Sets the running statistics of a network to the mean and variance over all examples of `order`, pooled
/// exactly over its batches. One pass over the examples as training sees them, augmented: that is what the
/// weights are used to, and on digits it gave the lower test loss. Within a pass each batch norm sees what
/// the ones before it make of their own batch, as in training.
///
/// # Errors
/// When the engine fails, or an example cannot be read.
pub(super) fn calibrate(
    backend: &mut dyn Backend,
    (plan, graph): (Plan, &Graph),
    data: &Data,
    (order, batch): (&Order, usize),
) -> Result<()> {
    let mut norms = Pooled::of(graph);
    if norms.is_empty() {
        return Ok(());
    }
    let batches = order.one_pass(batch.max(BATCH));
    let (count, seed) = (batches.len() as u64, order.seed().split("calibrate"));
    let read = move |data: &Data, number: u64| data.batch(&batches[number as usize], Some(seed));
    for batch in data.prefetch(0..count, read) {
        let batch = batch?;
        let inputs = [("x", Feed::Host(&batch.x)), ("labels", Feed::Host(&batch.labels))];
        backend.run(plan, Mode::Calibrate, &inputs, &[("loss", Fetch::Host)])?;
        let examples = batch.labels.data().len();
        norms.iter_mut().try_for_each(|norm| norm.add(backend, examples))?;
    }
    norms.iter().try_for_each(|norm| norm.write(backend))
}
