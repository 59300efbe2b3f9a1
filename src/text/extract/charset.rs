//! The encoding that a page names in its first 1,024 bytes: the prescan of the HTML standard.
//!
//! A byte order mark counts more and is not looked at here; what an HTTP header said is lost once
//! a page lies in a file.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How far a page is searched.
const PRESCAN: usize = 1024;

/// The name of the encoding, as the Encoding Standard spells it (`UTF-8`, `windows-1252`), that a
/// `meta` element names (or, without one, an XML declaration).
pub fn html_charset(bytes: &[u8]) -> Option<&'static str> {
    let head = bytes.get(..PRESCAN).unwrap_or(bytes);
    if head.starts_with(b"<\0?\0x\0") {
        return Some(UTF_16LE.name());
    }
    if head.starts_with(b"\0<\0?\0x") {
        return Some(UTF_16BE.name());
    }
    let found = Scan { rest: head }.metas().or_else(|| declared(head));
    found.map(Encoding::name)
}

/// Walks over markup without leaving the bytes.
struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    /// The first `meta` that names a known encoding.
    fn metas(mut self) -> Option<&'static Encoding> {
        while !self.rest.is_empty() {
            if let Some(found) = self.markup() {
                return Some(found);
            }
            self.advance(1);
        }
        None
    }

    fn markup(&mut self) -> Option<&'static Encoding> {
        if self.rest.starts_with(b"<!--") {
            self.advance(2);
            self.skip_behind(b"-->");
        } else if self.starts_element(b"meta") {
            self.advance(5);
            return self.meta();
        } else if self.starts_tag() {
            self.skip_until(|byte| is_space(byte) || byte == b'>');
            while self.attribute().is_some() {}
        } else if [&b"<!"[..], b"</", b"<?"].iter().any(|start| self.rest.starts_with(start)) {
            self.skip_until(|byte| byte == b'>');
        }
        None
    }

    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn skip_until(&mut self, stop: impl Fn(u8) -> bool) {
        let at = self.rest.iter().position(|byte| stop(*byte)).unwrap_or(self.rest.len());
        self.advance(at);
    }

    /// Up to the last byte of the end of a comment, which the caller steps over.
    fn skip_behind(&mut self, end: &[u8]) {
        let at = self.rest.windows(end.len()).position(|window| window == end);
        let last = end.len().saturating_sub(1);
        self.advance(at.map_or(self.rest.len(), |at| at.saturating_add(last)));
    }

    fn starts_element(&self, name: &[u8]) -> bool {
        let tag = self.rest.get(1..=name.len()).is_some_and(|at| at.eq_ignore_ascii_case(name));
        let end = self.rest.get(name.len().saturating_add(1));
        self.rest.starts_with(b"<") && tag && end.is_some_and(|b| is_space(*b) || *b == b'/')
    }

    fn starts_tag(&self) -> bool {
        let rest = self.rest.strip_prefix(b"<").unwrap_or_default();
        let rest = rest.strip_prefix(b"/").unwrap_or(rest);
        rest.first().is_some_and(u8::is_ascii_alphabetic)
    }

    /// What one `meta` says. `charset` speaks for itself; `content` needs its `http-equiv`.
    fn meta(&mut self) -> Option<&'static Encoding> {
        let (mut pragma, mut direct, mut found) = (false, false, None);
        let (mut seen_content, mut seen_pragma) = (false, false);
        while let Some((name, value)) = self.attribute() {
            match name.as_slice() {
                b"http-equiv" if !seen_pragma => {
                    seen_pragma = true;
                    pragma = value == b"content-type";
                }
                b"content" if !seen_content && found.is_none() => {
                    seen_content = true;
                    found = in_content(&value).and_then(known);
                }
                b"charset" if !direct => {
                    direct = true;
                    found = known(&value);
                }
                _ => {}
            }
        }
        found.filter(|_| direct || pragma)
    }

    /// "Get an attribute": name and value in lower case; nothing at the end of the tag.
    fn attribute(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.skip_until(|byte| !(is_space(byte) || byte == b'/'));
        if matches!(self.rest.first(), None | Some(b'>')) {
            return None;
        }
        let mut name = self.take_while(|at, byte| {
            !(is_space(byte) || matches!(byte, b'/' | b'>') || (byte == b'=' && at > 0))
        });
        name.make_ascii_lowercase();
        self.skip_until(|byte| !is_space(byte));
        if self.rest.first() != Some(&b'=') {
            return Some((name, Vec::new()));
        }
        self.advance(1);
        self.skip_until(|byte| !is_space(byte));
        Some((name, self.value()?))
    }

    fn value(&mut self) -> Option<Vec<u8>> {
        let mut value = match self.rest.first() {
            Some(quote @ (b'"' | b'\'')) => {
                let quote = *quote;
                self.advance(1);
                let value = self.take_while(|_, byte| byte != quote);
                self.rest.first()?;
                self.advance(1);
                value
            }
            _ => self.take_while(|_, byte| !(is_space(byte) || byte == b'>')),
        };
        value.make_ascii_lowercase();
        Some(value)
    }

    fn take_while(&mut self, keep: impl Fn(usize, u8) -> bool) -> Vec<u8> {
        let end = self.rest.iter().enumerate().position(|(at, byte)| !keep(at, *byte));
        let (taken, rest): (&'a [u8], _) =
            self.rest.split_at_checked(end.unwrap_or(self.rest.len())).unwrap_or_default();
        self.rest = rest;
        taken.to_vec()
    }
}

/// The label in `text/html; charset=LABEL`.
fn in_content(value: &[u8]) -> Option<&[u8]> {
    let mut rest = value;
    loop {
        let at = rest.windows(7).position(|window| window == b"charset")?;
        rest = rest.get(at.saturating_add(7)..)?;
        if let Some(label) = rest.trim_ascii_start().strip_prefix(b"=") {
            return label_of(label.trim_ascii_start());
        }
    }
}

fn label_of(value: &[u8]) -> Option<&[u8]> {
    match value.split_first() {
        Some((quote @ (b'"' | b'\''), rest)) => {
            let end = rest.iter().position(|byte| byte == quote)?;
            rest.get(..end)
        }
        _ => value.split(|byte| is_space(*byte) || *byte == b';').next(),
    }
}

/// A page that says in ASCII that it is UTF-16 is not; the standard reads it as UTF-8.
fn known(label: &[u8]) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(label)?;
    match encoding {
        utf_16 if utf_16 == UTF_16LE || utf_16 == UTF_16BE => Some(UTF_8),
        user_defined if user_defined == X_USER_DEFINED => Some(WINDOWS_1252),
        other => Some(other),
    }
}

/// "Get an XML encoding": `<?xml ... encoding="LABEL"`.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let declaration = head.strip_prefix(b"<?xml")?.split(|byte| *byte == b'>').next()?;
    let at = declaration.windows(8).position(|window| window == b"encoding")?;
    let value = declaration.get(at.saturating_add(8)..)?.trim_ascii_start();
    let value = value.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, rest) = value.split_first().filter(|(byte, _)| matches!(byte, b'"' | b'\''))?;
    let label = rest.split(|byte| byte == quote).next()?;
    known(label)
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_name_their_encoding() {
        let cases: [(&[u8], Option<&str>); 14] = [
            (b"<meta charset=utf-8>", Some("UTF-8")),
            (b"<!-- <meta charset=big5> --><meta charset='latin1' />", Some("windows-1252")),
            (b"<html><META CHARSET = \"ISO-8859-2\">", Some("ISO-8859-2")),
            (b"<meta content='text/html; charset=koi8-r' http-equiv=Content-Type>", Some("KOI8-R")),
            (b"<meta content='text/html; charset=koi8-r'>", None),
            (b"<meta name=x content='charset=koi8-r'><meta charset=gbk>", Some("GBK")),
            (b"<meta charset=utf-16>", Some("UTF-8")),
            (b"<meta charset=nonsense><meta charset=euc-kr>", Some("EUC-KR")),
            (b"<p title='<meta charset=big5>'>", None),
            (b"<?xml version='1.0' encoding='ISO-8859-15'?><html>", Some("ISO-8859-15")),
            (b"<\0?\0x\0m\0", Some("UTF-16LE")),
            (b"<meta charset=\"utf-8", None),
            (b"<metal charset=big5>", None),
            (b"", None),
        ];
        for (page, expected) in cases {
            assert_eq!(html_charset(page), expected, "{}", page.escape_ascii());
        }
    }

    #[test]
    fn what_stands_late_is_not_seen() {
        let late = [vec![b' '; PRESCAN], b"<meta charset=utf-8>".to_vec()].concat();
        assert_eq!(html_charset(&late), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(tail: Vec<u8>, tag in "<meta( (charset|content|http-equiv)[=\"' a-z;]*)*") {
            let _ = html_charset(&[tag.as_bytes(), &tail].concat());
        }
    }
}
