//! Which algorithms count, and the raw check of a signature under a certificate's key: RSA
//! PKCS #1 v1.5 (RFC 8017 section 8.2), ECDSA on P-256 and P-384 (RFC 5480), Ed25519 (RFC 8410).

use super::TokenError;
use super::asn1::{AlgorithmId, Fields};
use crate::digest::{self, Algorithm};
use crate::key::{self, PublicKey};
use der::Tag;
use der::asn1::ObjectIdentifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::pkcs8::DecodePublicKey as _;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = oid("1.2.840.10045.2.1");
const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = oid("1.3.132.0.34");
const ED25519: ObjectIdentifier = oid("1.3.101.112");

/// The digest algorithms that a token may name; the weak ones are known to be called weak.
const DIGESTS: [(ObjectIdentifier, Algorithm); 6] = [
    (oid("1.2.840.113549.2.5"), Algorithm::Md5),
    (oid("1.3.14.3.2.26"), Algorithm::Sha1),
    (oid("2.16.840.1.101.3.4.2.4"), Algorithm::Sha224),
    (oid("2.16.840.1.101.3.4.2.1"), Algorithm::Sha256),
    (oid("2.16.840.1.101.3.4.2.2"), Algorithm::Sha384),
    (oid("2.16.840.1.101.3.4.2.3"), Algorithm::Sha512),
];

/// Signature algorithms that name their digest.
const SIGNATURES: [(ObjectIdentifier, Scheme); 9] = [
    (oid("1.2.840.113549.1.1.4"), Scheme::Rsa(Algorithm::Md5)),
    (oid("1.2.840.113549.1.1.5"), Scheme::Rsa(Algorithm::Sha1)),
    (oid("1.2.840.113549.1.1.11"), Scheme::Rsa(Algorithm::Sha256)),
    (oid("1.2.840.113549.1.1.12"), Scheme::Rsa(Algorithm::Sha384)),
    (oid("1.2.840.113549.1.1.13"), Scheme::Rsa(Algorithm::Sha512)),
    (oid("1.2.840.10045.4.1"), Scheme::Ecdsa(Algorithm::Sha1)),
    (oid("1.2.840.10045.4.3.2"), Scheme::Ecdsa(Algorithm::Sha256)),
    (oid("1.2.840.10045.4.3.3"), Scheme::Ecdsa(Algorithm::Sha384)),
    (oid("1.2.840.10045.4.3.4"), Scheme::Ecdsa(Algorithm::Sha512)),
];

/// The longest RSA modulus, in bits: more costs time and buys nothing.
const RSA_MOST: u64 = 8_192;
/// The shortest, in bits.
const RSA_LEAST: u64 = 2_048;
const SPKI: &str = "a certificate whose public key is damaged";

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Rsa(Algorithm),
    Ecdsa(Algorithm),
    Ed25519,
}

/// The digest algorithm of an identifier, weak ones too.
pub(super) fn digest_of(id: AlgorithmId) -> Result<Algorithm, TokenError> {
    let known = DIGESTS.iter().find(|(oid, _)| *oid == id.oid);
    match known {
        Some((_, algorithm)) if id.plain => Ok(*algorithm),
        Some(_) => Err(TokenError::Malformed { what: "a digest algorithm with parameters" }),
        None => Err(unsupported("the digest algorithm", id.oid)),
    }
}

/// Writes the identifier of a digest algorithm, its parameters NULL as OpenSSL writes them.
pub(super) fn digest_id(algorithm: Algorithm) -> Vec<u8> {
    let known = DIGESTS.iter().find(|(_, known)| *known == algorithm);
    let bytes = known.map(|(oid, _)| oid.as_bytes()).unwrap_or_default();
    let oid = super::asn1::element(0x06, &[bytes]);
    super::asn1::element(0x30, &[&oid, &[0x05, 0x00]])
}

/// Refuses what collides, and what no token is expected to use.
pub(super) fn strong(what: &'static str, algorithm: Algorithm) -> Result<(), TokenError> {
    match algorithm {
        Algorithm::Md5 | Algorithm::Sha1 => {
            Err(TokenError::WeakHash { what, algorithm: algorithm.name() })
        }
        Algorithm::Sha224 => Err(TokenError::Unsupported { what: "SHA-224 in a timestamp".into() }),
        Algorithm::Sha256 | Algorithm::Sha384 | Algorithm::Sha512 => Ok(()),
    }
}

fn unsupported(what: &str, oid: ObjectIdentifier) -> TokenError {
    TokenError::Unsupported { what: format!("{what} {oid}") }
}

impl Scheme {
    /// The algorithm with which a certificate is signed.
    pub(super) fn of_certificate(id: AlgorithmId) -> Result<Self, TokenError> {
        if id.oid == RSA_PSS {
            return Err(TokenError::Unsupported { what: "a signature by RSA-PSS".into() });
        }
        let known = SIGNATURES.iter().find(|(oid, _)| *oid == id.oid).map(|(_, scheme)| *scheme);
        let ed25519 = (id.oid == ED25519).then_some(Self::Ed25519);
        match known.or(ed25519) {
            Some(scheme) if id.plain => Ok(scheme),
            Some(_) => Err(TokenError::Malformed { what: "a signature algorithm with parameters" }),
            None => Err(unsupported("the signature algorithm", id.oid)),
        }
    }

    /// The algorithm of a SignerInfo (RFC 5652 section 5.3): a plain RSA key's name leaves the
    /// digest to `digest`, any other must agree with it.
    pub(super) fn of_signer(id: AlgorithmId, digest: Algorithm) -> Result<Self, TokenError> {
        if id.oid == RSA && id.plain {
            return Ok(Self::Rsa(digest));
        }
        let scheme = Self::of_certificate(id)?;
        match scheme {
            Self::Rsa(own) | Self::Ecdsa(own) if own != digest => {
                Err(TokenError::Malformed { what: "a timestamp that names two digest algorithms" })
            }
            Self::Rsa(_) | Self::Ecdsa(_) | Self::Ed25519 => Ok(scheme),
        }
    }

    /// Checks a signature over `message` under the key in a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`TokenError::BadSignature`] when it does not verify or the key is of another kind; what is
    /// weak or unsupported by its name.
    pub(super) fn verify(
        self,
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenError> {
        let mut fields = Fields::of(spki, SPKI)?.open(Tag::Sequence)?;
        let id = fields.algorithm()?;
        let bits = fields.bits()?;
        fields.end()?;
        match self {
            Self::Rsa(digest) if id.oid == RSA => rsa(spki, bits, digest, message, signature),
            Self::Ecdsa(digest) if id.oid == EC => ecdsa(id, bits, digest, message, signature),
            Self::Ed25519 if id.oid == ED25519 => ed25519(spki, message, signature),
            _ if ![RSA, EC, ED25519].contains(&id.oid) => Err(unsupported("a key of", id.oid)),
            Self::Rsa(_) | Self::Ecdsa(_) | Self::Ed25519 => Err(TokenError::BadSignature),
        }
    }
}

/// The number of bits of the modulus in an RSAPublicKey (RFC 8017 appendix A.1.1).
fn modulus_bits(key: &[u8]) -> Result<u64, TokenError> {
    let mut fields = Fields::of(key, SPKI)?.open(Tag::Sequence)?;
    let modulus = fields.unsigned()?;
    let zeros = modulus.first().map_or(0, |first| u64::from(first.leading_zeros()));
    let bytes = u64::try_from(modulus.len()).unwrap_or(u64::MAX);
    Ok(bytes.saturating_mul(8).saturating_sub(zeros))
}

fn rsa(
    spki: &[u8],
    key: &[u8],
    digest: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), TokenError> {
    match modulus_bits(key)? {
        bits @ 0..RSA_LEAST => return Err(TokenError::WeakKey { bits }),
        RSA_LEAST..=RSA_MOST => {}
        _ => return Err(TokenError::Limit { what: "an RSA key, in bits,", limit: RSA_MOST }),
    }
    strong("a signature is made", digest)?;
    let key = rsa::RsaPublicKey::from_public_key_der(spki)
        .map_err(|_| TokenError::Malformed { what: SPKI })?;
    let padding = match digest {
        Algorithm::Sha384 => rsa::Pkcs1v15Sign::new::<sha2::Sha384>(),
        Algorithm::Sha512 => rsa::Pkcs1v15Sign::new::<sha2::Sha512>(),
        Algorithm::Sha256 | Algorithm::Md5 | Algorithm::Sha1 | Algorithm::Sha224 => {
            rsa::Pkcs1v15Sign::new::<sha2::Sha256>()
        }
    };
    let hash = digest::of(digest, message);
    key.verify(padding, hash.as_bytes(), signature).map_err(|_| TokenError::BadSignature)
}

fn ecdsa(
    id: AlgorithmId,
    point: &[u8],
    digest: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), TokenError> {
    strong("a signature is made", digest)?;
    let hash = digest::of(digest, message);
    let damaged = |_| TokenError::Malformed { what: SPKI };
    let bad = |_| TokenError::BadSignature;
    match id.curve {
        Some(P256) => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(damaged)?;
            let signature = p256::ecdsa::Signature::from_der(signature).map_err(bad)?;
            key.verify_prehash(hash.as_bytes(), &signature).map_err(bad)
        }
        Some(P384) => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(damaged)?;
            let signature = p384::ecdsa::Signature::from_der(signature).map_err(bad)?;
            key.verify_prehash(hash.as_bytes(), &signature).map_err(bad)
        }
        Some(curve) => Err(unsupported("a key on the curve", curve)),
        None => Err(TokenError::Malformed { what: SPKI }),
    }
}

fn ed25519(spki: &[u8], message: &[u8], signature: &[u8]) -> Result<(), TokenError> {
    match key::parse_spki_der(spki) {
        Ok(key @ PublicKey::Ed25519(_)) => {
            key.verify(message, signature).map_err(|_| TokenError::BadSignature)
        }
        Ok(_) | Err(_) => Err(TokenError::Malformed { what: SPKI }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::asn1::{element, integer};
    use super::*;
    use crate::finding::{Code, Coded as _};
    use ed25519_dalek::Signer as _;

    fn spki(algorithm: ObjectIdentifier, parameters: &[u8], key: &[u8]) -> Vec<u8> {
        let oid = |oid: ObjectIdentifier| element(0x06, &[oid.as_bytes()]);
        let id = element(0x30, &[&oid(algorithm), parameters]);
        element(0x30, &[&id, &element(0x03, &[&[0], key])])
    }

    fn rsa_key(bits: usize) -> Vec<u8> {
        let mut modulus = vec![0xff; bits.div_ceil(8)];
        modulus[0] >>= (8 - bits % 8) % 8;
        let modulus = element(0x02, &[&[0][..(usize::from(modulus[0] > 0x7f))], &modulus]);
        spki(RSA, &[5, 0], &element(0x30, &[&modulus, &integer(65_537)]))
    }

    fn code(scheme: Scheme, spki: &[u8], signature: &[u8]) -> Option<Code> {
        scheme.verify(spki, b"x", signature).err().map(|error| error.code())
    }

    #[test]
    fn lengths_of_rsa_keys() {
        let rsa = Scheme::Rsa(Algorithm::Sha256);
        let table = [
            (512, Code::WeakKey),
            (1024, Code::WeakKey),
            (2047, Code::WeakKey),
            (2048, Code::BadSignature),
            (4095, Code::BadSignature),
            (8192, Code::BadSignature),
            (8193, Code::Limit),
            (100_000, Code::Limit),
        ];
        for (bits, expected) in table {
            assert_eq!(code(rsa, &rsa_key(bits), &[1; 256]), Some(expected), "{bits}");
        }
        let sha1 = code(Scheme::Rsa(Algorithm::Sha1), &rsa_key(2048), &[1; 256]);
        assert_eq!(sha1, Some(Code::WeakHash));
    }

    #[test]
    fn ed25519_authorities_count() {
        let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let spki = PublicKey::Ed25519(secret.verifying_key()).spki_der();
        let good = secret.sign(b"x").to_bytes();
        assert_eq!(code(Scheme::Ed25519, &spki, &good), None);
        assert_eq!(code(Scheme::Ed25519, &spki, &[0; 64]), Some(Code::BadSignature));
        assert_eq!(code(Scheme::Ecdsa(Algorithm::Sha256), &spki, &good), Some(Code::BadSignature));
    }

    #[test]
    fn keys_of_other_kinds() {
        let ecdsa = Scheme::Ecdsa(Algorithm::Sha256);
        let curve = |text: &str| element(0x06, &[oid(text).as_bytes()]);
        let table = [
            (spki(EC, &curve("1.3.132.0.35"), &[4; 133]), Code::Unsupported),
            (spki(EC, &curve("1.3.132.0.34"), &[4; 97]), Code::Malformed),
            (spki(EC, &curve("1.2.840.10045.3.1.7"), &[4; 65]), Code::Malformed),
            (spki(EC, &curve("1.2.840.10045.3.1.7"), &[0]), Code::Malformed),
            (spki(EC, &[5, 0], &[4; 65]), Code::Malformed),
            (spki(oid("1.3.101.113"), &[], &[4; 57]), Code::Unsupported),
            (spki(RSA_PSS, &[], &[4; 57]), Code::Unsupported),
            (rsa_key(2048), Code::BadSignature),
            (Vec::new(), Code::Malformed),
        ];
        for (spki, expected) in table {
            assert_eq!(code(ecdsa, &spki, &[]), Some(expected), "{spki:02x?}");
        }
    }
}
