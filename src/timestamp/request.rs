//! TimeStampReq (RFC 3161 section 2.4.1): what an authority is asked.

use super::TokenError;
use super::algorithm::{digest_id, digest_of};
use super::asn1::{CONTEXT_0, Fields, element, integer, number, only};
use crate::digest::{Algorithm, Digest};
use der::Tag;

const WHAT: &str = "not a TimeStampReq in DER";

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The digest that is to be stamped.
    pub imprint: Digest,
    /// The number that the token must repeat: big-endian, without zeros in front.
    pub nonce: Option<Vec<u8>>,
    /// Whether the token is to hold its signer's certificate.
    pub cert_req: bool,
}

impl Request {
    /// The nonce, where it has at most 64 bits.
    pub fn nonce_number(&self) -> Option<u64> {
        self.nonce.as_deref().and_then(number)
    }
}

/// Writes a TimeStampReq, version 1, over a SHA-256.
pub fn request(imprint_sha256: &[u8; 32], nonce: Option<u64>, cert_req: bool) -> Vec<u8> {
    let imprint = imprint_der(Algorithm::Sha256, imprint_sha256);
    let nonce = nonce.map(integer).unwrap_or_default();
    // DER leaves out what is the default.
    let flag = if cert_req { element(0x01, &[&[0xff]]) } else { Vec::new() };
    element(0x30, &[&integer(1), &imprint, &nonce, &flag])
}

/// MessageImprint.
fn imprint_der(algorithm: Algorithm, digest: &[u8]) -> Vec<u8> {
    element(0x30, &[&digest_id(algorithm), &element(0x04, &[digest])])
}

/// Reads a TimeStampReq of any imprint; a policy and extensions are passed over.
///
/// # Errors
/// [`TokenError`]: malformed, past a bound, or an imprint by an unknown algorithm.
pub fn parse_request(der: &[u8]) -> Result<Request, TokenError> {
    super::token::bounded(der)?;
    let mut fields = Fields::of(only(der, Tag::Sequence, WHAT)?.value, WHAT)?;
    if fields.number()? != 1 {
        return Err(fields.malformed());
    }
    let imprint = imprint(&mut fields)?;
    fields.take_if(Tag::ObjectIdentifier)?;
    let nonce = nonce(&mut fields)?;
    let cert_req = fields.flag()?;
    fields.take_if(CONTEXT_0)?;
    fields.end()?;
    Ok(Request { imprint, nonce, cert_req })
}

/// Reads a MessageImprint: a digest of the length that its algorithm has.
pub(super) fn imprint(fields: &mut Fields<'_>) -> Result<Digest, TokenError> {
    let mut inner = fields.open(Tag::Sequence)?;
    let algorithm = digest_of(inner.algorithm()?)?;
    let bytes = inner.take(Tag::OctetString)?.value;
    inner.end()?;
    Digest::new(algorithm, bytes)
        .ok_or(TokenError::Malformed { what: "an imprint of another length than its algorithm's" })
}

/// Reads an optional nonce.
pub(super) fn nonce(fields: &mut Fields<'_>) -> Result<Option<Vec<u8>>, TokenError> {
    if !fields.next_is(Tag::Integer) {
        return Ok(None);
    }
    fields.unsigned().map(|bytes| Some(bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            hash in any::<[u8; 32]>(), nonce in any::<Option<u64>>(), cert_req in any::<bool>(),
        ) {
            let read = parse_request(&request(&hash, nonce, cert_req)).unwrap();
            prop_assert_eq!(read.imprint.as_bytes(), &hash[..]);
            prop_assert_eq!(read.nonce_number(), nonce);
            prop_assert_eq!(read.cert_req, cert_req);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(parse_request(&bytes));
        }
    }

    #[test]
    fn a_request_is_read_to_its_end_and_no_further() {
        let good = request(&[7; 32], Some(0xff), true);
        assert!(parse_request(&good).is_ok());
        assert!(parse_request(&[&good[..], &[0]].concat()).is_err());
        for length in 0..good.len() {
            assert!(parse_request(&good[..length]).is_err(), "{length}");
        }
        let version_2 = {
            let mut bytes = good.clone();
            bytes[4] = 2;
            bytes
        };
        assert!(parse_request(&version_2).is_err());
    }
}
