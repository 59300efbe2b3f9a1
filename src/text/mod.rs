//! Texts: bytes decoded into characters, and what a reader sees in them.
//!
//! A [`Document`] keeps the decoded text as it is, and for each place in it the offset in the
//! file. Nothing is corrected or guessed in silence: what was assumed is said.

pub mod block;
mod count;
mod decode;
pub mod extract;
pub mod fact;
pub mod fold;
pub mod lexicon;
mod markup;
mod names;
mod offsets;
pub mod sentence;
pub mod token;

use crate::{digest, limits};
pub(crate) use count::words_in;
use extract::{Extracted, Mark};

/// How the bytes of a text were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// Its name in the Encoding Standard, in lower case: `utf-8`, `windows-1252`.
    pub name: &'static str,
    /// Whether a byte order mark stood in front.
    pub bom: bool,
    /// Whether it was guessed, because the bytes are no UTF-8 and nothing names the encoding.
    pub assumed: bool,
    /// Byte sequences that mean nothing in it; each is shown as U+FFFD.
    pub malformed: usize,
}

impl Encoding {
    /// UTF-8 as it should be.
    pub const UTF_8: Self = Self { name: "utf-8", bom: false, assumed: false, malformed: 0 };
}

/// What kind of file the text came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text or Markdown: offsets are those of the file.
    Plain,
    /// HTML: offsets are those of the extracted text.
    Html,
    /// PDF: the same.
    Pdf,
    /// Office Open XML: the same.
    Docx,
}

/// What stops bytes from being read as a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// NUL bytes or other signs that this is no text.
    #[error("is no text: a byte {byte:#04x} stands at offset {offset}")]
    Binary {
        /// Where the byte is.
        offset: usize,
        /// Which one it is.
        byte: u8,
    },
    /// A format that is recognised and not read.
    #[error("is {what}, which is not read as text")]
    Unsupported {
        /// What it is, as a noun with its article.
        what: &'static str,
    },
    /// A document of a known format that cannot be taken apart.
    #[error("is {what} that cannot be read")]
    Malformed {
        /// What it claims to be, as a noun with its article.
        what: &'static str,
    },
    /// Past a stated bound.
    #[error("is larger than {most} bytes of text")]
    TooLarge {
        /// The bound.
        most: u64,
    },
}

/// One version of a text.
#[derive(Debug, Clone)]
pub struct Document {
    text: String,
    encoding: Encoding,
    format: Format,
    sha256: [u8; 32],
    offsets: offsets::Offsets,
    marks: Vec<Mark>,
    /// Where lines begin, the first left out.
    lines: Vec<usize>,
}

impl Document {
    /// Reads a file. Its name helps to tell the format; plain text is what nothing else is.
    ///
    /// # Errors
    ///
    /// What is no text, or of a format that is not read, is refused with the reason.
    pub fn read(bytes: &[u8], name: &[u8]) -> Result<Self, TextError> {
        let most = limits::TEXT_BYTES;
        if u64::try_from(bytes.len()).map_or(true, |length| length > most) {
            return Err(TextError::TooLarge { most });
        }
        let sha256 = digest::sha256(bytes);
        let format = extract::detect(bytes, name)?.unwrap_or(Format::Plain);
        let binary = |extracted: Extracted| (extracted, Encoding::UTF_8, offsets::Offsets::same(0));
        let (extracted, encoding, offsets) = match format {
            Format::Plain => {
                let decoded = decode::decode(bytes, None)?;
                let extracted = Extracted { text: decoded.text, marks: Vec::new() };
                (extracted, decoded.encoding, decoded.offsets)
            }
            Format::Html => {
                let decoded = decode::decode(bytes, extract::html_charset(bytes))?;
                (extract::html(&decoded.text)?, decoded.encoding, offsets::Offsets::same(0))
            }
            Format::Pdf => binary(extract::pdf(bytes)?),
            Format::Docx => binary(extract::docx(bytes)?),
        };
        let Extracted { text, marks } = extracted;
        if u64::try_from(text.len()).map_or(true, |length| length > most) {
            return Err(TextError::TooLarge { most });
        }
        let lines = line_starts(&text);
        Ok(Self { text, encoding, format, sha256, offsets, marks, lines })
    }

    /// The decoded text, unchanged but for a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How the bytes were read.
    pub const fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// What kind of file it was.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// SHA-256 of the bytes of the file.
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// What is known about stretches of an extracted text.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Words as `wc -w` counts them: what stands between white space. Counted at each call.
    pub fn words(&self) -> usize {
        words_in(&self.text)
    }

    /// The offset in the file for an offset into [`Self::text`]; for extracted texts the same
    /// number.
    pub fn original(&self, offset: usize) -> usize {
        self.offsets.original(offset)
    }

    /// The line, counted from 1, in which an offset of [`Self::text`] lies. Lines end at LF,
    /// CR LF or a lone CR.
    pub fn line(&self, offset: usize) -> usize {
        1 + self.lines.partition_point(|start| *start <= offset)
    }
}

/// The offsets at which lines begin, without the first.
fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let after = |at: &usize| !(bytes.get(*at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n'));
    memchr::memchr2_iter(b'\n', b'\r', bytes).filter(after).map(|at| at + 1).collect()
}

#[cfg(test)]
impl Document {
    /// A plain text, for tests; whatever is in it.
    pub(crate) fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            encoding: Encoding::UTF_8,
            format: Format::Plain,
            sha256: digest::sha256(text.as_bytes()),
            offsets: offsets::Offsets::same(0),
            marks: Vec::new(),
            lines: line_starts(text),
        }
    }
}
