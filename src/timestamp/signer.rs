//! SignerInfo (RFC 5652 section 5.3) and the signed attributes that a timestamp must have
//! (RFC 3161 section 2.4.2, RFC 5035 section 5): who signed, with which certificate, what.

use super::TokenError;
use super::algorithm::{Scheme, digest_of};
use super::asn1::{CONTEXT_0, CONTEXT_1, Element, Fields, context};
use super::certificate::Certificate;
use super::token::TST_INFO;
use crate::digest::{self, Algorithm, Digest};
use der::Tag;
use der::asn1::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");

const WHAT: &str = "a timestamp whose SignerInfo is damaged";

/// Which certificate the signer's is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SignerId {
    /// Issuer in DER, and the content of the serial number.
    IssuerAndSerial(Vec<u8>, Vec<u8>),
    KeyId(Vec<u8>),
}

/// The one signature of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signer {
    id: SignerId,
    pub(super) digest: Algorithm,
    scheme: Scheme,
    /// What is signed: the attributes with the tag of a SET, else as they stand in the token
    /// (RFC 5652 section 5.4).
    signed: Vec<u8>,
    pub(super) message_digest: Vec<u8>,
    /// The hashes of the signer's certificate that are signed with the rest, at least one.
    bound: Vec<Digest>,
    signature: Vec<u8>,
}

impl Signer {
    pub(super) fn read(mut fields: Fields<'_>) -> Result<Self, TokenError> {
        let version = fields.number()?;
        let id = signer_id(&mut fields, version)?;
        let digest = digest_of(fields.algorithm()?)?;
        let attributes = fields.take(CONTEXT_0)?;
        let scheme = Scheme::of_signer(fields.algorithm()?, digest)?;
        let signature = fields.take(Tag::OctetString)?.value.to_vec();
        fields.take_if(CONTEXT_1)?;
        fields.end()?;
        let (message_digest, bound) = read_attributes(attributes)?;
        let mut signed = attributes.whole.to_vec();
        if let Some(tag) = signed.first_mut() {
            *tag = 0x31;
        }
        Ok(Self { id, digest, scheme, signed, message_digest, bound, signature })
    }

    /// Whether the SignerInfo names this certificate.
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match &self.id {
            SignerId::IssuerAndSerial(issuer, serial) => {
                certificate.issuer() == issuer && certificate.serial() == serial
            }
            SignerId::KeyId(id) => certificate.extensions().key_id.as_ref() == Some(id),
        }
    }

    /// Whether the signed attributes name this certificate, by each of their hashes.
    pub(super) fn is_bound_to(&self, certificate: &Certificate) -> bool {
        self.bound.iter().all(|hash| digest::of(hash.algorithm(), certificate.der()) == *hash)
    }

    /// Whether the certificate's key made the signature over the attributes.
    pub(super) fn signed_by(&self, certificate: &Certificate) -> Result<(), TokenError> {
        self.scheme.verify(certificate.spki(), &self.signed, &self.signature)
    }
}

/// SignerIdentifier; the version says which of the two it is.
fn signer_id(fields: &mut Fields<'_>, version: u64) -> Result<SignerId, TokenError> {
    match version {
        1 => {
            let mut inner = fields.open(Tag::Sequence)?;
            let issuer = inner.take(Tag::Sequence)?.whole.to_vec();
            let serial = inner.take(Tag::Integer)?.value.to_vec();
            inner.end()?;
            Ok(SignerId::IssuerAndSerial(issuer, serial))
        }
        3 => Ok(SignerId::KeyId(fields.take(context(0, false))?.value.to_vec())),
        _ => Err(fields.malformed()),
    }
}

/// The message digest and the hashes of the certificate. Each attribute that decides something is
/// there once, with one value; the others are passed over.
fn read_attributes(attributes: Element<'_>) -> Result<(Vec<u8>, Vec<Digest>), TokenError> {
    let mut list = Fields::of(attributes.value, WHAT)?;
    let (mut is_timestamp, mut message_digest) = (false, None);
    let (mut first, mut second) = (None, None);
    while !list.is_empty() {
        let mut attribute = list.open(Tag::Sequence)?;
        let oid = attribute.oid()?;
        let mut values = attribute.open(Tag::Set)?;
        attribute.end()?;
        let again = match oid {
            CONTENT_TYPE => {
                let again = is_timestamp;
                is_timestamp = values.oid()? == TST_INFO;
                again || !is_timestamp
            }
            MESSAGE_DIGEST => {
                let value = values.take(Tag::OctetString)?.value.to_vec();
                message_digest.replace(value).is_some()
            }
            SIGNING_CERTIFICATE => first.replace(certificate_hash(&mut values, false)?).is_some(),
            SIGNING_CERTIFICATE_V2 => {
                second.replace(certificate_hash(&mut values, true)?).is_some()
            }
            _ => continue,
        };
        values.end()?;
        if again {
            return Err(list.malformed());
        }
    }
    let bound: Vec<Digest> = first.into_iter().chain(second).collect();
    match message_digest {
        Some(digest) if is_timestamp && !bound.is_empty() => Ok((digest, bound)),
        Some(_) | None => Err(TokenError::Malformed {
            what: "a timestamp without the signed attributes that it must have",
        }),
    }
}

/// The first ESSCertID of a SigningCertificate (SHA-1, RFC 2634 section 5.4) or the first
/// ESSCertIDv2 of a SigningCertificateV2 (SHA-256 unless it says otherwise, RFC 5035 section 3):
/// that of the signer's certificate. SHA-1 may name a certificate, because another one with
/// that hash would be a second preimage.
fn certificate_hash(values: &mut Fields<'_>, v2: bool) -> Result<Digest, TokenError> {
    let mut signing = values.open(Tag::Sequence)?;
    let mut list = signing.open(Tag::Sequence)?;
    let mut id = list.open(Tag::Sequence)?;
    let algorithm = match (v2, id.next_is(Tag::Sequence)) {
        (false, _) => Algorithm::Sha1,
        (true, false) => Algorithm::Sha256,
        (true, true) => digest_of(id.algorithm()?)?,
    };
    let hash = id.take(Tag::OctetString)?.value;
    Digest::new(algorithm, hash).ok_or_else(|| id.malformed())
}
