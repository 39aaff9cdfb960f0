//! A whole graph against the reference: every mode, every gradient.

use super::data::{self, extents, feeds};
use super::difference::Objective;
use super::reference::{self, Named};
use super::subject::{Subject, ensure, fail};
use super::tolerance::Measure;
use crate::backend::{Backend, Fetch, InputGradient, Mode, Plan};
use crate::error::Result;
use crate::graph::{Graph, Role};
use crate::tensor::Tensor;

impl Subject<'_> {
    /// A new engine with drawn parameters of a graph, and the compiled graph.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn load(&mut self, graph: &Graph) -> Result<(Box<dyn Backend>, Plan)> {
        let mut backend = self.open()?;
        for (name, value) in data::parameters(graph)? {
            backend.write(&name, &value)?;
        }
        let plan = backend.compile(graph)?;
        Ok((backend, plan))
    }

    /// Checks a graph with drawn inputs (`labels` are classes of 0..3) and parameters: outputs and running
    /// statistics in every mode, and the gradients of all inputs and parameters (sampled elements of large
    /// ones). `what` names the graph in a failure. The graph should rarely evaluate a leaky ReLU near its
    /// kink.
    ///
    /// # Errors
    /// When the engine fails or is too far from the reference.
    pub fn graph(&mut self, what: &str, graph: &Graph, batch: usize) -> Result<()> {
        let (inputs, parameters) = (data::inputs(graph, batch)?, data::parameters(graph)?);
        let (inputs64, parameters64) = (reference::widen(&inputs), reference::widen(&parameters));
        let fetch: Vec<_> = graph.outputs.iter().map(|(name, _)| (name.as_str(), Fetch::Host)).collect();
        for mode in [Mode::Eval, Mode::Calibrate, Mode::Train] {
            let (mut backend, plan) = self.load(graph)?;
            let expected = reference::run(graph, mode, batch, &inputs64, &parameters64);
            // Twice where that changes nothing, since an engine may reuse buffers.
            for _ in 0..if mode == Mode::Train { 1 } else { 2 } {
                let found = backend.run(plan, mode, &feeds(&inputs), &fetch)?;
                ensure(found.len() == fetch.len(), || {
                    format!("{what}: expected {} results, found {}", fetch.len(), found.len())
                })?;
                for ((name, id), found) in graph.outputs.iter().zip(&found) {
                    let what = format!("{what}, {mode:?}, output {name:?}");
                    let Some(found) = found else { return fail(format!("{what}: no tensor was returned")) };
                    let shape = extents(graph.shape(*id), batch);
                    self.close(Measure::Values, &what, found, (&shape, &expected.values[id.index()]))?;
                }
            }
            for (name, (shape, values)) in &expected.stored {
                let what = format!("{what}, {mode:?}, stored {name:?}");
                self.close(Measure::Values, &what, &backend.read(name)?, (shape, values))?;
            }
            if mode == Mode::Train {
                self.gradients(what, (backend.as_mut(), plan), graph, batch, (&inputs64, &parameters64))?;
            }
        }
        Ok(())
    }

    fn gradients(
        &mut self,
        what: &str,
        (backend, plan): (&mut dyn Backend, Plan),
        graph: &Graph,
        batch: usize,
        (inputs, stored): (&Named, &Named),
    ) -> Result<()> {
        let output_gradients = data::output_gradients(graph, batch)?;
        let objective = Objective { graph, batch, output_gradients: &output_gradients, inputs, stored };
        let wanted: Vec<_> = graph.inputs().map(|(name, _)| (name, Fetch::Host)).collect();
        let found = backend.backward(plan, &feeds(&output_gradients), &wanted)?;
        for ((name, _), found) in wanted.iter().zip(&found) {
            let what = format!("{what}, gradient of input {name:?}");
            match found {
                _ if *name == "labels" => ensure(*found == InputGradient::Absent, || {
                    format!("{what}: expected no gradient, found {found:?}")
                })?,
                InputGradient::Device => return fail(format!("{what}: was not returned to the host")),
                InputGradient::Host(found) => self.gradient(&what, Some(found), (&objective, true, name))?,
                InputGradient::Absent => self.gradient(&what, None, (&objective, true, name))?,
            }
        }
        for name in stored.keys() {
            let what = format!("{what}, gradient of parameter {name:?}");
            let gradient = backend.gradient(name)?;
            if graph.parameters.iter().any(|p| p.name == *name && p.role == Role::Buffer) {
                ensure(gradient.is_none(), || {
                    format!("{what}: a buffer learns nothing, found {gradient:?}")
                })?;
            } else {
                self.gradient(&what, gradient.as_ref(), (&objective, false, name))?;
            }
        }
        Ok(())
    }

    /// Compares a gradient with central differences; an absent gradient must be zero.
    fn gradient(
        &mut self,
        what: &str,
        found: Option<&Tensor>,
        (objective, of_input, name): (&Objective<'_>, bool, &str),
    ) -> Result<()> {
        let (shape, values) = if of_input { &objective.inputs[name] } else { &objective.stored[name] };
        let zero = Tensor::zeros(shape);
        let found = found.unwrap_or(&zero);
        ensure(found.shape() == shape.as_slice(), || {
            format!("{what}: expected the shape {shape:?}, found {:?}", found.shape())
        })?;
        // At most 40 elements of each, since differences are slow.
        let picked: Vec<usize> = (0..values.len()).step_by(values.len().div_ceil(40).max(1)).collect();
        let expected: Vec<f64> = picked.iter().map(|&i| objective.slope(of_input, name, i)).collect();
        let found: Vec<f32> = picked.iter().map(|&i| found.data()[i]).collect();
        self.numbers(Measure::Gradients, &format!("{what} (of {shape:?}, a part)"), &found, &expected)
    }
}
