//! SSHSIG, the detached signatures of `ssh-keygen -Y sign` (OpenSSH's PROTOCOL.sshsig).
//!
//! Verifies Ed25519, ECDSA P-256 and their FIDO forms, WebAuthn included; RSA and others are
//! `unsupported`. The key stands in the signature and proves nothing by itself: whether it is
//! trusted, and for which namespace, is decided above. Signed is a digest of the file, so a
//! file is read once and never held.

use super::ssh_proof::Proof;
use super::{excerpt, ssh_armour};
use crate::digest::{Algorithm, Digest};
use crate::finding::{Code, Coded};
use crate::key::wire::{Reader, WireError, put_string};
use crate::key::{BadSignature, KeyError, PublicKey, openssh_blob, parse_openssh_blob};
use crate::limits;

pub use super::ssh_armour::ArmourError;

/// First bytes of the signature, and of the bytes that are signed.
const MAGIC: &[u8] = b"SSHSIG";
/// The one version there is.
const VERSION: u32 = 1;
/// The namespace that `ssh-keygen` users give to files.
pub const FILE_NAMESPACE: &str = "file";

/// A well-formed SSHSIG, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSignature {
    /// The key that claims to have signed.
    pub key: PublicKey,
    /// What the signature is for, such as `file`; never empty.
    pub namespace: String,
    /// The hash of the file that is signed: SHA-256 or SHA-512.
    pub hash: Algorithm,
    proof: Proof,
}

/// Why bytes are no SSHSIG that can be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SshsigError {
    /// Longer than [`limits::SIGNATURE_BYTES`].
    #[error("an OpenSSH signature longer than {} bytes", limits::SIGNATURE_BYTES)]
    TooLong,
    /// Not an armoured signature.
    #[error("not an OpenSSH signature")]
    Armour(#[from] ArmourError),
    /// Does not begin with `SSHSIG`.
    #[error("not an OpenSSH signature: it does not begin with SSHSIG")]
    Magic,
    /// Not the encoding of a signature.
    #[error("not an OpenSSH signature")]
    Wire(#[from] WireError),
    /// A version other than 1.
    #[error("version {version} of OpenSSH signatures is not supported, only 1")]
    Version {
        /// The version found.
        version: u32,
    },
    /// Something stands in the field kept for later versions.
    #[error("an OpenSSH signature with reserved data is not supported")]
    Reserved,
    /// No namespace, which is the claim of what the signature is for.
    #[error("an OpenSSH signature without a namespace")]
    NoNamespace,
    /// A hash other than SHA-256 and SHA-512.
    #[error("the hash {name} is not supported in OpenSSH signatures")]
    Hash {
        /// Its name, escaped.
        name: String,
    },
    /// The key inside is not acceptable.
    #[error("the key in the OpenSSH signature")]
    Key(#[from] KeyError),
    /// The signature is of another type than the key.
    #[error("the signature is of another type than its key")]
    TypeMismatch,
    /// A FIDO device signed without being touched.
    #[error("a signature of a security key that nobody touched")]
    NotPresent,
    /// The browser's text, its origin or the flags contradict each other.
    #[error("not the form of a WebAuthn signature")]
    ClientData,
    /// A WebAuthn signature with extensions.
    #[error("WebAuthn signatures with extensions are not supported")]
    Extensions,
}

impl Coded for SshsigError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong => Code::Limit,
            Self::Key(error) => error.code(),
            Self::Version { .. } | Self::Reserved | Self::Hash { .. } | Self::Extensions => {
                Code::Unsupported
            }
            Self::NotPresent => Code::BadSignature,
            Self::Armour(_)
            | Self::Magic
            | Self::Wire(_)
            | Self::NoNamespace
            | Self::TypeMismatch
            | Self::ClientData => Code::Malformed,
        }
    }
}

/// Whether a file looks like an armoured SSHSIG, by its first bytes.
pub fn is_sshsig(text: &[u8]) -> bool {
    text.starts_with(b"-----BEGIN SSH SIGNATURE-----")
}

/// Reads an armoured signature.
///
/// # Errors
/// [`SshsigError`], the first reason found.
pub fn parse(text: &[u8]) -> Result<SshSignature, SshsigError> {
    if !u64::try_from(text.len()).is_ok_and(|length| length <= limits::SIGNATURE_BYTES) {
        return Err(SshsigError::TooLong);
    }
    parse_blob(&ssh_armour::open(text)?)
}

fn parse_blob(blob: &[u8]) -> Result<SshSignature, SshsigError> {
    let mut reader = Reader::new(blob);
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(SshsigError::Magic);
    }
    let version = reader.u32()?;
    if version != VERSION {
        return Err(SshsigError::Version { version });
    }
    let (key, namespace) = (reader.string()?, reader.text()?);
    let (reserved, hash, proof) = (reader.string()?, reader.string()?, reader.string()?);
    reader.done()?;
    if !reserved.is_empty() {
        return Err(SshsigError::Reserved);
    }
    SshSignature::from_signature_blob(parse_openssh_blob(key)?, namespace, hash_named(hash)?, proof)
}

fn hash_named(name: &[u8]) -> Result<Algorithm, SshsigError> {
    match name {
        b"sha256" => Ok(Algorithm::Sha256),
        b"sha512" => Ok(Algorithm::Sha512),
        other => Err(SshsigError::Hash { name: excerpt(other) }),
    }
}

/// The bytes that are signed for a file whose digest is `digest`, whose algorithm is the hash.
pub fn signed_bytes(namespace: &str, digest: &Digest) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    put_string(&mut bytes, namespace.as_bytes());
    put_string(&mut bytes, b"");
    put_string(&mut bytes, digest.algorithm().name().as_bytes());
    put_string(&mut bytes, digest.as_bytes());
    bytes
}

impl SshSignature {
    /// Puts a raw Ed25519 signature over [`signed_bytes`] into the format. It is not checked.
    ///
    /// # Errors
    /// [`SshsigError`] for a key that is not plain Ed25519, an empty namespace, or another hash
    /// than SHA-256 and SHA-512.
    pub fn new(
        key: PublicKey,
        namespace: &str,
        hash: Algorithm,
        signature: [u8; 64],
    ) -> Result<Self, SshsigError> {
        let blob = match key.ed25519() {
            Some(_) => Proof::Ed25519(signature).write(&key),
            None => return Err(SshsigError::TypeMismatch),
        };
        Self::from_signature_blob(key, namespace, hash, &blob)
    }

    /// Puts a signature blob over [`signed_bytes`], as an ssh-agent returns it (`string` type and
    /// the rest, FIDO flags and counter included), into the format. It is not checked.
    ///
    /// # Errors
    /// [`SshsigError`] for a blob that is not of the key's type, an empty namespace, or another
    /// hash than SHA-256 and SHA-512.
    pub fn from_signature_blob(
        key: PublicKey,
        namespace: &str,
        hash: Algorithm,
        blob: &[u8],
    ) -> Result<Self, SshsigError> {
        if namespace.is_empty() {
            return Err(SshsigError::NoNamespace);
        }
        if namespace.contains('\0') {
            return Err(SshsigError::Wire(WireError::Text));
        }
        let hash = hash_named(hash.name().as_bytes())?;
        let proof = Proof::read(&key, blob)?;
        Ok(Self { key, namespace: namespace.to_owned(), hash, proof })
    }

    /// The armoured signature, lines of 70 characters.
    pub fn print(&self) -> String {
        let mut blob = MAGIC.to_vec();
        blob.extend_from_slice(&VERSION.to_be_bytes());
        put_string(&mut blob, &openssh_blob(&self.key));
        put_string(&mut blob, self.namespace.as_bytes());
        put_string(&mut blob, b"");
        put_string(&mut blob, self.hash.name().as_bytes());
        put_string(&mut blob, &self.proof.write(&self.key));
        ssh_armour::close(&blob)
    }

    /// Checks the signature, under its own key and in its own namespace, over a file whose
    /// digest under [`SshSignature::hash`] is `digest`.
    ///
    /// # Errors
    /// [`BadSignature`] when it does not verify, or for a digest of another algorithm.
    pub fn verify(&self, digest: &Digest) -> Result<(), BadSignature> {
        if digest.algorithm() != self.hash {
            return Err(BadSignature);
        }
        self.proof.verify(&self.key, &signed_bytes(&self.namespace, digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest;
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use ed25519_dalek::Signer as _;
    use proptest::prelude::*;

    const TYPE_25519: &[u8] = b"ssh-ed25519";
    const ORIGIN: &str = "https://example.org";

    fn ed25519() -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&[7; 32])
    }

    fn p256() -> p256::ecdsa::SigningKey {
        p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()
    }

    fn file_digest() -> Digest {
        digest::of(Algorithm::Sha512, b"text")
    }

    fn strings(parts: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in parts {
            put_string(&mut bytes, part);
        }
        bytes
    }

    fn scalars(message: &[u8]) -> Vec<u8> {
        let signature: p256::ecdsa::Signature = p256().sign(message);
        let mut blob = Vec::new();
        let (r, s) = signature.split_bytes();
        crate::key::wire::put_number(&mut blob, &r.into());
        crate::key::wire::put_number(&mut blob, &s.into());
        blob
    }

    fn device_message(flags: u8, message: &[u8]) -> Vec<u8> {
        let (application, message) = (digest::sha256(b"ssh:"), digest::sha256(message));
        [&application[..], &[flags, 0, 0, 0, 9], &message].concat()
    }

    fn with_device(blob: Vec<u8>, flags: u8) -> Vec<u8> {
        [&blob[..], &[flags, 0, 0, 0, 9]].concat()
    }

    fn plain() -> PublicKey {
        PublicKey::Ed25519(ed25519().verifying_key())
    }

    fn sk_p256() -> PublicKey {
        PublicKey::SkP256 { key: *p256().verifying_key(), application: "ssh:".into() }
    }

    fn client_data(message: &[u8], end: &str) -> String {
        let challenge = Base64UrlUnpadded::encode_string(message);
        format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{ORIGIN}"{end}"#)
    }

    fn webauthn(flags: u8, origin: &str, client_data: &str, extensions: &[u8]) -> Vec<u8> {
        let signed = scalars(&device_message(flags, client_data.as_bytes()));
        let blob =
            with_device(strings(&[b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com", &signed]), flags);
        [blob, strings(&[origin.as_bytes(), client_data.as_bytes(), extensions])].concat()
    }

    /// A key and a good signature blob of each type over `message`.
    fn samples(message: &[u8]) -> Vec<(PublicKey, Vec<u8>)> {
        let sk_ed25519 =
            PublicKey::SkEd25519 { key: ed25519().verifying_key(), application: "ssh:".into() };
        let device = device_message(1, message);
        let by_ed25519 = |message: &[u8]| ed25519().sign(message).to_bytes();
        let sk_blob = strings(&[sk_ed25519.kind().as_bytes(), &by_ed25519(&device)]);
        let sk_p256_blob = strings(&[sk_p256().kind().as_bytes(), &scalars(&device)]);
        vec![
            (plain(), strings(&[TYPE_25519, &by_ed25519(message)])),
            (
                PublicKey::P256(*p256().verifying_key()),
                strings(&[b"ecdsa-sha2-nistp256", &scalars(message)]),
            ),
            (sk_ed25519, with_device(sk_blob, 1)),
            (sk_p256(), with_device(sk_p256_blob, 1)),
            (sk_p256(), webauthn(1, ORIGIN, &client_data(message, "}"), b"")),
        ]
    }

    fn read(key: PublicKey, blob: &[u8]) -> Result<SshSignature, SshsigError> {
        SshSignature::from_signature_blob(key, "file", Algorithm::Sha512, blob)
    }

    #[test]
    fn every_type_verifies_and_only_its_own_message() {
        let digest = file_digest();
        for (key, blob) in samples(&signed_bytes("file", &digest)) {
            let good = read(key.clone(), &blob).unwrap();
            assert_eq!(parse(good.print().as_bytes()), Ok(good.clone()));
            assert_eq!(good.verify(&digest), Ok(()), "{key}");
            let elsewhere = SshSignature { namespace: "git".into(), ..good.clone() };
            assert_eq!(elsewhere.verify(&digest), Err(BadSignature));
            assert_eq!(good.verify(&digest::of(Algorithm::Sha512, b"test")), Err(BadSignature));
            assert_eq!(good.verify(&digest::of(Algorithm::Sha256, b"text")), Err(BadSignature));
        }
    }

    #[test]
    fn no_signature_passes_as_one_of_another_type() {
        let samples = samples(&signed_bytes("file", &file_digest()));
        for (key, _) in &samples {
            for (other, blob) in &samples {
                if key.kind() != other.kind() {
                    assert_eq!(read(key.clone(), blob), Err(SshsigError::TypeMismatch));
                }
            }
        }
        for (key, blob) in samples {
            for length in 0..blob.len() {
                assert!(read(key.clone(), blob.get(..length).unwrap()).is_err());
            }
            let longer = [&blob[..], &[0]].concat();
            assert_eq!(read(key, &longer), Err(SshsigError::Wire(WireError::Trailing)));
        }
    }

    #[test]
    fn the_hash_named_is_the_hash_checked() {
        let digest = digest::of(Algorithm::Sha256, b"text");
        let signature = ed25519().sign(&signed_bytes("file", &digest)).to_bytes();
        let named = |hash| SshSignature::new(plain(), "file", hash, signature).unwrap();
        assert_eq!(named(Algorithm::Sha256).verify(&digest), Ok(()));
        assert_eq!(named(Algorithm::Sha512).verify(&digest), Err(BadSignature));
    }

    #[test]
    fn a_malleated_ed25519_signature_fails() {
        /// The order of the group, little-endian (RFC 8032 section 5.1).
        const L: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let digest = file_digest();
        let mut signature = ed25519().sign(&signed_bytes("file", &digest)).to_bytes();
        let whole = signature;
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(L) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        for high in [0x20, 0x40, 0x80] {
            let mut bits = whole;
            bits[63] |= high;
            let bad = SshSignature::new(plain(), "file", Algorithm::Sha512, bits).unwrap();
            assert_eq!(bad.verify(&digest), Err(BadSignature));
        }
        let bad = SshSignature::new(plain(), "file", Algorithm::Sha512, signature).unwrap();
        assert_eq!(bad.verify(&digest), Err(BadSignature));
        let good = SshSignature::new(plain(), "file", Algorithm::Sha512, whole).unwrap();
        assert_eq!(good.verify(&digest), Ok(()));
    }

    #[test]
    fn scalars_out_of_range_fail() {
        let key = PublicKey::P256(*p256().verifying_key());
        let over = [&[0][..], &[0xff; 32]].concat();
        for numbers in [[&[][..], &[]], [&[1], &[]], [&[], &[1]], [&over, &[1]], [&[1], &over]] {
            let blob = strings(&[b"ecdsa-sha2-nistp256", &strings(&numbers)]);
            let bad = read(key.clone(), &blob).unwrap();
            assert_eq!(bad.verify(&file_digest()), Err(BadSignature));
        }
        for numbers in [[&[0][..], &[1]], [&[0x80], &[1]], [&[0, 1], &[1]], [&[1; 33], &[1]]] {
            let blob = strings(&[b"ecdsa-sha2-nistp256", &strings(&numbers)]);
            assert_eq!(read(key.clone(), &blob), Err(SshsigError::Wire(WireError::Number)));
        }
    }

    #[test]
    fn a_device_must_have_been_touched() {
        let message = signed_bytes("file", &file_digest());
        let sk = samples(&message).swap_remove(3).0;
        let signed = scalars(&device_message(4, &message));
        let blob = with_device(strings(&[sk.kind().as_bytes(), &signed]), 4);
        assert_eq!(read(sk, &blob), Err(SshsigError::NotPresent));
        assert_eq!(SshsigError::NotPresent.code(), Code::BadSignature);
    }

    #[test]
    fn webauthn_text_must_be_about_this_message() {
        let digest = file_digest();
        let message = signed_bytes("file", &digest);
        let checked = |flags, origin: &str, text: &str, extensions: &[u8]| {
            read(sk_p256(), &webauthn(flags, origin, text, extensions))
                .map(|signature| signature.verify(&digest))
        };
        let good = client_data(&message, r#","crossOrigin":false}"#);
        let other = client_data(b"other", "}");
        let create = good.replace("webauthn.get", "webauthn.create");
        let spaced = good.replace(r#""challenge":"#, r#""challenge": "#);
        let padded = good.replace(r#"","origin""#, r#"=","origin""#);
        assert_eq!(checked(5, ORIGIN, &good, b""), Ok(Ok(())));
        let loose = client_data(&message, " }");
        for text in [&other, &create, &spaced, &padded, &loose] {
            assert_eq!(checked(1, ORIGIN, text, b""), Ok(Err(BadSignature)), "{text}");
        }
        assert_eq!(checked(1, "https://example.or", &good, b""), Ok(Err(BadSignature)));
        let twice = client_data(&message, r#","origin":"https://example.com"}"#);
        for text in [&twice, "", "[]", &format!("{good} x")] {
            assert_eq!(checked(1, ORIGIN, text, b""), Err(SshsigError::ClientData), "{text}");
        }
        for (flags, origin) in [(0x41, ORIGIN), (0x81, ORIGIN), (1, "\""), (1, "\\"), (1, "\n")] {
            assert_eq!(checked(flags, origin, &good, b""), Err(SshsigError::ClientData));
        }
        assert_eq!(checked(0x81, ORIGIN, &good, &[0xa0]), Err(SshsigError::Extensions));
        assert_eq!(checked(0, ORIGIN, &good, b""), Err(SshsigError::NotPresent));
    }

    #[test]
    fn the_frame_is_strict() {
        let message = signed_bytes("file", &file_digest());
        let (key, proof) = samples(&message).swap_remove(0);
        let key = openssh_blob(&key);
        let blob = |magic: &[u8], version: u32, parts: [&[u8]; 5], end: &[u8]| {
            let begin = [magic, &version.to_be_bytes()].concat();
            ssh_armour::close(&[begin, strings(&parts), end.to_vec()].concat())
        };
        let good: [&[u8]; 5] = [&key, b"file", b"", b"sha512", &proof];
        let with = |index: usize, value: &'static [u8]| {
            let mut parts = good;
            parts[index] = value;
            parts
        };
        let rsa = b"\0\0\0\x07ssh-rsa";
        let kind = |kind: &str| KeyError::Unsupported { kind: kind.into() };
        let table = [
            (blob(b"SSHSIg", 1, good, b""), SshsigError::Magic),
            (blob(b"SSHSIG", 0, good, b""), SshsigError::Version { version: 0 }),
            (blob(b"SSHSIG", 2, good, b""), SshsigError::Version { version: 2 }),
            (blob(b"SSHSIG", 1, good, b"\0"), SshsigError::Wire(WireError::Trailing)),
            (blob(b"SSHSIG", 1, with(1, b""), b""), SshsigError::NoNamespace),
            (blob(b"SSHSIG", 1, with(1, b"a\0"), b""), SshsigError::Wire(WireError::Text)),
            (blob(b"SSHSIG", 1, with(1, b"\xff"), b""), SshsigError::Wire(WireError::Text)),
            (blob(b"SSHSIG", 1, with(2, b"x"), b""), SshsigError::Reserved),
            (blob(b"SSHSIG", 1, with(3, b"sha1"), b""), SshsigError::Hash { name: "sha1".into() }),
            (blob(b"SSHSIG", 1, with(3, b"\x1b"), b""), SshsigError::Hash { name: "\\x1b".into() }),
            (blob(b"SSHSIG", 1, with(4, b""), b""), SshsigError::Wire(WireError::Truncated)),
            (blob(b"SSHSIG", 1, with(0, rsa), b""), SshsigError::Key(kind("ssh-rsa"))),
            (blob(b"", 1, good, b""), SshsigError::Magic),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text.as_bytes()), Err(expected));
        }
        assert!(parse(blob(b"SSHSIG", 1, good, b"").as_bytes()).is_ok());
        assert_eq!(parse(&vec![b'-'; 70_000]), Err(SshsigError::TooLong));
    }

    #[test]
    fn only_plain_ed25519_and_two_hashes_are_written() {
        let new = |key, namespace, hash| SshSignature::new(key, namespace, hash, [0; 64]);
        assert_eq!(new(sk_p256(), "file", Algorithm::Sha512), Err(SshsigError::TypeMismatch));
        assert_eq!(new(plain(), "", Algorithm::Sha512), Err(SshsigError::NoNamespace));
        let weak = SshsigError::Hash { name: "md5".into() };
        assert_eq!(new(plain(), "file", Algorithm::Md5), Err(weak));
        assert!(new(plain(), "file", Algorithm::Sha256).is_ok());
    }

    proptest! {
        #[test]
        fn parse_and_print_are_inverse(
            namespace in "[^\0]{1,20}",
            long: bool,
            signature in prop::array::uniform32(any::<u8>()),
            seed: [u8; 32],
        ) {
            let key = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
            let hash = if long { Algorithm::Sha512 } else { Algorithm::Sha256 };
            let signature = [signature, signature].concat().try_into().unwrap();
            let value =
                SshSignature::new(PublicKey::Ed25519(key), &namespace, hash, signature).unwrap();
            prop_assert_eq!(parse(value.print().as_bytes()), Ok(value));
        }

        #[test]
        fn one_changed_byte_never_verifies(index in 0_usize..1000, change in 1_u8..) {
            let digest = file_digest();
            for (key, blob) in samples(&signed_bytes("file", &digest)) {
                let mut blob = blob;
                let index = index % blob.len();
                blob[index] ^= change;
                if let Ok(signature) = read(key, &blob) {
                    prop_assert_eq!(signature.verify(&digest), Err(BadSignature));
                }
            }
        }
    }
}
