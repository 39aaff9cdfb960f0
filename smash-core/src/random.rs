//! Seeds that are split by purpose, and the random draws made from them.
//!
//! The draws are written out here rather than taken from `rand`'s distributions: those may change their
//! values between versions, and a job's seed must mean the same architectures forever (golden files depend on
//! it).

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A seed that is split by purpose, so that no draw depends on how many others were made before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The root seed of a job.
    pub fn new(seed: u64) -> Self {
        Self(Sha256::digest(seed.to_le_bytes()).into())
    }

    /// An independent seed for one purpose.
    ///
    /// ```
    /// use smash_core::random::Seed;
    /// let seed = Seed::new(0);
    /// assert_eq!(seed.split("init"), seed.split("init"));
    /// assert_ne!(seed.split("init"), seed.split("batch"));
    /// ```
    #[must_use]
    pub fn split(&self, purpose: &str) -> Self {
        Self(Sha256::new().chain_update(self.0).chain_update(b"/").chain_update(purpose).finalize().into())
    }

    /// An independent seed for the `index`-th draw of one purpose.
    #[must_use]
    pub fn at(&self, index: u64) -> Self {
        Self(
            Sha256::new()
                .chain_update(self.0)
                .chain_update(b"#")
                .chain_update(index.to_le_bytes())
                .finalize()
                .into(),
        )
    }

    /// The generator of this seed.
    pub fn random(&self) -> Random {
        Random { source: ChaCha8Rng::from_seed(self.0), spare: None, order: Vec::new(), drawn: Vec::new() }
    }
}

/// ⌊(2⁶⁴ − 1) / n⌋ for small n; 0 for 0, which nothing is divided by.
static RECIPROCALS: [u64; 512] = {
    let mut reciprocals = [0; 512];
    let mut n = 1;
    while n < reciprocals.len() {
        reciprocals[n] = u64::MAX / n as u64;
        n += 1;
    }
    reciprocals
};

/// `v % n`, without a division where `n` is small: a space draws hundreds of places for one architecture.
fn remainder(v: u64, n: u64) -> u64 {
    let Some(reciprocal) = RECIPROCALS.get(n as usize) else { return v % n };
    // The quotient, or one less: the product is below v / n by less than 1.
    let quotient = ((u128::from(v) * u128::from(*reciprocal)) >> 64) as u64;
    let rest = v - quotient * n;
    if rest < n { rest } else { rest - n }
}

/// A seeded generator (ChaCha8).
#[derive(Clone, Debug)]
pub struct Random {
    source: ChaCha8Rng,
    spare: Option<f64>,
    /// Places that [`distinct`](Self::distinct) has still to draw from, kept to save the allocation.
    order: Vec<usize>,
    /// Scratch bit set of [`distinct`](Self::distinct), kept to save the allocation.
    drawn: Vec<u64>,
}

impl Random {
    /// 64 random bits: a seed for a generator elsewhere.
    pub fn bits(&mut self) -> u64 {
        self.source.next_u64()
    }

    /// Uniform in `[0, 1)`, 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.source.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `[low, high)`.
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform integer in `0..n`; 0 when `n` is 0. Unbiased (rejection).
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        let n = n.max(1) as u64;
        // Below the largest multiple of n all remainders are equally likely.
        let unbiased = |v: u64| v <= u64::MAX - n || v < u64::MAX - u64::MAX % n;
        loop {
            let v = self.source.next_u64();
            if unbiased(v) {
                return remainder(v, n) as usize;
            }
        }
    }

    /// True with probability `p`.
    pub fn coin(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Standard normal (Box–Muller, with `libm` so that the bits agree everywhere).
    pub fn normal(&mut self) -> f64 {
        if let Some(v) = self.spare.take() {
            return v;
        }
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        let angle = std::f64::consts::TAU * self.unit();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// One of `items`, uniformly; `None` when there are none.
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { items.get(self.below(items.len())) }
    }

    /// An index drawn with probability proportional to `weights` (non-negative, not all zero).
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        self.weighted_of(weights, weights.iter().sum())
    }

    /// [`weighted`](Self::weighted) with the `sum` of the weights given.
    pub fn weighted_of(&mut self, weights: &[f64], sum: f64) -> usize {
        let mut left = self.unit() * sum;
        for (i, w) in weights.iter().enumerate() {
            left -= w;
            if left < 0.0 {
                return i;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Fisher–Yates shuffle.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// `k` distinct elements of `0..n`, ascending.
    pub fn distinct(&mut self, n: usize, k: usize) -> Vec<usize> {
        let k = k.min(n);
        let (mut order, mut drawn) = (std::mem::take(&mut self.order), std::mem::take(&mut self.drawn));
        order.clear();
        order.extend(0..n);
        // A bit set puts them in order in fewer steps than sorting.
        drawn.resize(n.div_ceil(64), 0_u64);
        for i in 0..k {
            let j = i + self.below(n - i);
            let place = order[j];
            order[j] = order[i];
            drawn[place / 64] |= 1 << (place % 64);
        }
        let mut picked = Vec::with_capacity(k);
        for (word, mut bits) in drawn.drain(..).enumerate() {
            while bits != 0 {
                picked.push(64 * word + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
        (self.order, self.drawn) = (order, drawn);
        picked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_are_those_of_the_division() {
        let mut random = Seed::new(3).random();
        for n in (1..600).chain([1 << 40, u64::MAX]) {
            let edges = [0, 1, n - 1, n, n.wrapping_add(1), u64::MAX / n * n, u64::MAX - 1, u64::MAX];
            let near = (0..4).map(|k| (u64::MAX / n * n).wrapping_sub(k));
            let drawn: Vec<u64> = (0..50).map(|_| random.bits()).collect();
            for v in edges.into_iter().chain(near).chain(drawn) {
                assert_eq!(remainder(v, n), v % n, "{v} {n}");
            }
        }
    }

    #[test]
    fn draws_are_stable_and_plausible() {
        let mut random = Seed::new(7).split("test").random();
        let mean = (0..20_000).map(|_| random.unit()).sum::<f64>() / 20_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let square = (0..20_000).map(|_| random.normal().powi(2)).sum::<f64>() / 20_000.0;
        assert!((square - 1.0).abs() < 0.05, "{square}");
        let mut counts = [0; 3];
        (0..9_000).for_each(|_| counts[random.weighted(&[1.0, 0.0, 2.0])] += 1);
        assert_eq!(counts[1], 0);
        assert!((2_700..3_300).contains(&counts[0]), "{counts:?}");
        let picked = random.distinct(10, 4);
        assert!(picked.windows(2).all(|w| w[0] < w[1]) && picked.len() == 4);
        for (n, k) in [(0, 0), (1, 1), (5, 0), (5, 5), (5, 9)] {
            assert_eq!(random.distinct(n, k).len(), k.min(n));
        }
        // The result does not depend on earlier draws of other sizes.
        let mut used = Seed::new(3).random();
        let mut fresh = Seed::new(3).random();
        for (n, k) in [(200, 70), (130, 130), (10, 4), (300, 1), (64, 20)] {
            fresh.order.clear();
            assert_eq!(used.distinct(n, k), fresh.distinct(n, k));
        }
    }
}
