//! Markup of Markdown and its relatives, and addresses, as far as the tokenizer must know them.
//!
//! This is no parser of Markdown: it only tells marks that a reader does not read (emphasis,
//! heading signs, rules, escapes, plain HTML tags) from text. A tag with attributes is text.

use super::fold::{Glyph, glyph};

/// How far a rule or a target is looked at; longer ones are text.
const REACH: usize = 2_000;

/// HTML elements whose tags, without attributes, are taken for markup.
const TAGS: [&str; 39] = [
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "small",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];

/// Whether the address that may begin here can be another one than a mail address.
pub(super) fn may_begin_scheme(rest: &str) -> bool {
    matches!(rest.as_bytes().first(), Some(b'h' | b'H' | b'f' | b'F' | b'm' | b'M' | b'w' | b'W'))
}

/// Length of a web or mail address at the beginning of `rest`, without the punctuation that ends
/// the sentence.
pub(super) fn address(rest: &str) -> Option<usize> {
    let schemes = ["https://", "http://", "ftp://", "mailto:", "www."];
    let begins = |scheme: &&str| {
        rest.as_bytes()
            .get(..scheme.len())
            .is_some_and(|b| b.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    match rest.as_bytes().first()?.to_ascii_lowercase() {
        b'h' | b'f' | b'm' | b'w' => match schemes.iter().find(|scheme| begins(scheme)) {
            Some(scheme) => {
                let length = until_blank(rest);
                (length > scheme.len()).then_some(length)
            }
            None => mail(rest),
        },
        _ => mail(rest),
    }
}

/// Length of `name@host.tld` at the beginning of `rest`.
fn mail(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let name = bytes.iter().take(64).take_while(|byte| part(byte)).count();
    if bytes.get(name) != Some(&b'@') {
        return None;
    }
    let host = bytes.get(name + 1..)?.iter().take(255).take_while(|byte| part(byte)).count();
    let host = rest.get(name + 1..name + 1 + host)?.trim_end_matches(['.', '-', '_', '%', '+']);
    host.contains('.').then_some(name + 1 + host.len())
}

/// Length of a path that stands by itself (`/articles/x`) at the beginning of `rest`.
pub(super) fn path(rest: &str, before: Option<char>) -> Option<usize> {
    let free = before.is_none_or(|c| glyph(c) == Glyph::Space);
    let named = rest.chars().nth(1).is_some_and(|c| c.is_ascii_alphanumeric());
    (free && named).then(|| until_blank(rest))
}

/// Length up to a blank, quotation mark or angle bracket, without closing punctuation.
fn until_blank(rest: &str) -> usize {
    let stop = |c: char| {
        matches!(glyph(c), Glyph::Space | Glyph::Quote | Glyph::Bidi)
            || matches!(c, '<' | '>' | '`')
    };
    let mut reach = rest.char_indices().take(REACH);
    let length = reach.find(|(_, c)| stop(*c)).map(|(at, _)| at);
    let length =
        length.unwrap_or_else(|| rest.char_indices().nth(REACH).map_or(rest.len(), |(at, _)| at));
    let mut url = rest.get(..length).unwrap_or_default();
    loop {
        let cut = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '\u{2019}']);
        let open = cut.matches('(').count();
        let closed = cut.matches(')').count();
        let cut = if closed > open { cut.strip_suffix(')').unwrap_or(cut) } else { cut };
        let cut = cut.strip_suffix(']').filter(|cut| !cut.contains('[')).unwrap_or(cut);
        if cut.len() == url.len() {
            return url.len();
        }
        url = cut;
    }
}

/// Length of the target in `target)` at the beginning of `rest`, parentheses balanced, no blank
/// in it; `None` where none ends.
pub(super) fn target(rest: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices().take(REACH) {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ if glyph(c) == Glyph::Space => return None,
            _ => {}
        }
    }
    None
}

/// Whether a sign can be a bullet.
pub(super) fn is_bullet(c: char) -> bool {
    matches!(
        c,
        '*' | '+' | '\u{2022}' | '\u{2023}' | '\u{25e6}' | '\u{b7}' | '\u{25cf}' | '\u{25aa}'
    )
}

/// Whether the line around `from` is a rule or an underline: at least three marks, nothing else.
pub(super) fn is_rule(text: &str, begin: usize, end: usize, from: usize) -> bool {
    let mark =
        |c: &char| matches!(c, '-' | '=' | '*' | '_' | '+' | ':' | '|' | '~' | ' ' | '\t' | '\r');
    let left = text.get(begin..from).unwrap_or_default();
    let right = text.get(from..end).unwrap_or_default();
    let before: usize = left.chars().rev().take(REACH).take_while(mark).map(char::len_utf8).sum();
    let after: usize = right.chars().take(REACH).take_while(mark).map(char::len_utf8).sum();
    let free = |c: Option<char>| c.is_none_or(|c| c == '\n');
    let line = text.get(from - before..from + after).unwrap_or_default();
    free(left.get(..left.len() - before).and_then(|text| text.chars().next_back()))
        && free(right.get(after..).and_then(|text| text.chars().next()))
        && line.chars().filter(|c| !c.is_whitespace()).count() >= 3
}

/// Length of the markup at the beginning of `rest`, if it is markup.
pub(super) fn gap(rest: &str, before: Option<char>) -> Option<usize> {
    let first = rest.chars().next()?;
    match first {
        '<' => return tag(rest),
        '*' | '_' | '`' | '#' | '>' | '=' | '\\' => {}
        _ => return None,
    }
    let run = rest.chars().take(REACH).take_while(|c| *c == first).count();
    let after = rest.chars().nth(run);
    let blank = |c: Option<char>| c.is_none_or(|c| glyph(c) == Glyph::Space);
    let digit = |c: Option<char>| c.is_some_and(|c| glyph(c) == Glyph::Digit);
    let starts = matches!(before, None | Some('\n' | '\r'));
    let is_gap = match first {
        '*' => !((digit(before) && digit(after)) || (blank(before) && blank(after))),
        '_' | '`' => true,
        '#' => (run > 1 || starts) && blank(before) && blank(after),
        '>' => {
            let beyond = rest.chars().skip(run).take(8).find(|c| *c != ' ');
            blank(before) && (starts || !blank(after)) && after != Some('=') && !digit(beyond)
        }
        '=' => run > 3 && blank(after),
        '\\' => return after.is_some_and(|c| c.is_ascii_punctuation()).then_some(1),
        _ => false,
    };
    is_gap.then_some(run * first.len_utf8())
}

/// Length of a known tag without attributes, or of the mark of a comment.
fn tag(rest: &str) -> Option<usize> {
    if rest.starts_with("<!--") {
        return Some(4);
    }
    let inner = rest.get(1..)?;
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let name = inner.bytes().take(12).take_while(u8::is_ascii_alphanumeric).count();
    let tail = inner.get(name..)?;
    let tail = tail.trim_start_matches([' ', '\r', '\n']);
    let tail = tail.strip_prefix('/').unwrap_or(tail);
    let known =
        TAGS.iter().any(|tag| inner.get(..name).is_some_and(|n| n.eq_ignore_ascii_case(tag)));
    let address = || address(inner).is_some().then_some(1);
    if known && tail.starts_with('>') { Some(rest.len() - tail.len() + 1) } else { address() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (rest, want) in [
            ("https://example.org/a.", Some("https://example.org/a")),
            ("https://example.org/a_(b))", Some("https://example.org/a_(b)")),
            ("www.example.org, and", Some("www.example.org")),
            ("press@example.org.", Some("press@example.org")),
            ("press at", None),
            ("mailto:", None),
            ("http://", None),
        ] {
            assert_eq!(address(rest), want.map(str::len), "{rest}");
        }
    }

    #[test]
    fn gaps() {
        for (rest, before, want) in [
            ("**bold", None, Some(2)),
            ("*3", Some('5'), None),
            ("## A", None, Some(2)),
            ("#1", None, None),
            ("> 5", None, None),
            (">You", None, Some(1)),
            ("<em>x", None, Some(4)),
            ("<br />", None, Some(6)),
            ("<not> x", None, None),
            ("<a href=x>", None, None),
            ("\\*", None, Some(1)),
            ("\\x", None, None),
        ] {
            assert_eq!(gap(rest, before), want, "{rest}");
        }
    }

    #[test]
    fn rules() {
        assert!(is_rule("a\n---\nb", 0, 7, 2));
        assert!(!is_rule("a\n- b\n", 0, 6, 2));
        assert!(!is_rule("a --- b", 0, 7, 2));
    }
}
