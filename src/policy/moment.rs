//! Times in the policy: RFC 3339 with `Z`, as quoted text.
//!
//! TOML has times of its own, with more spellings than one and some without a zone. They are
//! refused, so that a time reads the same in every implementation.

use crate::finding::{Code, Coded};
use crate::time::{NotATime, Time};
use serde::Deserialize;
use toml::Spanned;

/// A time as the policy holds it, before it was understood.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct WireTime(toml::Value);

/// Why a value is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// A time in TOML's own notation.
    #[error("write the time in quotes, as in \"2026-01-31T12:00:00Z\"")]
    Unquoted,
    /// Neither a time nor a text.
    #[error("a time must be a text in quotes, as in \"2026-01-31T12:00:00Z\"")]
    NotText,
    /// A text that is no time.
    #[error(transparent)]
    NotATime(#[from] NotATime),
}

impl Coded for MomentError {
    fn code(&self) -> Code {
        match self {
            Self::Unquoted | Self::NotText | Self::NotATime(_) => Code::Malformed,
        }
    }
}

/// Understands a time of the policy.
///
/// # Errors
/// [`MomentError`] for anything but `"YYYY-MM-DDTHH:MM:SSZ"` in quotes.
pub(super) fn read(wire: &Spanned<WireTime>) -> Result<Time, MomentError> {
    match &wire.get_ref().0 {
        toml::Value::String(text) => Ok(Time::parse(text)?),
        toml::Value::Datetime(_) => Err(MomentError::Unquoted),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Array(_)
        | toml::Value::Table(_) => Err(MomentError::NotText),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Document {
        t: Spanned<WireTime>,
    }

    #[test]
    fn times_are_quoted() {
        let good = Time::parse("2026-01-31T12:00:00Z").unwrap();
        for (text, expected) in [
            ("\"2026-01-31T12:00:00Z\"", Ok(good)),
            ("'2026-01-31T12:00:00Z'", Ok(good)),
            ("2026-01-31T12:00:00Z", Err(MomentError::Unquoted)),
            ("2026-01-31", Err(MomentError::Unquoted)),
            ("1769860800", Err(MomentError::NotText)),
            ("{}", Err(MomentError::NotText)),
            ("\"2026-01-31\"", Err(MomentError::NotATime(NotATime))),
            ("\"2026-01-31T12:00:00+01:00\"", Err(MomentError::NotATime(NotATime))),
        ] {
            let document: Document = toml::from_str(&format!("t = {text}")).unwrap();
            assert_eq!(read(&document.t), expected, "{text}");
        }
    }
}
