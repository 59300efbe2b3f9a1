//! The predicate of our own statements, `urn:vidimus:manifest:v1`, and the statement around it.
//!
//! Version 1 is closed: every member is there, nothing else is, and each has one spelling; only
//! `notRead` is left out where it would be 0. A member that a later version adds therefore stops an
//! older reader instead of being skipped.

use super::MemberError;
use super::members::Members;
use super::statement::{DIR_HASH, Statement, Subject};
use crate::codec::hex;
use crate::finding::{Code, Coded};
use crate::signature::excerpt;
use crate::time::Time;
use serde_json::{Value, json};

/// The `predicateType` of our statements.
pub const PREDICATE_TYPE: &str = "urn:vidimus:manifest:v1";
/// The member that is there only when it says something.
const NOT_READ: &str = "notRead";
/// The members of the predicate, in the order in which they are written.
const MEMBERS: [&str; 13] = [
    "archive",
    "collection",
    "serial",
    "previous",
    "files",
    "bytes",
    "merkle",
    "ignore",
    "symlinks",
    "listedOnly",
    NOT_READ,
    "claimedTime",
    "tool",
];
/// The members of `merkle`.
const MERKLE_MEMBERS: [&str; 2] = ["root", "size"];

/// What we say about a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestPredicate {
    /// Id of the archive; `None` outside an archive.
    pub archive: Option<String>,
    /// Name of the collection; `None` outside an archive.
    pub collection: Option<String>,
    /// Number of the statement within its collection.
    pub serial: u64,
    /// SHA-256 of the payload of the statement before this one; `None` for the first.
    pub previous: Option<[u8; 32]>,
    /// Number of files in the manifest.
    pub files: u64,
    /// Sum of the sizes of the files, in bytes.
    pub bytes: u64,
    /// RFC 6962 root over the lines of the manifest.
    pub merkle_root: [u8; 32],
    /// Number of the lines.
    pub merkle_size: u64,
    /// Patterns of the names that were left out.
    pub ignore: Vec<String>,
    /// What was done with symbolic links: `refuse` or `skip`.
    pub symlinks: String,
    /// Whether other files may lie beside the listed ones.
    pub listed_only: bool,
    /// How many of the files were not read for this statement: their digests were taken over from
    /// the signing before.
    pub not_read: u64,
    /// When the signer says it was; decides nothing.
    pub claimed_time: Time,
    /// Name and version of the program that wrote the statement.
    pub tool: String,
}

/// Why an object is not our predicate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PredicateError {
    /// A member is missing or of another type.
    #[error("not a predicate of type {PREDICATE_TYPE}")]
    Member(#[from] MemberError),
    /// A member that version 1 does not have.
    #[error("a predicate of type {PREDICATE_TYPE} has no member '{name}'")]
    Unknown {
        /// The member, escaped.
        name: String,
    },
    /// A member of the right type with a value that it cannot have.
    #[error("'{name}' of the predicate is not {expected}")]
    Value {
        /// The member.
        name: &'static str,
        /// What it must be, with its article.
        expected: &'static str,
    },
}

impl Coded for PredicateError {
    fn code(&self) -> Code {
        match self {
            Self::Member(_) | Self::Unknown { .. } | Self::Value { .. } => Code::Malformed,
        }
    }
}

/// Reads a predicate of type [`PREDICATE_TYPE`].
///
/// # Errors
/// [`PredicateError`], the first reason found.
pub fn from_value(value: &Value) -> Result<ManifestPredicate, PredicateError> {
    let members = closed(value, "predicate", &MEMBERS)?;
    let merkle = closed(members.required("merkle")?, "merkle", &MERKLE_MEMBERS)?;
    Ok(ManifestPredicate {
        archive: nullable_text(members, "archive")?,
        collection: nullable_text(members, "collection")?,
        serial: number(members, "serial")?,
        previous: nullable(members, "previous")?
            .map(|_| digest(members, "previous"))
            .transpose()?,
        files: number(members, "files")?,
        bytes: number(members, "bytes")?,
        merkle_root: digest(merkle, "root")?,
        merkle_size: number(merkle, "size")?,
        ignore: members.array("ignore")?.iter().map(pattern).collect::<Result<_, _>>()?,
        symlinks: symlinks(members)?,
        listed_only: flag(members, "listedOnly")?,
        not_read: not_read(members)?,
        claimed_time: time(members, "claimedTime")?,
        tool: members.text("tool")?.to_owned(),
    })
}

/// An object that has no members but these.
fn closed<'a>(
    value: &'a Value,
    name: &'static str,
    known: &[&str],
) -> Result<Members<'a>, PredicateError> {
    let members = Members::of(value, name)?;
    match members.map().keys().find(|key| !known.contains(&key.as_str())) {
        Some(name) => Err(PredicateError::Unknown { name: excerpt(name.as_bytes()) }),
        None => Ok(members),
    }
}

/// A member that must be there and may be `null`.
fn nullable<'a>(
    members: Members<'a>,
    name: &'static str,
) -> Result<Option<&'a Value>, MemberError> {
    let there = members.map().contains_key(name);
    there.then(|| members.optional(name)).ok_or(MemberError::Missing { name })
}

fn nullable_text(members: Members<'_>, name: &'static str) -> Result<Option<String>, MemberError> {
    nullable(members, name)?;
    Ok(members.optional_text(name)?.map(str::to_owned))
}

fn number(members: Members<'_>, name: &'static str) -> Result<u64, PredicateError> {
    let expected = "an integer from 0 to 18446744073709551615";
    members.required(name)?.as_u64().ok_or(PredicateError::Value { name, expected })
}

/// Zero has one spelling: the member is not there.
fn not_read(members: Members<'_>) -> Result<u64, PredicateError> {
    if !members.map().contains_key(NOT_READ) {
        return Ok(0);
    }
    let count = number(members, NOT_READ)?;
    let expected = "an integer from 1 to the number of files";
    let possible = count > 0 && count <= number(members, "files")?;
    possible.then_some(count).ok_or(PredicateError::Value { name: NOT_READ, expected })
}

fn flag(members: Members<'_>, name: &'static str) -> Result<bool, PredicateError> {
    let expected = "true or false";
    members.required(name)?.as_bool().ok_or(PredicateError::Value { name, expected })
}

fn digest(members: Members<'_>, name: &'static str) -> Result<[u8; 32], PredicateError> {
    let text = members.text(name)?;
    let digest = hex::decode_array(text.as_bytes()).filter(|digest| hex::encode(digest) == text);
    digest.ok_or(PredicateError::Value { name, expected: "64 lower-case hex digits" })
}

fn time(members: Members<'_>, name: &'static str) -> Result<Time, PredicateError> {
    let expected = "a time of the form 2026-01-31T12:00:00Z";
    Time::parse(members.text(name)?).map_err(|_| PredicateError::Value { name, expected })
}

fn pattern(value: &Value) -> Result<String, PredicateError> {
    let expected = "an array of strings";
    let text = value.as_str().ok_or(PredicateError::Value { name: "ignore", expected })?;
    Ok(text.to_owned())
}

fn symlinks(members: Members<'_>) -> Result<String, PredicateError> {
    let name = "symlinks";
    match members.text(name)? {
        rule @ ("refuse" | "skip") => Ok(rule.to_owned()),
        _ => Err(PredicateError::Value { name, expected: "refuse or skip" }),
    }
}

impl ManifestPredicate {
    /// The origin of a checkpoint over the manifest's lines: `<archive>/<collection>/<serial>`;
    /// outside of an archive `vidimus-release/<serial>`.
    pub fn checkpoint_origin(&self) -> String {
        match (&self.archive, &self.collection) {
            (Some(archive), Some(collection)) => format!("{archive}/{collection}/{}", self.serial),
            (Some(_) | None, _) => format!("vidimus-release/{}", self.serial),
        }
    }

    /// The members of the JSON object, in a fixed order; what is `None` is written as `null`, and
    /// `notRead` only where it is not 0.
    pub fn to_value(&self) -> Value {
        let mut value = json!({
            "archive": self.archive,
            "collection": self.collection,
            "serial": self.serial,
            "previous": self.previous.map(|digest| hex::encode(&digest)),
            "files": self.files,
            "bytes": self.bytes,
            "merkle": { "root": hex::encode(&self.merkle_root), "size": self.merkle_size },
            "ignore": self.ignore,
            "symlinks": self.symlinks,
            "listedOnly": self.listed_only,
            NOT_READ: self.not_read,
            "claimedTime": self.claimed_time.to_string(),
            "tool": self.tool,
        });
        if let Some(members) = value.as_object_mut().filter(|_| self.not_read == 0) {
            members.shift_remove(NOT_READ);
        }
        value
    }
}

/// The payload of a statement about a manifest: compact JSON in a fixed order.
///
/// Subject 1 is the manifest; subject 2, when `folder` is given (`<collection>/`), is the tree,
/// whose `dirHash` is the SHA-256 of the manifest; then come `files`. JSON carries text only, so
/// a caller with any file name that is not UTF-8 leaves all files out, and does not give
/// `folder` when a name has a backslash, LF or CR, for which the two digests differ.
pub fn build_statement(
    manifest_name: &str,
    manifest_sha256: [u8; 32],
    folder: Option<&str>,
    files: &[(String, [u8; 32])],
    predicate: &ManifestPredicate,
) -> Vec<u8> {
    let subject = |name: &str, algorithm: &str, digest: &[u8; 32]| Subject {
        name: Some(name.to_owned()),
        digests: vec![(algorithm.to_owned(), hex::encode(digest))],
    };
    let mut subjects = vec![subject(manifest_name, "sha256", &manifest_sha256)];
    subjects.extend(folder.map(|name| subject(name, DIR_HASH, &manifest_sha256)));
    subjects.extend(files.iter().map(|(name, digest)| subject(name, "sha256", digest)));
    let predicate_type = PREDICATE_TYPE.to_owned();
    Statement { subjects, predicate_type, predicate: predicate.to_value() }.to_json()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::statement;
    use proptest::prelude::*;

    fn sample() -> ManifestPredicate {
        ManifestPredicate {
            archive: Some("example.org/statements".into()),
            collection: Some("seeds".into()),
            serial: 1,
            previous: None,
            files: 5,
            bytes: 1234,
            merkle_root: [0xab; 32],
            merkle_size: 5,
            ignore: vec![".git".into()],
            symlinks: "refuse".into(),
            listed_only: false,
            not_read: 0,
            claimed_time: Time::parse("2026-01-31T12:00:00Z").unwrap(),
            tool: "vidimus 0.1.0".into(),
        }
    }

    #[test]
    fn the_written_form() {
        let expected = format!(
            r#"{{"archive":"example.org/statements","collection":"seeds","serial":1,"previous":null,"files":5,"bytes":1234,"merkle":{{"root":"{}","size":5}},"ignore":[".git"],"symlinks":"refuse","listedOnly":false,"claimedTime":"2026-01-31T12:00:00Z","tool":"vidimus 0.1.0"}}"#,
            "ab".repeat(32)
        );
        assert_eq!(sample().to_value().to_string(), expected);
        let payload = build_statement(
            "SHA256SUMS",
            [1; 32],
            Some("seeds/"),
            &[("a".into(), [2; 32])],
            &sample(),
        );
        let expected = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"SHA256SUMS","digest":{{"sha256":"{one}"}}}},{{"name":"seeds/","digest":{{"dirHash":"{one}"}}}},{{"name":"a","digest":{{"sha256":"{two}"}}}}],"predicateType":"urn:vidimus:manifest:v1","predicate":{expected}}}"#,
            one = "01".repeat(32),
            two = "02".repeat(32),
        );
        assert_eq!(String::from_utf8(payload).unwrap(), expected);
    }

    #[test]
    fn what_was_not_read_is_written_where_there_is_any() {
        let some = ManifestPredicate { not_read: 5, ..sample() };
        let text = some.to_value().to_string();
        assert!(text.contains(r#""listedOnly":false,"notRead":5,"claimedTime":"#), "{text}");
        assert_eq!(from_value(&some.to_value()), Ok(some));
    }

    #[test]
    fn every_member_is_needed_and_no_other() {
        for name in MEMBERS.into_iter().filter(|name| *name != NOT_READ) {
            let mut value = sample().to_value();
            value.as_object_mut().unwrap().remove(name);
            let missing = PredicateError::Member(MemberError::Missing { name });
            assert_eq!(from_value(&value), Err(missing));
        }
        let mut value = sample().to_value();
        value["\u{1b}x"] = Value::Null;
        assert_eq!(from_value(&value), Err(PredicateError::Unknown { name: "\\x1bx".into() }));
        let mut value = sample().to_value();
        value["merkle"]["hash"] = "sha256".into();
        assert_eq!(from_value(&value), Err(PredicateError::Unknown { name: "hash".into() }));
        assert!(from_value(&json!([])).is_err());
    }

    #[test]
    fn values_are_of_one_spelling() {
        let upper = "AB".repeat(32);
        let table: &[(&str, &[&str])] = &[
            ("archive", &["1", "[]"]),
            ("serial", &["-1", "1.0", "1e2", "-0", "18446744073709551616", "\"1\"", "null"]),
            ("files", &["0.5", "true"]),
            ("bytes", &["1E1"]),
            ("previous", &["\"\"", "\"ab\"", "1", &format!("\"{upper}\"")]),
            ("merkle", &["null", "{}", r#"{"root":"ab","size":1}"#]),
            ("ignore", &["null", "\"\"", "[1]", "[null]"]),
            ("symlinks", &["\"follow\"", "\"Refuse\"", "null"]),
            ("listedOnly", &["null", "0", "\"false\""]),
            ("notRead", &["0", "-1", "6", "1.0", "\"1\"", "null", "false"]),
            ("claimedTime", &["0", "\"2026-01-31\"", "\"2026-01-31T12:00:00+00:00\""]),
            ("tool", &["null", "{}"]),
        ];
        for (name, values) in table {
            for bad in *values {
                let mut value = sample().to_value();
                value[name] = crate::codec::json::parse(bad.as_bytes()).unwrap();
                assert!(from_value(&value).is_err(), "{name}: {bad}");
            }
        }
    }

    fn any_predicate() -> impl Strategy<Value = ManifestPredicate> {
        let names = (any::<Option<String>>(), any::<Option<String>>(), any::<String>());
        let numbers = any::<[u64; 4]>();
        let digests = (any::<Option<[u8; 32]>>(), any::<[u8; 32]>());
        let rules = (any::<Vec<String>>(), any::<bool>(), any::<bool>(), 0_i64..253_402_300_800);
        let numbers = (numbers, any::<bool>(), any::<u64>());
        (names, numbers, digests, rules).prop_map(|(names, numbers, digests, rules)| {
            let ([serial, files, bytes, merkle_size], reused, part) = numbers;
            ManifestPredicate {
                archive: names.0,
                collection: names.1,
                serial,
                previous: digests.0,
                files,
                bytes,
                merkle_root: digests.1,
                merkle_size,
                ignore: rules.0,
                symlinks: if rules.1 { "refuse" } else { "skip" }.to_owned(),
                listed_only: rules.2,
                not_read: if reused { part.min(files) } else { 0 },
                claimed_time: Time::from_unix(rules.3).unwrap(),
                tool: names.2,
            }
        })
    }

    proptest! {
        #[test]
        fn parse_and_build_are_inverse(
            predicate in any_predicate(),
            name: String,
            folder: Option<String>,
            manifest: [u8; 32],
            files in prop::collection::vec((any::<String>(), any::<[u8; 32]>()), 0..4),
        ) {
            let payload = build_statement(&name, manifest, folder.as_deref(), &files, &predicate);
            let read = statement::parse(&payload).unwrap();
            prop_assert_eq!(from_value(&read.predicate), Ok(predicate));
            prop_assert_eq!(&read.predicate_type, PREDICATE_TYPE);
            prop_assert_eq!(read.to_json(), payload);
            let mut subjects = read.subjects.iter();
            let first = subjects.next().unwrap();
            prop_assert_eq!((first.name.clone(), first.sha256()), (Some(name), Some(manifest)));
            if folder.is_some() {
                let second = subjects.next().unwrap();
                prop_assert_eq!((second.name.clone(), second.dir_hash()), (folder, Some(manifest)));
            }
            let rest: Vec<_> =
                subjects.map(|one| (one.name.clone().unwrap(), one.sha256().unwrap())).collect();
            prop_assert_eq!(rest, files);
        }
    }
}
