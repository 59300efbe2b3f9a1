//! The in-toto Statement, version 1 (in-toto/attestation, spec/v1/statement.md).
//!
//! It says of some subjects, by digest, what the predicate says. Subjects match by digest
//! alone: a name binds nothing. Members that the format does not have are ignored, as it says;
//! what ours mean is read by [`predicate`](super::predicate).

use super::MemberError;
use super::members::{Members, as_text};
use crate::codec::{hex, json};
use crate::finding::{Code, Coded};
use crate::limits;
use serde_json::{Map, Value, json};

/// The `_type` of the one version that is read.
pub const TYPE: &str = "https://in-toto.io/Statement/v1";
/// What every version of `_type` begins with.
const ANY_TYPE: &str = "https://in-toto.io/Statement/";
/// The DSSE payload type of a Statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The name of the digest of a folder: the SHA-256 of its sorted list, as Go's `Hash1`.
pub const DIR_HASH: &str = "dirHash";
/// The algorithms whose digests must be well-formed, and their length in hex digits.
const KNOWN: [(&str, usize); 3] = [("sha256", 64), ("sha512", 128), (DIR_HASH, 64)];

/// One thing that a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its name, which binds nothing; `None` when absent.
    pub name: Option<String>,
    /// Algorithm and digest, at least one. `sha256`, `sha512` and `dirHash` are lower-case hex
    /// of the right length; of others only the text is known.
    pub digests: Vec<(String, String)>,
}

/// A statement that parsed: the payload of an envelope, true or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it is about, at least one.
    pub subjects: Vec<Subject>,
    /// What the predicate means, a URI; not empty.
    pub predicate_type: String,
    /// What is said: an object, empty when absent.
    pub predicate: Value,
}

/// Why bytes are no Statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Longer than [`limits::ENVELOPE_BYTES`].
    #[error("a statement longer than {} bytes", limits::ENVELOPE_BYTES)]
    TooLong,
    /// Not strict JSON.
    #[error("not an in-toto statement")]
    Json(#[from] json::JsonError),
    /// A member is missing or of another form.
    #[error("not an in-toto statement")]
    Member(#[from] MemberError),
    /// Some other `_type`.
    #[error("not an in-toto statement: '_type' is not {TYPE}")]
    Type,
    /// The `_type` of another version.
    #[error("an in-toto statement of another version than {TYPE} is not supported")]
    Version,
    /// An empty predicate type.
    #[error("an in-toto statement with an empty 'predicateType'")]
    NoPredicateType,
    /// No subject at all.
    #[error("an in-toto statement without subjects")]
    NoSubject,
    /// More than [`limits::SUBJECTS`] subjects.
    #[error("{found} subjects in one statement, more than {}", limits::SUBJECTS)]
    TooMany {
        /// Number of subjects.
        found: usize,
    },
    /// A subject without any digest.
    #[error("subject {position} of the statement has no digest")]
    NoDigest {
        /// Position of the subject, from 1.
        position: usize,
    },
    /// A digest of a known algorithm that is not lower-case hex of its length.
    #[error("the {algorithm} of subject {position} is not {digits} lower-case hex digits")]
    Digest {
        /// Position of the subject, from 1.
        position: usize,
        /// The algorithm.
        algorithm: &'static str,
        /// Number of hex digits that it must have.
        digits: usize,
    },
}

impl Coded for StatementError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong | Self::TooMany { .. } => Code::Limit,
            Self::Version => Code::Unsupported,
            Self::Json(_)
            | Self::Member(_)
            | Self::Type
            | Self::NoPredicateType
            | Self::NoSubject
            | Self::NoDigest { .. }
            | Self::Digest { .. } => Code::Malformed,
        }
    }
}

/// Reads the payload of an envelope of type [`PAYLOAD_TYPE`].
///
/// # Errors
/// [`StatementError`], the first reason found.
pub fn parse(payload: &[u8]) -> Result<Statement, StatementError> {
    if !u64::try_from(payload.len()).is_ok_and(|length| length <= limits::ENVELOPE_BYTES) {
        return Err(StatementError::TooLong);
    }
    let value = json::parse(payload)?;
    let members = Members::of(&value, "statement")?;
    check_type(members.text("_type")?)?;
    let predicate_type = members.text("predicateType")?;
    if predicate_type.is_empty() {
        return Err(StatementError::NoPredicateType);
    }
    let predicate = members.optional_object("predicate")?.map(Members::map);
    Ok(Statement {
        subjects: subjects(members.array("subject")?)?,
        predicate_type: predicate_type.to_owned(),
        predicate: Value::Object(predicate.cloned().unwrap_or_default()),
    })
}

fn check_type(name: &str) -> Result<(), StatementError> {
    match name {
        TYPE => Ok(()),
        other if other.starts_with(ANY_TYPE) => Err(StatementError::Version),
        _ => Err(StatementError::Type),
    }
}

fn subjects(values: &[Value]) -> Result<Vec<Subject>, StatementError> {
    match values.len() {
        0 => Err(StatementError::NoSubject),
        found if found > limits::SUBJECTS => Err(StatementError::TooMany { found }),
        _ => (1..).zip(values).map(|(position, value)| subject(position, value)).collect(),
    }
}

fn subject(position: usize, value: &Value) -> Result<Subject, StatementError> {
    let members = Members::of(value, "subject")?;
    let digests = Members::of(members.required("digest")?, "digest")?.map();
    if digests.is_empty() {
        return Err(StatementError::NoDigest { position });
    }
    let digests = digests.iter().map(|(name, value)| {
        let text = as_text(value, "digest")?;
        check_digest(position, name, text)?;
        Ok((name.clone(), text.to_owned()))
    });
    Ok(Subject {
        name: members.optional_text("name")?.map(str::to_owned),
        digests: digests.collect::<Result<_, StatementError>>()?,
    })
}

fn check_digest(position: usize, name: &str, text: &str) -> Result<(), StatementError> {
    let Some(&(algorithm, digits)) = KNOWN.iter().find(|(known, _)| *known == name) else {
        return Ok(());
    };
    let lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == digits && text.bytes().all(lower_hex))
        .then_some(())
        .ok_or(StatementError::Digest { position, algorithm, digits })
}

impl Subject {
    /// The digest of this algorithm, as it stands there.
    pub fn digest(&self, algorithm: &str) -> Option<&str> {
        self.digests.iter().find(|(name, _)| name == algorithm).map(|(_, text)| text.as_str())
    }

    /// The `sha256`, when there is one.
    pub fn sha256(&self) -> Option<[u8; 32]> {
        hex::decode_array(self.digest("sha256")?.as_bytes())
    }

    /// The `dirHash`, when there is one.
    pub fn dir_hash(&self) -> Option<[u8; 32]> {
        hex::decode_array(self.digest(DIR_HASH)?.as_bytes())
    }

    fn to_value(&self) -> Value {
        let mut members = Map::new();
        if let Some(name) = &self.name {
            members.insert("name".to_owned(), name.as_str().into());
        }
        let digest = |(name, text): &(String, String)| (name.clone(), Value::from(text.as_str()));
        members.insert("digest".to_owned(), self.digests.iter().map(digest).collect());
        Value::Object(members)
    }
}

impl Statement {
    /// Compact JSON in a fixed order, without a final line feed: the payload to be signed.
    pub fn to_json(&self) -> Vec<u8> {
        let value = json!({
            "_type": TYPE,
            "subject": self.subjects.iter().map(Subject::to_value).collect::<Vec<_>>(),
            "predicateType": self.predicate_type,
            "predicate": self.predicate,
        });
        value.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "5f1b951418d9e4f53d2704102b2fed760c3f6f08e8dfe0c00dd115a1f4e54c8a";

    fn text() -> String {
        format!(
            r#"{{"_type":"{TYPE}","subject":[{{"name":"a","digest":{{"sha256":"{DIGEST}"}}}}],"predicateType":"p","predicate":{{"x":1}}}}"#
        )
    }

    #[test]
    fn prints_what_it_parsed() {
        let statement = parse(text().as_bytes()).unwrap();
        assert_eq!(String::from_utf8(statement.to_json()).unwrap(), text());
        let subject = statement.subjects.first().unwrap();
        assert_eq!(subject.sha256().map(|digest| hex::encode(&digest)).as_deref(), Some(DIGEST));
        assert_eq!((subject.digest("sha512"), subject.dir_hash()), (None, None));
    }

    #[test]
    fn absent_and_unknown_members() {
        for (from, to) in [
            (r#","predicate":{"x":1}"#, ""),
            (r#""predicate":{"x":1}"#, r#""predicate":null"#),
            (r#""name":"a","#, ""),
            (r#"{"name":"a""#, r#"{"uri":[],"name":"a""#),
            (r#"{"_type""#, r#"{"x":{},"_type""#),
            (r#"{"sha256""#, r#"{"gitCommit":"NOT hex","sha256""#),
        ] {
            let other = text().replace(from, to);
            assert_ne!(other, text());
            let statement = parse(other.as_bytes()).unwrap();
            assert!(statement.predicate.is_object());
            assert_eq!(parse(&statement.to_json()), Ok(statement));
        }
    }

    #[test]
    fn refusals() {
        let member = |error| StatementError::Member(error);
        let missing = |name| member(MemberError::Missing { name });
        let object = |name| member(MemberError::NotAnObject { name });
        let typed = |name, expected| member(MemberError::Type { name, expected });
        let digest = |algorithm, digits| StatementError::Digest { position: 1, algorithm, digits };
        let whole = format!(r#"{{"name":"a","digest":{{"sha256":"{DIGEST}"}}}}"#);
        let pair = format!(r#""sha256":"{DIGEST}""#);
        let table = [
            (TYPE, "https://in-toto.io/Statement/v0.1", StatementError::Version),
            (TYPE, "https://in-toto.io/Statement/v1/", StatementError::Version),
            (TYPE, "https://in-toto.io/statement/v1", StatementError::Type),
            ("_type", "type", missing("_type")),
            ("predicateType", "t", missing("predicateType")),
            ("\"p\"", "\"\"", StatementError::NoPredicateType),
            ("\"p\"", "null", missing("predicateType")),
            ("\"p\"", "{}", typed("predicateType", "a string")),
            ("\"subject\"", "\"subjects\"", missing("subject")),
            (r#"{"x":1}"#, "[]", object("predicate")),
            (r#""a""#, "1", typed("name", "a string")),
            (&whole, "", StatementError::NoSubject),
            (&whole, "1", object("subject")),
            (&pair, "", StatementError::NoDigest { position: 1 }),
            ("\"digest\"", "\"d\"", missing("digest")),
            (&DIGEST[1..], "", digest("sha256", 64)),
            ("5f1b", "Xf1b", digest("sha256", 64)),
            ("f1b", "F1B", digest("sha256", 64)),
            ("\"sha256\"", "\"sha512\"", digest("sha512", 128)),
            (&DIGEST[..2], "", digest("sha256", 64)),
            (&pair, r#""sha256":1"#, typed("digest", "a string")),
            (&pair, r#""x":null"#, typed("digest", "a string")),
        ];
        for (from, to, expected) in table {
            let bad = text().replace(from, to);
            assert_eq!(parse(bad.as_bytes()), Err(expected), "{bad}");
        }
        let upper = text().replace("sha256", DIR_HASH).replace("f1b", "F1B");
        assert_eq!(parse(upper.as_bytes()), Err(digest(DIR_HASH, 64)));
        let many = vec![whole.as_str(); limits::SUBJECTS + 1].join(",");
        let many = text().replace(&whole, &many);
        let found = limits::SUBJECTS + 1;
        assert_eq!(parse(many.as_bytes()), Err(StatementError::TooMany { found }));
        let second = text().replace(&whole, &format!(r#"{whole},{{"digest":{{}}}}"#));
        assert_eq!(parse(second.as_bytes()), Err(StatementError::NoDigest { position: 2 }));
        let twice = text().replace(&pair, &format!("{pair},{pair}"));
        assert!(matches!(parse(twice.as_bytes()), Err(StatementError::Json(_))));
    }
}
