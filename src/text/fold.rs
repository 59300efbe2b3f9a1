//! The fold table: which characters are the same to a reader.
//!
//! Quotation marks, dashes, the ellipsis, blanks, full-width forms and ligatures are folded;
//! letters are compared in NFC and in lower case. Never NFKC, which makes `102` of `10²`.
//! Look-alike letters of different scripts stay different.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a character is to the tokenizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// White space, line ends included.
    Space,
    /// Part of a word.
    Letter,
    /// A decimal digit of ASCII or full width.
    Digit,
    /// A letter of a script that is written without blanks: a word by itself.
    Ideograph,
    /// A quotation mark that is no apostrophe.
    Quote,
    /// An apostrophe, or a single quotation mark.
    Apostrophe,
    /// A hyphen, dash or minus.
    Dash,
    /// Shows nothing: soft hyphen, zero-width characters.
    Invisible,
    /// Reorders what is shown.
    Bidi,
    /// Anything else: punctuation, signs, pictures.
    Sign,
}

/// Which glyph a character is.
pub fn glyph(c: char) -> Glyph {
    match c {
        'a'..='z' | 'A'..='Z' => Glyph::Letter,
        '0'..='9' => Glyph::Digit,
        ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' => Glyph::Space,
        '"' => Glyph::Quote,
        '\'' => Glyph::Apostrophe,
        '-' => Glyph::Dash,
        '\0'..='\u{7f}' => Glyph::Sign,
        _ => wide(c),
    }
}

/// [`glyph`] for what is not ASCII.
fn wide(c: char) -> Glyph {
    match c {
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2064}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}' => Glyph::Invisible,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Glyph::Bidi
        }
        '\u{2018}'..='\u{201b}'
        | '\u{2b9}'
        | '\u{2bc}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{ff07}'
        | '\u{b4}' => Glyph::Apostrophe,
        '\u{201c}'..='\u{201f}'
        | '\u{ab}'
        | '\u{bb}'
        | '\u{2039}'
        | '\u{203a}'
        | '\u{300c}'..='\u{300f}'
        | '\u{301d}'..='\u{301f}'
        | '\u{ff02}' => Glyph::Quote,
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}' => Glyph::Dash,
        '\u{ff10}'..='\u{ff19}' => Glyph::Digit,
        _ if c.is_whitespace() => Glyph::Space,
        _ if is_unspaced(c) => Glyph::Ideograph,
        _ if c.is_alphabetic() || is_combining_mark(c) => Glyph::Letter,
        _ => Glyph::Sign,
    }
}

/// Whether the script of `c` is written without blanks between words.
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{3ffff}')
}

/// Adds the folded form of a word to `out`: lower case, NFC, one apostrophe, no invisible
/// character, no full-width form, no ligature.
pub fn word(raw: &str, out: &mut String) {
    if raw.is_ascii() {
        let from = out.len();
        out.push_str(raw);
        out.get_mut(from..).unwrap_or_default().make_ascii_lowercase();
        return;
    }
    for c in raw.nfc() {
        match glyph(c) {
            Glyph::Invisible | Glyph::Bidi => {}
            Glyph::Apostrophe => out.push('\''),
            Glyph::Space
            | Glyph::Letter
            | Glyph::Digit
            | Glyph::Ideograph
            | Glyph::Quote
            | Glyph::Dash
            | Glyph::Sign => letter(c, out),
        }
    }
}

/// One letter in lower case, ligatures taken apart.
fn letter(c: char, out: &mut String) {
    match c {
        '\u{fb00}' => out.push_str("ff"),
        '\u{fb01}' => out.push_str("fi"),
        '\u{fb02}' => out.push_str("fl"),
        '\u{fb03}' => out.push_str("ffi"),
        '\u{fb04}' => out.push_str("ffl"),
        '\u{fb05}' | '\u{fb06}' => out.push_str("st"),
        _ => out.extend(narrow(c).to_lowercase()),
    }
}

/// The ASCII form of a full-width one.
pub fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(raw: &str) -> String {
        let mut out = String::new();
        word(raw, &mut out);
        out
    }

    #[test]
    fn words() {
        for (raw, want) in [
            ("Amnesty", "amnesty"),
            ("won\u{2019}t", "won't"),
            ("infor\u{ad}ma\u{200b}tion", "information"),
            ("o\u{fb03}ce", "office"),
            ("Tu\u{308}rkiye", "türkiye"),
            ("\u{ff21}\u{ff22}", "ab"),
            ("10²", "10²"),
            ("\u{430}bc", "\u{430}bc"),
            ("a\u{202e}b", "ab"),
        ] {
            assert_eq!(folded(raw), want, "{raw}");
        }
    }

    #[test]
    fn glyphs() {
        for (c, want) in [
            ('\u{a0}', Glyph::Space),
            ('\u{202f}', Glyph::Space),
            ('\u{2028}', Glyph::Space),
            ('é', Glyph::Letter),
            ('\u{301}', Glyph::Letter),
            ('中', Glyph::Ideograph),
            ('ก', Glyph::Ideograph),
            ('한', Glyph::Letter),
            ('«', Glyph::Quote),
            ('\u{2014}', Glyph::Dash),
            ('€', Glyph::Sign),
        ] {
            assert_eq!(glyph(c), want, "{c:?}");
        }
    }
}
