//! Compares two versions of a text: what changed, of which kind, how heavy, and what is form only.
//!
//! It knows texts, not files, and says nothing about who wrote them. What it calls a kind is
//! found by rules and word lists; it does not understand a sentence.
//!
//! ```text
//! blocks -> groups (same, similar, moved, split)    keys, bag, index, chain, gaps, blocks, groups
//! groups -> regions: sentences, tokens that stay    region, sentences, words
//! regions -> edits with kinds and weights           edits, lone, written, hunk, kinds, gain,
//!                                                   speech, spelling, quoted, boilerplate, weigh
//! what stays -> differences in form, the script     form, script
//! ```

mod bag;
mod blocks;
mod boilerplate;
mod chain;
mod edits;
mod form;
mod gain;
mod gaps;
mod groups;
mod hunk;
mod index;
mod keys;
mod kinds;
mod lone;
pub mod model;
mod quoted;
mod region;
mod rows;
mod script;
mod sentences;
mod side;
mod speech;
mod spelling;
mod weigh;
mod words;
mod written;

pub use model::{
    Change, Comparison, FactChange, Kind, Noise, NoiseKind, Op, Row, RowKind, Source, Span,
    Verdict, Weight,
};

use crate::text::Document;
use crate::text::lexicon::Language;
use crate::text::token::Vocabulary;
use side::Side;

/// Compares an old and a new text. Both are kept in the result.
pub fn compare(old: Document, new: Document) -> Comparison {
    if old.sha256() == new.sha256() {
        return same_bytes(old, new);
    }
    let language = language(&old, &new);
    let lexicon = language.lexicon();
    let mut vocabulary = Vocabulary::default();
    let (mut one, mut two) = (Side::new(&old), Side::new(&new));
    let found = region::regions(&mut one, &mut two, &mut vocabulary, lexicon);
    let coarse = found.coarse;
    let mut edits = edits::edits(&one, &two, found.all, &vocabulary, lexicon);
    let script = script::script(&one, &two, &mut edits);
    let rows = rows::rows(&one, &two, &edits);
    let edits::Edits { changes, noise, .. } = edits;
    let verdict = weigh::verdict(&changes, &noise);
    Comparison { old, new, verdict, changes, noise, rows, script, coarse }
}

/// The language of both texts together; English where it cannot be told.
fn language(old: &Document, new: &Document) -> Language {
    Language::of(&[old.text(), new.text()]).unwrap_or(Language::English)
}

fn same_bytes(old: Document, new: Document) -> Comparison {
    let whole = Span::new(0, new.text().len());
    let row = Row {
        kind: RowKind::Same,
        old: Some(whole),
        new: Some(whole),
        heading: false,
        boilerplate: false,
    };
    let empty = whole.is_empty();
    Comparison {
        verdict: Verdict::Identical,
        changes: Vec::new(),
        noise: Vec::new(),
        rows: if empty { Vec::new() } else { vec![row] },
        script: if empty { Vec::new() } else { vec![(whole, Source::Old(whole))] },
        coarse: false,
        old,
        new,
    }
}
