//! What stands inside quotation marks.

use super::region::Part;
use crate::text::fold::{Glyph, glyph};
use crate::text::token::{Class, Token};

/// For each token of a part, whether it is quoted. A mark opens when none is open; the end of a
/// block closes. Single marks count only in blocks without double ones.
pub(super) fn quoted(text: &str, part: &Part) -> Vec<bool> {
    let mut inside = vec![false; part.tokens.len()];
    for (at, start) in part.starts.iter().enumerate() {
        let end = part.starts.get(at + 1).copied().unwrap_or(part.tokens.len());
        let tokens = part.tokens.get(*start..end).unwrap_or_default();
        let double = tokens.iter().any(|token| is_double(text, token));
        let mut open = false;
        for (token, place) in tokens.iter().zip(*start..) {
            let mark = if double { is_double(text, token) } else { is_single(text, token, open) };
            if mark {
                open = !open;
            } else if let Some(slot) = inside.get_mut(place) {
                *slot = open;
            }
        }
    }
    inside
}

/// A double quotation mark of any form.
pub(super) fn is_double(text: &str, token: &Token) -> bool {
    token.class == Class::Quote
        && (token.of(text).chars().count() > 1
            || token.of(text).chars().all(|c| glyph(c) == Glyph::Quote))
}

/// A single mark that opens (behind a blank) or closes (before one).
fn is_single(text: &str, token: &Token, open: bool) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let before = text.get(..token.start()).and_then(|text| text.chars().next_back());
    let after = text.get(token.end()..).and_then(|text| text.chars().next());
    token.class == Class::Quote
        && if open { !letter(after) } else { !letter(before) && letter(after) }
}
