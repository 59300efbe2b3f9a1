//! The innermost signature of an SSHSIG, and how each type of key makes one.
//!
//! RFC 8709 (Ed25519), RFC 5656 section 3.1.2 (ECDSA), OpenSSH's PROTOCOL.u2f (FIDO devices and
//! WebAuthn). A device signs a message of its own that holds the hash of ours; in WebAuthn the
//! browser puts a JSON text between the two. Counters are covered by the signature but not
//! compared with earlier ones: there is no state to compare with.

use super::sshsig::SshsigError;
use crate::codec::json;
use crate::digest;
use crate::key::wire::{Reader, WireError, put_number, put_string};
use crate::key::{BadSignature, PublicKey};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa::signature::Verifier as _;
use serde_json::Value;

/// The signature type of a FIDO P-256 key used through a browser.
const WEBAUTHN: &str = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";
/// Device flag: the user touched it.
const USER_PRESENT: u8 = 0x01;
/// Device flag: attested credential data follow, which no signature of ours has.
const ATTESTED: u8 = 0x40;
/// Device flag: extensions follow.
const EXTENSIONS: u8 = 0x80;

/// `r` and `s` of an ECDSA signature, big-endian, not yet known to be in range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scalars {
    r: [u8; 32],
    s: [u8; 32],
}

/// What a FIDO device says beside its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Device {
    flags: u8,
    counter: u32,
}

/// The text that a browser signed instead of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClientData {
    origin: String,
    json: Vec<u8>,
}

/// One signature of any type, well-formed and not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    Ed25519([u8; 64]),
    P256(Scalars),
    SkEd25519([u8; 64], Device),
    SkP256(Scalars, Device),
    WebAuthn(Scalars, Device, ClientData),
}

impl Scalars {
    fn read(blob: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(blob);
        let scalars = Self { r: reader.number()?, s: reader.number()? };
        reader.done()?;
        Ok(scalars)
    }

    fn write(self) -> Vec<u8> {
        let mut blob = Vec::new();
        put_number(&mut blob, &self.r);
        put_number(&mut blob, &self.s);
        blob
    }

    /// Zero and what is not below the order of the curve fails here.
    fn verify(self, key: &p256::ecdsa::VerifyingKey, message: &[u8]) -> Result<(), BadSignature> {
        let signature =
            p256::ecdsa::Signature::from_scalars(self.r, self.s).map_err(|_| BadSignature)?;
        key.verify(message, &signature).map_err(|_| BadSignature)
    }
}

impl Device {
    fn read(reader: &mut Reader<'_>) -> Result<Self, SshsigError> {
        let device = Self { flags: reader.byte()?, counter: reader.u32()? };
        match device.flags & USER_PRESENT {
            0 => Err(SshsigError::NotPresent),
            _ => Ok(device),
        }
    }

    fn write(self, to: &mut Vec<u8>) {
        to.push(self.flags);
        to.extend_from_slice(&self.counter.to_be_bytes());
    }

    /// What the device signs: SHA-256 of the application, its own data, SHA-256 of the message.
    fn message(self, application: &str, message: &[u8]) -> Vec<u8> {
        let mut signed = digest::sha256(application.as_bytes()).to_vec();
        self.write(&mut signed);
        signed.extend_from_slice(&digest::sha256(message));
        signed
    }
}

impl ClientData {
    fn read(reader: &mut Reader<'_>, device: Device) -> Result<Self, SshsigError> {
        let (origin, json) = (reader.text()?, reader.string()?);
        if !reader.string()?.is_empty() {
            return Err(SshsigError::Extensions);
        }
        let whole_text = matches!(json::parse(json), Ok(Value::Object(_)));
        let plain_origin = !origin.contains(|c: char| c == '"' || c == '\\' || c.is_control());
        if !whole_text || !plain_origin || device.flags & (ATTESTED | EXTENSIONS) != 0 {
            return Err(SshsigError::ClientData);
        }
        Ok(Self { origin: origin.to_owned(), json: json.to_vec() })
    }

    fn write(&self, to: &mut Vec<u8>) {
        put_string(to, self.origin.as_bytes());
        put_string(to, &self.json);
        put_string(to, b"");
    }

    /// The browser's text must begin with the type, our message and the origin, in this order
    /// (WebAuthn, "Limited Verification Algorithm"). Unlike there the challenge is the message
    /// itself and not a hash of it.
    fn is_about(&self, message: &[u8]) -> bool {
        let begin = format!(
            r#"{{"type":"webauthn.get","challenge":"{}","origin":"{}""#,
            Base64UrlUnpadded::encode_string(message),
            self.origin
        );
        let rest = self.json.strip_prefix(begin.as_bytes());
        matches!(rest, Some([b',' | b'}', ..]))
    }
}

impl Proof {
    /// Reads the signature that a key of the type of `key` has made.
    pub(super) fn read(key: &PublicKey, blob: &[u8]) -> Result<Self, SshsigError> {
        let mut reader = Reader::new(blob);
        let kind = reader.text()?;
        let webauthn = kind == WEBAUTHN && matches!(key, PublicKey::SkP256 { .. });
        if kind != key.kind() && !webauthn {
            return Err(SshsigError::TypeMismatch);
        }
        let proof = Self::read_values(key, webauthn, &mut reader)?;
        reader.done()?;
        Ok(proof)
    }

    fn read_values(
        key: &PublicKey,
        webauthn: bool,
        reader: &mut Reader<'_>,
    ) -> Result<Self, SshsigError> {
        Ok(match key {
            PublicKey::Ed25519(_) => Self::Ed25519(*reader.array()?),
            PublicKey::P256(_) => Self::P256(Scalars::read(reader.string()?)?),
            PublicKey::SkEd25519 { .. } => Self::SkEd25519(*reader.array()?, Device::read(reader)?),
            PublicKey::SkP256 { .. } => {
                let scalars = Scalars::read(reader.string()?)?;
                let device = Device::read(reader)?;
                if webauthn {
                    Self::WebAuthn(scalars, device, ClientData::read(reader, device)?)
                } else {
                    Self::SkP256(scalars, device)
                }
            }
        })
    }

    /// Writes the signature as [`Proof::read`] reads it for `key`.
    pub(super) fn write(&self, key: &PublicKey) -> Vec<u8> {
        let mut blob = Vec::new();
        let kind = if matches!(self, Self::WebAuthn(..)) { WEBAUTHN } else { key.kind() };
        put_string(&mut blob, kind.as_bytes());
        match self {
            Self::Ed25519(signature) => put_string(&mut blob, signature),
            Self::P256(scalars) => put_string(&mut blob, &scalars.write()),
            Self::SkEd25519(signature, device) => {
                put_string(&mut blob, signature);
                device.write(&mut blob);
            }
            Self::SkP256(scalars, device) => {
                put_string(&mut blob, &scalars.write());
                device.write(&mut blob);
            }
            Self::WebAuthn(scalars, device, client_data) => {
                put_string(&mut blob, &scalars.write());
                device.write(&mut blob);
                client_data.write(&mut blob);
            }
        }
        blob
    }

    /// Checks the signature over `message` under `key`, which must be of the type it was made
    /// with.
    pub(super) fn verify(&self, key: &PublicKey, message: &[u8]) -> Result<(), BadSignature> {
        match (self, key) {
            (Self::Ed25519(signature), PublicKey::Ed25519(_)) => key.verify(message, signature),
            (Self::P256(scalars), PublicKey::P256(key)) => scalars.verify(key, message),
            (Self::SkEd25519(signature, device), PublicKey::SkEd25519 { key, application }) => {
                PublicKey::Ed25519(*key).verify(&device.message(application, message), signature)
            }
            (Self::SkP256(scalars, device), PublicKey::SkP256 { key, application }) => {
                scalars.verify(key, &device.message(application, message))
            }
            (Self::WebAuthn(scalars, device, text), PublicKey::SkP256 { key, application })
                if text.is_about(message) =>
            {
                scalars.verify(key, &device.message(application, &text.json))
            }
            _ => Err(BadSignature),
        }
    }
}
