//! From pairs of blocks to groups: neighbours that were cut off or taken in are joined to a pair,
//! lines that only end elsewhere become one group, and what is left stands alone.

use super::bag::{Bag, Weights};
use super::blocks::Search;
use super::side::{Side, is_word};
use crate::text::lexicon::Lexicon;
use crate::text::token::Vocabulary;
use std::ops::Range;

/// Similar enough to be two versions of one stretch, in thousandths of Dice's coefficient.
const SIMILAR: u64 = 450;

/// Blocks that belong together; one side can be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
    /// Whether it stands at another place than before.
    pub(super) moved: bool,
    /// Whether a reader sees the same in both.
    pub(super) equal: bool,
}

impl Search {
    /// The pairs as groups, to which neighbours are joined that were cut off or taken in; and the
    /// blocks that are left, each by itself.
    pub(super) fn grouped(
        &mut self,
        old: &mut Side<'_>,
        new: &mut Side<'_>,
        vocabulary: &mut Vocabulary,
        lexicon: &Lexicon,
    ) -> Vec<Group> {
        let kept = self.in_order(old);
        let mut groups: Vec<Group> = self
            .pairs
            .iter()
            .zip(kept)
            .map(|(pair, kept)| Group {
                old: pair.old..pair.old + 1,
                new: pair.new..pair.new + 1,
                moved: !kept,
                equal: pair.equal,
            })
            .collect();
        self.take_in(&mut groups, old, new, vocabulary, lexicon);
        self.join_gaps(&mut groups, old, new, vocabulary, lexicon);
        let alone = |at: usize, is_old: bool| Group {
            old: if is_old { at..at + 1 } else { 0..0 },
            new: if is_old { 0..0 } else { at..at + 1 },
            moved: false,
            equal: false,
        };
        groups.extend(self.free(true).into_iter().map(|at| alone(at, true)));
        groups.extend(self.free(false).into_iter().map(|at| alone(at, false)));
        groups
    }

    /// Joins free neighbours to a group whose other side holds most of their words.
    fn take_in(
        &mut self,
        groups: &mut [Group],
        old: &mut Side<'_>,
        new: &mut Side<'_>,
        vocabulary: &mut Vocabulary,
        lexicon: &Lexicon,
    ) {
        let is_free = |to: &[Option<usize>], at: usize| to.get(at).is_some_and(Option::is_none);
        for group in groups.iter_mut() {
            let beside = [
                group.old.start.checked_sub(1).is_some_and(|at| is_free(&self.old_to, at)),
                is_free(&self.old_to, group.old.end),
                group.new.start.checked_sub(1).is_some_and(|at| is_free(&self.new_to, at)),
                is_free(&self.new_to, group.new.end),
            ];
            if group.equal || beside.iter().all(|free| !free) {
                continue;
            }
            cut(old, &group.old, vocabulary);
            cut(new, &group.new, vocabulary);
            let mut weights = std::mem::take(&mut self.weights);
            weights.grow(vocabulary, lexicon);
            while self.grow(group, old, new, &weights) {}
            self.weights = weights;
        }
    }

    /// Takes one neighbour into a group, if there is one that belongs to it.
    fn grow(
        &mut self,
        group: &mut Group,
        old: &Side<'_>,
        new: &Side<'_>,
        weights: &Weights,
    ) -> bool {
        let here = bag_of(old, &group.old, weights);
        let there = bag_of(new, &group.new, weights);
        let common = here.common(&there, weights);
        // A line of the same paragraph is taken in more readily than a paragraph of its own.
        let gains = |side: &Side<'_>, at: usize, border: usize, own: &Bag, other: &Bag| {
            let bag = bag_of(side, &(at..at + 1), weights);
            let gain = own.with(&bag).common(other, weights) - common;
            let parted = side.blocks.get(border).is_none_or(|block| block.parted);
            if parted {
                bag.weight >= 200 && gain * 2 > bag.weight + bag.weight / 5
            } else {
                gain * 2 > bag.weight
            }
        };
        let free = |to: &[Option<usize>], at: usize| to.get(at).is_some_and(Option::is_none);
        if let Some(at) = group.old.start.checked_sub(1).filter(|at| free(&self.old_to, *at))
            && gains(old, at, group.old.start, &here, &there)
        {
            group.old.start = at;
            self.take(true, at);
            return true;
        }
        if free(&self.old_to, group.old.end)
            && gains(old, group.old.end, group.old.end, &here, &there)
        {
            group.old.end += 1;
            self.take(true, group.old.end - 1);
            return true;
        }
        if let Some(at) = group.new.start.checked_sub(1).filter(|at| free(&self.new_to, *at))
            && gains(new, at, group.new.start, &there, &here)
        {
            group.new.start = at;
            self.take(false, at);
            return true;
        }
        if free(&self.new_to, group.new.end)
            && gains(new, group.new.end, group.new.end, &there, &here)
        {
            group.new.end += 1;
            self.take(false, group.new.end - 1);
            return true;
        }
        false
    }

    fn take(&mut self, old: bool, at: usize) {
        let side = if old { &mut self.old_to } else { &mut self.new_to };
        if let Some(to) = side.get_mut(at) {
            *to = Some(usize::MAX);
        }
    }

    /// Joins what stands free between two groups on both sides, where together it is similar: lines
    /// that end elsewhere.
    fn join_gaps(
        &mut self,
        groups: &mut Vec<Group>,
        old: &mut Side<'_>,
        new: &mut Side<'_>,
        vocabulary: &mut Vocabulary,
        lexicon: &Lexicon,
    ) {
        let mut kept: Vec<Group> = groups.iter().filter(|group| !group.moved).cloned().collect();
        kept.sort_unstable_by_key(|group| group.old.start);
        let end = Group {
            old: old.blocks.len()..0,
            new: new.blocks.len()..0,
            moved: false,
            equal: false,
        };
        let (mut x, mut y) = (0, 0);
        for group in kept.iter().chain([&end]) {
            let (one, two) = (x..group.old.start, y..group.new.start);
            (x, y) = (group.old.end, group.new.end);
            let free = |to: &[Option<usize>], range: &Range<usize>| {
                !range.is_empty()
                    && to.get(range.clone()).is_some_and(|to| to.iter().all(Option::is_none))
            };
            if !free(&self.old_to, &one) || !free(&self.new_to, &two) || one.len() + two.len() < 3 {
                continue;
            }
            cut(old, &one, vocabulary);
            cut(new, &two, vocabulary);
            self.weights.grow(vocabulary, lexicon);
            let weights = &self.weights;
            let (here, there) = (bag_of(old, &one, weights), bag_of(new, &two, weights));
            if here.dice(&there, weights) >= SIMILAR {
                one.clone().for_each(|at| self.take(true, at));
                two.clone().for_each(|at| self.take(false, at));
                groups.push(Group { old: one, new: two, moved: false, equal: false });
            }
        }
    }
}

fn cut(side: &mut Side<'_>, blocks: &Range<usize>, vocabulary: &mut Vocabulary) {
    for block in blocks.clone() {
        side.cut(block, vocabulary);
    }
}

fn bag_of(side: &Side<'_>, blocks: &Range<usize>, weights: &Weights) -> Bag {
    Bag::new(
        blocks.clone().flat_map(|block| side.tokens(block)).filter(|token| is_word(token)),
        weights,
    )
}
