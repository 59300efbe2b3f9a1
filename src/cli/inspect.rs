//! `vidimus inspect`: says what a file is. It verifies nothing, and says so.

use super::context::Context;
use super::{Result, Run};
use clap::Args;
use serde_json::Value;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use vidimus::envelope::bundle::{Content, KeyMaterial};
use vidimus::envelope::dsse::{self, Envelope};
use vidimus::envelope::{bundle as sigstore, checkpoint, note as signed_note, statement};
use vidimus::finding::{Code, Finding, Outcome};
use vidimus::manifest::{self, ListOptions};
use vidimus::policy::allowed_signers;
use vidimus::signature::{minisign, sshsig};
use vidimus::{fs, key, limits, report};

/// Say what a key, list, signature or bundle is
///
/// It says what the file says of itself. Nothing is verified.
#[derive(Args)]
#[command(after_help = "Example:\n  vidimus inspect manifests/seeds/SHA256SUMS.sigstore.json")]
pub(crate) struct Inspect {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// What a file says of itself: name and value of each fact.
type Facts = Vec<(&'static str, String)>;

impl Inspect {
    pub(crate) fn run(&self, _context: &Context) -> Result {
        let shown = self.file.as_os_str().as_bytes();
        let bytes = fs::read_named(&self.file, limits::ENVELOPE_BYTES)
            .map_err(|error| vec![Finding::of(&error).at(shown)])?;
        let name = self.file.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
        let Some(facts) = READERS.iter().find_map(|reader| reader(&bytes, name)) else {
            let finding = Finding::error(
                Code::Unsupported,
                "is nothing that Vidimus reads: no key, manifest, signature, bundle, policy or checkpoint",
            );
            return Err(vec![finding.at(shown)]);
        };
        Ok(show(&facts))
    }
}

fn show(facts: &Facts) -> Run {
    let mut text = String::new();
    let mut object = serde_json::Map::new();
    for (name, value) in facts {
        text.push_str(&format!("{name:16} {}\n", report::escape::message(value)));
        add(&mut object, name, value);
    }
    text.push_str("nothing was verified: this is what the file says of itself\n");
    let mut outcome = Outcome::default();
    outcome.not_checked.push("everything: inspect verifies nothing".to_owned());
    outcome.details.push(("inspected", object.into()));
    Run::data(text, outcome)
}

/// Adds a fact; one that is there several times becomes a list, so that none is lost.
fn add(object: &mut serde_json::Map<String, Value>, name: &str, value: &str) {
    match object.get_mut(name) {
        None => {
            object.insert(name.to_owned(), value.into());
        }
        Some(Value::Array(values)) => values.push(value.into()),
        Some(one) => *one = Value::Array(vec![one.take(), value.into()]),
    }
}

/// Each takes the bytes and the file's name; the first that recognises them wins.
const READERS: [fn(&[u8], &[u8]) -> Option<Facts>; 10] = [
    private_key,
    public_key,
    minisign_signature,
    ssh_signature,
    bundle,
    envelope,
    note,
    policy,
    list,
    signers,
];

fn private_key(bytes: &[u8], _: &[u8]) -> Option<Facts> {
    if key::needs_password(bytes) {
        return Some(vec![("kind", "private key, encrypted".into())]);
    }
    let key = key::parse_private(bytes, None).ok()?;
    Some(vec![
        ("kind", "private key, NOT encrypted: keep it to yourself".into()),
        ("public key", key.public().to_string()),
    ])
}

fn public_key(bytes: &[u8], _: &[u8]) -> Option<Facts> {
    let keys = key::parse_public(bytes).ok()?;
    let mut facts: Facts = vec![("kind", "public key".into())];
    for named in keys {
        facts.push(("key", named.key.to_string()));
        facts.push(("fingerprint", key::fingerprint(&named.key)));
        facts.extend(named.comment.map(|comment| ("comment", comment)));
    }
    Some(facts)
}

fn minisign_signature(bytes: &[u8], _: &[u8]) -> Option<Facts> {
    let signature = minisign::parse(bytes).ok()?;
    let kind = if signature.prehashed {
        "minisign signature"
    } else {
        "legacy minisign signature, refused unless asked for"
    };
    Some(vec![
        ("kind", kind.into()),
        ("key id", minisign::key_id_text(signature.key_id)),
        ("claimed comment", signature.trusted_comment),
    ])
}

fn ssh_signature(bytes: &[u8], _: &[u8]) -> Option<Facts> {
    let signature = sshsig::parse(bytes).ok()?;
    Some(vec![
        ("kind", "OpenSSH signature".into()),
        ("claimed key", signature.key.to_string()),
        ("fingerprint", key::fingerprint(&signature.key)),
        ("namespace", signature.namespace),
        ("hash", signature.hash.name().into()),
    ])
}

fn bundle(bytes: &[u8], _: &[u8]) -> Option<Facts> {
    let bundle = sigstore::parse(bytes).ok()?;
    let key = match bundle.key {
        KeyMaterial::PublicKeyHint(hint) => {
            format!("plain key, hint {}", hint.unwrap_or_else(|| "none".into()))
        }
        KeyMaterial::Certificate => "certificate".into(),
    };
    let mut facts: Facts = vec![("kind", "Sigstore bundle".into()), ("key material", key)];
    facts.push(("timestamps", bundle.timestamps.len().to_string()));
    facts.push(("log entries", bundle.log_entries.to_string()));
    match bundle.content {
        Content::Dsse(envelope) => facts.extend(envelope_facts(&envelope)),
        Content::Message { .. } => facts.push(("content", "a signature over a file".into())),
    }
    Some(facts)
}

fn envelope(bytes: &[u8], _: &[u8]) -> Option<Facts> {
    let envelope = dsse::parse(bytes).ok()?;
    let mut facts: Facts = vec![("kind", "DSSE envelope".into())];
    facts.extend(envelope_facts(&envelope));
    Some(facts)
}

fn envelope_facts(envelope: &Envelope) -> Facts {
    let mut facts: Facts = vec![
        ("payload type", envelope.payload_type.clone()),
        ("signatures", envelope.signatures.len().to_string()),
    ];
    for signature in &envelope.signatures {
        facts.push(("claimed key id", signature.key_id.clone().unwrap_or_else(|| "none".into())));
    }
    if let Ok(statement) = statement::parse(&envelope.payload) {
        facts.push(("predicate type", statement.predicate_type));
        facts.push(("subjects", statement.subjects.len().to_string()));
        facts.push(("predicate", statement.predicate.to_string()));
    }
    facts
}

fn note(bytes: &[u8], _: &[u8]) -> Option<Facts> {
    let note = signed_note::parse(bytes).ok()?;
    let mut facts: Facts = match checkpoint::parse(&note.text) {
        Ok(checkpoint) => vec![
            ("kind", "checkpoint".into()),
            ("origin", checkpoint.origin),
            ("size", checkpoint.size.to_string()),
            ("root", vidimus::codec::hex::encode(&checkpoint.root)),
        ],
        Err(_) => vec![("kind", "signed note".into())],
    };
    facts
        .extend(note.signatures.iter().map(|signature| ("claimed signer", signature.name.clone())));
    Some(facts)
}

fn policy(bytes: &[u8], _: &[u8]) -> Option<Facts> {
    let version = vidimus::policy::version_of(bytes)?;
    Some(vec![("kind", "policy".into()), ("version", version.to_string())])
}

fn list(bytes: &[u8], name: &[u8]) -> Option<Facts> {
    let list =
        manifest::read_list(bytes, &ListOptions { algorithm: None, file_name: name, zero: false })
            .ok()?;
    let algorithms: Vec<&str> = list.algorithms.iter().map(|algorithm| algorithm.name()).collect();
    Some(vec![
        ("kind", format!("checksum list ({})", list.form)),
        ("algorithms", algorithms.join(", ")),
        ("files", list.entries.len().to_string()),
    ])
}

fn signers(bytes: &[u8], _: &[u8]) -> Option<Facts> {
    let entries = allowed_signers::parse(bytes).ok()?.entries;
    if entries.is_empty() {
        return None;
    }
    Some(vec![
        ("kind", "OpenSSH list of allowed signers".into()),
        ("entries", entries.len().to_string()),
    ])
}
