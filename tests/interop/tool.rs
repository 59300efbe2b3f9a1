//! Running the tools, and the few bytes that a test puts together for them by itself.

use crate::common::{Bench, Ran};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use vidimus::codec::base64;
use vidimus::digest;

/// Where Debian puts Go packages.
pub(crate) const GOPATH: &str = "/usr/share/gocode";

/// A tool, to be run in a folder of the scratch folder without a terminal and a home.
pub(crate) fn command(bench: &Bench, folder: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(bench.path(folder)).stdin(Stdio::null());
    command.env("HOME", bench.path(".")).env("LC_ALL", "C").env_remove("SSH_AUTH_SOCK");
    command
}

/// Runs a tool.
pub(crate) fn run(bench: &Bench, folder: &str, program: &str, arguments: &[&str]) -> Ran {
    Ran::of(&command(bench, folder, program).args(arguments).output().expect("the tool runs"))
}

/// Runs a tool that must end well, and gives its stdout.
pub(crate) fn output(bench: &Bench, folder: &str, program: &str, arguments: &[&str]) -> String {
    run(bench, folder, program, arguments).ok().stdout
}

/// Runs a tool with a file of the scratch folder as its stdin.
pub(crate) fn run_on(bench: &Bench, input: &str, program: &str, arguments: &[&str]) -> Ran {
    let input = File::open(bench.path(input)).expect("an input");
    let mut command = command(bench, ".", program);
    Ran::of(&command.args(arguments).stdin(input).output().expect("the tool runs"))
}

/// A script of this folder.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name)
}

/// The Python of `VIDIMUS_PYTHON`.
pub(crate) fn python(bench: &Bench, folder: &str) -> Command {
    let python = crate::pairs::place("VIDIMUS_PYTHON").expect("a Python");
    command(bench, folder, python)
}

/// `bundle.mjs` with these arguments.
pub(crate) fn sigstore(bench: &Bench, arguments: &[&str]) -> Ran {
    let modules = crate::pairs::place("VIDIMUS_NODE_MODULES").expect("a folder of modules");
    let mut node = command(bench, ".", "node");
    node.arg(script("bundle.mjs")).args(arguments).env("VIDIMUS_NODE_MODULES", modules);
    Ran::of(&node.output().expect("node runs"))
}

/// Builds one of the Go programs into the scratch folder.
pub(crate) fn build_go(bench: &Bench, name: &str) {
    let mut go = command(bench, ".", "go");
    go.args(["build", "-o"]).arg(bench.path(name)).arg(script(name).join("main.go"));
    go.env("GO111MODULE", "off").env("GOPATH", GOPATH).env("GOFLAGS", "");
    go.env("GOCACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("go"));
    Ran::of(&go.output().expect("go runs")).ok();
}

/// A file that only its owner can read.
pub(crate) fn secret(bench: &Bench, name: &str, text: &str) {
    bench.write(name, text);
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(bench.path(name), mode).expect("a mode");
}

/// DSSE's pre-authentication encoding, written again from the specification.
pub(crate) fn pae(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut pae = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    pae.extend_from_slice(payload);
    pae
}

/// An in-toto statement about one file.
pub(crate) fn statement(name: &str, bytes: &[u8]) -> Vec<u8> {
    let sha256 = vidimus::codec::hex::encode(&digest::sha256(bytes));
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": name, "digest": { "sha256": sha256 } }],
        "predicateType": "https://example.org/kept/v1",
        "predicate": {},
    });
    statement.to_string().into_bytes()
}

/// `openssl pkeyutl -verify` over the PAE of the envelope in a file, or in its `dsseEnvelope`.
pub(crate) fn openssl_envelope(bench: &Bench, file: &str, key: &str) -> Ran {
    let whole: Value = serde_json::from_slice(&bench.read(file)).expect("JSON");
    let envelope = whole.get("dsseEnvelope").unwrap_or(&whole);
    let field = |value: &Value| base64::decode(value.as_str().expect("base64")).expect("base64");
    let kind = envelope["payloadType"].as_str().expect("a type");
    bench.write("pae.bin", pae(kind, &field(&envelope["payload"])));
    bench.write("sig.bin", field(&envelope["signatures"][0]["sig"]));
    openssl_verify(bench, "pae.bin", "sig.bin", key)
}

/// `openssl pkeyutl -verify` of a message, with the key's own way of hashing.
pub(crate) fn openssl_verify(bench: &Bench, message: &str, sig: &str, key: &str) -> Ran {
    let arguments =
        ["pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", message, "-sigfile", sig];
    run(bench, ".", "openssl", &arguments)
}

/// `openssl pkeyutl -sign` of a message.
pub(crate) fn openssl_sign(bench: &Bench, message: &[u8], key: &str) -> Vec<u8> {
    bench.write("message.bin", message);
    let arguments = ["pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", "message.bin"];
    let arguments = [&arguments[..], &["-out", "message.sig"]].concat();
    output(bench, ".", "openssl", &arguments);
    bench.read("message.sig")
}

/// `ssh-keygen -Y verify` of a file.
pub(crate) fn ssh_verify(bench: &Bench, list: &str, who: (&str, &str), file: [&str; 2]) -> Ran {
    let (identity, namespace) = who;
    let [file, signature] = file;
    let arguments = ["-Y", "verify", "-f", list, "-I", identity, "-n", namespace, "-s", signature];
    run_on(bench, file, "ssh-keygen", &arguments)
}

/// The line `name VALUE` of `vidimus key show`.
pub(crate) fn shown(bench: &Bench, key: &str, form: &str) -> String {
    let text = bench.run_in(".", &["key", "show", key]).ok().stdout;
    let value = text.lines().find_map(|line| line.strip_prefix(form)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {form} in {text}")).trim_start().to_owned()
}
