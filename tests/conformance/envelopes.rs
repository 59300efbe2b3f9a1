//! DSSE envelopes: the encoding that is signed, and whole envelopes as `vidimus verify` sees them.

use crate::tally;
use crate::verdict::{Row, array, bytes, controls, detached_bytes, document, text, trust};
use serde_json::Value;
use std::path::Path;
use vidimus::codec::hex;
use vidimus::envelope::{dsse, statement};
use vidimus::key;

pub(crate) const ROWS: &[Row] = &[
    ("dsse-spec/spec-vector.json", "DSSE: the envelope of the specification verified", spec),
    ("hostile-controls/dsse.json", "DSSE: pre-authentication encoding, byte for byte", pae),
    ("hostile-controls/dsse.json", "DSSE: accepted, or refused with its code", |path| {
        controls(path, control)
    }),
];

fn spec(path: &Path) -> (usize, usize) {
    let vector = document(path);
    let key = &key::parse_public(text(&vector, "public_key_pem").as_bytes()).unwrap()[0].key;
    let envelope = dsse::parse(vector["envelope"].to_string().as_bytes()).unwrap();
    let mut changed = envelope.clone();
    changed.payload.push(b'!');
    let right = envelope.pae() == text(&vector, "pae").as_bytes()
        && envelope.verified_by(key) == [0]
        && changed.verified_by(key).is_empty();
    tally([("the example", right)])
}

fn pae(path: &Path) -> (usize, usize) {
    let family = document(path);
    tally(array(&family, "pae").iter().map(|row| {
        let body = hex::decode(text(row, "body_hex").as_bytes()).unwrap();
        let encoded = hex::encode(&dsse::pae(text(row, "type"), &body));
        (text(row, "type"), encoded == text(row, "pae_hex"))
    }))
}

fn control(case: &Value) -> Option<String> {
    assert_eq!(text(case, "payload_type"), statement::PAYLOAD_TYPE);
    let keys = array(case, "trusted_pubkeys_hex").iter();
    let lines: String = keys.map(|key| format!("ed25519:{}\n", key.as_str().unwrap())).collect();
    let trust = match trust(lines.as_bytes(), case["threshold"].as_u64().unwrap()) {
        Ok(trust) => trust,
        Err(code) => return Some(code),
    };
    let envelope = bytes(case, "envelope_b64");
    if let Ok(read) = dsse::parse(&envelope) {
        assert_eq!(dsse::parse(&read.to_json()), Ok(read));
    }
    detached_bytes(&bytes(case, "artifact_b64"), &envelope, &trust, "file")
}
