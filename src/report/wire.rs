//! The wire types of the JSON document: what programs read.
//!
//! They change only with the schema's version, whatever becomes of our own types. Bytes that are
//! not UTF-8 stand there twice: as text with U+FFFD, and exactly, in base64.

use crate::codec::base64;
use crate::finding::{
    Counts, Evidence, Finding, Outcome, ProofRow, Severity, SignerRow, SignerStatus, Trust,
};
use serde::Serialize;
use serde_json::{Map, Value};

/// The name and version of the document.
pub const SCHEMA: &str = "vidimus.verify/v1";

/// One run, as programs see it.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    command: &'a str,
    verdict: &'static str,
    exit: u8,
    findings: Vec<WireFinding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<WireCounts>,
    signers: Vec<WireSigner<'a>>,
    thresholds: Vec<WireThreshold>,
    trust: Option<WireTrust<'a>>,
    judged_at: Option<WireJudgedAt>,
    not_checked: &'a [String],
    #[serde(flatten)]
    details: Map<String, Value>,
}

/// One finding.
#[derive(Serialize)]
pub(super) struct WireFinding<'a> {
    code: &'static str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<u8>,
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_b64: Option<String>,
    message: &'a str,
    #[serde(flatten)]
    evidence: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed_by: Option<WireClaim>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// Where the claim stands that was checked.
#[derive(Serialize)]
struct WireClaim {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_b64: Option<String>,
    line: Option<u64>,
}

/// How many files of which sort.
#[derive(Serialize)]
struct WireCounts {
    files: u64,
    unchanged: u64,
    changed: u64,
    missing: u64,
    unexpected: u64,
    unread: u64,
    ignored: u64,
    bytes: u64,
}

/// One signature that was looked at.
#[derive(Serialize)]
struct WireSigner<'a> {
    name: &'a str,
    key: Option<&'a str>,
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope_b64: Option<String>,
    evidence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_b64: Option<String>,
    status: &'static str,
    code: Option<&'static str>,
    /// The time by which the signature is proven to have existed.
    proven: Option<String>,
    proofs: Vec<WireProof<'a>>,
}

/// A proof about time or publication of a signature.
#[derive(Serialize)]
struct WireProof<'a> {
    kind: &'static str,
    by: &'a str,
    time: Option<String>,
}

/// How many distinct keys counted, and how many are required.
#[derive(Serialize)]
struct WireThreshold {
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope_b64: Option<String>,
    have: u64,
    need: u64,
}

/// Where trust came from.
#[derive(Serialize)]
struct WireTrust<'a> {
    source: &'a str,
    policy_sha256: Option<&'a str>,
    policy_version: Option<u64>,
    pinned: bool,
}

/// When keys were judged.
#[derive(Serialize)]
struct WireJudgedAt {
    time: String,
    source: &'static str,
}

impl<'a> Document<'a> {
    /// The document for one run of `command`.
    pub(super) fn of(command: &'a str, outcome: &'a Outcome) -> Self {
        let exit = outcome.exit();
        let mut details = Map::new();
        for (name, value) in &outcome.details {
            add(&mut details, &DOCUMENT_MEMBERS, name, value.clone());
        }
        Self {
            schema: SCHEMA,
            command,
            verdict: exit.verdict().as_str(),
            exit: exit.number(),
            findings: outcome.findings.iter().map(WireFinding::of).collect(),
            counts: outcome.counts.map(WireCounts::of),
            signers: outcome.signers.iter().map(WireSigner::of).collect(),
            thresholds: outcome.thresholds.iter().map(WireThreshold::of).collect(),
            trust: outcome.trust.as_ref().map(WireTrust::of),
            judged_at: outcome.judged_at.map(|(time, named)| WireJudgedAt {
                time: time.to_string(),
                source: if named { "--at" } else { "now" },
            }),
            not_checked: &outcome.not_checked,
            details,
        }
    }
}

impl<'a> WireFinding<'a> {
    pub(super) fn of(finding: &'a Finding) -> Self {
        let mut evidence = Map::new();
        for (name, value) in &finding.evidence {
            add_evidence(&mut evidence, name, value);
        }
        Self {
            code: finding.code.as_str(),
            severity: finding.severity.as_str(),
            exit: other_exit(finding),
            path: finding.path.as_deref().map(lossy),
            path_b64: finding.path.as_deref().and_then(exact),
            message: &finding.message,
            evidence,
            claimed_by: finding.claimed_by.as_ref().map(|(path, line)| WireClaim {
                path: lossy(path),
                path_b64: exact(path),
                line: *line,
            }),
            help: finding.help.as_deref(),
        }
    }
}

/// The exit that an error asks for, where it is not the one of its code.
fn other_exit(finding: &Finding) -> Option<u8> {
    let (exit, usual) = (finding.exit(), finding.code.exit());
    (finding.severity == Severity::Error && exit != usual).then(|| exit.number())
}

impl WireCounts {
    fn of(counts: Counts) -> Self {
        let Counts { files, unchanged, changed, missing, unexpected, unread, ignored, bytes } =
            counts;
        Self { files, unchanged, changed, missing, unexpected, unread, ignored, bytes }
    }
}

impl<'a> WireSigner<'a> {
    fn of(row: &'a SignerRow) -> Self {
        let (status, code) = match row.status {
            SignerStatus::Accepted => ("accepted", None),
            SignerStatus::Rejected(code) => ("rejected", Some(code.as_str())),
        };
        Self {
            name: &row.name,
            key: row.key.as_deref(),
            scope: row.scope.as_deref().map(lossy),
            scope_b64: row.scope.as_deref().and_then(exact),
            evidence: row.evidence.as_deref().map(lossy),
            evidence_b64: row.evidence.as_deref().and_then(exact),
            status,
            code,
            proven: row.proven.map(|time| time.to_string()),
            proofs: row.proofs.iter().map(WireProof::of).collect(),
        }
    }
}

impl<'a> WireProof<'a> {
    fn of(row: &'a ProofRow) -> Self {
        Self { kind: row.kind, by: &row.by, time: row.time.map(|time| time.to_string()) }
    }
}

impl WireThreshold {
    fn of((scope, have, need): &(Vec<u8>, u64, u64)) -> Self {
        Self { scope: lossy(scope), scope_b64: exact(scope), have: *have, need: *need }
    }
}

impl<'a> WireTrust<'a> {
    fn of(trust: &'a Trust) -> Self {
        Self {
            source: &trust.source,
            policy_sha256: trust.policy_sha256.as_deref(),
            policy_version: trust.policy_version,
            pinned: trust.pinned,
        }
    }
}

/// The document's own members, which no detail may repeat.
const DOCUMENT_MEMBERS: [&str; 11] = [
    "schema",
    "command",
    "verdict",
    "exit",
    "findings",
    "counts",
    "signers",
    "thresholds",
    "trust",
    "judged_at",
    "not_checked",
];

/// A finding's own members, which no evidence may repeat.
const FINDING_MEMBERS: [&str; 8] =
    ["code", "severity", "exit", "path", "path_b64", "message", "claimed_by", "help"];

/// Adds a member under `name`, or under a longer name when that one is taken: an object never
/// has the same member twice, and nothing is lost.
fn add(members: &mut Map<String, Value>, taken: &[&str], name: &str, value: Value) {
    let mut name = name.to_owned();
    while taken.contains(&name.as_str()) || members.contains_key(&name) {
        name.insert_str(0, "more_");
    }
    members.insert(name, value);
}

/// Adds one piece of evidence; a path that is not UTF-8 also as `<name>_b64`.
fn add_evidence(members: &mut Map<String, Value>, name: &str, value: &Evidence) {
    match value {
        Evidence::Text(text) => add(members, &FINDING_MEMBERS, name, text.as_str().into()),
        Evidence::Number(number) => add(members, &FINDING_MEMBERS, name, (*number).into()),
        Evidence::Changes { document, .. } => {
            add(members, &FINDING_MEMBERS, name, document.clone());
        }
        Evidence::Path(bytes) => {
            add(members, &FINDING_MEMBERS, name, lossy(bytes).into());
            if let Some(base64) = exact(bytes) {
                add(members, &FINDING_MEMBERS, &format!("{name}_b64"), base64.into());
            }
        }
    }
}

/// Bytes as text; U+FFFD stands for what is not UTF-8.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The exact bytes in base64, where [`lossy`] does not say them.
fn exact(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).is_err().then(|| base64::encode(bytes))
}
