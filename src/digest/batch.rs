//! Which blocks are compressed side by side: lanes that are filled again as their jobs end.
//!
//! The longest jobs begin first, so that the lanes end together. Jobs too few to be worth the wide
//! lanes go on in narrower ones, and the last alone. The order of the jobs decides nothing but the
//! time.

use super::kernel::{Block, Kernel};
#[cfg(target_arch = "x86_64")]
use super::kernel::{avx2, avx512, shani};
use sha2::block_api::compress256;

#[cfg(test)]
#[cfg(target_arch = "x86_64")]
mod tests;

/// Blocks to be compressed into a state, in up to three pieces.
pub(super) struct Job<'a> {
    state: [u32; 8],
    pieces: [&'a [Block]; 3],
}

impl<'a> Job<'a> {
    pub(super) fn new(state: [u32; 8], pieces: [&'a [Block]; 3]) -> Self {
        Self { state, pieces }
    }

    fn blocks(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// The next piece that is not empty, which is no longer the job's.
    fn take_piece(&mut self) -> Option<&'a [Block]> {
        let piece = self.pieces.iter_mut().find(|piece| !piece.is_empty())?;
        Some(std::mem::take(piece))
    }

    /// Gives back what is left of the piece that was taken last: those before it are empty.
    fn put_back(&mut self, piece: &'a [Block]) {
        let [first, ..] = &mut self.pieces;
        *first = piece;
    }
}

/// Compresses the blocks of all jobs: the states in the order of the jobs.
pub(super) fn compress(kernel: Kernel, mut jobs: Vec<Job<'_>>) -> impl Iterator<Item = [u32; 8]> {
    let mut queue = Queue::of(&jobs);
    side_by_side(kernel, &mut jobs, &mut queue);
    while let Some(at) = queue.order.pop() {
        let Some(job) = jobs.get_mut(at) else { continue };
        while let Some(piece) = job.take_piece() {
            compress256(&mut job.state, piece);
        }
    }
    jobs.into_iter().map(|job| job.state)
}

/// What several lanes can do together. The wide ones pay from as many jobs as would take longer
/// in pairs, or alone where there are no pairs: docs/performance.md has the figures.
#[cfg(target_arch = "x86_64")]
fn side_by_side(kernel: Kernel, jobs: &mut [Job<'_>], queue: &mut Queue) {
    let pairs = shani::is_available() && kernel != Kernel::Sha2;
    match (kernel, pairs) {
        (Kernel::Sha2 | Kernel::ShaNi, _) => {}
        (Kernel::Avx2, true) => Lanes::run(avx2::compress, avx2::LANES, jobs, queue),
        (Kernel::Avx2, false) => Lanes::run(avx2::compress, 3, jobs, queue),
        (Kernel::Avx512, true) => Lanes::run(avx512::compress, 10, jobs, queue),
        (Kernel::Avx512, false) => Lanes::run(avx512::compress, 2, jobs, queue),
    }
    if pairs {
        Lanes::run(shani::compress, shani::LANES, jobs, queue);
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn side_by_side(_: Kernel, _: &mut [Job<'_>], _: &mut Queue) {}

/// The jobs that have blocks and no lane, the longest last.
struct Queue {
    order: Vec<usize>,
}

impl Queue {
    fn of(jobs: &[Job<'_>]) -> Self {
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        order.sort_unstable_by_key(|at| jobs.get(*at).map(Job::blocks));
        Self { order }
    }
}

/// Compresses as many blocks of each stream as the shortest has, and says how many.
type Compress<const LANES: usize> = fn(&mut [[u32; LANES]; 8], &[&[Block]; LANES]) -> usize;

/// Streams side by side: word `t` of the state of lane `l` is `state[t][l]`.
struct Lanes<'a, const LANES: usize> {
    state: [[u32; LANES]; 8],
    blocks: [&'a [Block]; LANES],
    job: [Option<usize>; LANES],
    busy: usize,
}

impl<'a, const LANES: usize> Lanes<'a, LANES> {
    /// Takes jobs from the queue and compresses, until fewer than `least` are left. Those go back
    /// into the queue.
    fn run(compress: Compress<LANES>, least: usize, jobs: &mut [Job<'a>], queue: &mut Queue) {
        let (state, blocks, job) = ([[0; LANES]; 8], [&[][..]; LANES], [None; LANES]);
        let mut lanes = Self { state, blocks, job, busy: 0 };
        (0..LANES).for_each(|lane| lanes.begin(lane, jobs, queue));
        while lanes.busy >= least.max(1) {
            lanes.keep_idle_lanes_from_ending();
            let done = compress(&mut lanes.state, &lanes.blocks);
            if done == 0 {
                break;
            }
            (0..LANES).for_each(|lane| lanes.advance(lane, done, jobs, queue));
        }
        (0..LANES).rev().for_each(|lane| lanes.give_up(lane, jobs, queue));
    }

    /// Gives an idle lane the next job that has blocks.
    fn begin(&mut self, lane: usize, jobs: &mut [Job<'a>], queue: &mut Queue) {
        while let Some(at) = queue.order.pop() {
            let Some(job) = jobs.get_mut(at) else { continue };
            let Some(piece) = job.take_piece() else { continue };
            for (words, word) in self.state.iter_mut().zip(job.state) {
                words[lane] = word;
            }
            self.blocks[lane] = piece;
            self.job[lane] = Some(at);
            self.busy += 1;
            return;
        }
    }

    /// Goes on after `done` blocks: with the rest of the piece, the next piece or another job.
    fn advance(&mut self, lane: usize, done: usize, jobs: &mut [Job<'a>], queue: &mut Queue) {
        self.blocks[lane] = self.blocks[lane].get(done..).unwrap_or_default();
        let Some(at) = self.job[lane].filter(|_| self.blocks[lane].is_empty()) else { return };
        let Some(job) = jobs.get_mut(at) else { return };
        match job.take_piece() {
            Some(piece) => self.blocks[lane] = piece,
            None => {
                self.end(lane, job);
                self.begin(lane, jobs, queue);
            }
        }
    }

    /// Frees a lane: the state goes back to its job.
    fn end(&mut self, lane: usize, job: &mut Job<'a>) {
        for (word, words) in job.state.iter_mut().zip(self.state) {
            *word = words[lane];
        }
        self.job[lane] = None;
        self.busy -= 1;
    }

    /// Puts a job that is not at its end back into the queue.
    fn give_up(&mut self, lane: usize, jobs: &mut [Job<'a>], queue: &mut Queue) {
        let Some(at) = self.job[lane] else { return };
        let Some(job) = jobs.get_mut(at) else { return };
        self.end(lane, job);
        job.put_back(self.blocks[lane]);
        queue.order.push(at);
    }

    /// A lane without a job works on the blocks of a busy one; nobody reads what comes out.
    fn keep_idle_lanes_from_ending(&mut self) {
        if self.busy == LANES {
            return;
        }
        let busy = self.job.iter().position(Option::is_some).unwrap_or(0);
        for lane in 0..LANES {
            if self.job[lane].is_none() {
                self.blocks[lane] = self.blocks[busy];
            }
        }
    }
}
