//! What the functions say where their cargo feature is off.

use super::Extracted;
use crate::text::TextError;

/// Says that HTML is not read.
///
/// # Errors
/// Always: this was built without the feature `html`.
#[cfg(not(feature = "html"))]
pub fn html(_: &str) -> Result<Extracted, TextError> {
    Err(TextError::Unsupported { what: "an HTML page (built without the feature `html`)" })
}

/// Says that PDF is not read.
///
/// # Errors
/// Always: this was built without the feature `pdf`.
#[cfg(not(feature = "pdf"))]
pub fn pdf(_: &[u8]) -> Result<Extracted, TextError> {
    Err(TextError::Unsupported { what: "a PDF document (built without the feature `pdf`)" })
}

/// Says that DOCX is not read.
///
/// # Errors
/// Always: this was built without the feature `docx`.
#[cfg(not(feature = "docx"))]
pub fn docx(_: &[u8]) -> Result<Extracted, TextError> {
    Err(TextError::Unsupported { what: "a DOCX document (built without the feature `docx`)" })
}
