//! Names that will not arrive: two that are one where case or Unicode form does not count, and
//! such that tools people have cannot read or show. All are warnings; none changes the exit.
//!
//! Not looked for: names that Windows reserves, and folders that differ only in case.

use crate::finding::{Code, Finding};
use crate::path::RelPath;
use rustc_hash::FxHasher;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use unicode_normalization::UnicodeNormalization;

/// Every warning about these paths: [`collisions`], then one a kind of name that some tool
/// cannot take, with its number and the first such name.
pub fn warnings(paths: &[&RelPath]) -> Vec<Finding> {
    let mut findings = collisions(paths);
    findings.extend(KINDS.iter().filter_map(|kind| kind.warning(paths)));
    findings
}

/// One warning for each path that, canonically caseless (Unicode 3.13 D145), is the same as an
/// earlier one; it names both.
pub fn collisions(paths: &[&RelPath]) -> Vec<Finding> {
    let mut hashed: Vec<(u64, usize)> =
        paths.iter().enumerate().map(|(at, path)| (hash(path.as_bytes()), at)).collect();
    hashed.sort_unstable();
    let groups = hashed.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
    let mut pairs: Vec<(&RelPath, &RelPath)> =
        groups.flat_map(|group| colliding(paths, group)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs.into_iter().map(|(first, other)| collision(first, other)).collect()
}

/// The pairs of one group of equal hashes; the hash is only there to spare keeping every key, and
/// names made to have equal ones only make this slower.
fn colliding<'a>(paths: &[&'a RelPath], group: &[(u64, usize)]) -> Vec<(&'a RelPath, &'a RelPath)> {
    let mut by_key: BTreeMap<Vec<u8>, Vec<&RelPath>> = BTreeMap::new();
    for path in group.iter().filter_map(|&(_, at)| paths.get(at)) {
        by_key.entry(key(path.as_bytes()).into_owned()).or_default().push(path);
    }
    let mut pairs = Vec::new();
    for mut same in by_key.into_values() {
        same.sort_unstable();
        same.dedup();
        if let Some((first, others)) = same.split_first() {
            pairs.extend(others.iter().map(|other| (*first, *other)));
        }
    }
    pairs
}

fn collision(first: &RelPath, other: &RelPath) -> Finding {
    let message = "one name with another where case or Unicode form does not count";
    Finding::warning(Code::UnsafePath, message)
        .at(first.as_bytes())
        .with_path("other", other.as_bytes())
}

fn hash(name: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    key(name).hash(&mut hasher);
    hasher.finish()
}

/// What is left of a name when case and Unicode form do not count: NFC of the case folding of
/// NFD. Bytes that are not UTF-8 lose the case of their ASCII letters.
fn key(name: &[u8]) -> Cow<'_, [u8]> {
    if name.is_ascii() {
        let plain = !name.iter().any(u8::is_ascii_uppercase);
        return if plain { Cow::Borrowed(name) } else { Cow::Owned(name.to_ascii_lowercase()) };
    }
    match std::str::from_utf8(name) {
        Ok(text) => {
            let folded = caseless::default_case_fold_str(&text.nfd().collect::<String>());
            Cow::Owned(folded.nfc().collect::<String>().into_bytes())
        }
        Err(_) => Cow::Owned(name.to_ascii_lowercase()),
    }
}

/// A kind of name that some tool cannot take.
struct Kind {
    applies: fn(&[u8]) -> bool,
    message: &'static str,
}

const KINDS: [Kind; 4] = [
    Kind {
        applies: |name| name.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r')),
        message: "a backslash, LF or CR in a name: perl shasum and rhash do not read every such \
                  line, and sha256(SHA256SUMS) is no dirHash",
    },
    Kind {
        applies: |name| std::str::from_utf8(name).is_err(),
        message: "a name that is not UTF-8: some systems and formats cannot hold it",
    },
    Kind {
        applies: |name| name.contains(&b'%'),
        message: "a '%' in a name: tools for BagIt disagree on its meaning",
    },
    Kind {
        applies: |name| String::from_utf8_lossy(name).chars().any(is_hidden),
        message: "a control or bidirectional character in a name: it may be shown as another",
    },
];

impl Kind {
    fn warning(&self, paths: &[&RelPath]) -> Option<Finding> {
        let mut hits = paths.iter().filter(|path| (self.applies)(path.as_bytes()));
        let first = hits.next()?;
        let number = u64::try_from(hits.count()).unwrap_or(u64::MAX).saturating_add(1);
        let finding = Finding::warning(Code::UnsafePath, self.message);
        Some(finding.at(first.as_bytes()).with_number("names", number))
    }
}

/// Control characters but LF and CR, which have their own warning, and those of Unicode Bidi.
fn is_hidden(c: char) -> bool {
    let bidi = matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    bidi || (c.is_control() && !matches!(c, '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Evidence, Severity};

    fn paths(names: &[&[u8]]) -> Vec<RelPath> {
        names.iter().map(|name| RelPath::new(name).expect("path")).collect()
    }

    fn pairs(names: &[&[u8]]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let paths = paths(names);
        let found = collisions(&paths.iter().collect::<Vec<_>>());
        found
            .into_iter()
            .map(|finding| match finding.evidence.into_iter().next() {
                Some((_, Evidence::Path(other))) => (finding.path.expect("path"), other),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn names_that_collide_are_paired() {
        let pair = |a: &str, b: &str| (a.as_bytes().to_vec(), b.as_bytes().to_vec());
        let table: [(&[&str], Vec<_>); 8] = [
            (&["a", "b"], vec![]),
            (&["a", "a"], vec![]),
            (&["a", "A"], vec![pair("A", "a")]),
            (&["ab", "AB", "Ab"], vec![pair("AB", "Ab"), pair("AB", "ab")]),
            (&["é", "e\u{301}"], vec![pair("e\u{301}", "é")]),
            (&["É", "e\u{301}"], vec![pair("e\u{301}", "É")]),
            (&["straße", "STRASSE"], vec![pair("STRASSE", "straße")]),
            (&["ä", "a"], vec![]),
        ];
        for (names, expected) in table {
            let bytes: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
            assert_eq!(pairs(&bytes), expected, "{names:?}");
        }
        assert_eq!(pairs(&[b"\xffA", b"\xffa"]).len(), 1);
    }

    #[test]
    fn one_warning_a_kind() {
        let paths =
            paths(&[b"a\\b", b"a\nb", b"\xff", b"100%", "a\u{202e}b".as_bytes(), b"a\x1b", b"ok"]);
        let found = warnings(&paths.iter().collect::<Vec<_>>());
        let seen: Vec<_> = found
            .iter()
            .map(|finding| (finding.path.as_deref().expect("path"), finding.evidence[0].1.clone()))
            .collect();
        let number = Evidence::Number;
        assert_eq!(
            seen,
            [
                (&b"a\\b"[..], number(2)),
                (b"\xff", number(1)),
                (b"100%", number(1)),
                ("a\u{202e}b".as_bytes(), number(2)),
            ]
        );
        assert!(found.iter().all(|finding| finding.severity == Severity::Warning));
        assert!(warnings(&[]).is_empty());
    }
}
