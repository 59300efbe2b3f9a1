//! Strict JSON (RFC 8259): the reader for everything that is verified.
//!
//! `serde_json` does the syntax. What it lets through and a verifier must not is refused here:
//! duplicate members (compared after escapes are resolved, at every depth), more nesting than
//! [`MAX_DEPTH`] and more values than [`MAX_VALUES`]. Numbers keep no more precision than an
//! `f64` or a 64-bit integer has.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// Deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: usize = 100;
/// Most values (members and elements, at all depths) in one document: twice what the largest
/// statement needs. A value in memory is a hundred times a value in the document.
pub const MAX_VALUES: usize = 1_000_000;

/// Why a JSON document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at line {line} column {column}")]
pub struct JsonError {
    /// What is wrong, in the reader's words.
    pub reason: JsonReason,
    /// Line of the document, from 1.
    pub line: usize,
    /// Column of the line in bytes, from 1.
    pub column: usize,
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonReason {
    /// Not RFC 8259, or bytes after the end.
    #[error("not valid JSON")]
    Syntax,
    /// One object has the same member name twice.
    #[error("duplicate member")]
    Duplicate,
    /// Deeper than [`MAX_DEPTH`].
    #[error("nested too deeply")]
    Depth,
    /// More than [`MAX_VALUES`] values.
    #[error("too many values")]
    Values,
}

/// Reads one JSON document that fills `bytes` completely.
///
/// # Errors
/// [`JsonError`] with the place and the reason of the refusal.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let refused = Cell::new(None);
    let left = Cell::new(MAX_VALUES);
    let seed = Strict { depth: MAX_DEPTH, left: &left, refused: &refused };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        JsonError {
            reason: refused.get().unwrap_or(JsonReason::Syntax),
            line: error.line(),
            column: error.column(),
        }
    })
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    left: &'a Cell<usize>,
    refused: &'a Cell<Option<JsonReason>>,
}

impl Strict<'_> {
    fn refuse<E: Error>(self, reason: JsonReason) -> E {
        self.refused.set(Some(reason));
        E::custom(reason)
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.refuse(JsonReason::Depth)),
        }
    }

    fn count<E: Error>(self) -> Result<(), E> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(self.refuse(JsonReason::Values)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(inner)? {
            self.count()?;
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            self.count()?;
            if members.contains_key(&name) {
                return Err(self.refuse(JsonReason::Duplicate));
            }
            members.insert(name, map.next_value_seed(inner)?);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<JsonReason> {
        parse(text.as_bytes()).err().map(|error| error.reason)
    }

    #[test]
    fn refusals_have_their_reason() {
        let table = [
            (r#"{"a":1,"a":2}"#, JsonReason::Duplicate),
            (r#"{"a":1,"\u0061":2}"#, JsonReason::Duplicate),
            (r#"[{"b":{"":0,"":0}}]"#, JsonReason::Duplicate),
            ("[1,]", JsonReason::Syntax),
            ("{} {}", JsonReason::Syntax),
            ("", JsonReason::Syntax),
            ("01", JsonReason::Syntax),
            ("\u{feff}1", JsonReason::Syntax),
        ];
        for (text, expected) in table {
            assert_eq!(reason(text), Some(expected), "{text}");
        }
        assert_eq!(reason(&"[".repeat(200_000)), Some(JsonReason::Depth));
        assert_eq!(
            reason(&format!("{}{}", "[".repeat(101), "]".repeat(101))),
            Some(JsonReason::Depth)
        );
        assert_eq!(reason(&format!("{}{}", "[".repeat(100), "]".repeat(100))), None);
    }

    #[test]
    fn members_keep_their_order() {
        let value = parse(br#"{"z":1,"a":[true,null,-1.5,"x"]}"#).expect("valid");
        assert_eq!(value.to_string(), r#"{"z":1,"a":[true,null,-1.5,"x"]}"#);
    }
}
