//! The lines of a list, borrowed one after the other and bounded in length.

use super::ManifestError;
use crate::limits;

/// One line without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u64,
    /// The bytes before the end byte.
    pub(super) text: &'a [u8],
    /// Whether the end byte was there.
    pub(super) ended: bool,
}

/// The lines of some bytes, in order; an empty rest is no line.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: u64,
    end: u8,
}

impl<'a> Lines<'a> {
    /// The lines of `bytes`, each ended by the byte `end`.
    ///
    /// # Errors
    /// [`ManifestError::TooLarge`] past [`limits::MANIFEST_BYTES`].
    pub(super) fn new(bytes: &'a [u8], end: u8) -> Result<Self, ManifestError> {
        let limit = limits::MANIFEST_BYTES;
        if u64::try_from(bytes.len()).map_or(true, |length| length > limit) {
            return Err(ManifestError::TooLarge { limit });
        }
        Ok(Self { rest: bytes, number: 0, end })
    }

    fn cut(&mut self) -> (&'a [u8], bool) {
        match find(self.rest, self.end) {
            Some(at) => {
                let (text, rest) = self.rest.split_at(at);
                self.rest = rest.get(1..).unwrap_or_default();
                (text, true)
            }
            None => (std::mem::take(&mut self.rest), false),
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Line<'a>, ManifestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.number = self.number.saturating_add(1);
        let (text, ended) = self.cut();
        let (line, limit) = (self.number, limits::MANIFEST_LINE);
        if text.len() > limit {
            return Some(Err(ManifestError::LineTooLong { line, limit }));
        }
        Some(Ok(Line { number: line, text, ended }))
    }
}

/// Where `byte` stands first. Whole blocks are compared without a branch a byte, so that the
/// compiler makes one instruction of many: lists have hundreds of megabytes.
pub(super) fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    const BLOCK: usize = 32;
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let before = blocks.iter().take_while(|block| !has_any(*block, |other| other == byte)).count();
    let start = before.saturating_mul(BLOCK);
    let rest = bytes.get(start..)?;
    rest.iter().position(|&other| other == byte).and_then(|at| start.checked_add(at))
}

/// Whether `is` holds for any byte, looked at all the same, for the reason given at [`find`].
pub(super) fn has_any(bytes: &[u8], is: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |any, &byte| any | is(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_wherever_it_stands() {
        for length in 0..100 {
            assert_eq!(find(&vec![0; length], 1), None);
            for at in 0..length {
                let mut bytes = vec![0; length];
                bytes[at..].fill(1);
                assert_eq!(find(&bytes, 1), Some(at));
                assert!(has_any(&bytes, |byte| byte == 1));
            }
        }
    }

    #[test]
    fn lines_are_counted_and_bounded() {
        let lines: Vec<_> = Lines::new(b"a\n\nb", b'\n').unwrap().map(Result::unwrap).collect();
        let seen: Vec<_> = lines.iter().map(|l| (l.number, l.text, l.ended)).collect();
        assert_eq!(seen, [(1, &b"a"[..], true), (2, b"", true), (3, b"b", false)]);
        let mut long = b"a\n".to_vec();
        long.resize(limits::MANIFEST_LINE + 3, b'b');
        let error = Lines::new(&long, b'\n').unwrap().nth(1).unwrap().unwrap_err();
        assert_eq!(error, ManifestError::LineTooLong { line: 2, limit: limits::MANIFEST_LINE });
        assert_eq!(Lines::new(b"", 0).unwrap().count(), 0);
    }
}
