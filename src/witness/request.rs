//! The body of `add-checkpoint` (C2SP, tlog-witness): an old size, a consistency proof, an empty
//! line, a checkpoint.
//!
//! One spelling: what parses prints the same. That the signatures hold and the proof proves is
//! judged elsewhere.

use crate::codec::base64;
use crate::envelope::checkpoint::{self, Checkpoint, CheckpointError};
use crate::envelope::note::{self, Note, NoteError};
use crate::finding::{Code, Coded};
use crate::limits;
use crate::merkle::Hash;

/// A request to a witness; nothing in it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The size of the tree from which the proof begins; 0 for none.
    pub old: u64,
    /// The consistency proof (RFC 6962 section 2.1.2), at most [`limits::WITNESS_PROOF`] hashes.
    pub proof: Vec<Hash>,
    /// The new checkpoint with its signatures.
    pub note: Note,
    /// What the text of the note says.
    pub head: Checkpoint,
}

/// Why bytes are no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Longer than [`limits::WITNESS_REQUEST_BYTES`].
    #[error("a request longer than {} bytes", limits::WITNESS_REQUEST_BYTES)]
    TooLong,
    /// No empty line.
    #[error("a request without an empty line before the checkpoint")]
    Unended,
    /// The first line is not `old` and a size.
    #[error("the first line of the request is not 'old', a blank and a size without leading zeros")]
    Old,
    /// More than [`limits::WITNESS_PROOF`] lines of proof.
    #[error("a proof of more than {} lines", limits::WITNESS_PROOF)]
    TooMany,
    /// A line of the proof is no hash.
    #[error("line {line} of the proof is not canonical base64 of 32 bytes")]
    Proof {
        /// The line of the proof, from 1.
        line: usize,
    },
    /// What follows is no signed note.
    #[error("the checkpoint of the request is no signed note")]
    Note(#[source] NoteError),
    /// What was signed is no checkpoint.
    #[error("the signed note of the request is no checkpoint")]
    Checkpoint(#[source] CheckpointError),
}

impl Coded for RequestError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong | Self::TooMany => Code::Limit,
            Self::Unended | Self::Old | Self::Proof { .. } => Code::Malformed,
            Self::Note(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
        }
    }
}

impl Request {
    /// Reads a request that fills `bytes` completely.
    ///
    /// # Errors
    /// [`RequestError`], the first reason found.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if !u64::try_from(bytes.len()).is_ok_and(|length| length <= limits::WITNESS_REQUEST_BYTES) {
            return Err(RequestError::TooLong);
        }
        let at = bytes.windows(2).position(|two| two == b"\n\n").ok_or(RequestError::Unended)?;
        let (lines, rest) = bytes.split_at_checked(at).ok_or(RequestError::Unended)?;
        let lines = std::str::from_utf8(lines).map_err(|_| RequestError::Old)?;
        let mut lines = lines.split('\n');
        let old = lines.next().and_then(old_size).ok_or(RequestError::Old)?;
        let proof = proof(lines)?;
        let note = note::parse(rest.get(2..).unwrap_or_default()).map_err(RequestError::Note)?;
        let head = checkpoint::parse(&note.text).map_err(RequestError::Checkpoint)?;
        Ok(Self { old, proof, note, head })
    }

    /// The bytes that [`Request::parse`] reads.
    pub fn print(&self) -> Vec<u8> {
        body(self.old, &self.proof, &self.note.print())
    }
}

/// The body of a request for the signed checkpoint `note`.
pub(super) fn body(old: u64, proof: &[Hash], note: &[u8]) -> Vec<u8> {
    let mut text = format!("old {old}\n");
    for hash in proof {
        text.push_str(&base64::encode(hash));
        text.push('\n');
    }
    text.push('\n');
    [text.as_bytes(), note].concat()
}

fn old_size(line: &str) -> Option<u64> {
    size(line.strip_prefix("old ")?)
}

/// The number in its one spelling: no sign, no leading zero.
pub(super) fn size(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn proof<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, RequestError> {
    let mut hashes = Vec::new();
    for (line, text) in (1..).zip(lines) {
        if line > limits::WITNESS_PROOF {
            return Err(RequestError::TooMany);
        }
        hashes.push(base64::decode_array(text).map_err(|_| RequestError::Proof { line })?);
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn text(head: &str) -> String {
        format!("{head}\no\n1\n{HASH}\n\n\u{2014} a AAAAAAA=\n")
    }

    #[test]
    fn what_is_no_request() {
        let table = [
            (String::new(), RequestError::Unended),
            ("old 0\n".into(), RequestError::Unended),
            (text(""), RequestError::Old),
            (text("old\n"), RequestError::Old),
            (text("old \n"), RequestError::Old),
            (text("old 00\n"), RequestError::Old),
            (text("old +1\n"), RequestError::Old),
            (text("old 18446744073709551616\n"), RequestError::Old),
            (text("Old 0\n"), RequestError::Old),
            (text("old 0\r\n"), RequestError::Old),
            (text("old  0\n"), RequestError::Old),
            (text("old 0\nAAAA\n"), RequestError::Proof { line: 1 }),
            (text(&format!("old 1\n{HASH}\n{HASH} \n")), RequestError::Proof { line: 2 }),
            (text(&format!("old 1\n{}", format!("{HASH}\n").repeat(64))), RequestError::TooMany),
            ("old 0\n\n".into(), RequestError::Note(NoteError::Unsigned)),
            (text("old 0\n\n"), RequestError::Checkpoint(CheckpointError::Empty { line: 1 })),
            (
                text("old 0\n").replace("\n1\n", "\n01\n"),
                RequestError::Checkpoint(CheckpointError::Size),
            ),
            (text("old 0\n").replace("\no\n", "\no\0\n"), RequestError::Note(NoteError::NotText)),
            ("x".repeat(262_145), RequestError::TooLong),
        ];
        for (text, expected) in table {
            assert_eq!(Request::parse(text.as_bytes()), Err(expected), "{text:.200?}");
        }
        assert_eq!(Request::parse(b"old \xff\n\n"), Err(RequestError::Old));
        let most = text(&format!("old 1\n{}", format!("{HASH}\n").repeat(63)));
        assert_eq!(Request::parse(most.as_bytes()).map(|request| request.proof.len()), Ok(63));
    }

    proptest! {
        #[test]
        fn parse_and_print_are_inverse(
            old: u64,
            size: u64,
            root: [u8; 32],
            origin in "\\PC{1,20}",
            proof in prop::collection::vec(any::<[u8; 32]>(), 0..5),
            extensions in prop::collection::vec("\\PC{1,20}", 0..2),
        ) {
            let head = Checkpoint { origin, size, root, extensions };
            let signature =
                note::NoteSignature { name: "a".into(), key_id: [1; 4], sig: vec![2; 64] };
            let note = Note { text: head.print().into_bytes(), signatures: vec![signature] };
            let request = Request { old, proof, note, head };
            prop_assert_eq!(Request::parse(&request.print()), Ok(request));
        }

        #[test]
        fn what_parses_prints_the_same(head in "[o0 1]{0,2}old [0-9]{1,3}\n(A{42}[AB]=\n){0,2}") {
            if let Ok(request) = Request::parse(text(&head).as_bytes()) {
                prop_assert_eq!(request.print(), text(&head).into_bytes());
            }
        }
    }
}
