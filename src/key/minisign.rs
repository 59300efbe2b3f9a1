//! minisign (and signify) public keys: an untrusted comment, then the base64 of
//! `Ed`, an eight-byte id and the 32 bytes of the key. The id is a name, never trust.

use super::{KeyError, NamedPublicKey, PublicKey, ed25519_point};
use crate::codec::base64;
use crate::digest;

/// How the first line begins.
pub(super) const COMMENT: &[u8] = b"untrusted comment:";
/// The algorithm of keys.
pub(super) const ED: [u8; 2] = *b"Ed";
/// Characters of the second line of a public key: base64 of 42 bytes.
const PUBLIC_LENGTH: usize = 56;
/// Characters of the second line of a secret key: of minisign (158 bytes), of signify (104).
const SECRET_LENGTHS: [usize; 2] = [212, 140];

/// The id we give a key: the first eight bytes of the SHA-256 of its 32 bytes; for a key that
/// is not plain Ed25519, of its SubjectPublicKeyInfo.
pub fn minisign_id_of(key: &PublicKey) -> [u8; 8] {
    let digest = match key.ed25519() {
        Some(key) => digest::sha256(key.as_bytes()),
        None => digest::sha256(&key.spki_der()),
    };
    digest.first_chunk().copied().unwrap_or_default()
}

/// The two lines of a minisign public key under [`minisign_id_of`]; `None` for a key that is
/// not plain Ed25519.
pub fn minisign_public(key: &PublicKey) -> Option<String> {
    minisign_public_with_id(key, minisign_id_of(key))
}

/// The two lines of a minisign public key under an id of its own, as a key that came from
/// minisign has one; `None` for a key that is not plain Ed25519.
pub fn minisign_public_with_id(key: &PublicKey, id: [u8; 8]) -> Option<String> {
    let bytes = [&ED[..], &id, key.ed25519()?.as_bytes()].concat();
    let shown = u64::from_le_bytes(id);
    Some(format!(
        "untrusted comment: minisign public key {shown:016X}\n{}\n",
        base64::encode(&bytes)
    ))
}

/// Whether a line is the base64 of a public key, to judge by its beginning and length.
pub(super) fn is_public_line(line: &[u8]) -> bool {
    line.len() == PUBLIC_LENGTH && line.starts_with(b"RW")
}

/// Whether a line is the base64 of a secret key, to judge by its beginning and length.
pub(super) fn is_secret_line(line: &[u8]) -> bool {
    SECRET_LENGTHS.contains(&line.len()) && line.starts_with(b"RW")
}

/// Reads the line of base64.
pub(super) fn parse_line(line: &[u8]) -> Result<NamedPublicKey, KeyError> {
    let bytes: [u8; 42] = std::str::from_utf8(line)
        .ok()
        .and_then(|text| base64::decode_array(text).ok())
        .ok_or(KeyError::malformed("not the base64 of a minisign public key"))?;
    let broken = KeyError::malformed("not a minisign public key");
    let rest = bytes.strip_prefix(&ED).ok_or(broken.clone())?;
    let (id, point) = rest.split_first_chunk().ok_or(broken.clone())?;
    let key = ed25519_point(point.try_into().map_err(|_| broken)?)?;
    Ok(NamedPublicKey { key: PublicKey::Ed25519(key), comment: None, minisign_id: Some(*id) })
}

/// Reads both lines: the comment, printable only, and the base64; nothing after them.
pub(super) fn parse_file(text: &[u8]) -> Result<NamedPublicKey, KeyError> {
    let (comment, line) = two_lines(text)?;
    let named = parse_line(line)?;
    Ok(NamedPublicKey {
        comment: Some(comment.to_owned()).filter(|text| !text.is_empty()),
        ..named
    })
}

/// The comment and the base64 of a minisign key file.
pub(super) fn two_lines(text: &[u8]) -> Result<(&str, &[u8]), KeyError> {
    let broken = KeyError::malformed("a minisign key is a comment line and a line of base64");
    let rest = text.strip_prefix(COMMENT).ok_or(broken.clone())?;
    let end = rest.iter().position(|byte| *byte == b'\n').ok_or(broken.clone())?;
    let (comment, line) = rest.split_at_checked(end).ok_or(broken)?;
    let comment = std::str::from_utf8(comment)
        .map(|text| text.trim_end_matches('\r'))
        .ok()
        .filter(|text| !text.chars().any(char::is_control))
        .ok_or(KeyError::malformed("the comment of a minisign key is not printable text"))?;
    Ok((comment.trim(), line.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::finding::{Code, Coded};

    fn code(text: &str) -> Option<Code> {
        parse_file(text.as_bytes()).err().map(|error| error.code())
    }

    fn line_of(bytes: &[u8]) -> String {
        base64::encode(&[&ED[..], &[1; 8], bytes].concat())
    }

    #[test]
    fn written_keys_are_read_back() {
        let key = samples::ed25519(1);
        let text = minisign_public(&key).unwrap();
        let named = parse_file(text.as_bytes()).unwrap();
        assert_eq!(named.key, key);
        assert_eq!(named.minisign_id, Some(minisign_id_of(&key)));
        let own = minisign_public_with_id(&key, [0x92, 0x21, 0x55, 0x02, 0x24, 0x18, 0x5f, 0x66]);
        assert!(
            own.unwrap()
                .starts_with("untrusted comment: minisign public key 665F182402552192\nRWS")
        );
        assert_eq!(minisign_public(&PublicKey::P256(samples::p256(1))), None);
    }

    #[test]
    fn refusals_have_their_codes() {
        let good = line_of(&samples::ED25519_BYTES);
        assert_eq!(code(&format!("untrusted comment: x\r\n{good}\r\n")), None);
        let table = [
            (format!("untrusted comment: x\n{}\n", line_of(&[0; 32])), Code::WeakKey),
            (format!("untrusted comment: x\n{}\n", line_of(&[0xff; 32])), Code::Malformed),
            (format!("untrusted comment: x\n{}\n", line_of(&[1; 31])), Code::Malformed),
            (format!("untrusted comment: x\n{}\n", base64::encode(&[7; 42])), Code::Malformed),
            (format!("untrusted comment: \x1b[0m\n{good}\n"), Code::Malformed),
            (format!("untrusted comment: a\0\n{good}\n"), Code::Malformed),
            (format!("untrusted comment: a\rb\n{good}\n"), Code::Malformed),
            (format!("untrusted comment: x\n{good}\nx"), Code::Malformed),
            (format!("untrusted comment: x\n{good}\n{good}\n"), Code::Malformed),
            (
                format!("untrusted comment: x\n{}\n", good.trim_end_matches('=').to_lowercase()),
                Code::Malformed,
            ),
            ("untrusted comment: x".into(), Code::Malformed),
            ("untrusted comment: x\n".into(), Code::Malformed),
        ];
        for (text, expected) in table {
            assert_eq!(code(&text), Some(expected), "{text}");
        }
    }
}
