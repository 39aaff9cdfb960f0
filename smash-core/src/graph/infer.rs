//! Shape inference.

use std::fmt;

use super::{Op, Shape, product};
use crate::tensor::MOST_VALUES;

/// Extents that a message shows.
const SHOWN: usize = 8;

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.batched {
            write!(f, "batch×")?;
        }
        match self.dims.get(..SHOWN) {
            Some(first) if self.dims.len() > SHOWN => {
                write!(f, "{first:?} and {} more", self.dims.len() - SHOWN)
            }
            _ => write!(f, "{:?}", self.dims),
        }
    }
}

impl Op {
    /// The shape of this op's result, or in words what it expected of its operands.
    pub(super) fn infer(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let arity = match self {
            Self::Input { .. } | Self::Parameter { .. } => return Err("to be built by name".into()),
            Self::Concat => 1..usize::MAX,
            Self::Linear => 3..4,
            Self::BatchNorm { .. } => 5..6,
            Self::Conv { .. }
            | Self::Add
            | Self::Mul
            | Self::Bias
            | Self::Gain
            | Self::NegativeLogLikelihood => 2..3,
            _ => 1..2,
        };
        if !arity.contains(&inputs.len()) {
            return Err(format!("{} inputs", arity.start));
        }
        let x = inputs[0];
        match self {
            Self::Input { .. } | Self::Parameter { .. } => unreachable!("returned above"),
            Self::Conv { stride, padding, dilation, groups } => {
                conv(x, inputs[1], stride, padding, dilation, *groups)
            }
            Self::Linear => {
                let (w, b) = (inputs[1], inputs[2]);
                let ok = x.dims.len() == 1
                    && w.dims.len() == 2
                    && w.dims[1] == x.dims[0]
                    && b.dims == w.dims[..1]
                    && !w.batched
                    && !b.batched;
                if ok { Ok(Shape::new(x.batched, [w.dims[0]])) } else { Err("x [i], w [o, i], b [o]".into()) }
            }
            Self::BatchNorm { .. } => {
                let c = [x.channels()];
                let ok = !x.dims.is_empty() && inputs[1..].iter().all(|s| !s.batched && s.dims == c);
                if ok { Ok(x.clone()) } else { Err(format!("four vectors of {} channels", c[0])) }
            }
            Self::Bias | Self::Gain => {
                let v = inputs[1];
                let ok = !x.dims.is_empty() && v.dims == [x.channels()] && (x.batched || !v.batched);
                if ok { Ok(x.clone()) } else { Err(format!("a vector of {} channels", x.channels())) }
            }
            Self::Clamp { low, high } => {
                if low.is_finite() && high.is_finite() && low < high {
                    Ok(x.clone())
                } else {
                    Err(format!("finite bounds in ascending order instead of {low} and {high}"))
                }
            }
            Self::Add | Self::Mul => {
                if inputs[0] == inputs[1] {
                    Ok(x.clone())
                } else {
                    Err("two values of equal shape".into())
                }
            }
            Self::LeakyRelu { .. }
            | Self::Tanh
            | Self::Sigmoid
            | Self::HardSigmoid
            | Self::HardSwish
            | Self::Scale { .. } => Ok(x.clone()),
            Self::Concat => {
                let ok = inputs
                    .iter()
                    .all(|s| !s.dims.is_empty() && s.batched == x.batched && s.extents() == x.extents());
                if !ok {
                    return Err("values that differ in channels only".into());
                }
                let mut dims = x.dims.clone();
                dims[0] = inputs.iter().fold(0, |sum: usize, s| sum.saturating_add(s.dims[0]));
                Ok(Shape::new(x.batched, dims))
            }
            Self::Slice { ranges } => {
                let ok = ranges.len() == x.dims.len()
                    && ranges.iter().zip(&x.dims).all(|(r, &d)| r.start < r.end && r.end <= d);
                if !ok {
                    return Err(format!("a value that holds the box {ranges:?}"));
                }
                Ok(Shape::new(x.batched, ranges.iter().map(ExactSizeIterator::len).collect::<Vec<_>>()))
            }
            Self::Reshape { dims } => {
                if product(dims) == x.len() {
                    Ok(Shape::new(x.batched, dims.clone()))
                } else {
                    Err(format!("a value that fills {dims:?}"))
                }
            }
            Self::Permute { axes } => {
                let mut sorted = axes.clone();
                sorted.sort_unstable();
                if sorted != (0..x.dims.len()).collect::<Vec<_>>() {
                    return Err(format!("a value with axes {axes:?}"));
                }
                Ok(Shape::new(x.batched, axes.iter().map(|&a| x.dims[a]).collect::<Vec<_>>()))
            }
            Self::Normalize => {
                if x.batched {
                    Err("a value without a batch".into())
                } else {
                    Ok(x.clone())
                }
            }
            Self::Pool { window, stride, padding, .. } => pool(x, window, stride, padding),
            Self::GlobalAveragePool => {
                if x.dims.is_empty() {
                    Err("channels".into())
                } else {
                    Ok(Shape::new(x.batched, [x.dims[0]]))
                }
            }
            Self::LogSoftmax => {
                if x.dims.len() == 1 {
                    Ok(x.clone())
                } else {
                    Err("a vector [classes]".into())
                }
            }
            Self::NegativeLogLikelihood => {
                let ok = x.batched && x.dims.len() == 1 && inputs[1].batched && inputs[1].dims.is_empty();
                if ok {
                    Ok(Shape::new(false, []))
                } else {
                    Err("batch×[classes] and batch×[] labels".into())
                }
            }
        }
    }
}

fn conv(
    x: &Shape,
    w: &Shape,
    stride: &[usize],
    padding: &[usize],
    dilation: &[usize],
    groups: usize,
) -> Result<Shape, String> {
    let extents = x.extents();
    let rank = extents.len();
    if !(1..=3).contains(&rank) || w.batched || w.dims.len() != rank + 2 {
        return Err("x [c, 1 to 3 extents] and unbatched w [o, c/groups, one kernel extent per axis]".into());
    }
    let fits = groups > 0
        && w.dims[1].checked_mul(groups) == Some(x.dims[0])
        && w.dims[0].is_multiple_of(groups)
        && w.dims[0] > 0;
    if !fits {
        return Err(format!("channels that {groups} groups divide, w [o, c/{groups}, …]"));
    }
    if [stride, padding, dilation].iter().any(|list| list.len() != rank)
        || stride.contains(&0)
        || dilation.contains(&0)
    {
        return Err(format!("{rank} strides, paddings and dilations, at least 1, 0 and 1"));
    }
    let mut dims = vec![w.dims[0]];
    for i in 0..rank {
        let reach = (w.dims[2 + i].max(1) - 1).saturating_mul(dilation[i]).saturating_add(1);
        let padded = extents[i].saturating_add(padding[i].saturating_mul(2));
        if w.dims[2 + i] == 0 || padded < reach {
            return Err(format!("a padded extent of at least {reach} on axis {i}"));
        }
        dims.push((padded - reach) / stride[i] + 1);
    }
    Ok(Shape::new(x.batched, dims))
}

fn pool(x: &Shape, window: &[usize], stride: &[usize], padding: &[usize]) -> Result<Shape, String> {
    let extents = x.extents();
    let rank = extents.len();
    if !padding.is_empty() && (padding.len() != rank || padding.iter().zip(window).any(|(&p, &w)| p > w / 2))
    {
        return Err(format!("no padding, or {rank} of at most half the window {window:?}"));
    }
    let padded = |i: usize| {
        let both = padding.get(i).map_or(0, |p| p.saturating_mul(2));
        extents[i].saturating_add(both)
    };
    let padded: Vec<usize> = (0..rank).map(padded).collect();
    // Then the values of a window can be counted, too.
    if product(&padded).saturating_mul(x.channels()) > MOST_VALUES {
        return Err(format!("at most {MOST_VALUES} values with the padding"));
    }
    let ok = window.len() == rank
        && stride.len() == rank
        && window.iter().zip(&padded).all(|(&w, &e)| 0 < w && w <= e)
        && stride.iter().all(|&s| s > 0);
    if !ok {
        return Err(format!("extents of at least {window:?}"));
    }
    let mut dims = vec![x.channels()];
    dims.extend((0..rank).map(|i| (padded[i] - window[i]) / stride[i] + 1));
    Ok(Shape::new(x.batched, dims))
}
