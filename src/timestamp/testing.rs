//! A small authority for tests: certificates and tokens with every field to choose, P-256 only.
//! Written from RFC 3161, 5280 and 5652, apart from the readers.

use super::asn1::{element, integer};
use super::{Certificate, Token, TokenError};
use crate::digest::{self, Algorithm};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer as _;
use p256::pkcs8::EncodePublicKey as _;

pub(super) const MESSAGE: &[u8] = b"Nine people were detained.\n";
pub(super) const TIME: &str = "20260131120000Z";

pub(super) fn seq(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

pub(super) fn set(parts: &[&[u8]]) -> Vec<u8> {
    element(0x31, parts)
}

pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    element(0x04, &[bytes])
}

pub(super) fn oid(text: &str) -> Vec<u8> {
    element(0x06, &[der::asn1::ObjectIdentifier::new_unwrap(text).as_bytes()])
}

pub(super) fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

pub(super) fn name(text: &str) -> Vec<u8> {
    seq(&[&set(&[&seq(&[&oid("2.5.4.3"), &element(0x0c, &[text.as_bytes()])])])])
}

fn ecdsa_sha256() -> Vec<u8> {
    seq(&[&oid("1.2.840.10045.4.3.2")])
}

pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let signature: p256::ecdsa::DerSignature = key.sign(message);
    signature.as_bytes().to_vec()
}

pub(super) fn extension(id: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag = if critical { vec![1, 1, 0xff] } else { Vec::new() };
    seq(&[&oid(id), &flag, &octets(value)])
}

/// Basic constraints of an authority.
pub(super) fn authority(path_length: Option<u64>) -> Vec<u8> {
    let length = path_length.map(integer).unwrap_or_default();
    extension("2.5.29.19", true, &seq(&[&[1, 1, 0xff], &length]))
}

pub(super) fn usage(bits: u8) -> Vec<u8> {
    extension("2.5.29.15", true, &[3, 2, 0, bits])
}

/// Extended key usage of these purposes.
pub(super) fn purposes(critical: bool, purposes: &[&str]) -> Vec<u8> {
    let all: Vec<u8> = purposes.iter().flat_map(|each| oid(each)).collect();
    extension("2.5.29.37", critical, &seq(&[&all]))
}

pub(super) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// A certificate to be made.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) subject: &'static str,
    pub(super) issuer: &'static str,
    pub(super) key: u8,
    pub(super) issuer_key: u8,
    pub(super) serial: u64,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) extensions: Vec<Vec<u8>>,
}

/// The self-signed root, key 1.
pub(super) fn root() -> Plan {
    Plan {
        subject: "root",
        issuer: "root",
        key: 1,
        issuer_key: 1,
        serial: 1,
        from: "20200101000000Z",
        to: "20400101000000Z",
        extensions: vec![authority(None), usage(0x06)],
    }
}

/// An authority below the root, key 2.
pub(super) fn middle() -> Plan {
    Plan { subject: "middle", key: 2, serial: 2, ..root() }
}

/// The time stamping authority, key 3, below the root.
pub(super) fn leaf() -> Plan {
    Plan {
        subject: "tsa",
        key: 3,
        serial: 3,
        extensions: vec![usage(0x80), purposes(true, &[TIME_STAMPING])],
        ..root()
    }
}

impl Plan {
    pub(super) fn below(self, issuer: &Self) -> Self {
        Self { issuer: issuer.subject, issuer_key: issuer.key, ..self }
    }

    pub(super) fn with(self, extensions: Vec<Vec<u8>>) -> Self {
        Self { extensions, ..self }
    }

    pub(super) fn der(&self) -> Vec<u8> {
        let spki = key(self.key).verifying_key().to_public_key_der().unwrap();
        let time = |text: &str| element(0x18, &[text.as_bytes()]);
        let extensions = element(0xa3, &[&seq(&[&self.extensions.concat()])]);
        let tbs = seq(&[
            &element(0xa0, &[&integer(2)]),
            &integer(self.serial),
            &ecdsa_sha256(),
            &name(self.issuer),
            &seq(&[&time(self.from), &time(self.to)]),
            &name(self.subject),
            spki.as_bytes(),
            if self.extensions.is_empty() { &[] } else { &extensions },
        ]);
        let signature = sign(&key(self.issuer_key), &tbs);
        seq(&[&tbs, &ecdsa_sha256(), &element(0x03, &[&[0], &signature])])
    }

    pub(super) fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.der()).unwrap()
    }
}

/// A token to be made. What is `None` or empty is made as it should be.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) message: Vec<u8>,
    pub(super) imprint: Algorithm,
    pub(super) time: &'static str,
    /// Accuracy, ordering, nonce, name, extensions: what follows the time.
    pub(super) after_time: Vec<u8>,
    pub(super) signer: Plan,
    /// The certificate that the signed attributes name.
    pub(super) bound: Vec<u8>,
    /// Whether they name it by SHA-1, as RFC 2634 did.
    pub(super) old_binding: bool,
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) digest: Algorithm,
    /// Attributes beside the usual ones, before them.
    pub(super) more_attributes: Vec<Vec<u8>>,
    pub(super) signature_algorithm: Vec<u8>,
    /// How often the SignerInfo stands there.
    pub(super) signers: usize,
}

/// A good token by the leaf, with its certificate.
pub(super) fn draft() -> Draft {
    by(leaf())
}

pub(super) fn by(signer: Plan) -> Draft {
    let der = signer.der();
    Draft {
        message: MESSAGE.to_vec(),
        imprint: Algorithm::Sha256,
        time: TIME,
        after_time: Vec::new(),
        signer,
        bound: der.clone(),
        old_binding: false,
        certificates: vec![der],
        digest: Algorithm::Sha256,
        more_attributes: Vec::new(),
        signature_algorithm: ecdsa_sha256(),
        signers: 1,
    }
}

impl Draft {
    pub(super) fn info(&self) -> Vec<u8> {
        let imprint = digest::of(self.imprint, &self.message);
        let algorithm = super::algorithm::digest_id(self.imprint);
        seq(&[
            &integer(1),
            &oid("1.2.3.4"),
            &seq(&[&algorithm, &octets(imprint.as_bytes())]),
            &integer(0xab),
            &element(0x18, &[self.time.as_bytes()]),
            &self.after_time,
        ])
    }

    pub(super) fn attributes(&self) -> Vec<u8> {
        let attribute = |id: &str, value: &[u8]| seq(&[&oid(id), &set(&[value])]);
        let hash = digest::of(self.digest, &self.info());
        let binding = if self.old_binding {
            let sha1 = digest::of(Algorithm::Sha1, &self.bound);
            let id = seq(&[&seq(&[&seq(&[&octets(sha1.as_bytes())])])]);
            attribute("1.2.840.113549.1.9.16.2.12", &id)
        } else {
            let id = seq(&[&seq(&[&seq(&[&octets(&digest::sha256(&self.bound))])])]);
            attribute("1.2.840.113549.1.9.16.2.47", &id)
        };
        // Not in the order that DER asks of a SET, as some authorities write it.
        [
            self.more_attributes.concat(),
            binding,
            attribute("1.2.840.113549.1.9.4", &octets(hash.as_bytes())),
            attribute("1.2.840.113549.1.9.3", &oid("1.2.840.113549.1.9.16.1.4")),
        ]
        .concat()
    }

    /// The bare token.
    pub(super) fn der(&self) -> Vec<u8> {
        let attributes = self.attributes();
        let signature = sign(&key(self.signer.key), &set(&[&attributes]));
        self.around(&self.info(), &attributes, &signature)
    }

    /// A token of parts that need not belong together.
    pub(super) fn around(&self, info: &[u8], attributes: &[u8], signature: &[u8]) -> Vec<u8> {
        let digest = super::algorithm::digest_id(self.digest);
        let signer = seq(&[
            &integer(1),
            &seq(&[&name(self.signer.issuer), &integer(self.signer.serial)]),
            &digest,
            &element(0xa0, &[attributes]),
            &self.signature_algorithm,
            &octets(signature),
        ]);
        let content = element(0xa0, &[&octets(info)]);
        let certificates = element(0xa0, &[&self.certificates.concat()]);
        let data = seq(&[
            &integer(3),
            &set(&[&digest]),
            &seq(&[&oid("1.2.840.113549.1.9.16.1.4"), &content]),
            if self.certificates.is_empty() { &[] } else { &certificates },
            &set(&[&signer.repeat(self.signers)]),
        ]);
        seq(&[&oid("1.2.840.113549.1.7.2"), &element(0xa0, &[&data])])
    }

    /// Reads the token and verifies it over [`MESSAGE`] to the root.
    pub(super) fn verdict(&self) -> Result<super::Stamp, TokenError> {
        verdict(&self.der(), &[root().certificate()])
    }
}

/// Reads a token or an answer and verifies it over [`MESSAGE`].
pub(super) fn verdict(der: &[u8], roots: &[Certificate]) -> Result<super::Stamp, TokenError> {
    super::verify(&Token::parse(der)?, MESSAGE, roots, &[])
}

/// An answer with this status around a token.
pub(super) fn answer(status: u64, token: &[u8]) -> Vec<u8> {
    seq(&[&seq(&[&integer(status)]), token])
}
