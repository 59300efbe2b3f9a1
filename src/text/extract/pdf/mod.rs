//! Text out of PDF: the words in the order in which the file draws them, put together again to
//! lines and paragraphs by where they stand.
//!
//! A PDF knows no paragraphs, so these are inferred from gaps and sizes; columns, tables and
//! right-to-left text come out in the order of drawing. Not read: forms' values, annotations,
//! text drawn as curves. What cannot be read is refused and never skipped: a font that does not
//! say which characters it shows, a damaged stream, a password, pages that are pictures only
//! where no page has text.

mod font;
mod layout;
mod page;
mod state;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{Document, LoadOptions};

use super::Extracted;
use crate::limits;
use crate::text::TextError;

const MALFORMED: TextError = TextError::Malformed { what: "a PDF document" };
const TOO_LARGE: TextError = TextError::TooLarge { most: limits::DOCUMENT_BYTES };
const NO_TEXT: TextError = TextError::Unsupported { what: "a PDF without text" };
const LOCKED: TextError = TextError::Unsupported { what: "a PDF that needs a password" };
const NO_CHARACTERS: TextError =
    TextError::Unsupported { what: "a PDF whose fonts do not say which characters they show" };

/// Takes the text out of a PDF.
///
/// # Errors
/// [`TextError::Unsupported`] for one without text (a scan), one that needs a password, or one
/// whose fonts do not name their characters; [`TextError::Malformed`] for a damaged one;
/// [`TextError::TooLarge`] past [`limits::DOCUMENT_BYTES`] or [`limits::PDF_STEPS`].
pub fn pdf(bytes: &[u8]) -> Result<Extracted, TextError> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limits::DOCUMENT_BYTES) {
        return Err(TOO_LARGE);
    }
    // The parser is somebody else's and has places that can panic: a panic is an unreadable
    // file, and nothing of its state is kept.
    catch_unwind(AssertUnwindSafe(|| read(bytes))).unwrap_or(Err(MALFORMED))
}

fn read(bytes: &[u8]) -> Result<Extracted, TextError> {
    let most = usize::try_from(limits::DOCUMENT_BYTES).unwrap_or(usize::MAX);
    let options = LoadOptions { max_decompressed_size: Some(most), ..LoadOptions::default() };
    let document =
        Document::load_mem_with_options(bytes, options).map_err(|error| refusal(&error))?;
    if document.trailer.has(b"Encrypt") {
        return Err(LOCKED);
    }
    if document.xref_recovery.is_some() {
        return Err(MALFORMED);
    }
    let read = page::pages(&document)?;
    if read.shown == 0 {
        return Err(NO_TEXT);
    }
    // Few unknown characters are shown as U+FFFD; many mean that the text is not to be had.
    if read.unknown.saturating_mul(20) > read.shown {
        return Err(NO_CHARACTERS);
    }
    Ok(layout::lay_out(&read.pages))
}

const fn refusal(error: &lopdf::Error) -> TextError {
    use lopdf::Error::{Decryption, InvalidPassword, UnsupportedSecurityHandler};
    let locked = matches!(error, InvalidPassword | Decryption(_) | UnsupportedSecurityHandler(_));
    if locked { LOCKED } else { MALFORMED }
}
