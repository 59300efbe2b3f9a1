//! Proper names: capitalised words that are not capitalised for their place.
//!
//! English and French write few other words with a capital. German writes every noun so: there a
//! name is what the lists know, what stands behind a title, two capitals in a row, or an acronym.

use super::words::Words;
use super::{Fact, Sentence, Sort};
use crate::text::fold::{Glyph, glyph};
use crate::text::lexicon::{Language, Section};
use crate::text::token::Class;

/// All names of a sentence.
pub(super) fn names(sentence: &Sentence<'_>, words: &Words) -> Vec<Fact> {
    let style = Style::of(sentence);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.all.len() {
        let last = run(sentence, words, at);
        if last == at {
            at += 1;
            continue;
        }
        if let Some(Span { first, last: behind, sure }) = named(sentence, words, at, last, style) {
            let value: Vec<&str> = (first..behind)
                .map(|at| words.at(at))
                .filter(|word| !matches!(*word, "-" | "."))
                .collect();
            let (begin, end) = words.tokens(first, behind);
            found.push(Fact {
                sort: Sort::Name,
                first: begin,
                last: end,
                value: value.join(" "),
                rank: (sure == Sure::Hardly).then_some(0.0),
                weak: sure != Sure::Yes,
            });
        }
        at = last;
    }
    found
}

/// The words of a name, and how sure it is.
struct Span {
    first: usize,
    last: usize,
    sure: Sure,
}

/// How sure a name is one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    Yes,
    /// Where the other side has one at its place.
    Beside,
    /// Where the other side has one that is surer than this.
    Hardly,
}

/// How capitals are used in the sentence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// For names and beginnings.
    Plain,
    /// For most words: a title, or all in capitals.
    Many,
}

impl Style {
    /// A title writes every long word with a capital, a shout every letter. In German, where nouns
    /// have capitals anyhow, only the shout is told.
    fn of(sentence: &Sentence<'_>) -> Self {
        let words: Vec<&str> = (0..sentence.tokens.len())
            .map(|at| sentence.raw(at))
            .filter(|raw| raw.chars().next().is_some_and(char::is_alphabetic))
            .collect();
        let capital = |raw: &&str| raw.chars().next().is_some_and(char::is_uppercase);
        let shouted = |raw: &&str| raw.chars().all(|c| !c.is_lowercase());
        let long: Vec<&&str> = words.iter().filter(|raw| raw.chars().count() >= 4).collect();
        let title = long.len() >= 4
            && sentence.lexicon.language != Language::German
            && long.iter().copied().all(capital);
        if title || (words.len() >= 2 && words.iter().all(shouted)) {
            Self::Many
        } else {
            Self::Plain
        }
    }
}

fn is_capital(sentence: &Sentence<'_>, words: &Words, at: usize) -> bool {
    let Some(word) = words.all.get(at) else { return false };
    let token = sentence.tokens.get(word.token);
    let raw = sentence.raw(word.token);
    let starts = |text: &str| text.chars().next().is_some_and(char::is_uppercase);
    // Of `l'Ukraine`, the part that is meant.
    let elided = sentence.lexicon.language == Language::French && !word.folded.ends_with('\'');
    let part = raw.rsplit(['\'', '\u{2019}']).next().filter(|_| elided).unwrap_or(raw);
    token.is_some_and(|token| token.class == Class::Word)
        && !sentence.lexicon.has(Section::Month, &word.folded)
        && !sentence.lexicon.has(Section::Weekday, &word.folded)
        && word.folded != "i"
        && !(word.folded.ends_with('\'') && elided)
        && starts(part)
}

/// Behind a run of capitalised words with what may stand between them: `Bank of Ruvia`.
fn run(sentence: &Sentence<'_>, words: &Words, at: usize) -> usize {
    let mut last = at;
    let mut next = at;
    while is_capital(sentence, words, next) {
        last = next + 1;
        next = last;
        let joint = matches!(
            words.at(next),
            "of" | "de"
                | "du"
                | "des"
                | "del"
                | "della"
                | "da"
                | "dos"
                | "van"
                | "von"
                | "der"
                | "den"
                | "al"
                | "el"
                | "bin"
                | "ibn"
                | "ben"
                | "and"
                | "et"
                | "und"
                | "-"
                | "."
                | "d'"
                | "la"
                | "le"
        );
        let lone = matches!(
            words.at(next),
            "and" | "et" | "und" | "der" | "den" | "la" | "le" | "du" | "des" | "de" | "of" | "d'"
        );
        let initial =
            words.at(next) != "." || words.at(at.max(next.saturating_sub(1))).chars().count() == 1;
        let titled =
            sentence.lexicon.is_abbreviation(&format!("{}.", words.at(next.saturating_sub(1))));
        if !joint || !(initial || titled) {
            continue;
        }
        let connects = !matches!(words.at(next), "and" | "et" | "und")
            && (sentence.lexicon.language != Language::German || !lone);
        if connects && is_capital(sentence, words, next + 1) {
            next += 1;
        }
    }
    last
}

/// Which part of a run is a name, if any.
fn named(
    sentence: &Sentence<'_>,
    words: &Words,
    first: usize,
    last: usize,
    style: Style,
) -> Option<Span> {
    let known = |at: usize| {
        let word = words.at(at);
        [Section::Place, Section::FirstName, Section::Demonym]
            .iter()
            .any(|section| sentence.lexicon.has(*section, word))
            || words.phrase(sentence, at, Section::Place).is_some()
    };
    let any_known = (first..last).any(known);
    if style == Style::Many && !any_known {
        return None;
    }
    let begins = begins_sentence(sentence, words, first);
    if sentence.lexicon.language == Language::German {
        return german(sentence, words, first, last, any_known, begins);
    }
    if begins && !known(first) {
        // The first word is capitalised anyhow.
        let stop = sentence.lexicon.is_stop(words.at(first));
        let cue = [
            Section::Negation,
            Section::Modality,
            Section::Quantifier,
            Section::Hedge,
            Section::Number,
            Section::NumberWeak,
        ]
        .iter()
        .any(|section| sentence.lexicon.has(*section, words.at(first)));
        if last == first + 1 {
            let raw = words.all.get(first).map_or("", |word| sentence.raw(word.token));
            return (is_acronym(raw) && !stop).then_some(Span { first, last, sure: Sure::Yes });
        }
        if stop || cue {
            return (first + 1 < last).then_some(Span { first: first + 1, last, sure: Sure::Yes });
        }
    }
    Some(Span { first, last, sure: Sure::Yes })
}

/// Whether a word stands where every word gets a capital: first, or behind a mark that opens.
fn begins_sentence(sentence: &Sentence<'_>, words: &Words, at: usize) -> bool {
    let Some(word) = words.all.get(at) else { return false };
    let before = (0..word.token).rev().find(|before| {
        sentence.tokens.get(*before).is_some_and(|token| token.class != Class::Quote)
            && sentence.raw(*before) != "("
    });
    match before {
        None => true,
        Some(before) => match sentence.raw(before) {
            ":" | "." | "!" | "?" => true,
            raw => {
                let dash = raw.chars().all(|c| glyph(c) == Glyph::Dash);
                let parted = sentence
                    .tokens
                    .get(before)
                    .zip(sentence.tokens.get(before + 1))
                    .is_some_and(|(a, b)| a.end() < b.start());
                (dash && parted)
                    || (sentence
                        .tokens
                        .get(before)
                        .is_some_and(|token| token.class == Class::Number)
                        && before == 0)
            }
        },
    }
}

fn is_acronym(raw: &str) -> bool {
    raw.chars().count() >= 2 && raw.chars().all(|c| c.is_uppercase() || c.is_numeric())
}

/// German: lists, titles, two capitals in a row, acronyms, what bears an organisation's word; and,
/// as a weak name, a noun without the article that a noun would have.
fn german(
    sentence: &Sentence<'_>,
    words: &Words,
    first: usize,
    last: usize,
    any_known: bool,
    begins: bool,
) -> Option<Span> {
    let raw = |at: usize| words.all.get(at).map_or("", |word| sentence.raw(word.token));
    let has = |section: Section, at: usize| sentence.lexicon.has(section, words.at(at));
    let counted = |at: usize| COUNTED.iter().any(|section| has(*section, at));
    let skipped =
        |at: usize| counted(at) || (begins && at == first && !any_known && !is_acronym(raw(at)));
    let start = (first..last).find(|at| !skipped(*at))?;
    let before = (0..start).rev().find(|at| words.at(*at) != "\"");
    let led = before.is_some_and(|before| has(Section::Title, before));
    let acronym = (start..last).any(|at| is_acronym(raw(at)) && raw(at).chars().count() <= 6);
    let several = last - start >= 2;
    let titled = several
        && (start..last).any(|at| has(Section::Title, at) || has(Section::Organisation, at));
    let article = before.is_some_and(|before| is_determiner(words.at(before)));
    if any_known || acronym || led || titled || (several && !article && start == first) {
        return Some(Span { first: start, last, sure: Sure::Yes });
    }
    if several && article {
        // `im Hotel Bellerive`: what stands behind the noun says which one.
        return Some(Span { first: start + 1, last, sure: Sure::Yes });
    }
    let bare = before
        .is_some_and(|before| !article && !is_adjective(words.at(before)) && !counted(before));
    let sure = if is_common(words.at(start)) { Sure::Hardly } else { Sure::Beside };
    (bare && last == start + 1).then_some(Span { first: start, last, sure })
}

/// What is capitalised in German and counts.
const COUNTED: [Section; 5] =
    [Section::Number, Section::NumberWeak, Section::Unit, Section::Quantifier, Section::Month];

fn is_determiner(word: &str) -> bool {
    const BEGINNINGS: [&str; 12] = [
        "dies", "jen", "jed", "kein", "mein", "dein", "sein", "ihr", "unser", "euer", "welch",
        "solch",
    ];
    matches!(
        word,
        "der"
            | "die"
            | "das"
            | "den"
            | "dem"
            | "des"
            | "ein"
            | "eine"
            | "einen"
            | "einem"
            | "einer"
            | "eines"
            | "im"
            | "am"
            | "zum"
            | "zur"
            | "vom"
            | "beim"
            | "ins"
            | "ans"
    ) || BEGINNINGS.iter().any(|beginning| word.starts_with(beginning))
}

/// A small word with an ending that adjectives have before a noun.
fn is_adjective(word: &str) -> bool {
    let ending = ["en", "er", "es", "em", "e"].iter().any(|ending| word.ends_with(ending));
    word.chars().count() >= 5
        && ending
        && !matches!(
            word,
            "zwischen" | "gegen" | "neben" | "unter" | "hinter" | "wegen" | "erreichte"
        )
}

/// Whether a noun has an ending of plurals and of what cannot be counted, which go without article.
fn is_common(word: &str) -> bool {
    const ENDINGS: [&str; 22] = [
        "en", "er", "e", "n", "s", "ung", "heit", "keit", "schaft", "tion", "tät", "ismus", "ik",
        "nis", "tum", "ei", "ur", "anz", "enz", "ment", "aft", "ot",
    ];
    if word.ends_with("ien") && !PLURALS.iter().any(|plural| word.ends_with(plural)) {
        return false;
    }
    ENDINGS.iter().any(|ending| word.ends_with(ending))
        || word.chars().count() < 4
        || BARE.contains(&word)
}

/// Plurals that end like the name of a country.
const PLURALS: [&str; 22] = [
    "milien", "medien", "ferien", "sterien", "studien", "terien", "linien", "zipien", "bilien",
    "rialien", "demien", "kopien", "aktien", "serien", "teien", "gremien", "laien", "sortien",
    "pendien", "narien", "folien", "gien",
];

/// Nouns that stand without an article in fixed phrases.
const BARE: [&str; 40] = [
    "kraft", "haus", "hand", "bezug", "blick", "druck", "grund", "recht", "schutz", "wasser",
    "zugang", "bedarf", "beginn", "bord", "amt", "ort", "fuß", "anlass", "teil", "geld", "strom",
    "wert", "gewalt", "kritik", "angst", "glück", "platz", "zeit", "mal", "krieg", "stand",
    "gericht", "verbot", "streik", "protest", "verdacht", "verrat", "mord", "betrug", "gas",
];
