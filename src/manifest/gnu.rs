//! The GNU form of coreutils: `digest SP (SP|*) name LF`, and the signed list, which is that form
//! in one spelling only.
//!
//! A name with a backslash, LF or CR makes the line begin with a backslash, and those three
//! become `\\`, `\n` and `\r`; every other byte stands as it is, valid UTF-8 or not. The signed
//! list is SHA-256, lower case, two spaces, strictly sorted by the bytes of the name, every line
//! ended by LF: `write(read_signed(x)) == x`.

use super::lines::{Line, Lines, find, has_any};
use super::{Entry, Manifest, ManifestError};
use crate::digest::{Algorithm, Digest};
use crate::limits;
use crate::path::RelPath;
use std::borrow::Cow;

/// The name of this form.
pub(super) const FORM: &str = "GNU";

/// The parts of one line, nothing decided about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) escaped: bool,
    pub(super) digits: &'a [u8],
    pub(super) mark: u8,
    pub(super) name: &'a [u8],
}

/// Splits a line into its parts; `None` when it has not the shape of this form. Without
/// `escapes` (NUL-terminated lists) a leading backslash has no meaning and is no digit.
pub(super) fn split(text: &[u8], escapes: bool) -> Option<Parts<'_>> {
    let (escaped, text) = strip_escape_mark(text, escapes);
    let (digits, rest) = text.split_at(find(text, b' ')?);
    let (&mark, name) = rest.strip_prefix(b" ")?.split_first()?;
    let hex = !digits.is_empty() && !has_any(digits, |byte| !byte.is_ascii_hexdigit());
    (hex && matches!(mark, b' ' | b'*') && !name.is_empty()).then_some(Parts {
        escaped,
        digits,
        mark,
        name,
    })
}

/// Takes the leading backslash that says that the name is escaped.
pub(super) fn strip_escape_mark(text: &[u8], escapes: bool) -> (bool, &[u8]) {
    match text.strip_prefix(b"\\") {
        Some(rest) if escapes => (true, rest),
        Some(_) | None => (false, text),
    }
}

/// Undoes the escapes of a name; `None` for any but `\\`, `\n` and `\r`.
fn unescape(name: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !name.contains(&b'\\') {
        return Some(Cow::Borrowed(name));
    }
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                b'r' => b'\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some(Cow::Owned(plain))
}

/// The name that a line means, whose escapes count if the line says so.
pub(super) fn plain(name: &[u8], escaped: bool, line: u64) -> Result<Cow<'_, [u8]>, ManifestError> {
    if escaped {
        unescape(name).ok_or(ManifestError::Escape { line })
    } else {
        Ok(Cow::Borrowed(name))
    }
}

fn needs_escape(name: &[u8]) -> bool {
    has_any(name, |byte| matches!(byte, b'\\' | b'\n' | b'\r'))
}

/// Appends the line of one file, with its LF. Without that LF it is the leaf of the Merkle tree.
pub fn push_line(out: &mut Vec<u8>, name: &[u8], digest: &Digest) {
    let escape = needs_escape(name);
    if escape {
        out.push(b'\\');
    }
    out.extend_from_slice(digest.to_hex().as_bytes());
    out.extend_from_slice(b"  ");
    if escape {
        push_escaped(out, name);
    } else {
        out.extend_from_slice(name);
    }
    out.push(b'\n');
}

fn push_escaped(out: &mut Vec<u8>, name: &[u8]) {
    for &byte in name {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            other => out.push(other),
        }
    }
}

/// Writes a list in the GNU text form, in the order given. For a list that [`read_signed`] reads
/// give SHA-256 digests, strictly ascending by path.
pub fn write<'a>(files: impl Iterator<Item = (&'a RelPath, &'a Digest)>) -> Vec<u8> {
    let mut out = Vec::new();
    for (path, digest) in files {
        push_line(&mut out, path.as_bytes(), digest);
    }
    out
}

/// Reads a signed list: exactly what [`write()`] prints for SHA-256 digests in order, with at
/// least one entry. Comments, CRLF, upper case, binary marks and `./` are all refused, so that
/// one tree has one list.
///
/// # Errors
/// [`ManifestError`], the first in the order of the lines.
pub fn read_signed(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    // No line is shorter than a digest, two spaces, a letter and its end.
    let most = bytes.len().checked_div(68).unwrap_or(0).saturating_add(1);
    let mut entries: Vec<Entry> = Vec::with_capacity(most.min(limits::MANIFEST_ENTRIES));
    for line in Lines::new(bytes, b'\n')? {
        let line = line?;
        let (number, limit) = (line.number, limits::MANIFEST_ENTRIES);
        if entries.len() >= limit {
            return Err(ManifestError::TooManyEntries { line: number, limit });
        }
        let entry = signed_entry(line)?;
        if let Some(before) = entries.last() {
            in_order(before, &entry)?;
        }
        entries.push(entry);
    }
    if entries.is_empty() {
        return Err(ManifestError::Empty);
    }
    Ok(Manifest { entries })
}

fn in_order(before: &Entry, entry: &Entry) -> Result<(), ManifestError> {
    match before.path.cmp(&entry.path) {
        std::cmp::Ordering::Less => Ok(()),
        std::cmp::Ordering::Equal => {
            Err(ManifestError::Duplicate { line: entry.line, first: before.line })
        }
        std::cmp::Ordering::Greater => Err(ManifestError::Unsorted { line: entry.line }),
    }
}

fn signed_entry(line: Line<'_>) -> Result<Entry, ManifestError> {
    let number = line.number;
    let parts =
        split(line.text, true).ok_or(ManifestError::Garbage { line: number, form: FORM })?;
    let digest = signed_digest(parts.digits, number)?;
    if parts.mark != b' ' {
        let expected = "two spaces before the name";
        return Err(ManifestError::Spelling { line: number, expected });
    }
    let path = signed_path(parts, number)?;
    if !line.ended {
        return Err(ManifestError::Unterminated { line: number });
    }
    Ok(Entry { path, digests: digest.into(), size: None, line: number })
}

fn signed_digest(digits: &[u8], line: u64) -> Result<Digest, ManifestError> {
    let digest = digest(digits, Algorithm::Sha256, line)?;
    if has_any(digits, |byte| byte.is_ascii_uppercase()) {
        return Err(ManifestError::Spelling { line, expected: "lower-case digits" });
    }
    Ok(digest)
}

fn signed_path(parts: Parts<'_>, line: u64) -> Result<RelPath, ManifestError> {
    let name = plain(parts.name, parts.escaped, line)?;
    // A CR that stands raw beside escapes would be printed as an escape.
    if parts.escaped != needs_escape(&name) || parts.name.contains(&b'\r') {
        let expected =
            "a leading backslash where the name has a backslash, LF or CR, and only there";
        return Err(ManifestError::Spelling { line, expected });
    }
    RelPath::new(&name).map_err(|source| ManifestError::Path { line, source })
}

/// Reads the digits as a digest of `algorithm`, and says which one they would fit otherwise.
pub(super) fn digest(
    digits: &[u8],
    algorithm: Algorithm,
    line: u64,
) -> Result<Digest, ManifestError> {
    if digits.len() != algorithm.length().saturating_mul(2) {
        let fits = fitting(digits.len());
        return Err(ManifestError::Length { line, algorithm, digits: digits.len(), fits });
    }
    Digest::from_hex(algorithm, digits).ok_or(ManifestError::Hex { line })
}

/// The same where a tag or the name of a bag's manifest fixes the algorithm: no flag changes it.
pub(super) fn digest_by_name(
    digits: &[u8],
    algorithm: Algorithm,
    line: u64,
) -> Result<Digest, ManifestError> {
    if digits.len() != algorithm.length().saturating_mul(2) {
        return Err(ManifestError::Length { line, algorithm, digits: digits.len(), fits: None });
    }
    digest(digits, algorithm, line)
}

fn fitting(digits: usize) -> Option<Algorithm> {
    Algorithm::ALL.into_iter().find(|algorithm| algorithm.length().saturating_mul(2) == digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const HEX: &str = "5f1b951418d9e4f53db4724102b2fd760c3f6f08e8dfe0c00dd115a1f4e54c8a";

    fn refused(text: &[u8]) -> ManifestError {
        read_signed(text).expect_err("refused")
    }

    fn print(manifest: &Manifest) -> Vec<u8> {
        write(manifest.entries.iter().map(|entry| (&entry.path, &entry.digests[0])))
    }

    #[test]
    fn one_spelling_is_read() {
        let text = format!("{HEX}  a b\n\\{HEX}  c\\\\d\\n\\r\n{HEX}  d \n");
        let manifest = read_signed(text.as_bytes()).expect("read");
        let names: Vec<_> = manifest.entries.iter().map(|entry| entry.path.as_bytes()).collect();
        assert_eq!(names, [&b"a b"[..], b"c\\d\n\r", b"d "]);
        assert_eq!(manifest.entries[2].line, 3);
        assert_eq!(print(&manifest), text.as_bytes());
    }

    #[test]
    fn any_other_spelling_is_refused() {
        let spelling = |error: &ManifestError| matches!(error, ManifestError::Spelling { .. });
        let upper = HEX.to_uppercase();
        for text in [
            format!("{upper}  a\n"),
            format!("{HEX} *a\n"),
            format!("\\{HEX}  a\n"),
            format!("{HEX}  a\\b\n"),
            format!("{HEX}  a\r\n"),
            format!("\\{HEX}  a\\n\r\n"),
        ] {
            assert!(spelling(&refused(text.as_bytes())), "{text:?}");
        }
        let line = 1;
        let garbage = ManifestError::Garbage { line, form: FORM };
        let table: [(String, ManifestError); 13] = [
            (String::new(), ManifestError::Empty),
            ("\n".into(), garbage.clone()),
            ("# no\n".into(), garbage.clone()),
            (format!("{HEX}  \n"), garbage.clone()),
            (HEX.into(), garbage.clone()),
            (format!("{HEX}\ta\n"), garbage),
            (format!("{HEX}  a"), ManifestError::Unterminated { line }),
            (format!("\\{HEX}  a\\tb\n"), ManifestError::Escape { line }),
            (format!("\\{HEX}  a\\\n"), ManifestError::Escape { line }),
            (format!("{HEX}  a\n{HEX}  a\n"), ManifestError::Duplicate { line: 2, first: 1 }),
            (format!("{HEX}  b\n{HEX}  a\n"), ManifestError::Unsorted { line: 2 }),
            (format!("{HEX}  a\n\n"), ManifestError::Garbage { line: 2, form: FORM }),
            (
                format!("{}  a\n", &HEX[..32]),
                ManifestError::Length {
                    line,
                    algorithm: Algorithm::Sha256,
                    digits: 32,
                    fits: Some(Algorithm::Md5),
                },
            ),
        ];
        for (text, expected) in table {
            assert_eq!(refused(text.as_bytes()), expected, "{text:?}");
        }
        for name in ["../a", "/a", "./a", "a//b", "a\0b", "a/"] {
            let error = refused(format!("{HEX}  {name}\n").as_bytes());
            assert!(matches!(error, ManifestError::Path { line: 1, .. }), "{name:?}");
        }
    }

    fn part() -> impl Strategy<Value = Vec<u8>> {
        let special = prop::sample::select(b"\\\n\r *#./ \xff\xfe()=%".to_vec());
        let byte = prop_oneof![any::<u8>(), special];
        prop::collection::vec(byte, 1..12)
    }

    fn path() -> impl Strategy<Value = RelPath> {
        part().prop_filter_map("a path", |bytes| RelPath::new(&bytes).ok())
    }

    proptest! {
        #[test]
        fn parse_of_print(files in prop::collection::btree_map(path(), any::<[u8; 32]>(), 1..20)) {
            let files: BTreeMap<_, _> = files.into_iter()
                .map(|(path, bytes)| (path, Digest::new(Algorithm::Sha256, &bytes).expect("32")))
                .collect();
            let text = write(files.iter());
            let read: BTreeMap<_, _> = read_signed(&text).expect("read").entries.into_iter()
                .map(|entry| (entry.path, entry.digests[0]))
                .collect();
            prop_assert_eq!(files, read);
        }

        #[test]
        fn print_of_parse(lines in prop::collection::vec((any::<bool>(), part()), 1..4)) {
            let mut text = Vec::new();
            for (escaped, name) in lines {
                if escaped { text.push(b'\\'); }
                text.extend_from_slice(HEX.as_bytes());
                text.extend_from_slice(b"  ");
                text.extend_from_slice(&name);
                text.push(b'\n');
            }
            if let Ok(manifest) = read_signed(&text) {
                prop_assert_eq!(print(&manifest), text);
            }
        }
    }
}
