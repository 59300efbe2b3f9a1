//! Proofs that something stands in a log (C2SP, tlog-proof): an index, the hashes of an inclusion
//! proof, and the checkpoint they lead to, in one small text.
//!
//! One spelling: what parses prints the same. Nothing is verified here. The checkpoint is kept as
//! the bytes it is, to be read as a note; the extra data is signed by nobody.

use crate::codec::base64;
use crate::finding::{Code, Coded};
use crate::limits;
use crate::merkle::Hash;

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// What the line of the extra data begins with.
const EXTRA: &str = "extra ";
/// What the line of the index begins with.
const INDEX: &str = "index ";

/// A proof that parsed; nothing in it is yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Bytes that go along, of no stated meaning and signed by nobody.
    pub extra: Option<Vec<u8>>,
    /// Which leaf, from 0.
    pub index: u64,
    /// The proof of inclusion, from the leaf's sibling upwards.
    pub hashes: Vec<Hash>,
    /// The checkpoint, a signed note; not empty.
    pub checkpoint: Vec<u8>,
}

/// Why bytes are no proof of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Longer than [`limits::ENVELOPE_BYTES`].
    #[error("a log proof longer than {} bytes", limits::ENVELOPE_BYTES)]
    TooLong,
    /// Another first line.
    #[error("a log proof begins with the line '{HEADER}'")]
    Header,
    /// No blank line, or nothing after it.
    #[error("a log proof without a checkpoint")]
    NoCheckpoint,
    /// The extra data is not canonical base64.
    #[error("the extra data of the log proof is not canonical base64")]
    Extra,
    /// No line with the index, or not a decimal number without leading zeros.
    #[error("the log proof has no line 'index N' with a decimal number without leading zeros")]
    Index,
    /// A hash that is not canonical base64 of 32 bytes.
    #[error("hash {position} of the log proof is not canonical base64 of 32 bytes")]
    Hash {
        /// Its position, from 1.
        position: usize,
    },
    /// More than [`limits::PROOF_HASHES`] hashes.
    #[error("{found} hashes in one log proof, more than {}", limits::PROOF_HASHES)]
    TooMany {
        /// Number of hashes.
        found: usize,
    },
}

impl Coded for TlogProofError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong | Self::TooMany { .. } => Code::Limit,
            Self::Header | Self::NoCheckpoint | Self::Extra | Self::Index | Self::Hash { .. } => {
                Code::Malformed
            }
        }
    }
}

/// Reads a proof that fills `bytes` completely. The checkpoint begins after the first blank line.
///
/// # Errors
/// [`TlogProofError`], the first reason found.
pub fn parse(bytes: &[u8]) -> Result<TlogProof, TlogProofError> {
    if !u64::try_from(bytes.len()).is_ok_and(|length| length <= limits::ENVELOPE_BYTES) {
        return Err(TlogProofError::TooLong);
    }
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let mut head = Vec::new();
    let mut length: usize = 0;
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        length = length.saturating_add(line.len()).saturating_add(1);
        head.push(line);
    }
    if head.first() != Some(&HEADER.as_bytes()) {
        return Err(TlogProofError::Header);
    }
    let checkpoint = bytes.get(length.saturating_add(1)..).unwrap_or_default().to_vec();
    if checkpoint.is_empty() {
        return Err(TlogProofError::NoCheckpoint);
    }
    let mut head = head.into_iter().skip(1).peekable();
    let extra = head.next_if(|line| line.starts_with(EXTRA.as_bytes()));
    let extra = extra.map(|line| after(line, EXTRA).and_then(|text| base64::decode(text).ok()));
    let extra = extra.map(|data| data.ok_or(TlogProofError::Extra)).transpose()?;
    let index = head.next().and_then(|line| decimal(after(line, INDEX)?));
    let index = index.ok_or(TlogProofError::Index)?;
    Ok(TlogProof { extra, index, hashes: hashes(&head.collect::<Vec<_>>())?, checkpoint })
}

fn after<'a>(line: &'a [u8], begin: &str) -> Option<&'a str> {
    std::str::from_utf8(line).ok()?.strip_prefix(begin)
}

/// The number in its one spelling: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn hashes(lines: &[&[u8]]) -> Result<Vec<Hash>, TlogProofError> {
    if lines.len() > limits::PROOF_HASHES {
        return Err(TlogProofError::TooMany { found: lines.len() });
    }
    let hash = |(position, line): (usize, &&[u8])| {
        let text = std::str::from_utf8(line).ok();
        text.and_then(|text| base64::decode_array(text).ok())
            .ok_or(TlogProofError::Hash { position })
    };
    (1..).zip(lines).map(hash).collect()
}

impl TlogProof {
    /// The text that [`parse`] reads.
    pub fn print(&self) -> Vec<u8> {
        let mut text = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("{EXTRA}{}\n", base64::encode(extra)));
        }
        text.push_str(&format!("{INDEX}{}\n", self.index));
        for hash in &self.hashes {
            text.push_str(&base64::encode(hash));
            text.push('\n');
        }
        text.push('\n');
        [text.as_bytes(), &self.checkpoint].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn what_is_no_proof() {
        let good = format!("{HEADER}\nextra AAAA\nindex 5\n{HASH}\n\nc\n\nsig\n");
        let read = parse(good.as_bytes()).unwrap();
        assert_eq!(read.extra, Some(vec![0; 3]));
        assert_eq!((read.index, &read.hashes[..]), (5, &[[0; 32]][..]));
        assert_eq!(read.checkpoint, b"c\n\nsig\n");
        let many = good.replace(HASH, &[HASH; 65].join("\n"));
        let table = [
            (String::new(), TlogProofError::Header),
            (good.replace("@v1", "@v2"), TlogProofError::Header),
            (good.replace("@v1", "@v1 "), TlogProofError::Header),
            (good.replace("\nextra", "\r\nextra"), TlogProofError::Header),
            (format!("\n{good}"), TlogProofError::Header),
            (format!("{HEADER}\nindex 0\n"), TlogProofError::NoCheckpoint),
            (format!("{HEADER}\nindex 0\n\n"), TlogProofError::NoCheckpoint),
            (good.replace("extra AAAA", "extra AAA"), TlogProofError::Extra),
            (good.replace("extra AAAA", "extra  AAAA"), TlogProofError::Extra),
            (good.replace("extra AAAA", "extra"), TlogProofError::Index),
            (good.replace("extra AAAA", "extra AAAA\nextra AAAA"), TlogProofError::Index),
            (good.replace("index 5", "index"), TlogProofError::Index),
            (good.replace("index 5", "index 05"), TlogProofError::Index),
            (good.replace("index 5", "index +5"), TlogProofError::Index),
            (good.replace("index 5", "index -1"), TlogProofError::Index),
            (good.replace("index 5", "index 18446744073709551616"), TlogProofError::Index),
            (good.replace("index 5\n", ""), TlogProofError::Index),
            (good.replace(HASH, &HASH[1..]), TlogProofError::Hash { position: 1 }),
            (good.replace(HASH, &format!("{HASH} ")), TlogProofError::Hash { position: 1 }),
            (good.replace(HASH, "AAAA"), TlogProofError::Hash { position: 1 }),
            (good.replace("AA=\n", "AB=\n"), TlogProofError::Hash { position: 1 }),
            (many, TlogProofError::TooMany { found: 65 }),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text.as_bytes()), Err(expected), "{text:?}");
        }
        assert_eq!(parse(b"\xff\n\nc"), Err(TlogProofError::Header));
    }

    proptest! {
        #[test]
        fn parse_and_print_are_inverse(
            extra: Option<Vec<u8>>,
            index: u64,
            hashes: Vec<Hash>,
            checkpoint in prop::collection::vec(any::<u8>(), 1..40),
        ) {
            let hashes = hashes.into_iter().take(limits::PROOF_HASHES).collect();
            let value = TlogProof { extra, index, hashes, checkpoint };
            prop_assert_eq!(parse(&value.print()), Ok(value));
        }

        #[test]
        fn what_parses_prints_the_same(
            text in "(extra [A-C]{3,4}=?\n){0,2}index [0-9+]{1,2}\n(A{42}[AB]=\n){0,2}\n?[c\n]{0,3}",
        ) {
            let whole = format!("{HEADER}\n{text}");
            if let Ok(value) = parse(whole.as_bytes()) {
                prop_assert_eq!(value.print(), whole.as_bytes());
            }
        }
    }
}
