//! Menus, banners, share buttons: text around a document that is not the document.
//!
//! Known by phrases, or because the extractor of HTML says so. A number, a date or a word that
//! turns the meaning is never taken for boilerplate, but for those that belong to a phrase (`3 min
//! read`, `© 2025`).

use super::Span;
use crate::text::Document;
use crate::text::extract::What;
use crate::text::lexicon::{Lexicon, Section, bare};

/// Longer stretches are text.
const LONGEST: usize = 600;
/// How many words may follow a phrase that anything may follow.
const LOOSE: usize = 1;

/// Whether a stretch of a document is boilerplate.
pub(super) fn is_boilerplate(document: &Document, span: Span, lexicon: &Lexicon) -> bool {
    is_known(document, span, lexicon, LOOSE)
}

/// The same, and every word belongs to a phrase.
pub(super) fn is_strictly(document: &Document, span: Span, lexicon: &Lexicon) -> bool {
    is_known(document, span, lexicon, 0)
}

fn is_known(document: &Document, span: Span, lexicon: &Lexicon, free: usize) -> bool {
    let marked = document.marks().iter().any(|mark| {
        mark.what == What::Boilerplate && mark.start <= span.start && span.end <= mark.end
    });
    let text = span.of(document.text());
    marked || (text.len() <= LONGEST && phrases(text, lexicon, free))
}

/// Whether a text is nothing but known phrases: every word of it belongs to one, or is a number
/// beside one.
fn phrases(text: &str, lexicon: &Lexicon, free: usize) -> bool {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let words: Vec<&str> =
        lower.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let number = |word: &str| word.chars().all(|c| c.is_ascii_digit());
    let mut at = 0;
    let mut known = false;
    while let Some(word) = words.get(at) {
        match longest(&words, at, lexicon) {
            Some((length, open)) => {
                known = true;
                at += length;
                at += if open {
                    loose(words.get(at..).unwrap_or_default(), lexicon, free)
                } else {
                    0
                };
            }
            None if number(word) && belongs(&words, at) => at += 1,
            None => return false,
        }
    }
    known
}

/// Whether a number belongs to a phrase: `3 min read`, `© 2025`.
fn belongs(words: &[&str], at: usize) -> bool {
    let after = words.get(at + 1).is_some_and(|word| word.starts_with("min"));
    let before = at.checked_sub(1).and_then(|at| words.get(at));
    after || before.is_some_and(|word| matches!(*word, "\u{a9}" | "copyright"))
}

/// How many words belong to an open phrase before them: up to the next phrase, none that is a
/// number or turns a meaning.
fn loose(words: &[&str], lexicon: &Lexicon, free: usize) -> usize {
    let plain = |word: &str| {
        !word.chars().any(|c| c.is_ascii_digit())
            && !lexicon.has(Section::Negation, word)
            && !lexicon.has(Section::Modality, word)
    };
    (0..words.len().min(free))
        .find(|at| {
            longest(words, *at, lexicon).is_some()
                || !words.get(*at).is_some_and(|word| plain(word))
        })
        .unwrap_or_else(|| words.len().min(free))
}

/// How many words the longest phrase covers that begins at a position, and whether anything may
/// follow it.
fn longest(words: &[&str], at: usize, lexicon: &Lexicon) -> Option<(usize, bool)> {
    let (first, rest) = words.get(at..)?.split_first()?;
    lexicon
        .boilerplate(first)
        .filter(|phrase| rest.get(..phrase.rest.len()).is_some_and(|rest| *rest == phrase.rest))
        .map(|phrase| (phrase.rest.len() + 1, phrase.open))
        .max_by_key(|(length, open)| (*length, !open))
}
