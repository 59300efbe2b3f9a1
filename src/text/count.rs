//! How many words a text has, counted as `wc -w` counts them.
//!
//! Eight bytes at a time, as one number, where none of them can begin a white space beyond ASCII; the
//! others one by one.

/// The highest bit of each of eight bytes.
const HIGH: u64 = 0x8080_8080_8080_8080;
/// The lowest bit of each of eight bytes.
const LOW: u64 = 0x0101_0101_0101_0101;

/// How many words stand between white space.
pub(crate) fn words_in(text: &str) -> usize {
    let mut counter = Counter { text, words: 0, blank: 0x80 };
    let (all, rest) = text.as_bytes().as_chunks::<8>();
    for (eight, at) in all.iter().zip((0..).step_by(8)) {
        counter.count(at, *eight);
    }
    // Blanks behind the end begin no word.
    let mut last = [b' '; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    counter.count(text.len() - rest.len(), last);
    usize::try_from(counter.words).unwrap_or(usize::MAX)
}

/// Whether a white space beyond ASCII can begin in eight bytes, or began before them.
fn needs_a_look(eight: [u8; 8]) -> bool {
    matches!(eight, [0x80..=0xbf, ..]) || eight.into_iter().any(begins_blank)
}

/// Whether a white space beyond ASCII can begin with a byte.
const fn begins_blank(byte: u8) -> bool {
    byte == 0xc2 || byte.wrapping_sub(0xe1) < 3
}

/// The highest bit of each byte that is a white space of ASCII: 0x20, or 0x09 to 0x0d. No sum
/// below reaches over into the next byte, because each byte is below 0x80 there.
const fn blanks(eight: u64) -> u64 {
    let low = eight & !HIGH;
    let no_space = (low ^ (LOW * 0x20)) + LOW * 0x7f;
    let from_tab = low + LOW * (0x80 - 0x09);
    let behind = low + LOW * (0x80 - 0x0e);
    (!no_space | (from_tab & !behind)) & !eight & HIGH
}

/// The words so far, and 0x80 where the last byte is a blank, 0 where it belongs to a word.
struct Counter<'a> {
    text: &'a str,
    words: u64,
    blank: u64,
}

impl Counter<'_> {
    /// Goes on with the bytes that stand at `from`.
    fn count(&mut self, from: usize, eight: [u8; 8]) {
        let number = u64::from_le_bytes(eight);
        if number & HIGH != 0 && needs_a_look(eight) {
            self.one_by_one(from, eight);
        } else {
            self.together(number);
        }
    }

    /// Bytes of which none begins a white space beyond ASCII: a word begins with each that is no
    /// blank behind one that is.
    fn together(&mut self, eight: u64) {
        let blank = blanks(eight);
        let begun = (blank << 8 | self.blank) & !blank;
        // The sum of eight bytes that are 1 or 0.
        self.words += (begun >> 7).wrapping_mul(LOW) >> 56;
        self.blank = blank >> 56;
    }

    /// Any bytes.
    fn one_by_one(&mut self, from: usize, eight: [u8; 8]) {
        for (at, byte) in (from..).zip(eight) {
            let blank = match byte {
                b' ' | b'\t'..=b'\r' => true,
                0xc2 | 0xe1..=0xe3 => {
                    let c = self.text.get(at..).and_then(|rest| rest.chars().next());
                    c.is_some_and(char::is_whitespace)
                }
                0x80..=0xbf => continue,
                _ => false,
            };
            self.words += u64::from(!blank && self.blank > 0);
            self.blank = if blank { 0x80 } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words_in;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_those_between_white_space(
            text in "[a\u{e9}\u{4e2d}\u{20}\u{a0}\u{85}\u{2009}\u{3000}\n\u{200b}\0\u{1f}\u{7f}\u{1f600}\r\u{b}]{0,60}",
            plain in "[a-c \n\t]{0,9}",
        ) {
            let text = [plain.as_str(), &text].concat();
            prop_assert_eq!(words_in(&text), text.split_whitespace().count());
        }
    }
}
