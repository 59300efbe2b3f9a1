//! Bags of tokens: how much two stretches of text have in common, whatever the order.

use crate::text::lexicon::Lexicon;
use crate::text::token::{Token, Vocabulary};

/// What each token weighs, in hundredths.
#[derive(Debug, Clone, Default)]
pub(super) struct Weights {
    by_id: Vec<u32>,
}

impl Weights {
    /// Weighs the tokens that came to the vocabulary since: a content word 100, a function word 25,
    /// an address 20 (where it leads can change while the sentence stays), a mark 4.
    pub(super) fn grow(&mut self, vocabulary: &Vocabulary, lexicon: &Lexicon) {
        let from = u32::try_from(self.by_id.len()).unwrap_or(u32::MAX);
        let ids = from..u32::try_from(vocabulary.len()).unwrap_or(u32::MAX);
        self.by_id.extend(ids.map(|id| {
            let word = vocabulary.folded(id);
            if word.contains("://") || word.starts_with("www.") || word.starts_with('/') {
                20
            } else if !word.chars().any(char::is_alphanumeric) {
                4
            } else if lexicon.is_stop(word) {
                25
            } else {
                100
            }
        }));
    }

    /// The same, and what stands in many blocks weighs less: `df` of `all` blocks hold the token.
    pub(super) fn rare(mut self, df: &[usize], all: usize) -> Self {
        for (id, weight) in self.by_id.iter_mut().enumerate() {
            let seen = df.get(id).copied().unwrap_or(1);
            let bits = (all.max(1) / seen.max(1)).max(1).ilog2();
            *weight = *weight * (1 + bits) / (1 + all.max(1).ilog2());
            *weight = (*weight).max(1);
        }
        self
    }

    pub(super) fn of(&self, id: u32) -> u64 {
        u64::from(self.by_id.get(slot(id)).copied().unwrap_or(100))
    }
}

/// Tokens and how often each stands there, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Bag {
    counts: Vec<(u32, u32)>,
    pub(super) weight: u64,
}

impl Bag {
    pub(super) fn new<'a>(tokens: impl IntoIterator<Item = &'a Token>, weights: &Weights) -> Self {
        let mut ids: Vec<u32> = tokens.into_iter().map(|token| token.id).collect();
        ids.sort_unstable();
        let mut counts: Vec<(u32, u32)> = Vec::with_capacity(ids.len());
        for id in &ids {
            match counts.last_mut() {
                Some((last, count)) if last == id => *count += 1,
                Some(_) | None => counts.push((*id, 1)),
            }
        }
        let weight = ids.iter().map(|id| weights.of(*id)).sum();
        Self { counts, weight }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.counts.iter().map(|(id, _)| *id)
    }

    /// Both together.
    pub(super) fn with(&self, other: &Self) -> Self {
        let mut counts = Vec::with_capacity(self.counts.len() + other.counts.len());
        let (mut one, mut two) = (self.counts.iter().peekable(), other.counts.iter().peekable());
        loop {
            match (one.peek(), two.peek()) {
                (Some(a), Some(b)) if a.0 == b.0 => {
                    counts.push((a.0, a.1 + b.1));
                    one.next();
                    two.next();
                }
                (Some(a), Some(b)) if a.0 < b.0 => {
                    counts.push(**a);
                    one.next();
                }
                (Some(a), None) => {
                    counts.push(**a);
                    one.next();
                }
                (_, Some(b)) => {
                    counts.push(**b);
                    two.next();
                }
                (None, None) => break,
            }
        }
        Self { counts, weight: self.weight + other.weight }
    }

    /// What both have, by weight.
    pub(super) fn common(&self, other: &Self, weights: &Weights) -> u64 {
        let (mut one, mut two) = (self.counts.iter(), other.counts.iter());
        let (mut a, mut b) = (one.next(), two.next());
        let mut sum = 0;
        while let (Some((x, n)), Some((y, m))) = (a, b) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => a = one.next(),
                std::cmp::Ordering::Greater => b = two.next(),
                std::cmp::Ordering::Equal => {
                    sum += weights.of(*x) * u64::from(*n.min(m));
                    (a, b) = (one.next(), two.next());
                }
            }
        }
        sum
    }

    /// Dice's coefficient, and at least two fifths where nearly all of the smaller one is in the
    /// other: a paragraph of which sentences were cut.
    fn held_with(&self, other: &Self, common: u64) -> u64 {
        let smaller = self.weight.min(other.weight);
        let share = (1000 * common).checked_div(smaller).unwrap_or(0);
        let dice = self.dice_with(other, common);
        if share >= 800 { dice.max(400) } else { dice }
    }

    /// Dice's coefficient in thousandths.
    pub(super) fn dice(&self, other: &Self, weights: &Weights) -> u64 {
        self.dice_with(other, self.common(other, weights))
    }

    /// [`Self::dice`] where it is known what both have.
    fn dice_with(&self, other: &Self, common: u64) -> u64 {
        (2000 * common).checked_div(self.weight + other.weight).unwrap_or(0)
    }
}

/// One bag spread out by token, so that it can be held against many others: what would be a merge
/// of two lists for each, with a branch at every step that no processor guesses, is a sum.
pub(super) struct Spread<'a> {
    bag: Bag,
    weights: &'a Weights,
    /// How often each token stands in the bag, and what it weighs.
    by_id: Vec<(u32, u32)>,
}

impl<'a> Spread<'a> {
    /// Of nothing yet.
    pub(super) fn new(weights: &'a Weights) -> Self {
        Self { bag: Bag::default(), weights, by_id: vec![(0, 0); weights.by_id.len()] }
    }

    /// Takes another bag for the one before.
    pub(super) fn lay(&mut self, bag: &Bag) {
        let before = std::mem::replace(&mut self.bag, bag.clone());
        for at in before.counts.iter().map(|(id, _)| slot(*id)) {
            self.by_id.get_mut(at).into_iter().for_each(|place| *place = (0, 0));
        }
        for (id, count) in &bag.counts {
            let weight = u32::try_from(self.weights.of(*id)).unwrap_or(u32::MAX);
            let place = self.by_id.get_mut(slot(*id));
            place.into_iter().for_each(|place| *place = (*count, weight));
        }
    }

    /// What both have, by weight. Tokens that came to the vocabulary after the weights do not count;
    /// there are none where this is used.
    fn common(&self, other: &Bag) -> u64 {
        let of = |(id, count): &(u32, u32)| {
            let (own, weight) = self.by_id.get(slot(*id)).copied().unwrap_or_default();
            u64::from(weight) * u64::from(own.min(*count))
        };
        other.counts.iter().map(of).sum()
    }

    /// Dice's coefficient in thousandths, and at least two fifths where nearly all of the smaller one
    /// is in the other.
    pub(super) fn held(&self, other: &Bag) -> u64 {
        self.bag.held_with(other, self.common(other))
    }

    /// Dice's coefficient in thousandths.
    pub(super) fn dice(&self, other: &Bag) -> u64 {
        self.bag.dice_with(other, self.common(other))
    }
}

fn slot(id: u32) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}
