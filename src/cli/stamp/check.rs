//! `vidimus stamp check`: one token over one file, to roots that the user names.

use super::super::context::Context;
use super::super::{Result, Run};
use clap::Args;
use serde_json::json;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::codec::hex;
use vidimus::finding::{Code, Finding, Outcome, Trust};
use vidimus::timestamp::{self, Certificate, Stamp, Token, TokenError};
use vidimus::{fs, limits, tree};

/// Say when a file existed, by a timestamp over it
///
/// TOKEN is the answer of a time stamping authority (.tsr) or a bare token. It is verified
/// without the network: over this file, signed for time stamping, up to a root that you name, with
/// every certificate valid at the time of the token.
#[derive(Args)]
#[command(
    after_help = "Example:\n  vidimus stamp check report.pdf.tsr report.pdf --tsa-root authority.pem"
)]
pub(crate) struct Check {
    /// The timestamp
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    /// The file that it is over
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Root certificates that are trusted, in PEM; may be repeated
    #[arg(long, value_name = "PEM", required = true)]
    tsa_root: Vec<PathBuf>,
    /// Certificates that complete the chain, in PEM; trusted for nothing; may be repeated
    #[arg(long, value_name = "PEM")]
    tsa_cert: Vec<PathBuf>,
}

/// What nobody looked at.
const NOT_CHECKED: [&str; 2] = [
    "whether a certificate of the authority was revoked",
    "whether the file is older, and who made it: a timestamp proves neither",
];

impl Check {
    pub(crate) fn run(&self, _context: &Context) -> Result {
        let roots = certificates(&self.tsa_root)?;
        let helpers = certificates(&self.tsa_cert)?;
        let bytes = fs::read_named(&self.token, limits::TOKEN_BYTES)
            .map_err(|error| refused(&error, &self.token))?;
        let mut outcome = Outcome {
            trust: Some(Trust {
                source: "--tsa-root".to_owned(),
                policy_sha256: None,
                policy_version: None,
                pinned: true,
            }),
            not_checked: NOT_CHECKED.map(ToOwned::to_owned).to_vec(),
            ..Outcome::default()
        };
        match self.judge(&bytes, &roots, &helpers)? {
            Ok((token, stamp)) => show(&token, &stamp, &mut outcome),
            Err(error) => outcome.push(error.finding().at(shown(&self.token))),
        }
        Ok(Run::report(outcome))
    }

    /// The verdict on the token; a file that cannot be read is none.
    fn judge(
        &self,
        bytes: &[u8],
        roots: &[Certificate],
        helpers: &[Certificate],
    ) -> Result<std::result::Result<(Token, Stamp), TokenError>> {
        let token = match Token::parse(bytes) {
            Ok(token) => token,
            Err(error) => return Ok(Err(error)),
        };
        let digests = fs::open_named(&self.file)
            .and_then(|file| tree::hash_open(file, &[token.imprint().algorithm()]))
            .map_err(|error| refused(&error, &self.file))?;
        // One algorithm was asked for, so there is one digest.
        let Some(digest) = digests.0.first() else {
            return Err(vec![Finding::error(Code::Io, "was not hashed").at(shown(&self.file))]);
        };
        Ok(timestamp::verify_digest(&token, digest, roots, helpers).map(|stamp| (token, stamp)))
    }
}

fn shown(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

fn refused(error: &fs::FsError, path: &Path) -> Vec<Finding> {
    vec![Finding::of(error).at(shown(path))]
}

/// The certificates of all these files, within the bound of one.
pub(super) fn certificates(files: &[PathBuf]) -> Result<Vec<Certificate>> {
    let mut all = Vec::new();
    for path in files {
        let text = fs::read_named(path, limits::CERTIFICATES_BYTES)
            .map_err(|error| refused(&error, path))?;
        let found = timestamp::certificates_from_pem(&text)
            .map_err(|error| vec![error.finding().at(shown(path))])?;
        all.extend(found);
        if all.len() > limits::TSA_CERTIFICATES {
            let message = format!("more than {} certificates", limits::TSA_CERTIFICATES);
            return Err(vec![Finding::error(Code::Limit, message).at(shown(path))]);
        }
    }
    Ok(all)
}

/// Says what is proven, in a sentence and in parts.
fn show(token: &Token, stamp: &Stamp, outcome: &mut Outcome) {
    let root = stamp.chain.last().and_then(|der| Certificate::from_der(der).ok());
    let (subject, sha256) =
        root.map(|root| (root.subject(), hex::encode(&root.sha256()))).unwrap_or_default();
    let accuracy = stamp.latest.unix().saturating_sub(stamp.gen_time.unix());
    let accuracy = match accuracy {
        0 => String::new(),
        seconds => format!(" ({}, accurate to {seconds} s)", stamp.gen_time),
    };
    let proven = format!(
        "these bytes existed no later than {}{accuracy}, says {}, whose certificate leads to the root {subject}",
        stamp.latest, stamp.signer,
    );
    let parts = json!({
        "time": stamp.gen_time.to_string(),
        "latest": stamp.latest.to_string(),
        "authority": stamp.signer,
        "root": subject,
        "root_sha256": sha256,
        "imprint": token.imprint().to_string(),
        "policy": stamp.policy,
        "serial": stamp.serial,
    });
    outcome.details.push(("proven", proven.into()));
    outcome.details.push(("timestamp", parts));
}
