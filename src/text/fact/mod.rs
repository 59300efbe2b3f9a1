//! Typed facts of a sentence: numbers, dates, names, and the small words that turn its meaning.
//!
//! Found by rules and word lists, sentence by sentence. A fact says what stands there, not that it
//! is true, and a list never holds every name.

mod cue;
mod date;
mod name;
mod number;
mod words;

use super::lexicon::Lexicon;
use super::token::{Token, Vocabulary};
use words::Words;

/// Which sort of fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A number with its unit.
    Number,
    /// A date or time.
    Date,
    /// A proper name.
    Name,
    /// A word that denies.
    Negation,
    /// A word that obliges or allows.
    Modality,
    /// A word that says how many.
    Quantifier,
    /// A word that says how sure.
    Hedge,
    /// A verb of saying.
    Saying,
}

/// A fact in a sentence: tokens `first..last`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Which sort.
    pub sort: Sort,
    /// Its first token.
    pub first: usize,
    /// Behind its last token.
    pub last: usize,
    /// Equal for facts that say the same.
    pub value: String,
    /// How much, where that can be ordered.
    pub rank: Option<f64>,
    /// Whether it counts only beside a sure one: `one`, `ne`.
    pub weak: bool,
}

/// A sentence to look into.
pub struct Sentence<'a> {
    /// The whole text.
    pub text: &'a str,
    /// The tokens of the sentence.
    pub tokens: &'a [Token],
    /// The folded words.
    pub vocabulary: &'a Vocabulary,
    /// The word lists.
    pub lexicon: &'a Lexicon,
}

impl Sentence<'_> {
    fn raw(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.of(self.text))
    }

    fn folded(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| self.vocabulary.folded(token.id))
    }
}

/// The facts of a sentence, by sort and place. Those of one sort do not overlap; a number inside a
/// date is part of the date.
pub fn facts(sentence: &Sentence<'_>) -> Vec<Fact> {
    let words = Words::new(sentence);
    let mut found = date::dates(sentence, &words);
    let taken: Vec<(usize, usize)> = found.iter().map(|fact| (fact.first, fact.last)).collect();
    let free =
        |fact: &Fact| taken.iter().all(|(first, last)| fact.last <= *first || fact.first >= *last);
    found.extend(number::numbers(sentence, &words).into_iter().filter(free));
    found.extend(name::names(sentence, &words).into_iter().filter(free));
    found.extend(cue::cues(sentence, &words));
    found
}
