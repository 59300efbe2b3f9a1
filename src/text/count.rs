//! How many words a text has, counted as `wc -w` counts them.
//!
//! Sixty-four bytes at a time where none of them can begin a white space beyond ASCII, which a
//! compiler turns into vector instructions; the others one by one.

/// Bytes that are looked at together; fewer than 256, so that a byte can count them.
const AT_ONCE: usize = 64;

/// How many words stand between white space.
pub(crate) fn words_in(text: &str) -> usize {
    let mut counter = Counter { text, words: 0, inside: false };
    let (chunks, rest) = text.as_bytes().as_chunks::<AT_ONCE>();
    for (chunk, at) in chunks.iter().zip((0..).step_by(AT_ONCE)) {
        counter.count(at, chunk);
    }
    if !rest.is_empty() {
        // Blanks behind the end begin no word.
        let mut last = [b' '; AT_ONCE];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        counter.count(chunks.len() * AT_ONCE, &last);
    }
    counter.words
}

/// Whether a white space beyond ASCII can begin with a byte.
const fn begins_blank(byte: u8) -> bool {
    byte == 0xc2 || byte.wrapping_sub(0xe1) < 3
}

/// Whether a byte is a white space of ASCII.
const fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte.wrapping_sub(b'\t') < 5
}

/// The words so far, and whether the last byte belongs to one.
struct Counter<'a> {
    text: &'a str,
    words: usize,
    inside: bool,
}

impl Counter<'_> {
    /// Goes on with the bytes that stand at `from`.
    fn count(&mut self, from: usize, chunk: &[u8; AT_ONCE]) {
        if chunk.iter().fold(false, |any, byte| any | begins_blank(*byte)) {
            self.one_by_one(from, chunk);
        } else {
            self.together(chunk);
        }
    }

    /// Bytes of which none begins a white space beyond ASCII: a word begins behind each blank that
    /// another byte follows.
    fn together(&mut self, chunk: &[u8; AT_ONCE]) {
        let blank = chunk.map(|byte| u8::from(is_blank(byte)));
        let [first, behind @ ..] = &blank;
        let [before @ .., last] = &blank;
        let begun: u8 = before.iter().zip(behind).map(|(before, byte)| before & (1 ^ byte)).sum();
        self.words += usize::from(begun) + usize::from(!self.inside && *first == 0);
        self.inside = *last == 0;
    }

    /// Any bytes.
    fn one_by_one(&mut self, from: usize, bytes: &[u8; AT_ONCE]) {
        for (at, byte) in (from..).zip(bytes) {
            let blank = match byte {
                b' ' | b'\t'..=b'\r' => true,
                0xc2 | 0xe1..=0xe3 => {
                    let c = self.text.get(at..).and_then(|rest| rest.chars().next());
                    c.is_some_and(char::is_whitespace)
                }
                0x80..=0xbf => continue,
                _ => false,
            };
            self.words += usize::from(!blank && !self.inside);
            self.inside = !blank;
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
            text in "[a\u{e9}\u{4e2d}\u{20}\u{a0}\u{85}\u{2009}\u{3000}\n\u{200b}]{0,40}",
            plain in "[a-c \n\r\u{b}\u{1f}\u{e9}\u{1f600}]{0,300}",
            last in "[a\u{e9}\u{a0} ]{0,70}",
        ) {
            let text = [plain.as_str(), &text, &plain, &last].concat();
            prop_assert_eq!(words_in(&text), text.split_whitespace().count());
        }
    }
}
