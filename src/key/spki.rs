//! SubjectPublicKeyInfo in PEM: Ed25519 (RFC 8410) and P-256 (RFC 5480), canonical DER only.
//!
//! There are three byte patterns that load and no parser between them and the key; a DER parser
//! is asked only how to call what is refused.

use super::pem::{self, Fold};
use super::public::{ED25519_SPKI, P256_SPKI};
use super::{KeyError, PublicKey, ed25519_point};
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use pkcs8::SubjectPublicKeyInfoRef;

/// The PEM label of a public key.
pub(super) const LABEL: &str = "PUBLIC KEY";
/// DER before the 33 bytes of a compressed P-256 SubjectPublicKeyInfo (RFC 5480 section 2.2).
const P256_COMPRESSED_SPKI: [u8; 26] = [
    0x30, 0x39, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x22, 0x00,
];
const ID_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ID_EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ID_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Reads the DER of a SubjectPublicKeyInfo, which must fill `der` completely.
///
/// # Errors
/// [`KeyError::Unsupported`] for another algorithm or curve, [`KeyError::Point`] for a weak
/// key, else [`KeyError::Malformed`].
pub fn parse_spki_der(der: &[u8]) -> Result<PublicKey, KeyError> {
    if let Some(point) = after::<32>(der, &ED25519_SPKI) {
        return Ok(PublicKey::Ed25519(ed25519_point(point)?));
    }
    if let Some(point) = after::<65>(der, &P256_SPKI) {
        return p256_point(point).map(PublicKey::P256);
    }
    if let Some(point) = after::<33>(der, &P256_COMPRESSED_SPKI) {
        return p256_point(point).map(PublicKey::P256);
    }
    Err(refusal(der))
}

/// Reads a PEM text that holds exactly one public key.
pub(super) fn parse_pem(text: &[u8]) -> Result<PublicKey, KeyError> {
    let block = pem::decode(text, Fold::Standard)?;
    if block.label != LABEL {
        return Err(KeyError::unsupported(format!("PEM of {}", block.label).as_bytes()));
    }
    parse_spki_der(&block.bytes)
}

/// The PEM text, with a line feed at its end; for a FIDO key that of the key alone.
pub fn public_pem(key: &PublicKey) -> String {
    // A SubjectPublicKeyInfo of ours has at most 91 bytes, which PEM always takes.
    pem::encode(LABEL, &key.spki_der()).map(|text| text.to_string()).unwrap_or_default()
}

/// A P-256 point in SEC 1 form, compressed or not, on the curve and not the identity.
pub(super) fn p256_point(bytes: &[u8]) -> Result<p256::ecdsa::VerifyingKey, KeyError> {
    let wrong = || KeyError::malformed("not a point on P-256");
    match bytes.first() {
        Some(0x02..=0x04) => p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| wrong()),
        Some(_) | None => Err(wrong()),
    }
}

fn after<'a, const N: usize>(der: &'a [u8], prefix: &[u8]) -> Option<&'a [u8; N]> {
    der.strip_prefix(prefix)?.try_into().ok()
}

/// What to call bytes that are no key of ours.
fn refusal(der: &[u8]) -> KeyError {
    let malformed = KeyError::malformed("not a public key in canonical DER");
    let Ok(spki) = SubjectPublicKeyInfoRef::from_der(der) else {
        return malformed;
    };
    if spki.to_der().ok().as_deref() != Some(der) {
        return malformed;
    }
    match (spki.algorithm.oid, spki.algorithm.parameters_oid().ok()) {
        (ID_ED25519, _) | (ID_EC, Some(ID_P256) | None) => malformed,
        (ID_EC, Some(curve)) => unsupported(curve),
        (algorithm, _) => unsupported(algorithm),
    }
}

/// Says what an object identifier stands for, where people are likely to meet it.
pub(super) fn unsupported(oid: ObjectIdentifier) -> KeyError {
    let dotted = oid.to_string();
    let name = match dotted.as_str() {
        "1.2.840.113549.1.1.1" => "RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.10040.4.1" => "DSA",
        "1.2.840.10045.2.1" => "ECDSA",
        "1.3.132.0.34" => "P-384",
        "1.3.132.0.35" => "P-521",
        "1.3.132.0.10" => "secp256k1",
        "1.3.101.110" => "X25519",
        "1.3.101.111" => "X448",
        "1.3.101.113" => "Ed448",
        other => other,
    };
    KeyError::unsupported(format!("a key of {name}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::codec::hex;
    use crate::finding::{Code, Coded};
    use p256::elliptic_curve::sec1::ToSec1Point as _;

    fn code(der: &[u8]) -> Option<Code> {
        parse_spki_der(der).err().map(|error| error.code())
    }

    fn spki(algorithm: &str, key: &[u8]) -> Vec<u8> {
        let algorithm = hex::decode(algorithm.as_bytes()).unwrap();
        let length = |count: usize| u8::try_from(count).unwrap();
        let bits = [&[0x03, length(key.len() + 1), 0x00], key].concat();
        let inner = [&[0x30, length(algorithm.len())], &algorithm[..], &bits].concat();
        [&[0x30, length(inner.len())], &inner[..]].concat()
    }

    const ED25519: &str = "06032b6570";
    const P256: &str = "06072a8648ce3d020106082a8648ce3d030107";

    #[test]
    fn both_forms_of_p256_are_the_same_key() {
        let key = samples::p256(7);
        let point = key.as_affine();
        let open = spki(P256, point.to_sec1_point(false).as_bytes());
        let compressed = spki(P256, point.to_sec1_point(true).as_bytes());
        assert_eq!(parse_spki_der(&open), Ok(PublicKey::P256(key)));
        assert_eq!(parse_spki_der(&compressed), Ok(PublicKey::P256(key)));
        assert_eq!(PublicKey::P256(key).spki_der(), open);
    }

    #[test]
    fn refusals_have_their_codes() {
        let good = samples::ed25519(1).spki_der();
        let long = [&[0x30, 0x81, 0x2a], &good[2..]].concat();
        let table = [
            (spki(ED25519, &[0; 32]), Code::WeakKey),
            (spki(ED25519, &samples::IDENTITY), Code::WeakKey),
            (spki(ED25519, &[0xff; 32]), Code::Malformed),
            (spki(ED25519, &[1; 31]), Code::Malformed),
            (spki("06032b65700500", &[1; 32]), Code::Malformed),
            ([&good[..], &[0]].concat(), Code::Malformed),
            (good[..43].to_vec(), Code::Malformed),
            (long, Code::Malformed),
            (spki(P256, &[4; 65]), Code::Malformed),
            (spki(P256, &[0]), Code::Malformed),
            (spki("06072a8648ce3d0201", &[4; 65]), Code::Malformed),
            (spki("06072a8648ce3d020106052b81040022", &[4; 97]), Code::Unsupported),
            (spki("06032b6571", &[1; 57]), Code::Unsupported),
            (spki("06032b656e", &[1; 32]), Code::Unsupported),
            (spki("06092a864886f70d0101010500", &[1; 100]), Code::Unsupported),
            (Vec::new(), Code::Malformed),
        ];
        for (der, expected) in table {
            assert_eq!(code(&der), Some(expected), "{}", hex::encode(&der));
        }
    }

    #[test]
    fn names_of_what_is_refused() {
        let error = parse_spki_der(&spki("06072a8648ce3d020106052b81040022", &[4; 97]));
        assert_eq!(error.unwrap_err().to_string(), "a key of P-384 is not supported here");
    }

    #[test]
    fn another_label_is_refused() {
        let text = public_pem(&samples::ed25519(1));
        assert_eq!(parse_pem(text.as_bytes()), Ok(samples::ed25519(1)));
        let text = text.replace(LABEL, "CERTIFICATE");
        assert_eq!(parse_pem(text.as_bytes()).unwrap_err().code(), Code::Unsupported);
    }
}
