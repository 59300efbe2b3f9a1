//! PKCS#8 private keys in PEM (RFC 5958, RFC 8410), plain or under a password (PBES2,
//! RFC 8018).
//!
//! Written is version 1, which holds no public key: OpenSSL 3.0 and others do not read
//! version 2. Read are both, with any AES of PBES2 and PBKDF2 with SHA-2, or scrypt.

use super::pem::{self, Block};
use super::{KeyError, cost, spki};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Encode as _, ErrorKind, Reader as _};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{Kdf, PBES2_OID, Parameters};
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use zeroize::Zeroizing;

/// The PEM label of a plain private key.
pub(super) const PLAIN: &str = "PRIVATE KEY";
/// The PEM label of an encrypted one.
pub(super) const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// Iterations of PBKDF2 that we write.
const ITERATIONS: u32 = 600_000;
/// DER before the 32 bytes of the seed in version 1 (RFC 8410 section 7).
const PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// DER before the 32 bytes inside the inner octet string.
const SEED_PREFIX: [u8; 2] = [0x04, 0x20];
const ID_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A seed, and the public half that stood beside it, still to be compared.
pub(super) struct Stored {
    pub(super) seed: Zeroizing<[u8; 32]>,
    pub(super) public: Option<[u8; 32]>,
}

/// The random bytes of an encrypted private key; new ones for every file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PemSalt {
    /// Salt of PBKDF2.
    pub salt: [u8; 16],
    /// Initial vector of AES-256-CBC.
    pub iv: [u8; 16],
}

/// The PEM text of a private key, with a line feed at its end: plain when `password` is
/// `None`, else PBES2 with PBKDF2-SHA256 (600,000 iterations) and AES-256-CBC, for which
/// `salt` must be fresh random bytes.
///
/// # Errors
/// [`KeyError::EmptyPassword`]; nothing else can fail with these parameters.
pub fn write_private_pem(
    seed: &[u8; 32],
    password: Option<&[u8]>,
    salt: &PemSalt,
) -> Result<Zeroizing<String>, KeyError> {
    let plain = Zeroizing::new([&PREFIX[..], seed].concat());
    match password {
        None => pem::encode(PLAIN, &plain),
        Some([]) => Err(KeyError::EmptyPassword),
        Some(password) => pem::encode(ENCRYPTED, &encrypt(&plain, password, salt)?),
    }
}

fn encrypt(plain: &[u8], password: &[u8], salt: &PemSalt) -> Result<Vec<u8>, KeyError> {
    let failed = KeyError::malformed("the private key could not be encrypted");
    let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &salt.salt, salt.iv)
        .map_err(|_| failed.clone())?;
    let data = parameters.encrypt(password, plain).map_err(|_| failed.clone())?;
    let data = OctetStringRef::new(&data).map_err(|_| failed.clone())?;
    let scheme = EncryptionScheme::Pbes2(parameters);
    EncryptedPrivateKeyInfoRef { encryption_algorithm: scheme, encrypted_data: data }
        .to_der()
        .map_err(|_| failed)
}

/// Reads a block of PEM that holds a private key.
pub(super) fn read(block: &Block<'_>, password: Option<&[u8]>) -> Result<Stored, KeyError> {
    match block.label {
        PLAIN => read_plain(&block.bytes),
        ENCRYPTED => read_encrypted(&block.bytes, password),
        spki::LABEL => Err(KeyError::Public),
        other => Err(KeyError::unsupported(format!("PEM of {other}").as_bytes())),
    }
}

fn read_plain(der: &[u8]) -> Result<Stored, KeyError> {
    let broken = KeyError::malformed("not a PKCS#8 private key");
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| broken.clone())?;
    if info.algorithm.oid != ID_ED25519 {
        return Err(spki::unsupported(info.algorithm.oid));
    }
    if info.algorithm.parameters.is_some() {
        return Err(broken);
    }
    let inner = info.private_key.as_bytes().strip_prefix(&SEED_PREFIX).ok_or(broken.clone())?;
    let seed = Zeroizing::new(inner.try_into().map_err(|_| broken.clone())?);
    let public = match info.public_key.map(|bits| bits.as_bytes()) {
        None => None,
        Some(bytes) => Some(bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(broken)?),
    };
    Ok(Stored { seed, public })
}

fn read_encrypted(der: &[u8], password: Option<&[u8]>) -> Result<Stored, KeyError> {
    let info = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|error| unread(der, &error))?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(KeyError::unsupported(b"encryption by PBES1"));
    };
    affordable(&parameters.kdf)?;
    let password = password.ok_or(KeyError::PasswordNeeded)?;
    let mut buffer = Zeroizing::new(info.encrypted_data.as_bytes().to_vec());
    let plain =
        parameters.decrypt_in_place(password, &mut buffer).map_err(|error| undecrypted(&error))?;
    // A wrong password passes the padding once in 256 times and leaves noise.
    if PrivateKeyInfoRef::from_der(plain).is_err() {
        return Err(KeyError::WrongPassword);
    }
    read_plain(plain)
}

/// Refuses work beyond the stated bounds before any of it is done.
fn affordable(kdf: &Kdf) -> Result<(), KeyError> {
    if let Some(pbkdf2) = kdf.pbkdf2() {
        if pbkdf2.iteration_count == 0 {
            return Err(KeyError::malformed("no iterations of PBKDF2"));
        }
        let count = u64::from(pbkdf2.iteration_count);
        return cost::at_most("the number of PBKDF2 iterations", count, cost::PBKDF2_ITERATIONS);
    }
    let scrypt = kdf.scrypt().ok_or(KeyError::unsupported(b"a key derivation of PKCS#8"))?;
    let (r, p) = (u64::from(scrypt.block_size), u64::from(scrypt.parallelization));
    cost::scrypt(scrypt.cost_parameter, r, p, cost::PKCS8_SCRYPT_BYTES)
}

/// Whether DER did not parse because it names something unknown, inside PBES2 or instead of it.
fn unread(der: &[u8], error: &der::Error) -> KeyError {
    let inside = if let ErrorKind::OidUnknown { oid } = error.kind() { Some(oid) } else { None };
    match inside.or_else(|| scheme(der).filter(|oid| *oid != PBES2_OID)) {
        Some(oid) => KeyError::unsupported(format!("encryption by {oid}").as_bytes()),
        None => KeyError::malformed("not an encrypted PKCS#8 private key"),
    }
}

/// The encryption scheme that an EncryptedPrivateKeyInfo names (RFC 5958 section 3).
fn scheme(der: &[u8]) -> Option<ObjectIdentifier> {
    let outer = AnyRef::from_der(der).ok()?;
    let read = outer.sequence(|reader| {
        let algorithm: AlgorithmIdentifierRef<'_> = reader.decode()?;
        let _data: &OctetStringRef = reader.decode()?;
        Ok::<_, der::Error>(algorithm.oid)
    });
    read.ok()
}

fn undecrypted(error: &pkcs8::pkcs5::Error) -> KeyError {
    use pkcs8::pkcs5::Error;
    if let Error::UnsupportedAlgorithm { oid } = error {
        return KeyError::unsupported(format!("encryption by {oid}").as_bytes());
    }
    if let Error::AlgorithmParametersInvalid { .. } = error {
        return KeyError::malformed("impossible parameters of PBES2");
    }
    KeyError::WrongPassword
}

#[cfg(test)]
mod tests {
    use super::super::pem::Fold;
    use super::super::samples;
    use super::*;
    use crate::codec::hex;
    use crate::finding::{Code, Coded};
    use pkcs8::pkcs5::pbes2::{EncryptionScheme as Aes, Pbkdf2Params, Pbkdf2Prf, ScryptParams};

    const SALT: PemSalt = PemSalt { salt: [1; 16], iv: [2; 16] };

    fn open(text: &str, password: Option<&[u8]>) -> Result<Stored, KeyError> {
        read(&pem::decode(text.as_bytes(), Fold::Standard)?, password)
    }

    fn error(text: &str, password: Option<&[u8]>) -> KeyError {
        open(text, password).err().unwrap()
    }

    fn pem_of(parameters: Parameters, plain: &[u8]) -> String {
        let data = parameters.encrypt(b"pw", plain).unwrap_or_else(|_| vec![0; 64]);
        let data = OctetStringRef::new(&data).unwrap();
        let scheme = EncryptionScheme::Pbes2(parameters);
        let der = EncryptedPrivateKeyInfoRef { encryption_algorithm: scheme, encrypted_data: data }
            .to_der();
        pem::encode(ENCRYPTED, &der.unwrap()).unwrap().to_string()
    }

    fn plain() -> Vec<u8> {
        [&PREFIX[..], &samples::seed()].concat()
    }

    fn pbkdf2(iterations: u32, prf: Pbkdf2Prf) -> Parameters {
        let mut kdf = Pbkdf2Params::hmac_sha256(1, &[3; 16]).unwrap();
        kdf.iteration_count = iterations;
        kdf.prf = prf;
        Parameters { kdf: kdf.into(), encryption: Aes::Aes256Cbc { iv: [4; 16] } }
    }

    fn scrypt(n: u64, r: u16, p: u16) -> Parameters {
        let salt = [5; 16][..].try_into().unwrap();
        let kdf = ScryptParams {
            salt,
            cost_parameter: n,
            block_size: r,
            parallelization: p,
            key_length: None,
        };
        Parameters { kdf: kdf.into(), encryption: Aes::Aes128Cbc { iv: [4; 16] } }
    }

    #[test]
    fn plain_keys_are_version_1_and_read_back() {
        let text = write_private_pem(&samples::seed(), None, &SALT).unwrap();
        assert_eq!(text.len(), 119);
        let stored = open(&text, None).unwrap();
        assert_eq!((*stored.seed, stored.public), (samples::seed(), None));
    }

    #[test]
    fn encrypted_keys_are_read_back_with_their_password_only() {
        let text = write_private_pem(&samples::seed(), Some(b"secret"), &SALT).unwrap();
        assert_eq!(*open(&text, Some(b"secret")).unwrap().seed, samples::seed());
        assert_eq!(error(&text, Some(b"other")), KeyError::WrongPassword);
        assert_eq!(error(&text, Some(b"")), KeyError::WrongPassword);
        assert_eq!(error(&text, None), KeyError::PasswordNeeded);
        let none = write_private_pem(&samples::seed(), Some(b""), &SALT).err();
        assert_eq!(none, Some(KeyError::EmptyPassword));
    }

    #[test]
    fn other_schemes_of_pbes2() {
        for prf in [Pbkdf2Prf::HmacWithSha256, Pbkdf2Prf::HmacWithSha512] {
            let text = pem_of(pbkdf2(2, prf), &plain());
            assert_eq!(*open(&text, Some(b"pw")).unwrap().seed, samples::seed());
        }
        let text = pem_of(scrypt(1 << 4, 8, 1), &plain());
        assert_eq!(*open(&text, Some(b"pw")).unwrap().seed, samples::seed());
    }

    #[test]
    fn costs_are_bounded_before_they_are_paid() {
        let sha256 = Pbkdf2Prf::HmacWithSha256;
        let garbage = |parameters: Parameters| {
            let data = OctetStringRef::new(&[0; 64]).unwrap();
            let scheme = EncryptionScheme::Pbes2(parameters);
            let info =
                EncryptedPrivateKeyInfoRef { encryption_algorithm: scheme, encrypted_data: data };
            pem::encode(ENCRYPTED, &info.to_der().unwrap()).unwrap()
        };
        let table = [
            (garbage(pbkdf2(10_000_001, sha256)), Code::Limit),
            (garbage(pbkdf2(0, sha256)), Code::Malformed),
            (garbage(pbkdf2(1, Pbkdf2Prf::HmacWithSha1)), Code::Unsupported),
            (garbage(scrypt(1 << 21, 8, 1)), Code::Limit),
            (garbage(scrypt(1 << 14, 8, u16::MAX)), Code::Limit),
            (garbage(scrypt(1 << 63, u16::MAX, u16::MAX)), Code::Limit),
            (garbage(scrypt(0, 8, 1)), Code::Malformed),
            (garbage(scrypt(3, 8, 1)), Code::Malformed),
            (garbage(scrypt(16, 0, 1)), Code::Malformed),
        ];
        for (text, expected) in table {
            assert_eq!(error(&text, Some(b"pw")).code(), expected, "{}", *text);
        }
    }

    fn version_2(seed: &[u8], public: &[u8]) -> Vec<u8> {
        let bits = [&[0x81, u8::try_from(public.len() + 1).unwrap(), 0][..], public].concat();
        let inner =
            [&hex::decode(b"020101300506032b657004220420").unwrap()[..], seed, &bits].concat();
        [&[0x30, u8::try_from(inner.len()).unwrap()], &inner[..]].concat()
    }

    #[test]
    fn version_2_gives_the_public_half_too() {
        let text =
            pem::encode(PLAIN, &version_2(&samples::seed(), &samples::ED25519_BYTES)).unwrap();
        let stored = open(&text, None).unwrap();
        assert_eq!((*stored.seed, stored.public), (samples::seed(), Some(samples::ED25519_BYTES)));
    }

    #[test]
    fn refusals_have_their_codes() {
        let rsa = b"3014020100300d06092a864886f70d01010105000400";
        let pbes1 = b"302a301c060a2a864886f70d010c0103300e0408010203040506070802020800040a00000000000000000000";
        let x25519 = b"302e020100300506032b656e042204200000000000000000000000000000000000000000000000000000000000000000";
        let table = [
            (PLAIN, hex::decode(rsa).unwrap(), Code::Unsupported),
            (PLAIN, hex::decode(x25519).unwrap(), Code::Unsupported),
            (PLAIN, [plain(), vec![0]].concat(), Code::Malformed),
            (PLAIN, plain()[..47].to_vec(), Code::Malformed),
            (PLAIN, version_2(&samples::seed(), &[1; 31]), Code::Malformed),
            (PLAIN, Vec::new(), Code::Malformed),
            (ENCRYPTED, plain(), Code::Malformed),
            (ENCRYPTED, hex::decode(pbes1).unwrap(), Code::Unsupported),
            ("RSA PRIVATE KEY", plain(), Code::Unsupported),
            ("PUBLIC KEY", plain(), Code::Malformed),
        ];
        for (label, der, expected) in table {
            let text = pem::encode(label, &der).unwrap();
            assert_eq!(error(&text, Some(b"pw")).code(), expected, "{}", *text);
        }
    }
}
