//! Members of a JSON object, read with their exact types.
//!
//! A member that is `null` counts as absent, as in the JSON mapping of protocol buffers, in
//! which DSSE, in-toto and Sigstore define their messages.

use crate::codec::base64;
use crate::finding::{Code, Coded};
use serde_json::{Map, Value};

/// Why an object is not of the form it should be. Names are those of our own formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemberError {
    /// Something else than an object.
    #[error("'{name}' is not a JSON object")]
    NotAnObject {
        /// The member, or what the whole document should be.
        name: &'static str,
    },
    /// A required member is not there.
    #[error("no member '{name}'")]
    Missing {
        /// The member.
        name: &'static str,
    },
    /// A member has another type.
    #[error("'{name}' is not {expected}")]
    Type {
        /// The member.
        name: &'static str,
        /// What it should be, with its article.
        expected: &'static str,
    },
    /// A text is not canonical padded base64 of either alphabet.
    #[error("'{name}' is not canonical base64")]
    Base64 {
        /// The member.
        name: &'static str,
    },
}

impl Coded for MemberError {
    fn code(&self) -> Code {
        Code::Malformed
    }
}

/// The members of one object.
#[derive(Clone, Copy)]
pub(super) struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    /// Takes `value` as an object; `name` is what to call it otherwise.
    pub(super) fn of(value: &'a Value, name: &'static str) -> Result<Self, MemberError> {
        value.as_object().map(Self).ok_or(MemberError::NotAnObject { name })
    }

    pub(super) fn map(self) -> &'a Map<String, Value> {
        self.0
    }

    pub(super) fn optional(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn required(self, name: &'static str) -> Result<&'a Value, MemberError> {
        self.optional(name).ok_or(MemberError::Missing { name })
    }

    pub(super) fn optional_object(self, name: &'static str) -> Result<Option<Self>, MemberError> {
        self.optional(name).map(|value| Self::of(value, name)).transpose()
    }

    pub(super) fn text(self, name: &'static str) -> Result<&'a str, MemberError> {
        as_text(self.required(name)?, name)
    }

    pub(super) fn optional_text(self, name: &'static str) -> Result<Option<&'a str>, MemberError> {
        self.optional(name).map(|value| as_text(value, name)).transpose()
    }

    pub(super) fn array(self, name: &'static str) -> Result<&'a [Value], MemberError> {
        as_array(self.required(name)?, name)
    }

    /// The elements of an array that may be absent, which is the same as empty.
    pub(super) fn optional_array(self, name: &'static str) -> Result<&'a [Value], MemberError> {
        self.optional(name).map_or(Ok(&[]), |value| as_array(value, name))
    }

    /// The bytes of a text in base64 of either alphabet.
    pub(super) fn base64(self, name: &'static str) -> Result<Vec<u8>, MemberError> {
        base64::decode_either(self.text(name)?).map_err(|_| MemberError::Base64 { name })
    }
}

pub(super) fn as_text<'a>(value: &'a Value, name: &'static str) -> Result<&'a str, MemberError> {
    value.as_str().ok_or(MemberError::Type { name, expected: "a string" })
}

fn as_array<'a>(value: &'a Value, name: &'static str) -> Result<&'a [Value], MemberError> {
    value.as_array().map(Vec::as_slice).ok_or(MemberError::Type { name, expected: "an array" })
}
