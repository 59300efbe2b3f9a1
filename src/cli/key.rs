//! `vidimus key show`: the public forms of a key, for other tools.

use super::context::Context;
use super::key_source::KeySource;
use super::trust::KeyGiven;
use super::{Result, Run};
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use vidimus::finding::{Finding, Outcome};
use vidimus::key::{self, KeyError, PublicKey};

/// Show a key's public forms, for other tools
#[derive(Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Show(Show),
}

/// Print a key's public forms: for Vidimus, OpenSSH and minisign
///
/// The openssh line goes, after the signer's name, into a list of allowed signers; the minisign
/// one is what minisign -P wants. Nothing of a private key is printed.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  vidimus key show press.pub.pem\n  vidimus key show ~/.ssh/id_ed25519.pub"
)]
struct Show {
    /// Public or private key: a file, a public key itself, or env:NAME, fd:N, agent:KEY as in
    /// vidimus sign --key
    #[arg(value_name = "KEY")]
    key: OsString,
    /// File whose first line is the private key's password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Key {
    pub(crate) fn name(&self) -> &'static str {
        let Action::Show(_) = &self.action;
        "key show"
    }

    pub(crate) fn run(&self, context: &Context) -> Result {
        let Action::Show(show) = &self.action;
        let keys = show.load(context)?;
        let mut text = String::new();
        let mut list = Vec::new();
        for (comment, key, id) in &keys {
            let forms = forms(key, comment, *id);
            for (name, value) in &forms {
                let value = vidimus::report::escape::message(value);
                text.push_str(&format!("{name:12} {value}\n"));
            }
            let object: serde_json::Map<_, _> =
                forms.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            list.push(serde_json::Value::Object(object));
        }
        let mut outcome = Outcome::default();
        outcome.details.push(("keys", list.into()));
        Ok(Run::data(text, outcome))
    }
}

impl Show {
    fn load(&self, context: &Context) -> Result<Vec<KeyGiven>> {
        let text = self.key.to_string_lossy();
        let private = ["env:", "fd:", "agent:"].iter().any(|prefix| text.starts_with(prefix));
        if !private {
            match super::trust::load_key(&self.key) {
                Ok(keys) => return Ok(keys),
                Err(finding) if !is_private(&finding) => return Err(vec![finding]),
                Err(_) => {}
            }
        }
        let source =
            KeySource { key: text.into_owned(), password_file: self.password_file.clone() };
        let key = source.load(context)?;
        let comment = key.comment().unwrap_or_default().to_owned();
        Ok(vec![(comment, key.public().clone(), Some(key.minisign_id()))])
    }
}

/// Whether a key was refused as a public one because it is private.
fn is_private(finding: &Finding) -> bool {
    finding.message == KeyError::Private.to_string()
}

/// The forms of a key. One that came from minisign keeps its id there: signatures carry it, and
/// `minisign -V` wants the same one in the key.
fn forms(
    key: &PublicKey,
    comment: &str,
    minisign_id: Option<[u8; 8]>,
) -> Vec<(&'static str, String)> {
    let mut forms = vec![
        ("key", key.to_string()),
        ("openssh", key::openssh_line(key, comment)),
        ("fingerprint", key::fingerprint(key)),
        ("key-id", key.key_id()),
    ];
    let id = minisign_id.unwrap_or_else(|| key::minisign_id_of(key));
    if let Some(text) = key::minisign_public_with_id(key, id) {
        let line = text.lines().nth(1).unwrap_or_default().to_owned();
        forms.push(("minisign", line));
    }
    forms
}
