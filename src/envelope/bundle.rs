//! Sigstore bundles, versions 0.1 to 0.3 (sigstore/protobuf-specs, sigstore_bundle.proto).
//!
//! Read as far as a bundle with a plain key needs: certificates are recognised and not read,
//! log entries are counted, timestamps are kept as they are. Which key made the signature is the
//! caller's business; the hint is only a hint, and so is the digest of a message. Written is
//! one form: version 0.3, a DSSE envelope, a plain key.

use super::MemberError;
use super::dsse::{self, Envelope, EnvelopeError};
use super::members::Members;
use crate::codec::{base64, json};
use crate::finding::{Code, Coded};
use crate::limits;
use crate::signature::excerpt;
use serde_json::{Value, json};

/// The media type that is written.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// What the media type of every version begins with.
const ANY_MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle";
/// The digests of messages whose length is known.
const KNOWN_DIGESTS: [(&str, usize); 3] = [("SHA2_256", 32), ("SHA2_384", 48), ("SHA2_512", 64)];

/// A bundle that parsed; nothing in it is yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The version of the format.
    pub version: Version,
    /// With what the signature is to be verified.
    pub key: KeyMaterial,
    /// What was signed.
    pub content: Content,
    /// RFC 3161 TimeStampResps in DER, over the raw signature bytes.
    pub timestamps: Vec<Vec<u8>>,
    /// Number of transparency log entries.
    pub log_entries: usize,
}

/// The versions of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 0.1.
    V01,
    /// 0.2.
    V02,
    /// 0.3, in either spelling of its media type.
    V03,
}

/// What a bundle says about its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyMaterial {
    /// A key that the verifier has, and the signer's hint which one.
    PublicKeyHint(Option<String>),
    /// An X.509 certificate or a chain of them.
    Certificate,
}

/// What a bundle has a signature of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A DSSE envelope with exactly one signature.
    Dsse(Envelope),
    /// A detached signature over the bytes of a file.
    Message {
        /// Algorithm (`SHA2_256`) and digest of the file, a hint that no signature covers.
        digest: Option<(String, Vec<u8>)>,
        /// The raw signature: 64 bytes for Ed25519, DER for ECDSA.
        signature: Vec<u8>,
    },
}

/// Why bytes are no bundle that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Longer than [`limits::ENVELOPE_BYTES`].
    #[error("a Sigstore bundle longer than {} bytes", limits::ENVELOPE_BYTES)]
    TooLong,
    /// Not strict JSON.
    #[error("not a Sigstore bundle")]
    Json(#[from] json::JsonError),
    /// A member is missing or of another form.
    #[error("not a Sigstore bundle")]
    Member(#[from] MemberError),
    /// The media type of something else.
    #[error("not a Sigstore bundle: the media type is '{media_type}'")]
    MediaType {
        /// The media type, escaped.
        media_type: String,
    },
    /// The media type of another version.
    #[error("Sigstore bundles of media type '{media_type}' are not supported")]
    Version {
        /// The media type, escaped.
        media_type: String,
    },
    /// Not exactly one of `publicKey`, `certificate` and `x509CertificateChain`.
    #[error("a Sigstore bundle has one key or certificate, not {found}")]
    KeyCount {
        /// How many of them were found.
        found: usize,
    },
    /// Not exactly one of `dsseEnvelope` and `messageSignature`.
    #[error("a Sigstore bundle has one of 'dsseEnvelope' and 'messageSignature', not {found}")]
    ContentCount {
        /// How many of them were found.
        found: usize,
    },
    /// The envelope inside is none.
    #[error("the envelope in the Sigstore bundle")]
    Envelope(#[from] EnvelopeError),
    /// An envelope with more than one signature.
    #[error("a Sigstore bundle has one signature, not {found}")]
    SignatureCount {
        /// Number of signatures.
        found: usize,
    },
    /// A detached signature of no bytes.
    #[error("a Sigstore bundle with an empty signature")]
    EmptySignature,
    /// A digest of the wrong length.
    #[error("the message digest of the Sigstore bundle is not {bytes} bytes long")]
    Digest {
        /// The length that its algorithm has.
        bytes: usize,
    },
    /// More than [`limits::SIGNATURES`] timestamps.
    #[error("{found} timestamps in one Sigstore bundle, more than {}", limits::SIGNATURES)]
    TooMany {
        /// Number of timestamps.
        found: usize,
    },
}

impl Coded for BundleError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong | Self::TooMany { .. } => Code::Limit,
            Self::Version { .. } => Code::Unsupported,
            Self::Envelope(error) => error.code(),
            Self::Json(_)
            | Self::Member(_)
            | Self::MediaType { .. }
            | Self::KeyCount { .. }
            | Self::ContentCount { .. }
            | Self::SignatureCount { .. }
            | Self::EmptySignature
            | Self::Digest { .. } => Code::Malformed,
        }
    }
}

/// Reads a bundle that fills `bytes` completely.
///
/// # Errors
/// [`BundleError`], the first reason found.
pub fn parse(bytes: &[u8]) -> Result<Bundle, BundleError> {
    if !u64::try_from(bytes.len()).is_ok_and(|length| length <= limits::ENVELOPE_BYTES) {
        return Err(BundleError::TooLong);
    }
    let value = json::parse(bytes)?;
    let members = Members::of(&value, "bundle")?;
    let version = version(members.text("mediaType")?)?;
    let material = Members::of(members.required("verificationMaterial")?, "verificationMaterial")?;
    Ok(Bundle {
        version,
        key: key_material(material)?,
        content: content(members)?,
        timestamps: timestamps(material)?,
        log_entries: material.optional_array("tlogEntries")?.len(),
    })
}

fn version(media_type: &str) -> Result<Version, BundleError> {
    match media_type {
        "application/vnd.dev.sigstore.bundle+json;version=0.1" => Ok(Version::V01),
        "application/vnd.dev.sigstore.bundle+json;version=0.2" => Ok(Version::V02),
        MEDIA_TYPE | "application/vnd.dev.sigstore.bundle+json;version=0.3" => Ok(Version::V03),
        other => {
            let media_type = excerpt(other.as_bytes());
            if other.starts_with(ANY_MEDIA_TYPE) {
                Err(BundleError::Version { media_type })
            } else {
                Err(BundleError::MediaType { media_type })
            }
        }
    }
}

fn key_material(material: Members<'_>) -> Result<KeyMaterial, BundleError> {
    let public_key = material.optional_object("publicKey")?;
    let certificate = material.optional_object("certificate")?;
    let chain = material.optional_object("x509CertificateChain")?;
    match (public_key, certificate, chain) {
        (Some(key), None, None) => {
            let hint = key.optional_text("hint")?.filter(|hint| !hint.is_empty());
            Ok(KeyMaterial::PublicKeyHint(hint.map(str::to_owned)))
        }
        (None, Some(_), None) | (None, None, Some(_)) => Ok(KeyMaterial::Certificate),
        (one, two, three) => {
            let found = [one.is_some(), two.is_some(), three.is_some()];
            Err(BundleError::KeyCount { found: found.into_iter().filter(|&is| is).count() })
        }
    }
}

fn content(members: Members<'_>) -> Result<Content, BundleError> {
    let envelope = members.optional("dsseEnvelope");
    let message = members.optional_object("messageSignature")?;
    match (envelope, message) {
        (Some(envelope), None) => single(dsse::from_value(envelope)?),
        (None, Some(message)) => message_signature(message),
        (None, None) => Err(BundleError::ContentCount { found: 0 }),
        (Some(_), Some(_)) => Err(BundleError::ContentCount { found: 2 }),
    }
}

fn single(envelope: Envelope) -> Result<Content, BundleError> {
    match envelope.signatures.len() {
        1 => Ok(Content::Dsse(envelope)),
        found => Err(BundleError::SignatureCount { found }),
    }
}

fn message_signature(message: Members<'_>) -> Result<Content, BundleError> {
    let digest = message.optional_object("messageDigest")?.map(message_digest).transpose()?;
    let signature = message.base64("signature")?;
    if signature.is_empty() {
        return Err(BundleError::EmptySignature);
    }
    Ok(Content::Message { digest, signature })
}

fn message_digest(members: Members<'_>) -> Result<(String, Vec<u8>), BundleError> {
    let (algorithm, digest) = (members.text("algorithm")?, members.base64("digest")?);
    match KNOWN_DIGESTS.iter().find(|(name, _)| *name == algorithm) {
        Some(&(_, bytes)) if digest.len() != bytes => Err(BundleError::Digest { bytes }),
        _ => Ok((algorithm.to_owned(), digest)),
    }
}

fn timestamps(material: Members<'_>) -> Result<Vec<Vec<u8>>, BundleError> {
    let Some(data) = material.optional_object("timestampVerificationData")? else {
        return Ok(Vec::new());
    };
    let tokens = data.optional_array("rfc3161Timestamps")?;
    if tokens.len() > limits::SIGNATURES {
        return Err(BundleError::TooMany { found: tokens.len() });
    }
    let token = |value| Ok(Members::of(value, "rfc3161Timestamps")?.base64("signedTimestamp")?);
    tokens.iter().map(token).collect()
}

/// A bundle of version 0.3 around an envelope that has exactly one signature, with `hint` saying
/// by which key: compact JSON in a fixed order, with a final line feed.
pub fn write(envelope: &Envelope, hint: &str) -> Vec<u8> {
    let bundle: Value = json!({
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {
            "publicKey": { "hint": hint },
            "tlogEntries": [],
            "timestampVerificationData": { "rfc3161Timestamps": [] },
        },
        "dsseEnvelope": envelope.to_value(),
    });
    format!("{bundle}\n").into_bytes()
}

/// The same bundle with one RFC 3161 timestamp (DER) more. Nothing else of it changes but its
/// spelling: compact JSON with a final line feed.
///
/// # Errors
/// [`BundleError`] for bytes that are no bundle, or one that is full.
pub fn with_timestamp(bytes: &[u8], token: &[u8]) -> Result<Vec<u8>, BundleError> {
    let before = parse(bytes)?;
    let mut value = json::parse(bytes)?;
    let more = json!({ "signedTimestamp": base64::encode(token) });
    let missing = MemberError::Missing { name: "verificationMaterial" };
    let material = value.get_mut("verificationMaterial").and_then(Value::as_object_mut);
    let material = material.ok_or(missing)?;
    let data = material
        .entry("timestampVerificationData")
        .or_insert_with(|| json!({ "rfc3161Timestamps": [] }));
    let list = data
        .as_object_mut()
        .map(|data| data.entry("rfc3161Timestamps").or_insert_with(|| json!([])));
    if let Some(list) = list.and_then(Value::as_array_mut) {
        list.push(more);
    }
    let written = format!("{value}\n").into_bytes();
    let after = parse(&written)?;
    // What the JSON library made of it is still the bundle that was verified, and one token more.
    let expected = [before.timestamps.as_slice(), &[token.to_vec()]].concat();
    if after == (Bundle { timestamps: expected, ..before }) {
        Ok(written)
    } else {
        Err(BundleError::Member(missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DSSE: &str = r#"{"payload":"eA==","payloadType":"t","signatures":[{"sig":"AA=="}]}"#;
    const KEY: &str = r#""publicKey":{"hint":"h"}"#;

    fn bundle(media_type: &str, material: &str, content: &str) -> String {
        format!(r#"{{"mediaType":"{media_type}","verificationMaterial":{{{material}}},{content}}}"#)
    }

    fn of_dsse(material: &str) -> String {
        bundle(MEDIA_TYPE, material, &format!(r#""dsseEnvelope":{DSSE}"#))
    }

    fn of_content(content: &str) -> Result<Content, BundleError> {
        parse(bundle(MEDIA_TYPE, KEY, content).as_bytes()).map(|bundle| bundle.content)
    }

    #[test]
    fn versions() {
        let prefix = "application/vnd.dev.sigstore.bundle";
        let content = format!(r#""dsseEnvelope":{DSSE}"#);
        let read = |media_type: &str| {
            parse(bundle(media_type, KEY, &content).as_bytes()).map(|bundle| bundle.version)
        };
        let table = [
            ("+json;version=0.1", Version::V01),
            ("+json;version=0.2", Version::V02),
            ("+json;version=0.3", Version::V03),
            (".v0.3+json", Version::V03),
        ];
        for (end, expected) in table {
            assert_eq!(read(&format!("{prefix}{end}")), Ok(expected));
        }
        for end in ["+json;version=99.9", "+json;version=0.3 ", ".v0.4+json", "", "+json"] {
            let refused = read(&format!("{prefix}{end}"));
            assert!(matches!(refused, Err(BundleError::Version { .. })), "{end}");
        }
        assert!(matches!(read("text/plain"), Err(BundleError::MediaType { .. })));
    }

    #[test]
    fn key_material_is_one_of_three() {
        let read = |material: &str| parse(of_dsse(material).as_bytes()).map(|bundle| bundle.key);
        let hint = |hint: Option<&str>| Ok(KeyMaterial::PublicKeyHint(hint.map(str::to_owned)));
        assert_eq!(read(KEY), hint(Some("h")));
        assert_eq!(read(r#""publicKey":{}"#), hint(None));
        assert_eq!(read(r#""publicKey":{"hint":""},"certificate":null"#), hint(None));
        assert_eq!(read(r#""certificate":{"rawBytes":""}"#), Ok(KeyMaterial::Certificate));
        assert_eq!(read(r#""x509CertificateChain":{}"#), Ok(KeyMaterial::Certificate));
        assert_eq!(read(""), Err(BundleError::KeyCount { found: 0 }));
        let both = format!(r#"{KEY},"certificate":{{}}"#);
        assert_eq!(read(&both), Err(BundleError::KeyCount { found: 2 }));
        assert!(matches!(read(r#""publicKey":"h""#), Err(BundleError::Member(_))));
        assert!(matches!(read(r#""publicKey":{"hint":1}"#), Err(BundleError::Member(_))));
    }

    #[test]
    fn timestamps_and_log_entries() {
        let read = |more: &str| {
            let text = of_dsse(&format!("{KEY},{more}"));
            parse(text.as_bytes()).map(|bundle| (bundle.timestamps, bundle.log_entries))
        };
        let token = r#"{"signedTimestamp":"AA=="}"#;
        let stamps = |tokens: &str| {
            format!(r#""timestampVerificationData":{{"rfc3161Timestamps":[{tokens}]}}"#)
        };
        assert_eq!(read(r#""tlogEntries":[{},{}]"#), Ok((vec![], 2)));
        assert_eq!(read(&stamps(token)), Ok((vec![vec![0]], 0)));
        assert_eq!(read(r#""timestampVerificationData":{}"#), Ok((vec![], 0)));
        let many = vec![token; 65].join(",");
        assert_eq!(read(&stamps(&many)), Err(BundleError::TooMany { found: 65 }));
        for bad in
            [r#""tlogEntries":{}"#, &stamps("1"), &stamps("{}"), &stamps(&token.replace("==", ""))]
        {
            assert!(matches!(read(bad), Err(BundleError::Member(_))), "{bad}");
        }
    }

    #[test]
    fn content_is_one_of_two() {
        let dsse = format!(r#""dsseEnvelope":{DSSE}"#);
        let message =
            |digest: &str| format!(r#""messageSignature":{{{digest}"signature":"AA=="}}"#);
        let digest = |algorithm: &str, digest: &str| {
            message(&format!(
                r#""messageDigest":{{"algorithm":"{algorithm}","digest":"{digest}"}},"#
            ))
        };
        let whole = "A".repeat(43) + "=";
        let value = |digest| Ok(Content::Message { digest, signature: vec![0] });
        assert!(matches!(of_content(&dsse), Ok(Content::Dsse(_))));
        assert_eq!(of_content(&message("")), value(None));
        let known = Some(("SHA2_256".to_owned(), vec![0; 32]));
        assert_eq!(of_content(&digest("SHA2_256", &whole)), value(known));
        let unknown = Some(("SHA3_999".to_owned(), vec![0]));
        assert_eq!(of_content(&digest("SHA3_999", "AA==")), value(unknown));
        let two = dsse.replace(r#"{"sig":"AA=="}"#, r#"{"sig":"AA=="},{"sig":"AA=="}"#);
        let none = dsse.replace(r#"{"sig":"AA=="}"#, "");
        let table = [
            (r#""x":1"#.to_owned(), BundleError::ContentCount { found: 0 }),
            (format!("{dsse},{}", message("")), BundleError::ContentCount { found: 2 }),
            (two, BundleError::SignatureCount { found: 2 }),
            (none, BundleError::Envelope(EnvelopeError::Unsigned)),
            (digest("SHA2_256", "AA=="), BundleError::Digest { bytes: 32 }),
            (digest("SHA2_512", &whole), BundleError::Digest { bytes: 64 }),
            (message("").replace("AA==", ""), BundleError::EmptySignature),
            (
                message("").replace("AA==", "INVALID!!!"),
                BundleError::Member(MemberError::Base64 { name: "signature" }),
            ),
        ];
        for (content, expected) in table {
            assert_eq!(of_content(&content), Err(expected), "{content}");
        }
        let twice = bundle(MEDIA_TYPE, KEY, &format!("{dsse},{dsse}"));
        assert!(matches!(parse(twice.as_bytes()), Err(BundleError::Json(_))));
    }

    #[test]
    fn a_timestamp_is_added_and_nothing_else_changes() {
        for material in [KEY, &format!(r#"{KEY},"timestampVerificationData":{{}},"x":[1.50]"#)] {
            let before = of_dsse(material);
            let one = with_timestamp(before.as_bytes(), b"one").unwrap();
            let two = with_timestamp(&one, b"two").unwrap();
            let (old, new) = (parse(before.as_bytes()).unwrap(), parse(&two).unwrap());
            assert_eq!(new.timestamps, [b"one", b"two"]);
            assert_eq!(Bundle { timestamps: vec![], ..new }, old);
        }
        assert!(with_timestamp(b"{}", b"one").is_err());
        let token = r#"{"signedTimestamp":"AA=="}"#;
        let full = vec![token; 64].join(",");
        let full = format!(r#"{KEY},"timestampVerificationData":{{"rfc3161Timestamps":[{full}]}}"#);
        assert_eq!(
            with_timestamp(of_dsse(&full).as_bytes(), b"one"),
            Err(BundleError::TooMany { found: 65 })
        );
    }

    proptest! {
        #[test]
        fn parse_and_write_are_inverse(
            payload: Vec<u8>,
            payload_type: String,
            hint in ".{1,10}",
            sig in prop::collection::vec(any::<u8>(), 1..80),
        ) {
            let signatures = vec![dsse::Signature { key_id: Some(hint.clone()), sig }];
            let envelope = Envelope { payload, payload_type, signatures };
            let expected = Bundle {
                version: Version::V03,
                key: KeyMaterial::PublicKeyHint(Some(hint.clone())),
                content: Content::Dsse(envelope.clone()),
                timestamps: vec![],
                log_entries: 0,
            };
            prop_assert_eq!(parse(&write(&envelope, &hint)), Ok(expected));
        }
    }
}
