//! Text out of documents that are no plain text: HTML, PDF, DOCX.
//!
//! What comes out is plain text with paragraphs parted by an empty line, and marks that say what
//! a stretch is. Offsets are those of the extracted text.
//!
//! Each format stands behind a cargo feature of its name; without it, its function says
//! [`TextError::Unsupported`](super::TextError::Unsupported). Nothing here opens files, and nothing is guessed: what cannot be
//! read as text is an error.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::as_conversions))]

mod charset;
mod detect;
#[cfg(feature = "docx")]
mod docx;
#[cfg(feature = "html")]
mod html;
#[cfg(feature = "pdf")]
mod pdf;
#[cfg(not(all(feature = "html", feature = "docx", feature = "pdf")))]
mod without;
#[cfg(any(feature = "html", feature = "docx", feature = "pdf"))]
#[cfg_attr(
    not(all(feature = "html", feature = "docx")),
    allow(dead_code, reason = "no format needs all of it")
)]
mod writer;

pub use charset::html_charset;
pub use detect::detect;
#[cfg(feature = "docx")]
pub use docx::docx;
#[cfg(feature = "html")]
pub use html::html;
#[cfg(feature = "pdf")]
pub use pdf::pdf;
#[cfg(not(feature = "docx"))]
pub use without::docx;
#[cfg(not(feature = "html"))]
pub use without::html;
#[cfg(not(feature = "pdf"))]
pub use without::pdf;

/// Text taken out of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extracted {
    /// The text; paragraphs are parted by an empty line.
    pub text: String,
    /// What is known about stretches of it, in ascending order of their start.
    pub marks: Vec<Mark>,
}

/// Something known about a stretch of extracted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
    /// What it is.
    pub what: What,
}

/// What a stretch of extracted text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A menu, banner, footer, share button: not the document itself.
    Boilerplate,
    /// A heading.
    Heading,
    /// An item of a list.
    ListItem,
    /// A quoted block.
    Quote,
    /// The caption of a picture or table.
    Caption,
    /// A link, and where it leads.
    Link(String),
}
