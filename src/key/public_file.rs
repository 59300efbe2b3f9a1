//! Public keys as people have them: PEM, OpenSSH lines, minisign, or written out. What is
//! said about a key beside it, a comment or an id, is a hint and decides nothing.

use super::{KeyError, PublicKey, ed25519_point, minisign, openssh, pem, spki};
use crate::codec::{base64, hex};
use crate::limits;

/// How a key that is written out begins.
const LITERAL: &[u8] = b"ed25519:";

/// A public key and what was said beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPublicKey {
    /// The key.
    pub key: PublicKey,
    /// The comment beside it: unverified text from outside.
    pub comment: Option<String>,
    /// The eight-byte id of a minisign key.
    pub minisign_id: Option<[u8; 8]>,
}

/// Reads a public key: the PEM of one SubjectPublicKeyInfo; a minisign key of two lines; or
/// lines, each an OpenSSH key, a minisign key or `ed25519:<64 hex | 44 base64>`, between `#`
/// comments and blank lines. A key that stands there twice is given twice.
///
/// # Errors
/// [`KeyError::Private`] when a private key is in it, and the reason of the first key that is
/// not acceptable.
pub fn parse_public(text: &[u8]) -> Result<Vec<NamedPublicKey>, KeyError> {
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > limits::KEY_BYTES {
        return Err(KeyError::Limit {
            what: "the size of a key file in bytes",
            limit: limits::KEY_BYTES,
        });
    }
    if is_private(text) {
        return Err(KeyError::Private);
    }
    if text.starts_with(pem::BEGIN) {
        let key = spki::parse_pem(text)?;
        return Ok(vec![NamedPublicKey { key, comment: None, minisign_id: None }]);
    }
    if text.starts_with(minisign::COMMENT) {
        return minisign::parse_file(text).map(|key| vec![key]);
    }
    parse_lines(text)
}

/// Whether an argument looks like a key itself and not like the name of a file.
pub fn public_literal(text: &str) -> bool {
    let text = text.trim().as_bytes();
    let openssh = text
        .iter()
        .position(u8::is_ascii_whitespace)
        .and_then(|end| text.get(..end))
        .is_some_and(openssh::is_type_word);
    openssh
        || text.starts_with(LITERAL)
        || text.starts_with(pem::BEGIN)
        || text.starts_with(minisign::COMMENT)
        || minisign::is_public_line(text)
}

/// Whether an argument holds a private key, or the base64 of one without its frame: something
/// that must not be repeated in any message.
pub fn private_literal(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    is_private(text) || BARE.iter().any(|begin| text.starts_with(begin))
}

/// How the base64 of an Ed25519 PKCS#8 key (versions 1 and 2) and of an OpenSSH private key begin.
const BARE: [&[u8]; 3] = [b"MC4CAQAwBQYDK2Vw", b"MFECAQEwBQYDK2Vw", b"b3BlbnNzaC1rZXktdjE"];

/// Whether a private key of any known format is in the text.
fn is_private(text: &[u8]) -> bool {
    let contains = |needle: &[u8]| text.windows(needle.len()).any(|window| window == needle);
    contains(b"PRIVATE KEY-----")
        || contains(b"PuTTY-User-Key-File-")
        || text.split(|byte| *byte == b'\n').any(|line| minisign::is_secret_line(line.trim_ascii()))
}

fn parse_lines(text: &[u8]) -> Result<Vec<NamedPublicKey>, KeyError> {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
    let alone = lines.iter().filter(|line| !line.is_empty()).count() == 1;
    let mut keys = Vec::new();
    for (number, line) in (1..).zip(&lines) {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        keys.push(parse_line(line).map_err(|error| at_line(error, number, alone))?);
        if keys.len() > limits::KEYS {
            let limit = u64::try_from(limits::KEYS).unwrap_or(u64::MAX);
            return Err(KeyError::Limit { what: "the number of keys", limit });
        }
    }
    if keys.is_empty() { Err(KeyError::NoKey) } else { Ok(keys) }
}

fn at_line(error: KeyError, line: u64, alone: bool) -> KeyError {
    if alone { error } else { KeyError::Line { line, error: Box::new(error) } }
}

fn parse_line(line: &[u8]) -> Result<NamedPublicKey, KeyError> {
    if let Some(digits) = line.strip_prefix(LITERAL) {
        let key = PublicKey::Ed25519(ed25519_point(&literal(digits)?)?);
        return Ok(NamedPublicKey { key, comment: None, minisign_id: None });
    }
    if minisign::is_public_line(line) {
        return minisign::parse_line(line);
    }
    openssh::parse_line(line)
}

/// The 32 bytes after `ed25519:`; the two spellings differ in their length.
fn literal(digits: &[u8]) -> Result<[u8; 32], KeyError> {
    let text = std::str::from_utf8(digits).unwrap_or_default();
    hex::decode_array(digits).or_else(|| base64::decode_array(text).ok()).ok_or(
        KeyError::malformed("ed25519: wants 64 digits of hexadecimal or 44 characters of base64"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::{minisign_public, openssh_line, public_pem, samples};
    use super::*;
    use crate::finding::{Code, Coded};
    use proptest::prelude::*;

    fn one(text: &str) -> NamedPublicKey {
        let keys = parse_public(text.as_bytes()).unwrap();
        assert_eq!(keys.len(), 1, "{text}");
        keys.into_iter().next().unwrap()
    }

    fn code(text: &[u8]) -> Option<Code> {
        parse_public(text).err().map(|error| error.code())
    }

    #[test]
    fn a_file_of_lines() {
        let (a, b) = (samples::ed25519(1), PublicKey::P256(samples::p256(2)));
        let bare = minisign_public(&a).unwrap().lines().nth(1).unwrap().to_owned();
        let text = format!(
            "# keys\r\n\n{}\r\n  {}\n{a}\n{bare}\n",
            openssh_line(&a, "me@example.org"),
            openssh_line(&b, "")
        );
        let keys = parse_public(text.as_bytes()).unwrap();
        let found: Vec<_> = keys.iter().map(|named| named.key.clone()).collect();
        assert_eq!(found, [a.clone(), b, a.clone(), a]);
        assert_eq!(keys[0].comment.as_deref(), Some("me@example.org"));
        assert!(keys[3].minisign_id.is_some());
        let error = parse_public(format!("{text}ssh-dss AAAA\n").as_bytes()).unwrap_err();
        assert!(matches!(error, KeyError::Line { line: 7, .. }), "{error}");
    }

    #[test]
    fn refusals_have_their_codes() {
        let key = samples::ed25519(1);
        let hex = hex::encode(&samples::ED25519_BYTES);
        let zero = "0".repeat(64);
        let table = [
            (String::new(), Code::Malformed),
            ("# only a comment\n".into(), Code::Malformed),
            ("hello\n".into(), Code::Malformed),
            (format!("ed25519:{zero}"), Code::WeakKey),
            (format!("ed25519:01{}", "0".repeat(62)), Code::WeakKey),
            (format!("ed25519:{}", "f".repeat(64)), Code::Malformed),
            (format!("ed25519:{hex}00"), Code::Malformed),
            (format!("ed25519: {hex}"), Code::Malformed),
            (format!("ed25519:{hex} me"), Code::Malformed),
            (format!("\u{feff}{key}"), Code::Malformed),
            (format!("x\n{}", public_pem(&key)), Code::Malformed),
            (format!("\n{}", public_pem(&key)), Code::Malformed),
            (format!("{}x", public_pem(&key)), Code::Malformed),
            (format!("{}{}", public_pem(&key), public_pem(&key)), Code::Malformed),
            ("ssh-rsa AAAAB3NzaC1yc2EAAAABAQAAAAFu".into(), Code::Unsupported),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into(),
                Code::Unsupported,
            ),
            ("#\n".repeat(40_000), Code::Limit),
        ];
        for (text, expected) in table {
            assert_eq!(code(text.as_bytes()), Some(expected), "{}", &text[..text.len().min(99)]);
        }
    }

    #[test]
    fn every_private_key_is_called_one() {
        let secret_line = format!("RW{}", "Q".repeat(210));
        let labels = ["", "ENCRYPTED ", "OPENSSH ", "RSA ", "EC "];
        let pems = labels.map(|label| {
            format!("-----BEGIN {label}{0}-----\nAAAA\n-----END {label}{0}-----\n", "PRIVATE KEY")
        });
        let others = [
            format!("untrusted comment: minisign encrypted secret key\n{secret_line}\n"),
            secret_line,
            format!("some words first\n{}", pems[0]),
            "PuTTY-User-Key-File-3: ssh-ed25519\n".into(),
        ];
        for text in pems.iter().chain(&others) {
            let error = parse_public(text.as_bytes()).unwrap_err();
            assert_eq!(error, KeyError::Private, "{text}");
            assert!(error.help().is_some());
        }
    }

    #[test]
    fn every_small_order_point_is_refused_in_every_form() {
        for point in samples::small_order() {
            let openssh = crate::key::wire::strings(&[b"ssh-ed25519", &point]);
            let forms = [
                format!("ed25519:{}", hex::encode(&point)),
                format!("ed25519:{}", base64::encode(&point)),
                format!("ssh-ed25519 {}", base64::encode(&openssh)),
                base64::encode(&[&b"Ed12345678"[..], &point].concat()),
            ];
            for form in forms {
                let found = code(form.as_bytes());
                assert!(matches!(found, Some(Code::WeakKey | Code::Malformed)), "{form} {found:?}");
            }
        }
    }

    #[test]
    fn private_literals() {
        let pem = format!("-----BEGIN {0}-----\nAAAA\n-----END {0}-----\n", "PRIVATE KEY");
        for text in [
            &*pem,
            &format!("RW{}", "Q".repeat(210)),
            "MC4CAQAwBQYDK2VwBCIEIA",
            "b3BlbnNzaC1rZXktdjEA",
        ] {
            assert!(private_literal(text.as_bytes()), "{text}");
        }
        let key = samples::ed25519(1);
        for text in [
            &*public_pem(&key),
            &key.to_string(),
            &openssh_line(&key, ""),
            "keys/press.key.pem",
            "env:KEY",
        ] {
            assert!(!private_literal(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn literals() {
        let key = samples::ed25519(1);
        let pem = public_pem(&key);
        let yes =
            [&*key.to_string(), &openssh_line(&key, ""), &minisign_public(&key).unwrap(), &pem];
        for text in yes {
            assert!(public_literal(text), "{text}");
        }
        for text in
            ["ssh-key.pub", "sk-keys", "key.pem", "RWQ", "", "ssh-ed25519", "my ssh-ed25519 key"]
        {
            assert!(!public_literal(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(seed: [u8; 32], comment in "[!-~]( ?[!-~äß]){0,20}", app in "ssh:[a-z.]{0,9}") {
            let ed = samples::ed25519_of(&seed);
            for key in samples::kinds_of(&seed, &app) {
                let named = one(&openssh_line(&key, &comment));
                prop_assert_eq!((&named.key, named.comment), (&key, Some(comment.clone())));
            }
            for key in [ed.clone(), PublicKey::P256(samples::p256_of(&seed))] {
                prop_assert_eq!(one(&public_pem(&key)).key, key);
            }
            prop_assert_eq!(one(&ed.to_string()).key, ed.clone());
            prop_assert_eq!(one(&format!("ed25519:{}", hex::encode(ed.ed25519().unwrap().as_bytes()))).key, ed.clone());
            let named = one(&minisign_public(&ed).unwrap());
            prop_assert_eq!((named.key, named.minisign_id), (ed.clone(), Some(minisign::minisign_id_of(&ed))));
        }

        #[test]
        fn any_bytes_get_an_answer(text in prop::collection::vec(any::<u8>(), 0..300)) {
            drop(parse_public(&text));
            let _ = public_literal(&String::from_utf8_lossy(&text));
        }

        #[test]
        fn one_changed_byte_is_no_panic_and_no_other_spelling(at: prop::sample::Index, to: u8) {
            let key = samples::ed25519(1);
            let mut text = public_pem(&key).into_bytes();
            let place = at.index(text.len());
            let before = text[place];
            text[place] = to;
            if let Ok(keys) = parse_public(&text) {
                // White space at the end is free; anything else that loads is another key.
                let blank = before.is_ascii_whitespace() && to.is_ascii_whitespace();
                prop_assert!(before == to || blank || keys[0].key != key);
            }
        }
    }
}
