//! `vidimus policy`: check, sign, import, export.

use super::context::{Context, or_default};
use super::key_source::KeySource;
use super::verify::open;
use super::{Result, Run};
use clap::{Args, Subcommand};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::codec::hex;
use vidimus::digest;
use vidimus::finding::{Finding, Outcome};
use vidimus::policy::allowed_signers;
use vidimus::{fs, limits, seal};

/// Check, sign, import or export whom an archive trusts
///
/// The policy is keys/policy.toml: the archive's id, its collections, its signers, and the rules
/// that say who must sign what. Edit it with any editor, raise its version, check it, sign it.
#[derive(Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say whether the policy loads, what it says, and its SHA-256
    ///
    /// Give the SHA-256 to others by another way than the archive itself: with
    /// vidimus verify --policy-sha256 HEX they need not believe the archive about itself.
    Check(Place),
    /// Sign keys/policy.toml as it is
    ///
    /// Writes keys/policy.toml.dsse.json. The key is one of a signer of this version, or of the one
    /// before: enough signers of both must sign a new version, each with this command.
    #[command(
        after_help = "Example:\n  vidimus policy sign --key ~/keys/press@example.org.key.pem"
    )]
    Sign(SignPolicy),
    /// Turn an OpenSSH allowed_signers list into policy entries
    ///
    /// The [[signer]] entries go to stdout; paste them into keys/policy.toml and name the signers
    /// in a rule.
    Import(Import),
    /// Print the policy's signers as an OpenSSH allowed_signers list
    #[command(after_help = "Example:\n  vidimus policy export --namespace file > allowed_signers")]
    Export(Export),
}

#[derive(Args)]
struct Place {
    /// The archive's folder (default: this folder)
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
}

#[derive(Args)]
struct SignPolicy {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    source: KeySource,
}

#[derive(Args)]
struct Import {
    /// The list, as ssh-keygen reads it
    #[arg(value_name = "LIST")]
    list: PathBuf,
}

#[derive(Args)]
struct Export {
    #[command(flatten)]
    place: Place,
    /// Restrict the entries to this OpenSSH namespace; may be repeated
    #[arg(long, value_name = "NS")]
    namespace: Vec<String>,
}

impl Policy {
    pub(crate) fn name(&self) -> &'static str {
        match &self.action {
            Action::Check(_) => "policy check",
            Action::Sign(_) => "policy sign",
            Action::Import(_) => "policy import",
            Action::Export(_) => "policy export",
        }
    }

    pub(crate) fn run(&self, context: &Context) -> Result {
        match &self.action {
            Action::Check(place) => check(place),
            Action::Sign(command) => sign(command, context),
            Action::Import(command) => import(command),
            Action::Export(command) => export(command),
        }
    }
}

fn check(place: &Place) -> Result {
    let root = open(&or_default(place.archive.as_ref(), "."))?;
    let (policy, bytes) = vidimus::policy::Policy::load(&root).map_err(|finding| vec![*finding])?;
    let sha256 = hex::encode(&digest::sha256(&bytes));
    let mut text = format!(
        "keys/policy.toml loads: version {}, id {}\ncollections {}\nsigners {}\nrules {}\nsha256 {sha256}\n",
        policy.version,
        policy.id,
        policy.collections.len(),
        policy.trust.signers.len(),
        policy.trust.rules.len(),
    );
    text.push_str("its signature was not verified here; vidimus verify does that\n");
    let mut outcome = Outcome::default();
    policy.notes().into_iter().for_each(|note| outcome.push(note.at("keys/policy.toml")));
    outcome.not_checked.push("the signature of the policy".to_owned());
    outcome.details.push(("policy", serde_json::json!({
        "version": policy.version,
        "id": policy.id,
        "sha256": sha256,
        "collections": policy.collections,
        "signers": policy.trust.signers.iter().map(|signer| signer.name.as_str()).collect::<Vec<_>>(),
    })));
    Ok(Run::data(text, outcome))
}

fn sign(command: &SignPolicy, context: &Context) -> Result {
    let path = or_default(command.place.archive.as_ref(), ".");
    let root = open(&path)?;
    let (policy, bytes) = vidimus::policy::Policy::load(&root).map_err(|finding| vec![*finding])?;
    let key = command.source.load(context)?;
    let written = seal::sign_policy(&path, &root, &policy, &bytes, &key)
        .map_err(|error| vec![refused(&error, policy.version)])?;
    let mut text = format!("policy version {} signed\n  key {}\n", policy.version, key.public());
    // In this folder, names are shown as they are written in it.
    let written: Vec<&Path> =
        written.iter().map(|file| file.strip_prefix(".").unwrap_or(file)).collect();
    for file in &written {
        text.push_str(&format!(
            "  wrote {}\n",
            vidimus::report::escape::path(file.as_os_str().as_bytes())
        ));
    }
    let mut outcome = Outcome::default();
    let names: Vec<String> =
        written.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    outcome.details.push(("written", names.into()));
    Ok(Run::data(text, outcome))
}

fn refused(error: &seal::SealError, version: u64) -> Finding {
    let finding = Finding::of(error).at("keys/policy.toml");
    if let seal::SealError::PolicyVersion { signed, .. } = error {
        let next = (*signed).max(version).saturating_add(1);
        let help =
            format!("set version = {next} in keys/policy.toml, then vidimus policy sign --key KEY");
        return finding.help(help);
    }
    finding
}

fn import(command: &Import) -> Result {
    let shown = command.list.as_os_str().as_bytes();
    let bytes = fs::read_named(&command.list, limits::POLICY_BYTES)
        .map_err(|error| vec![Finding::of(&error).at(shown)])?;
    let list = allowed_signers::parse(&bytes).map_err(|error| vec![error.finding(shown)])?;
    let import = allowed_signers::import(&list.entries);
    let mut outcome = Outcome::default();
    list.notes.iter().for_each(|note| outcome.push(note.finding(shown)));
    import.notes.into_iter().for_each(|note| outcome.push(note.at(shown)));
    outcome.details.push(("toml", import.toml.clone().into()));
    Ok(Run::data(import.toml, outcome))
}

fn export(command: &Export) -> Result {
    let root = open(&or_default(command.place.archive.as_ref(), "."))?;
    let (policy, _) = vidimus::policy::Policy::load(&root).map_err(|finding| vec![*finding])?;
    let text = allowed_signers::export(&policy, &command.namespace);
    let mut outcome = Outcome::default();
    outcome.details.push(("allowed_signers", text.clone().into()));
    Ok(Run::data(text, outcome))
}
