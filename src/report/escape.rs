//! Makes text from outside harmless to show: the last step before a terminal, a report or a
//! log.
//!
//! Three things are taken out of sight: control characters (a terminal obeys them), characters
//! that reorder text (a name reads as another), characters that show nothing (two names look
//! alike). What is visible stays as it is. Look-alike letters of different scripts are not
//! caught, nor are the several kinds of blank; variation selectors stay.

/// A path or name as bytes, in a form that is safe to show and can be turned back.
///
/// Plain text is unchanged. Otherwise `\n`, `\r`, `\t` and `\\` stand for these four, `\xNN` for
/// one byte (other ASCII controls, and bytes that are no UTF-8) and `\u{N}` for a character that
/// must not be shown. Two different paths never give the same text.
pub fn path(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\\' { out.push_str(r"\\") } else { push(&mut out, c) }
        }
        out.extend(chunk.invalid().escape_ascii().map(char::from));
    }
    out
}

/// A message that may quote bytes from outside: on one line, nothing in it but visible text
/// and blanks. The escapes are those of [`path`], but a backslash stays as it is, because paths
/// inside a message may be escaped already; so this cannot be turned back.
pub fn message(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut out, c));
    out
}

/// Whether a character must not reach a terminal as it is: Unicode's control characters, the
/// bidirectional controls, the line and paragraph separator, and what is
/// `Default_Ignorable_Code_Point` less the variation selectors.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// Adds one character, escaped when it is hidden.
fn push(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str(r"\n"),
        '\r' => out.push_str(r"\r"),
        '\t' => out.push_str(r"\t"),
        _ if !is_hidden(c) => out.push(c),
        // The standard library writes these as `\xNN` and `\u{N}`.
        _ => match u8::try_from(c) {
            Ok(byte @ ..=0x7f) => out.extend(byte.escape_ascii().map(char::from)),
            Ok(0x80..) | Err(_) => out.extend(c.escape_unicode()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The way back, for the test that there is one.
    fn unescape(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            if c != '\\' {
                out.extend_from_slice(c.to_string().as_bytes());
                continue;
            }
            let kind = rest.chars().next().expect("something after a backslash");
            rest = &rest[1..];
            match kind {
                'n' => out.push(b'\n'),
                'r' => out.push(b'\r'),
                't' => out.push(b'\t'),
                '\\' => out.push(b'\\'),
                'x' => {
                    out.push(u8::from_str_radix(&rest[..2], 16).expect("two hex digits"));
                    rest = &rest[2..];
                }
                'u' => {
                    let (hex, after) = rest[1..].split_once('}').expect("a closing brace");
                    let code = u32::from_str_radix(hex, 16).expect("hex digits");
                    let c = char::from_u32(code).expect("a character");
                    out.extend_from_slice(c.to_string().as_bytes());
                    rest = after;
                }
                other => panic!("no such escape: {other}"),
            }
        }
        out
    }

    #[test]
    fn paths() {
        let table: [(&[u8], &str); 16] = [
            (b"", ""),
            (b"seeds/000.txt", "seeds/000.txt"),
            ("Entschlie\u{df}ung \u{65e5}\u{672c}.txt".as_bytes(), "Entschließung 日本.txt"),
            (b"a\nb\rc\td", r"a\nb\rc\td"),
            (b"a\\nb", r"a\\nb"),
            (b"\x1b[2J\x07\x7f\0", r"\x1b[2J\x07\x7f\x00"),
            (b"\xff\xfe/\xc3", r"\xff\xfe/\xc3"),
            (b"\xed\xa0\x80", r"\xed\xa0\x80"),
            (b"\x9b", r"\x9b"),
            ("\u{9b}31m".as_bytes(), r"\u{9b}31m"),
            ("gnp.\u{202e}txt".as_bytes(), r"gnp.\u{202e}txt"),
            ("\u{2066}a\u{2069}\u{61c}".as_bytes(), r"\u{2066}a\u{2069}\u{61c}"),
            ("a\u{200b}b\u{ad}c\u{feff}".as_bytes(), r"a\u{200b}b\u{ad}c\u{feff}"),
            ("\u{2028}\u{2029}\u{85}".as_bytes(), r"\u{2028}\u{2029}\u{85}"),
            ("\u{e0041}\u{e007f}".as_bytes(), r"\u{e0041}\u{e007f}"),
            ("\u{2764}\u{fe0f}".as_bytes(), "\u{2764}\u{fe0f}"),
        ];
        for (bytes, expected) in table {
            assert_eq!(path(bytes), expected);
            assert_eq!(unescape(expected), bytes);
        }
    }

    #[test]
    fn messages_keep_the_backslash() {
        assert_eq!(message(r"a path \x1b is odd"), r"a path \x1b is odd");
        assert_eq!(message("two\nlines\x1b[31m\u{202e}"), r"two\nlines\x1b[31m\u{202e}");
    }

    #[test]
    fn every_character_that_obeys_reorders_or_hides_is_hidden() {
        let ranges = [
            0..=0x1f,
            0x7f..=0x9f,
            0xad..=0xad,
            0x61c..=0x61c,
            0x200b..=0x200f,
            0x2028..=0x202e,
            0x2060..=0x2069,
            0xfeff..=0xfeff,
            0xe0000..=0xe007f,
        ];
        for code in ranges.into_iter().flatten() {
            assert!(char::from_u32(code).is_some_and(is_hidden), "{code:x}");
        }
        for c in " ~\u{a0}é日\u{fe0f}\u{301}\u{1f600}\u{e0100}".chars() {
            assert!(!is_hidden(c), "{c}");
        }
    }

    /// Bytes that are likely to hit an escape.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<u8>().prop_map(|byte| vec![byte]),
            any::<char>().prop_map(|c| c.to_string().into_bytes()),
            prop::sample::select(vec![
                "\\",
                "\\x1b",
                "\\u{202e}",
                "\u{202e}",
                "\u{200b}",
                "\n",
                "\u{9b}",
                "}",
                "x",
                "a",
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn output_is_inert_and_paths_can_be_turned_back(bytes in hostile()) {
            let escaped = path(&bytes);
            prop_assert!(!escaped.chars().any(is_hidden));
            prop_assert_eq!(unescape(&escaped), bytes.clone());
            let said = message(&String::from_utf8_lossy(&bytes));
            prop_assert!(!said.chars().any(is_hidden));
            prop_assert_eq!(message(&said), said.clone());
        }
    }
}
