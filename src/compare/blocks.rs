//! Which blocks of two texts belong together: equal ones in order, then similar ones best first,
//! then neighbours that were split or joined; and which of them moved.
//!
//! Works on keys and bags of words; where words stand inside a block is of no interest here.

use super::bag::{Bag, Weights, counts};
use super::chain::{Link, heaviest};
use super::keys;
use super::side::Side;
use crate::text::block::BlockKind;
use crate::text::lexicon::Lexicon;
use crate::text::token::Vocabulary;
use std::collections::HashMap;
use std::ops::Range;

/// Similar enough to be two versions of one block, in thousandths of Dice's coefficient.
const SIMILAR: u64 = 450;
/// The same for blocks in the same gap between equal ones.
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

/// All blocks of both sides, each in one group; in-order groups by position, moved ones and those
/// with an empty side anywhere.
pub(super) struct Matched {
    pub(super) groups: Vec<Group>,
    pub(super) coarse: bool,
}

/// One pair of blocks.
#[derive(Clone, Copy)]
struct Pair {
    old: usize,
    new: usize,
    equal: bool,
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

struct Search {
    old_to: Vec<Option<usize>>,
    new_to: Vec<Option<usize>>,
    pairs: Vec<Pair>,
    coarse: bool,
    weights: Weights,
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
    fn free(&self, old: bool) -> Vec<usize> {
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
        let chain = unique_chain(a, b, from..to_a, from..to_b, old);
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
            Bag::new(side.tokens(block).iter().filter(|token| counts(token)), &weights)
        };
        let old_bags: Vec<Bag> = free_old.iter().map(|block| bag(old, *block)).collect();
        let new_bags: Vec<Bag> = free_new.iter().map(|block| bag(new, *block)).collect();
        let gaps = Gaps::new(&self.pairs);
        let mut index: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, bag) in new_bags.iter().enumerate() {
            bag.ids().for_each(|id| index.entry(id).or_default().push(at));
        }
        let mut scored: Vec<(u64, usize, usize)> = Vec::new();
        for ((bag, block), place) in old_bags.iter().zip(&free_old).zip(0..) {
            let home = gaps.of_old(*block);
            let in_place =
                |at: &usize| free_new.get(*at).is_some_and(|new| gaps.of_new(*new) == home);
            let mut candidates = by_rare_words(bag, &index);
            candidates.extend(gaps.range(home, &free_new).take(CANDIDATES));
            candidates.sort_unstable();
            candidates.dedup();
            for at in candidates {
                let Some(other) = new_bags.get(at) else { continue };
                let here = in_place(&at);
                let dice = if here { bag.held(other, &weights) } else { bag.dice(other, &weights) };
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
        let is_heading = |side: &Side<'_>, at: &usize| {
            side.blocks.get(*at).is_some_and(|block| block.kind == BlockKind::Heading)
        };
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
    fn in_order(&mut self, old: &Side<'_>) -> Vec<bool> {
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

    /// The pairs as groups, to which neighbours are joined that were cut off or taken in; and the
    /// blocks that are left, each by itself.
    fn grouped(
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
        blocks.clone().flat_map(|block| side.tokens(block)).filter(|token| counts(token)),
        weights,
    )
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
    let mut df: HashMap<u32, usize> = HashMap::new();
    let sides =
        free_old.iter().map(|at| old.tokens(*at)).chain(free_new.iter().map(|at| new.tokens(*at)));
    for tokens in sides {
        Bag::new(tokens, &plain).ids().for_each(|id| *df.entry(id).or_default() += 1);
    }
    plain.rare(&df, free_old.len() + free_new.len())
}

/// Blocks that share one of the rarest words of a bag.
fn by_rare_words(bag: &Bag, index: &HashMap<u32, Vec<usize>>) -> Vec<usize> {
    const RARE: usize = 12;
    let mut lists: Vec<&Vec<usize>> = bag.ids().filter_map(|id| index.get(&id)).collect();
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

/// The gaps between matched blocks, numbered.
struct Gaps {
    old: Vec<usize>,
    new: Vec<usize>,
}

impl Gaps {
    /// Of the pairs that keep the order of the old side on the new one, step by step.
    fn new(pairs: &[Pair]) -> Self {
        let mut sorted: Vec<(usize, usize)> =
            pairs.iter().map(|pair| (pair.old, pair.new)).collect();
        sorted.sort_unstable();
        let links: Vec<Link> =
            sorted.iter().map(|(old, new)| Link { old: *old, new: *new, weight: 1 }).collect();
        let kept = heaviest(&links);
        let chain = links.iter().zip(kept).filter(|(_, kept)| *kept).map(|(link, _)| *link);
        let (old, new) = chain.map(|link| (link.old, link.new)).unzip();
        Self { old, new }
    }

    fn of_old(&self, block: usize) -> usize {
        self.old.partition_point(|at| *at < block)
    }

    fn of_new(&self, block: usize) -> usize {
        self.new.partition_point(|at| *at < block)
    }

    /// The positions in `free` of the blocks that lie in a gap of the new side.
    fn range(&self, gap: usize, free: &[usize]) -> Range<usize> {
        let from = gap.checked_sub(1).and_then(|gap| self.new.get(gap)).map_or(0, |at| at + 1);
        let to = self.new.get(gap).copied().unwrap_or(usize::MAX);
        free.partition_point(|at| *at < from)..free.partition_point(|at| *at < to)
    }
}

/// The heaviest chain of keys that stand once on each side of a stretch.
fn unique_chain(
    a: &[u32],
    b: &[u32],
    x: Range<usize>,
    y: Range<usize>,
    old: &Side<'_>,
) -> Vec<(usize, usize)> {
    let mut places: HashMap<u32, (usize, usize, usize, usize)> = HashMap::new();
    for at in x {
        if let Some(key) = a.get(at) {
            let entry = places.entry(*key).or_default();
            (entry.0, entry.1) = (entry.0 + 1, at);
        }
    }
    for at in y {
        if let Some(key) = b.get(at) {
            let entry = places.entry(*key).or_default();
            (entry.2, entry.3) = (entry.2 + 1, at);
        }
    }
    let once = |entry: &&(usize, usize, usize, usize)| entry.0 == 1 && entry.2 == 1;
    let mut links: Vec<Link> = places
        .values()
        .filter(once)
        .map(|(_, old_at, _, new)| Link {
            old: *old_at,
            new: *new,
            weight: old.words(*old_at).max(1),
        })
        .collect();
    links.sort_unstable_by_key(|link| link.old);
    let kept = heaviest(&links);
    links.iter().zip(kept).filter(|(_, kept)| *kept).map(|(link, _)| (link.old, link.new)).collect()
}

/// The common subsequence of two short stretches that weighs most.
fn heaviest_common(
    old: &[u32],
    new: &[u32],
    from: (usize, usize),
    weight: &dyn Fn(usize) -> usize,
) -> Vec<(usize, usize)> {
    let wide = new.len() + 1;
    let mut table = vec![0_usize; (old.len() + 1) * wide];
    let cell = |table: &[usize], i: usize, j: usize| table.get(i * wide + j).copied().unwrap_or(0);
    for (i, key) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let skip = cell(&table, i + 1, j).max(cell(&table, i, j + 1));
            let both = cell(&table, i + 1, j + 1) + weight(from.0 + i);
            if let Some(slot) = table.get_mut(i * wide + j) {
                *slot = if key == other { skip.max(both) } else { skip };
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < old.len() && j < new.len() {
        let both = cell(&table, i + 1, j + 1) + weight(from.0 + i);
        if old.get(i) == new.get(j) && cell(&table, i, j) == both {
            found.push((from.0 + i, from.1 + j));
            (i, j) = (i + 1, j + 1);
        } else if cell(&table, i + 1, j) >= cell(&table, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}
