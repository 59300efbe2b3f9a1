//! `SHA256SUMS.evidence.json`: what helps timestamps to be believed later and has no place in a
//! bundle: further certificates, and timestamps over timestamps (renewals, after RFC 4998).
//!
//! Our own format, `vidimus.evidence/v1`: closed, one spelling. Nothing in it is trusted; each
//! piece is verified by whoever uses it.

use crate::codec::{base64, hex, json};
use crate::finding::{Code, Coded};
use crate::limits;
use serde_json::{Value, json};

const SCHEMA: &str = "vidimus.evidence/v1";

/// The further evidence beside a manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// X.509 certificates in DER that complete chains.
    pub certificates: Vec<Vec<u8>>,
    /// Timestamps over timestamps.
    pub renewals: Vec<Renewal>,
}

/// A timestamp over an older one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// SHA-256 of the older token (the bare ContentInfo in DER), which is what was stamped.
    pub of: [u8; 32],
    /// The newer token, a TimeStampResp or a bare ContentInfo in DER.
    pub token: Vec<u8>,
}

/// Why bytes are no such file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Longer than [`limits::ENVELOPE_BYTES`].
    #[error("an evidence file longer than {} bytes", limits::ENVELOPE_BYTES)]
    TooLong,
    /// Not strict JSON.
    #[error("not an evidence file")]
    Json(#[from] json::JsonError),
    /// Not of this form.
    #[error("not an evidence file of the form {SCHEMA}")]
    Form,
    /// More than [`limits::SIGNATURES`] certificates or renewals.
    #[error("{found} pieces of one sort in an evidence file, more than {}", limits::SIGNATURES)]
    TooMany {
        /// How many.
        found: usize,
    },
}

impl Coded for EvidenceError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong | Self::TooMany { .. } => Code::Limit,
            Self::Json(_) | Self::Form => Code::Malformed,
        }
    }
}

/// Reads an evidence file that fills `bytes` completely.
///
/// # Errors
/// [`EvidenceError`], the first reason found.
pub fn parse(bytes: &[u8]) -> Result<Evidence, EvidenceError> {
    if !u64::try_from(bytes.len()).is_ok_and(|length| length <= limits::ENVELOPE_BYTES) {
        return Err(EvidenceError::TooLong);
    }
    let evidence = read(&json::parse(bytes)?).ok_or(EvidenceError::Form)?;
    for found in [evidence.certificates.len(), evidence.renewals.len()] {
        if found > limits::SIGNATURES {
            return Err(EvidenceError::TooMany { found });
        }
    }
    // Nothing stands there twice, and there is one spelling, so that nothing was skipped.
    let unique = evidence.renewals.iter().enumerate().all(|(place, renewal)| {
        evidence.renewals.iter().skip(place.saturating_add(1)).all(|other| other != renewal)
    });
    if !unique {
        return Err(EvidenceError::Form);
    }
    if evidence.print() == bytes { Ok(evidence) } else { Err(EvidenceError::Form) }
}

fn read(value: &Value) -> Option<Evidence> {
    if value.get("schema")?.as_str()? != SCHEMA {
        return None;
    }
    let bytes = |value: &Value| base64::decode(value.as_str()?).ok();
    let renewal = |value: &Value| {
        let of = hex::decode_array(value.get("of")?.as_str()?.as_bytes())?;
        Some(Renewal { of, token: bytes(value.get("token")?)? })
    };
    Some(Evidence {
        certificates: value
            .get("certificates")?
            .as_array()?
            .iter()
            .map(bytes)
            .collect::<Option<_>>()?,
        renewals: value.get("renewals")?.as_array()?.iter().map(renewal).collect::<Option<_>>()?,
    })
}

impl Evidence {
    /// The file: JSON with a final line feed.
    pub fn print(&self) -> Vec<u8> {
        let certificates: Vec<String> =
            self.certificates.iter().map(|der| base64::encode(der)).collect();
        let renewal = |renewal: &Renewal| json!({ "of": hex::encode(&renewal.of), "token": base64::encode(&renewal.token) });
        let renewals: Vec<Value> = self.renewals.iter().map(renewal).collect();
        let value = json!({ "schema": SCHEMA, "certificates": certificates, "renewals": renewals });
        format!("{value}\n").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parse_and_print_are_inverse(
            certificates: Vec<Vec<u8>>,
            renewals in prop::collection::vec((any::<[u8; 32]>(), any::<Vec<u8>>()), 0..3),
        ) {
            prop_assume!(certificates.len() <= limits::SIGNATURES);
            let renewals: Vec<Renewal> = renewals.into_iter().map(|(of, token)| Renewal { of, token }).collect();
            let evidence = Evidence { certificates, renewals };
            prop_assert_eq!(parse(&evidence.print()), Ok(evidence));
        }
    }

    #[test]
    fn what_is_no_evidence_file() {
        let text = String::from_utf8(Evidence::default().print()).unwrap();
        assert!(parse(text.as_bytes()).is_ok());
        for bad in [
            String::new(),
            text.replace("/v1", "/v2"),
            text.replace("[]", "{}"),
            text.replace("\"renewals\"", "\"more\":1,\"renewals\""),
            text.trim_end().to_owned(),
            format!("{text} "),
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        let many = Evidence { certificates: vec![vec![]; 65], renewals: vec![] };
        assert_eq!(parse(&many.print()), Err(EvidenceError::TooMany { found: 65 }));
    }
}
