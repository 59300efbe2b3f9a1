//! Checkpoints (C2SP, tlog-checkpoint): the text of a note that states the head of a Merkle
//! tree.
//!
//! One spelling: what parses prints the same. Whether the origin is the expected one and the
//! root is right is decided above; extension lines are kept and not interpreted.

use super::note;
use crate::codec::base64;
use crate::finding::{Code, Coded};

/// The head of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which tree: not empty, one line.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// RFC 6962 root of the tree of that size.
    pub root: [u8; 32],
    /// Further lines, none of them empty.
    pub extensions: Vec<String>,
}

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a text that a note can have.
    #[error("not a checkpoint")]
    Text(#[from] note::NoteError),
    /// Not at least three lines, each with its line feed.
    #[error("a checkpoint has at least three lines, each with a line feed")]
    Lines,
    /// An empty line.
    #[error("line {line} of the checkpoint is empty")]
    Empty {
        /// The line, from 1.
        line: usize,
    },
    /// The size is not a decimal number without leading zeros, or too large.
    #[error("the size of the checkpoint is not a decimal number of 64 bits without leading zeros")]
    Size,
    /// The root is not canonical base64 of 32 bytes.
    #[error("the root of the checkpoint is not canonical base64 of 32 bytes")]
    Root,
}

impl Coded for CheckpointError {
    fn code(&self) -> Code {
        match self {
            Self::Text(error) => error.code(),
            Self::Lines | Self::Empty { .. } | Self::Size | Self::Root => Code::Malformed,
        }
    }
}

/// Reads the text of a note, with its last line feed.
///
/// # Errors
/// [`CheckpointError`], the first reason found.
pub fn parse(text: &[u8]) -> Result<Checkpoint, CheckpointError> {
    let text = note::check_text(text)?.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
    let lines: Vec<&str> = text.split('\n').collect();
    if let Some((line, _)) = (1..).zip(&lines).find(|(_, text)| text.is_empty()) {
        return Err(CheckpointError::Empty { line });
    }
    let [origin, size, root, extensions @ ..] = lines.as_slice() else {
        return Err(CheckpointError::Lines);
    };
    Ok(Checkpoint {
        origin: (*origin).to_owned(),
        size: decimal(size).ok_or(CheckpointError::Size)?,
        root: base64::decode_array(root).map_err(|_| CheckpointError::Root)?,
        extensions: extensions.iter().map(|&line| line.to_owned()).collect(),
    })
}

/// The number in its one spelling: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl Checkpoint {
    /// The text of the note: one line each for origin, size, root and the extensions.
    pub fn print(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, base64::encode(&self.root));
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn what_is_no_checkpoint() {
        let table = [
            (String::new(), CheckpointError::Lines),
            ("\n".into(), CheckpointError::Empty { line: 1 }),
            ("o\n1\n".into(), CheckpointError::Lines),
            (format!("o\n1\n{ROOT}"), CheckpointError::Lines),
            (format!("o\n1\n{ROOT}\n\n"), CheckpointError::Empty { line: 4 }),
            (format!("o\n1\n{ROOT}\n\nx\n"), CheckpointError::Empty { line: 4 }),
            (format!("\n1\n{ROOT}\n"), CheckpointError::Empty { line: 1 }),
            (format!("o\n\n{ROOT}\n"), CheckpointError::Empty { line: 2 }),
            (format!("o\n01\n{ROOT}\n"), CheckpointError::Size),
            (format!("o\n+1\n{ROOT}\n"), CheckpointError::Size),
            (format!("o\n-1\n{ROOT}\n"), CheckpointError::Size),
            (format!("o\n-0\n{ROOT}\n"), CheckpointError::Size),
            (format!("o\n1 \n{ROOT}\n"), CheckpointError::Size),
            (format!("o\n\u{661}\n{ROOT}\n"), CheckpointError::Size),
            (format!("o\n18446744073709551616\n{ROOT}\n"), CheckpointError::Size),
            ("o\n1\nAAAA\n".into(), CheckpointError::Root),
            (format!("o\n1\n{ROOT} \n"), CheckpointError::Root),
            (format!("o\n1\n{}\n", ROOT.replace("AA=", "AB=")), CheckpointError::Root),
            (format!("o\n1\n{}\n", ROOT.replace('=', "")), CheckpointError::Root),
            (format!("o\r\n1\n{ROOT}\n"), CheckpointError::Text(note::NoteError::NotText)),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text.as_bytes()), Err(expected), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parse_and_print_are_inverse(
            origin in "\\PC{1,20}",
            size: u64,
            root: [u8; 32],
            extensions in prop::collection::vec("\\PC{1,20}", 0..3),
        ) {
            let value = Checkpoint { origin, size, root, extensions };
            prop_assert_eq!(parse(value.print().as_bytes()), Ok(value));
        }

        #[test]
        fn what_parses_prints_the_same(text in "[a\n]{1,3}\n[0-9+]{1,3}\nA{42}[AB]=\n[a\n]{0,3}\n?") {
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(value.print(), text);
            }
        }
    }
}
