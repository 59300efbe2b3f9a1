//! One record of the log: digests of a statement, of a signature over it and of the key, and
//! which statement of which collection it is.
//!
//! A record is one line of JSON with its members in one order, so that everybody makes the same
//! bytes from the same signature. It says that the signature was there, not that it is good.

use crate::codec::{hex, json};
use crate::digest::sha256;
use crate::merkle::{Hash, leaf_hash};
use serde_json::Value;

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// SHA-256 of the signed payload, the statement.
    pub payload: Hash,
    /// SHA-256 of the raw signature.
    pub sig: Hash,
    /// SHA-256 of the key's SubjectPublicKeyInfo in DER.
    pub key: Hash,
    /// The collection.
    pub collection: String,
    /// The serial of the statement.
    pub serial: u64,
}

impl Entry {
    /// The record of a raw signature over `payload` by the key whose SubjectPublicKeyInfo is
    /// `spki_der`.
    pub fn of(payload: &[u8], sig: &[u8], spki_der: &[u8], collection: &str, serial: u64) -> Self {
        Self {
            payload: sha256(payload),
            sig: sha256(sig),
            key: sha256(spki_der),
            collection: collection.to_owned(),
            serial,
        }
    }

    /// The bytes that the log keeps.
    pub fn to_bytes(&self) -> Vec<u8> {
        let collection = Value::String(self.collection.clone());
        let (payload, sig, key) =
            (hex::encode(&self.payload), hex::encode(&self.sig), hex::encode(&self.key));
        format!(
            "{{\"v\":1,\"payload\":\"{payload}\",\"sig\":\"{sig}\",\"key\":\"{key}\",\
             \"collection\":{collection},\"serial\":{}}}",
            self.serial
        )
        .into_bytes()
    }

    /// The record that has exactly these bytes; nothing for any others.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let value = json::parse(bytes).ok()?;
        let hash = |name: &str| {
            let digits = value.get(name)?.as_str()?;
            Hash::try_from(hex::decode(digits.as_bytes())?).ok()
        };
        let entry = Self {
            payload: hash("payload")?,
            sig: hash("sig")?,
            key: hash("key")?,
            collection: value.get("collection")?.as_str()?.to_owned(),
            serial: value.get("serial")?.as_u64()?,
        };
        (entry.to_bytes() == bytes).then_some(entry)
    }

    /// The leaf of the log's tree.
    pub fn leaf(&self) -> Hash {
        leaf_hash(&self.to_bytes())
    }
}
