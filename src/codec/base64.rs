//! Base64 (RFC 4648), strict: padded, no white space, unused bits zero.

use base64ct::{Base64, Base64Url, Encoding};

/// The text is not canonical base64 of the alphabet asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not canonical base64")]
pub struct NotBase64;

/// Writes `bytes` in the standard alphabet with padding (RFC 4648 section 4).
pub fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Reads the standard alphabet with padding (RFC 4648 section 4).
///
/// # Errors
/// [`NotBase64`] for any text that [`encode`] would not have written.
pub fn decode(text: &str) -> Result<Vec<u8>, NotBase64> {
    let bytes = Base64::decode_vec(text).map_err(|_| NotBase64)?;
    (encode(&bytes) == text).then_some(bytes).ok_or(NotBase64)
}

/// Reads either alphabet of RFC 4648, standard (section 4) or URL-safe (section 5), padded;
/// DSSE asks verifiers to take both. A text that mixes the two is refused.
///
/// # Errors
/// [`NotBase64`] for anything else.
pub fn decode_either(text: &str) -> Result<Vec<u8>, NotBase64> {
    decode(text).or_else(|_| {
        let bytes = Base64Url::decode_vec(text).map_err(|_| NotBase64)?;
        (Base64Url::encode_string(&bytes) == text).then_some(bytes).ok_or(NotBase64)
    })
}

/// Reads exactly `N` bytes of the standard alphabet with padding.
///
/// # Errors
/// [`NotBase64`] for another length or spelling.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], NotBase64> {
    decode(text)?.try_into().map_err(|_| NotBase64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        assert_eq!(decode("AA=="), Ok(vec![0]));
        for bad in ["AA", "AB==", "AA==\n", " AA==", "AA==AA==", "A", "_w==", "AA= ="] {
            assert_eq!(decode(bad), Err(NotBase64), "{bad:?}");
        }
        assert_eq!(decode_either("_-8="), Ok(vec![0xff, 0xef]));
        assert_eq!(decode_either("/+8="), Ok(vec![0xff, 0xef]));
        assert_eq!(decode_either("/-8="), Err(NotBase64));
    }
}
