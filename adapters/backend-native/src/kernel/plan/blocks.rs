//! Cutting channels and vectors into the register tiles that exist.

use std::ops::Range;

/// Result channels of one group that share register tiles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    /// First channel, within the group.
    pub first: usize,
    /// How many channels.
    pub channels: usize,
}

/// Cuts `channels` into blocks that cost least together, given the most vectors of a register tile for 1, 2,
/// … channels.
///
/// Per (pair, vector) a register tile of `c` channels × `n` vectors takes `c` multiply-adds, one vector load
/// (two where it crosses a cache line) and `c / n` broadcasts; two of either kind run per cycle. The rest is
/// for the overheads that were measured: a little per tile, and for tiles of few vectors.
pub(crate) fn blocks(channels: usize, most: &[usize]) -> Vec<Block> {
    let cost = |c: usize| {
        let n = most[c - 1] as f64;
        let c = c as f64;
        c.max(2.0 + c / n) + 0.5 + 0.15 * c / n
    };
    // best[i]: the least cost of the first i channels, and the size of the last block.
    let mut best = vec![(0.0, 0)];
    for end in 1..=channels {
        let mut choice = (f64::INFINITY, 1);
        for size in 1..=most.len().min(end) {
            let total = best[end - size].0 + cost(size);
            // At equal cost the larger last block: fewer sizes in a row.
            if total <= choice.0 {
                choice = (total, size);
            }
        }
        best.push(choice);
    }
    let mut blocks = Vec::new();
    let mut end = channels;
    while end > 0 {
        let channels = best[end].1;
        end -= channels;
        blocks.push(Block { first: end, channels });
    }
    blocks.reverse();
    blocks
}

/// Register tiles of one size that follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileRun {
    /// First vector (or pair).
    pub first: usize,
    /// How many vectors (or pairs) a tile has.
    pub size: usize,
    /// How many tiles.
    pub count: usize,
}

/// Cuts `count` vectors (or pairs) into as few register tiles of at most `most` as possible, of nearly equal
/// size.
pub(crate) fn tile_runs(count: usize, most: usize) -> impl Iterator<Item = TileRun> {
    let tiles = count.div_ceil(most.max(1)).max(1);
    let (size, longer) = (count / tiles, count % tiles);
    let runs = [
        TileRun { first: 0, size: size + 1, count: longer },
        TileRun { first: longer * (size + 1), size, count: tiles - longer },
    ];
    runs.into_iter().filter(|run| run.count > 0 && run.size > 0)
}

/// Cuts `0..count` into as few ranges of at most `most` as possible, of nearly equal length.
pub(crate) fn pieces(count: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
    let pieces = count.div_ceil(most.max(1)).max(1);
    let (each, longer) = (count / pieces, count % pieces);
    (0..pieces).map(move |piece| {
        let start = piece * each + piece.min(longer);
        start..start + each + usize::from(piece < longer)
    })
}
