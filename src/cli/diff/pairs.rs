//! Which documents are one under two names: those that share at least half of their words.
//!
//! First a cheap measure (words as a bag, their order left aside), then the comparison itself
//! decides. A text that was written anew is none under a new name.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use vidimus::compare::{Comparison, Op, Source};
use vidimus::limits;

/// The words of a text as numbers, ascending.
#[derive(Default)]
pub(super) struct Bag(Vec<u64>);

impl Bag {
    pub(super) fn of(text: &str) -> Self {
        let words = text.split_whitespace();
        let words = words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
        let mut bag: Vec<u64> = words.filter(|word| !word.is_empty()).map(number).collect();
        bag.sort_unstable();
        Self(bag)
    }

    /// The share of common words in thousandths of the longer text.
    fn share(&self, other: &Self) -> usize {
        let longer = self.0.len().max(other.0.len());
        let shorter = self.0.len().min(other.0.len());
        if longer == 0 || shorter.saturating_mul(2) < longer {
            return 0;
        }
        self.common(other).saturating_mul(1000) / longer
    }

    fn common(&self, other: &Self) -> usize {
        let mut rest = other.0.iter().peekable();
        let mut common = 0;
        for word in &self.0 {
            while rest.next_if(|next| *next < word).is_some() {}
            common += usize::from(rest.next_if(|next| *next == word).is_some());
        }
        common
    }
}

fn number(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.to_lowercase().hash(&mut hasher);
    hasher.finish()
}

/// Pairs by index that share at least half of their words, the most similar first; `None` where
/// there are too many words to look at.
pub(super) fn similar(old: &[Bag], new: &[Bag]) -> Option<Vec<(usize, usize)>> {
    let words = |bags: &[Bag]| bags.iter().map(|bag| bag.0.len() + 1).sum::<usize>();
    let work = words(old).saturating_mul(new.len());
    let work = work.saturating_add(words(new).saturating_mul(old.len()));
    if work > limits::RENAME_WORDS {
        return None;
    }
    let mut found = Vec::new();
    for (one, bag) in old.iter().enumerate() {
        let shares = new.iter().enumerate().map(|(other, theirs)| (bag.share(theirs), other));
        let enough = shares.filter(|(share, _)| *share >= 500);
        found.extend(enough.map(|(share, other)| (std::cmp::Reverse(share), one, other)));
    }
    found.sort_unstable();
    Some(found.into_iter().map(|(_, one, other)| (one, other)).collect())
}

/// Whether at least half of the words were kept, be it in another place.
pub(super) fn kept(comparison: &Comparison) -> bool {
    let text = comparison.new.text();
    let stays = |source: &Source| match source {
        Source::Old(_) | Source::Noise(_) => true,
        Source::Change(at) => comparison
            .changes
            .get(*at)
            .is_some_and(|change| matches!(change.op, Op::Move | Op::Split | Op::Merge)),
    };
    let kept = comparison.script.iter().filter(|(_, source)| stays(source));
    let kept: usize = kept.map(|(span, _)| span.of(text).split_whitespace().count()).sum();
    kept.saturating_mul(2) >= comparison.old.words().max(comparison.new.words())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_words_of_the_longer_text() {
        let table = [
            ("a b c d", "a b x y", 500),
            ("A, b. c d", "d c b a", 1000),
            ("a a a a", "a b c d", 250),
            ("a", "a b c", 0),
            ("", "", 0),
            ("- -", "a", 0),
        ];
        for (one, other, share) in table {
            assert_eq!(Bag::of(one).share(&Bag::of(other)), share, "{one} | {other}");
        }
    }

    #[test]
    fn the_most_similar_first() {
        let bags = |texts: &[&str]| texts.iter().map(|text| Bag::of(text)).collect::<Vec<_>>();
        let pairs = similar(&bags(&["a b c d", "e f g h"]), &bags(&["e f g x", "a b c d", "z"]));
        assert_eq!(pairs, Some(vec![(0, 1), (1, 0)]));
    }
}
