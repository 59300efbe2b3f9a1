//! OpenSSH public keys: the binary form (RFC 4253 section 6.6, RFC 8709, RFC 5656 and
//! OpenSSH's PROTOCOL.u2f), the line `type base64 [comment]`, and the fingerprint.

use super::spki::p256_point;
use super::wire::{self, Reader};
use super::{KeyError, NamedPublicKey, PublicKey, ed25519_point};
use crate::codec::base64;
use crate::digest;
use p256::ecdsa::VerifyingKey as P256Key;
use p256::elliptic_curve::sec1::ToSec1Point as _;

/// The name of the curve inside keys of P-256.
const NISTP256: &[u8] = b"nistp256";

/// Reads a key in binary form, which must fill `blob` completely.
///
/// # Errors
/// [`KeyError::Unsupported`] for another type, [`KeyError::Point`] for a weak key, else
/// malformed.
pub fn parse_openssh_blob(blob: &[u8]) -> Result<PublicKey, KeyError> {
    let mut reader = Reader::new(blob);
    let key = match reader.string()? {
        b"ssh-ed25519" => PublicKey::Ed25519(ed25519(&mut reader)?),
        b"ecdsa-sha2-nistp256" => PublicKey::P256(p256(&mut reader)?),
        b"sk-ssh-ed25519@openssh.com" => PublicKey::SkEd25519 {
            key: ed25519(&mut reader)?,
            application: application(&mut reader)?,
        },
        b"sk-ecdsa-sha2-nistp256@openssh.com" => {
            PublicKey::SkP256 { key: p256(&mut reader)?, application: application(&mut reader)? }
        }
        other => return Err(other_type(other)),
    };
    reader.done()?;
    Ok(key)
}

/// The key in binary form.
pub fn openssh_blob(key: &PublicKey) -> Vec<u8> {
    let kind = key.kind().as_bytes();
    match key {
        PublicKey::Ed25519(key) => wire::strings(&[kind, key.as_bytes()]),
        PublicKey::P256(key) => wire::strings(&[kind, NISTP256, &sec1(key)]),
        PublicKey::SkEd25519 { key, application } => {
            wire::strings(&[kind, key.as_bytes(), application.as_bytes()])
        }
        PublicKey::SkP256 { key, application } => {
            wire::strings(&[kind, NISTP256, &sec1(key), application.as_bytes()])
        }
    }
}

/// The line for `authorized_keys`, without a line feed. Control characters of the comment
/// become blanks, so that it stays one line; an empty comment is left out.
pub fn openssh_line(key: &PublicKey, comment: &str) -> String {
    let base64 = base64::encode(&openssh_blob(key));
    let comment: String = comment.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = format!("{} {base64} {}", key.kind(), comment.trim());
    line.trim_end().to_owned()
}

/// `SHA256:` and the unpadded base64 of the SHA-256 of the binary form, as `ssh-keygen -l`.
pub fn fingerprint(key: &PublicKey) -> String {
    let digest = base64::encode(&digest::sha256(&openssh_blob(key)));
    format!("SHA256:{}", digest.trim_end_matches('='))
}

/// Whether a word is how an OpenSSH key line begins.
pub(super) fn is_type_word(word: &[u8]) -> bool {
    [&b"ssh-"[..], b"ecdsa-", b"sk-"].iter().any(|start| word.starts_with(start))
}

/// Reads one line, without its line end.
pub(super) fn parse_line(line: &[u8]) -> Result<NamedPublicKey, KeyError> {
    let (word, rest) = split_word(line);
    let (base64, comment) = split_word(rest);
    if !is_type_word(word) {
        return Err(KeyError::malformed("not a public key in a format known here"));
    }
    let blob = std::str::from_utf8(base64)
        .ok()
        .and_then(|text| base64::decode(text).ok())
        .ok_or(KeyError::malformed("not canonical base64 after the key type"))?;
    if Reader::new(&blob).string() != Ok(word) {
        return Err(KeyError::malformed("the key type before the base64 is not the one inside it"));
    }
    let key = parse_openssh_blob(&blob)?;
    let comment = (!comment.is_empty()).then(|| String::from_utf8_lossy(comment).into_owned());
    Ok(NamedPublicKey { key, comment, minisign_id: None })
}

/// The first word, and what follows the blanks after it.
fn split_word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
    (word, rest.trim_ascii())
}

fn ed25519(reader: &mut Reader<'_>) -> Result<ed25519_dalek::VerifyingKey, KeyError> {
    Ok(ed25519_point(reader.array()?)?)
}

fn p256(reader: &mut Reader<'_>) -> Result<P256Key, KeyError> {
    if reader.string()? != NISTP256 {
        return Err(KeyError::malformed("another curve than the key type says"));
    }
    // OpenSSH writes and takes uncompressed points only: one key, one spelling.
    p256_point(reader.array::<65>()?)
}

fn sec1(key: &P256Key) -> Vec<u8> {
    key.as_affine().to_sec1_point(false).as_bytes().to_vec()
}

fn application(reader: &mut Reader<'_>) -> Result<String, KeyError> {
    std::str::from_utf8(reader.string()?)
        .ok()
        .filter(|text| !text.chars().any(char::is_control))
        .map(str::to_owned)
        .ok_or(KeyError::malformed("the application of a FIDO key is not plain text"))
}

fn other_type(name: &[u8]) -> KeyError {
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        KeyError::malformed("no name of a key type")
    } else {
        KeyError::unsupported(name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::finding::{Code, Coded};

    fn line_of(word: &str, blob: &[u8]) -> String {
        format!("{word} {}", base64::encode(blob))
    }

    fn code(line: &str) -> Option<Code> {
        parse_line(line.as_bytes()).err().map(|error| error.code())
    }

    #[test]
    fn every_type_is_read_back() {
        for key in samples::every_kind() {
            let named = parse_line(openssh_line(&key, "a b  c").as_bytes()).unwrap();
            assert_eq!(
                (named.key.clone(), named.comment.as_deref()),
                (key.clone(), Some("a b  c"))
            );
            let bare = openssh_line(&key, "");
            assert!(!bare.ends_with(' '));
            assert_eq!(parse_line(bare.as_bytes()).unwrap().comment, None);
        }
    }

    #[test]
    fn refusals_have_their_codes() {
        let pk = samples::ED25519_BYTES;
        let ed: &[u8] = b"ssh-ed25519";
        let p256 = openssh_blob(&PublicKey::P256(samples::p256(3)));
        let trailing = [openssh_blob(&samples::ed25519(1)), vec![0]].concat();
        let compressed = samples::p256(3).as_affine().to_sec1_point(true).as_bytes().to_vec();
        let sk: &[u8] = b"sk-ssh-ed25519@openssh.com";
        let table = [
            (line_of("ssh-ed25519", &wire::strings(&[ed, &[0; 32]])), Code::WeakKey),
            (line_of("ssh-ed25519", &wire::strings(&[ed, &[0xff; 32]])), Code::Malformed),
            (line_of("ssh-ed25519", &wire::strings(&[ed, &pk[..31]])), Code::Malformed),
            (line_of("ssh-ed25519", &trailing), Code::Malformed),
            (line_of("ssh-ed25519", &p256), Code::Malformed),
            (line_of("ssh-rsa", &wire::strings(&[b"ssh-rsa", b"\x01", b"n"])), Code::Unsupported),
            (line_of("ssh-rsa", &wire::strings(&[ed, &pk])), Code::Malformed),
            (
                line_of(
                    "ssh-ed25519-cert-v01@openssh.com",
                    &wire::strings(&[b"ssh-ed25519-cert-v01@openssh.com"]),
                ),
                Code::Unsupported,
            ),
            (
                line_of(
                    "ecdsa-sha2-nistp256",
                    &wire::strings(&[b"ecdsa-sha2-nistp256", b"nistp256", &compressed]),
                ),
                Code::Malformed,
            ),
            (
                line_of(
                    "ecdsa-sha2-nistp256",
                    &wire::strings(&[b"ecdsa-sha2-nistp256", b"nistp384", &[4; 65]]),
                ),
                Code::Malformed,
            ),
            (
                line_of("sk-ssh-ed25519@openssh.com", &wire::strings(&[sk, &pk, b"ssh:\n"])),
                Code::Malformed,
            ),
            (line_of("sk-ssh-ed25519@openssh.com", &wire::strings(&[sk, &pk])), Code::Malformed),
            (
                line_of("sk-ssh-ed25519@openssh.com", &wire::strings(&[sk, &[0; 32], b"ssh:"])),
                Code::WeakKey,
            ),
            ("ssh-ed25519".into(), Code::Malformed),
            ("ssh-ed25519 AAAA=".into(), Code::Malformed),
            ("restrict ssh-ed25519 AAAA".into(), Code::Malformed),
        ];
        for (line, expected) in table {
            assert_eq!(code(&line), Some(expected), "{line}");
        }
    }

    #[test]
    fn a_comment_cannot_add_a_line() {
        let line = openssh_line(&samples::ed25519(1), " x\nssh-ed25519 y\0");
        assert_eq!(line.lines().count(), 1);
        assert_eq!(
            parse_line(line.as_bytes()).unwrap().comment.as_deref(),
            Some("x ssh-ed25519 y")
        );
    }

    #[test]
    fn the_fingerprint_that_ssh_keygen_prints() {
        let key = parse_line(
            b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
        );
        assert_eq!(
            fingerprint(&key.unwrap().key),
            "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8"
        );
    }
}
