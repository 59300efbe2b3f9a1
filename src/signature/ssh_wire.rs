//! The wire encoding of OpenSSH (RFC 4251 section 5) and of public keys in it (RFC 8709,
//! RFC 5656, OpenSSH's PROTOCOL.u2f), as far as SSHSIG needs them.
//!
//! Every value has one accepted encoding: minimal `mpint`s, uncompressed points, no bytes left.

use crate::key::{PointError, PublicKey, ed25519_point};
use p256::elliptic_curve::sec1::ToSec1Point as _;

/// The only curve that is read, as it stands in the keys.
const CURVE: &str = "nistp256";

/// Why bytes are not the value they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A length leads past the end, or the bytes just end.
    #[error("the bytes end too early")]
    Short,
    /// Bytes follow the last value.
    #[error("bytes follow the last value")]
    Trailing,
    /// A number is negative, not minimal, or wider than 256 bits.
    #[error("a number that is negative, not minimal or too long")]
    Number,
    /// A text is not UTF-8, or holds a NUL.
    #[error("a text that is not UTF-8 or holds a NUL")]
    Text,
    /// A value of fixed length has another one.
    #[error("a value of the wrong length")]
    Length,
}

/// Reads one value after the other.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(WireError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, WireError> {
        let (first, rest) = self.0.split_first().ok_or(WireError::Short)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn u32(&mut self) -> Result<u32, WireError> {
        let (first, rest) = self.0.split_first_chunk().ok_or(WireError::Short)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*first))
    }

    pub(super) fn string(&mut self) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(self.u32()?).map_err(|_| WireError::Short)?;
        self.take(length)
    }

    /// A string that is UTF-8 without NUL.
    pub(super) fn text(&mut self) -> Result<&'a str, WireError> {
        let text = std::str::from_utf8(self.string()?).map_err(|_| WireError::Text)?;
        (!text.contains('\0')).then_some(text).ok_or(WireError::Text)
    }

    /// A string of exactly `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        self.string()?.try_into().map_err(|_| WireError::Length)
    }

    /// An `mpint` that is zero or positive, as 256 bits, big-endian.
    pub(super) fn number(&mut self) -> Result<[u8; 32], WireError> {
        let magnitude = match self.string()? {
            [0, rest @ ..] if rest.first().is_some_and(|&first| first >= 0x80) => rest,
            [0 | 0x80..=0xff, ..] => return Err(WireError::Number),
            all => all,
        };
        let mut number = [0; 32];
        let start = number.len().checked_sub(magnitude.len()).ok_or(WireError::Number)?;
        number.get_mut(start..).ok_or(WireError::Number)?.copy_from_slice(magnitude);
        Ok(number)
    }

    /// Ends the reading: no byte may be left.
    pub(super) fn done(self) -> Result<(), WireError> {
        self.0.is_empty().then_some(()).ok_or(WireError::Trailing)
    }
}

/// Appends a string. Nothing that is written here comes near the 4 GiB that a length can say.
pub(super) fn put_string(to: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    to.extend_from_slice(&length.to_be_bytes());
    to.extend_from_slice(bytes);
}

/// Appends a positive `mpint`, minimal.
pub(super) fn put_number(to: &mut Vec<u8>, number: &[u8; 32]) {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let magnitude = number.get(zeros..).unwrap_or_default();
    let sign: &[u8] =
        if magnitude.first().is_some_and(|&first| first >= 0x80) { &[0] } else { &[] };
    put_string(to, &[sign, magnitude].concat());
}

/// Why bytes are no public key that SSHSIG can be verified with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyBlobError {
    /// Not the encoding of the values that a key of this type has.
    #[error("not a public key of OpenSSH")]
    Wire(#[from] WireError),
    /// An Ed25519 key that is no point, or of small order.
    #[error("not an acceptable key")]
    Point(#[from] PointError),
    /// Another curve's name, or no uncompressed point of P-256.
    #[error("not an uncompressed point of P-256")]
    NotP256,
    /// A type of key that is not handled.
    #[error("keys of type {kind} are not supported")]
    Unsupported {
        /// The type, escaped.
        kind: String,
    },
}

/// Reads a public key in wire form (what stands in base64 in a `.pub` file).
pub(super) fn read_key(blob: &[u8]) -> Result<PublicKey, KeyBlobError> {
    let mut reader = Reader::new(blob);
    let key = match reader.string()? {
        b"ssh-ed25519" => PublicKey::Ed25519(ed25519_point(&reader.array()?)?),
        b"ecdsa-sha2-nistp256" => PublicKey::P256(read_p256(&mut reader)?),
        b"sk-ssh-ed25519@openssh.com" => PublicKey::SkEd25519 {
            key: ed25519_point(&reader.array()?)?,
            application: reader.text()?.to_owned(),
        },
        b"sk-ecdsa-sha2-nistp256@openssh.com" => PublicKey::SkP256 {
            key: read_p256(&mut reader)?,
            application: reader.text()?.to_owned(),
        },
        kind => {
            return Err(KeyBlobError::Unsupported { kind: super::excerpt(kind) });
        }
    };
    reader.done()?;
    Ok(key)
}

fn read_p256(reader: &mut Reader<'_>) -> Result<p256::ecdsa::VerifyingKey, KeyBlobError> {
    if reader.text()? != CURVE {
        return Err(KeyBlobError::NotP256);
    }
    let point: [u8; 65] = reader.array()?;
    p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).map_err(|_| KeyBlobError::NotP256)
}

/// Writes a public key in wire form.
pub(super) fn write_key(key: &PublicKey) -> Vec<u8> {
    let mut blob = Vec::new();
    put_string(&mut blob, key.kind().as_bytes());
    match key {
        PublicKey::Ed25519(key) => put_string(&mut blob, key.as_bytes()),
        PublicKey::P256(key) => put_p256(&mut blob, key),
        PublicKey::SkEd25519 { key, application } => {
            put_string(&mut blob, key.as_bytes());
            put_string(&mut blob, application.as_bytes());
        }
        PublicKey::SkP256 { key, application } => {
            put_p256(&mut blob, key);
            put_string(&mut blob, application.as_bytes());
        }
    }
    blob
}

fn put_p256(to: &mut Vec<u8>, key: &p256::ecdsa::VerifyingKey) {
    put_string(to, CURVE.as_bytes());
    put_string(to, key.as_affine().to_sec1_point(false).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bytes: &[u8]) -> Result<[u8; 32], WireError> {
        let mut blob = Vec::new();
        put_string(&mut blob, bytes);
        Reader::new(&blob).number()
    }

    #[test]
    fn numbers_have_one_encoding() {
        let long = [0x7f; 33];
        let long_signed = [&[0][..], &[0x80; 33]].concat();
        let bad: [&[u8]; 7] = [&[0], &[0, 0], &[0, 1], &[0x80], &[0xff, 1], &long, &long_signed];
        for bytes in bad {
            assert_eq!(number(bytes), Err(WireError::Number), "{}", bytes.escape_ascii());
        }
        for good in [&[][..], &[1], &[0, 0x80], &[0x7f; 32], &[1, 0]] {
            let read = number(good).unwrap();
            let mut written = Vec::new();
            put_number(&mut written, &read);
            assert_eq!(written.get(4..), Some(good));
        }
        assert!(number(&[&[0][..], &[0xff; 32]].concat()).is_ok());
    }

    #[test]
    fn lengths_are_checked() {
        assert_eq!(Reader::new(&[0, 0, 0]).u32(), Err(WireError::Short));
        assert_eq!(Reader::new(&[0, 0, 0, 1]).string(), Err(WireError::Short));
        assert_eq!(Reader::new(&[0xff; 8]).string(), Err(WireError::Short));
        assert_eq!(Reader::new(&[]).byte(), Err(WireError::Short));
        assert_eq!(Reader::new(&[0, 0, 0, 1, 0]).text(), Err(WireError::Text));
        assert_eq!(Reader::new(&[0, 0, 0, 1, 0xff]).text(), Err(WireError::Text));
        assert_eq!(Reader::new(&[0, 0, 0, 1, 1]).array::<2>(), Err(WireError::Length));
        assert_eq!(Reader::new(&[0]).done(), Err(WireError::Trailing));
    }

    #[test]
    fn keys_of_other_types_and_shapes_are_refused() {
        let blob = |parts: &[&[u8]]| {
            let mut blob = Vec::new();
            for part in parts {
                put_string(&mut blob, part);
            }
            blob
        };
        let table = [
            (blob(&[b"ssh-ed25519", &[0; 32]]), KeyBlobError::Point(PointError::SmallOrder)),
            (blob(&[b"ssh-ed25519", &[0; 31]]), KeyBlobError::Wire(WireError::Length)),
            (blob(&[b"ssh-ed25519"]), KeyBlobError::Wire(WireError::Short)),
            (blob(&[b"ecdsa-sha2-nistp256", b"nistp384", &[4; 65]]), KeyBlobError::NotP256),
            (blob(&[b"ecdsa-sha2-nistp256", b"nistp256", &[4; 65]]), KeyBlobError::NotP256),
            (blob(&[b"ssh-\x1b"]), KeyBlobError::Unsupported { kind: "ssh-\\x1b".to_owned() }),
        ];
        for (bytes, expected) in table {
            assert_eq!(read_key(&bytes).map(|_| ()), Err(expected));
        }
    }
}
