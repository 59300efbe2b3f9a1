//! The small words: negation, modality, quantity, hedges, verbs of saying.

use super::words::Words;
use super::{Fact, Sentence, Sort};
use crate::text::lexicon::Section;
use crate::text::token::Class;

const SECTIONS: [(Section, Sort); 5] = [
    (Section::Negation, Sort::Negation),
    (Section::Modality, Sort::Modality),
    (Section::Quantifier, Sort::Quantifier),
    (Section::Hedge, Sort::Hedge),
    (Section::Saying, Sort::Saying),
];

/// All of them, section by section, the longest phrase at each place.
pub(super) fn cues(sentence: &Sentence<'_>, words: &Words) -> Vec<Fact> {
    let mut found = Vec::new();
    for (section, sort) in SECTIONS {
        let mut at = 0;
        while at < words.all.len() {
            match words.phrase(sentence, at, section) {
                Some(phrase) if !is_something_else(sentence, words, at, sort) => {
                    let (first, last) = words.tokens(phrase.first, phrase.last);
                    let value = phrase.entry.value;
                    found.push(Fact {
                        sort,
                        first,
                        last,
                        value: value_of(sort, value, words, phrase.first, phrase.last),
                        rank: value.parse().ok(),
                        weak: value == "weak",
                    });
                    at = phrase.last;
                }
                Some(_) | None => at += 1,
            }
        }
    }
    found
}

/// Ranks say the same whatever the word; elsewhere the words are the value.
fn value_of(sort: Sort, value: &str, words: &Words, first: usize, last: usize) -> String {
    match sort {
        Sort::Modality | Sort::Quantifier => value.to_owned(),
        Sort::Number | Sort::Date | Sort::Name | Sort::Negation | Sort::Hedge | Sort::Saying => {
            let parts: Vec<&str> = (first..last).map(|at| words.at(at)).collect();
            parts.join(" ")
        }
    }
}

/// Words that are spelt like a cue and are none: `May` the month, `Will` the man, `no.` the number.
fn is_something_else(sentence: &Sentence<'_>, words: &Words, at: usize, sort: Sort) -> bool {
    let Some(word) = words.all.get(at) else { return false };
    let raw = sentence.raw(word.token);
    let capital = raw.chars().next().is_some_and(char::is_uppercase);
    let month = sentence.lexicon.has(Section::Month, &word.folded)
        && sentence.lexicon.has(Section::Modality, &word.folded);
    let numbered = word.folded == "no"
        && words.at(at + 1) == "."
        && sentence.tokens.get(word.token + 2).is_some_and(|next| next.class == Class::Number);
    let shouted = raw.chars().nth(1).is_none_or(char::is_uppercase);
    (sort == Sort::Modality && month && capital && !shouted && word.token > 0) || numbered
}
