//! BagIt: `bagit.txt`, the manifests and `fetch.txt` of a bag (RFC 8493, and the drafts 0.93 to
//! 0.97 before it), read as bytes; the bag itself is checked in `verify`.
//!
//! More is refused than RFC 8493 asks: names that leave the bag on any system, not just on this
//! one (drive letters, UNC, `~`, `%VAR%`, `..` behind a backslash). Less is refused in two
//! places, because bags in use have it: blank lines and `#` comments in manifests.

mod encoding;
mod error;
mod lines;

pub use encoding::Encoding;
pub use error::{BagError, NameError};
pub use lines::{FetchLine, Line, read_fetch, read_payload, read_tags};

/// Largest `bagit.txt`, in bytes; its two lines need less than a hundred.
pub const DECLARATION_BYTES: u64 = 4 << 10;

/// What `bagit.txt` declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration {
    /// Major and minor number of the version.
    pub version: (u32, u32),
    /// How the other tag files are encoded.
    pub encoding: Encoding,
}

impl Declaration {
    /// Whether the rules of RFC 8493 hold, and not those of a draft before it.
    pub fn is_final(&self) -> bool {
        self.version >= (1, 0)
    }

    /// Reads `bagit.txt` (RFC 8493 section 2.1.1): two lines in this order, UTF-8 without BOM.
    /// Lines end with LF, CR or CRLF, the last perhaps with none; white space at the end of a
    /// line is dropped, and before version 1.0 white space before the colon as well.
    ///
    /// # Errors
    /// [`BagError`]: malformed, or a version or encoding that is not supported.
    pub fn read(bytes: &[u8]) -> Result<Self, BagError> {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            return Err(BagError::Bom);
        }
        let text =
            std::str::from_utf8(bytes).map_err(|_| BagError::NotEncoded { name: "UTF-8" })?;
        let mut lines = lines::split(text.as_bytes());
        let (Some(first), Some(second), None) = (lines.next(), lines.next(), lines.next()) else {
            return Err(BagError::TwoLines);
        };
        let (label_is_bare, number) = value(first, b"BagIt-Version").ok_or(BagError::Version)?;
        let version = version(number).ok_or(BagError::Version)?;
        if !matches!(version, (0, 93..=97) | (1, 0)) {
            return Err(BagError::UnsupportedVersion { major: version.0, minor: version.1 });
        }
        let (bare, name) =
            value(second, b"Tag-File-Character-Encoding").ok_or(BagError::EncodingLine)?;
        if version >= (1, 0) && !(bare && label_is_bare) {
            return Err(BagError::SpaceBeforeColon);
        }
        let encoding = Encoding::parse(name).ok_or(BagError::UnsupportedEncoding)?;
        Ok(Self { version, encoding })
    }
}

/// The value of a `Label: value` line, and whether the colon follows the label at once.
fn value<'a>(line: &'a [u8], label: &[u8]) -> Option<(bool, &'a [u8])> {
    let rest = line.strip_prefix(label)?;
    let after = rest.trim_ascii_start().strip_prefix(b":")?;
    let value = after.trim_ascii();
    let spaced = after.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
    (spaced && !value.is_empty()).then_some((rest.starts_with(b":"), value))
}

fn version(text: &[u8]) -> Option<(u32, u32)> {
    let (major, minor) = std::str::from_utf8(text).ok()?.split_once('.')?;
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    Some((number(major)?, number(minor)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_two_lines() {
        let read = |text: &str| Declaration::read(text.as_bytes());
        let good = Declaration { version: (1, 0), encoding: Encoding::Utf8 };
        for text in [
            "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "BagIt-Version: 1.0\r\nTag-File-Character-Encoding: utf-8",
            "BagIt-Version:\t1.0 \rTag-File-Character-Encoding: UTF-8\r",
        ] {
            assert_eq!(read(text), Ok(good), "{text:?}");
        }
        assert!(read("BagIt-Version : 0.97\nTag-File-Character-Encoding : UTF-16\n").is_ok());
        let table = [
            ("", BagError::TwoLines),
            ("BagIt-Version: 1.0\n", BagError::TwoLines),
            ("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n\n", BagError::TwoLines),
            ("\u{feff}BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", BagError::Bom),
            ("BagIt-Version: .97\nTag-File-Character-Encoding: UTF-8\n", BagError::Version),
            ("BagIt-Version: +1.0\nTag-File-Character-Encoding: UTF-8\n", BagError::Version),
            ("BagIt-Version:1.0\nTag-File-Character-Encoding: UTF-8\n", BagError::Version),
            ("Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n", BagError::Version),
            ("BagIt-Version: 1.0\nTag-File-Character-Encoding:\n", BagError::EncodingLine),
            (
                "BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n",
                BagError::SpaceBeforeColon,
            ),
            (
                "BagIt-Version: 1.0\nTag-File-Character-Encoding: EBCDIC\n",
                BagError::UnsupportedEncoding,
            ),
            (
                "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n",
                BagError::UnsupportedVersion { major: 2, minor: 0 },
            ),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), Err(expected), "{text:?}");
        }
    }
}
