//! Which sentences of two blocks belong together: one with one, one with two, two with one, or
//! one with none, in order, so that what they share weighs most.
//!
//! (A dynamic programme, as for the alignment of translations.) Sentences that change places are
//! not found here.

use super::bag::{Bag, Weights, counts};
use super::chain::{Link, heaviest};
use crate::text::token::Token;
use std::collections::HashMap;
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
const TABLE: usize = 250_000;

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
    let mut places: HashMap<Vec<u32>, (usize, usize, usize, usize)> = HashMap::new();
    for at in 0..old.ranges.len() {
        let entry = places.entry(old.ids(at)).or_default();
        (entry.0, entry.1) = (entry.0 + 1, at);
    }
    for at in 0..new.ranges.len() {
        let entry = places.entry(new.ids(at)).or_default();
        (entry.2, entry.3) = (entry.2 + 1, at);
    }
    let mut links: Vec<Link> = places
        .iter()
        .filter(|(_, (n, _, m, _))| *n == 1 && *m == 1)
        .map(|(ids, (_, old, _, new))| Link { old: *old, new: *new, weight: ids.len() })
        .collect();
    links.sort_unstable_by_key(|link| link.old);
    let kept = heaviest(&links);
    links.iter().zip(kept).filter(|(_, kept)| *kept).map(|(link, _)| (link.old, link.new)).collect()
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
                .map(|at| Bag::new(side.of(at).iter().filter(|token| counts(token)), weights))
                .collect()
        };
        let (one, two) = (bags(old, &x), bags(new, &y));
        let joined = |bags: &[Bag]| -> Vec<Bag> {
            bags.windows(2)
                .map(|pair| pair.iter().fold(Bag::default(), |sum, bag| sum.with(bag)))
                .collect()
        };
        let (one_joined, two_joined) = (joined(&one), joined(&two));
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
                let pair = |a: Option<&Bag>, b: Option<&Bag>, least: u64| {
                    let (a, b) = (a?, b?);
                    let marks = a.weight == 0 && b.weight == 0;
                    (marks || a.dice(b, weights) >= least).then(|| 2 * a.common(b, weights) + 1)
                };
                offer(pair(one.get(i), two.get(j), ALIKE), (1, 1));
                offer(pair(one.get(i), two_joined.get(j), ALIKE_JOINED), (1, 2));
                offer(pair(one_joined.get(i), two.get(j), ALIKE_JOINED), (2, 1));
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
