//! A stretch of tokens that differs, and the sentences around it.

use super::region::{Region, span};
use super::sentences::Bead;
use crate::text::fact::{self, Fact, Sentence, Sort};
use crate::text::lexicon::Lexicon;
use crate::text::token::{Class, Token, Vocabulary};
use std::ops::Range;

/// Tokens of both sides of a bead; one range can be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// A bead with all that is known about its sentences. Positions count from its first token.
pub(super) struct Scene<'a> {
    pub(super) old_text: &'a str,
    pub(super) new_text: &'a str,
    pub(super) old: &'a [Token],
    pub(super) new: &'a [Token],
    /// Tokens that stay, ascending.
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) old_facts: Vec<Fact>,
    pub(super) new_facts: Vec<Fact>,
    pub(super) old_quoted: &'a [bool],
    pub(super) new_quoted: &'a [bool],
    /// Whether the paragraph holds a quotation on either side.
    pub(super) has_quotation: bool,
    pub(super) heading: bool,
    /// Whether both sides of the region are a menu or banner.
    pub(super) boilerplate: bool,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) lexicon: &'a Lexicon,
}

/// The hunks of a bead: what lies between the tokens that stay.
pub(super) fn hunks(pairs: &[(usize, usize)], old: usize, new: usize) -> Vec<Hunk> {
    let mut found = Vec::new();
    let mut last = (0, 0);
    for (i, j) in pairs.iter().copied().chain([(old, new)]) {
        if last.0 < i || last.1 < j {
            found.push(Hunk { old: last.0..i, new: last.1..j });
        }
        last = (i + 1, j + 1);
    }
    found
}

/// The tokens of a bead and the pairs between them, counted from its first tokens.
pub(super) fn of_bead(
    region: &Region,
    bead: &Bead,
) -> (Range<usize>, Range<usize>, Vec<(usize, usize)>) {
    let x = span(&region.old.sentences, &bead.old);
    let y = span(&region.new.sentences, &bead.new);
    let from = region.pairs.partition_point(|(i, j)| *i < x.start || *j < y.start);
    let pairs = region.pairs.iter().skip(from).take_while(|(i, j)| *i < x.end && *j < y.end);
    let pairs = pairs.map(|(i, j)| (i - x.start, j - y.start)).collect();
    (x, y, pairs)
}

impl Scene<'_> {
    /// Finds the facts of both sides.
    pub(super) fn look(&mut self) {
        self.old_facts = fact::facts(&Sentence {
            text: self.old_text,
            tokens: self.old,
            vocabulary: self.vocabulary,
            lexicon: self.lexicon,
        });
        self.new_facts = fact::facts(&Sentence {
            text: self.new_text,
            tokens: self.new,
            vocabulary: self.vocabulary,
            lexicon: self.lexicon,
        });
    }

    /// The folded form of a token.
    pub(super) fn folded(&self, token: &Token) -> &str {
        self.vocabulary.folded(token.id)
    }

    /// A hunk grown over the numbers, dates, names and phrases that it cuts, as far as both sides
    /// stay equal there.
    pub(super) fn widened(&self, hunk: &Hunk) -> Hunk {
        let mut wide = hunk.clone();
        let paired = |i: usize, j: usize| self.pairs.binary_search(&(i, j)).is_ok();
        let cut = |facts: &[Fact], range: &Range<usize>, at: usize, left: bool| {
            facts.iter().any(|fact| {
                let holds = fact.first <= at && at < fact.last;
                let overlaps = fact.first < range.end && fact.last > range.start;
                let beside = range.is_empty()
                    && if left { fact.last >= range.start } else { fact.first <= range.end }
                    && fact.first < range.start
                    && fact.last > range.start;
                holds && (overlaps || beside)
            })
        };
        loop {
            let left = (wide.old.start.checked_sub(1), wide.new.start.checked_sub(1));
            if let (Some(i), Some(j)) = left
                && paired(i, j)
                && (cut(&self.old_facts, &wide.old, i, true)
                    || cut(&self.new_facts, &wide.new, j, true))
            {
                (wide.old.start, wide.new.start) = (i, j);
                continue;
            }
            let (i, j) = (wide.old.end, wide.new.end);
            if paired(i, j)
                && (cut(&self.old_facts, &wide.old, i, false)
                    || cut(&self.new_facts, &wide.new, j, false))
            {
                (wide.old.end, wide.new.end) = (i + 1, j + 1);
                continue;
            }
            return wide;
        }
    }

    /// A fact in the words of its text.
    pub(super) fn shown(&self, fact: &Fact, old: bool) -> String {
        let (tokens, text) =
            if old { (self.old, self.old_text) } else { (self.new, self.new_text) };
        let first = tokens.get(fact.first).map_or(0, Token::start);
        let last = fact.last.checked_sub(1).and_then(|at| tokens.get(at)).map_or(first, Token::end);
        let raw = text.get(first..last).unwrap_or_default();
        let raw = raw.split_whitespace().collect::<Vec<_>>().join(" ");
        let denies = fact.sort == Sort::Negation && raw.to_lowercase().ends_with("n't");
        if denies { "n't".to_owned() } else { raw }
    }

    /// The words of a range as they stand there; `None` where there is none.
    pub(super) fn words_of(
        &self,
        tokens: &[Token],
        text: &str,
        range: &Range<usize>,
    ) -> Option<String> {
        let first = tokens.get(range.start)?.start();
        let last = range.end.checked_sub(1).and_then(|at| tokens.get(at))?.end();
        let raw = text.get(first..last)?;
        let shown = raw.split_whitespace().collect::<Vec<_>>().join(" ");
        (!shown.is_empty()).then_some(shown)
    }

    /// The words of a hunk one beside the other, where both sides have as many.
    pub(super) fn word_pairs(&self, hunk: &Hunk) -> Vec<(&Token, &Token)> {
        let words = |tokens: &[Token], range: &Range<usize>| -> Vec<usize> {
            range
                .clone()
                .filter(|at| {
                    tokens.get(*at).is_some_and(|token| {
                        token.class == Class::Word || token.class == Class::Number
                    })
                })
                .collect()
        };
        let (one, two) = (words(self.old, &hunk.old), words(self.new, &hunk.new));
        if one.len() != two.len() || one.len() > 8 {
            return Vec::new();
        }
        one.into_iter().zip(two).filter_map(|(i, j)| self.old.get(i).zip(self.new.get(j))).collect()
    }

    /// The words of one side of the sentence that do not stay.
    pub(super) fn changed_words(&self, old: bool) -> Vec<String> {
        let tokens = if old { self.old } else { self.new };
        let stays: std::collections::HashSet<usize> =
            self.pairs.iter().map(|(i, j)| if old { *i } else { *j }).collect();
        let changed = tokens.iter().enumerate().filter(|(at, _)| !stays.contains(at));
        changed.map(|(_, token)| self.folded(token).to_owned()).collect()
    }

    /// Whether words of the hunk stand inside quotation marks.
    pub(super) fn inside(&self, hunk: &Hunk) -> bool {
        let any = |tokens: &[Token], quoted: &[bool], range: &Range<usize>| {
            range.clone().any(|at| {
                quoted.get(at) == Some(&true)
                    && tokens.get(at).is_some_and(|token| token.class != Class::Quote)
            })
        };
        any(self.old, self.old_quoted, &hunk.old) || any(self.new, self.new_quoted, &hunk.new)
    }
}
