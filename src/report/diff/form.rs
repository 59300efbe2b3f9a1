//! Differences in form, in words: what stood there, what stands there, and the words in which
//! something shows nothing.

use super::entries::excerpt;
use super::place::Place;
use super::view::View;
use crate::compare::{Comparison, Noise, NoiseKind, Span};
use crate::report::escape;

/// A word with characters in it that show nothing.
pub(super) struct Invisible<'a> {
    /// Which side has it, and where: what tells it from other words.
    at: (bool, Span),
    pub(super) word: &'a str,
    pub(super) place: Place,
}

/// The words with characters in them that show nothing, each once.
pub(super) fn invisible<'a>(view: &View<'a>) -> Vec<Invisible<'a>> {
    let mut words: Vec<Invisible<'_>> = Vec::new();
    let entries = view.comparison.noise.iter();
    for noise in entries.filter(|noise| noise.kind == NoiseKind::Invisible) {
        let word = Invisible::of(noise, view);
        if words.last().is_none_or(|last| last.at != word.at) {
            words.push(word);
        }
    }
    words
}

impl<'a> Invisible<'a> {
    fn of(noise: &Noise, view: &View<'a>) -> Self {
        let Comparison { old, new, .. } = view.comparison;
        let hidden = |span: Span, text| span.of(text).chars().any(escape::is_hidden);
        let in_old = hidden(noise.old, old.text());
        let in_new = hidden(noise.new, new.text()) || !in_old;
        let (text, span) = if in_new { (new.text(), noise.new) } else { (old.text(), noise.old) };
        let around = word_around(text, span);
        let place = Place {
            old: in_old.then(|| view.old_line(noise.old.start)),
            new: in_new.then(|| view.new_line(noise.new.start)),
            inside_move: false,
        };
        Self { at: (in_new, around), word: around.of(text), place }
    }
}

/// How many characters of a word are looked at on each side: some scripts part no words.
const REACH: usize = 40;

/// The word around a stretch, without the punctuation at its ends.
fn word_around(text: &str, span: Span) -> Span {
    let before = text.get(..span.start).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default();
    let within = |c: &char| !c.is_whitespace();
    let left = before.chars().rev().take(REACH).take_while(within);
    let right = after.chars().take(REACH).take_while(within);
    let start = before.len() - left.map(char::len_utf8).sum::<usize>();
    let end = span.end + right.map(char::len_utf8).sum::<usize>();
    let outside = |c: char| !c.is_alphanumeric() && !escape::is_hidden(c);
    let word = Span::new(start, end).of(text);
    let front = word.len() - word.trim_start_matches(outside).len();
    let shown = word.trim_end_matches(outside).len();
    Span::new((start + front).min(span.start), (start + shown).max(span.end))
}

/// A difference in form: where it is, what the old text has there, and the new one. Nothing in
/// it is hidden.
pub(super) fn sides(noise: &Noise, view: &View<'_>) -> (Place, String, String) {
    let place = Place {
        old: Some(view.old_line(noise.old.start)),
        new: Some(view.new_line(noise.new.start)),
        inside_move: false,
    };
    let old = form(noise.old.of(view.comparison.old.text()));
    let new = form(noise.new.of(view.comparison.new.text()));
    (place, old, new)
}

/// Text whose form matters: every blank but the plain one is written out.
fn form(text: &str) -> String {
    if text.is_empty() {
        return "(nothing)".to_owned();
    }
    if text.chars().all(|c| c == ' ') {
        return format!("\"{text}\"");
    }
    let long = text.split_whitespace().count() > 24;
    let text = if long { excerpt(text) } else { text.to_owned() };
    let mut out = String::new();
    for c in text.chars() {
        match c {
            ' ' => out.push(' '),
            c if c.is_whitespace() && !c.is_ascii() => out.extend(c.escape_unicode()),
            c => out.push_str(&escape::message(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}
