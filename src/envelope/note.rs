//! Signed notes (C2SP, signed-note v1.0.0): a text, a blank line, signature lines.
//!
//! Read, print and check. Signatures are plain Ed25519 (type 0x01) or cosignatures (type 0x04);
//! other types count as unknown keys, so a note that also carries them is still read. A note says
//! nothing until a known key is found good, and nothing at all once a known one fails.

use super::cosignature;
use super::vkey::{is_command, is_name};
use crate::codec::base64;
use crate::finding::{Code, Coded};
use crate::key::BadSignature;
use crate::limits;
use crate::signature::{RawSign, excerpt};

pub use super::vkey::{Verifier, VkeyError, key_id};

/// What every signature line begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";
/// A note that parsed; its signatures are not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text with its last line feed: what is signed.
    pub text: Vec<u8>,
    /// The signatures, at least one in a note that was read.
    pub signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key: not empty, without spaces and `+`.
    pub name: String,
    /// The id of the key, which tells apart the keys of one name.
    pub key_id: [u8; 4],
    /// The raw signature, at least one byte; of a cosignature the time and the signature.
    pub sig: Vec<u8>,
}

/// Why bytes are no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`limits::ENVELOPE_BYTES`].
    #[error("a signed note longer than {} bytes", limits::ENVELOPE_BYTES)]
    TooLong,
    /// Not UTF-8, or a control character other than a line feed, bidirectional ones included.
    #[error("a signed note that is not UTF-8 or holds a control character")]
    NotText,
    /// A text that does not end in a line feed.
    #[error("the text of a note does not end in a line feed")]
    Unended,
    /// No blank line, or nothing after it.
    #[error("a note without signatures")]
    Unsigned,
    /// Line `line` of the signatures is not `— name base64`.
    #[error("signature line {line} is not a dash, a name and base64")]
    Line {
        /// Position among the signature lines, from 1.
        line: usize,
    },
    /// More than [`limits::SIGNATURES`] signatures.
    #[error("{found} signatures in one note, more than {}", limits::SIGNATURES)]
    TooMany {
        /// Number of signature lines.
        found: usize,
    },
}

impl Coded for NoteError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong | Self::TooMany { .. } => Code::Limit,
            Self::NotText | Self::Unended | Self::Unsigned | Self::Line { .. } => Code::Malformed,
        }
    }
}

/// Why a note is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteVerifyError {
    /// A signature by a known key fails.
    #[error("the signature of '{name}' on the note does not verify")]
    BadSignature {
        /// The name of the key, escaped.
        name: String,
    },
    /// None of the signatures is by a known key.
    #[error("the note is signed by no known key")]
    Unknown,
    /// Two known keys have the same name and id.
    #[error("two known keys are called '{name}' and have the same id")]
    Ambiguous {
        /// The name of the keys, escaped.
        name: String,
    },
}

impl Coded for NoteVerifyError {
    fn code(&self) -> Code {
        match self {
            Self::BadSignature { .. } => Code::BadSignature,
            Self::Unknown => Code::UntrustedKey,
            Self::Ambiguous { .. } => Code::Malformed,
        }
    }
}

/// Why a note could not be signed. `E` is the error of the caller's private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteSignError<E: std::error::Error + 'static> {
    /// The text cannot be that of a note.
    #[error("not a text that a note can have")]
    Text(#[source] NoteError),
    /// The key signs cosignatures where the text was to be signed, or the other way round.
    #[error("the note key is of another type than what it is to sign")]
    KeyType,
    /// The private key could not sign.
    #[error("could not sign")]
    Key(#[source] E),
}

impl<E: Coded + 'static> Coded for NoteSignError<E> {
    fn code(&self) -> Code {
        match self {
            Self::Text(error) => error.code(),
            Self::KeyType => Code::Unsupported,
            Self::Key(error) => error.code(),
        }
    }
}

/// Whether bytes can be in a note: UTF-8 without control characters but the line feed. What is
/// read is printed as it is, by us and by others.
pub(super) fn check_text(bytes: &[u8]) -> Result<&str, NoteError> {
    let text = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
    let control = text.chars().any(|c| is_command(c) && c != '\n');
    (!control).then_some(text).ok_or(NoteError::NotText)
}

/// Whether `text` can be the text of a note: it also ends in a line feed.
pub(super) fn check_signable(text: &[u8]) -> Result<(), NoteError> {
    check_text(text)?;
    text.ends_with(b"\n").then_some(()).ok_or(NoteError::Unended)
}

/// Reads a note that fills `bytes` completely. The signatures begin after the last blank line.
///
/// # Errors
/// [`NoteError`], the first reason found.
pub fn parse(bytes: &[u8]) -> Result<Note, NoteError> {
    if !u64::try_from(bytes.len()).is_ok_and(|length| length <= limits::ENVELOPE_BYTES) {
        return Err(NoteError::TooLong);
    }
    let whole = check_text(bytes)?;
    let (text, lines) = whole.rsplit_once("\n\n").ok_or(NoteError::Unsigned)?;
    if lines.is_empty() {
        return Err(NoteError::Unsigned);
    }
    let lines: Vec<&str> =
        lines.strip_suffix('\n').ok_or(NoteError::Unended)?.split('\n').collect();
    if lines.len() > limits::SIGNATURES {
        return Err(NoteError::TooMany { found: lines.len() });
    }
    let signature = |(line, text)| signature_line(text).ok_or(NoteError::Line { line });
    Ok(Note {
        text: format!("{text}\n").into_bytes(),
        signatures: (1..).zip(lines).map(signature).collect::<Result<_, _>>()?,
    })
}

fn signature_line(line: &str) -> Option<NoteSignature> {
    let (name, base64) = line.strip_prefix(DASH)?.split_once(' ')?;
    let blob = base64::decode(base64).ok()?;
    let (key_id, sig) = blob.split_first_chunk()?;
    (is_name(name) && !sig.is_empty()).then(|| NoteSignature {
        name: name.to_owned(),
        key_id: *key_id,
        sig: sig.to_vec(),
    })
}

impl Note {
    /// The text, a blank line and the signature lines.
    pub fn print(&self) -> Vec<u8> {
        let mut bytes = self.text.clone();
        bytes.push(b'\n');
        for signature in &self.signatures {
            let blob = [&signature.key_id[..], &signature.sig].concat();
            let line = format!("{DASH}{} {}\n", signature.name, base64::encode(&blob));
            bytes.extend_from_slice(line.as_bytes());
        }
        bytes
    }

    /// The positions in `known` of the keys that signed, each public key once, in the order of
    /// the signature lines. Every signature by a known key is checked.
    ///
    /// # Errors
    /// [`NoteVerifyError`] when one of these fails, when there is none, or when two known keys
    /// cannot be told apart.
    pub fn verified_by(&self, known: &[Verifier]) -> Result<Vec<usize>, NoteVerifyError> {
        let mut signed: Vec<(usize, &Verifier)> = Vec::new();
        for (position, verifier, _) in self.checked(known)? {
            if !signed.iter().any(|(_, other)| other.key() == verifier.key()) {
                signed.push((position, verifier));
            }
        }
        if signed.is_empty() {
            return Err(NoteVerifyError::Unknown);
        }
        Ok(signed.into_iter().map(|(position, _)| position).collect())
    }

    /// The positions in `known` of the keys that cosigned, each public key once, and the earliest
    /// Unix time at which each says it saw the text. Every signature by a known key is checked,
    /// also those that are no cosignatures; that there is none at all is no error.
    ///
    /// # Errors
    /// [`NoteVerifyError`] when a signature by a known key fails, or when two known keys cannot be
    /// told apart.
    pub fn cosigned_at(&self, known: &[Verifier]) -> Result<Vec<(usize, u64)>, NoteVerifyError> {
        let mut seen: Vec<(usize, &Verifier, u64)> = Vec::new();
        for (position, verifier, time) in self.checked(known)? {
            let Some(time) = time else { continue };
            match seen.iter_mut().find(|(_, other, _)| other.key() == verifier.key()) {
                Some((_, _, earliest)) => *earliest = time.min(*earliest),
                None => seen.push((position, verifier, time)),
            }
        }
        Ok(seen.into_iter().map(|(position, _, time)| (position, time)).collect())
    }

    /// Every signature by a known key: its position in `known`, the key, and the time that a
    /// cosignature states. All of them verify.
    fn checked<'a>(
        &self,
        known: &'a [Verifier],
    ) -> Result<Vec<(usize, &'a Verifier, Option<u64>)>, NoteVerifyError> {
        let mut good = Vec::new();
        for signature in &self.signatures {
            let Some((position, verifier)) = signature.known(known)? else {
                continue;
            };
            let time = signature.check(verifier, &self.text).map_err(|BadSignature| {
                let name = excerpt(verifier.name().as_bytes());
                NoteVerifyError::BadSignature { name }
            })?;
            good.push((position, verifier, time));
        }
        Ok(good)
    }
}

impl NoteSignature {
    /// The known key that this signature claims to be by.
    fn known<'a>(
        &self,
        known: &'a [Verifier],
    ) -> Result<Option<(usize, &'a Verifier)>, NoteVerifyError> {
        let mut same = known.iter().enumerate().filter(|(_, verifier)| {
            verifier.name() == self.name && verifier.key_id() == self.key_id
        });
        let first = same.next();
        if same.any(|(_, other)| first.is_some_and(|(_, verifier)| verifier.key() != other.key())) {
            return Err(NoteVerifyError::Ambiguous { name: excerpt(self.name.as_bytes()) });
        }
        Ok(first)
    }

    /// Checks that this is the key's signature over `text`; gives the time of a cosignature.
    fn check(&self, verifier: &Verifier, text: &[u8]) -> Result<Option<u64>, BadSignature> {
        let key = verifier.key();
        if !verifier.is_cosigner() {
            return key.verify(text, &self.sig).map(|()| None);
        }
        let (time, sig) = cosignature::split(&self.sig).ok_or(BadSignature)?;
        key.verify(&cosignature::message(time, text), sig).map(|()| Some(time))
    }
}

/// Makes a note of `text`, which must end in a line feed. `sign` signs bytes with the private
/// key of `signer`, which is none of a cosigner; the signature is not checked.
///
/// # Errors
/// [`NoteSignError`] for a text that a note cannot have, a cosigner, or when `sign` fails.
pub fn sign<E: std::error::Error + 'static>(
    text: &[u8],
    signer: &Verifier,
    sign: &mut RawSign<'_, E>,
) -> Result<Note, NoteSignError<E>> {
    check_signable(text).map_err(NoteSignError::Text)?;
    if signer.is_cosigner() {
        return Err(NoteSignError::KeyType);
    }
    let sig = sign(text).map_err(NoteSignError::Key)?.to_vec();
    let signature = NoteSignature { name: signer.name().to_owned(), key_id: signer.key_id(), sig };
    Ok(Note { text: text.to_vec(), signatures: vec![signature] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::PublicKey;
    use ed25519_dalek::Signer as _;
    use proptest::prelude::*;
    use std::convert::Infallible;

    fn key(seed: u8) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&[seed; 32])
    }

    fn verifier(name: &str, seed: u8) -> Verifier {
        Verifier::new(name, PublicKey::Ed25519(key(seed).verifying_key())).unwrap()
    }

    fn signature(name: &str, seed: u8, text: &[u8]) -> NoteSignature {
        let note = sign::<Infallible>(text, &verifier(name, seed), &mut |bytes| {
            Ok(key(seed).sign(bytes).to_bytes())
        });
        note.unwrap().signatures.remove(0)
    }

    fn bad(signature: NoteSignature) -> NoteSignature {
        NoteSignature { sig: vec![1; 64], ..signature }
    }

    fn note(signatures: Vec<NoteSignature>) -> Note {
        Note { text: b"text\n".to_vec(), signatures }
    }

    #[test]
    fn known_keys_must_be_good_and_others_are_ignored() {
        let (a, b, c) = (verifier("a", 1), verifier("b", 2), verifier("c", 1));
        let by_a = signature("a", 1, b"text\n");
        let by_b = signature("b", 2, b"text\n");
        let by_c = signature("c", 1, b"text\n");
        let known = [a.clone(), b.clone()];
        let table = [
            (vec![by_a.clone()], Ok(vec![0])),
            (vec![by_b.clone(), by_a.clone()], Ok(vec![1, 0])),
            (vec![by_a.clone(), by_a.clone()], Ok(vec![0])),
            (vec![by_c.clone(), by_a.clone()], Ok(vec![0])),
            (vec![bad(by_c.clone()), by_a.clone()], Ok(vec![0])),
            (vec![by_c.clone()], Err(NoteVerifyError::Unknown)),
        ];
        for (signatures, expected) in table {
            assert_eq!(note(signatures).verified_by(&known), expected);
        }
        let broken = |name: &str| Err(NoteVerifyError::BadSignature { name: name.to_owned() });
        let badly = bad(by_a.clone());
        for signatures in [vec![badly.clone(), by_b.clone()], vec![by_b, badly.clone()]] {
            assert_eq!(note(signatures).verified_by(&known), broken("a"));
        }
        assert_eq!(note(vec![by_a.clone(), badly]).verified_by(&known), broken("a"));
        let renamed = NoteSignature { name: "b".into(), ..by_a.clone() };
        assert_eq!(note(vec![renamed]).verified_by(&known), Err(NoteVerifyError::Unknown));
        let one_key_twice = note(vec![by_a.clone(), by_c]);
        assert_eq!(one_key_twice.verified_by(&[a.clone(), c]), Ok(vec![0]));
        assert_eq!(note(vec![by_a.clone()]).verified_by(&[a.clone(), a.clone()]), Ok(vec![0]));
        let other = a.with_key_of(&b);
        let ambiguous = Err(NoteVerifyError::Ambiguous { name: "a".into() });
        assert_eq!(note(vec![by_a]).verified_by(&[a, other]), ambiguous);
    }

    #[test]
    fn what_is_no_note() {
        let line = "\u{2014} a AAAAAAA=\n";
        let lines = |number: usize| format!("text\n\n{}", line.repeat(number));
        let table = [
            (String::new(), NoteError::Unsigned),
            ("text\n".into(), NoteError::Unsigned),
            ("text\n\n".into(), NoteError::Unsigned),
            (format!("text\n{line}"), NoteError::Unsigned),
            (format!("\n{line}"), NoteError::Unsigned),
            (lines(1).trim_end().into(), NoteError::Unended),
            (format!("{}\n", lines(1)), NoteError::Unsigned),
            (lines(1).replace('\n', "\r\n"), NoteError::NotText),
            (lines(1).replace("text", "te\0t"), NoteError::NotText),
            (lines(1).replace("text", "te\tt"), NoteError::NotText),
            (lines(1).replace("text", "te\x1bt"), NoteError::NotText),
            (lines(1).replace("text", "te\x7ft"), NoteError::NotText),
            (lines(1).replace("text", "te\u{9b}31mt"), NoteError::NotText),
            (lines(1).replace("text", "te\u{61c}t"), NoteError::NotText),
            (lines(1).replace("a ", "a\u{202e}b "), NoteError::NotText),
            (lines(1).replace("a ", "a\u{200f}b "), NoteError::NotText),
            (lines(1).replace("a ", "a\u{2066}b "), NoteError::NotText),
            (lines(65), NoteError::TooMany { found: 65 }),
            (format!("{}- a AAAAAAA=\n", lines(1)), NoteError::Line { line: 2 }),
            (lines(1).replace("\u{2014} ", "\u{2014}"), NoteError::Line { line: 1 }),
            (lines(1).replace("a ", ""), NoteError::Line { line: 1 }),
            (lines(1).replace("a ", " "), NoteError::Line { line: 1 }),
            (lines(1).replace("a ", "a+ "), NoteError::Line { line: 1 }),
            (lines(1).replace("a ", "a\u{a0}b "), NoteError::Line { line: 1 }),
            (lines(1).replace("a ", "a  "), NoteError::Line { line: 1 }),
            (lines(1).replace("AAAAAAA=", "AAAAAA=="), NoteError::Line { line: 1 }),
            (lines(1).replace("AAAAAAA=", "AAAAAAA"), NoteError::Line { line: 1 }),
            (lines(1).replace("AAAAAAA=", "AAAAAAB="), NoteError::Line { line: 1 }),
            (lines(1).replace("AAAAAAA=", "AAAAAAA= "), NoteError::Line { line: 1 }),
            (lines(1).replace("AAAAAAA=", "_AAAAAA="), NoteError::Line { line: 1 }),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text.as_bytes()), Err(expected), "{text:?}");
        }
        assert_eq!(parse(b"\xff\n\n"), Err(NoteError::NotText));
        assert_eq!(parse(lines(64).as_bytes()).map(|note| note.signatures.len()), Ok(64));
        let blank = parse(format!("a\n\n\nb\n\n{line}").as_bytes()).unwrap();
        assert_eq!(blank.text, b"a\n\n\nb\n");
    }

    #[test]
    fn only_the_text_of_a_note_is_signed() {
        let made = |text: &[u8]| sign::<Infallible>(text, &verifier("a", 1), &mut |_| Ok([0; 64]));
        for text in [&b""[..], b"text", b"te\rxt\n", b"\xff\n"] {
            assert!(matches!(made(text), Err(NoteSignError::Text(_))));
        }
        assert!(made(b"a\n\nb\n").is_ok());
    }

    proptest! {
        #[test]
        fn parse_and_print_are_inverse(
            text in "(\\PC|\n){0,40}\n",
            signatures in prop::collection::vec(
                ("[^\\s\\p{Cc}\\p{Cf}+]{1,8}", any::<[u8; 4]>(), prop::collection::vec(any::<u8>(), 1..70)),
                1..4,
            ),
        ) {
            let line = |(name, key_id, sig)| NoteSignature { name, key_id, sig };
            let signatures = signatures.into_iter().map(line).collect();
            let note = Note { text: text.into_bytes(), signatures };
            prop_assert_eq!(parse(&note.print()), Ok(note));
        }

        #[test]
        fn what_parses_prints_the_same(text in "(a|\n){0,6}\n\n(\u{2014} [a+\u{a0}]{0,2} [A-D]{6,7}={1,2}\n?){0,3}") {
            if let Ok(note) = parse(text.as_bytes()) {
                prop_assert_eq!(note.print(), text.as_bytes());
            }
        }
    }
}
