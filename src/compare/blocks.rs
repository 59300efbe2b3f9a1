//! Which blocks of two texts are partners: equal ones in order, equal ones elsewhere, then similar
//! ones best first.
//!
//! Works on keys and bags of words; where words stand inside a block is of no interest here, and
//! that a block was split or joined is seen in `groups`.

use super::bag::{Bag, Spread, Weights};
use super::chain::{Link, heaviest, heaviest_common, once_on_each_side};
use super::gaps::Gaps;
use super::groups::Group;
use super::index::Index;
use super::keys;
use super::side::{Side, is_word};
use crate::text::lexicon::Lexicon;
use crate::text::token::Vocabulary;
use std::collections::HashMap;
use std::ops::Range;

/// Similar enough, in thousandths of Dice's coefficient, for a block in the same gap between equal
/// ones.
const SIMILAR_IN_PLACE: u64 = 300;
/// The same for a block elsewhere.
const SIMILAR_ELSEWHERE: u64 = 500;
/// Fewer words do not move.
pub(super) const MOVED_WORDS: usize = 5;
/// How many words one more move is worth: few moves are easier to read than few words moved.
const ONE_MOVE: usize = 8;
/// Largest table of a comparison of every block with every other.
const TABLE: usize = 1_000_000;
/// Most candidates that are looked at for one block.
const CANDIDATES: usize = 48;

/// All blocks of both sides, each in one group; in-order groups by position, moved ones and those
/// with an empty side anywhere.
pub(super) struct Matched {
    pub(super) groups: Vec<Group>,
    pub(super) coarse: bool,
}

/// One pair of blocks.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) old: usize,
    pub(super) new: usize,
    pub(super) equal: bool,
}

/// Matches the blocks of two texts.
pub(super) fn matched<'a>(
    old: &mut Side<'a>,
    new: &mut Side<'a>,
    vocabulary: &mut Vocabulary,
    lexicon: &Lexicon,
) -> Matched {
    let (a, b) = keys::keys(old, new, vocabulary);
    let mut search = Search {
        old_to: vec![None; a.len()],
        new_to: vec![None; b.len()],
        pairs: Vec::new(),
        coarse: false,
        weights: Weights::default(),
    };
    search.equal_in_order(&a, &b, old);
    search.equal_elsewhere(&a, &b, old);
    for block in search.free(true) {
        old.cut(block, vocabulary);
    }
    for block in search.free(false) {
        new.cut(block, vocabulary);
    }
    search.similar(old, new, vocabulary, lexicon);
    search.drop_small_moves(old);
    let groups = search.grouped(old, new, vocabulary, lexicon);
    Matched { groups, coarse: search.coarse }
}

/// The search for partners; `groups` goes on with what it found.
pub(super) struct Search {
    pub(super) old_to: Vec<Option<usize>>,
    pub(super) new_to: Vec<Option<usize>>,
    pub(super) pairs: Vec<Pair>,
    coarse: bool,
    pub(super) weights: Weights,
}

impl Search {
    fn join(&mut self, old: usize, new: usize, equal: bool) {
        if let (Some(a @ None), Some(b @ None)) =
            (self.old_to.get_mut(old), self.new_to.get_mut(new))
        {
            *a = Some(new);
            *b = Some(old);
            self.pairs.push(Pair { old, new, equal });
        }
    }

    /// Blocks without a partner.
    pub(super) fn free(&self, old: bool) -> Vec<usize> {
        let side = if old { &self.old_to } else { &self.new_to };
        side.iter().enumerate().filter(|(_, to)| to.is_none()).map(|(at, _)| at).collect()
    }

    /// Equal blocks that stand in the same order: from both ends, then between the heaviest chain
    /// of those that stand once on each side.
    fn equal_in_order(&mut self, a: &[u32], b: &[u32], old: &Side<'_>) {
        let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
        let (rest_a, rest_b) =
            (a.get(prefix..).unwrap_or_default(), b.get(prefix..).unwrap_or_default());
        let suffix =
            rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
        (0..prefix).for_each(|at| self.join(at, at, true));
        (1..=suffix).for_each(|at| self.join(a.len() - at, b.len() - at, true));
        let (from, to_a, to_b) = (prefix, a.len() - suffix, b.len() - suffix);
        let of = |keys: &[u32], to: usize| -> Vec<(u32, usize)> {
            (from..to).filter_map(|at| keys.get(at).map(|key| (*key, at))).collect()
        };
        let (x, y) = (of(a, to_a).into_iter(), of(b, to_b).into_iter());
        let chain = once_on_each_side(x, y, |at| old.words(at).max(1));
        let mut last = (from, from);
        for (x, y) in chain.into_iter().chain([(to_a, to_b)]) {
            self.fill(a, b, last.0..x, last.1..y, old);
            if x < to_a && y < to_b {
                self.join(x, y, true);
            }
            last = (x + 1, y + 1);
        }
    }

    /// Equal blocks between two that are matched already.
    fn fill(
        &mut self,
        a: &[u32],
        b: &[u32],
        mut x: Range<usize>,
        mut y: Range<usize>,
        old: &Side<'_>,
    ) {
        while !x.is_empty() && !y.is_empty() && a.get(x.start) == b.get(y.start) {
            self.join(x.start, y.start, true);
            x.start += 1;
            y.start += 1;
        }
        while !x.is_empty() && !y.is_empty() && a.get(x.end - 1) == b.get(y.end - 1) {
            x.end -= 1;
            y.end -= 1;
            self.join(x.end, y.end, true);
        }
        if x.is_empty() || y.is_empty() {
            return;
        }
        if x.len().saturating_mul(y.len()) > TABLE {
            self.coarse |= a
                .get(x)
                .unwrap_or_default()
                .iter()
                .any(|key| b.get(y.clone()).is_some_and(|b| b.contains(key)));
            return;
        }
        let from = (x.start, y.start);
        let (a, b) = (a.get(x).unwrap_or_default(), b.get(y).unwrap_or_default());
        for (one, two) in heaviest_common(a, b, from, &|block| old.words(block).max(1)) {
            self.join(one, two, true);
        }
    }

    /// Equal blocks that are left, first with first: they have moved.
    fn equal_elsewhere(&mut self, a: &[u32], b: &[u32], old: &Side<'_>) {
        let mut places: HashMap<u32, Vec<usize>> = HashMap::new();
        for new in self.free(false).into_iter().rev() {
            if let Some(key) = b.get(new) {
                places.entry(*key).or_default().push(new);
            }
        }
        for block in self.free(true) {
            if old.words(block) >= MOVED_WORDS
                && let Some(new) =
                    a.get(block).and_then(|key| places.get_mut(key)).and_then(Vec::pop)
            {
                self.join(block, new, true);
            }
        }
    }

    /// Similar blocks, best first.
    fn similar(
        &mut self,
        old: &Side<'_>,
        new: &Side<'_>,
        vocabulary: &Vocabulary,
        lexicon: &Lexicon,
    ) {
        let (free_old, free_new) = (self.free(true), self.free(false));
        if free_old.is_empty() || free_new.is_empty() {
            return;
        }
        let weights = rarity(old, new, &free_old, &free_new, vocabulary, lexicon);
        let bag = |side: &Side<'_>, block: usize| {
            Bag::new(side.tokens(block).iter().filter(|token| is_word(token)), &weights)
        };
        let old_bags: Vec<Bag> = free_old.iter().map(|block| bag(old, *block)).collect();
        let new_bags: Vec<Bag> = free_new.iter().map(|block| bag(new, *block)).collect();
        let gaps = Gaps::new(&self.pairs);
        let index = Index::new(new_bags.iter(), vocabulary.len());
        let homes: Vec<usize> = free_new.iter().map(|block| gaps.of_new(*block)).collect();
        let mut spread = Spread::new(&weights);
        let mut scored: Vec<(u64, usize, usize)> = Vec::new();
        for ((bag, block), place) in old_bags.iter().zip(&free_old).zip(0..) {
            let home = gaps.of_old(*block);
            spread.lay(bag);
            let mut candidates = by_rare_words(bag, &index);
            candidates.extend(gaps.range(home, &free_new).take(CANDIDATES));
            candidates.sort_unstable();
            candidates.dedup();
            for at in candidates {
                let Some(other) = new_bags.get(at) else { continue };
                let here = homes.get(at) == Some(&home);
                let dice = if here { spread.held(other) } else { spread.dice(other) };
                if dice >= if here { SIMILAR_IN_PLACE } else { SIMILAR_ELSEWHERE } {
                    scored.push((dice + if here { 100 } else { 0 }, place, at));
                }
            }
        }
        scored.sort_unstable_by_key(|(score, one, two)| (std::cmp::Reverse(*score), *one, *two));
        for (_, one, two) in scored {
            if let (Some(one), Some(two)) = (free_old.get(one), free_new.get(two)) {
                self.join(*one, *two, false);
            }
        }
        self.headings(old, new);
    }

    /// A heading that stands where another stood is its new version, however different.
    fn headings(&mut self, old: &Side<'_>, new: &Side<'_>) {
        let gaps = Gaps::new(&self.pairs);
        let is_heading = |side: &Side<'_>, at: &usize| side.is_heading(&(*at..at + 1));
        let one = self.free(true).into_iter().filter(|at| is_heading(old, at));
        let two = self.free(false).into_iter().filter(|at| is_heading(new, at));
        let mut places: HashMap<usize, (Vec<usize>, Vec<usize>)> = HashMap::new();
        one.for_each(|at| places.entry(gaps.of_old(at)).or_default().0.push(at));
        two.for_each(|at| places.entry(gaps.of_new(at)).or_default().1.push(at));
        let mut alone: Vec<(usize, usize)> = places
            .into_values()
            .filter_map(|(one, two)| match (one.as_slice(), two.as_slice()) {
                ([one], [two]) => Some((*one, *two)),
                _ => None,
            })
            .collect();
        alone.sort_unstable();
        alone.into_iter().for_each(|(one, two)| self.join(one, two, false));
    }

    /// Which pairs keep the order.
    pub(super) fn in_order(&mut self, old: &Side<'_>) -> Vec<bool> {
        self.pairs.sort_unstable_by_key(|pair| pair.old);
        let link = |pair: &Pair| Link {
            old: pair.old,
            new: pair.new,
            weight: (old.words(pair.old) + ONE_MOVE) * 2 + usize::from(pair.equal),
        };
        heaviest(&self.pairs.iter().map(link).collect::<Vec<_>>())
    }

    /// Takes apart pairs that would have moved and are too small for that.
    fn drop_small_moves(&mut self, old: &Side<'_>) {
        let kept = self.in_order(old);
        let mut pairs = Vec::with_capacity(self.pairs.len());
        for (pair, kept) in std::mem::take(&mut self.pairs).into_iter().zip(kept) {
            if kept || old.words(pair.old) >= MOVED_WORDS {
                pairs.push(pair);
            } else {
                if let Some(to) = self.old_to.get_mut(pair.old) {
                    *to = None;
                }
                if let Some(to) = self.new_to.get_mut(pair.new) {
                    *to = None;
                }
            }
        }
        self.pairs = pairs;
    }
}

/// Weights by which rare words count for more.
fn rarity(
    old: &Side<'_>,
    new: &Side<'_>,
    free_old: &[usize],
    free_new: &[usize],
    vocabulary: &Vocabulary,
    lexicon: &Lexicon,
) -> Weights {
    let mut plain = Weights::default();
    plain.grow(vocabulary, lexicon);
    // In how many blocks each token stands, and the last of these.
    let mut seen = vec![(0, 0); vocabulary.len()];
    let sides =
        free_old.iter().map(|at| old.tokens(*at)).chain(free_new.iter().map(|at| new.tokens(*at)));
    for (tokens, block) in sides.zip(1..) {
        for token in tokens {
            let place = usize::try_from(token.id).ok().and_then(|id| seen.get_mut(id));
            if let Some((count, last)) = place.filter(|(_, last)| *last != block) {
                (*count, *last) = (*count + 1, block);
            }
        }
    }
    let df: Vec<usize> = seen.into_iter().map(|(count, _)| count.max(1)).collect();
    plain.rare(&df, free_old.len() + free_new.len())
}

/// Blocks that share one of the rarest words of a bag.
fn by_rare_words(bag: &Bag, index: &Index) -> Vec<usize> {
    const RARE: usize = 12;
    let lists = bag.ids().map(|id| index.of(id)).filter(|list| !list.is_empty());
    let mut lists: Vec<&[usize]> = lists.collect();
    lists.sort_by_key(|list| list.len());
    let mut found = Vec::new();
    for list in lists.into_iter().take(RARE) {
        if found.len() + list.len() > CANDIDATES && !found.is_empty() {
            break;
        }
        found.extend(list.iter().copied().take(CANDIDATES));
    }
    found
}
