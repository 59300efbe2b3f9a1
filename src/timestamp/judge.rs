//! The verdict on a token: over these bytes, signed by the certificate that it binds, which is
//! for time stamping alone and leads to a chosen root, all at the token's own time.
//!
//! Not checked: revocation. A token proves that the bytes existed by then; not who had them, and
//! not that they did not exist before.

use super::TokenError;
use super::algorithm::strong;
use super::certificate::Certificate;
use super::chain;
use super::token::Token;
use crate::digest::{self, Digest};
use crate::time::Time;

/// What a token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When the authority saw the digest, in whole seconds rounded down.
    pub gen_time: Time,
    /// That time with the stated accuracy, rounded up: the bytes existed no later.
    pub latest: Time,
    /// Which of the roots the chain ends in, from 0.
    pub root: usize,
    /// Whose certificate signed it, for people; from outside, to be escaped.
    pub signer: String,
    /// The serial number of the token, in hexadecimal.
    pub serial: String,
    /// The policy of the authority, as dotted numbers.
    pub policy: String,
    /// The certificates from the signer's to the root, in DER.
    pub chain: Vec<Vec<u8>>,
}

/// Verifies `token` over `message`, as [`verify_digest`] does.
///
/// # Errors
/// As [`verify_digest`].
pub fn verify(
    token: &Token,
    message: &[u8],
    roots: &[Certificate],
    helpers: &[Certificate],
) -> Result<Stamp, TokenError> {
    verify_digest(token, &digest::of(token.imprint().algorithm(), message), roots, helpers)
}

/// Verifies `token` over what has the digest `found`, by the algorithm of the token's imprint.
/// Trust comes from `roots` alone; `helpers` and the certificates in the token only complete the
/// chain.
///
/// # Errors
/// [`TokenError`]: the first thing that does not hold, in the order of RFC 3161 section 2.4.2:
/// imprint, signature, purpose of the certificate, chain, validity at the token's time.
pub fn verify_digest(
    token: &Token,
    found: &Digest,
    roots: &[Certificate],
    helpers: &[Certificate],
) -> Result<Stamp, TokenError> {
    strong("the imprint is made", token.imprint().algorithm())?;
    if token.imprint() != found {
        return Err(TokenError::Imprint { stated: *token.imprint(), found: *found });
    }
    let others: Vec<&Certificate> = token.certificates().iter().chain(helpers).collect();
    // A file of roots may hold the whole chain: what counts as the signer is bound by its hash.
    let signer = signer(token, others.iter().copied().chain(roots))?;
    signer.extensions().stamps_time()?;
    let chain = chain::find(signer, roots, others, token.info.gen_time)?;
    signer.valid_at(token.info.gen_time)?;
    let info = &token.info;
    Ok(Stamp {
        gen_time: info.gen_time,
        latest: info.latest,
        root: chain.root,
        signer: signer.subject(),
        serial: info.serial.clone(),
        policy: info.policy.clone(),
        chain: chain.certificates.iter().map(|each| each.der().to_vec()).collect(),
    })
}

/// The certificate that the token names, binds, and that made its signature: never just the first
/// one that came with it.
fn signer<'a>(
    token: &Token,
    candidates: impl Iterator<Item = &'a Certificate>,
) -> Result<&'a Certificate, TokenError> {
    let signer = &token.signer;
    strong("the content is hashed", signer.digest)?;
    let content = digest::of(signer.digest, &token.content);
    if content.as_bytes() != signer.message_digest {
        return Err(TokenError::BadSignature);
    }
    let mut refusal = TokenError::NoSigner;
    for certificate in candidates.filter(|each| signer.names(each)) {
        if !signer.is_bound_to(certificate) {
            if refusal == TokenError::NoSigner {
                refusal = TokenError::OtherCertificate;
            }
            continue;
        }
        match signer.signed_by(certificate) {
            Ok(()) => return Ok(certificate),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}
