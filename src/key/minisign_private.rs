//! minisign secret keys: an untrusted comment, then the base64 of 158 bytes: algorithm,
//! key derivation, checksum algorithm (two bytes each), salt[32], opslimit and memlimit (eight
//! bytes little-endian each), and, xored with scrypt's output, id[8], seed[32], public
//! half[32], checksum[32].
//!
//! signify's secret keys are another format and not read.

use super::minisign::{ED, two_lines};
use super::{KeyError, cost};
use base64ct::{Base64, Encoding as _};
use blake2::Digest as _;
use zeroize::Zeroizing;

/// Length of the whole in bytes.
const LENGTH: usize = 158;
/// Length of the part that is encrypted.
const SECRET_LENGTH: usize = 104;
const SCRYPT: [u8; 2] = *b"Sc";
const NO_KDF: [u8; 2] = [0, 0];
const BLAKE2B: [u8; 2] = *b"B2";
/// scrypt's block size in libsodium.
const R: u64 = 8;

type Blake2b256 = blake2::Blake2b<blake2::digest::consts::U32>;

/// What the file holds.
pub(super) struct Opened {
    pub(super) id: [u8; 8],
    pub(super) seed: Zeroizing<[u8; 32]>,
    /// The stored public half, still to be compared.
    pub(super) public: [u8; 32],
}

/// The fields before the secret part.
struct Header {
    encrypted: bool,
    salt: [u8; 32],
    opslimit: u64,
    memlimit: u64,
}

/// Whether the file wants a password; `false` for one that does not parse.
pub(super) fn is_encrypted(text: &[u8]) -> bool {
    decode(text)
        .and_then(|bytes| split(&bytes).map(|(header, _)| header.encrypted))
        .unwrap_or(false)
}

/// Reads the whole text.
pub(super) fn read(text: &[u8], password: Option<&[u8]>) -> Result<Opened, KeyError> {
    let bytes = decode(text)?;
    let (header, secret) = split(&bytes)?;
    let mut secret = Zeroizing::new(*secret);
    if header.encrypted {
        decrypt(&header, &mut secret, password)?;
    }
    let (id, rest) = secret.split_first_chunk::<8>().ok_or_else(broken)?;
    let (pair, checksum) = rest.split_first_chunk::<64>().ok_or_else(broken)?;
    check(&header, *id, pair, checksum)?;
    let (seed, public) = pair.split_first_chunk::<32>().ok_or_else(broken)?;
    Ok(Opened {
        id: *id,
        seed: Zeroizing::new(*seed),
        public: public.try_into().map_err(|_| broken())?,
    })
}

fn broken() -> KeyError {
    KeyError::malformed("not a minisign secret key")
}

fn decode(text: &[u8]) -> Result<Zeroizing<[u8; LENGTH]>, KeyError> {
    let (_, line) = two_lines(text)?;
    let mut bytes = Zeroizing::new([0; LENGTH]);
    let decoded = Base64::decode(line, bytes.as_mut()).map_err(|_| broken())?;
    if decoded.len() != LENGTH {
        return Err(broken());
    }
    Ok(bytes)
}

fn split(bytes: &[u8; LENGTH]) -> Result<(Header, &[u8; SECRET_LENGTH]), KeyError> {
    let (algorithm, rest) = bytes.split_first_chunk::<2>().ok_or_else(broken)?;
    let (kdf, rest) = rest.split_first_chunk::<2>().ok_or_else(broken)?;
    let (checksum, rest) = rest.split_first_chunk::<2>().ok_or_else(broken)?;
    let (salt, rest) = rest.split_first_chunk().ok_or_else(broken)?;
    let (opslimit, rest) = rest.split_first_chunk().ok_or_else(broken)?;
    let (memlimit, rest) = rest.split_first_chunk().ok_or_else(broken)?;
    if *algorithm != ED || *checksum != BLAKE2B {
        return Err(KeyError::unsupported(b"this algorithm of minisign"));
    }
    let header = Header {
        encrypted: is_scrypt(*kdf)?,
        salt: *salt,
        opslimit: u64::from_le_bytes(*opslimit),
        memlimit: u64::from_le_bytes(*memlimit),
    };
    Ok((header, rest.try_into().map_err(|_| broken())?))
}

fn is_scrypt(kdf: [u8; 2]) -> Result<bool, KeyError> {
    if kdf == NO_KDF {
        Ok(false)
    } else if kdf == SCRYPT {
        Ok(true)
    } else {
        Err(KeyError::unsupported(b"this key derivation of minisign"))
    }
}

fn decrypt(
    header: &Header,
    secret: &mut [u8; SECRET_LENGTH],
    password: Option<&[u8]>,
) -> Result<(), KeyError> {
    let (log_n, p) = scrypt_parameters(header.opslimit, header.memlimit)?;
    let password = password.ok_or(KeyError::PasswordNeeded)?;
    let impossible = || KeyError::malformed("impossible parameters of scrypt");
    let parameters = scrypt::Params::new(log_n, 8, p).map_err(|_| impossible())?;
    let mut stream = Zeroizing::new([0; SECRET_LENGTH]);
    scrypt::scrypt(password, &header.salt, &parameters, stream.as_mut())
        .map_err(|_| impossible())?;
    for (byte, mask) in secret.iter_mut().zip(stream.iter()) {
        *byte ^= mask;
    }
    Ok(())
}

/// How libsodium's `crypto_pwhash_scryptsalsa208sha256` gets scrypt's `log2 N` and `p` from
/// its two limits: whichever of operations and memory is short decides `N`, which is more than
/// half of what it allows; what is left of the operations goes into `p`.
fn scrypt_parameters(opslimit: u64, memlimit: u64) -> Result<(u8, u32), KeyError> {
    let opslimit = opslimit.max(32_768);
    let short_of_operations = opslimit < memlimit / 32;
    let most = if short_of_operations { opslimit / (4 * R) } else { memlimit / (128 * R) };
    let log_n = (1..63u8).find(|log_n| 1 << log_n > most / 2).unwrap_or(63);
    let n = 1u64 << log_n;
    let p = if short_of_operations {
        1
    } else {
        (opslimit / 4).checked_div(n).unwrap_or(0).min(0x3fff_ffff) / R
    };
    cost::scrypt(n, R, p, cost::MINISIGN_SCRYPT_BYTES)?;
    Ok((log_n, u32::try_from(p).map_err(|_| broken())?))
}

/// Compares the checksum, BLAKE2b-256 over algorithm, id and key pair. minisign 0.11 leaves it
/// zero in keys without a password.
fn check(header: &Header, id: [u8; 8], pair: &[u8; 64], checksum: &[u8]) -> Result<(), KeyError> {
    let found = Blake2b256::new().chain_update(ED).chain_update(id).chain_update(pair).finalize();
    if found[..] == *checksum || (!header.encrypted && checksum.iter().all(|byte| *byte == 0)) {
        Ok(())
    } else if header.encrypted {
        Err(KeyError::WrongPassword)
    } else {
        Err(KeyError::malformed("the checksum of the minisign secret key is wrong"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::finding::{Code, Coded};

    const ID: [u8; 8] = *b"identity";

    fn secret(seed: &[u8; 32], public: &[u8; 32]) -> [u8; SECRET_LENGTH] {
        let pair = [*seed, *public].concat();
        let sum =
            Blake2b256::new().chain_update(ED).chain_update(ID).chain_update(&pair).finalize();
        [&ID[..], &pair, &sum].concat().try_into().unwrap()
    }

    fn text(kdf: [u8; 2], ops: u64, mem: u64, secret: &[u8]) -> String {
        let head =
            [&ED[..], &kdf, &BLAKE2B, &[7; 32], &ops.to_le_bytes(), &mem.to_le_bytes()].concat();
        format!("untrusted comment: x\n{}\n", Base64::encode_string(&[&head[..], secret].concat()))
    }

    fn locked(password: &[u8], ops: u64, mem: u64) -> String {
        let mut secret = secret(&samples::seed(), &samples::ED25519_BYTES);
        let header = Header { encrypted: true, salt: [7; 32], opslimit: ops, memlimit: mem };
        decrypt(&header, &mut secret, Some(password)).unwrap();
        text(SCRYPT, ops, mem, &secret)
    }

    fn error(text: &str, password: Option<&[u8]>) -> KeyError {
        read(text.as_bytes(), password).err().unwrap()
    }

    #[test]
    fn without_a_password() {
        let good = secret(&samples::seed(), &samples::ED25519_BYTES);
        let mut zero = good;
        zero[72..].fill(0);
        for secret in [good, zero] {
            let text = text(NO_KDF, 0, 0, &secret);
            let opened = read(text.as_bytes(), None).ok().unwrap();
            assert_eq!((opened.id, *opened.seed), (ID, samples::seed()));
            assert_eq!(opened.public, samples::ED25519_BYTES);
            assert!(!is_encrypted(text.as_bytes()));
        }
    }

    #[test]
    fn with_a_password() {
        let text = locked(b"secret", 32_768, 1 << 16);
        assert!(is_encrypted(text.as_bytes()));
        assert_eq!(*read(text.as_bytes(), Some(b"secret")).ok().unwrap().seed, samples::seed());
        assert_eq!(error(&text, Some(b"other")), KeyError::WrongPassword);
        assert_eq!(error(&text, None), KeyError::PasswordNeeded);
    }

    #[test]
    fn parameters_as_libsodium_picks_them() {
        // opslimit, memlimit, log2 N, p; the second row is minisign's default, the third
        // libsodium's "interactive".
        let table = [
            (0, 16 << 20, 10, 1),
            (33_554_432, 1 << 30, 20, 1),
            (524_288, 16 << 20, 14, 1),
            (524_288, 1 << 20, 10, 16),
            (32_768, 1 << 16, 6, 16),
            (32_768, 0, 1, 512),
        ];
        for (ops, mem, log_n, p) in table {
            assert_eq!(scrypt_parameters(ops, mem), Ok((log_n, p)), "{ops} {mem}");
        }
    }

    #[test]
    fn refusals_have_their_codes() {
        let good = secret(&samples::seed(), &samples::ED25519_BYTES);
        let mut changed = good;
        changed[0] ^= 1;
        let table = [
            (text(NO_KDF, 0, 0, &changed), Code::Malformed),
            (text(NO_KDF, 0, 0, &good[..103]), Code::Malformed),
            (text(NO_KDF, 0, 0, &[&good[..], &[0]].concat()), Code::Malformed),
            (text(*b"Ar", 0, 0, &good), Code::Unsupported),
            (text(SCRYPT, u64::MAX, u64::MAX, &good), Code::Limit),
            (text(SCRYPT, u64::MAX, 1 << 20, &good), Code::Limit),
            (text(SCRYPT, 1 << 40, 4 << 30, &good), Code::Limit),
            (text(NO_KDF, 0, 0, &good).replace("\nRWQ", "\nRWT"), Code::Unsupported),
            (text(NO_KDF, 0, 0, &good).replace("\nRW", "\nRX"), Code::Unsupported),
            ("untrusted comment: x\n".into(), Code::Malformed),
        ];
        for (number, (text, expected)) in table.iter().enumerate() {
            assert_eq!(error(text, Some(b"secret")).code(), *expected, "row {number}");
        }
    }
}
