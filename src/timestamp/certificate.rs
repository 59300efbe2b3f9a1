//! X.509 certificates (RFC 5280 section 4.1), as far as a chain of time stamping needs them. A
//! certificate that was read is well-formed and nothing more.

use super::TokenError;
use super::algorithm::Scheme;
use super::asn1::{AlgorithmId, CONTEXT_0, CONTEXT_3, Fields, context, only};
use super::extensions::Extensions;
use super::moment;
use crate::codec::{base64, hex};
use crate::digest;
use crate::limits;
use crate::time::Time;
use der::{Decode as _, Tag};
use std::fmt;

const WHAT: &str = "not an X.509 certificate in DER";

/// The longest name that is spelled out, in bytes of DER.
const NAME_BYTES: usize = 4 << 10;

/// A certificate and its DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    /// What the issuer signed, as it stands.
    tbs: Vec<u8>,
    serial: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
    not_before: Time,
    not_after: Time,
    algorithm: AlgorithmId,
    signature: Vec<u8>,
    extensions: Extensions,
}

impl Certificate {
    /// Reads a certificate, which must fill `der`.
    ///
    /// # Errors
    /// [`TokenError::Malformed`], and [`TokenError::Limit`] past [`limits::TOKEN_BYTES`].
    pub fn from_der(der: &[u8]) -> Result<Self, TokenError> {
        super::token::bounded(der)?;
        let mut outer = Fields::of(only(der, Tag::Sequence, WHAT)?.value, WHAT)?;
        let tbs = outer.take(Tag::Sequence)?;
        let (algorithm_der, algorithm) = algorithm(&mut outer)?;
        let signature = outer.bits()?.to_vec();
        outer.end()?;
        let mut fields = Fields::of(tbs.value, WHAT)?;
        let version = version(&mut fields)?;
        let serial = fields.take(Tag::Integer)?.value.to_vec();
        let (inner_der, _) = self::algorithm(&mut fields)?;
        let issuer = fields.take(Tag::Sequence)?.whole.to_vec();
        let mut validity = fields.open(Tag::Sequence)?;
        let not_before = moment::validity(&mut validity)?;
        let not_after = moment::validity(&mut validity)?;
        validity.end()?;
        let subject = fields.take(Tag::Sequence)?.whole.to_vec();
        let spki = fields.take(Tag::Sequence)?.whole.to_vec();
        let extensions = extensions(&mut fields, version)?;
        fields.end()?;
        if inner_der != algorithm_der {
            return Err(TokenError::Malformed {
                what: "a certificate that names two signature algorithms",
            });
        }
        Ok(Self {
            der: der.to_vec(),
            tbs: tbs.whole.to_vec(),
            serial,
            issuer,
            subject,
            spki,
            not_before,
            not_after,
            algorithm,
            signature,
            extensions,
        })
    }

    /// The certificate in PEM (RFC 7468), with a final line feed.
    pub fn to_pem(&self) -> String {
        let base64 = base64::encode(&self.der);
        let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
        let mut rest = base64.as_str();
        while let Some((line, more)) = rest.split_at_checked(64) {
            out.push_str(line);
            out.push('\n');
            rest = more;
        }
        if !rest.is_empty() {
            out.push_str(rest);
            out.push('\n');
        }
        out + "-----END CERTIFICATE-----\n"
    }

    /// The DER as it was given.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the SubjectPublicKeyInfo: which key it is.
    pub fn key_sha256(&self) -> [u8; 32] {
        digest::sha256(&self.spki)
    }

    /// SHA-256 of the whole certificate.
    pub fn sha256(&self) -> [u8; 32] {
        digest::sha256(&self.der)
    }

    /// Whose it is, for people (RFC 4514), or the hash of a name that cannot be spelled out. It
    /// comes from outside: whoever shows it escapes it.
    pub fn subject(&self) -> String {
        let short = self.subject.len() <= NAME_BYTES;
        let name = short.then(|| x509_cert::name::Name::from_der(&self.subject).ok()).flatten();
        match name.map(|name| name.to_string()) {
            Some(text) if !text.is_empty() => text,
            Some(_) | None => {
                format!("a name with the SHA-256 {}", hex::encode(&digest::sha256(&self.subject)))
            }
        }
    }

    /// The first second of its validity.
    pub fn not_before(&self) -> Time {
        self.not_before
    }

    /// The last second of its validity.
    pub fn not_after(&self) -> Time {
        self.not_after
    }

    /// The content of the serial number's INTEGER.
    pub(super) fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The issuer's Name, in DER.
    pub(super) fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// The SubjectPublicKeyInfo, in DER.
    pub(super) fn spki(&self) -> &[u8] {
        &self.spki
    }

    pub(super) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Whether this names `other` as the one who issued it, by the bytes of the name.
    pub(super) fn names_as_issuer(&self, other: &Self) -> bool {
        self.issuer == other.subject
    }

    /// Whether both speak of one key under one name.
    pub(super) fn is_same_authority(&self, other: &Self) -> bool {
        self.subject == other.subject && self.spki == other.spki
    }

    /// Whether the key of `issuer` signed this certificate.
    pub(super) fn signed_by(&self, issuer: &Self) -> Result<(), TokenError> {
        Scheme::of_certificate(self.algorithm)?.verify(&issuer.spki, &self.tbs, &self.signature)
    }

    /// Whether `at` lies in the validity, both ends included.
    pub(super) fn valid_at(&self, at: Time) -> Result<(), TokenError> {
        if (self.not_before..=self.not_after).contains(&at) {
            return Ok(());
        }
        Err(TokenError::Expired {
            subject: self.subject(),
            not_before: self.not_before,
            not_after: self.not_after,
            at,
        })
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.subject())
    }
}

/// An AlgorithmIdentifier, with its DER to compare.
fn algorithm<'a>(fields: &mut Fields<'a>) -> Result<(&'a [u8], AlgorithmId), TokenError> {
    let whole = fields.take(Tag::Sequence)?.whole;
    Ok((whole, Fields::of(whole, WHAT)?.algorithm()?))
}

/// `[0] EXPLICIT Version DEFAULT v1`.
fn version(fields: &mut Fields<'_>) -> Result<u64, TokenError> {
    let Some(explicit) = fields.take_if(CONTEXT_0)? else { return Ok(0) };
    let mut inner = fields.within(explicit)?;
    let version = inner.number()?;
    inner.end()?;
    if version <= 2 { Ok(version) } else { Err(fields.malformed()) }
}

/// The unique identifiers, which nobody uses, and the extensions, which only version 3 has.
fn extensions(fields: &mut Fields<'_>, version: u64) -> Result<Extensions, TokenError> {
    fields.take_if(context(1, false))?;
    fields.take_if(context(2, false))?;
    match fields.take_if(CONTEXT_3)? {
        None => Ok(Extensions::default()),
        Some(explicit) if version == 2 => Extensions::read(explicit.value),
        Some(_) => Err(fields.malformed()),
    }
}

/// More than one certificate is bounded where they are collected.
pub(super) fn bounded(count: usize) -> Result<(), TokenError> {
    if count <= limits::TSA_CERTIFICATES {
        return Ok(());
    }
    let limit = u64::try_from(limits::TSA_CERTIFICATES).unwrap_or(u64::MAX);
    Err(TokenError::Limit { what: "the number of certificates", limit })
}
