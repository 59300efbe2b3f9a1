//! Words and signs: what two texts are compared by.
//!
//! A token is what a reader would point at: a word, a number, a mark of punctuation, a link. It
//! never cuts a grapheme cluster. Between tokens lies the gap: white space, markup, characters
//! that show nothing; a gap is form, not content. Whether a token is one does not depend on where
//! lines break, so that wrapping a text anew gives the same tokens.

use super::fold::{self, Glyph, glyph};
use super::markup;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use unicode_segmentation::GraphemeCursor;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A word, or one character of a script that writes no blanks.
    Word,
    /// Digits, with the marks and letters that belong to them: `4.1`, `150,000`, `14h30`.
    Number,
    /// A quotation mark of any form.
    Quote,
    /// A dash, hyphen or bullet.
    Dash,
    /// A web or mail address, or where a link leads.
    Url,
    /// Any other mark, sign or picture.
    Sign,
}

/// One token: bytes `start..end` of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
    /// Equal for tokens that are the same to a reader, whatever their case and typography.
    pub id: u32,
    /// What it is.
    pub class: Class,
}

impl Token {
    /// Offset of the first byte.
    pub fn start(&self) -> usize {
        wide(self.start)
    }

    /// Offset behind the last byte.
    pub fn end(&self) -> usize {
        wide(self.end)
    }

    /// The text it stands for.
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start()..self.end()).unwrap_or_default()
    }
}

/// Texts stay far below 4 GiB (`limits::TEXT_BYTES`), so that nothing is lost.
fn wide(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Folded words and their numbers, shared by the texts that are compared.
#[derive(Debug, Default)]
pub struct Vocabulary {
    ids: HashMap<Box<str>, u32, RandomState>,
    words: Vec<Box<str>>,
    scratch: String,
}

impl Vocabulary {
    /// The folded form of a token.
    pub fn folded(&self, id: u32) -> &str {
        self.words.get(wide(id)).map_or("", AsRef::as_ref)
    }

    /// How many different tokens there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether nothing was read yet.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The number of a token as it stands in the text.
    fn intern(&mut self, raw: &str, class: Class) -> u32 {
        self.scratch.clear();
        match class {
            Class::Word | Class::Number => fold::word(raw, &mut self.scratch),
            Class::Quote => self.scratch.push('"'),
            Class::Dash => self.scratch.push('-'),
            Class::Url => self.scratch.extend(raw.chars().filter(|c| !is_hidden(*c))),
            Class::Sign if raw == "\u{2026}" => self.scratch.push_str("..."),
            Class::Sign => self.scratch.extend(raw.chars().map(fold::narrow)),
        }
        if let Some(id) = self.ids.get(self.scratch.as_str()) {
            return *id;
        }
        let id = small(self.words.len());
        self.words.push(self.scratch.as_str().into());
        self.ids.insert(self.scratch.as_str().into(), id);
        id
    }
}

/// The tokens of `text[start..end]`, which begins and ends at a line or grapheme boundary.
pub fn tokens(text: &str, start: usize, end: usize, vocabulary: &mut Vocabulary) -> Vec<Token> {
    let mut found = Vec::with_capacity((end - start) / 5);
    let mails = text.as_bytes().get(start..end).is_some_and(|b| memchr::memchr(b'@', b).is_some());
    let mut reader =
        Reader { text, end, at: start, begin: start, mails, brackets: Vec::new(), target: None };
    while let Some((from, to, class)) = reader.next(&mut found) {
        let raw = text.get(from..to).unwrap_or_default();
        let id = vocabulary.intern(raw, class);
        found.push(Token { start: small(from), end: small(to), id, class });
    }
    found
}

/// Goes through one block.
struct Reader<'a> {
    text: &'a str,
    begin: usize,
    end: usize,
    at: usize,
    /// Whether there can be a mail address: most blocks hold no `@`.
    mails: bool,
    /// Opening square brackets that may turn out to begin a link: indexes of tokens.
    brackets: Vec<usize>,
    /// Where the target of a link begins and ends that was found.
    target: Option<(usize, usize)>,
}

impl Reader<'_> {
    fn rest(&self, at: usize) -> &str {
        self.text.get(at..self.end).unwrap_or_default()
    }

    fn peek(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at) {
            Some(byte) if at < self.end && byte.is_ascii() => Some(char::from(*byte)),
            Some(_) => self.rest(at).chars().next(),
            None => None,
        }
    }

    /// The character before `at`, within the block.
    fn before(&self, at: usize) -> Option<char> {
        self.text.get(self.begin..at).and_then(|text| text.chars().next_back())
    }

    /// The next token, after whatever gap there is.
    fn next(&mut self, found: &mut Vec<Token>) -> Option<(usize, usize, Class)> {
        while let Some(c) = self.peek(self.at) {
            let from = self.at;
            let step = match glyph(c) {
                _ if self.target.is_some()
                    && let Some(step) = self.in_link() =>
                {
                    step
                }
                Glyph::Space | Glyph::Invisible => Err(from + c.len_utf8()),
                Glyph::Bidi => Ok((from + c.len_utf8(), Class::Sign)),
                Glyph::Letter => Ok(self.word(from)),
                Glyph::Digit => Ok((self.number(from), Class::Number)),
                Glyph::Ideograph => Ok((from + c.len_utf8(), Class::Word)),
                Glyph::Quote => Ok((from + c.len_utf8(), Class::Quote)),
                Glyph::Apostrophe => self.apostrophe(from, c),
                Glyph::Dash => self.dashes(from),
                Glyph::Sign => self.sign(from, c, found),
            };
            match step {
                Err(gap) => {
                    self.at = self.whole(from, gap);
                    if self.at > gap {
                        // A mark joins what would have been a gap: that can be seen.
                        return Some((from, self.at, Class::Sign));
                    }
                }
                Ok((to, class)) => {
                    self.at = self.whole(from, to);
                    return Some((from, self.at, class));
                }
            }
        }
        None
    }

    /// Behind the grapheme cluster in which `to` lies. Between two ASCII characters there is
    /// always a boundary, but for CR LF, and both are gap.
    fn whole(&self, from: usize, to: usize) -> usize {
        let ascii = |at: usize| self.text.as_bytes().get(at).is_none_or(u8::is_ascii);
        if to >= self.end || (ascii(to) && ascii(to.saturating_sub(1))) {
            return to.min(self.end);
        }
        // What begins at `from` begins a cluster: nothing before it needs to be looked at.
        let rest = self.text.get(from..).unwrap_or_default();
        let mut cursor = GraphemeCursor::new(to - from, rest.len(), true);
        match cursor.is_boundary(rest, 0) {
            Ok(true) | Err(_) => to,
            Ok(false) => match cursor.next_boundary(rest, 0) {
                Ok(Some(boundary)) => (from + boundary).min(self.end),
                Ok(None) | Err(_) => to,
            },
        }
    }

    /// Behind a word: letters, digits, marks, and inside it apostrophes, `_` and what is
    /// invisible. A web or mail address is taken whole.
    fn word(&self, from: usize) -> (usize, Class) {
        let rest = self.rest(from);
        if (self.mails || markup::may_begin_scheme(rest))
            && let Some(length) = markup::address(rest)
        {
            return (from + length, Class::Url);
        }
        let mut at = from + rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        while let Some(c) = self.peek(at) {
            let next = at + c.len_utf8();
            let goes_on = match glyph(c) {
                Glyph::Letter | Glyph::Digit => true,
                Glyph::Apostrophe | Glyph::Invisible | Glyph::Bidi => self.letter_follows(next),
                Glyph::Sign => c == '_' && self.letter_follows(next),
                Glyph::Space | Glyph::Ideograph | Glyph::Quote | Glyph::Dash => false,
            };
            if !goes_on {
                break;
            }
            at = next;
        }
        (at, Class::Word)
    }

    /// Whether a letter or digit comes next, behind what is invisible.
    fn letter_follows(&self, at: usize) -> bool {
        let after = self.rest(at).chars().take(64).find(|c| !is_hidden(*c));
        after.is_some_and(|c| matches!(glyph(c), Glyph::Letter | Glyph::Digit))
    }

    /// Behind a number: digits, between digits also `.`, `,` and an apostrophe, and letters that
    /// follow at once (`10th`, `14h30`).
    fn number(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(c) = self.peek(at) {
            let next = at + c.len_utf8();
            let goes_on = match glyph(c) {
                Glyph::Letter | Glyph::Digit => true,
                Glyph::Apostrophe | Glyph::Sign => {
                    (matches!(c, '.' | ',') || glyph(c) == Glyph::Apostrophe)
                        && self.peek(next).is_some_and(|c| glyph(c) == Glyph::Digit)
                }
                Glyph::Invisible | Glyph::Bidi => self.letter_follows(next),
                Glyph::Space | Glyph::Ideograph | Glyph::Quote | Glyph::Dash => false,
            };
            if !goes_on {
                return if c == '%' { next } else { at };
            }
            at = next;
        }
        at
    }

    /// An apostrophe that is not inside a word: a quotation mark; two in a row are one.
    fn apostrophe(&self, from: usize, c: char) -> Result<(usize, Class), usize> {
        let next = from + c.len_utf8();
        match self.peek(next) {
            Some(second) if second == c => Ok((next + second.len_utf8(), Class::Quote)),
            Some(_) | None => Ok((next, Class::Quote)),
        }
    }

    /// Dashes: up to three are one dash, more are a rule and so markup.
    fn dashes(&self, from: usize) -> Result<(usize, Class), usize> {
        let run: usize = self
            .rest(from)
            .chars()
            .take_while(|c| glyph(*c) == Glyph::Dash)
            .map(char::len_utf8)
            .sum();
        let count = self.rest(from).chars().take_while(|c| glyph(*c) == Glyph::Dash).count();
        let alone = self.peek(from + run).is_none_or(|c| glyph(c) == Glyph::Space);
        if (count > 3 && alone) || markup::is_rule(self.text, self.begin, self.end, from) {
            Err(from + run)
        } else {
            Ok((from + run, Class::Dash))
        }
    }

    /// A sign: markup that is a gap, a bullet, an ellipsis, the target of a link, or itself.
    fn sign(
        &mut self,
        from: usize,
        c: char,
        found: &mut Vec<Token>,
    ) -> Result<(usize, Class), usize> {
        let next = from + c.len_utf8();
        match c {
            '[' => {
                self.brackets.push(found.len());
                Ok((next, Class::Sign))
            }
            ']' if self.rest(next).starts_with('(') => self.link(from, found),
            '>' if found
                .last()
                .is_some_and(|last| last.class == Class::Url && last.end() == from) =>
            {
                Err(next)
            }
            ']' => {
                self.brackets.pop();
                Ok((next, Class::Sign))
            }
            _ if is_currency(c) && self.peek(next).is_some_and(|c| glyph(c) == Glyph::Digit) => {
                Ok((self.number(next), Class::Number))
            }
            '.' if self.rest(from).starts_with("...") => Ok((from + 3, Class::Sign)),
            '/' => match markup::path(self.rest(from), self.before(from)) {
                Some(length) => Ok((from + length, Class::Url)),
                None => Ok((next, Class::Sign)),
            },
            _ if markup::is_bullet(c) && self.stands_alone(from, next) => Ok((next, Class::Dash)),
            _ => match markup::gap(self.rest(from), self.before(from)) {
                Some(length) => Err(from + length),
                None => Ok((next, Class::Sign)),
            },
        }
    }

    /// Whether blanks stand on both sides, and no number, which would make it arithmetic.
    fn stands_alone(&self, from: usize, next: usize) -> bool {
        let blank = |c: Option<char>| c.is_none_or(|c| glyph(c) == Glyph::Space);
        let digit = |c: Option<char>| c.is_some_and(|c| glyph(c) == Glyph::Digit);
        let left = self.text.get(self.begin..from).unwrap_or_default().trim_end();
        blank(self.before(from)) && blank(self.peek(next)) && !digit(left.chars().next_back())
    }

    /// `](target)`: the brackets become gap, the target is the next token.
    fn link(&mut self, from: usize, found: &mut Vec<Token>) -> Result<(usize, Class), usize> {
        let opening = self.brackets.pop();
        let Some(length) = markup::target(self.rest(from + 2)) else {
            return Ok((from + 1, Class::Sign));
        };
        if let Some(index) = opening.filter(|index| *index < found.len()) {
            found.remove(index);
        }
        self.target = Some((from + 2, from + 2 + length));
        Err(from + 2)
    }

    /// The target of a link that begins here, or the bracket behind it.
    fn in_link(&mut self) -> Option<Result<(usize, Class), usize>> {
        let (start, end) = self.target?;
        if self.at == start && start < end {
            return Some(Ok((end, Class::Url)));
        }
        if self.at >= end {
            self.target = None;
            return (self.at == end).then_some(Err(end + 1));
        }
        None
    }
}

/// Signs that belong to the number behind them.
pub fn is_currency(c: char) -> bool {
    matches!(
        c,
        '$' | '\u{20ac}' | '\u{a3}' | '\u{a5}' | '\u{20b4}' | '\u{20b9}' | '\u{20bd}' | '\u{20ba}'
    )
}

/// Whether a token is a character that reorders what is shown.
pub fn is_bidi(raw: &str) -> bool {
    !raw.is_empty() && raw.chars().all(|c| glyph(c) == Glyph::Bidi)
}

/// Whether a character shows nothing by itself.
pub fn is_hidden(c: char) -> bool {
    matches!(glyph(c), Glyph::Invisible | Glyph::Bidi)
}
