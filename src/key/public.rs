//! Public keys, and the raw signature check of each kind.
//!
//! Two keys are the same when their bytes are: thresholds count these values, never names or
//! key ids. Ed25519 is checked strictly (RFC 8032 section 5.1.7 with S < L, no small-order keys
//! or R: ed25519-dalek's `verify_strict`).

use crate::codec::{base64, hex};
use crate::digest;
use crate::finding::{Code, Coded};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use std::fmt;

/// A public key that loaded: well-formed, on its curve, not of small order.
#[derive(Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// RFC 8032 Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey),
    /// ECDSA over P-256 with SHA-256 (FIPS 186-5).
    P256(p256::ecdsa::VerifyingKey),
    /// An Ed25519 key on a FIDO device: it can verify OpenSSH signatures only.
    SkEd25519 {
        /// The device's key.
        key: ed25519_dalek::VerifyingKey,
        /// The relying party, `ssh:` by default.
        application: String,
    },
    /// A P-256 key on a FIDO device: it can verify OpenSSH signatures only.
    SkP256 {
        /// The device's key.
        key: p256::ecdsa::VerifyingKey,
        /// The relying party, `ssh:` by default.
        application: String,
    },
}

/// The signature does not verify under the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify under this key")]
pub struct BadSignature;

impl Coded for BadSignature {
    fn code(&self) -> Code {
        Code::BadSignature
    }
}

/// Why bytes are no acceptable Ed25519 point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// Not the canonical encoding of a point on the curve.
    #[error("not the encoding of a public key")]
    NotAPoint,
    /// A point of small order: anybody can sign for it.
    #[error("a small-order key, for which anybody can sign")]
    SmallOrder,
}

impl Coded for PointError {
    fn code(&self) -> Code {
        match self {
            Self::NotAPoint => Code::Malformed,
            Self::SmallOrder => Code::WeakKey,
        }
    }
}

/// DER before the 32 bytes of an Ed25519 SubjectPublicKeyInfo (RFC 8410 section 4).
pub(super) const ED25519_SPKI: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// DER before the 65 bytes of an uncompressed P-256 SubjectPublicKeyInfo (RFC 5480 section 2).
pub(super) const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Loads the 32 bytes of an Ed25519 key (RFC 8032 section 5.1.3), canonical encodings only.
///
/// # Errors
/// [`PointError`] for anything that is no canonical point or has small order.
pub fn ed25519_point(bytes: &[u8; 32]) -> Result<ed25519_dalek::VerifyingKey, PointError> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| PointError::NotAPoint)?;
    if key.is_weak() {
        return Err(PointError::SmallOrder);
    }
    // The decoder keeps the bytes it was given; the point itself has one canonical encoding.
    let canonical = key.to_edwards().compress().to_bytes();
    (canonical == *bytes).then_some(key).ok_or(PointError::NotAPoint)
}

impl PublicKey {
    /// Checks a signature in its raw form: 64 bytes for Ed25519, ASN.1 DER for P-256
    /// (RFC 3279 section 2.2.3).
    ///
    /// # Errors
    /// [`BadSignature`] when it does not verify; always for a FIDO key, which never signs the
    /// bare message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        match self {
            Self::Ed25519(key) => {
                let signature =
                    ed25519_dalek::Signature::from_slice(signature).map_err(|_| BadSignature)?;
                key.verify_strict(message, &signature).map_err(|_| BadSignature)
            }
            Self::P256(key) => {
                let signature =
                    p256::ecdsa::Signature::from_der(signature).map_err(|_| BadSignature)?;
                key.verify(message, &signature).map_err(|_| BadSignature)
            }
            Self::SkEd25519 { .. } | Self::SkP256 { .. } => Err(BadSignature),
        }
    }

    /// Checks a P-256 signature in DER over the 32 bytes of a message's SHA-256, so that a large
    /// file need not be held in memory.
    ///
    /// # Errors
    /// [`BadSignature`] when it does not verify, and for every other kind of key: Ed25519 signs
    /// the message itself.
    pub fn verify_sha256(&self, sha256: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        match self {
            Self::P256(key) => {
                let signature =
                    p256::ecdsa::Signature::from_der(signature).map_err(|_| BadSignature)?;
                key.verify_prehash(sha256, &signature).map_err(|_| BadSignature)
            }
            Self::Ed25519(_) | Self::SkEd25519 { .. } | Self::SkP256 { .. } => Err(BadSignature),
        }
    }

    /// The SubjectPublicKeyInfo in DER; for a FIDO key that of the key alone.
    pub fn spki_der(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) | Self::SkEd25519 { key, .. } => {
                [&ED25519_SPKI[..], key.as_bytes()].concat()
            }
            Self::P256(key) | Self::SkP256 { key, .. } => {
                [&P256_SPKI[..], key.as_affine().to_sec1_point(false).as_bytes()].concat()
            }
        }
    }

    /// Base64 of the SHA-256 of the SubjectPublicKeyInfo: the `hint` and `keyid` that we write.
    pub fn key_id(&self) -> String {
        base64::encode(&digest::sha256(&self.spki_der()))
    }

    /// Every spelling of a key id that others are known to write for this key. An id is a hint
    /// for the wording of a refusal; it never decides trust.
    pub fn known_ids(&self) -> Vec<String> {
        let spki = digest::sha256(&self.spki_der());
        let mut ids = vec![base64::encode(&spki), hex::encode(&spki)];
        if let Self::Ed25519(key) = self {
            ids.push(hex::encode(key.as_bytes()));
            ids.push(hex::encode(&digest::sha256(key.as_bytes())));
            let json = format!(
                r#"{{"keytype":"ed25519","keyval":{{"public":"{}"}},"scheme":"ed25519"}}"#,
                hex::encode(key.as_bytes())
            );
            ids.push(hex::encode(&digest::sha256(json.as_bytes())));
        }
        ids
    }

    /// The 32 bytes, when this is a plain Ed25519 key.
    pub fn ed25519(&self) -> Option<&ed25519_dalek::VerifyingKey> {
        match self {
            Self::Ed25519(key) => Some(key),
            Self::P256(_) | Self::SkEd25519 { .. } | Self::SkP256 { .. } => None,
        }
    }

    /// The name of the kind, as the OpenSSH key type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ssh-ed25519",
            Self::P256(_) => "ecdsa-sha2-nistp256",
            Self::SkEd25519 { .. } => "sk-ssh-ed25519@openssh.com",
            Self::SkP256 { .. } => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }
}

/// `ed25519:<base64>` for a plain Ed25519 key, `<kind>:<key id>` for the others.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519(key) => write!(f, "ed25519:{}", base64::encode(key.as_bytes())),
            Self::P256(_) | Self::SkEd25519 { .. } | Self::SkP256 { .. } => {
                write!(f, "{}:{}", self.kind(), self.key_id())
            }
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
