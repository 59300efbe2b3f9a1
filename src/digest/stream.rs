//! Many SHA-256 at once: streams that are fed and ended together, so that their blocks are
//! compressed side by side.
//!
//! The whole blocks of what is fed are used where they lie; only the piece of a block that is left
//! over, and the padding, are copied. Nothing here is constant in time: what is hashed is public.

use super::batch::{self, Job};
use super::kernel::{Block, INITIAL, Kernel, chosen};

/// How many jobs are looked at together: enough to fill the lanes again and again, and few enough
/// that what is noted of them stays in the first cache.
const GROUP: usize = 256;

/// A SHA-256 in the making whose blocks are compressed side by side with those of others.
#[derive(Clone)]
pub struct Stream {
    state: [u32; 8],
    /// The bytes that do not yet make a block, `length % 64` of them.
    partial: Block,
    length: u64,
}

impl Default for Stream {
    fn default() -> Self {
        Self { state: INITIAL, partial: [0; 64], length: 0 }
    }
}

impl Stream {
    /// Begins a digest.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes of a block wait for more.
    fn waiting(&self) -> usize {
        usize::try_from(self.length % 64).unwrap_or(0)
    }

    /// Fills up the block that is waiting, as far as `bytes` go.
    fn fill<'a>(&mut self, bytes: &'a [u8]) -> Cut<'a> {
        let waiting = self.waiting();
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if waiting == 0 {
            return Cut { whole: false, later: bytes };
        }
        let room = self.partial.get_mut(waiting..).unwrap_or_default();
        let (now, later) = bytes.split_at(room.len().min(bytes.len()));
        room.get_mut(..now.len()).unwrap_or_default().copy_from_slice(now);
        Cut { whole: waiting + now.len() == 64, later }
    }

    /// Keeps `rest`, which is shorter than a block.
    fn keep(&mut self, rest: &[u8]) {
        self.partial.get_mut(..rest.len()).unwrap_or_default().copy_from_slice(rest);
    }

    /// The last bytes with their padding, once all have been fed.
    fn tail(&self, cut: &Cut<'_>) -> Tail {
        let unfilled = cut.later.is_empty() && !cut.whole;
        let waiting = self.partial.get(..self.waiting()).unwrap_or_default();
        Tail::new(if unfilled { waiting } else { cut.blocks().1 }, self.length)
    }

    /// The blocks that are whole: the one that has been filled up, and those after it.
    fn job<'a>(&'a self, cut: &Cut<'a>, tail: &'a [Block]) -> Job<'a> {
        let filled = std::slice::from_ref(&self.partial);
        let filled = if cut.whole { filled } else { &[] };
        Job::new(self.state, [filled, cut.blocks().0, tail])
    }
}

/// What is fed to a stream, after the block that was waiting.
struct Cut<'a> {
    /// Whether the block that was waiting is now whole.
    whole: bool,
    later: &'a [u8],
}

impl<'a> Cut<'a> {
    /// Whole blocks, and what is shorter than one.
    fn blocks(&self) -> (&'a [Block], &'a [u8]) {
        self.later.as_chunks()
    }
}

/// The end of a message with its padding (FIPS 180-4, 5.1.1): one block or two.
struct Tail {
    blocks: [Block; 2],
    count: usize,
}

impl Tail {
    /// `rest` is shorter than a block, `length` that of the message in bytes.
    fn new(rest: &[u8], length: u64) -> Self {
        let mut tail = Self { blocks: [[0; 64]; 2], count: if rest.len() < 56 { 1 } else { 2 } };
        let bytes = tail.blocks.as_flattened_mut();
        let (message, padding) = bytes.split_at_mut(rest.len());
        message.copy_from_slice(rest);
        padding[0] = 0x80;
        let (_, bits) = tail.blocks[tail.count - 1].split_at_mut(56);
        bits.copy_from_slice(&length.wrapping_mul(8).to_be_bytes());
        tail
    }

    fn blocks(&self) -> &[Block] {
        self.blocks.get(..self.count).unwrap_or_default()
    }
}

/// Feeds each stream its bytes, of any length.
pub fn update_many(kernel: Kernel, jobs: &mut [(&mut Stream, &[u8])]) {
    let cuts: Vec<Cut<'_>> = jobs.iter_mut().map(|(stream, bytes)| stream.fill(bytes)).collect();
    let work = jobs.iter().zip(&cuts).map(|((stream, _), cut)| stream.job(cut, &[]));
    let states: Vec<[u32; 8]> = batch::compress(kernel, work.collect()).collect();
    for (((stream, _), cut), state) in jobs.iter_mut().zip(cuts).zip(states) {
        stream.state = state;
        stream.keep(cut.blocks().1);
    }
}

/// Ends streams: the digests in their order.
pub fn finish_many(kernel: Kernel, streams: Vec<Stream>) -> Vec<[u8; 32]> {
    complete_many(kernel, streams.into_iter().map(|stream| (stream, &[][..])).collect())
}

/// Feeds each stream its last bytes and ends it: the digests in their order. The padding goes
/// through the same lanes, and of a small file it is a large part.
pub fn complete_many(kernel: Kernel, mut jobs: Vec<(Stream, &[u8])>) -> Vec<[u8; 32]> {
    let mut digests = Vec::with_capacity(jobs.len());
    for group in jobs.chunks_mut(GROUP) {
        let cuts = group.iter_mut().map(|(stream, bytes)| stream.fill(bytes));
        let cuts: Vec<Cut<'_>> = cuts.collect();
        let work = group.iter().zip(&cuts);
        let tails: Vec<Tail> = work.map(|((stream, _), cut)| stream.tail(cut)).collect();
        let work = group.iter().zip(&cuts).zip(&tails);
        let work = work.map(|(((stream, _), cut), tail)| stream.job(cut, tail.blocks()));
        digests.extend(batch::compress(kernel, work.collect()).map(digest));
    }
    digests
}

/// SHA-256 of many buffers, in their order, by the kernel of this process.
pub fn sha256_many(buffers: &[&[u8]]) -> Vec<[u8; 32]> {
    buffers_by(chosen(), buffers)
}

/// The same by a certain kernel.
pub(super) fn buffers_by(kernel: Kernel, buffers: &[&[u8]]) -> Vec<[u8; 32]> {
    let mut digests = Vec::with_capacity(buffers.len());
    for group in buffers.chunks(GROUP) {
        let cuts = group.iter().map(|bytes| (bytes.as_chunks(), bytes.len() as u64));
        let tails: Vec<Tail> = cuts.clone().map(|((_, rest), all)| Tail::new(rest, all)).collect();
        let work = cuts.zip(&tails);
        let work = work.map(|(((blocks, _), _), tail)| [blocks, tail.blocks(), &[]]);
        let work = work.map(|pieces| Job::new(INITIAL, pieces)).collect();
        digests.extend(batch::compress(kernel, work).map(digest));
    }
    digests
}

/// The state as bytes: FIPS 180-4, 6.2.2, at the end.
fn digest(state: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    bytes
}
