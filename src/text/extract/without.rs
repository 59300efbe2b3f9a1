//! What the functions say where their cargo feature is off.

use super::Extracted;
use crate::text::TextError;

/// Says that HTML is not read.
///
/// # Errors
/// Always: this program was built without the feature `html`.
#[cfg(not(feature = "html"))]
pub fn html(_: &str) -> Result<Extracted, TextError> {
    Err(TextError::Unsupported {
        what: "HTML (and this program was built without the feature `html`)",
    })
}
