//! OpenSSH private keys (OpenSSH's PROTOCOL.key), plain or encrypted; `ssh-ed25519` only.
//!
//! The container is read here, so that the cost is bounded and a wrong password told from a
//! key that does not fit; `ssh-key` does the ciphers and bcrypt. The file of a FIDO key is
//! only a handle for the device: such keys sign through the agent.

use super::pem::{self, Fold};
use super::wire::{Reader, WireError};
use super::{KeyError, PublicKey, cost, parse_openssh_blob};
use ssh_key::{Cipher, Kdf};
use zeroize::Zeroizing;

/// The PEM label.
pub(super) const LABEL: &str = "OPENSSH PRIVATE KEY";
const MAGIC: &[u8] = b"openssh-key-v1\0";
/// Bytes of the tag after data under an authenticating cipher.
const TAG_BYTES: usize = 16;
/// The longest padding: of a block of AES, or of what PuTTY writes.
const MAX_PADDING: usize = 16;

/// What the file holds.
pub(super) struct Opened {
    pub(super) seed: Zeroizing<[u8; 32]>,
    /// The public halves that stand in the file, still to be compared.
    pub(super) public: [[u8; 32]; 3],
    pub(super) comment: Option<String>,
}

/// The container around the encrypted part.
struct Container<'a> {
    cipher: Cipher,
    kdf: Kdf,
    public: [u8; 32],
    data: &'a [u8],
    tag: Option<[u8; TAG_BYTES]>,
}

/// Whether the file wants a password; `false` for one that does not parse.
pub(super) fn is_encrypted(text: &[u8]) -> bool {
    let block = pem::decode(text, Fold::AsFound);
    block.is_ok_and(|block| container(&block.bytes).is_ok_and(|key| key.cipher != Cipher::None))
}

/// Reads the whole PEM text.
pub(super) fn read(text: &[u8], password: Option<&[u8]>) -> Result<Opened, KeyError> {
    let block = pem::decode(text, Fold::AsFound)?;
    let container = container(&block.bytes)?;
    let encrypted = container.cipher != Cipher::None;
    let data = decrypt(&container, password)?;
    inside(&data, container.public, encrypted)
}

fn container(bytes: &[u8]) -> Result<Container<'_>, KeyError> {
    let rest =
        bytes.strip_prefix(MAGIC).ok_or(KeyError::malformed("not an OpenSSH private key"))?;
    let mut reader = Reader::new(rest);
    let cipher = cipher(reader.string()?)?;
    let kdf = kdf(reader.string()?, reader.string()?)?;
    if (cipher == Cipher::None) != (kdf == Kdf::None) {
        return Err(KeyError::malformed("a cipher without a password, or the reverse"));
    }
    if reader.u32()? != 1 {
        return Err(KeyError::unsupported(b"an OpenSSH file of several private keys"));
    }
    let public = match parse_openssh_blob(reader.string()?)? {
        PublicKey::Ed25519(key) => key.to_bytes(),
        other @ (PublicKey::P256(_) | PublicKey::SkEd25519 { .. } | PublicKey::SkP256 { .. }) => {
            return Err(KeyError::unsupported(
                format!("a private key of {}", other.kind()).as_bytes(),
            ));
        }
    };
    let data = reader.string()?;
    let tag = if cipher.has_tag() {
        Some(reader.take(TAG_BYTES)?.try_into().map_err(|_| WireError::Length)?)
    } else {
        None
    };
    reader.done()?;
    Ok(Container { cipher, kdf, public, data, tag })
}

fn cipher(name: &[u8]) -> Result<Cipher, KeyError> {
    std::str::from_utf8(name)
        .ok()
        .and_then(|name| Cipher::new(name).ok())
        .filter(|cipher| *cipher != Cipher::TdesCbc)
        .ok_or_else(|| KeyError::unsupported(&[b"the cipher ", name].concat()))
}

fn kdf(name: &[u8], options: &[u8]) -> Result<Kdf, KeyError> {
    match (name, options) {
        (b"none", b"") => Ok(Kdf::None),
        (b"bcrypt", options) => {
            let mut reader = Reader::new(options);
            let (salt, rounds) = (reader.string()?.to_vec(), reader.u32()?);
            reader.done()?;
            if rounds == 0 || salt.is_empty() {
                return Err(KeyError::malformed("impossible parameters of bcrypt"));
            }
            cost::at_most("the number of bcrypt rounds", rounds.into(), cost::BCRYPT_ROUNDS)?;
            Ok(Kdf::Bcrypt { salt, rounds })
        }
        (b"none", _) => Err(KeyError::malformed("options for no key derivation")),
        (other, _) => Err(KeyError::unsupported(&[b"the key derivation ", other].concat())),
    }
}

fn decrypt(key: &Container<'_>, password: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if !key.data.len().is_multiple_of(key.cipher.block_size()) {
        return Err(KeyError::malformed("the encrypted part is no whole number of blocks"));
    }
    let mut data = Zeroizing::new(key.data.to_vec());
    if key.cipher == Cipher::None {
        return Ok(data);
    }
    let password = password.ok_or(KeyError::PasswordNeeded)?;
    let (secret, iv) =
        key.kdf.derive_key_and_iv(key.cipher, password).map_err(|_| KeyError::WrongPassword)?;
    key.cipher
        .decrypt(&secret, &iv, &mut data, key.tag.map(Into::into))
        .map_err(|_| KeyError::WrongPassword)?;
    Ok(data)
}

/// Reads the decrypted part: the check number twice, the key, its comment, the padding.
fn inside(data: &[u8], outer: [u8; 32], encrypted: bool) -> Result<Opened, KeyError> {
    let mut reader = Reader::new(data);
    if reader.u32()? != reader.u32()? {
        let damaged = KeyError::malformed("the two check numbers differ");
        return Err(if encrypted { KeyError::WrongPassword } else { damaged });
    }
    if reader.string()? != b"ssh-ed25519" {
        return Err(KeyError::malformed("another key type inside than outside"));
    }
    let beside = *reader.array::<32>()?;
    let pair = reader.array::<64>()?;
    let (seed, after) = pair.split_first_chunk::<32>().ok_or(WireError::Length)?;
    let after = after.try_into().map_err(|_| WireError::Length)?;
    let comment = String::from_utf8_lossy(reader.string()?).into_owned();
    padding(reader.rest())?;
    Ok(Opened {
        seed: Zeroizing::new(*seed),
        public: [outer, beside, after],
        comment: Some(comment).filter(|text| !text.is_empty()),
    })
}

/// The bytes 1, 2, 3 and so on.
fn padding(rest: &[u8]) -> Result<(), KeyError> {
    let counted = (1u8..).zip(rest).all(|(expected, found)| expected == *found);
    if counted && rest.len() <= MAX_PADDING {
        Ok(())
    } else {
        Err(KeyError::malformed("the padding of the private key is wrong"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{openssh_blob, samples, wire};
    use super::*;
    use crate::codec::base64;
    use crate::finding::{Code, Coded};
    use ssh_key::encoding::Encode as _;

    /// The parts of a file, to be spoilt one by one.
    struct Parts {
        cipher: &'static str,
        kdf: Kdf,
        keys: u32,
        blob: Vec<u8>,
        check: [u32; 2],
        kind: &'static str,
        beside: [u8; 32],
        pair: Vec<u8>,
        padding: Option<Vec<u8>>,
        trailing: &'static [u8],
    }

    impl Parts {
        fn good() -> Self {
            Self {
                cipher: "none",
                kdf: Kdf::None,
                keys: 1,
                blob: wire::strings(&[b"ssh-ed25519", &samples::ED25519_BYTES]),
                check: [7, 7],
                kind: "ssh-ed25519",
                beside: samples::ED25519_BYTES,
                pair: [samples::seed(), samples::ED25519_BYTES].concat(),
                padding: None,
                trailing: b"",
            }
        }

        fn locked(cipher: &'static str) -> Self {
            Self { cipher, kdf: Kdf::Bcrypt { salt: vec![1; 16], rounds: 1 }, ..Self::good() }
        }

        fn data(&self, block: usize) -> Vec<u8> {
            let mut data = self.check.map(u32::to_be_bytes).concat();
            data.extend(wire::strings(&[
                self.kind.as_bytes(),
                &self.beside,
                &self.pair,
                b"a comment",
            ]));
            let missing = u8::try_from(data.len().next_multiple_of(block) - data.len()).unwrap();
            data.extend(self.padding.clone().unwrap_or_else(|| (1..=missing).collect()));
            data
        }

        fn text(&self) -> String {
            let cipher = Cipher::new(self.cipher).unwrap_or(Cipher::None);
            let mut data = self.data(cipher.block_size());
            let mut tag = Vec::new();
            if cipher != Cipher::None && cipher != Cipher::TdesCbc {
                let (key, iv) = self.kdf.derive_key_and_iv(cipher, "secret").unwrap();
                tag = cipher
                    .encrypt(&key, &iv, &mut data)
                    .unwrap()
                    .map(|tag| tag.to_vec())
                    .unwrap_or_default();
            }
            let mut out = MAGIC.to_vec();
            wire::put_string(&mut out, self.cipher.as_bytes());
            self.kdf.encode(&mut out).unwrap();
            out.extend(self.keys.to_be_bytes());
            wire::put_string(&mut out, &self.blob);
            wire::put_string(&mut out, &data);
            out.extend(tag);
            out.extend(self.trailing);
            armour(&out)
        }
    }

    fn armour(bytes: &[u8]) -> String {
        let base64 = base64::encode(bytes);
        let lines: Vec<&str> =
            base64.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {LABEL}-----\n{}\n-----END {LABEL}-----\n", lines.join("\n"))
    }

    fn error(parts: &Parts) -> KeyError {
        read(parts.text().as_bytes(), Some(b"secret")).err().unwrap()
    }

    #[test]
    fn plain_and_every_cipher() {
        let ciphers = [
            "aes256-ctr",
            "aes256-cbc",
            "aes128-ctr",
            "aes192-cbc",
            "aes256-gcm@openssh.com",
            "chacha20-poly1305@openssh.com",
        ];
        let locked: Vec<Parts> = ciphers.into_iter().map(Parts::locked).collect();
        for parts in locked.iter().chain([&Parts::good()]) {
            let text = parts.text();
            let opened =
                read(text.as_bytes(), Some(b"secret")).map_err(|error| (parts.cipher, error));
            let opened = opened.unwrap_or_else(|error| panic!("{error:?}"));
            assert_eq!(*opened.seed, samples::seed());
            assert_eq!(opened.public, [samples::ED25519_BYTES; 3]);
            assert_eq!(opened.comment.as_deref(), Some("a comment"));
            assert_eq!(is_encrypted(text.as_bytes()), parts.cipher != "none");
        }
        for parts in &locked {
            let text = parts.text();
            let wrong = [
                (Some(&b"other"[..]), KeyError::WrongPassword),
                (Some(b""), KeyError::WrongPassword),
                (None, KeyError::PasswordNeeded),
            ];
            for (password, expected) in wrong {
                assert_eq!(
                    read(text.as_bytes(), password).err(),
                    Some(expected),
                    "{}",
                    parts.cipher
                );
            }
        }
    }

    #[test]
    fn refusals_have_their_codes() {
        let rounds = |rounds| Kdf::Bcrypt { salt: vec![1; 16], rounds };
        let good = Parts::good;
        let p256 = openssh_blob(&PublicKey::P256(samples::p256(1)));
        let table = [
            (Parts { keys: 2, ..good() }, Code::Unsupported),
            (Parts { keys: 0, ..good() }, Code::Unsupported),
            (Parts { blob: p256, ..good() }, Code::Unsupported),
            (Parts { blob: wire::strings(&[b"ssh-rsa", b"e", b"n"]), ..good() }, Code::Unsupported),
            (Parts { blob: vec![0, 0], ..good() }, Code::Malformed),
            (Parts { check: [1, 2], ..good() }, Code::Malformed),
            (Parts { kind: "ssh-rsa", ..good() }, Code::Malformed),
            (Parts { pair: vec![1; 63], ..good() }, Code::Malformed),
            (Parts { padding: Some(vec![1, 1]), ..good() }, Code::Malformed),
            (Parts { padding: Some((1..=24).collect()), ..good() }, Code::Malformed),
            (Parts { trailing: b"x", ..good() }, Code::Malformed),
            (Parts { cipher: "rot13", ..good() }, Code::Unsupported),
            (Parts { cipher: "3des-cbc", kdf: rounds(1), ..good() }, Code::Unsupported),
            (Parts { cipher: "none", kdf: rounds(1), ..good() }, Code::Malformed),
            (Parts { kdf: rounds(0), cipher: "none", ..good() }, Code::Malformed),
        ];
        for (number, (parts, expected)) in table.iter().enumerate() {
            assert_eq!(error(parts).code(), *expected, "row {number}");
        }
    }

    proptest::proptest! {
        #[test]
        fn one_changed_byte_is_no_panic(at: proptest::sample::Index, to: u8) {
            let text = Parts::good().text();
            let mut bytes = pem::decode(text.as_bytes(), Fold::AsFound).unwrap().bytes.to_vec();
            let place = at.index(bytes.len());
            bytes[place] = to;
            drop(read(armour(&bytes).as_bytes(), None));
            bytes.truncate(place);
            proptest::prop_assert!(read(armour(&bytes).as_bytes(), None).is_err());
        }
    }

    #[test]
    fn rounds_are_bounded_before_they_are_paid() {
        let mut text = MAGIC.to_vec();
        let options = [wire::strings(&[&[1; 16]]), 10_001u32.to_be_bytes().to_vec()].concat();
        text.extend(wire::strings(&[b"aes256-ctr", b"bcrypt", &options]));
        let error = read(armour(&text).as_bytes(), Some(b"secret")).err().unwrap();
        assert_eq!(error.code(), Code::Limit);
    }
}
