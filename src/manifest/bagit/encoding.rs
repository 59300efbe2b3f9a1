//! The encodings of tag files: from bytes to UTF-8, whole files, nothing replaced.

use super::BagError;
use std::borrow::Cow;

/// An encoding that `bagit.txt` may declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 3629; a BOM is dropped.
    Utf8,
    /// ASCII.
    Ascii,
    /// ISO/IEC 8859-1 with its control characters.
    Latin1,
    /// RFC 2781, with its BOM.
    Utf16,
    /// RFC 2781, big-endian without BOM.
    Utf16Be,
    /// RFC 2781, little-endian without BOM.
    Utf16Le,
}

impl Encoding {
    /// Reads a name of the IANA registry, either case.
    pub fn parse(name: &[u8]) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_slice() {
            b"UTF-8" | b"UTF8" => Self::Utf8,
            b"US-ASCII" | b"ASCII" => Self::Ascii,
            b"ISO-8859-1" | b"ISO_8859-1" | b"LATIN1" => Self::Latin1,
            b"UTF-16" => Self::Utf16,
            b"UTF-16BE" => Self::Utf16Be,
            b"UTF-16LE" => Self::Utf16Le,
            _ => return None,
        })
    }

    /// The name in the IANA registry.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Ascii => "US-ASCII",
            Self::Latin1 => "ISO-8859-1",
            Self::Utf16 => "UTF-16",
            Self::Utf16Be => "UTF-16BE",
            Self::Utf16Le => "UTF-16LE",
        }
    }

    /// The same text in UTF-8.
    ///
    /// # Errors
    /// [`BagError::NotEncoded`] when the bytes are not of this encoding, or are UTF-16 of which
    /// nothing says the order.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, [u8]>, BagError> {
        let text = match self {
            Self::Utf8 => {
                let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
                std::str::from_utf8(bytes).ok().map(|_| Cow::Borrowed(bytes))
            }
            Self::Ascii => bytes.is_ascii().then_some(Cow::Borrowed(bytes)),
            Self::Latin1 => Some(latin1(bytes)),
            Self::Utf16 => match bytes.split_first_chunk() {
                Some((b"\xff\xfe", rest)) => utf16(rest, u16::from_le_bytes),
                Some((b"\xfe\xff", rest)) => utf16(rest, u16::from_be_bytes),
                Some(_) | None => None,
            },
            Self::Utf16Be => utf16(bytes, u16::from_be_bytes),
            Self::Utf16Le => utf16(bytes, u16::from_le_bytes),
        };
        text.ok_or(BagError::NotEncoded { name: self.name() })
    }
}

fn latin1(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.is_ascii() {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect::<String>().into_bytes())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Cow<'static, [u8]>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
    text.filter(|_| rest.is_empty()).map(|text| Cow::Owned(text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_utf8() {
        let table: [(&str, &[u8], Option<&str>); 14] = [
            ("utf-8", b"\xc3\xa9", Some("é")),
            ("UTF-8", b"\xef\xbb\xbfa", Some("a")),
            ("UTF-8", b"\xe9", None),
            ("ISO-8859-1", b"\xe9", Some("é")),
            ("US-ASCII", b"a", Some("a")),
            ("US-ASCII", b"\xe9", None),
            ("UTF-16", b"\xff\xfea\0", Some("a")),
            ("UTF-16", b"\xfe\xff\0a", Some("a")),
            ("UTF-16", b"a\0", None),
            ("UTF-16", b"", None),
            ("UTF-16LE", b"a\0b", None),
            ("UTF-16LE", b"\x3d\xd8\0\xde", Some("😀")),
            ("UTF-16LE", b"\x3d\xd8a\0", None),
            ("UTF-16BE", b"\0\xe9", Some("é")),
        ];
        for (name, bytes, expected) in table {
            let encoding = Encoding::parse(name.as_bytes()).expect("known");
            let text = encoding.decode(bytes).ok();
            assert_eq!(text.as_deref(), expected.map(str::as_bytes), "{name} {bytes:?}");
        }
        assert_eq!(Encoding::parse(b"UTF-7"), None);
    }
}
