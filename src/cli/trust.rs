//! Whose signatures count, from the command line: `--key`, `--allowed-signers`, `--threshold`.
//!
//! What stands there is input, not usage: malformed or weak is exit 3, a threshold that cannot be
//! reached exit 11.

use clap::Args;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::finding::{Code, Finding};
use vidimus::policy::{TrustSet, allowed_signers};
use vidimus::{fs, key, limits};

/// Keys that replace every other source of trust.
#[derive(Args)]
pub(crate) struct Keys {
    /// Public key that may sign: a file (PEM, OpenSSH, minisign) or the key itself; may be repeated
    #[arg(long, value_name = "PUB")]
    key: Vec<OsString>,
    /// How many distinct keys must have signed (default: 1)
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    threshold: Option<String>,
    /// OpenSSH list of allowed signers, as ssh-keygen reads it; goes with --identity
    #[arg(long, value_name = "LIST", conflicts_with = "key")]
    allowed_signers: Option<PathBuf>,
    /// Who must have signed, as named in the list
    #[arg(long, value_name = "ID", requires = "allowed_signers")]
    identity: Option<String>,
}

/// A name to show, a key, and its minisign id where it is known.
pub(crate) type KeyGiven = (String, key::PublicKey, Option<[u8; 8]>);

/// Loaded keys, the words for where they came from, and what is to be said about them.
pub(crate) struct Given {
    pub(crate) trust: TrustSet,
    pub(crate) words: &'static str,
    pub(crate) notes: Vec<Finding>,
}

impl Keys {
    /// The keys given, or `None` where none were.
    pub(crate) fn load(&self) -> super::Result<Option<Given>> {
        let threshold = self.threshold().map_err(|finding| vec![finding])?;
        let given = if let Some(list) = &self.allowed_signers {
            let Some(identity) = &self.identity else {
                return Err(vec![super::usage(
                    "--allowed-signers wants --identity ID: whose signature it must be",
                )]);
            };
            Some(from_list(list, identity, threshold)?)
        } else if self.key.is_empty() {
            if self.threshold.is_some() {
                return Err(vec![super::usage("--threshold goes with --key or --allowed-signers")]);
            }
            None
        } else {
            Some(from_keys(&self.key, threshold)?)
        };
        given.map(|given| reachable(given, threshold)).transpose()
    }

    fn threshold(&self) -> Result<u64, Finding> {
        self.threshold.as_deref().map_or(Ok(1), parse_threshold)
    }
}

/// Reads `--threshold`, which has one spelling.
pub(crate) fn parse_threshold(text: &str) -> Result<u64, Finding> {
    let canonical =
        text.parse::<u64>().ok().filter(|number| *number > 0 && number.to_string() == text);
    canonical.ok_or_else(|| {
        Finding::error(Code::Malformed, format!("--threshold wants a number from 1, not '{text}'"))
    })
}

fn reachable(given: Given, threshold: u64) -> super::Result<Given> {
    let distinct = given.trust.signers.len() as u64;
    if distinct >= threshold {
        return Ok(given);
    }
    let message = format!(
        "{threshold} distinct keys are required, and {distinct} can sign, so this cannot be reached"
    );
    let finding = Finding::error(Code::Threshold, message)
        .with_number("have", distinct)
        .with_number("need", threshold);
    let mut findings = vec![finding];
    findings.extend(given.notes);
    Err(findings)
}

fn from_keys(keys: &[OsString], threshold: u64) -> super::Result<Given> {
    let mut given = Vec::new();
    for argument in keys {
        given.extend(load_key(argument).map_err(|finding| vec![finding])?);
        if given.len() > limits::KEYS {
            return Err(vec![Finding::error(
                Code::Limit,
                format!("more than {} keys", limits::KEYS),
            )]);
        }
    }
    Ok(Given { trust: TrustSet::of_keys(given, threshold), words: "--key", notes: Vec::new() })
}

/// Reads one argument of `--key`: the key itself, or a file of one or more.
pub(crate) fn load_key(argument: &OsString) -> Result<Vec<KeyGiven>, Finding> {
    if key::private_literal(argument.as_bytes()) {
        // Not repeated: what is said may land in a log.
        return Err(exposed());
    }
    let literal = argument.to_str().filter(|text| key::public_literal(text));
    let (bytes, shown) = match literal {
        Some(text) => (text.as_bytes().to_vec(), None),
        None => (read(argument)?, Some(argument)),
    };
    let parsed = key::parse_public(&bytes).map_err(|error| {
        let finding = Finding::of(&error);
        let finding = match error.help() {
            Some(help) => finding.help(help),
            None => finding,
        };
        match shown {
            Some(path) => finding.at(path.as_bytes()),
            None => finding.with("key", String::from_utf8_lossy(&bytes).into_owned()),
        }
    })?;
    Ok(parsed.into_iter().map(|named| given(named, shown)).collect())
}

/// The refusal of a private key that was typed, where every user of the machine can see it.
pub(crate) fn exposed() -> Finding {
    Finding::error(
        Code::WeakKey,
        "a private key stands on the command line itself, where others can read it",
    )
    .help(
        "give the file that holds it, env:NAME or fd:N; if others may have seen it, make a new key",
    )
}

fn given(named: key::NamedPublicKey, shown: Option<&OsString>) -> KeyGiven {
    let file = shown
        .and_then(|path| Path::new(path).file_name())
        .map(|name| name.to_string_lossy().into_owned());
    let name = named
        .comment
        .filter(|comment| !comment.is_empty())
        .or(file)
        .unwrap_or_else(|| named.key.to_string());
    (name, named.key, named.minisign_id)
}

fn read(argument: &OsString) -> Result<Vec<u8>, Finding> {
    fs::read_named(Path::new(argument), limits::KEY_BYTES).map_err(|error| {
        let finding = Finding::of(&error).at(argument.as_bytes());
        if error.is_not_found() {
            finding.help("a public key was wanted here: a file (PEM, OpenSSH, minisign) or ed25519:<hex or base64>")
        } else {
            finding
        }
    })
}

fn from_list(list: &Path, identity: &str, threshold: u64) -> super::Result<Given> {
    let shown = list.as_os_str().as_bytes();
    let bytes = fs::read_named(list, limits::POLICY_BYTES)
        .map_err(|error| vec![Finding::of(&error).at(shown)])?;
    let list = allowed_signers::parse(&bytes).map_err(|error| vec![error.finding(shown)])?;
    let notes = list.notes.iter().map(|note| note.finding(shown)).collect();
    let mut trust = allowed_signers::trust(&list.entries, identity);
    for rule in &mut trust.rules {
        rule.threshold = threshold;
    }
    if trust.signers.is_empty() {
        let message = format!("allows no key to sign as '{identity}'");
        return Err(vec![Finding::error(Code::UntrustedKey, message).at(shown)]);
    }
    Ok(Given { trust, words: "--allowed-signers", notes })
}
