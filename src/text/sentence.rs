//! Sentences: where a block of tokens falls into statements.
//!
//! The rules are those of UAX 29 on unwrapped text, with joins: abbreviations, initials, numbers
//! of items and days, a lower-case continuation, an open quotation mark. What kind of white space
//! stands behind a full stop makes no difference.

use super::fold::{Glyph, glyph};
use super::lexicon::{Language, Lexicon, Section};
use super::token::{Class, Token, Vocabulary};
use std::ops::Range;

/// The sentences of a block, as ranges of its tokens; together they are all of them.
pub fn sentences(
    text: &str,
    tokens: &[Token],
    vocabulary: &Vocabulary,
    lexicon: &Lexicon,
) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while at < tokens.len() {
        let behind = closed(text, tokens, at);
        let place = Place { from, at, behind };
        if ends(text, tokens, place, vocabulary, lexicon) {
            found.push(from..behind);
            from = behind;
        }
        at = behind.max(at + 1);
    }
    if from < tokens.len() {
        found.push(from..tokens.len());
    }
    found
}

/// A mark that may end a sentence: where the sentence began, the mark, and what is behind the
/// quotation marks and brackets that close it.
#[derive(Clone, Copy)]
struct Place {
    from: usize,
    at: usize,
    behind: usize,
}

fn raw<'a>(text: &'a str, tokens: &[Token], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.of(text))
}

/// Behind the quotation marks and brackets that close what ends with token `at`.
fn closed(text: &str, tokens: &[Token], at: usize) -> usize {
    let mut behind = at + 1;
    while let (Some(last), Some(next)) = (tokens.get(behind - 1), tokens.get(behind)) {
        let touches = !gap(text, last, next).chars().any(|c| glyph(c) == Glyph::Space);
        let closing = next.class == Class::Quote || matches!(next.of(text), ")" | "]");
        if !(touches && closing) {
            break;
        }
        behind += 1;
    }
    behind
}

fn gap<'a>(text: &'a str, last: &Token, next: &Token) -> &'a str {
    text.get(last.end()..next.start()).unwrap_or_default()
}

/// Whether a sentence ends there.
fn ends(
    text: &str,
    tokens: &[Token],
    Place { from, at, behind }: Place,
    vocabulary: &Vocabulary,
    lexicon: &Lexicon,
) -> bool {
    let mark = raw(text, tokens, at);
    if matches!(mark, "\u{3002}" | "\u{ff01}" | "\u{ff1f}") {
        return true;
    }
    if !matches!(mark, "." | "!" | "?" | "..." | "\u{2026}") {
        return false;
    }
    let (Some(last), Some(next)) = (tokens.get(behind - 1), tokens.get(behind)) else {
        return true;
    };
    let parted = gap(text, last, next).chars().any(|c| glyph(c) == Glyph::Space);
    let begins = begins_sentence(text, tokens, behind);
    if !parted {
        return mark == "." && begins && long_word(text, tokens, at) && next.class == Class::Word;
    }
    begins && !(mark == "." && goes_on(text, tokens, from, at, vocabulary, lexicon))
}

/// Whether a small word, no initial and no abbreviation, stands before the full stop.
fn long_word(text: &str, tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1)
        .map(|before| raw(text, tokens, before))
        .is_some_and(|word| word.chars().count() > 2 && word.chars().all(char::is_lowercase))
}

/// Whether what stands at `at` can begin a sentence: anything but a small letter.
fn begins_sentence(text: &str, tokens: &[Token], at: usize) -> bool {
    let word = (at..at + 3).map(|at| raw(text, tokens, at)).find(|raw| {
        raw.chars()
            .next()
            .is_some_and(|c| glyph(c) != Glyph::Quote && glyph(c) != Glyph::Apostrophe)
    });
    word.and_then(|word| word.chars().next())
        .is_some_and(|c| !c.is_lowercase() && !",;:)".contains(c))
}

/// Whether the full stop at `at` belongs to an abbreviation, an initial, the number of an item or
/// of a day.
fn goes_on(
    text: &str,
    tokens: &[Token],
    from: usize,
    at: usize,
    vocabulary: &Vocabulary,
    lexicon: &Lexicon,
) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| tokens.get(before)) else { return true };
    let folded = vocabulary.folded(before.id);
    match before.class {
        Class::Word => {
            folded.chars().count() == 1 || lexicon.is_abbreviation(&format!("{folded}."))
        }
        Class::Number => {
            let first = at == from + 1 || item_number(text, tokens, at);
            let next = tokens.get(at + 1).map_or("", |next| vocabulary.folded(next.id));
            // `die 2. Kammer`
            let led = at.checked_sub(2).and_then(|at| tokens.get(at)).is_some_and(|token| {
                lexicon.language == Language::German && lexicon.is_stop(vocabulary.folded(token.id))
            });
            folded.len() <= 3 && (first || led || lexicon.has(Section::Month, next))
        }
        Class::Quote | Class::Dash | Class::Url | Class::Sign => false,
    }
}

/// Whether the number before token `at` stands behind the mark that ends a sentence or opens a
/// list, and so numbers an item.
fn item_number(text: &str, tokens: &[Token], at: usize) -> bool {
    at.checked_sub(2).is_some_and(|before| {
        matches!(raw(text, tokens, before), ":" | ";" | "(")
            || tokens.get(before).is_some_and(|token| token.class == Class::Dash)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::token;

    fn parts(text: &str, language: Language) -> Vec<String> {
        let mut vocabulary = Vocabulary::default();
        let tokens = token::tokens(text, 0, text.len(), &mut vocabulary);
        sentences(text, &tokens, &vocabulary, language.lexicon())
            .into_iter()
            .map(|range| {
                let (first, last) = (&tokens[range.start], &tokens[range.end - 1]);
                text[first.start()..last.end()].to_owned()
            })
            .collect()
    }

    #[test]
    fn english() {
        for (text, want) in [
            ("One. Two.", &["One.", "Two."][..]),
            (
                "Mr. Lane met the U.S. Senate. It rose.",
                &["Mr. Lane met the U.S. Senate.", "It rose."],
            ),
            (
                "He said: \u{201c}Go.\u{201d} They went.",
                &["He said: \u{201c}Go.\u{201d}", "They went."],
            ),
            ("\"Why?\" he asked. None.", &["\"Why?\" he asked.", "None."]),
            ("See no. 5 and p. 7. End", &["See no. 5 and p. 7.", "End"]),
            ("1. First thing. 2. Second.", &["1. First thing.", "2. Second."]),
            ("non-refundable.You give.", &["non-refundable.", "You give."]),
            ("He paused... and went on.", &["He paused... and went on."]),
            ("a b c", &["a b c"]),
        ] {
            assert_eq!(parts(text, Language::English), want, "{text}");
        }
    }
}
