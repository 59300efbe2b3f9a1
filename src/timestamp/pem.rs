//! Certificates in PEM (RFC 7468 section 5): one or more blocks, with any text around them, as
//! authorities publish their chains. A block of another kind is refused, a private key by name.

use super::TokenError;
use super::certificate::{Certificate, bounded};
use der::pem::Decoder;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END CERTIFICATE-----";

/// Reads every certificate of a PEM text, at least one.
///
/// # Errors
/// [`TokenError::Malformed`] when there is none, when a block is damaged or of another kind;
/// [`TokenError::Limit`] past [`crate::limits::TSA_CERTIFICATES`].
pub fn certificates_from_pem(text: &[u8]) -> Result<Vec<Certificate>, TokenError> {
    let not_pem = TokenError::Malformed { what: "not certificates in PEM" };
    // Explanatory text of other encodings does not matter; the blocks are ASCII.
    let text = String::from_utf8_lossy(text);
    let mut rest: &str = &text;
    let mut found = Vec::new();
    while let Some(start) = rest.find(BEGIN) {
        let block = rest.get(start..).unwrap_or_default();
        if !block.starts_with("-----BEGIN CERTIFICATE-----") {
            return Err(other_block(block));
        }
        let end = block.find(END).and_then(|end| end.checked_add(END.len()));
        let (block, after) =
            end.and_then(|end| block.split_at_checked(end)).ok_or(not_pem.clone())?;
        found.push(Certificate::from_der(&decode(block).ok_or(not_pem.clone())?)?);
        bounded(found.len())?;
        rest = after;
    }
    if found.is_empty() { Err(not_pem) } else { Ok(found) }
}

fn other_block(block: &str) -> TokenError {
    let line = block.lines().next().unwrap_or_default();
    if line.contains("PRIVATE KEY") {
        return TokenError::Malformed { what: "a private key, where certificates are wanted" };
    }
    TokenError::Malformed { what: "PEM of something else than certificates" }
}

fn decode(block: &str) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(block.as_bytes()).ok()?;
    let mut bytes = vec![0; decoder.remaining_len()];
    decoder.decode(&mut bytes).ok()?;
    decoder.is_finished().then_some(bytes)
}
