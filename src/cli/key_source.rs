//! `--key` of the signing commands: a file, `env:NAME`, `fd:N` or `agent:KEY`, and the password.
//!
//! Without a terminal nothing is ever asked, so nothing hangs. No child process is started.

use super::context::{Context, variable};
use super::trust::exposed;
use clap::Args;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::finding::{Code, Coded, Finding};
use vidimus::key::{self, KeyError, SigningKey, agent};
use vidimus::{fs, limits};
use zeroize::Zeroizing;

/// Where the private key comes from.
#[derive(Args)]
pub(crate) struct KeySource {
    /// Private key: a file (PKCS#8 PEM, OpenSSH or minisign), env:NAME (the PEM in an environment
    /// variable), fd:N (an open descriptor), or agent:KEY (an ssh-agent; KEY is a public key line
    /// or a SHA256: fingerprint)
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
    /// File whose first line is the key's password, readable by you alone
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

impl KeySource {
    /// Loads the key.
    pub(crate) fn load(&self, context: &Context) -> super::Result<SigningKey> {
        if let Some(which) = self.key.strip_prefix("agent:") {
            return from_agent(which).map_err(|finding| vec![finding]);
        }
        let text = self.read().map_err(|finding| vec![finding])?;
        let password = self.password(&text, context).map_err(|finding| vec![finding])?;
        key::parse_private(&text, password.as_deref().map(Vec::as_slice))
            .map_err(|error| vec![self.refused_key(&error)])
    }

    fn refused_key(&self, error: &KeyError) -> Finding {
        let finding = self.refused(error);
        match error.help() {
            Some(help) => finding.help(help),
            None => finding,
        }
    }

    fn refused(&self, error: &dyn Coded) -> Finding {
        let finding = Finding::of(error);
        if self.key.contains(':') {
            finding.with("key", self.key.clone())
        } else {
            finding.at(self.key.as_bytes())
        }
    }

    /// Refuses to sign what the key itself would be published with: `tree` is a folder that is
    /// signed as a whole, or one of the files.
    pub(crate) fn not_within(&self, tree: &Path) -> super::Result<()> {
        if ["env:", "fd:", "agent:"].iter().any(|prefix| self.key.starts_with(prefix)) {
            return Ok(());
        }
        let (Ok(key), Ok(tree)) = (fs::real_path(Path::new(&self.key)), fs::real_path(tree)) else {
            return Ok(());
        };
        if !key.starts_with(tree) {
            return Ok(());
        }
        let message = "is a private key in the midst of what is to be signed and published";
        let finding = Finding::error(Code::UnsafePath, message).at(self.key.as_bytes());
        Err(vec![finding.help("move it elsewhere; whoever has a copy of it can sign in your name")])
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Finding> {
        if key::private_literal(self.key.as_bytes()) {
            return Err(exposed());
        }
        if let Some(name) = self.key.strip_prefix("env:") {
            return from_variable(name);
        }
        if let Some(number) = self.key.strip_prefix("fd:") {
            let number = number.parse().map_err(|_| {
                Finding::error(Code::Malformed, "fd: wants the number of a descriptor")
            })?;
            return fs::read_descriptor(number, limits::KEY_BYTES)
                .map_err(|error| self.refused(&error));
        }
        fs::read_private(Path::new(&self.key), limits::KEY_BYTES).map_err(|error| {
            if matches!(error, fs::FsError::ReadableByOthers { .. }) && self.is_public() {
                return self.refused_key(&KeyError::Public);
            }
            let finding = self.refused(&error);
            if error.is_not_found() {
                finding.help("a private key was wanted here; vidimus keygen NAME makes one")
            } else {
                finding
            }
        })
    }

    /// Whether a file that everybody may read is the public half, which is no secret to guard.
    fn is_public(&self) -> bool {
        fs::read_named(Path::new(&self.key), limits::KEY_BYTES)
            .is_ok_and(|bytes| key::parse_public(&bytes).is_ok())
    }

    fn password(
        &self,
        text: &[u8],
        context: &Context,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Finding> {
        if let Some(file) = &self.password_file {
            return read_password(file).map(Some);
        }
        if !key::needs_password(text) {
            return Ok(None);
        }
        ask_password("Password of the key: ", context).map(Some)
    }
}

fn from_variable(name: &str) -> Result<Zeroizing<Vec<u8>>, Finding> {
    match variable(name) {
        None => Err(Finding::error(
            Code::Usage,
            format!(
                "the environment variable {name} is not set, and a private key was wanted in it"
            ),
        )
        .help(format!("export {name}=\"$(cat KEYFILE)\", or give --key KEYFILE"))),
        Some(value) if value.is_empty() => Err(Finding::error(
            Code::Malformed,
            format!(
                "the environment variable {name} is set but empty, and a private key was wanted in it"
            ),
        )),
        Some(value) => Ok(Zeroizing::new(value.as_bytes().to_vec())),
    }
}

/// The first line of a password file, without its line end.
pub(crate) fn read_password(file: &Path) -> Result<Zeroizing<Vec<u8>>, Finding> {
    let shown = file.as_os_str().as_bytes();
    let bytes = fs::read_private(file, limits::PASSWORD_BYTES)
        .map_err(|error| Finding::of(&error).at(shown))?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Err(
            Finding::error(Code::Malformed, "holds no password in its first line").at(shown)
        );
    }
    Ok(Zeroizing::new(line.to_vec()))
}

/// Asks a person, if there is one.
pub(crate) fn ask_password(prompt: &str, context: &Context) -> Result<Zeroizing<Vec<u8>>, Finding> {
    if !context.can_ask {
        let message = "the key needs a password, and there is no terminal to ask for it";
        return Err(Finding::error(Code::Usage, message).help("give --password-file FILE"));
    }
    rpassword::prompt_password(prompt).map(|text| Zeroizing::new(text.into_bytes())).map_err(
        |error| Finding::error(Code::Io, format!("the password could not be read: {error}")),
    )
}

fn from_agent(which: &str) -> Result<SigningKey, Finding> {
    let socket = variable("SSH_AUTH_SOCK").filter(|value| !value.is_empty()).ok_or_else(|| {
        Finding::error(Code::Usage, "SSH_AUTH_SOCK is not set, so there is no agent to ask")
            .help("start one with: eval \"$(ssh-agent)\"; ssh-add KEYFILE")
    })?;
    let stream = fs::connect_unix(Path::new(&socket))
        .map_err(|error| Finding::of(&error).at(socket.as_bytes()))?;
    agent::connect(stream).find(which).map_err(|error| Finding::of(&error))
}
