//! The record of one archive: strict JSON, `vidimus.state/v1`.
//!
//! Holds the pieces themselves (policy, envelopes, checkpoint), so that a later
//! contradiction can be shown to others with both signatures.

use crate::codec::{base64, hex, json};
use crate::finding::{Code, Coded};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const SCHEMA: &str = "vidimus.state/v1";

/// The policy of highest version that was believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPolicy {
    /// Its version.
    pub version: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The statement of highest serial about one collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenStatement {
    /// Its serial.
    pub serial: u64,
    /// SHA-256 of its payload.
    pub sha256: [u8; 32],
    /// A DSSE envelope that holds it.
    pub envelope: Vec<u8>,
}

/// The largest checkpoint of the archive's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenLog {
    /// Number of entries.
    pub size: u64,
    /// Root of the tree of that size.
    pub root: [u8; 32],
    /// The signed checkpoint.
    pub checkpoint: Vec<u8>,
}

/// What is remembered of one archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The archive's id.
    pub archive: String,
    /// Its policy, where one was believed.
    pub policy: Option<SeenPolicy>,
    /// Its collections by name.
    pub collections: BTreeMap<String, SeenStatement>,
    /// Its log, where it has one.
    pub log: Option<SeenLog>,
}

/// Why bytes are no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not strict JSON.
    #[error("not JSON that can be trusted")]
    Json(#[from] json::JsonError),
    /// Not of this form.
    #[error("not a record of the form {SCHEMA}")]
    Form,
}

impl Coded for RecordError {
    fn code(&self) -> Code {
        match self {
            Self::Json(_) | Self::Form => Code::Malformed,
        }
    }
}

impl Record {
    /// Nothing remembered yet.
    pub fn new(archive: &str) -> Self {
        Self { archive: archive.to_owned(), policy: None, collections: BTreeMap::new(), log: None }
    }

    /// This record with what `more` has seen beyond it. What is of equal rank stays as it is.
    #[must_use]
    pub fn with(mut self, more: &Self) -> Self {
        let version = |policy: &Option<SeenPolicy>| policy.as_ref().map(|policy| policy.version);
        if version(&more.policy) > version(&self.policy) {
            self.policy.clone_from(&more.policy);
        }
        for (name, seen) in &more.collections {
            let known = self.collections.get(name).map(|known| known.serial);
            if Some(seen.serial) > known {
                self.collections.insert(name.clone(), seen.clone());
            }
        }
        let size = |log: &Option<SeenLog>| log.as_ref().map(|log| log.size);
        if size(&more.log) > size(&self.log) {
            self.log.clone_from(&more.log);
        }
        self
    }

    /// Whether both have something of the same number, and it is not the same.
    pub fn contradicts(&self, other: &Self) -> bool {
        let policies = self.policy.as_ref().zip(other.policy.as_ref());
        let logs = self.log.as_ref().zip(other.log.as_ref());
        let statements = self
            .collections
            .iter()
            .filter_map(|(name, one)| Some((one, other.collections.get(name)?)));
        policies.is_some_and(|(one, two)| one.version == two.version && one.sha256 != two.sha256)
            || logs.is_some_and(|(one, two)| one.size == two.size && one.root != two.root)
            || statements
                .into_iter()
                .any(|(one, two)| one.serial == two.serial && one.sha256 != two.sha256)
    }

    /// The JSON document, with a final line feed.
    pub fn print(&self) -> Vec<u8> {
        let policy = self.policy.as_ref().map(|policy| {
            json!({
                "version": policy.version,
                "sha256": hex::encode(&policy.sha256),
                "bytes": base64::encode(&policy.bytes),
            })
        });
        let statement = |seen: &SeenStatement| {
            json!({
                "serial": seen.serial,
                "sha256": hex::encode(&seen.sha256),
                "envelope": base64::encode(&seen.envelope),
            })
        };
        let collections: Map<String, Value> =
            self.collections.iter().map(|(name, seen)| (name.clone(), statement(seen))).collect();
        let log = self.log.as_ref().map(|log| {
            json!({
                "size": log.size,
                "root": hex::encode(&log.root),
                "checkpoint": base64::encode(&log.checkpoint),
            })
        });
        let value = json!({
            "schema": SCHEMA,
            "archive": self.archive,
            "policy": policy,
            "collections": collections,
            "log": log,
        });
        format!("{value:#}\n").into_bytes()
    }

    /// Reads what [`Record::print`] writes.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let value = json::parse(bytes)?;
        let record = read(&value).ok_or(RecordError::Form)?;
        // One spelling, so that nothing in it was skipped.
        if record.print() == bytes { Ok(record) } else { Err(RecordError::Form) }
    }
}

fn read(value: &Value) -> Option<Record> {
    if value.get("schema")?.as_str()? != SCHEMA {
        return None;
    }
    let mut record = Record::new(value.get("archive")?.as_str()?);
    record.policy = optional(value.get("policy")?, |value| {
        Some(SeenPolicy {
            version: value.get("version")?.as_u64()?,
            sha256: digest(value, "sha256")?,
            bytes: bytes(value, "bytes")?,
        })
    })?;
    for (name, value) in value.get("collections")?.as_object()? {
        let seen = SeenStatement {
            serial: value.get("serial")?.as_u64()?,
            sha256: digest(value, "sha256")?,
            envelope: bytes(value, "envelope")?,
        };
        record.collections.insert(name.clone(), seen);
    }
    record.log = optional(value.get("log")?, |value| {
        Some(SeenLog {
            size: value.get("size")?.as_u64()?,
            root: digest(value, "root")?,
            checkpoint: bytes(value, "checkpoint")?,
        })
    })?;
    Some(record)
}

/// `Some(None)` for `null`.
#[allow(clippy::option_option, reason = "null is one answer, no answer is another")]
fn optional<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

fn digest(value: &Value, name: &str) -> Option<[u8; 32]> {
    hex::decode_array(value.get(name)?.as_str()?.as_bytes())
}

fn bytes(value: &Value, name: &str) -> Option<Vec<u8>> {
    base64::decode(value.get(name)?.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn records()(
            archive in "\\PC{1,10}",
            policy in prop::option::of((any::<u64>(), any::<[u8; 32]>(), any::<Vec<u8>>())),
            collections in prop::collection::btree_map(
                "[a-z]{1,5}", (any::<u64>(), any::<[u8; 32]>(), any::<Vec<u8>>()), 0..3),
            log in prop::option::of((any::<u64>(), any::<[u8; 32]>(), any::<Vec<u8>>())),
        ) -> Record {
            let statement = |(serial, sha256, envelope)| SeenStatement { serial, sha256, envelope };
            Record {
                archive,
                policy: policy.map(|(version, sha256, bytes)| SeenPolicy { version, sha256, bytes }),
                collections: collections.into_iter().map(|(name, seen)| (name, statement(seen))).collect(),
                log: log.map(|(size, root, checkpoint)| SeenLog { size, root, checkpoint }),
            }
        }
    }

    proptest! {
        #[test]
        fn parse_and_print_are_inverse(record in records()) {
            prop_assert_eq!(Record::parse(&record.print()), Ok(record));
        }

        #[test]
        fn joining_never_goes_back(one in records(), two in records()) {
            let joined = one.clone().with(&two);
            for part in [&one, &two] {
                prop_assert!(joined.policy.as_ref().map(|p| p.version) >= part.policy.as_ref().map(|p| p.version));
                prop_assert!(joined.log.as_ref().map(|l| l.size) >= part.log.as_ref().map(|l| l.size));
                for (name, seen) in &part.collections {
                    prop_assert!(joined.collections[name].serial >= seen.serial);
                }
            }
            prop_assert_eq!(joined.clone().with(&two), joined.clone());
            prop_assert_eq!(joined.clone().with(&one), joined);
        }
    }

    #[test]
    fn what_is_no_record() {
        let good = Record::new("a").print();
        let text = String::from_utf8(good.clone()).unwrap();
        assert!(Record::parse(&good).is_ok());
        for bad in [
            String::new(),
            "{}".to_owned(),
            text.replace("/v1", "/v2"),
            text.replace("\"log\": null", "\"log\": {}"),
            text.replace("\"log\"", "\"more\": 1, \"log\""),
            text.trim_end().to_owned(),
        ] {
            assert!(Record::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
