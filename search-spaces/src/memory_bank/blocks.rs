//! Blocks of well-known networks as read–write tables (section 1.2), which shows that the space contains
//! them.
//!
//! Every op is as wide as the banks that it writes, and all ops have the same convolutions. `+` marks a write
//! that adds to the contents of a bank; bank 0 holds the block's input `z` (banks `0..inputs` do, where there
//! are several).

use super::choices::{Axes, Block, Conv, Operation};

/// The parameters that the tables below share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Width of every bank, in units.
    pub bank: usize,
    /// Number of banks that the block's input fills: its channels divided by those of a bank, rounded down.
    pub inputs: usize,
    /// The convolutions of every op: 0 then 1 on one path, 2 then 3 on the other.
    pub convs: [Option<Conv>; 4],
}

impl Form {
    /// One convolution per op, neither dilated nor grouped, with this kernel.
    pub fn new(bank: usize, inputs: usize, kernel: &[usize]) -> Self {
        let conv = Conv { kernel: kernel.into(), dilation: Axes::from_elem(1, kernel.len()), groups: 1 };
        Self { bank, inputs, convs: [Some(conv), None, None, None] }
    }

    fn block(&self, ops: Vec<Operation>) -> Block {
        Block { bank: self.bank, ops }
    }

    fn op(&self, reads: Vec<usize>, writes: Vec<usize>) -> Operation {
        Operation { width: writes.len() * self.bank, reads, writes, convs: self.convs.clone() }
    }
}

/// A ResNet block of `units` residual units; the banks of the input together are as wide as the block.
///
/// | op | reads | writes | bank 0 afterwards |
/// |---|---|---|---|
/// | f1 | 0 | 0 + | z + f1(z) = x1 |
/// | f2 | 0 | 0 + | x1 + f2(x1) = x2 |
/// | f3 | 0 | 0 + | x2 + f3(x2) |
///
/// With several banks every op reads and writes all of them.
///
/// ```
/// use smash_search_spaces::memory_bank::blocks::{Form, resnet_block};
/// let block = resnet_block(&Form::new(4, 1, &[3, 3]), 3);
/// assert!(block.ops.iter().all(|op| op.reads == [0] && op.writes == [0]));
/// ```
pub fn resnet_block(form: &Form, units: usize) -> Block {
    let all = || (0..form.inputs).collect();
    form.block((0..units).map(|_| form.op(all(), all())).collect())
}

/// A DenseNet block of `layers` layers; the growth rate is the width of a bank.
///
/// | op | reads | writes |
/// |---|---|---|
/// | f1 | 0 | 1 |
/// | f2 | 0 1 | 2 |
/// | f3 | 0 1 2 | 3 |
/// | f4 | 0 1 2 3 | 4 |
///
/// With several banks of input, op i reads all of `0..inputs + i − 1` and writes the next one.
pub fn densenet_block(form: &Form, layers: usize) -> Block {
    let banks = form.inputs..form.inputs + layers;
    form.block(banks.map(|next| form.op((0..next).collect(), vec![next])).collect())
}

/// A FractalNet block of `columns` columns: f₁ = conv, f₍C₊₁₎(z) = f_C(f_C(z)) ⊕ conv(z), with a sum as the
/// join ⊕ (FractalNet takes the mean, which differs by a scale). The last bank is the block's result.
///
/// Three columns:
///
/// | op | column | reads | writes | meaning |
/// |---|---|---|---|---|
/// | A1 | 1 | 0 | 1 | first convolution of the deep column |
/// | A2 | 1 | 1 | 2 | |
/// | B1 | 2 | 0 | 2 + | bank 2 = A2(A1 z) + B1 z (first join) |
/// | A3 | 1 | 2 | 3 | |
/// | A4 | 1 | 3 | 4 | |
/// | B2 | 2 | 2 | 4 + | |
/// | C1 | 3 | 0 | 4 + | bank 4 = f₃(z) (three-way join) |
///
/// No columns give a block without ops.
pub fn fractalnet_block(form: &Form, columns: usize) -> Block {
    let mut ops = Vec::new();
    let mut filled = form.inputs;
    if columns > 0 {
        fractal(form, columns, &(0..form.inputs).collect::<Vec<_>>(), &mut filled, &mut ops);
    }
    form.block(ops)
}

/// Adds f_`columns` of the banks `from`; returns the bank that holds it.
fn fractal(
    form: &Form,
    columns: usize,
    from: &[usize],
    filled: &mut usize,
    ops: &mut Vec<Operation>,
) -> usize {
    if columns == 1 {
        *filled += 1;
        ops.push(form.op(from.to_vec(), vec![*filled - 1]));
        return *filled - 1;
    }
    let middle = fractal(form, columns - 1, from, filled, ops);
    let joined = fractal(form, columns - 1, &[middle], filled, ops);
    ops.push(form.op(from.to_vec(), vec![joined]));
    joined
}
