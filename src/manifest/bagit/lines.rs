//! The lines of payload manifests, tag manifests and `fetch.txt` (RFC 8493 sections 2.1.3, 2.2.1
//! and 2.2.3), given as UTF-8 text.
//!
//! A manifest line is `digest white-space name`. RFC 8493 encodes CR, LF and `%` of a name as
//! `%0D`, `%0A`, `%25`; tools in use write names with `%` as they are. So a line gives both
//! readings, and who sees the files chooses.

use super::{BagError, NameError};
use crate::digest::{Algorithm, Digest};
use crate::limits;
use crate::manifest::{ManifestError, gnu};
use crate::path::RelPath;

/// One line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The name as it is written, without leading `./`.
    pub literal: RelPath,
    /// The name with its escapes undone, where it has any.
    pub decoded: Option<RelPath>,
    /// The digest.
    pub digest: Digest,
    /// Whether the name has the mark `*` of md5sum before it.
    pub marked: bool,
    /// Whether the name begins with `./`.
    pub dotted: bool,
    /// The line, from 1.
    pub line: u64,
}

/// One line of `fetch.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchLine {
    /// The name as it is written, without leading `./`.
    pub literal: RelPath,
    /// The name with its escapes undone, where it has any.
    pub decoded: Option<RelPath>,
    /// The line, from 1.
    pub line: u64,
}

/// Reads a payload manifest; every name is beneath `data/`.
///
/// # Errors
/// [`BagError`], the first in the order of the lines. A name twice is not looked for.
pub fn read_payload(text: &[u8], algorithm: Algorithm) -> Result<Vec<Line>, BagError> {
    each(text, |text, line| {
        let read = manifest_line(text, line, algorithm)?;
        payload(read, line, |read| (&read.literal, read.decoded.as_ref()))
    })
}

/// Reads a tag manifest; no name is beneath `data/`.
///
/// # Errors
/// [`BagError`], the first in the order of the lines. A name twice is not looked for.
pub fn read_tags(text: &[u8], algorithm: Algorithm) -> Result<Vec<Line>, BagError> {
    each(text, |text, line| {
        let read = manifest_line(text, line, algorithm)?;
        let names = [Some(&read.literal), read.decoded.as_ref()];
        if names.into_iter().flatten().any(is_payload) {
            return Err(BagError::Payload { line });
        }
        Ok(read)
    })
}

/// Reads `fetch.txt`: `URL LENGTH NAME`, where the length may be `-`. The URL is not looked at.
///
/// # Errors
/// [`BagError`], the first in the order of the lines.
pub fn read_fetch(text: &[u8]) -> Result<Vec<FetchLine>, BagError> {
    each(text, |text, line| {
        let (url, rest) = word(text).ok_or(BagError::Fetch { line })?;
        let (length, name) = word(rest).ok_or(BagError::Fetch { line })?;
        let counted = length == b"-" || length.iter().all(u8::is_ascii_digit);
        if url.is_empty() || length.is_empty() || name.is_empty() || !counted {
            return Err(BagError::Fetch { line });
        }
        let (literal, decoded) = names(name, line)?;
        let read = FetchLine { literal, decoded, line };
        payload(read, line, |read| (&read.literal, read.decoded.as_ref()))
    })
}

/// Lets `read` pass when both its names are beneath `data/`.
fn payload<T>(
    read: T,
    line: u64,
    names: impl Fn(&T) -> (&RelPath, Option<&RelPath>),
) -> Result<T, BagError> {
    let (literal, decoded) = names(&read);
    if !is_payload(literal) || !decoded.is_none_or(is_payload) {
        return Err(BagError::NotPayload { line });
    }
    Ok(read)
}

fn is_payload(path: &RelPath) -> bool {
    path.as_bytes().starts_with(b"data/")
}

/// The lines of a tag file: each ended by LF, CR or CRLF, the last perhaps by none.
pub(super) fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
        Some(line)
    })
}

fn each<T>(
    text: &[u8],
    read: impl Fn(&[u8], u64) -> Result<T, BagError>,
) -> Result<Vec<T>, BagError> {
    let mut all = Vec::new();
    for (line, text) in (1..).zip(split(text)) {
        if text.len() > limits::MANIFEST_LINE {
            let limit = limits::MANIFEST_LINE;
            return Err(ManifestError::LineTooLong { line, limit }.into());
        }
        if all.len() >= limits::MANIFEST_ENTRIES {
            let limit = limits::MANIFEST_ENTRIES;
            return Err(ManifestError::TooManyEntries { line, limit }.into());
        }
        if !text.trim_ascii().is_empty() && !text.starts_with(b"#") {
            all.push(read(text, line)?);
        }
    }
    Ok(all)
}

fn manifest_line(text: &[u8], line: u64, algorithm: Algorithm) -> Result<Line, BagError> {
    let garbage = ManifestError::Garbage { line, form: "BagIt" };
    let (digits, name) = word(text).ok_or(garbage.clone())?;
    let (marked, name) = match name.strip_prefix(b"*") {
        Some(name) => (true, name),
        None => (false, name),
    };
    if name.is_empty() || digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(garbage.into());
    }
    let digest = gnu::digest_by_name(digits, algorithm, line)?;
    let dotted = name.starts_with(b"./");
    let (literal, decoded) = names(name, line)?;
    Ok(Line { literal, decoded, digest, marked, dotted, line })
}

/// The first word, and what follows the white space after it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
    let (word, mut rest) = text.split_at(end);
    while let Some((b' ' | b'\t', after)) = rest.split_first() {
        rest = after;
    }
    Some((word, rest))
}

fn names(name: &[u8], line: u64) -> Result<(RelPath, Option<RelPath>), BagError> {
    let refused = |source| BagError::Name { line, source };
    let literal = safe(name).map_err(refused)?;
    let decoded = match decode(name) {
        Some(name) => Some(safe(&name).map_err(refused)?),
        None => None,
    };
    Ok((literal, decoded))
}

/// Undoes `%0A`, `%0D` and `%25`, either case, and nothing else; `None` when there is none.
fn decode(name: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, after)) = rest.split_first() {
        let escape = rest.split_first_chunk::<3>().and_then(|(code, after)| {
            let byte = match code {
                b"%0A" | b"%0a" => b'\n',
                b"%0D" | b"%0d" => b'\r',
                b"%25" => b'%',
                _ => return None,
            };
            Some((byte, after))
        });
        let (byte, after) = escape.unwrap_or((byte, after));
        plain.push(byte);
        rest = after;
    }
    (plain != name).then_some(plain)
}

/// A name that stays in the bag on every system.
fn safe(name: &[u8]) -> Result<RelPath, NameError> {
    if name.starts_with(b"\\") {
        return Err(NameError::Backslash);
    }
    if name.starts_with(b"~") {
        return Err(NameError::Home);
    }
    if matches!(name, [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return Err(NameError::Drive);
    }
    let mut parts = name.split(|byte| matches!(byte, b'/' | b'\\'));
    if parts.clone().any(is_variable) {
        return Err(NameError::Variable);
    }
    let path = RelPath::from_list(name).map_err(NameError::Path)?;
    if parts.any(|part| part == b"..") {
        return Err(NameError::Parent);
    }
    Ok(path)
}

/// Whether a part is `%NAME%` and nothing else.
fn is_variable(part: &[u8]) -> bool {
    let inner = part.strip_prefix(b"%").and_then(|part| part.strip_suffix(b"%"));
    inner.is_some_and(|name| {
        !name.is_empty()
            && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"_()".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Coded};

    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

    fn read(text: &str) -> Result<Vec<Line>, BagError> {
        read_payload(text.as_bytes(), Algorithm::Md5)
    }

    #[test]
    fn lines_give_both_readings_of_a_name() {
        let table: [(&str, &str, Option<&str>); 9] = [
            ("  data/a", "data/a", None),
            (" data/a b ", "data/a b ", None),
            ("\t ./data/a", "data/a", None),
            (" *data/a", "data/a", None),
            ("  data/%7Ea", "data/%7Ea", None),
            ("  data/%test2.txt", "data/%test2.txt", None),
            ("  data/a%25b", "data/a%25b", Some("data/a%b")),
            ("  data/a%0ab%0D", "data/a%0ab%0D", Some("data/a\nb\r")),
            ("  data/50%off%sale", "data/50%off%sale", None),
        ];
        for (rest, literal, decoded) in table {
            let lines = read(&format!("{MD5}{rest}")).expect(rest);
            let path = |name: &str| RelPath::new(name.as_bytes()).expect("path");
            assert_eq!(lines[0].literal, path(literal), "{rest}");
            assert_eq!(lines[0].decoded, decoded.map(path), "{rest}");
        }
    }

    #[test]
    fn lines_end_three_ways() {
        let lines =
            read(&format!("{MD5} data/a\r{MD5} data/b\r\n# x\n\n{MD5} data/c")).expect("read");
        assert_eq!(lines.iter().map(|line| line.line).collect::<Vec<_>>(), [1, 2, 5]);
    }

    #[test]
    fn names_that_leave_a_bag_are_refused() {
        for name in [
            "../a",
            "/etc/passwd",
            "data/../a",
            "data/%0A/../../a",
            "C:\\a",
            "c:a",
            "\\\\?\\UNC\\a",
            "\\a",
            "~/a",
            "~root/a",
            "%HomeDrive%\\a",
            "%TEMP%/a",
            "data/%TEMP%/a",
            "data/..\\..\\a",
            "data\\..\\..\\a",
            "data/%25TEMP%25/a",
        ] {
            let line = format!("{MD5}  {name}\n");
            assert_eq!(read(&line).expect_err(name).code(), Code::UnsafePath, "{name}");
            let line = format!("https://example.org/ - {name}\n");
            let error = read_fetch(line.as_bytes()).expect_err(name);
            assert_eq!((error.code(), error.line()), (Code::UnsafePath, Some(1)), "{name}");
        }
    }

    #[test]
    fn bad_lines_are_refused() {
        let sha = "0".repeat(64);
        for text in [
            MD5.to_owned(),
            format!("{MD5} "),
            format!("{MD5} *"),
            " data/a".into(),
            "hello world".into(),
            format!("{sha} data/a"),
            format!("{MD5}  bagit.txt"),
            format!("{MD5} data"),
        ] {
            let error = read(&format!("{MD5} data/x\n{text}\n")).expect_err(&text);
            assert_eq!((error.code(), error.line()), (Code::Malformed, Some(2)), "{text}");
        }
        for text in ["u", "u -", "u - ", "u x data/a", "u -1 data/a", "u - bagit.txt"] {
            assert_eq!(
                read_fetch(text.as_bytes()).expect_err(text).code(),
                Code::Malformed,
                "{text}"
            );
        }
        assert_eq!(read_fetch(b"u 12\tdata/a b").map(|lines| lines.len()), Ok(1));
        let tags = |text: String| read_tags(text.as_bytes(), Algorithm::Md5);
        assert_eq!(tags(format!("{MD5} bagit.txt")).map(|lines| lines.len()), Ok(1));
        assert_eq!(tags(format!("{MD5} data/a")), Err(BagError::Payload { line: 1 }));
    }
}
