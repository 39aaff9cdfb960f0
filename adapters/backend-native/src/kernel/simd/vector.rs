//! A vector of `f32` lanes: the small set of operations that every instruction set provides and all kernels
//! are written in.

/// One vector register.
///
/// Masks are bit sets, bit `i` for lane `i`. "First `n`" operations touch memory for the first `n` lanes
/// only.
///
/// # Safety
///
/// Every method may only be called on a machine that has the type's instruction set (see [`super::isa`]), and
/// those with pointers only where the lanes that they touch are valid for the access.
pub(crate) trait Vector: Copy {
    /// Number of lanes.
    const LANES: usize;
    /// `at`, but computed from `self` as far as the compiler can see. Emits no instruction. Without it the
    /// compiler loads all weights of a register tile first, runs out of registers, and spills accumulators in
    /// the inner loop.
    #[inline(always)]
    unsafe fn before(self, at: *const f32) -> *const f32 {
        at
    }
    /// All lanes zero.
    unsafe fn zero() -> Self;
    /// All lanes `x`.
    unsafe fn splat(x: f32) -> Self;
    /// Every lane from memory, unaligned.
    unsafe fn load(at: *const f32) -> Self;
    /// The lanes of `mask`, zero elsewhere.
    unsafe fn keep(self, mask: u32) -> Self;
    /// The first `n` lanes, zero elsewhere.
    unsafe fn load_first(at: *const f32, n: usize) -> Self;
    /// Every lane to memory, unaligned.
    unsafe fn store(self, at: *mut f32);
    /// The first `n` lanes.
    unsafe fn store_first(self, at: *mut f32, n: usize);
    /// `self + b`.
    unsafe fn add(self, b: Self) -> Self;
    /// `self · b + c`.
    unsafe fn fma(self, b: Self, c: Self) -> Self;
    /// `self` where positive, zero or not a number, `slope · self` where negative (0 for slope 0, even of
    /// -∞).
    unsafe fn leaky(self, slope: f32) -> Self;
    /// `self` where `pre` is positive, `slope · self` elsewhere (0 for slope 0).
    unsafe fn leaky_gradient(self, pre: Self, slope: f32) -> Self;
    /// The lanes of `mask` moved together to the front; the other lanes are unspecified.
    unsafe fn compress(self, mask: u32) -> Self;
    /// The first lanes of `dense` spread over the lanes of `mask`; the other lanes from `self`.
    unsafe fn expand(self, dense: Self, mask: u32) -> Self;
    /// The sums of all lanes of four vectors, in a fixed order.
    unsafe fn sums(vectors: [Self; 4]) -> [f32; 4];
}
