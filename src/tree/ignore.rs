//! Ignore patterns: which entries of a tree are left out.
//!
//! | pattern | what it matches |
//! |---|---|
//! | `name` (no `/` in it) | every entry of that name, at any depth |
//! | `a/b`, `/name` | that path from the root, and only from there |
//! | `name/` | the same, but folders only |
//! | `*`, `?` | within a name: any bytes, any one byte |
//! | `**` as a whole part | any number of parts, also none; at the end at least one |
//!
//! What lies in an ignored folder is ignored with it. There is nothing else: no escapes, no
//! sets, no negation; `[`, `!`, `#` and `\` stand for themselves. The work for one path is
//! bounded by the product of the lengths of path and pattern.

use crate::finding::{Code, Coded};
use crate::path::RelPath;

/// Longest pattern, in bytes.
const PATTERN_BYTES: usize = 4_096;
/// Most patterns.
const PATTERNS: usize = 1_024;

/// A set of ignore patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignore {
    patterns: Vec<String>,
    compiled: Vec<Pattern>,
}

/// Why a text is no ignore pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// Nothing, or nothing but `/`.
    #[error("an ignore pattern without a name in it")]
    Empty,
    /// Has an empty part, `.` or `..`, which no path has.
    #[error("the ignore pattern '{pattern}' can match nothing: it has an empty part, '.' or '..'")]
    Dot {
        /// The beginning of the pattern, escaped.
        pattern: String,
    },
    /// Holds a NUL byte.
    #[error("an ignore pattern with a NUL byte")]
    Nul,
    /// Longer than 4,096 bytes.
    #[error("an ignore pattern longer than {PATTERN_BYTES} bytes")]
    TooLong,
    /// More than 1,024 patterns.
    #[error("more than {PATTERNS} ignore patterns")]
    TooMany,
}

impl Coded for IgnoreError {
    fn code(&self) -> Code {
        match self {
            Self::Empty | Self::Dot { .. } | Self::Nul => Code::Malformed,
            Self::TooLong | Self::TooMany => Code::Limit,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    parts: Vec<Part>,
    /// From the root only; else there is one part, for any depth.
    anchored: bool,
    folders_only: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// `**`
    Any,
    /// A name, perhaps with `*` and `?`.
    Name(Vec<u8>),
}

impl Ignore {
    /// Takes patterns as the user wrote them.
    ///
    /// # Errors
    /// [`IgnoreError`], for the first that is none.
    pub fn new(patterns: &[String]) -> Result<Self, IgnoreError> {
        if patterns.len() > PATTERNS {
            return Err(IgnoreError::TooMany);
        }
        let compiled = patterns
            .iter()
            .map(|pattern| Pattern::new(pattern.as_bytes()))
            .collect::<Result<_, _>>()?;
        Ok(Self { patterns: patterns.to_vec(), compiled })
    }

    /// Ignores nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// The patterns as the user wrote them.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether `path` is ignored, itself or because a folder above it is; `folder` says whether
    /// it is one.
    pub fn matches(&self, path: &RelPath, folder: bool) -> bool {
        self.compiled.iter().any(|pattern| pattern.matches(path, folder, true))
    }

    /// Whether `path` itself is ignored, when no folder above it is.
    pub(super) fn matches_itself(&self, path: &RelPath, folder: bool) -> bool {
        self.compiled.iter().any(|pattern| pattern.matches(path, folder, false))
    }
}

impl Pattern {
    fn new(text: &[u8]) -> Result<Self, IgnoreError> {
        if text.len() > PATTERN_BYTES {
            return Err(IgnoreError::TooLong);
        }
        if text.contains(&0) {
            return Err(IgnoreError::Nul);
        }
        let (rest, folders_only) = stripped(text, text.strip_suffix(b"/"));
        let (rest, rooted) = stripped(rest, rest.strip_prefix(b"/"));
        if rest.is_empty() {
            return Err(IgnoreError::Empty);
        }
        let names: Vec<&[u8]> = rest.split(|&byte| byte == b'/').collect();
        if names.iter().any(|name| matches!(*name, b"" | b"." | b"..")) {
            let pattern = text.get(..80).unwrap_or(text).escape_ascii().to_string();
            return Err(IgnoreError::Dot { pattern });
        }
        let anchored = rooted || names.len() > 1;
        let parts = names.into_iter().map(Part::new).collect();
        Ok(Self { parts, anchored, folders_only })
    }

    /// Whether it matches `path`, or, where `above` is asked for, a folder above it.
    fn matches(&self, path: &RelPath, folder: bool, above: bool) -> bool {
        if self.anchored {
            return self.matches_from_root(path, folder, above);
        }
        let fits = |name: &[u8]| self.parts.iter().all(|part| part.matches(name));
        let itself = (folder || !self.folders_only) && fits(path.name());
        itself || (above && folders_above(path).any(fits))
    }

    /// Walks along the path with the set of all pattern parts that may come next, so that `**`
    /// needs no trying and going back.
    fn matches_from_root(&self, path: &RelPath, folder: bool, above: bool) -> bool {
        let mut expected = vec![false; self.parts.len()];
        if let Some(first) = expected.first_mut() {
            *first = true;
        }
        self.skip_any(&mut expected);
        let depth = path.parts().count();
        for (level, name) in path.parts().enumerate() {
            let is_last = level.saturating_add(1) == depth;
            let (next, matched) = self.step(&expected, name);
            let counts = if is_last { folder || !self.folders_only } else { above };
            if matched && counts {
                return true;
            }
            expected = next;
        }
        false
    }

    /// Which parts may come after `name`, and whether the pattern may end with it.
    fn step(&self, expected: &[bool], name: &[u8]) -> (Vec<bool>, bool) {
        let mut next = vec![false; self.parts.len()];
        let mut matched = false;
        for (index, part) in self.parts.iter().enumerate() {
            if !expected.get(index).copied().unwrap_or(false) || !part.matches(name) {
                continue;
            }
            if matches!(part, Part::Any)
                && let Some(here) = next.get_mut(index)
            {
                *here = true;
            }
            match next.get_mut(index.saturating_add(1)) {
                Some(after) => *after = true,
                None => matched = true,
            }
        }
        self.skip_any(&mut next);
        (next, matched)
    }

    /// Where `**` may come, what follows it may come as well.
    fn skip_any(&self, expected: &mut [bool]) {
        let mut skipping = false;
        for (part, expected) in self.parts.iter().zip(expected) {
            *expected |= skipping;
            skipping = *expected && matches!(part, Part::Any);
        }
    }
}

impl Part {
    fn new(name: &[u8]) -> Self {
        if name == b"**" { Self::Any } else { Self::Name(name.to_vec()) }
    }

    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Name(pattern) => name_matches(pattern, name),
        }
    }
}

/// Whether `pattern` with `*` and `?` matches the whole of `name`. When bytes stop fitting,
/// only the last `*` is tried again one byte later: an earlier one could do no better.
fn name_matches(mut pattern: &[u8], mut name: &[u8]) -> bool {
    let mut again: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), name.split_first()) {
            (Some((b'*', after)), _) => {
                pattern = after;
                again = Some((after, name));
            }
            (None, None) => return true,
            (Some((wanted, after)), Some((found, rest))) if fits(*wanted, *found) => {
                (pattern, name) = (after, rest);
            }
            (_, _) => {
                let Some((after, (_, rest))) =
                    again.and_then(|(after, from)| Some((after, from.split_first()?)))
                else {
                    return false;
                };
                again = Some((after, rest));
                (pattern, name) = (after, rest);
            }
        }
    }
}

fn fits(wanted: u8, found: u8) -> bool {
    wanted == b'?' || wanted == found
}

fn folders_above(path: &RelPath) -> impl Iterator<Item = &[u8]> {
    let depth = path.parts().count();
    path.parts().take(depth.saturating_sub(1))
}

/// What is left when something could be stripped, else the whole; and whether it could.
fn stripped<'a>(whole: &'a [u8], rest: Option<&'a [u8]>) -> (&'a [u8], bool) {
    (rest.unwrap_or(whole), rest.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ignore(patterns: &[&str]) -> Ignore {
        let patterns: Vec<String> = patterns.iter().map(|&text| text.to_owned()).collect();
        Ignore::new(&patterns).unwrap()
    }

    fn path(text: &str) -> RelPath {
        RelPath::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn tricky_cases() {
        // Pattern, path (with `/` at its end: a folder), matched.
        let table = [
            (".git", ".git/", true),
            (".git", "a/.git/", true),
            (".git", "a/.git", true),
            (".git", ".gitignore", false),
            (".git", "x.git", false),
            (".git", ".git/config", true),
            (".git/", ".git", false),
            (".git/", ".git/", true),
            (".git/", ".git/config", true),
            (".git/", "a/.git/b/c", true),
            ("/x", "x", true),
            ("/x", "a/x", false),
            ("/x", "x/y", true),
            ("/x/", "x", false),
            ("/x/", "x/y", true),
            ("a/b", "a/b", true),
            ("a/b", "c/a/b", false),
            ("a/b", "a/b/c", true),
            ("a/b/", "a/b", false),
            ("a/b/", "a/b/", true),
            ("a/b", "a", false),
            ("*", "x", true),
            ("*", "x/y", true),
            ("*.tmp", "a/b.tmp", true),
            ("*.tmp", ".tmp", true),
            ("*.tmp", "b.tmpx", false),
            ("*.tmp", "d.tmp/x", true),
            ("a*", "a/b", true),
            ("/a*", "ab/c", true),
            ("a/*", "a/b", true),
            ("a/*", "a", false),
            ("a/*/c", "a/b/c", true),
            ("a/*/c", "a/c", false),
            ("a/*/c", "a/b/b/c", false),
            ("?", "a", true),
            ("?", "ab", false),
            ("?", "\u{e9}", false),
            ("??", "\u{e9}", true),
            ("a?b", "a/b", false),
            ("/a?b", "a/b", false),
            ("a*b", "axxb", true),
            ("**", "a", true),
            ("**", "a/b/c", true),
            ("/**", "a", true),
            ("a/**", "a", false),
            ("a/**", "a/", false),
            ("a/**", "a/b", true),
            ("a/**", "a/b/c", true),
            ("a/**", "b/a/c", false),
            ("**/b", "b", true),
            ("**/b", "a/b", true),
            ("**/b", "x/y/b", true),
            ("**/b", "ab", false),
            ("**/b", "b/c", true),
            ("**/b/", "a/b", false),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a/**/b", "ab", false),
            ("a/**/b", "a/xb", false),
            ("a/**/b", "c/a/b", false),
            ("a/**/**/b", "a/b", true),
            ("**/**", "a", true),
            ("a/**/*", "a/b", true),
            ("**/a/**", "x/a/y", true),
            ("**/a/**", "x/a", false),
            ("a**b", "axxb", true),
            ("a**b", "a/b", false),
            ("a**/b", "axx/b", true),
            ("a**/b", "a/x/b", false),
            ("***", "abc", true),
            ("***", "a/b", true),
            ("[ab]", "a", false),
            ("[ab]", "[ab]", true),
            ("!a", "a", false),
            ("!a", "!a", true),
            ("\\*", "*", false),
            ("\\*", "\\x", true),
            ("#a", "#a", true),
            (" ", " ", true),
            ("A", "a", false),
            ("-", "-", true),
            ("a b", "a b", true),
            ("*a*b*c*", "xaxbxcx", true),
            ("*a*b*c*", "xaxcxb", false),
            ("*ab", "aab", true),
            ("*ab*", "aaab", true),
        ];
        for (pattern, text, expected) in table {
            let folder = text.ends_with('/');
            let found = ignore(&[pattern]).matches(&path(text.trim_end_matches('/')), folder);
            assert_eq!(found, expected, "{pattern} on {text}");
        }
        assert!(ignore(&["a", "b"]).matches(&path("b"), false));
        assert!(!Ignore::none().matches(&path("b"), true));
    }

    #[test]
    fn names_are_bytes() {
        let odd = RelPath::new(b"a\xff\nb").unwrap();
        assert!(ignore(&["a??b"]).matches(&odd, false));
        assert!(ignore(&["*b"]).matches(&odd, false));
        assert!(!ignore(&["a?b"]).matches(&odd, false));
    }

    #[test]
    fn what_is_no_pattern() {
        let dot = |pattern: &str| IgnoreError::Dot { pattern: pattern.to_owned() };
        let table = [
            ("", IgnoreError::Empty),
            ("/", IgnoreError::Empty),
            ("//", IgnoreError::Empty),
            ("a//b", dot("a//b")),
            ("///", dot("///")),
            ("a//", dot("a//")),
            ("./a", dot("./a")),
            ("a/..", dot("a/..")),
            ("..", dot("..")),
            ("a/./b/", dot("a/./b/")),
            ("a\0", IgnoreError::Nul),
            ("./\u{1b}[2J", dot("./\\x1b[2J")),
        ];
        for (text, expected) in table {
            assert_eq!(Ignore::new(&[text.to_owned()]), Err(expected), "{text:?}");
        }
        assert_eq!(Ignore::new(&["a".repeat(4097)]), Err(IgnoreError::TooLong));
        assert_eq!(Ignore::new(&vec!["a".to_owned(); 1025]), Err(IgnoreError::TooMany));
        assert_eq!(ignore(&["a", "b/"]).patterns(), ["a".to_owned(), "b/".to_owned()]);
    }

    #[test]
    fn no_pattern_takes_long() {
        // Trying and going back at every star would take longer than anybody lives.
        let name = path(&"a".repeat(255));
        assert!(!ignore(&[&format!("{}b", "a*".repeat(120))]).matches(&name, false));
        let deep = path("a/".repeat(2_000).trim_end_matches('/'));
        assert!(!ignore(&[&format!("{}b", "**/a/".repeat(200))]).matches(&deep, false));
        assert!(!ignore(&[&format!("{}b", "**/".repeat(1_000))]).matches(&deep, true));
    }

    /// The definition, tried out in every way.
    fn slow(pattern: &[&[u8]], parts: &[&[u8]]) -> bool {
        match (pattern, parts) {
            ([], []) => true,
            ([b"**"], parts) => !parts.is_empty(),
            ([b"**", rest @ ..], parts) => {
                (0..=parts.len()).any(|skipped| slow(rest, &parts[skipped..]))
            }
            ([first, rest @ ..], [part, parts @ ..]) => slow_name(first, part) && slow(rest, parts),
            ([], [_, ..]) | ([_, ..], []) => false,
        }
    }

    fn slow_name(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            ([b'*', rest @ ..], name) => (0..=name.len()).any(|cut| slow_name(rest, &name[cut..])),
            ([b'?', rest @ ..], [_, name @ ..]) => slow_name(rest, name),
            ([wanted, rest @ ..], [found, name @ ..]) => wanted == found && slow_name(rest, name),
            ([], [_, ..]) | ([_, ..], []) => false,
        }
    }

    fn slow_matches(pattern: &str, path: &str, folder: bool) -> bool {
        let (bare, folders_only) = match pattern.strip_suffix('/') {
            Some(bare) => (bare, true),
            None => (pattern, false),
        };
        let any_depth = !bare.contains('/');
        let bare = bare.strip_prefix('/').unwrap_or(bare);
        let wanted: Vec<&[u8]> = bare.split('/').map(str::as_bytes).collect();
        let parts: Vec<&[u8]> = path.split('/').map(str::as_bytes).collect();
        (1..=parts.len()).any(|end| {
            let is_folder = end < parts.len() || folder;
            let start = if any_depth { end - 1 } else { 0 };
            (is_folder || !folders_only) && slow(&wanted, &parts[start..end])
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]
        #[test]
        fn equals_the_definition(
            pattern in "/?(([ab*?]{1,4}|\\*\\*)/){0,3}([ab*?]{1,5}|\\*\\*)/?",
            path_text in "([ab]{1,4}/){0,4}[ab]{1,6}",
            folder: bool,
        ) {
            let found = ignore(&[&pattern]).matches(&path(&path_text), folder);
            prop_assert_eq!(found, slow_matches(&pattern, &path_text, folder));
        }

        #[test]
        fn asking_on_the_way_is_asking_at_the_end(
            pattern in "/?(([ab*?]{1,4}|\\*\\*)/){0,3}([ab*?]{1,5}|\\*\\*)/?",
            path_text in "([ab]{1,4}/){0,4}[ab]{1,6}",
            folder: bool,
        ) {
            let ignore = ignore(&[&pattern]);
            let whole = path(&path_text);
            let ends = path_text.match_indices('/').map(|(at, _)| at);
            let above = ends.map(|at| path(&path_text[..at])).any(|path| ignore.matches_itself(&path, true));
            prop_assert_eq!(ignore.matches(&whole, folder), above || ignore.matches_itself(&whole, folder));
        }
    }
}
