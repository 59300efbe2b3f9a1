//! The encoding inside OpenSSH's keys, signatures and agent messages (RFC 4251 section 5):
//! big-endian numbers, and strings with their length in four bytes before them.

use crate::finding::{Code, Coded};

/// Why the bytes are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// They end before what they announce.
    #[error("it ends too early")]
    Truncated,
    /// More bytes follow.
    #[error("bytes follow its end")]
    Trailing,
    /// A field of fixed length has another one.
    #[error("a field of the wrong length")]
    Length,
    /// A number is negative, not minimal, or wider than 256 bits.
    #[error("a number that is negative, not minimal or too long")]
    Number,
    /// A text is not UTF-8, or holds a NUL.
    #[error("a text that is not UTF-8 or holds a NUL")]
    Text,
}

impl Coded for WireError {
    fn code(&self) -> Code {
        Code::Malformed
    }
}

/// Reads fields off the front of some bytes.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Begins at the front of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `count` bytes, without a length before them.
    ///
    /// # Errors
    /// [`WireError::Truncated`] when there are fewer.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`WireError::Truncated`] at the end.
    pub fn byte(&mut self) -> Result<u8, WireError> {
        let (byte, rest) = self.rest.split_first().ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(*byte)
    }

    /// A number of four bytes, big-endian.
    ///
    /// # Errors
    /// [`WireError::Truncated`] when there are fewer.
    pub fn u32(&mut self) -> Result<u32, WireError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*bytes))
    }

    /// A string: its length as [`Self::u32`], then that many bytes of any value.
    ///
    /// # Errors
    /// [`WireError::Truncated`] when there are fewer than announced.
    pub fn string(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.u32()?;
        self.take(usize::try_from(length).map_err(|_| WireError::Truncated)?)
    }

    /// A string of exactly `N` bytes.
    ///
    /// # Errors
    /// [`WireError::Length`] for another length, [`WireError::Truncated`] as [`Self::string`].
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], WireError> {
        self.string()?.try_into().map_err(|_| WireError::Length)
    }

    /// A string that is UTF-8 without NUL.
    ///
    /// # Errors
    /// [`WireError::Text`] for other bytes, [`WireError::Truncated`] as [`Self::string`].
    pub fn text(&mut self) -> Result<&'a str, WireError> {
        let text = std::str::from_utf8(self.string()?).map_err(|_| WireError::Text)?;
        (!text.contains('\0')).then_some(text).ok_or(WireError::Text)
    }

    /// An `mpint` (RFC 4251 section 5) that is zero or positive, as 256 bits, big-endian.
    ///
    /// # Errors
    /// [`WireError::Number`] for a negative, wider or not minimal one.
    pub fn number(&mut self) -> Result<[u8; 32], WireError> {
        let magnitude = match self.string()? {
            [0, rest @ ..] if rest.first().is_some_and(|&first| first >= 0x80) => rest,
            [0 | 0x80..=0xff, ..] => return Err(WireError::Number),
            all => all,
        };
        let mut number = [0; 32];
        let start = number.len().checked_sub(magnitude.len()).ok_or(WireError::Number)?;
        number.get_mut(start..).ok_or(WireError::Number)?.copy_from_slice(magnitude);
        Ok(number)
    }

    /// The bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`WireError::Trailing`] when bytes are left.
    pub fn done(self) -> Result<(), WireError> {
        if self.rest.is_empty() { Ok(()) } else { Err(WireError::Trailing) }
    }
}

/// Appends a string with its length. Callers bound `bytes`; past 4 GiB, which four bytes
/// cannot count, it is cut to what the length says.
pub fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    let counted = usize::try_from(length).unwrap_or(usize::MAX);
    out.extend_from_slice(bytes.get(..counted).unwrap_or(bytes));
}

/// Appends a number of 256 bits as a positive, minimal `mpint`.
pub fn put_number(out: &mut Vec<u8>, number: &[u8; 32]) {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let magnitude = number.get(zeros..).unwrap_or_default();
    let sign: &[u8] =
        if magnitude.first().is_some_and(|&first| first >= 0x80) { &[0] } else { &[] };
    put_string(out, &[sign, magnitude].concat());
}

/// The strings one after the other, each with its length.
pub fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        put_string(&mut out, part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bytes: &[u8]) -> Result<[u8; 32], WireError> {
        Reader::new(&strings(&[bytes])).number()
    }

    #[test]
    fn numbers_have_one_encoding() {
        let long = [0x7f; 33];
        let long_signed = [&[0][..], &[0x80; 33]].concat();
        let bad: [&[u8]; 7] = [&[0], &[0, 0], &[0, 1], &[0x80], &[0xff, 1], &long, &long_signed];
        for bytes in bad {
            assert_eq!(number(bytes), Err(WireError::Number), "{}", bytes.escape_ascii());
        }
        for good in [&[][..], &[1], &[0, 0x80], &[0x7f; 32], &[1, 0]] {
            let mut written = Vec::new();
            put_number(&mut written, &number(good).unwrap());
            assert_eq!(written.get(4..), Some(good));
        }
        assert!(number(&[&[0][..], &[0xff; 32]].concat()).is_ok());
    }

    #[test]
    fn texts_are_utf_8_without_nul() {
        assert_eq!(Reader::new(&[0, 0, 0, 1, 0]).text(), Err(WireError::Text));
        assert_eq!(Reader::new(&[0, 0, 0, 1, 0xff]).text(), Err(WireError::Text));
        assert_eq!(Reader::new(&[0, 0, 0, 1, b'a']).text(), Ok("a"));
    }

    #[test]
    fn reads_what_was_written_and_nothing_more() {
        let mut bytes = strings(&[b"ab", b""]);
        bytes.extend_from_slice(&[7, 0, 0, 1, 0]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.string(), Ok(b"ab".as_slice()));
        assert_eq!(reader.string(), Ok(b"".as_slice()));
        assert_eq!(reader.byte(), Ok(7));
        assert_eq!(reader.clone().done(), Err(WireError::Trailing));
        assert_eq!(reader.u32(), Ok(256));
        assert_eq!(reader.byte(), Err(WireError::Truncated));
        assert_eq!(reader.done(), Ok(()));
    }

    #[test]
    fn hostile_lengths_are_refused() {
        for bytes in [&b""[..], b"\0\0\0", b"\0\0\0\x01", b"\xff\xff\xff\xffabc", b"\0\0\0\x04abc"]
        {
            assert_eq!(Reader::new(bytes).string(), Err(WireError::Truncated), "{bytes:?}");
        }
        assert_eq!(Reader::new(b"\0\0\0\x01a").array::<2>(), Err(WireError::Length));
    }
}
