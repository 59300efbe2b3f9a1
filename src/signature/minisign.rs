//! minisign signatures (jedisct1.github.io/minisign, "Signature format").
//!
//! Four lines: an untrusted comment, the signature, a trusted comment, and a second signature
//! over the first and the trusted comment. The algorithm `ED` signs a BLAKE2b-512 digest of the
//! file; the legacy `Ed` signs the file itself, without any separation from other formats, and
//! is read here so that the caller can refuse it by name. The key id is a hint and is not
//! checked. Two lines are a signify signature, which is refused by name as well.

use super::RawSign;
use crate::codec::base64;
use crate::finding::{Code, Coded};
use crate::key::{BadSignature, PublicKey};
use crate::limits;
use blake2::{Blake2b512, Digest as _};

const UNTRUSTED: &str = "untrusted comment: ";
const TRUSTED: &str = "trusted comment: ";
/// The untrusted comment that [`sign`] writes.
const OUR_COMMENT: &str = "signature made by vidimus";
/// Longest trusted comment that minisign itself reads, in bytes.
const TRUSTED_BYTES: usize = 8_191;

/// A well-formed minisign signature, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Whether a BLAKE2b-512 digest is signed (`ED`), and not the file itself (legacy `Ed`).
    pub prehashed: bool,
    /// The id of the key, as the signer wrote it; it is covered by no signature.
    pub key_id: [u8; 8],
    /// The first comment, without its prefix; it is covered by no signature.
    pub untrusted_comment: String,
    /// The second comment, without its prefix; the global signature covers it.
    pub trusted_comment: String,
    sig: [u8; 64],
    global: [u8; 64],
}

/// Why bytes are no minisign signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MinisignError {
    /// Longer than [`limits::SIGNATURE_BYTES`].
    #[error("a minisign signature longer than {} bytes", limits::SIGNATURE_BYTES)]
    TooLong,
    /// Not UTF-8, or a control character other than a tab.
    #[error("a minisign signature with bytes that are not printable text")]
    NotPrintable,
    /// Two lines: a signify signature, which binds no comment.
    #[error("a signify signature of two lines, not a minisign signature of four")]
    Signify,
    /// Not four lines.
    #[error("a minisign signature has four lines, not {found}")]
    Lines {
        /// Number of lines found.
        found: usize,
    },
    /// A comment line without its exact prefix.
    #[error("line {line} of the minisign signature does not begin with '{prefix}'")]
    Prefix {
        /// The line, from 1.
        line: u8,
        /// What it must begin with.
        prefix: &'static str,
    },
    /// Not canonical base64 of the right length.
    #[error("line {line} of the minisign signature is not canonical base64 of {bytes} bytes")]
    Base64 {
        /// The line, from 1.
        line: u8,
        /// Number of bytes that it must hold.
        bytes: usize,
    },
    /// An algorithm other than `ED` and `Ed`.
    #[error("a minisign signature of an unknown algorithm")]
    Algorithm,
}

impl Coded for MinisignError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong => Code::Limit,
            Self::Algorithm => Code::Unsupported,
            Self::NotPrintable
            | Self::Signify
            | Self::Lines { .. }
            | Self::Prefix { .. }
            | Self::Base64 { .. } => Code::Malformed,
        }
    }
}

/// Why a signature could not be made. `E` is the error of the caller's private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MinisignSignError<E: std::error::Error + 'static> {
    /// The comment has a control character other than a tab, or is too long for minisign.
    #[error("a trusted comment that is not one line of text of at most {TRUSTED_BYTES} bytes")]
    Comment,
    /// The private key could not sign.
    #[error("could not sign")]
    Key(#[source] E),
}

impl<E: Coded + 'static> Coded for MinisignSignError<E> {
    fn code(&self) -> Code {
        match self {
            Self::Comment => Code::Malformed,
            Self::Key(error) => error.code(),
        }
    }
}

/// Whether a file looks like a minisign (or signify) signature, by its first bytes.
pub fn is_minisign(text: &[u8]) -> bool {
    text.starts_with(UNTRUSTED.as_bytes())
}

/// Reads a signature: four lines, the last line feed optional.
///
/// # Errors
/// [`MinisignError`], the first reason found.
pub fn parse(text: &[u8]) -> Result<Signature, MinisignError> {
    if !u64::try_from(text.len()).is_ok_and(|length| length <= limits::SIGNATURE_BYTES) {
        return Err(MinisignError::TooLong);
    }
    let text = std::str::from_utf8(text).map_err(|_| MinisignError::NotPrintable)?;
    let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
    if !lines.iter().all(|line| is_printable(line)) {
        return Err(MinisignError::NotPrintable);
    }
    match lines.as_slice() {
        [untrusted, signature, trusted, global] => {
            read_lines(untrusted, signature, trusted, global)
        }
        [first, _] if first.starts_with(UNTRUSTED) => Err(MinisignError::Signify),
        other => Err(MinisignError::Lines { found: other.len() }),
    }
}

/// minisign itself puts tabs into its comments.
fn is_printable(line: &str) -> bool {
    !line.contains(|c: char| c.is_control() && c != '\t')
}

fn read_lines(
    untrusted: &str,
    signature: &str,
    trusted: &str,
    global: &str,
) -> Result<Signature, MinisignError> {
    let untrusted_comment = comment(untrusted, 1, UNTRUSTED)?;
    let blob: [u8; 74] = bytes(signature, 2)?;
    let trusted_comment = comment(trusted, 3, TRUSTED)?;
    let global = bytes(global, 4)?;
    let not_whole = MinisignError::Base64 { line: 2, bytes: blob.len() };
    let (algorithm, rest) = blob.split_first_chunk::<2>().ok_or(not_whole.clone())?;
    let (key_id, signature) = rest.split_first_chunk::<8>().ok_or(not_whole.clone())?;
    Ok(Signature {
        prehashed: match algorithm {
            b"ED" => true,
            b"Ed" => false,
            _ => return Err(MinisignError::Algorithm),
        },
        key_id: *key_id,
        untrusted_comment,
        trusted_comment,
        sig: signature.try_into().map_err(|_| not_whole)?,
        global,
    })
}

fn comment(text: &str, line: u8, prefix: &'static str) -> Result<String, MinisignError> {
    let comment = text.strip_prefix(prefix).ok_or(MinisignError::Prefix { line, prefix })?;
    Ok(comment.to_owned())
}

fn bytes<const N: usize>(text: &str, line: u8) -> Result<[u8; N], MinisignError> {
    base64::decode_array(text).map_err(|_| MinisignError::Base64 { line, bytes: N })
}

/// What a global signature covers.
fn global_message(signature: &[u8; 64], trusted_comment: &str) -> Vec<u8> {
    [signature, trusted_comment.as_bytes()].concat()
}

impl Signature {
    /// The four lines, with a final line feed.
    pub fn print(&self) -> String {
        let algorithm: &[u8; 2] = if self.prehashed { b"ED" } else { b"Ed" };
        let signature = [&algorithm[..], &self.key_id, &self.sig].concat();
        format!(
            "{UNTRUSTED}{}\n{}\n{TRUSTED}{}\n{}\n",
            self.untrusted_comment,
            base64::encode(&signature),
            self.trusted_comment,
            base64::encode(&self.global),
        )
    }

    /// Checks both signatures. `message` is the 64 bytes of [`Prehash`] when
    /// [`Signature::prehashed`], and the whole file otherwise.
    ///
    /// # Errors
    /// [`BadSignature`] when one of them does not verify, or for a key that is not plain Ed25519.
    pub fn verify(&self, key: &PublicKey, message: &[u8]) -> Result<(), BadSignature> {
        if key.ed25519().is_none() || (self.prehashed && message.len() != 64) {
            return Err(BadSignature);
        }
        key.verify(message, &self.sig)?;
        key.verify(&global_message(&self.sig, &self.trusted_comment), &self.global)
    }
}

/// Makes a prehashed signature. `sign` signs bytes with the Ed25519 key and is called twice.
///
/// # Errors
/// [`MinisignSignError`] for a comment that minisign could not read, or when `sign` fails.
pub fn sign<E: std::error::Error + 'static>(
    key_id: [u8; 8],
    prehash: &[u8; 64],
    trusted_comment: &str,
    sign: &mut RawSign<'_, E>,
) -> Result<Signature, MinisignSignError<E>> {
    let one_line = is_printable(trusted_comment) && !trusted_comment.contains('\n');
    if !one_line || trusted_comment.len() > TRUSTED_BYTES {
        return Err(MinisignSignError::Comment);
    }
    let signature = sign(prehash).map_err(MinisignSignError::Key)?;
    let global =
        sign(&global_message(&signature, trusted_comment)).map_err(MinisignSignError::Key)?;
    Ok(Signature {
        prehashed: true,
        key_id,
        untrusted_comment: OUR_COMMENT.to_owned(),
        trusted_comment: trusted_comment.to_owned(),
        sig: signature,
        global,
    })
}

/// BLAKE2b-512 (RFC 7693) of a file, fed piece by piece.
#[derive(Clone, Default)]
pub struct Prehash(Blake2b512);

impl Prehash {
    /// Begins a digest.
    pub fn new() -> Self {
        Self::default()
    }

    /// Feeds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Ends the digest.
    pub fn finish(self) -> [u8; 64] {
        self.0.finalize().into()
    }
}

/// A key id as minisign shows it: 16 upper-case hexadecimal digits, least significant byte last.
pub fn key_id_text(id: [u8; 8]) -> String {
    format!("{:016X}", u64::from_le_bytes(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::Signer as _;
    use proptest::prelude::*;
    use std::convert::Infallible;

    /// RFC 8032 section 7.1, TEST 1.
    const SEED: [u8; 32] = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c,
        0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae,
        0x7f, 0x60,
    ];

    fn made(comment: &str, message: &[u8]) -> (PublicKey, Signature, [u8; 64]) {
        let key = ed25519_dalek::SigningKey::from_bytes(&SEED);
        let mut prehash = Prehash::new();
        prehash.update(message);
        let prehash = prehash.finish();
        let signature = sign::<Infallible>([7; 8], &prehash, comment, &mut |bytes| {
            Ok(key.sign(bytes).to_bytes())
        });
        (PublicKey::Ed25519(key.verifying_key()), signature.unwrap(), prehash)
    }

    #[test]
    fn prehash_is_blake2b_512() {
        let mut prehash = Prehash::new();
        prehash.update(b"a");
        prehash.update(b"bc");
        let hex = crate::codec::hex::encode(&prehash.finish());
        assert!(hex.starts_with("ba80a53f981c4d0d") && hex.ends_with("d4009923"), "{hex}");
    }

    #[test]
    fn both_signatures_are_checked() {
        let (key, good, prehash) = made("timestamp:1\tfile:a", b"text");
        assert_eq!(good.verify(&key, &prehash), Ok(()));
        let mut other = prehash;
        other[0] ^= 1;
        assert_eq!(good.verify(&key, &other), Err(BadSignature));
        assert_eq!(good.verify(&key, b"text"), Err(BadSignature));
        let comment = Signature { trusted_comment: "timestamp:2\tfile:a".into(), ..good.clone() };
        assert_eq!(comment.verify(&key, &prehash), Err(BadSignature));
        for index in [0, 31, 32, 63] {
            let mut bad = good.clone();
            bad.global[index] ^= 1;
            assert_eq!(bad.verify(&key, &prehash), Err(BadSignature));
            let mut bad = good.clone();
            bad.sig[index] ^= 1;
            assert_eq!(bad.verify(&key, &prehash), Err(BadSignature));
        }
    }

    #[test]
    fn a_comment_is_one_line() {
        for bad in ["a\nb", "a\rb", "\x1b[31m", "\0", "\u{85}"] {
            let made = sign::<Infallible>([0; 8], &[0; 64], bad, &mut |_| Ok([0; 64]));
            assert_eq!(made, Err(MinisignSignError::Comment), "{bad:?}");
        }
    }

    #[test]
    fn one_spelling_only() {
        let text = made("c", b"text").1.print();
        let [one, two, three, four] = text.lines().collect::<Vec<_>>()[..] else {
            panic!("four lines")
        };
        let base64 = |line, bytes| MinisignError::Base64 { line, bytes };
        let prefix = |line, prefix| MinisignError::Prefix { line, prefix };
        let table: Vec<(String, MinisignError)> = vec![
            (format!("{one}\n{two}\n"), MinisignError::Signify),
            (String::new(), MinisignError::Lines { found: 1 }),
            (format!("{one}\n{two}\n{three}\n"), MinisignError::Lines { found: 3 }),
            (format!("{text}\n"), MinisignError::Lines { found: 5 }),
            (format!("\n{text}"), MinisignError::Lines { found: 5 }),
            (format!("{text}x"), MinisignError::Lines { found: 5 }),
            (text.replace('\n', "\r\n"), MinisignError::NotPrintable),
            (format!("{one}\x1b\n{two}\n{three}\n{four}"), MinisignError::NotPrintable),
            (format!("{one}\n{two}\n{three}\0\n{four}"), MinisignError::NotPrintable),
            (format!("Untrusted comment: \n{two}\n{three}\n{four}"), prefix(1, UNTRUSTED)),
            (format!("untrusted comment:\n{two}\n{three}\n{four}"), prefix(1, UNTRUSTED)),
            (format!("{one}\n{two}\nuntrusted comment: \n{four}"), prefix(3, TRUSTED)),
            (format!("{one}\n {two}\n{three}\n{four}"), base64(2, 74)),
            (format!("{one}\n{}\n{three}\n{four}", two.trim_end_matches('=')), base64(2, 74)),
            (format!("{one}\n{four}\n{three}\n{four}"), base64(2, 74)),
            (format!("{one}\n{two}\n{three}\n{two}"), base64(4, 64)),
            (format!("{one}\n{two}\n{three}\n{}", four.replace("==", "=")), base64(4, 64)),
            (format!("{one}\nAA{}\n{three}\n{four}", &two[2..]), MinisignError::Algorithm),
        ];
        for (bad, expected) in table {
            assert_eq!(parse(bad.as_bytes()), Err(expected), "{bad:?}");
        }
        assert_eq!(parse(b"\xff"), Err(MinisignError::NotPrintable));
        assert_eq!(parse(&vec![b'a'; 70_000]), Err(MinisignError::TooLong));
        assert!(parse(text.trim_end().as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn parse_and_print_are_inverse(
            prehashed: bool,
            key_id: [u8; 8],
            untrusted_comment in "(\\PC|\t){0,40}",
            trusted_comment in "(\\PC|\t){0,40}",
            signature in prop::array::uniform32(any::<u8>()),
            global in prop::array::uniform32(any::<u8>()),
        ) {
            let twice = |half: [u8; 32]| [half, half].concat().try_into().unwrap();
            let value = Signature {
                prehashed, key_id, untrusted_comment, trusted_comment,
                sig: twice(signature), global: twice(global),
            };
            let text = value.print();
            prop_assert_eq!(parse(text.as_bytes()), Ok(value));
        }

        #[test]
        fn what_parses_prints_the_same(text in "untrusted comment: .{0,3}\nR[A-Za-z0-9+/]{98}=\ntrusted comment: .{0,3}\n[A-Za-z0-9+/]{86}==\n?") {
            if let Ok(value) = parse(text.as_bytes()) {
                let printed = value.print();
                prop_assert_eq!(printed.trim_end_matches('\n'), text.trim_end_matches('\n'));
            }
        }
    }
}
