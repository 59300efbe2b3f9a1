//! DSSE 1.0.2, the envelope around signed bytes (secure-systems-lab/dsse, protocol.md and
//! envelope.md).
//!
//! The signature covers the type and the bytes of the payload, never its JSON. Key ids are
//! hints: nothing here compares them with a key. Members that the format does not have are
//! ignored, as it says.

use super::MemberError;
use super::members::Members;
use crate::codec::{base64, json};
use crate::finding::{Code, Coded};
use crate::key::{BadSignature, PublicKey};
use crate::limits;
use p256::ecdsa::signature::Verifier as _;
use serde_json::{Value, json};

/// An envelope that parsed; its signatures are not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The bytes that were signed.
    pub payload: Vec<u8>,
    /// What the bytes are, such as `application/vnd.in-toto+json`; signed as well.
    pub payload_type: String,
    /// The signatures, at least one in an envelope that was read.
    pub signatures: Vec<Signature>,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// What the signer calls the key; `None` when absent or empty. Never decides trust.
    pub key_id: Option<String>,
    /// The raw signature: 64 bytes for Ed25519, DER or 64 bytes for P-256.
    pub sig: Vec<u8>,
}

/// Why bytes are no DSSE envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Longer than [`limits::ENVELOPE_BYTES`].
    #[error("a DSSE envelope longer than {} bytes", limits::ENVELOPE_BYTES)]
    TooLong,
    /// Not strict JSON.
    #[error("not a DSSE envelope")]
    Json(#[from] json::JsonError),
    /// A member is missing or of another form.
    #[error("not a DSSE envelope")]
    Member(#[from] MemberError),
    /// No signature at all.
    #[error("a DSSE envelope without signatures")]
    Unsigned,
    /// A signature of no bytes.
    #[error("a DSSE envelope with an empty signature")]
    EmptySignature,
    /// More than [`limits::SIGNATURES`] signatures.
    #[error("{found} signatures in one DSSE envelope, more than {}", limits::SIGNATURES)]
    TooMany {
        /// Number of signatures.
        found: usize,
    },
}

impl Coded for EnvelopeError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong | Self::TooMany { .. } => Code::Limit,
            Self::Json(_) | Self::Member(_) | Self::Unsigned | Self::EmptySignature => {
                Code::Malformed
            }
        }
    }
}

/// The pre-authentication encoding, which is what is signed: lengths in decimal bytes.
pub fn pae(payload_type: &str, body: &[u8]) -> Vec<u8> {
    let mut encoded =
        format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), body.len()).into_bytes();
    encoded.extend_from_slice(body);
    encoded
}

/// Reads an envelope that fills `bytes` completely.
///
/// # Errors
/// [`EnvelopeError`], the first reason found.
pub fn parse(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
    if !u64::try_from(bytes.len()).is_ok_and(|length| length <= limits::ENVELOPE_BYTES) {
        return Err(EnvelopeError::TooLong);
    }
    from_value(&json::parse(bytes)?)
}

/// Reads an envelope that stands inside another document.
///
/// # Errors
/// [`EnvelopeError`], the first reason found.
pub fn from_value(value: &Value) -> Result<Envelope, EnvelopeError> {
    let members = Members::of(value, "envelope")?;
    let signatures = members.array("signatures")?;
    match signatures.len() {
        0 => return Err(EnvelopeError::Unsigned),
        found if found > limits::SIGNATURES => return Err(EnvelopeError::TooMany { found }),
        _ => {}
    }
    Ok(Envelope {
        payload: members.base64("payload")?,
        payload_type: members.text("payloadType")?.to_owned(),
        signatures: signatures.iter().map(signature).collect::<Result<_, _>>()?,
    })
}

fn signature(value: &Value) -> Result<Signature, EnvelopeError> {
    let members = Members::of(value, "signatures")?;
    let key_id = members.optional_text("keyid")?.filter(|id| !id.is_empty());
    let sig = members.base64("sig")?;
    if sig.is_empty() {
        return Err(EnvelopeError::EmptySignature);
    }
    Ok(Signature { key_id: key_id.map(str::to_owned), sig })
}

impl Envelope {
    /// The bytes that its signatures are over.
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    /// The positions of the signatures that verify under `key`; none for a FIDO key. How many
    /// there are says nothing: a threshold counts keys.
    ///
    /// DSSE leaves the form of an ECDSA signature open: 64 bytes are taken as `r` and `s`,
    /// anything else as DER.
    pub fn verified_by(&self, key: &PublicKey) -> Vec<usize> {
        let message = self.pae();
        let good = |signature: &Signature| verify(key, &message, &signature.sig).is_ok();
        let positions = self.signatures.iter().enumerate();
        positions.filter(|(_, signature)| good(signature)).map(|(position, _)| position).collect()
    }

    /// The members of the JSON document, in the order in which they are written. `keyid` is
    /// always there, because other readers fail without it.
    pub fn to_value(&self) -> Value {
        let signature = |signature: &Signature| {
            json!({
                "sig": base64::encode(&signature.sig),
                "keyid": signature.key_id.as_deref().unwrap_or_default(),
            })
        };
        json!({
            "payload": base64::encode(&self.payload),
            "payloadType": self.payload_type,
            "signatures": self.signatures.iter().map(signature).collect::<Vec<_>>(),
        })
    }

    /// Compact JSON in a fixed order, with a final line feed.
    pub fn to_json(&self) -> Vec<u8> {
        format!("{}\n", self.to_value()).into_bytes()
    }
}

/// Checks one signature over the encoding `message`.
fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
    if let (PublicKey::P256(key), 64) = (key, signature.len()) {
        let signature = p256::ecdsa::Signature::from_slice(signature).map_err(|_| BadSignature)?;
        return key.verify(message, &signature).map_err(|_| BadSignature);
    }
    key.verify(message, signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::Signer as _;
    use proptest::prelude::*;

    fn signed(seed: u8, payload: &[u8]) -> (PublicKey, Signature) {
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let sig = key.sign(&pae("t", payload)).to_bytes().to_vec();
        (PublicKey::Ed25519(key.verifying_key()), Signature { key_id: None, sig })
    }

    fn envelope(payload: &[u8], signatures: Vec<Signature>) -> Envelope {
        Envelope { payload: payload.to_vec(), payload_type: "t".into(), signatures }
    }

    #[test]
    fn lengths_are_bytes() {
        let table: [(&str, &[u8], &[u8]); 3] = [
            ("", b"", b"DSSEv1 0  0 "),
            ("t\u{e9}st/\u{2713}", b"x", b"DSSEv1 9 t\xc3\xa9st/\xe2\x9c\x93 1 x"),
            ("a b", b" 1 ", b"DSSEv1 3 a b 3  1 "),
        ];
        for (payload_type, body, expected) in table {
            assert_eq!(pae(payload_type, body), expected);
        }
    }

    #[test]
    fn positions_of_good_signatures() {
        let ((one, by_one), (two, by_two), (three, _)) =
            (signed(1, b"x"), signed(2, b"x"), signed(3, b"x"));
        let junk = Signature { key_id: Some(one.key_id()), sig: vec![0; 64] };
        let all = envelope(b"x", vec![junk, by_two.clone(), by_one.clone(), by_two]);
        assert_eq!(all.verified_by(&one), [2]);
        assert_eq!(all.verified_by(&two), [1, 3]);
        assert!(all.verified_by(&three).is_empty());
        let moved = Envelope { payload_type: "u".into(), ..all.clone() };
        assert!(moved.verified_by(&one).is_empty());
        let changed = Envelope { payload: b"y".to_vec(), ..all };
        assert!(changed.verified_by(&one).is_empty());
    }

    #[test]
    fn p256_signatures_of_both_forms() {
        let key = p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
        let signature: p256::ecdsa::Signature = key.sign(&pae("t", b"x"));
        let sigs = [signature.to_bytes().to_vec(), signature.to_der().as_bytes().to_vec()];
        let longer = [&sigs[1][..], &[0]].concat();
        let both = sigs.into_iter().chain([longer, vec![0; 64], vec![0xff; 64], vec![1]]);
        let both = both.map(|sig| Signature { key_id: None, sig }).collect();
        let key = *key.verifying_key();
        assert_eq!(envelope(b"x", both).verified_by(&PublicKey::P256(key)), [0, 1]);
        let raw = vec![Signature { key_id: None, sig: signature.to_bytes().to_vec() }];
        let device = PublicKey::SkP256 { key, application: "ssh:".into() };
        assert!(envelope(b"x", raw).verified_by(&device).is_empty());
    }

    #[test]
    fn what_is_read_and_refused() {
        let good = r#"{"payload":"eA==","payloadType":"t","signatures":[{"sig":"AA=="}]}"#;
        let one = envelope(b"x", vec![Signature { key_id: None, sig: vec![0] }]);
        for same in [
            good.to_owned(),
            format!(" {good}\n"),
            good.replace(r#""sig":"#, r#""keyid":"","sig":"#),
            good.replace(r#""sig":"#, r#""x":[{}],"sig":"#),
            good.replace(r#"{"payload":"#, r#"{"x":1,"payload":"#),
        ] {
            assert_eq!(parse(same.as_bytes()), Ok(one.clone()), "{same}");
        }
        let url = good.replace("AA==", "_-8=");
        assert_eq!(parse(url.as_bytes()).unwrap().signatures[0].sig, [0xff, 0xef]);
        let member = |name| EnvelopeError::Member(MemberError::Missing { name });
        let base64 = |name| EnvelopeError::Member(MemberError::Base64 { name });
        let string = |name| EnvelopeError::Member(MemberError::Type { name, expected: "a string" });
        let object = |name| EnvelopeError::Member(MemberError::NotAnObject { name });
        let many = vec![r#"{"sig":"AA=="}"#; 65].join(",");
        let table = [
            ("[]".to_owned(), object("envelope")),
            (good.replace("payload\"", "p\""), member("payload")),
            (good.replace("payloadType", "p"), member("payloadType")),
            (good.replace("signatures", "s"), member("signatures")),
            (good.replace("\"sig\"", "\"s\""), member("sig")),
            (good.replace(r#""t""#, "1"), string("payloadType")),
            (good.replace(r#""AA==""#, "[]"), string("sig")),
            (good.replace(r#""sig":"#, r#""keyid":1,"sig":"#), string("keyid")),
            (good.replace("eA==", "eA"), base64("payload")),
            (good.replace("eA==", "eB=="), base64("payload")),
            (good.replace("eA==", "eA==\\n"), base64("payload")),
            (good.replace("AA==", "AA"), base64("sig")),
            (good.replace("AA==", "/_8="), base64("sig")),
            (good.replace("AA==", ""), EnvelopeError::EmptySignature),
            (good.replace(r#"{"sig":"AA=="}"#, ""), EnvelopeError::Unsigned),
            (good.replace(r#"{"sig":"AA=="}"#, "1"), object("signatures")),
            (good.replace(r#"{"sig":"AA=="}"#, &many), EnvelopeError::TooMany { found: 65 }),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text.as_bytes()), Err(expected), "{text}");
        }
        let repeated = |text: String| match parse(text.as_bytes()) {
            Err(EnvelopeError::Json(error)) => Some(error.reason),
            _ => None,
        };
        let twice = good.replace(r#"{"payload":"#, r#"{"pa\u0079load":"","payload":"#);
        assert_eq!(repeated(twice), Some(json::JsonReason::Duplicate));
        let inner = good.replace(r#""sig":"#, r#""sig":"","sig":"#);
        assert_eq!(repeated(inner), Some(json::JsonReason::Duplicate));
        assert_eq!(repeated(format!("{good}{good}")), Some(json::JsonReason::Syntax));
    }

    proptest! {
        #[test]
        fn parse_and_print_are_inverse(
            payload: Vec<u8>,
            payload_type: String,
            signatures in prop::collection::vec(
                (prop::option::of(".{1,8}"), prop::collection::vec(any::<u8>(), 1..80)),
                1..5,
            ),
        ) {
            let signatures =
                signatures.into_iter().map(|(key_id, sig)| Signature { key_id, sig }).collect();
            let value = Envelope { payload, payload_type, signatures };
            prop_assert_eq!(parse(&value.to_json()), Ok(value));
        }
    }
}
