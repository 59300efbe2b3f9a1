//! Text out of HTML: what a reader sees, in the order of the document.
//!
//! Left out: scripts, styles, comments, templates, the page's `title`, the text for pictures, what
//! is hidden by an attribute or its own `style`. Style sheets are not read, so what they hide or
//! add is not known; bullets and numbers of lists are not written. Boilerplate is marked, not
//! removed. Links are given as they stand in the page, not resolved.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "of a hundred elements a rule is about three; a new one is like the others"
)]

mod attributes;
mod boilerplate;
mod page;
mod render;
mod tag;
#[cfg(test)]
mod tests;
mod tree;

use super::Extracted;
use crate::limits;
use crate::text::TextError;

/// Takes the text out of a page.
///
/// # Errors
/// [`TextError::TooLarge`] past [`limits::DOCUMENT_BYTES`]. No page is malformed: browsers show
/// every one.
pub fn html(text: &str) -> Result<Extracted, TextError> {
    let most = limits::DOCUMENT_BYTES;
    if u64::try_from(text.len()).is_ok_and(|length| length > most) {
        return Err(TextError::TooLarge { most });
    }
    Ok(render::render(&tree::read(text)))
}
