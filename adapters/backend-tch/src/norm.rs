//! Batch norm.

use smash_core::backend::Mode;
use tch::{Kind, TchError, Tensor};

/// The parameters and buffers of a batch norm.
pub(crate) struct Norm<'a> {
    /// Scale per channel.
    pub gamma: &'a Tensor,
    /// Shift per channel.
    pub beta: &'a Tensor,
    /// Running mean and running unbiased variance.
    pub running: [&'a Tensor; 2],
    /// Added to the variance.
    pub epsilon: f64,
    /// Momentum: weight of a batch in the running statistics.
    pub momentum: f64,
}

impl Norm<'_> {
    /// Normalises a batch; also returns the new running statistics, where the mode updates them.
    pub(crate) fn apply(&self, x: &Tensor, mode: Mode) -> Result<(Tensor, Option<[Tensor; 2]>), TchError> {
        let normalise = |[mean, variance]: [&Tensor; 2], training: bool| {
            let (gamma, beta, momentum) = (Some(self.gamma), Some(self.beta), 1.0);
            x.f_batch_norm(gamma, beta, Some(mean), Some(variance), training, momentum, self.epsilon, true)
        };
        if mode == Mode::Eval {
            return Ok((normalise(self.running, false)?, None));
        }
        // With momentum 1 libtorch returns the statistics of this batch, and the stored ones stay untouched:
        // a later backward of another run may still need them as they were.
        let options = (Kind::Float, x.device());
        let channels = self.gamma.size();
        let (mean, mut variance) =
            (Tensor::f_zeros(&channels, options)?, Tensor::f_zeros(&channels, options)?);
        let y = normalise([&mean, &variance], true)?;
        if x.numel() == mean.numel() {
            // A single value per channel has no unbiased variance (libtorch returns 0/0): set it to zero.
            let _ = variance.f_zero_()?;
        }
        let [old_mean, old_variance] = self.running;
        let new = [self.blend(old_mean, mean, mode)?, self.blend(old_variance, variance, mode)?];
        Ok((y, Some(new)))
    }

    fn blend(&self, old: &Tensor, new: Tensor, mode: Mode) -> Result<Tensor, TchError> {
        if mode == Mode::Calibrate {
            return Ok(new);
        }
        let blended = old.f_mul_scalar(1.0 - self.momentum)?.f_add(&new.f_mul_scalar(self.momentum)?)?;
        // A batch with non-finite values is about to be skipped, and must not stay in the running statistics
        // for ever.
        blended.f_where_self(&new.f_isfinite()?, old)
    }
}
