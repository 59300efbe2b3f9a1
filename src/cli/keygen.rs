//! `vidimus keygen`: a new Ed25519 key pair.

use super::context::Context;
use super::key_source::{ask_password, read_password};
use super::{Result, Run, usage};
use clap::Args;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::finding::{Code, Finding, Outcome};
use vidimus::{fs, key, limits};
use zeroize::Zeroizing;

/// Make a key pair: a private key to sign with and a public one
///
/// Writes NAME.key.pem (private, readable by you alone) and NAME.pub.pem (for everybody). On a
/// terminal the password is asked for. A private key is never put inside an archive or a git
/// tree. Keep a copy of it offline: without it nothing more can be signed under this name.
#[derive(Args)]
#[command(after_help = "Examples:\n  vidimus keygen press@example.org --out ~/keys\n  \
vidimus keygen ci --out ~/keys --no-password")]
pub(crate) struct Keygen {
    /// Name of the key, such as press@example.org
    #[arg(value_name = "NAME")]
    name: String,
    /// Folder for the two files; it must exist
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// File whose first line is the password to encrypt the private key with
    #[arg(long, value_name = "FILE", conflicts_with = "no_password")]
    password_file: Option<PathBuf>,
    /// Leave the private key unencrypted, for CI
    #[arg(long)]
    no_password: bool,
}

impl Keygen {
    pub(crate) fn run(&self, context: &Context) -> Result {
        let one = |finding| vec![finding];
        check_name(&self.name).map_err(one)?;
        check_place(&self.out)?;
        let password = self.password(context).map_err(one)?;
        let private = self.out.join(format!("{}.key.pem", self.name));
        let public = self.out.join(format!("{}.pub.pem", self.name));
        self.write(&private, &public, password.as_deref().map(Vec::as_slice))
    }

    fn password(
        &self,
        context: &Context,
    ) -> std::result::Result<Option<Zeroizing<Vec<u8>>>, Finding> {
        if self.no_password {
            return Ok(None);
        }
        if let Some(file) = &self.password_file {
            return read_password(file).map(Some);
        }
        if !context.can_ask {
            let finding = usage("there is no terminal to ask for a password");
            return Err(
                finding.help("give --password-file FILE, or --no-password for an unencrypted key")
            );
        }
        let password = ask_password("Password for the new key: ", context)?;
        let again = ask_password("The same again: ", context)?;
        if password.is_empty() {
            return Err(usage("an empty password protects nothing")
                .help("give --no-password for an unencrypted key"));
        }
        (*password == *again)
            .then_some(Some(password))
            .ok_or_else(|| usage("the two passwords differ"))
    }

    fn write(&self, private: &Path, public: &Path, password: Option<&[u8]>) -> Result {
        // Of two runs at once the second would take the first's private key for a lone one.
        let _held = fs::FolderLock::take(&self.out)
            .map_err(|error| vec![Finding::of(&error).at(self.out.as_os_str().as_bytes())])?;
        let (key, made) = match lone(private, public, password) {
            Some(key) => (key, false),
            None => (make(private, password)?, true),
        };
        if let Err(findings) = create(public, key::public_pem(key.public()).as_bytes(), 0o644) {
            if made {
                // A private key without its public half helps nobody; the first error is the one to say.
                drop(fs::remove(private));
            }
            return Err(findings);
        }
        let mut outcome = Outcome::default();
        outcome.details.push(("private_key", private.to_string_lossy().into_owned().into()));
        outcome.details.push(("public_key", public.to_string_lossy().into_owned().into()));
        outcome.details.push(("key", key.public().to_string().into()));
        let there = if made { "" } else { " (was there, without its public key)" };
        let data = format!(
            "private key  {}{there}\npublic key   {}\nkey          {}\n",
            vidimus::report::escape::path(private.as_os_str().as_bytes()),
            vidimus::report::escape::path(public.as_os_str().as_bytes()),
            key.public(),
        );
        Ok(Run::data(data, outcome))
    }
}

/// A private key whose public half is not there: a run died between the two, and this one ends
/// what it began. Only a key that is kept as it would be now, under this password or without one.
fn lone(private: &Path, public: &Path, password: Option<&[u8]>) -> Option<key::SigningKey> {
    if fs::kind_named(public).ok()?.is_some() {
        return None;
    }
    let text = fs::read_private(private, limits::KEY_BYTES).ok()?;
    if key::needs_password(&text) != password.is_some() {
        return None;
    }
    key::parse_private(&text, password).ok()
}

/// Makes and writes a private key.
fn make(private: &Path, password: Option<&[u8]>) -> Result<key::SigningKey> {
    let mut seed = Zeroizing::new([0; 32]);
    random(seed.as_mut())?;
    let mut salt = key::PemSalt { salt: [0; 16], iv: [0; 16] };
    random(&mut salt.salt)?;
    random(&mut salt.iv)?;
    let text = key::write_private_pem(&seed, password, &salt)
        .map_err(|error| vec![Finding::of(&error)])?;
    create(private, text.as_bytes(), 0o600)?;
    Ok(key::SigningKey::from_seed(&seed))
}

fn random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| {
        vec![Finding::error(Code::Io, format!("the system gives no random bytes: {error}"))]
    })
}

fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    fs::create_new(path, bytes, mode)
        .map_err(|error| vec![Finding::of(&error).at(path.as_os_str().as_bytes())])
}

fn check_name(name: &str) -> std::result::Result<(), Finding> {
    let plain = !name.is_empty() && name.len() <= 128 && !name.starts_with(['.', '-']);
    if plain && name.chars().all(|c| c.is_alphanumeric() || "@._-".contains(c)) {
        return Ok(());
    }
    Err(Finding::error(
        Code::UnsafePath,
        "a key's name has letters, digits and @ . _ - only, and does not begin with . or -",
    ))
}

/// A private key must not be committed or published by accident.
fn check_place(out: &Path) -> Result<()> {
    let shown = out.as_os_str().as_bytes();
    for (marker, what) in
        [(&[".git"][..], "a git tree"), (&["keys", "policy.toml"][..], "an archive")]
    {
        let inside =
            fs::enclosing(out, marker).map_err(|error| vec![Finding::of(&error).at(shown)])?;
        if inside.is_some() {
            let message =
                format!("is inside {what}, where a private key could be published by accident");
            return Err(vec![
                Finding::error(Code::UnsafePath, message)
                    .at(shown)
                    .help("give --out DIR outside of it, such as --out ~/keys"),
            ]);
        }
    }
    Ok(())
}
