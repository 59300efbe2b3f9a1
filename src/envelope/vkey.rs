//! The keys of signed notes as text, "vkey" (C2SP, signed-note v1.0.0).
//!
//! A key has a name, a type that says what its signatures are over, and an id over all three
//! that tells apart the keys of one name. The id is short and anybody can make a key with the
//! same one: it finds a key, it proves nothing.

use crate::codec::{base64, hex};
use crate::digest;
use crate::finding::{Code, Coded};
use crate::key::{PointError, PublicKey, ed25519_point};

/// What the signatures of a key are over, with Ed25519 in both cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Type 0x01: the text of the note.
    Text,
    /// Type 0x04: a time and the text (C2SP, tlog-cosignature, cosignature/v1).
    Cosignature,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Text => 0x01,
            Self::Cosignature => 0x04,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Text, Self::Cosignature].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// Why a text or a key is no [`Verifier`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VkeyError {
    /// Not `name+id+base64`, or not in the one spelling of it.
    #[error("not a note key of the form name+id+base64")]
    Form,
    /// An empty name, or one with spaces, `+`, control or bidirectional controls.
    #[error("the name of a note key is empty or has spaces or '+'")]
    Name,
    /// The id is not that of this name and key.
    #[error("the id of the note key is not that of its name and key")]
    Id,
    /// A key that is neither plain Ed25519 (type 0x01) nor of a cosigner (type 0x04).
    #[error("note keys of this type are not supported, only Ed25519 and cosignature/v1")]
    Unsupported,
    /// The key is no point, or of small order.
    #[error("not an acceptable note key")]
    Point(#[from] PointError),
}

impl Coded for VkeyError {
    fn code(&self) -> Code {
        match self {
            Self::Unsupported => Code::Unsupported,
            Self::Point(error) => error.code(),
            Self::Form | Self::Name | Self::Id => Code::Malformed,
        }
    }
}

/// Names are printed between a space and a space, and before a `+`.
pub(super) fn is_name(name: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || is_command(c) || c == '+';
    !name.is_empty() && !name.contains(bad)
}

/// Whether a character tells a terminal what to do: the control characters of ASCII and those
/// above (U+007F to U+009F), which signed-note v1.0.0 does not rule out, and the bidirectional
/// controls. Notes are printed as they are, so that such a one may not be in any.
pub(super) fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}')
}

/// The id of a key: the first four bytes of SHA-256 over its name, a line feed, the type of its
/// signatures and the raw key.
pub fn key_id(name: &str, signature_type: u8, public_key: &[u8]) -> [u8; 4] {
    let named = [name.as_bytes(), b"\n", &[signature_type], public_key].concat();
    let [a, b, c, d, ..] = digest::sha256(&named);
    [a, b, c, d]
}

/// A public key with the name under which it signs notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    kind: Kind,
    key: PublicKey,
    raw: [u8; 32],
    key_id: [u8; 4],
}

impl Verifier {
    /// Gives a plain Ed25519 key a name; it signs the text of notes (type 0x01).
    ///
    /// # Errors
    /// [`VkeyError`] for a name that notes cannot have, or another type of key.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, VkeyError> {
        Self::of_kind(Kind::Text, name, key)
    }

    /// Gives a plain Ed25519 key a name; it signs that it saw a text, and when (type 0x04, C2SP
    /// cosignature/v1).
    ///
    /// # Errors
    /// [`VkeyError`] for a name that notes cannot have, or another type of key.
    pub fn cosigner(name: &str, key: PublicKey) -> Result<Self, VkeyError> {
        Self::of_kind(Kind::Cosignature, name, key)
    }

    fn of_kind(kind: Kind, name: &str, key: PublicKey) -> Result<Self, VkeyError> {
        if !is_name(name) {
            return Err(VkeyError::Name);
        }
        let raw = key.ed25519().ok_or(VkeyError::Unsupported)?.to_bytes();
        let key_id = key_id(name, kind.byte(), &raw);
        Ok(Self { name: name.to_owned(), kind, key, raw, key_id })
    }

    /// Reads `name+id+base64`: the id in eight lower-case hex digits, in base64 the type byte
    /// and the key.
    ///
    /// # Errors
    /// [`VkeyError`], the first reason found.
    pub fn parse(vkey: &str) -> Result<Self, VkeyError> {
        let (name, rest) = vkey.split_once('+').ok_or(VkeyError::Form)?;
        let (id, base64) = rest.split_once('+').ok_or(VkeyError::Form)?;
        let blob = base64::decode(base64).map_err(|_| VkeyError::Form)?;
        let (kind, raw) = blob.split_first().ok_or(VkeyError::Form)?;
        let kind = Kind::of(*kind).ok_or(VkeyError::Unsupported)?;
        let raw: [u8; 32] = raw.try_into().map_err(|_| VkeyError::Form)?;
        let verifier = Self::of_kind(kind, name, PublicKey::Ed25519(ed25519_point(&raw)?))?;
        (hex::encode(&verifier.key_id) == id).then_some(verifier).ok_or(VkeyError::Id)
    }

    /// The text that [`Verifier::parse`] reads.
    pub fn vkey(&self) -> String {
        let blob = [&[self.kind.byte()][..], &self.raw].concat();
        format!("{}+{}+{}", self.name, hex::encode(&self.key_id), base64::encode(&blob))
    }

    /// Another key under the same name and id, which only a search for collisions could find.
    #[cfg(test)]
    pub(super) fn with_key_of(&self, other: &Self) -> Self {
        Self { key: other.key.clone(), ..self.clone() }
    }

    /// The name under which the key signs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether its signatures are cosignatures (type 0x04).
    pub fn is_cosigner(&self) -> bool {
        self.kind == Kind::Cosignature
    }

    /// The id of the key under this name.
    pub fn key_id(&self) -> [u8; 4] {
        self.key_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(seed: u8) -> ed25519_dalek::VerifyingKey {
        ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key()
    }

    fn verifier(name: &str, seed: u8) -> Verifier {
        Verifier::new(name, PublicKey::Ed25519(key(seed))).unwrap()
    }

    #[test]
    fn what_is_no_vkey() {
        let good = verifier("example.org/log", 1).vkey();
        assert_eq!(Verifier::parse(&good), Ok(verifier("example.org/log", 1)));
        let named = |name: &str, blob: &[u8]| {
            let id = hex::encode(&key_id(name, blob[0], &blob[1..]));
            format!("{name}+{id}+{}", base64::encode(blob))
        };
        let raw = key(1).to_bytes();
        let with_type = |kind: u8| [&[kind][..], &raw].concat();
        let zero = [&[1][..], &[0; 32]].concat();
        let table = [
            (String::new(), VkeyError::Form),
            ("a+00000000".into(), VkeyError::Form),
            ("a+00000000+".into(), VkeyError::Form),
            (good[..good.len() - 1].into(), VkeyError::Form),
            (format!("{good}\n"), VkeyError::Form),
            (format!("{good} "), VkeyError::Form),
            (named("a", &with_type(1)[..32]), VkeyError::Form),
            (named("", &with_type(1)), VkeyError::Name),
            (named("a b", &with_type(1)), VkeyError::Name),
            (named("a\x7f", &with_type(1)), VkeyError::Name),
            (named("a\u{9b}31m", &with_type(1)), VkeyError::Name),
            (named("a\u{202e}b", &with_type(1)), VkeyError::Name),
            (named("a", &with_type(1)).replacen('a', "b", 1), VkeyError::Id),
            (named("a", &with_type(2)), VkeyError::Unsupported),
            (named("a", &with_type(6)), VkeyError::Unsupported),
            (named("a", &with_type(4)[..32]), VkeyError::Form),
            (named("a", &zero), VkeyError::Point(PointError::SmallOrder)),
        ];
        for (text, expected) in table {
            assert_eq!(Verifier::parse(&text), Err(expected), "{text}");
        }
        let id = hex::encode(&verifier("example.org/log", 1).key_id);
        let upper = good.replace(&id, &id.to_uppercase());
        assert_ne!(upper, good);
        assert_eq!(Verifier::parse(&upper), Err(VkeyError::Id));
    }

    #[test]
    fn only_plain_ed25519_has_a_vkey() {
        let device = PublicKey::SkEd25519 { key: key(1), application: "ssh:".into() };
        assert_eq!(Verifier::new("a", device), Err(VkeyError::Unsupported));
    }

    proptest! {
        #[test]
        fn vkeys_have_one_spelling(name in "[^\\s\\p{Cc}\\p{Cf}+]{1,8}", seed: [u8; 32]) {
            let key = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
            let signer = Verifier::new(&name, PublicKey::Ed25519(key)).unwrap();
            let cosigner = Verifier::cosigner(&name, PublicKey::Ed25519(key)).unwrap();
            prop_assert_ne!(signer.key_id(), cosigner.key_id());
            prop_assert!(!signer.is_cosigner() && cosigner.is_cosigner());
            for verifier in [signer, cosigner] {
                prop_assert_eq!(Verifier::parse(&verifier.vkey()), Ok(verifier));
            }
        }
    }
}
