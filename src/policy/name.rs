//! The names a policy may give: to itself, to collections, to signers.
//!
//! Each name ends up in signed text, in a file name or on a terminal, so each kind has its own
//! short list of what it may hold. A name that passes is safe to place, not known to be true.

use crate::finding::{Code, Coded};
use std::fmt::{self, Write as _};
use unicode_normalization::UnicodeNormalization as _;

/// Longest archive id and longest collection name, in bytes.
pub const NAME_BYTES: usize = 255;
/// Longest signer name, in bytes: it becomes a part of `SHA256SUMS.<name>.sigstore.json`.
pub const SIGNER_NAME_BYTES: usize = 128;

/// Folders of an archive that are no collections, and the word for every collection.
const RESERVED: [&str; 4] = ["log", "keys", "manifests", "*"];
/// Beginnings of other formats' signed bytes; an id is the first line of a checkpoint.
const FOREIGN: [&str; 3] = ["DSSEv1", "SSHSIG", "cosignature/"];
/// Longest part of an outside text that a message shows, in characters.
const SHOWN: usize = 80;

/// Why a name is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// Too long to be placed where it goes.
    #[error("it is longer than {limit} bytes")]
    TooLong {
        /// The bound, in bytes.
        limit: usize,
    },
    /// Begins like a hidden file or like an option of a command.
    #[error("it begins with '.' or '-'")]
    Start,
    /// More than one part of a path.
    #[error("it is not one part of a path")]
    Path,
    /// A name with a meaning of its own.
    #[error("it is the reserved name '{word}'")]
    Reserved {
        /// Which one.
        word: &'static str,
    },
    /// Begins like the signed bytes of another format.
    #[error("it begins like another format's signed bytes, '{prefix}'")]
    Foreign {
        /// That beginning.
        prefix: &'static str,
    },
    /// Ends like a folder.
    #[error("it ends with '/'")]
    TrailingSlash,
    /// Holds a character that such names may not hold.
    #[error("it holds the character U+{:04X}", u32::from(*character))]
    Character {
        /// The first such character.
        character: char,
    },
}

impl Coded for NameError {
    fn code(&self) -> Code {
        match self {
            Self::Path => Code::UnsafePath,
            Self::Empty
            | Self::TooLong { .. }
            | Self::Start
            | Self::Reserved { .. }
            | Self::Foreign { .. }
            | Self::TrailingSlash
            | Self::Character { .. } => Code::Malformed,
        }
    }
}

/// Whether a character is invisible, or changes how its neighbours are shown: controls, bidi
/// controls (Unicode UAX 9), zero-width and other format characters, tags.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text from outside as messages show it: hidden characters escaped, and cut after 80.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, character) in self.0.chars().enumerate() {
            if place == SHOWN {
                return f.write_str("...");
            }
            if is_hidden(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Folds a name: those that a file system without case, or with a normal form of its own, cannot
/// tell apart give the same text (Unicode section 3.13, D145).
pub(super) fn fold(name: &str) -> String {
    let decomposed: String = name.nfd().collect();
    caseless::default_case_fold_str(&decomposed).nfd().collect()
}

fn within(name: &str, limit: usize) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > limit {
        return Err(NameError::TooLong { limit });
    }
    Ok(())
}

fn without(name: &str, refused: impl Fn(char) -> bool) -> Result<(), NameError> {
    match name.chars().find(|&character| refused(character)) {
        Some(character) => Err(NameError::Character { character }),
        None => Ok(()),
    }
}

fn one_plain_part(name: &str, limit: usize) -> Result<(), NameError> {
    within(name, limit)?;
    if name.contains('/') || name == "." || name == ".." {
        return Err(NameError::Path);
    }
    if name.starts_with(['.', '-']) {
        return Err(NameError::Start);
    }
    without(name, |character| is_hidden(character) || character.is_whitespace())
}

/// Checks an archive id: 1 to 255 bytes of printable ASCII without space and `+`, that do not
/// begin like another format's signed bytes and do not end with `/`.
///
/// # Errors
/// [`NameError`], the first reason found.
pub fn check_id(id: &str) -> Result<(), NameError> {
    within(id, NAME_BYTES)?;
    without(id, |character| !character.is_ascii_graphic() || character == '+')?;
    if let Some(prefix) = FOREIGN.into_iter().find(|prefix| id.starts_with(prefix)) {
        return Err(NameError::Foreign { prefix });
    }
    if id.ends_with('/') {
        return Err(NameError::TrailingSlash);
    }
    Ok(())
}

/// Checks the name of a collection: one part of a path, 1 to 255 bytes, without white space,
/// `+`, `\` and hidden characters, not beginning with `.` or `-`, none of the reserved names.
///
/// # Errors
/// [`NameError`], the first reason found.
pub fn check_collection(name: &str) -> Result<(), NameError> {
    one_plain_part(name, NAME_BYTES)?;
    without(name, |character| matches!(character, '+' | '\\'))?;
    match RESERVED.into_iter().find(|word| *word == name) {
        Some(word) => Err(NameError::Reserved { word }),
        None => Ok(()),
    }
}

/// Checks the name of a signer: one part of a path, 1 to 128 bytes, without white space and
/// hidden characters, not beginning with `.` or `-`.
///
/// # Errors
/// [`NameError`], the first reason found.
pub fn check_signer(name: &str) -> Result<(), NameError> {
    one_plain_part(name, SIGNER_NAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&str) -> Result<(), NameError>;

    fn table(check: Check, good: &[&str], bad: &[(&str, NameError)]) {
        for name in good {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for (name, expected) in bad {
            assert_eq!(check(name), Err(*expected), "{}", name.escape_unicode());
        }
    }

    fn character(character: char) -> NameError {
        NameError::Character { character }
    }

    #[test]
    fn ids() {
        table(
            check_id,
            &["example.org/statements", "a", "-x", "x\\y", "sshsig", "a/b/c", &"x".repeat(255)],
            &[
                ("", NameError::Empty),
                (&"x".repeat(256), NameError::TooLong { limit: 255 }),
                ("a b", character(' ')),
                ("a+b", character('+')),
                ("a\n", character('\n')),
                ("é", character('é')),
                ("a/", NameError::TrailingSlash),
                ("DSSEv1/x", NameError::Foreign { prefix: "DSSEv1" }),
                ("SSHSIG", NameError::Foreign { prefix: "SSHSIG" }),
                ("cosignature/v1", NameError::Foreign { prefix: "cosignature/" }),
            ],
        );
    }

    #[test]
    fn collections() {
        table(
            check_collection,
            &["seeds", "Log", "keys2", "a.b", "Ärchiv", "a*", &"x".repeat(255)],
            &[
                ("", NameError::Empty),
                (&"x".repeat(256), NameError::TooLong { limit: 255 }),
                ("a/b", NameError::Path),
                ("/a", NameError::Path),
                ("..", NameError::Path),
                (".", NameError::Path),
                (".a", NameError::Start),
                ("-a", NameError::Start),
                ("a b", character(' ')),
                ("a\u{3000}", character('\u{3000}')),
                ("a+", character('+')),
                ("a\\b", character('\\')),
                ("a\0", character('\0')),
                ("a\u{202e}b", character('\u{202e}')),
                ("\u{feff}a", character('\u{feff}')),
                ("log", NameError::Reserved { word: "log" }),
                ("keys", NameError::Reserved { word: "keys" }),
                ("manifests", NameError::Reserved { word: "manifests" }),
                ("*", NameError::Reserved { word: "*" }),
            ],
        );
    }

    #[test]
    fn signers() {
        table(
            check_signer,
            &["press@example.org", "Zoë", "a+b@example.org", "keys", &"x".repeat(128)],
            &[
                ("", NameError::Empty),
                (&"x".repeat(129), NameError::TooLong { limit: 128 }),
                ("../x", NameError::Path),
                (".x", NameError::Start),
                ("-x", NameError::Start),
                ("a\tb", character('\t')),
                ("a\u{2066}b", character('\u{2066}')),
                ("a\u{200d}b", character('\u{200d}')),
            ],
        );
    }

    #[test]
    fn names_fold() {
        for (one, other) in [("Press", "pRESS"), ("Zo\u{eb}", "zoe\u{308}"), ("STRASSE", "straße")]
        {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("a"), fold("b"));
    }

    #[test]
    fn shown_text_is_inert_and_short() {
        assert_eq!(Shown("a\u{1b}[1m\u{202e}").to_string(), "a\\u{1b}[1m\\u{202e}");
        assert_eq!(Shown(&"x".repeat(100)).to_string(), format!("{}...", "x".repeat(80)));
    }
}
