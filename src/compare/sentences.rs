//! Which sentences of two blocks belong together: one with one, one with two, two with one, or
//! one with none, in order, so that what they share weighs most.
//!
//! (A dynamic programme, as for the alignment of translations.) Sentences that change places are
//! not found here.

use super::bag::{Bag, Weights};
use super::chain::once_on_each_side;
use super::side::is_word;
use crate::text::token::Token;
use std::ops::Range;

/// Sentences that belong together, as ranges; one can be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bead {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// Less in common, in thousandths of Dice's coefficient, and two sentences are two.
const ALIKE: u64 = 340;
/// The same for one sentence and two.
const ALIKE_JOINED: u64 = 480;
/// Largest table.
const TABLE: usize = 60_000;

/// One side: tokens, and sentences as ranges of them.
pub(super) struct Sentences<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) ranges: &'a [Range<usize>],
}

impl Sentences<'_> {
    fn of(&self, at: usize) -> &[Token] {
        self.ranges.get(at).and_then(|range| self.tokens.get(range.clone())).unwrap_or_default()
    }

    fn ids(&self, at: usize) -> Vec<u32> {
        self.of(at).iter().map(|token| token.id).collect()
    }
}

/// The beads of two blocks, all sentences in order. Where the table would be too large, what lies
/// between equal sentences is one bead.
pub(super) fn beads(old: &Sentences<'_>, new: &Sentences<'_>, weights: &Weights) -> Vec<Bead> {
    let mut found = Vec::new();
    let mut last = (0, 0);
    let end = (old.ranges.len(), new.ranges.len());
    for (x, y) in equal_chain(old, new).into_iter().chain([end]) {
        between(old, new, last.0..x, last.1..y, weights, &mut found);
        if (x, y) != end {
            found.push(Bead { old: x..x + 1, new: y..y + 1 });
        }
        last = (x + 1, y + 1);
    }
    found
}

/// Equal sentences that stand once on each side and keep their order, the heaviest chain.
fn equal_chain(old: &Sentences<'_>, new: &Sentences<'_>) -> Vec<(usize, usize)> {
    let of = |side: &Sentences<'_>| -> Vec<(Vec<u32>, usize)> {
        (0..side.ranges.len()).map(|at| (side.ids(at), at)).collect()
    };
    once_on_each_side(of(old).into_iter(), of(new).into_iter(), |at| old.of(at).len())
}

/// Beads of what lies between two equal sentences.
fn between(
    old: &Sentences<'_>,
    new: &Sentences<'_>,
    x: Range<usize>,
    y: Range<usize>,
    weights: &Weights,
    found: &mut Vec<Bead>,
) {
    if x.is_empty() && y.is_empty() {
        return;
    }
    if x.is_empty() || y.is_empty() || (x.len() + 1).saturating_mul(y.len() + 1) > TABLE {
        found.push(Bead { old: x, new: y });
        return;
    }
    let table = Table::new(old, new, x, y, weights);
    found.extend(table.beads());
}

/// How many sentences of each side can belong together.
const BEADS: [(usize, usize); 6] = [(1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1)];

/// What two stretches share, if they are alike. Of joined sentences each must bring in two fifths
/// of its own words, so that none is taken along.
fn score(a: &Joined<'_>, b: &Joined<'_>, weights: &Weights) -> Option<u64> {
    let joined = a.parts.len() + b.parts.len() > 2;
    let marks = a.bag.weight == 0 && b.bag.weight == 0;
    let least = if joined { ALIKE_JOINED } else { ALIKE };
    if !marks && a.bag.dice(b.bag, weights) < least {
        return None;
    }
    let common = a.bag.common(b.bag, weights);
    if joined && !(brings(a, b, common, weights) && brings(b, a, common, weights)) {
        return None;
    }
    let both = a.parts.len() > 1 && b.parts.len() > 1;
    Some(if both { 2 * common * 9 / 10 } else { 2 * common } + 1)
}

/// Sentences taken together, and singly.
struct Joined<'a> {
    bag: &'a Bag,
    parts: &'a [Bag],
}

fn brings(a: &Joined<'_>, b: &Joined<'_>, common: u64, weights: &Weights) -> bool {
    if a.parts.len() < 2 {
        return true;
    }
    (0..a.parts.len()).all(|left_out| {
        let rest = a.parts.iter().enumerate().filter(|(at, _)| *at != left_out);
        let rest = rest.fold(Bag::default(), |sum, (_, bag)| sum.with(bag));
        let own = a.parts.get(left_out).map_or(0, |bag| bag.weight);
        (common - rest.common(b.bag, weights)) * 5 >= own * 2
    })
}

/// The best score from each pair of positions to the end, and the step that leads there.
struct Table {
    x: Range<usize>,
    y: Range<usize>,
    wide: usize,
    cells: Vec<(u64, (usize, usize))>,
}

impl Table {
    fn new(
        old: &Sentences<'_>,
        new: &Sentences<'_>,
        x: Range<usize>,
        y: Range<usize>,
        weights: &Weights,
    ) -> Self {
        let bags = |side: &Sentences<'_>, range: &Range<usize>| -> Vec<Bag> {
            range
                .clone()
                .map(|at| Bag::new(side.of(at).iter().filter(|token| is_word(token)), weights))
                .collect()
        };
        let (one, two) = (bags(old, &x), bags(new, &y));
        let joined = |bags: &[Bag], count: usize| -> Vec<Bag> {
            let join = |part: &[Bag]| part.iter().fold(Bag::default(), |sum, bag| sum.with(bag));
            bags.windows(count).map(join).collect()
        };
        let sides: Vec<(Vec<Bag>, Vec<Bag>)> =
            (1..=3).map(|count| (joined(&one, count), joined(&two, count))).collect();
        let wide = y.len() + 1;
        let cells = vec![(0, (0, 0)); (x.len() + 1) * wide];
        let mut table = Self { x, y, wide, cells };
        for i in (0..=one.len()).rev() {
            for j in (0..=two.len()).rev() {
                let mut best = (0, (0, 0));
                let mut offer = |score: Option<u64>, step: (usize, usize)| {
                    let score = score.map(|score| score + table.at(i + step.0, j + step.1).0);
                    if let Some(score) = score.filter(|score| *score > best.0 || best.1 == (0, 0)) {
                        best = (score, step);
                    }
                };
                for (n, m) in BEADS {
                    let a = sides.get(n - 1).and_then(|side| side.0.get(i)).zip(one.get(i..i + n));
                    let b = sides.get(m - 1).and_then(|side| side.1.get(j)).zip(two.get(j..j + m));
                    let found = a.zip(b).and_then(|((a, x), (b, y))| {
                        score(&Joined { bag: a, parts: x }, &Joined { bag: b, parts: y }, weights)
                    });
                    offer(found, (n, m));
                }
                offer((i < one.len()).then_some(0), (1, 0));
                offer((j < two.len()).then_some(0), (0, 1));
                if let Some(cell) = table.cells.get_mut(i * wide + j) {
                    *cell = best;
                }
            }
        }
        table
    }

    fn at(&self, i: usize, j: usize) -> (u64, (usize, usize)) {
        if j >= self.wide {
            return (0, (0, 0));
        }
        self.cells.get(i * self.wide + j).copied().unwrap_or_default()
    }

    /// The steps from the beginning.
    fn beads(&self) -> Vec<Bead> {
        let (mut i, mut j) = (0, 0);
        let mut found = Vec::new();
        while i < self.x.len() || j < self.y.len() {
            let (_, (di, dj)) = self.at(i, j);
            if (di, dj) == (0, 0) {
                break;
            }
            found.push(Bead {
                old: self.x.start + i..self.x.start + i + di,
                new: self.y.start + j..self.y.start + j + dj,
            });
            (i, j) = (i + di, j + dj);
        }
        found
    }
}
