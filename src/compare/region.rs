//! Regions: stretches of the two texts that belong together, compared down to the token.
//!
//! Everything here is symmetric but for ties; [`regions`] is therefore always asked in the same
//! direction, and its answer turned round where the caller's direction is the other one.

use super::bag::{Bag, Weights};
use super::blocks::{self, MOVED_WORDS};
use super::groups::Group;
use super::index::Index;
use super::sentences::{self, Bead, Sentences};
use super::side::{Side, is_word};
use super::words;
use crate::text::lexicon::Lexicon;
use crate::text::sentence;
use crate::text::token::{Token, Vocabulary};
use std::ops::Range;

/// One side of a region.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// Its blocks.
    pub(super) blocks: Range<usize>,
    /// The tokens of these blocks; not cut where the region is the same, byte for byte.
    pub(super) tokens: Vec<Token>,
    /// Its sentences, as ranges of tokens.
    pub(super) sentences: Vec<Range<usize>>,
    /// The token with which each block begins.
    pub(super) starts: Vec<usize>,
}

impl Part {
    /// The block of a token, counted from the first of the region.
    pub(super) fn block_of(&self, token: usize) -> usize {
        self.starts.partition_point(|start| *start <= token).saturating_sub(1)
    }
}

/// A stretch of both texts.
#[derive(Debug, Clone)]
pub(super) struct Region {
    pub(super) old: Part,
    pub(super) new: Part,
    /// Sentences that belong together; a sentence that moved elsewhere is in none.
    pub(super) beads: Vec<Bead>,
    /// Tokens that stay, ascending on both sides.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Whether it stands elsewhere than before.
    pub(super) moved: bool,
    /// Whether it is a sentence that moved, and no block.
    pub(super) sentence: bool,
    /// Whether both sides are the same bytes.
    pub(super) same: bool,
}

impl Region {
    fn mirrored(self) -> Self {
        let beads = self.beads.into_iter().map(|bead| Bead { old: bead.new, new: bead.old });
        Self {
            beads: beads.collect(),
            pairs: self.pairs.into_iter().map(|(old, new)| (new, old)).collect(),
            old: self.new,
            new: self.old,
            ..self
        }
    }
}

/// What both texts have in common and what not.
pub(super) struct Regions {
    pub(super) all: Vec<Region>,
    pub(super) coarse: bool,
}

/// Compares two texts, whichever is the older one.
pub(super) fn regions<'a>(
    old: &mut Side<'a>,
    new: &mut Side<'a>,
    vocabulary: &mut Vocabulary,
    lexicon: &Lexicon,
) -> Regions {
    if old.text() > new.text() {
        let Regions { all, coarse } = directed(new, old, vocabulary, lexicon);
        return Regions { all: all.into_iter().map(Region::mirrored).collect(), coarse };
    }
    directed(old, new, vocabulary, lexicon)
}

fn directed<'a>(
    old: &mut Side<'a>,
    new: &mut Side<'a>,
    vocabulary: &mut Vocabulary,
    lexicon: &Lexicon,
) -> Regions {
    let matched = blocks::matched(old, new, vocabulary, lexicon);
    for group in &matched.groups {
        if !same(group, old, new) {
            group.old.clone().for_each(|block| old.cut(block, vocabulary));
            group.new.clone().for_each(|block| new.cut(block, vocabulary));
        }
    }
    let mut weights = Weights::default();
    weights.grow(vocabulary, lexicon);
    let mut finder = Finder { old, new, vocabulary, lexicon, weights, coarse: matched.coarse };
    let mut all: Vec<Region> =
        matched.groups.into_iter().map(|group| finder.region(group)).collect();
    finder.moved_sentences(&mut all);
    Regions { all, coarse: finder.coarse }
}

/// Whether a group is the same bytes on both sides.
fn same(group: &Group, old: &Side<'_>, new: &Side<'_>) -> bool {
    group.equal && old.raw(group.old.start) == new.raw(group.new.start)
}

struct Finder<'a, 'b> {
    old: &'a Side<'b>,
    new: &'a Side<'b>,
    vocabulary: &'a Vocabulary,
    lexicon: &'a Lexicon,
    weights: Weights,
    coarse: bool,
}

impl Finder<'_, '_> {
    fn region(&mut self, group: Group) -> Region {
        let same = same(&group, self.old, self.new);
        let mut region = Region {
            old: self.part(self.old, group.old, same),
            new: self.part(self.new, group.new, same),
            beads: Vec::new(),
            pairs: Vec::new(),
            moved: group.moved,
            sentence: false,
            same,
        };
        if group.equal {
            let length = region.old.tokens.len().min(region.new.tokens.len());
            region.pairs = (0..length).map(|at| (at, at)).collect();
            let bead =
                Bead { old: 0..region.old.sentences.len(), new: 0..region.new.sentences.len() };
            region.beads = vec![bead];
        } else {
            self.compare(&mut region);
        }
        region
    }

    fn part(&self, side: &Side<'_>, blocks: Range<usize>, same: bool) -> Part {
        let mut part = Part { blocks: blocks.clone(), ..Part::default() };
        if same {
            return part;
        }
        for block in blocks {
            let tokens = side.tokens(block);
            let from = part.tokens.len();
            part.starts.push(from);
            let ranges = sentence::sentences(side.text(), tokens, self.vocabulary, self.lexicon);
            part.sentences
                .extend(ranges.into_iter().map(|range| range.start + from..range.end + from));
            part.tokens.extend_from_slice(tokens);
        }
        part
    }

    /// Beads, and the tokens that stay in each.
    fn compare(&mut self, region: &mut Region) {
        let old = Sentences { tokens: &region.old.tokens, ranges: &region.old.sentences };
        let new = Sentences { tokens: &region.new.tokens, ranges: &region.new.sentences };
        let whole = !region.sentence
            && self.old.is_heading(&region.old.blocks)
            && self.new.is_heading(&region.new.blocks);
        region.beads = if whole {
            vec![Bead { old: 0..old.ranges.len(), new: 0..new.ranges.len() }]
        } else {
            let found = sentences::beads(&old, &new, &self.weights);
            found.into_iter().flat_map(singly).collect()
        };
        region.pairs = Vec::new();
        for bead in &region.beads {
            let (x, y) =
                (span(&region.old.sentences, &bead.old), span(&region.new.sentences, &bead.new));
            if x.is_empty() || y.is_empty() {
                continue;
            }
            let (a, b) = (region.old.tokens.get(x.clone()), region.new.tokens.get(y.clone()));
            let (Some(a), Some(b)) = (a, b) else { continue };
            let kept = words::kept(a, b, self.vocabulary, self.lexicon);
            self.coarse |= kept.coarse;
            region.pairs.extend(kept.pairs.into_iter().map(|(i, j)| (i + x.start, j + y.start)));
        }
    }

    /// Sentences that one region lost and another gained.
    fn moved_sentences(&mut self, all: &mut Vec<Region>) {
        let gone = self.lone(all, true);
        let come = self.lone(all, false);
        let mut taken: Vec<(Lone, Lone)> = Vec::new();
        let mut free: Vec<Option<&Lone>> = come.iter().map(Some).collect();
        let by_word = Index::new(come.iter().map(|lone| &lone.bag), self.vocabulary.len());
        for lone in &gone {
            let best = likely(lone, &by_word)
                .into_iter()
                .filter_map(|at| free.get(at).copied().flatten().map(|other| (at, other)))
                .map(|(at, other)| (lone.bag.dice(&other.bag, &self.weights), at))
                .filter(|(dice, _)| *dice >= 700)
                .max_by_key(|(dice, at)| (*dice, std::cmp::Reverse(*at)));
            if let Some((_, at)) = best
                && let Some(other) = free.get_mut(at).and_then(Option::take)
            {
                taken.push((lone.clone(), other.clone()));
            }
        }
        for (gone, come) in taken {
            self.move_sentence(all, &gone, &come);
        }
    }

    /// Sentences of at least five words that stand on one side only.
    fn lone(&self, all: &[Region], old: bool) -> Vec<Lone> {
        let mut found = Vec::new();
        for (at, region) in all.iter().enumerate().filter(|(_, region)| !region.same) {
            for bead in &region.beads {
                let (own, other) =
                    if old { (&bead.old, &bead.new) } else { (&bead.new, &bead.old) };
                let part = if old { &region.old } else { &region.new };
                if own.len() != 1 || !other.is_empty() {
                    continue;
                }
                let range = span(&part.sentences, own);
                let tokens = part.tokens.get(range.clone()).unwrap_or_default();
                if tokens.iter().filter(|token| is_word(token)).count() >= MOVED_WORDS {
                    let bag = Bag::new(tokens.iter().filter(|token| is_word(token)), &self.weights);
                    found.push(Lone { region: at, sentence: own.start, range, bag });
                }
            }
        }
        found
    }

    /// Takes a sentence out of two regions and makes it one of its own.
    fn move_sentence(&mut self, all: &mut Vec<Region>, gone: &Lone, come: &Lone) {
        let part = |region: &Part, lone: &Lone| {
            let block = region.blocks.start + region.block_of(lone.range.start);
            let tokens = region.tokens.get(lone.range.clone()).unwrap_or_default().to_vec();
            Part {
                blocks: block..block + 1,
                sentences: std::iter::once(0..tokens.len()).collect(),
                starts: vec![0],
                tokens,
            }
        };
        let (Some(from), Some(to)) = (all.get(gone.region), all.get(come.region)) else { return };
        let mut region = Region {
            old: part(&from.old, gone),
            new: part(&to.new, come),
            beads: Vec::new(),
            pairs: Vec::new(),
            moved: true,
            sentence: true,
            same: false,
        };
        self.compare(&mut region);
        if let Some(from) = all.get_mut(gone.region) {
            from.beads.retain(|bead| {
                !(bead.new.is_empty() && bead.old == (gone.sentence..gone.sentence + 1))
            });
        }
        if let Some(to) = all.get_mut(come.region) {
            to.beads.retain(|bead| {
                !(bead.old.is_empty() && bead.new == (come.sentence..come.sentence + 1))
            });
        }
        all.push(region);
    }
}

/// A sentence without a partner in its region.
#[derive(Clone)]
struct Lone {
    region: usize,
    sentence: usize,
    range: Range<usize>,
    bag: Bag,
}

/// Sentences that share one of the rarest words.
fn likely(lone: &Lone, by_word: &Index) -> Vec<usize> {
    const RARE: usize = 8;
    const MOST: usize = 64;
    let lists = lone.bag.ids().map(|id| by_word.of(id)).filter(|list| !list.is_empty());
    let mut lists: Vec<&[usize]> = lists.collect();
    lists.sort_by_key(|list| list.len());
    let mut found: Vec<usize> =
        lists.into_iter().take(RARE).flatten().copied().take(MOST).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A bead with one empty side as one bead a sentence.
fn singly(bead: Bead) -> Vec<Bead> {
    if bead.new.is_empty() {
        bead.old.map(|at| Bead { old: at..at + 1, new: bead.new.clone() }).collect()
    } else if bead.old.is_empty() {
        bead.new.map(|at| Bead { old: bead.old.clone(), new: at..at + 1 }).collect()
    } else {
        vec![bead]
    }
}

/// The tokens of a range of sentences.
pub(super) fn span(ranges: &[Range<usize>], sentences: &Range<usize>) -> Range<usize> {
    let first = ranges.get(sentences.start).map_or(0, |range| range.start);
    let last = sentences.end.checked_sub(1).and_then(|at| ranges.get(at));
    if sentences.is_empty() { 0..0 } else { first..last.map_or(first, |range| range.end) }
}
