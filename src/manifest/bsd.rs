//! The BSD form (`sha256sum --tag`): `SHA256 (name) = digest`, with the same leading backslash
//! as the GNU form. A name may hold `) = ` itself, so a line is split at the last one.

use super::gnu::strip_escape_mark;

/// The name of this form.
pub(super) const FORM: &str = "BSD";

/// The parts of one line, nothing decided about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) escaped: bool,
    pub(super) tag: &'a str,
    pub(super) name: &'a [u8],
    pub(super) digits: &'a [u8],
}

/// Splits a line into its parts; `None` when it has not the shape of this form.
pub(super) fn split(text: &[u8], escapes: bool) -> Option<Parts<'_>> {
    let (escaped, text) = strip_escape_mark(text, escapes);
    let end = text.iter().position(|&byte| byte == b' ')?;
    let (tag, rest) = text.split_at(end);
    let rest = rest.strip_prefix(b" (")?;
    let close = rest.windows(4).rposition(|window| window == b") = ")?;
    let (name, rest) = rest.split_at(close);
    let digits = rest.strip_prefix(b") = ")?;
    let tagged = !tag.is_empty() && tag.iter().all(|&byte| is_tag(byte));
    let shaped = tagged && !name.is_empty() && is_digits(digits);
    let tag = std::str::from_utf8(tag).ok()?;
    shaped.then_some(Parts { escaped, tag, name, digits })
}

fn is_tag(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/')
}

fn is_digits(digits: &[u8]) -> bool {
    !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_at_the_last_mark() {
        let parts = split(b"\\SHA256 (a) = b (c)\\n) = 00ff", true).expect("shaped");
        assert!(parts.escaped);
        assert_eq!((parts.tag, parts.name), ("SHA256", &b"a) = b (c)\\n"[..]));
        assert_eq!(parts.digits, b"00ff");
        for text in [
            "",
            "SHA256 () = 00",
            "SHA256 (a) = ",
            "SHA256 (a) = 0g",
            "SHA256(a) = 00",
            " (a) = 00",
            "SHA256 (a)= 00",
            "SHA256 (a) =00",
            "00  a",
            "\\SHA 256 (a) = 00",
        ] {
            assert_eq!(split(text.as_bytes(), true), None, "{text}");
        }
        assert_eq!(split(b"\\SHA256 (a) = 00", false), None);
    }
}
