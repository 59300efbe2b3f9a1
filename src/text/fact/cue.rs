//! The small words: negation, modality, quantity, hedges, verbs of saying.

use super::words::Words;
use super::{Fact, Sentence, Sort};
use crate::text::lexicon::{Language, Section};
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
    let hedges: Vec<(usize, usize)> =
        found.iter().filter(|fact| fact.sort == Sort::Hedge).map(|f| (f.first, f.last)).collect();
    // What is part of a longer hedge means nothing by itself: `sans doute`, `peut-être`.
    found.retain(|fact| {
        !hedges.iter().any(|(first, last)| {
            *first <= fact.first && fact.last <= *last && last - first > fact.last - fact.first
        })
    });
    found.iter_mut().for_each(|fact| read_in_place(sentence, fact));
    strengthen(sentence, &mut found);
    found
}

/// `some 300` is no quantity but a hedge.
fn read_in_place(sentence: &Sentence<'_>, fact: &mut Fact) {
    let vague = matches!(sentence.folded(fact.first), "some" | "quelque" | "quelques");
    let number = sentence.tokens.get(fact.last).is_some_and(|next| next.class == Class::Number);
    if fact.sort == Sort::Quantifier && vague && number {
        fact.sort = Sort::Hedge;
        "some".clone_into(&mut fact.value);
        fact.rank = None;
    }
}

/// In French `ne` with `plus`, `personne`, `nul` denies, though neither does alone.
fn strengthen(sentence: &Sentence<'_>, found: &mut [Fact]) {
    const REACH: usize = 7;
    if sentence.lexicon.language != Language::French {
        return;
    }
    let particles: Vec<usize> = found
        .iter()
        .filter(|fact| fact.sort == Sort::Negation && matches!(fact.value.as_str(), "ne" | "n'"))
        .map(|fact| fact.first)
        .collect();
    for fact in found.iter_mut().filter(|fact| fact.sort == Sort::Negation && fact.weak) {
        let particle = matches!(fact.value.as_str(), "ne" | "n'");
        let near = particles.iter().any(|at| fact.first >= *at && fact.first - at <= REACH);
        fact.weak = particle || !near;
    }
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
