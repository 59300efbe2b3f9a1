//! The extensions of a certificate that decide something (RFC 5280 section 4.2.1): basic
//! constraints, key usage, extended key usage, the key's identifier. Any other is passed over
//! when it may be, and makes the certificate unusable when it is critical.

use super::TokenError;
use super::asn1::{Fields, only};
use der::Tag;
use der::asn1::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const SUBJECT_KEY_ID: ObjectIdentifier = oid("2.5.29.14");
const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
/// Policies are not asked for, so that this extension allows all of them, critical or not
/// (RFC 5280 section 6.1.1, user-initial-policy-set any-policy).
const POLICIES: ObjectIdentifier = oid("2.5.29.32");
const EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
const TIME_STAMPING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.8");
const ANY_PURPOSE: ObjectIdentifier = oid("2.5.29.37.0");

/// Key usage bits of the first byte.
const DIGITAL_SIGNATURE: u8 = 0x80;
const NON_REPUDIATION: u8 = 0x40;
const KEY_CERT_SIGN: u8 = 0x04;

const WHAT: &str = "a certificate with damaged extensions";

/// What the extensions say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Extensions {
    seen: Vec<ObjectIdentifier>,
    authority: bool,
    path_length: Option<u64>,
    key_usage: Option<u8>,
    purposes: Option<(bool, Vec<ObjectIdentifier>)>,
    pub(super) key_id: Option<Vec<u8>>,
    unknown: Option<ObjectIdentifier>,
}

impl Extensions {
    /// Reads `Extensions ::= SEQUENCE OF Extension`, each of them at most once.
    pub(super) fn read(whole: &[u8]) -> Result<Self, TokenError> {
        let mut list = Fields::of(only(whole, Tag::Sequence, WHAT)?.value, WHAT)?;
        let mut found = Self::default();
        while !list.is_empty() {
            let mut fields = list.open(Tag::Sequence)?;
            let oid = fields.oid()?;
            let critical = fields.flag()?;
            let value = fields.take(Tag::OctetString)?.value;
            fields.end()?;
            found.add(oid, critical, value)?;
        }
        Ok(found)
    }

    fn add(
        &mut self,
        oid: ObjectIdentifier,
        critical: bool,
        value: &[u8],
    ) -> Result<(), TokenError> {
        match oid {
            BASIC_CONSTRAINTS => self.constraints(value)?,
            KEY_USAGE => self.key_usage = Some(usage(value)?),
            EXTENDED_KEY_USAGE => self.purposes = Some((critical, purposes(value)?)),
            SUBJECT_KEY_ID => {
                self.key_id = Some(only(value, Tag::OctetString, WHAT)?.value.to_vec());
            }
            POLICIES => {}
            _ => {
                // Nothing is decided by what these say, so it does not matter how often they do.
                if critical {
                    self.unknown.get_or_insert(oid);
                }
                return Ok(());
            }
        }
        if self.seen.contains(&oid) {
            return Err(TokenError::Malformed { what: "a certificate with an extension twice" });
        }
        self.seen.push(oid);
        Ok(())
    }

    /// Section 4.2.1.9.
    fn constraints(&mut self, value: &[u8]) -> Result<(), TokenError> {
        let mut fields = Fields::of(only(value, Tag::Sequence, WHAT)?.value, WHAT)?;
        self.authority = fields.flag()?;
        if !fields.is_empty() {
            self.path_length = Some(fields.number()?);
        }
        fields.end()
    }

    /// Whether this may be the certificate of a time stamping authority: RFC 3161 section 2.3.
    pub(super) fn stamps_time(&self) -> Result<(), TokenError> {
        let why = |why| Err(TokenError::Eku { why });
        if let Some(oid) = self.unknown {
            return Err(unknown(oid));
        }
        match &self.purposes {
            None => return why("it has no extended key usage"),
            Some((false, _)) => return why("its extended key usage is not critical"),
            Some((true, purposes)) if purposes.as_slice() != [TIME_STAMPING] => {
                return why("its extended key usage is not time stamping alone");
            }
            Some(_) => {}
        }
        match self.key_usage {
            Some(bits) if bits & (DIGITAL_SIGNATURE | NON_REPUDIATION) == 0 => {
                why("its key usage is not signing")
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether this may be the certificate of an authority above `below` others.
    pub(super) fn certifies(&self, below: u64) -> Result<(), TokenError> {
        let why = |why: &str| Err(TokenError::Untrusted { why: why.to_owned() });
        if let Some(oid) = self.unknown {
            return Err(unknown(oid));
        }
        if !self.authority {
            return why("a certificate above the signer's is not one of an authority");
        }
        if self.key_usage.is_some_and(|bits| bits & KEY_CERT_SIGN == 0) {
            return why("a certificate above the signer's may not sign certificates");
        }
        if self.path_length.is_some_and(|most| below > most) {
            return why("the chain is longer than one of its certificates allows");
        }
        let stamps = |purposes: &[ObjectIdentifier]| {
            purposes.contains(&TIME_STAMPING) || purposes.contains(&ANY_PURPOSE)
        };
        match &self.purposes {
            Some((_, purposes)) if !stamps(purposes) => {
                why("a certificate above the signer's is for other purposes than time stamping")
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn unknown(oid: ObjectIdentifier) -> TokenError {
    TokenError::Untrusted {
        why: format!(
            "a certificate has the critical extension {oid}, which is not understood here"
        ),
    }
}

/// Section 4.2.1.3: the first eight of the bits.
fn usage(value: &[u8]) -> Result<u8, TokenError> {
    match only(value, Tag::BitString, WHAT)?.value {
        [0..=7, first, ..] => Ok(*first),
        _ => Err(TokenError::Malformed { what: WHAT }),
    }
}

/// Section 4.2.1.12.
fn purposes(value: &[u8]) -> Result<Vec<ObjectIdentifier>, TokenError> {
    let mut fields = Fields::of(only(value, Tag::Sequence, WHAT)?.value, WHAT)?;
    let mut found = Vec::new();
    while !fields.is_empty() {
        found.push(fields.oid()?);
    }
    Ok(found)
}
