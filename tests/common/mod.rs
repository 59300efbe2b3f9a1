//! What the tests of the program share: a scratch folder, running `vidimus`, a small archive.

#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests make, change and run their own files; not every test file uses every helper"
)]

pub(crate) mod tsa;
pub(crate) mod witness;

use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;
use vidimus::envelope::dsse::{Envelope, Signature, pae};
use vidimus::envelope::{bundle, statement};
use vidimus::key::{SigningKey, parse_private};

/// A scratch folder and the program, run in an empty environment without a terminal.
pub(crate) struct Bench {
    dir: tempfile::TempDir,
}

/// What a run left.
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The run, after checking that it ended well.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.exit, 0, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

/// The outcome of a run with `--format json`.
pub(crate) struct Outcome {
    pub(crate) exit: i32,
    pub(crate) json: Value,
}

impl Outcome {
    /// The one JSON document of a run.
    pub(crate) fn of(output: &Output) -> Self {
        let stdout = String::from_utf8(output.stdout.clone()).expect("JSON is UTF-8");
        let json = serde_json::from_str(&stdout).unwrap_or_else(|error| {
            panic!("{error}: {stdout:?} {}", String::from_utf8_lossy(&output.stderr))
        });
        Self { exit: output.status.code().expect("an exit code"), json }
    }

    /// The codes of findings of severity error, sorted, each once.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.codes("error")
    }

    pub(crate) fn codes(&self, severity: &str) -> Vec<String> {
        let findings = self.json["findings"].as_array().expect("findings are always there");
        let mut codes: Vec<String> = findings
            .iter()
            .filter(|finding| finding["severity"] == severity)
            .map(|finding| finding["code"].as_str().expect("a code").to_owned())
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// The finding of this code; there must be one.
    pub(crate) fn finding(&self, code: &str) -> &Value {
        let findings = self.json["findings"].as_array().expect("findings are always there");
        findings
            .iter()
            .find(|finding| finding["code"] == code)
            .unwrap_or_else(|| panic!("no {code} in {}", self.json))
    }

    /// Checks exit, verdict and error codes together.
    pub(crate) fn expect(&self, exit: i32, codes: &[&str]) {
        assert_eq!(
            (self.exit, self.errors()),
            (exit, codes.iter().map(ToString::to_string).collect()),
            "{:#}",
            self.json
        );
        assert_eq!(self.json["exit"], exit, "{:#}", self.json);
        let verdict = match exit {
            0 => "passed",
            2 | 3 => "refused",
            4 | 5 => "undecided",
            _ => "failed",
        };
        assert_eq!(self.json["verdict"], verdict);
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a scratch folder") }
    }

    /// The same in memory, where the system has a place for that: for tests that write a lot.
    pub(crate) fn in_memory() -> Self {
        Self { dir: memory_folder() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("text")
    }

    /// Replaces one text in a file; it must be there.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(text.contains(from), "{name} has no {from:?}: {text}");
        self.write(name, text.replacen(from, to, 1));
    }

    /// Flips one bit of a file's byte `at` (from the end when negative).
    pub(crate) fn flip(&self, name: &str, at: usize) {
        let mut bytes = self.read(name);
        bytes[at] ^= 1;
        self.write(name, bytes);
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).expect("removed");
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path(from), self.path(to)).expect("renamed");
    }

    /// The program, to be run in `folder` of the scratch folder.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, folder: &str, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vidimus"));
        command.args(arguments).current_dir(self.path(folder)).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn run_in<S: AsRef<OsStr>>(&self, folder: &str, arguments: &[S]) -> Ran {
        Ran::of(&finish(&mut self.command(folder, arguments)))
    }

    /// Runs and reads the one JSON document on stdout.
    pub(crate) fn json_in<S: AsRef<OsStr>>(&self, folder: &str, arguments: &[S]) -> Outcome {
        let mut command = self.command(folder, arguments);
        Outcome::of(&finish(command.args(["--format", "json"])))
    }

    /// Makes `keys/NAME.key.pem` and `.pub.pem` in the scratch folder, outside of any archive.
    pub(crate) fn keygen(&self, name: &str) {
        std::fs::create_dir_all(self.path("keyring")).expect("a folder");
        self.run_in("keyring", &["keygen", name, "--no-password"]).ok();
    }

    /// An archive `a` with the collection `seeds` of three documents, signed by `press`.
    pub(crate) fn archive() -> Self {
        Self::new().with_archive()
    }

    pub(crate) fn with_archive(self) -> Self {
        let bench = self;
        bench.keygen("press");
        bench.write("a/seeds/one.txt", "The council meets on Monday.\n");
        bench.write("a/seeds/two.txt", "Nine people were detained.\n");
        bench.write("a/seeds/sub/three.txt", "The ministry has not replied.\n");
        let signer = format!("press={}", bench.path("keyring/press.pub.pem").display());
        bench
            .run_in(
                "a",
                &["init", "--id", "example.org/test", "--collection", "seeds", "--signer", &signer],
            )
            .ok();
        bench.run_in("a", &["policy", "sign", "--key", "../keyring/press.key.pem"]).ok();
        bench.run_in("a", &["sign", "--key", "../keyring/press.key.pem"]).ok();
        bench
    }

    /// Signs the policy of the archive `a` again, after a change that needs no new version.
    pub(crate) fn resign_policy(&self, key: &str) {
        self.remove("a/keys/policy.toml.dsse.json");
        self.run_in("a", &["policy", "sign", "--key", key]).ok();
    }
}

/// The private key of `press`, as seen from the archive `a`.
pub(crate) const PRESS: &str = "../keyring/press.key.pem";
/// The private key of `desk`, likewise.
pub(crate) const DESK: &str = "../keyring/desk.key.pem";

/// For tests of signing.
impl Bench {
    /// The archive `a` of [`Bench::archive`], whose policy also lists `desk` and asks for
    /// `threshold` of the two; signed by `press`.
    pub(crate) fn archive_of_two(threshold: u64) -> Self {
        Self::archive().with_two(threshold)
    }

    /// Makes the archive `a` one of two signers.
    pub(crate) fn with_two(self, threshold: u64) -> Self {
        let bench = self;
        bench.keygen("desk");
        let desk = bench.public("desk");
        bench.edit(
            "a/keys/policy.toml",
            "signers = [\"press\"]",
            "signers = [\"press\", \"desk\"]",
        );
        bench.edit("a/keys/policy.toml", "threshold = 1", &format!("threshold = {threshold}"));
        let table = format!("[[signer]]\nname = \"desk\"\nkey = \"{desk}\"\n\n[[rule]]");
        bench.edit("a/keys/policy.toml", "[[rule]]", &table);
        bench.resign_policy(PRESS);
        bench.run_in("a", &["policy", "sign", "--key", DESK]).ok();
        bench
    }

    /// The public key of a key pair, as it stands in a policy.
    pub(crate) fn public(&self, name: &str) -> String {
        let file = self.path(&format!("keyring/{name}.pub.pem"));
        let pem = std::fs::read(file).expect("a public key");
        vidimus::key::parse_public(&pem).expect("a public key")[0].key.to_string()
    }

    /// `vidimus sign --key KEY MORE...` in the archive `a`, with its JSON outcome.
    pub(crate) fn sign(&self, key: &str, more: &[&str]) -> Outcome {
        self.json_in("a", &[&["sign", "--key", key], more].concat())
    }

    /// Every file, link and folder beneath a folder, by path, with its bytes.
    pub(crate) fn tree(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut pending = vec![self.path(folder)];
        while let Some(folder) = pending.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder") {
                let entry = entry.expect("an entry");
                let (path, kind) = (entry.path(), entry.file_type().expect("a kind"));
                let bytes = if kind.is_dir() {
                    pending.push(path.clone());
                    b"(folder)".to_vec()
                } else if kind.is_file() {
                    std::fs::read(&path).expect("a file")
                } else {
                    b"(other)".to_vec()
                };
                found.insert(path, bytes);
            }
        }
        found
    }

    /// The payload of a bundle, as bytes and as JSON; nothing is verified.
    pub(crate) fn payload(&self, bundle: &str) -> (Vec<u8>, Value) {
        let bundle: Value = serde_json::from_slice(&self.read(bundle)).expect("JSON");
        let text = bundle["dsseEnvelope"]["payload"].as_str().expect("a payload");
        let bytes = vidimus::codec::base64::decode(text).expect("base64");
        let json = serde_json::from_slice(&bytes).expect("a statement");
        (bytes, json)
    }

    /// The private key that `keygen` made under this name.
    pub(crate) fn key(&self, name: &str) -> SigningKey {
        let file = self.read(&format!("keyring/{name}.key.pem"));
        parse_private(&file, None).expect("a private key")
    }

    /// Replaces a bundle by one of `name` over the same statement, changed by `change`.
    pub(crate) fn forge(&self, file: &str, name: &str, change: impl FnOnce(&mut Value)) {
        let (_, mut statement) = self.payload(file);
        change(&mut statement);
        let payload = serde_json::to_vec(&statement).expect("JSON");
        self.write(file, bundle_of(&self.key(name), statement::PAYLOAD_TYPE, &payload));
    }
}

/// A bundle with a good signature by `key` over `payload`, whatever that is.
pub(crate) fn bundle_of(key: &SigningKey, payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let sig = key.sign(&pae(payload_type, payload)).expect("a signature").to_vec();
    let key_id = key.public().key_id();
    let envelope = Envelope {
        payload: payload.to_vec(),
        payload_type: payload_type.to_owned(),
        signatures: vec![Signature { key_id: Some(key_id.clone()), sig }],
    };
    bundle::write(&envelope, &key_id)
}

/// A scratch folder in memory where there is one, since a disk is slow to sync.
pub(crate) fn memory_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a scratch folder")
}

/// Whether a terminal would obey a character, or a reader not see it. Told apart from what the
/// program itself uses, so that a hole there is not a hole here.
pub(crate) fn is_raw(c: char) -> bool {
    c.is_control()
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
        || ['\u{61c}', '\u{2028}', '\u{2029}', '\u{feff}'].contains(&c)
}

/// Runs a command to its end. One that hangs is ended after two minutes, and so has no exit code.
pub(crate) fn finish(command: &mut Command) -> Output {
    let child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    let pid = rustix::process::Pid::from_child(&child);
    let (done, waiting) = std::sync::mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if waiting.recv_timeout(Duration::from_mins(2)) == Err(RecvTimeoutError::Timeout) {
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("ended");
        }
    });
    let output = child.wait_with_output().expect("output");
    drop(done);
    guard.join().expect("the guard");
    output
}

/// Runs a command with stdout and stderr on a terminal and gives what the terminal was sent;
/// `None` where there are no terminals.
pub(crate) fn on_a_terminal(command: &mut Command) -> Option<Vec<u8>> {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let Ok(ours) = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY) else {
        say("skipped: no terminals");
        return None;
    };
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("a terminal");
    let name = ptsname(&ours, Vec::new()).expect("its name").into_string().expect("text");
    let theirs = std::fs::File::options().read(true).write(true).open(name).expect("opened");
    command.stdout(theirs.try_clone().expect("a copy")).stderr(theirs);
    let mut child = command.spawn().expect("the program runs");
    // The last of our descriptors of that side goes, so that the end is seen.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (mut seen, mut piece) = (Vec::new(), [0; 4096]);
    // The end is an error here, not nothing.
    while let Ok(count @ 1..) = rustix::io::read(&ours, &mut piece) {
        seen.extend_from_slice(&piece[..count]);
    }
    child.wait().expect("its end");
    Some(seen)
}

/// Whether a tool is installed. With `VIDIMUS_REQUIRE_TOOLS` set a missing tool is a failure, so
/// that CI cannot skip in silence; without it the test says what it skipped.
pub(crate) fn has_tool(name: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()));
    assert!(
        found || std::env::var_os("VIDIMUS_REQUIRE_TOOLS").is_none(),
        "{name} is not installed, and tools are required"
    );
    if !found {
        say(&format!("skipped: no {name}"));
    }
    found
}

/// Says something that a plain `cargo test` shows: what `eprintln!` writes it keeps to itself
/// while tests pass.
pub(crate) fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").expect("stderr");
}

/// The folder of conformance vectors, if there is one.
pub(crate) fn vectors() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("VIDIMUS_VECTORS") else {
        say("skipped: no vectors");
        return None;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    assert!(folder.is_dir(), "VIDIMUS_VECTORS is no folder: {}", folder.display());
    Some(folder)
}
