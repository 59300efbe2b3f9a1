//! TimeStampResp (RFC 3161 section 2.4.2) and the token in it: CMS SignedData (RFC 5652 section
//! 5.1) over a TSTInfo. A token that was read is well-formed; nothing of it holds yet.

use super::TokenError;
use super::asn1::{CONTEXT_0, CONTEXT_1, Element, Fields, only};
use super::certificate::{self, Certificate};
use super::info::TstInfo;
use super::request::Request;
use super::signer::Signer;
use crate::digest::Digest;
use crate::limits;
use crate::time::Time;
use der::Tag;
use der::asn1::ObjectIdentifier;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// The type of a token's content.
pub(super) const TST_INFO: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

const WHAT: &str = "not an RFC 3161 timestamp in DER, or more than one";

/// A timestamp token. What it says counts only after [`super::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    der: Vec<u8>,
    /// The TSTInfo in DER: what the message digest is of.
    pub(super) content: Vec<u8>,
    pub(super) info: TstInfo,
    pub(super) signer: Signer,
    certificates: Vec<Certificate>,
}

impl Token {
    /// Reads a TimeStampResp that grants a token, or a bare token; it must fill `bytes`.
    ///
    /// # Errors
    /// [`TokenError`]: refused by the authority, malformed, past a bound, unsupported.
    pub fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        bounded(bytes)?;
        let outer = only(bytes, Tag::Sequence, WHAT)?;
        let mut fields = Fields::of(outer.value, WHAT)?;
        if fields.next_is(Tag::ObjectIdentifier) {
            return Self::read(outer);
        }
        let status = status(fields.open(Tag::Sequence)?)?;
        let token = fields.take_if(Tag::Sequence)?;
        fields.end()?;
        match token {
            Some(token) if status <= 1 => Self::read(token),
            Some(_) | None => Err(TokenError::Refused { status }),
        }
    }

    /// ContentInfo of SignedData with one SignerInfo.
    fn read(whole: Element<'_>) -> Result<Self, TokenError> {
        let mut info = Fields::of(whole.value, WHAT)?;
        let kind = info.oid()?;
        let explicit = info.take(CONTEXT_0)?;
        info.end()?;
        let data = only(explicit.value, Tag::Sequence, WHAT)?;
        if kind != SIGNED_DATA {
            return Err(info_of_another_kind());
        }
        let mut fields = Fields::of(data.value, WHAT)?;
        // 3 is what RFC 5652 wants for this content; 4 and 5 come with other certificates and
        // revocation lists, 1 with old software.
        if !(1..=5).contains(&fields.number()?) {
            return Err(fields.malformed());
        }
        fields.take(Tag::Set)?;
        let content = content(&mut fields)?.to_vec();
        let certificates = certificates(&mut fields)?;
        fields.take_if(CONTEXT_1)?;
        let mut signers = fields.open(Tag::Set)?;
        fields.end()?;
        let signer = signers.open(Tag::Sequence)?;
        if !signers.is_empty() {
            return Err(TokenError::Malformed { what: "a timestamp with more than one signer" });
        }
        Ok(Self {
            der: whole.whole.to_vec(),
            info: TstInfo::read(&content)?,
            content,
            signer: Signer::read(signer)?,
            certificates,
        })
    }

    /// The bare token (ContentInfo) in DER, as it stood in the answer.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The digest that was stamped.
    pub fn imprint(&self) -> &Digest {
        &self.info.imprint
    }

    /// The nonce: big-endian, without zeros in front.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.info.nonce.as_deref()
    }

    /// The time that the token claims, in whole seconds rounded down. Nothing is proven by it
    /// before [`super::verify`].
    pub fn claimed_time(&self) -> Time {
        self.info.gen_time
    }

    /// The certificates that came with it, in their order: nobody vouches for them.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Whether the token answers `request`: the same digest, and the same nonce where one was
    /// asked for (RFC 3161 section 2.4.2).
    ///
    /// # Errors
    /// [`TokenError::Imprint`], [`TokenError::Nonce`].
    pub fn answers(&self, request: &Request) -> Result<(), TokenError> {
        if self.info.imprint != request.imprint {
            let (stated, found) = (self.info.imprint, request.imprint);
            return Err(TokenError::Imprint { stated, found });
        }
        if request.nonce.is_some() && request.nonce != self.info.nonce {
            return Err(TokenError::Nonce);
        }
        Ok(())
    }
}

/// PKIStatusInfo: the status alone; the text and the reasons of the authority are passed over.
fn status(mut fields: Fields<'_>) -> Result<u64, TokenError> {
    let status = fields.number()?;
    fields.take_if(Tag::Sequence)?;
    fields.take_if(Tag::BitString)?;
    fields.end()?;
    Ok(status)
}

fn info_of_another_kind() -> TokenError {
    TokenError::Malformed { what: "CMS of something else than a timestamp" }
}

/// EncapsulatedContentInfo: the TSTInfo in its OCTET STRING.
fn content<'a>(fields: &mut Fields<'a>) -> Result<&'a [u8], TokenError> {
    let mut inner = fields.open(Tag::Sequence)?;
    let kind = inner.oid()?;
    let explicit = inner.take(CONTEXT_0)?;
    inner.end()?;
    if kind != TST_INFO {
        return Err(info_of_another_kind());
    }
    Ok(only(explicit.value, Tag::OctetString, WHAT)?.value)
}

/// `certificates [0] IMPLICIT`: the X.509 ones; other kinds of certificates are passed over.
fn certificates(fields: &mut Fields<'_>) -> Result<Vec<Certificate>, TokenError> {
    let Some(set) = fields.take_if(CONTEXT_0)? else { return Ok(Vec::new()) };
    let mut list = fields.within(set)?;
    let mut found = Vec::new();
    while !list.is_empty() {
        let element = list.next()?;
        if element.tag == Tag::Sequence {
            found.push(Certificate::from_der(element.whole)?);
            certificate::bounded(found.len())?;
        }
    }
    Ok(found)
}

/// Refuses more than [`limits::TOKEN_BYTES`] before anything is read.
pub(super) fn bounded(bytes: &[u8]) -> Result<(), TokenError> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limits::TOKEN_BYTES) {
        return Ok(());
    }
    Err(TokenError::Limit { what: "the timestamp, in bytes,", limit: limits::TOKEN_BYTES })
}
