//! Where timestamps come from: authorities that are asked by URL, or files that somebody carried
//! there and back.

use super::super::context::Context;
use super::super::{Result, Run, usage};
use super::check::certificates;
use super::make::refused;
use clap::Args;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::finding::{Code, Coded, Finding, Outcome};
use vidimus::net::{self, Bounds};
use vidimus::report::escape;
use vidimus::seal::{self, Stampable};
use vidimus::timestamp::{self, Certificate, Token};
use vidimus::{digest, fs, limits};

/// The authorities to ask, or the files that take their place.
#[derive(Args)]
pub(super) struct Source {
    /// Ask this authority; may be repeated, one timestamp from each
    #[arg(long, value_name = "URL", required_unless_present_any = ["request", "response"])]
    tsa: Vec<String>,
    /// Write the request into a file, to be carried to an authority (openssl ts -reply, curl)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tsa", "response"])]
    request: Option<PathBuf>,
    /// Take an authority's answer from a file
    #[arg(long, value_name = "FILE", conflicts_with = "tsa")]
    response: Option<PathBuf>,
    /// Root certificates that the timestamps must lead to, in PEM (default: those of the policy's
    /// time authorities)
    #[arg(long, value_name = "PEM")]
    tsa_root: Vec<PathBuf>,
    /// Certificates that complete the chain, in PEM; kept beside the bundle
    #[arg(long, value_name = "PEM")]
    tsa_cert: Vec<PathBuf>,
    /// Root certificates for https, in PEM (default: those of web browsers)
    #[arg(long, value_name = "PEM")]
    tls_root: Vec<PathBuf>,
}

/// One run over all targets.
pub(super) struct Stamping<'a> {
    pub(super) source: &'a Source,
    /// The roots of the policy.
    pub(super) roots: Vec<Certificate>,
    /// What has a timestamp already.
    pub(super) left: Vec<Stampable>,
    /// What was done, in a word.
    pub(super) word: &'static str,
}

impl Source {
    /// Whether files take the place of the network.
    pub(super) fn is_offline(&self) -> bool {
        self.request.is_some() || self.response.is_some()
    }
}

impl Stamping<'_> {
    pub(super) fn run(mut self, targets: Vec<Stampable>, _context: &Context) -> Result {
        if !self.source.tsa_root.is_empty() {
            self.roots = certificates(&self.source.tsa_root)?;
        }
        if targets.is_empty() && self.left.is_empty() {
            return Err(vec![
                Finding::error(Code::Empty, "there is nothing to stamp")
                    .help("vidimus sign --key KEY comes first"),
            ]);
        }
        match (&self.source.request, &self.source.response) {
            (Some(file), _) => request(&only(targets)?, file),
            (None, Some(file)) => {
                let target = only(targets)?;
                let bytes = fs::read_named(file, limits::TOKEN_BYTES)
                    .map_err(|error| vec![Finding::of(&error).at(shown(file))])?;
                let mut report = Report::new(&self);
                self.keep(&target, &bytes, shown(file), &mut report);
                Ok(report.end())
            }
            (None, None) => self.ask_all(&targets),
        }
    }

    fn ask_all(&self, targets: &[Stampable]) -> Result {
        let tls = certificates(&self.source.tls_root)?;
        let tls: Vec<Vec<u8>> = tls.iter().map(|root| root.der().to_vec()).collect();
        let mut report = Report::new(self);
        for url in &self.source.tsa {
            for target in targets {
                match ask(url, &target.message, &tls) {
                    Ok(answer) => self.keep(target, &answer, url.as_bytes(), &mut report),
                    Err(finding) => report.outcome.push(*finding),
                }
            }
        }
        Ok(report.end())
    }

    /// Judges an answer as `verify` will, and puts it in its place.
    fn keep(&self, target: &Stampable, answer: &[u8], from: &[u8], report: &mut Report) {
        match self.judged(target, answer).and_then(|(time, signer, helpers)| {
            let written = seal::add_timestamp(target, answer, &helpers)
                .map_err(|error| refused(&error, &target.folder.join(&target.bundle)))?;
            Ok((time, signer, written))
        }) {
            Ok((time, signer, written)) => report.add(self.word, &time, &signer, written),
            Err(finding) if finding.path.is_none() => report.outcome.push(finding.at(from)),
            Err(finding) => report.outcome.push(finding),
        }
    }

    /// Time and signer of a token, and the certificates to keep with it.
    fn judged(
        &self,
        target: &Stampable,
        answer: &[u8],
    ) -> std::result::Result<(String, String, Vec<Certificate>), Finding> {
        let helpers =
            certificates(&self.source.tsa_cert).map_err(|mut findings| findings.swap_remove(0))?;
        let token = Token::parse(answer).map_err(|error| error.finding())?;
        if self.roots.is_empty() {
            return Ok((
                token.claimed_time().to_string(),
                "an authority not verified".to_owned(),
                helpers,
            ));
        }
        let stamp = timestamp::verify(&token, &target.message, &self.roots, &helpers)
            .map_err(|error| error.finding())?;
        Ok((stamp.gen_time.to_string(), stamp.signer, helpers))
    }
}

/// The one target that a file can be about.
fn only(mut targets: Vec<Stampable>) -> Result<Stampable> {
    match (targets.pop(), targets.is_empty()) {
        (Some(target), true) => Ok(target),
        (_, _) => Err(vec![
            usage("one file holds the request or answer for one signature, and there are several")
                .help("name one bundle, such as manifests/NAME/SHA256SUMS.sigstore.json; of several timestamps in it choose one with stamp renew --nth N"),
        ]),
    }
}

fn request(target: &Stampable, file: &Path) -> Result {
    let der = timestamp::request(&digest::sha256(&target.message), None, true);
    if file.as_os_str() == "-" {
        return Ok(Run::data(der, Outcome::default()));
    }
    fs::create_new(file, &der, 0o644).map_err(|error| vec![Finding::of(&error).at(shown(file))])?;
    let text = format!("wrote {}\n", escape::path(shown(file)));
    let mut outcome = Outcome::default();
    outcome.details.push(("written", vec![file.to_string_lossy().into_owned()].into()));
    Ok(Run::data(text, outcome))
}

/// Asks one authority for a timestamp over `message`, and takes only the answer to this request.
fn ask(url: &str, message: &[u8], tls: &[Vec<u8>]) -> std::result::Result<Vec<u8>, Box<Finding>> {
    let at = |finding: Finding| Box::new(finding.at(url.as_bytes()));
    let nonce = getrandom::u64().map_err(|_| {
        at(Finding::error(Code::Io, "the system gave no random number for the request"))
    })?;
    let der = timestamp::request(&digest::sha256(message), Some(nonce), true);
    let asked = timestamp::parse_request(&der).map_err(|error| at(error.finding()))?;
    let (query, reply) = ("application/timestamp-query", "application/timestamp-reply");
    let bounds = Bounds::default();
    let answer = net::post_with_roots(url, query, reply, &der, bounds, tls)
        .map_err(|error| at(Finding::of(&error as &dyn Coded)))?;
    if answer.status != 200 {
        let message = format!("answered with HTTP status {}", answer.status);
        return Err(at(Finding::error(Code::Io, message)));
    }
    let token = Token::parse(&answer.body).map_err(|error| at(error.finding()))?;
    token.answers(&asked).map_err(|error| at(error.finding()))?;
    Ok(answer.body)
}

fn shown(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// What was done, for people and for programs.
struct Report {
    text: String,
    outcome: Outcome,
    stamps: Vec<serde_json::Value>,
}

impl Report {
    fn new(stamping: &Stamping<'_>) -> Self {
        let mut outcome = Outcome::default();
        if stamping.roots.is_empty() {
            outcome.push(
                Finding::warning(Code::UntrustedTime, "the policy names no time authority, so these timestamps were kept without being verified, and will count for nothing")
                    .help("add a [[time-authority]] with its root certificate to keys/policy.toml, or give --tsa-root PEM"),
            );
        }
        let line = |target: &Stampable| {
            let path = target.folder.join(&target.bundle);
            format!(
                "{}: has {} already, left alone\n",
                escape::path(shown(path.strip_prefix(".").unwrap_or(&path))),
                target.present
            )
        };
        Self { text: stamping.left.iter().map(line).collect(), outcome, stamps: Vec::new() }
    }

    fn add(&mut self, word: &str, time: &str, signer: &str, written: Vec<PathBuf>) {
        for file in written {
            let file = file.strip_prefix(".").unwrap_or(&file);
            let path = escape::path(shown(file));
            self.text
                .push_str(&format!("{path}: {word} at {time} by {}\n", escape::message(signer)));
            self.stamps.push(serde_json::json!({
                "file": file.to_string_lossy(), "time": time, "by": signer,
            }));
        }
    }

    fn end(mut self) -> Run {
        self.outcome.details.push(("stamps", self.stamps.into()));
        Run::data(self.text, self.outcome)
    }
}
