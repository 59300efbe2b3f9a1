//! Texts: bytes decoded into characters, and what a reader sees in them.
//!
//! A [`Document`] keeps the decoded text as it is, and for each place in it the offset in the
//! file. Nothing is corrected or guessed in silence: what was assumed is said.

pub mod extract;

/// How the bytes of a text were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// Its name in the Encoding Standard, in lower case: `utf-8`, `windows-1252`.
    pub name: &'static str,
    /// Whether a byte order mark stood in front.
    pub bom: bool,
    /// Whether it was guessed, because the bytes are no UTF-8 and nothing names the encoding.
    pub assumed: bool,
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
}

impl Document {
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

    /// Words as `wc -w` counts them: what stands between white space.
    pub fn words(&self) -> usize {
        self.text.split_whitespace().count()
    }

    /// The offset in the file for an offset into [`Self::text`]; for extracted texts the same
    /// number.
    pub fn original(&self, offset: usize) -> usize {
        offset
    }

    /// The line, counted from 1, in which an offset of [`Self::text`] lies.
    pub fn line(&self, offset: usize) -> usize {
        let end = offset.min(self.text.len());
        1 + self.text.as_bytes().iter().take(end).filter(|byte| **byte == b'\n').count()
    }
}
