//! The contract with programs: every outcome of every command is exactly one JSON document on
//! stdout, its exit is the exit of the process, and a command that was refused writes nothing.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests read and change their own files"
)]

mod common;

use common::witness::Log;
use common::{Bench, Ran, finish, is_raw, on_a_terminal};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::process::{Output, Stdio};
use vidimus::codec::{base64, json};
use vidimus::envelope::note::Verifier;
use vidimus::finding::Code;

/// Checks everything that `docs/json.md` promises of any document, and gives it.
fn document(output: &Output, what: &str) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{what}: {stderr}");
    let text = std::str::from_utf8(&output.stdout).expect("UTF-8");
    let line = text.strip_suffix('\n').unwrap_or_else(|| panic!("{what}: no line: {text:?}"));
    assert!(!line.chars().any(is_raw), "{what}: {line}");
    let document = json::parse(line.as_bytes()).unwrap_or_else(|e| panic!("{what}: {e}: {text}"));
    if document["schema"] != "vidimus.verify/v1" {
        return of_the_differ(document, output.status.code(), what);
    }
    assert_eq!(document["exit"], output.status.code().expect("an exit code"), "{what}: {line}");
    let verdict = match document["exit"].as_u64().unwrap() {
        0 => "passed",
        2 | 3 => "refused",
        4 | 5 => "undecided",
        1 | 10..=15 => "failed",
        other => panic!("{what}: exit {other}"),
    };
    assert_eq!(document["verdict"], verdict, "{what}: {line}");
    let findings = document["findings"].as_array().expect("findings");
    let highest = findings.iter().map(|found| finding(found, what)).max().unwrap_or(0);
    assert_eq!(document["exit"], highest, "{what}: {line}");
    for member in ["signers", "thresholds", "not_checked"] {
        assert!(document[member].is_array(), "{what}: {member}");
    }
    for member in ["trust", "judged_at"] {
        assert!(document[member].is_object() || document[member].is_null(), "{what}: {member}");
    }
    document
}

/// The differ has documents of its own, without `command` and `exit`: those of the process are
/// added here, so that the table can name them.
fn of_the_differ(mut document: Value, exit: Option<i32>, what: &str) -> Value {
    let schema = document["schema"].as_str().expect("a schema");
    assert!(["vidimus.diff/v1", "vidimus.diff-tree/v1"].contains(&schema), "{what}: {schema}");
    let exit = exit.expect("an exit code");
    match document["verdict"].as_str().expect("a verdict") {
        "refused" => {
            let findings = document["findings"].as_array().expect("findings").iter();
            let highest = findings.map(|found| finding(found, what)).max();
            assert_eq!(highest.map(i32::from), Some(exit), "{what}");
        }
        "identical" | "noise-only" => assert_eq!(exit, 0, "{what}"),
        "surface" | "meaning" => assert_eq!(exit, 1, "{what}"),
        other => panic!("{what}: verdict {other}"),
    }
    let members = document.as_object_mut().expect("an object");
    members.insert("exit".to_owned(), exit.into());
    members.insert("command".to_owned(), "diff".into());
    document
}

/// Checks one finding and gives the exit that it asks for.
fn finding(finding: &Value, what: &str) -> u8 {
    let code = finding["code"].as_str().expect("a code");
    let code = Code::ALL.iter().find(|known| known.as_str() == code).expect("a known code");
    assert!(!finding["message"].as_str().expect("a message").trim().is_empty(), "{what}");
    let path = finding.get("path").expect("path is always there");
    assert!(path.is_string() || path.is_null(), "{what}");
    if let Some(exact) = finding.get("path_b64") {
        let bytes = base64::decode(exact.as_str().unwrap()).unwrap();
        assert!(std::str::from_utf8(&bytes).is_err(), "{what}: path_b64 of UTF-8");
        assert_eq!(path.as_str(), Some(&*String::from_utf8_lossy(&bytes)), "{what}");
    }
    let exit = finding.get("exit").map(|exit| exit.as_u64().unwrap());
    let exit = exit.map(|exit| u8::try_from(exit).unwrap());
    assert_ne!(exit, Some(code.exit().number()), "{what}: an exit that goes without saying");
    match finding["severity"].as_str().expect("a severity") {
        "error" => exit.unwrap_or(code.exit().number()),
        "warning" | "note" => 0,
        other => panic!("{what}: severity {other}"),
    }
}

/// Archive `a`, release `rel`, a bag, lists, keys; run in the folder above them all.
fn scene() -> Bench {
    let bench = Bench::archive();
    bench.write("rel/one.bin", "1");
    bench.write("tree/a.txt", "hello\n");
    bench.write(
        "good.sums",
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  a.txt\n",
    );
    bench.write(
        "bad.sums",
        "0000000000000000000000000000000000000000000000000000000000000000  a.txt\n",
    );
    bench.write("junk", "nothing that anybody reads\n\u{7}\n");
    bench.write("nothing/.keep", "");
    bench.remove("nothing/.keep");
    let key = ["--key", "keyring/press.key.pem"];
    let sign = ["sign", "rel", "--also", "minisign,sshsig,dsse"];
    bench.run_in("", &[&sign[..], &key].concat()).ok();
    bench.write("elsewhere/x", "x");
    bench.write("old.txt", "Nine people must come.\n");
    bench.write("new.txt", "Seven people must come.\n");
    bench.write("form.txt", "Nine people\nmust come.\n");
    bench.write("nul", "a\0b");
    bench.write("later/a.txt", "hallo\n");
    bench.keygen("other");
    with_logs(&bench);
    let public = bench.text("keyring/press.pub.pem");
    bench.write("press.pub.pem", public);
    let line = bench.run_in("", &["key", "show", "press.pub.pem"]).ok().stdout;
    let openssh = line.lines().find_map(|line| line.strip_prefix("openssh")).unwrap().trim();
    bench.write("request", Log::new(0).request(0, 5));
    bench.write("stale", Log::new(0).request(3, 5));
    bench.write("signers", format!("press@example.org {openssh}\n"));
    let token = include_bytes!("tokens/stamped.tsr");
    bench.write("token.tsr", token);
    bench.write("damaged.tsr", [&token[..token.len() - 1], &[token[token.len() - 1] ^ 1]].concat());
    bench.write("stamped.txt", include_bytes!("tokens/stamped.txt"));
    bench.write("tsa.pem", include_bytes!("tokens/root.pem"));
    let signed = bench.read("rel/SHA256SUMS.sigstore.json");
    let stamped = vidimus::envelope::bundle::with_timestamp(&signed, token).unwrap();
    bench.write("signed.sigstore.json", signed);
    bench.write("stamped.sigstore.json", stamped);
    let prove = ["prove", "seeds/one.txt", "--archive", "a", "--out", "one.tlog-proof"];
    bench.run_in("", &prove).ok();
    bench
}

/// An empty log in the archive `a`, its key and another's, and archives without a log.
fn with_logs(bench: &Bench) {
    bench.keygen("logkey");
    let vkey = |name: &str| {
        let pem = std::fs::read(bench.path(&format!("keyring/{name}.pub.pem"))).unwrap();
        let key = vidimus::key::parse_public(&pem).unwrap().remove(0).key;
        Verifier::new("example.org/test/log", key).unwrap().vkey()
    };
    bench.write("log.vkey", vkey("logkey") + "\n");
    bench.write("stranger.vkey", vkey("other"));
    let policy = bench.text("a/keys/policy.toml");
    (1..=2 * TABLE.len())
        .for_each(|number| bench.write(&format!("b{number}/keys/policy.toml"), &policy));
    bench.run_in("", &["log", "init", "--archive", "a", "--key", "keyring/logkey.key.pem"]).ok();
}

/// Command line, exit, and the `command` of the document. `#` is a new number for each run, `LOG`
/// the key of a log.
const TABLE: &[(&str, i32, &str)] = &[
    ("init n# --id example.org/n --collection c --signer p=press.pub.pem", 0, "init"),
    ("init a --id example.org/n --collection c --signer p=press.pub.pem", 4, "init"),
    ("init n --id DSSEv1 --collection c --signer p=press.pub.pem", 3, "init"),
    ("init n --id example.org/n --collection keys --signer p=press.pub.pem", 3, "init"),
    ("init n --id example.org/n --collection ../c --signer p=press.pub.pem", 3, "init"),
    ("init n --id example.org/n --collection c --signer p=keyring/press.key.pem", 3, "init"),
    ("init n --id example.org/n --collection c --signer p=none.pem", 4, "init"),
    ("init n --id example.org/n --collection c --signer press.pub.pem", 2, "init"),
    ("init n --id example.org/n --collection c --signer p=press.pub.pem --threshold 2", 11, "init"),
    ("init n --id example.org/n --collection c --signer p=press.pub.pem --threshold x", 3, "init"),
    ("init", 2, "usage"),
    ("keygen k# --no-password --out keyring", 0, "keygen"),
    ("keygen k", 2, "keygen"),
    ("keygen press --no-password --out keyring", 4, "keygen"),
    ("keygen k --no-password --out a", 3, "keygen"),
    ("keygen ../k --no-password", 3, "keygen"),
    ("keygen k --no-password --out none", 4, "keygen"),
    ("keygen", 2, "usage"),
    ("key show press.pub.pem", 0, "key show"),
    ("key show keyring/press.key.pem", 0, "key show"),
    ("key show junk", 3, "key show"),
    ("key show none", 4, "key show"),
    ("key show", 2, "usage"),
    ("key", 2, "usage"),
    ("key hide x", 2, "usage"),
    ("policy check --archive a", 0, "policy check"),
    ("policy check --archive tree", 5, "policy check"),
    ("policy check --archive none", 4, "policy check"),
    ("policy check extra", 2, "usage"),
    ("policy sign --archive a --key keyring/press.key.pem", 0, "policy sign"),
    ("policy sign --archive a --key press.pub.pem", 3, "policy sign"),
    ("policy sign --archive a --key none", 4, "policy sign"),
    ("policy sign --archive a --key keyring/other.key.pem", 11, "policy sign"),
    ("policy sign --archive a", 2, "usage"),
    ("policy import signers", 0, "policy import"),
    ("policy import junk", 3, "policy import"),
    ("policy import none", 4, "policy import"),
    ("policy import", 2, "usage"),
    ("policy export --archive a", 0, "policy export"),
    ("policy export --archive tree", 5, "policy export"),
    ("policy", 2, "usage"),
    ("sign rel --out o# --key keyring/press.key.pem", 0, "sign"),
    ("sign --archive a --key keyring/press.key.pem", 0, "sign"),
    ("sign rel --out o --key press.pub.pem", 3, "sign"),
    ("sign rel --out o --key none", 4, "sign"),
    ("sign rel/one.bin /dev/null --out o --key keyring/press.key.pem", 3, "sign"),
    ("sign nothing --out o --key keyring/press.key.pem", 5, "sign"),
    ("sign none --out o --key keyring/press.key.pem", 4, "sign"),
    ("sign tree rel --out o --key keyring/press.key.pem", 2, "sign"),
    ("sign tree --out junk --key keyring/press.key.pem", 3, "sign"),
    ("sign --archive a tree --key keyring/press.key.pem", 11, "sign"),
    ("sign --archive a --key keyring/other.key.pem", 11, "sign"),
    ("sign tree --out o --ignore a/../b --key keyring/press.key.pem", 3, "sign"),
    ("sign --key keyring/press.key.pem", 5, "sign"),
    ("sign --out o --key keyring/press.key.pem", 2, "sign"),
    ("sign rel --out o", 2, "usage"),
    ("sign --archive a --state st --key keyring/press.key.pem", 0, "sign"),
    ("sign --archive a --reuse --key keyring/press.key.pem", 2, "sign"),
    ("sign --archive a --reuse --state st --key keyring/press.key.pem", 11, "sign"),
    ("sign rel --reuse --out o --key keyring/press.key.pem", 2, "usage"),
    ("sign rel --reuse --state st --key keyring/press.key.pem", 2, "sign"),
    ("stamp check token.tsr stamped.txt --tsa-root tsa.pem", 0, "stamp check"),
    ("stamp check token.tsr stamped.txt --tsa-root tsa.pem --tsa-cert tsa.pem", 0, "stamp check"),
    ("stamp check token.tsr old.txt --tsa-root tsa.pem", 13, "stamp check"),
    ("stamp check damaged.tsr stamped.txt --tsa-root tsa.pem", 13, "stamp check"),
    ("stamp check junk stamped.txt --tsa-root tsa.pem", 3, "stamp check"),
    ("stamp check none stamped.txt --tsa-root tsa.pem", 4, "stamp check"),
    ("stamp check token.tsr none --tsa-root tsa.pem", 4, "stamp check"),
    ("stamp check token.tsr tree --tsa-root tsa.pem", 3, "stamp check"),
    ("stamp check token.tsr stamped.txt --tsa-root none", 4, "stamp check"),
    ("stamp check token.tsr stamped.txt --tsa-root press.pub.pem", 3, "stamp check"),
    ("stamp check token.tsr stamped.txt --tsa-root keyring/press.key.pem", 3, "stamp check"),
    ("stamp check token.tsr stamped.txt", 2, "usage"),
    ("stamp", 2, "usage"),
    ("stamp a/manifests/seeds/SHA256SUMS.sigstore.json --request q#", 0, "stamp"),
    ("stamp --archive a seeds --request q#", 0, "stamp"),
    ("stamp signed.sigstore.json --response junk", 3, "stamp"),
    ("stamp signed.sigstore.json --response none", 4, "stamp"),
    ("stamp --archive a --response token.tsr", 13, "stamp"),
    ("stamp --archive a other --request q", 2, "stamp"),
    ("stamp none.sigstore.json --request q", 4, "stamp"),
    ("stamp signed.sigstore.json --request junk", 4, "stamp"),
    ("stamp --archive a --tsa http://127.0.0.1:1/", 4, "stamp"),
    ("stamp --archive tree --request q", 5, "stamp"),
    ("stamp renew stamped.sigstore.json --request q#", 0, "stamp renew"),
    ("stamp renew stamped.sigstore.json --response token.tsr", 13, "stamp renew"),
    ("stamp renew --archive a --request q", 5, "stamp renew"),
    ("stamp renew signed.sigstore.json --request q", 5, "stamp renew"),
    ("stamp renew", 2, "usage"),
    ("prove seeds/one.txt --archive a --out p#", 0, "prove"),
    ("prove seeds/one.txt --archive a --out junk", 4, "prove"),
    ("prove seeds/one.txt --archive a --pack pack#", 0, "prove"),
    ("prove seeds/one.txt --archive a --pack tree", 4, "prove"),
    ("prove seeds/none.txt --archive a --out p", 4, "prove"),
    ("prove other/one.txt --archive a --out p", 2, "prove"),
    ("prove ../one.txt --archive a --out p", 3, "prove"),
    ("prove seeds/one.txt --archive b1 --out p", 4, "prove"),
    ("prove seeds/one.txt --archive tree", 5, "prove"),
    ("prove", 2, "usage"),
    ("verify a/seeds/one.txt --proof one.tlog-proof --policy a/keys/policy.toml", 0, "verify"),
    ("verify a/seeds/two.txt --proof one.tlog-proof --policy a/keys/policy.toml", 1, "verify"),
    (
        "verify a/seeds/one.txt --proof one.tlog-proof --key keyring/other.pub.pem --policy a/keys/policy.toml",
        11,
        "verify",
    ),
    ("verify a/seeds/one.txt --proof junk --policy a/keys/policy.toml", 3, "verify"),
    ("verify a/seeds/one.txt --proof none --policy a/keys/policy.toml", 4, "verify"),
    ("verify --archive a --no-state", 0, "verify"),
    ("verify --archive a --no-state --state x", 2, "usage"),
    ("verify --archive a --state junk", 3, "verify"),
    ("verify --archive a", 0, "verify"),
    ("verify --archive a seeds", 0, "verify"),
    ("verify --archive a --old tree", 0, "verify"),
    ("verify --archive a --old none", 4, "verify"),
    ("verify --archive a other", 2, "verify"),
    ("verify --archive a --require-pinned", 11, "verify"),
    ("verify --archive a --policy none", 4, "verify"),
    ("verify --archive a --policy junk", 3, "verify"),
    ("verify --archive a --policy-sha256 ff", 3, "verify"),
    ("verify --archive a --at yesterday", 3, "verify"),
    ("verify --archive a --key keyring/other.pub.pem", 11, "verify"),
    ("verify --archive a --key junk", 3, "verify"),
    ("verify --archive none", 4, "verify"),
    ("verify --archive tree", 5, "verify"),
    ("verify", 5, "verify"),
    ("verify rel/SHA256SUMS --key press.pub.pem", 0, "verify"),
    ("verify rel/SHA256SUMS --key press.pub.pem --dir tree", 1, "verify"),
    ("verify rel/SHA256SUMS --key press.pub.pem --threshold 2", 11, "verify"),
    ("verify rel/SHA256SUMS --key press.pub.pem --threshold two", 3, "verify"),
    ("verify rel/SHA256SUMS", 2, "verify"),
    ("verify rel/SHA256SUMS --signature rel/SHA256SUMS.minisig --key press.pub.pem", 0, "verify"),
    ("verify rel/SHA256SUMS --signature rel/SHA256SUMS.minisig", 2, "verify"),
    ("verify rel/one.bin --signature rel/SHA256SUMS.minisig --key press.pub.pem", 10, "verify"),
    ("verify rel/one.bin --signature junk --key press.pub.pem", 3, "verify"),
    ("verify rel/one.bin --signature none --key press.pub.pem", 4, "verify"),
    ("verify none --signature rel/SHA256SUMS.minisig --key press.pub.pem", 4, "verify"),
    ("verify x --signature", 2, "usage"),
    ("verify --allowed-signers signers", 2, "verify"),
    ("verify --nonsense", 2, "usage"),
    ("log init --archive b# --key keyring/logkey.key.pem", 0, "log init"),
    ("log init --archive a --key keyring/logkey.key.pem", 4, "log init"),
    ("log init --archive b1 --key keyring/press.key.pem", 3, "log init"),
    ("log init --archive tree --key keyring/logkey.key.pem", 5, "log init"),
    ("log init", 2, "usage"),
    ("log prove --archive a", 14, "log prove"),
    ("log append --archive a", 0, "log append"),
    ("log append --archive tree", 5, "log append"),
    ("log append --archive b2", 5, "log append"),
    ("log append other --archive a", 11, "log append"),
    ("log append --nonsense", 2, "usage"),
    ("log checkpoint --archive a --key keyring/logkey.key.pem", 0, "log checkpoint"),
    ("log checkpoint --archive a --witness ftp://x/ --witness-key LOG", 3, "log checkpoint"),
    (
        "log checkpoint --archive a --witness http://127.0.0.1:1 --witness-key LOG",
        4,
        "log checkpoint",
    ),
    ("log checkpoint --archive a --witness http://127.0.0.1:1", 2, "log checkpoint"),
    ("log checkpoint --archive a --key keyring/other.key.pem", 11, "log checkpoint"),
    ("log checkpoint --archive a --key none", 4, "log checkpoint"),
    ("log checkpoint --archive a", 2, "log checkpoint"),
    ("log checkpoint --archive a --cosignature junk --witness-key log.vkey", 3, "log checkpoint"),
    (
        "log checkpoint --archive a --cosignature a/manifests/log/checkpoint --witness-key log.vkey",
        11,
        "log checkpoint",
    ),
    ("log checkpoint --cosignature junk", 5, "log checkpoint"),
    ("log prove --archive a", 0, "log prove"),
    ("log prove --archive a --renew", 0, "log prove"),
    ("log prove --archive a --consistency 1", 0, "log prove"),
    ("log prove --archive a --consistency 9", 14, "log prove"),
    ("log prove --archive b2", 5, "log prove"),
    ("log prove --consistency x", 2, "usage"),
    ("log check a/manifests/log/checkpoint --key log.vkey", 0, "log check"),
    (
        "log check a/manifests/log/checkpoint --key log.vkey --origin example.org/test/log",
        0,
        "log check",
    ),
    ("log check a/manifests/log/checkpoint --key log.vkey --origin x", 10, "log check"),
    ("log check a/manifests/log/checkpoint --key stranger.vkey", 11, "log check"),
    ("log check a/manifests/log/checkpoint --key a+b+c", 3, "log check"),
    ("log check a/manifests/log/checkpoint --key junk", 3, "log check"),
    ("log check a/manifests/log/checkpoint --key none", 4, "log check"),
    ("log check junk --key log.vkey", 3, "log check"),
    ("log check none --key log.vkey", 4, "log check"),
    ("log check a/manifests/log/checkpoint", 2, "usage"),
    ("log audit a/manifests/log --key log.vkey", 0, "log audit"),
    ("log audit a/manifests/log --key stranger.vkey", 11, "log audit"),
    ("log audit a/manifests/log --key junk", 3, "log audit"),
    ("log audit none", 4, "log audit"),
    ("log audit tree", 4, "log audit"),
    ("log audit a b", 2, "usage"),
    ("log", 2, "usage"),
    ("check --manifest good.sums tree", 0, "check"),
    ("check --manifest bad.sums tree", 1, "check"),
    ("check --manifest junk tree", 3, "check"),
    ("check --manifest none tree", 4, "check"),
    ("check --manifest good.sums none", 4, "check"),
    ("check --manifest good.sums tree --algorithm rot13", 3, "check"),
    ("check tree", 3, "check"),
    ("check none", 4, "check"),
    ("check", 2, "usage"),
    ("diff old.txt new.txt", 1, "diff"),
    ("diff old.txt form.txt", 0, "diff"),
    ("diff old.txt old.txt", 0, "diff"),
    ("diff tree later", 1, "diff"),
    ("diff tree tree", 0, "diff"),
    ("diff rel/SHA256SUMS rel/SHA256SUMS", 0, "diff"),
    ("diff rel/SHA256SUMS good.sums", 2, "diff"),
    ("diff old.txt nul", 3, "diff"),
    ("diff old.txt none", 4, "diff"),
    ("diff none later", 4, "diff"),
    ("diff tree old.txt", 2, "diff"),
    ("diff - -", 2, "diff"),
    ("diff old.txt new.txt --only x", 2, "diff"),
    ("diff old.txt new.txt --fail-on x", 2, "diff"),
    ("diff nothing nothing", 5, "diff"),
    ("diff p old.txt h m new.txt h m --fail-on minor", 1, "diff"),
    ("diff old.txt", 2, "usage"),
    ("diff", 2, "usage"),
    ("hash tree", 0, "hash"),
    ("hash tree/a.txt --algorithm sha512", 0, "hash"),
    ("hash tree --state st", 0, "hash"),
    ("hash tree --algorithm md5", 3, "hash"),
    ("hash tree --algorithm rot13", 3, "hash"),
    ("hash /dev/null", 3, "hash"),
    ("hash none", 4, "hash"),
    ("hash nothing", 5, "hash"),
    ("hash", 2, "usage"),
    ("inspect rel/SHA256SUMS", 0, "inspect"),
    ("inspect rel/SHA256SUMS.sigstore.json", 0, "inspect"),
    ("inspect junk", 3, "inspect"),
    ("inspect none", 4, "inspect"),
    ("inspect", 2, "usage"),
    ("witness key --key keyring/other.key.pem --name w", 0, "witness key"),
    ("witness key --key keyring/other.key.pem --name a+b", 3, "witness key"),
    ("witness key --key none --name w", 4, "witness key"),
    ("witness key --name w", 2, "usage"),
    (
        "witness sign request --key keyring/other.key.pem --name w --log LOG --state s# --new-state",
        0,
        "witness sign",
    ),
    (
        "witness sign junk --key keyring/other.key.pem --name w --log LOG --state s --new-state",
        3,
        "witness sign",
    ),
    (
        "witness sign none --key keyring/other.key.pem --name w --log LOG --state s --new-state",
        4,
        "witness sign",
    ),
    (
        "witness sign request --key keyring/other.key.pem --name w --log x --state s --new-state",
        3,
        "witness sign",
    ),
    (
        "witness sign request --key keyring/other.key.pem --name w --log LOG --state junk",
        3,
        "witness sign",
    ),
    (
        "witness sign stale --key keyring/other.key.pem --name w --log LOG --state s --new-state",
        14,
        "witness sign",
    ),
    ("witness sign", 2, "usage"),
    ("witness serve --key keyring/other.key.pem --name w --log x --state s", 3, "witness serve"),
    ("witness serve --key none --name w --log LOG --state s", 4, "witness serve"),
    (
        "witness serve --key keyring/other.key.pem --name w --log LOG --state junk",
        3,
        "witness serve",
    ),
    (
        "witness serve --key keyring/other.key.pem --name w --log LOG --state s --listen 192.0.2.1:1",
        4,
        "witness serve",
    ),
    (
        "witness serve --key keyring/other.key.pem --name w --log LOG --state s --listen x",
        2,
        "usage",
    ),
    ("witness", 2, "usage"),
    ("completions bash", 0, "completions"),
    ("completions tcsh", 2, "usage"),
    ("completions", 2, "usage"),
    ("man --out nothing", 0, "man"),
    ("man --out none", 4, "man"),
    ("man --out junk", 3, "man"),
    ("man", 2, "usage"),
    ("", 2, "usage"),
    ("bogus", 2, "usage"),
    ("--bogus", 2, "usage"),
];

fn filled(line: &str, number: &str) -> String {
    line.replace('#', number).replace("LOG", &Log::new(0).verifier().vkey())
}

#[test]
fn every_outcome_of_every_command_is_one_document() {
    let bench = scene();
    let (mut number, mut wrong) = (0, Vec::new());
    for (line, exit, command) in TABLE {
        for before in [true, false] {
            number += 1;
            let line = filled(line, &number.to_string());
            let mut arguments: Vec<&str> = line.split_whitespace().collect();
            arguments.insert(if before { 0 } else { arguments.len() }, "--format=json");
            let state = bench.tree("");
            let output = finish(&mut bench.command("", &arguments));
            let document = document(&output, &line);
            let found = (document["exit"].as_i64(), document["command"].as_str());
            if found != (Some(i64::from(*exit)), Some(*command)) {
                wrong.push(format!("{line}: wanted {exit} {command}: {document}"));
                continue;
            }
            let own = document["schema"].as_str().unwrap().starts_with("vidimus.diff");
            assert_eq!(own, *command == "diff", "{line}: {document}");
            if *exit != 0 {
                let said = ["findings", "changes", "documents"].map(|name| &document[name]);
                let said = said.into_iter().filter_map(Value::as_array);
                assert!(said.map(Vec::len).sum::<usize>() > 0, "{line}");
                assert!(bench.tree("") == state, "{line}: refused, but something was written");
            }
            // The same as text: the same exit, and nothing that a terminal would obey.
            arguments.retain(|argument| *argument != "--format=json");
            if *exit != 0 {
                let text = bench.run_in("", &arguments);
                assert_eq!(text.exit, *exit, "{line}");
                let shown = text.stdout + &text.stderr;
                assert!(!shown.trim().is_empty(), "{line}");
                let hidden = |c: char| c != '\n' && is_raw(c);
                assert!(!shown.chars().any(hidden), "{line}: {shown:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} command lines, each with --format=json in both places", TABLE.len());
}

/// The names of all members in a value.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    for (name, inner) in value.as_object().into_iter().flatten() {
        // Their members are the names of weights and kinds.
        if !["by_weight", "by_kind"].contains(&name.as_str()) {
            names(inner, found);
        }
        found.insert(name.clone());
    }
    value.as_array().into_iter().flatten().for_each(|inner| names(inner, found));
}

#[test]
fn every_member_of_the_documents_of_the_differ_is_described() {
    let bench = scene();
    let moved = "The pumps of the old harbour were checked by the crew.\n\n";
    bench.write("one.html", "<p>Nine people <a href=x>come</a>.</p>");
    bench.write("two.html", "<p>Seven people <a href=y>come</a>.</p>");
    bench.write("latin", b"\xc4ltere Br\xfccke, 1 Tor\n");
    bench.write("odd", "\u{feff}\u{c4}ltere Br\u{fc}\u{ad}cke, 2 Tore\n");
    bench.write("x/m.txt", format!("{moved}We saw 3.\n\nAll is \"well\".\n"));
    bench.write("y/m.txt", format!("We saw 4.\n\nAll is “well”.\n\n{moved}"));
    bench.write("y/nul", "a\0b");
    bench.write("x/nul", "a\0c");
    bench.write("x/gone", "x");
    bench.write("x/name", "y\n");
    bench.write("y/eman", "y\n");
    let mut found = BTreeSet::new();
    for line in ["one.html two.html --only number", "latin odd", "x y", "latin nul"] {
        let mut arguments = vec!["diff", "--format", "json"];
        arguments.extend(line.split_whitespace());
        let document = document(&finish(&mut bench.command("", &arguments)), line);
        names(&document, &mut found);
    }
    let section = include_str!("../docs/json.md").split("\n## The documents of `diff`\n").nth(1);
    let section = section.unwrap().split("\n## ").next().unwrap();
    for added in ["exit", "command"] {
        found.remove(added);
    }
    assert!(found.len() > 40, "{found:?}");
    let described = |name: &&String| section.contains(&format!("`{name}`"));
    let missing: Vec<_> = found.iter().filter(|name| !described(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_table_has_every_command_and_every_kind_of_outcome() {
    let bench = Bench::new();
    let commands_of = |arguments: &[&str]| -> BTreeSet<String> {
        let help = bench.run_in("", arguments).ok().stdout;
        let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        lines
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help")
            .map(str::to_owned)
            .collect()
    };
    let mut commands = commands_of(&["--help"]);
    for group in ["key", "log", "policy", "stamp", "witness"] {
        assert!(commands.remove(group));
        let inner = commands_of(&[group, "--help"]);
        commands.extend(inner.into_iter().map(|name| format!("{group} {name}")));
    }
    assert!(commands.len() >= 14, "{commands:?}");
    for command in commands {
        let exits: BTreeSet<i32> =
            TABLE.iter().filter(|row| row.2 == command).map(|row| row.1).collect();
        let usage = TABLE.iter().any(|row| row.0.starts_with(&command) && row.1 == 2);
        // A server that succeeds does not end; `tests/json_doc.rs` reads its document.
        let endless = command == "witness serve";
        assert!(exits.contains(&0) || endless, "{command}: no success in the table");
        assert!(exits.len() > 1 || command == "completions", "{command}: no failure");
        assert!(usage || command == "policy export", "{command}: no usage error");
    }
}

#[test]
fn help_and_version_are_for_people_and_exit_0() {
    let bench = Bench::new();
    let table: [&[&str]; 7] = [
        &["--help"],
        &["-h"],
        &["--version"],
        &["help"],
        &["help", "verify"],
        &["verify", "--help"],
        &["--format=json", "sign", "-h"],
    ];
    for arguments in table {
        let ran = bench.run_in("", arguments).ok();
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_usage_error_says_what_is_wrong() {
    let bench = Bench::new();
    let table: [(&[&str], &str); 5] = [
        (&["sign"], "--key <KEY>"),
        (&["hash"], "<PATH>"),
        (&["init"], "--id <ID>"),
        (&["key"], "requires a subcommand"),
        (&["completions", "tcsh"], "bash"),
    ];
    for (arguments, part) in table {
        let outcome = bench.json_in("", arguments);
        outcome.expect(2, &["usage"]);
        let message = outcome.finding("usage")["message"].as_str().unwrap();
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
}

#[test]
fn a_name_that_is_not_utf8_has_its_bytes_too() {
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::archive();
    let name = std::ffi::OsStr::from_bytes(b"a/seeds/\xff\xfe.txt");
    std::fs::write(bench.path("").join(name), "x").unwrap();
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(1, &["unexpected"]);
    let exact = outcome.finding("unexpected")["path_b64"].as_str().unwrap();
    assert_eq!(base64::decode(exact).unwrap(), b"seeds/\xff\xfe.txt");
    let hashed = bench.json_in("a", &["hash", "seeds"]);
    hashed.expect(0, &[]);
    let files = hashed.json["files"].as_array().unwrap();
    assert_eq!(files.iter().filter(|file| file.get("path_b64").is_some()).count(), 1);
}

#[test]
fn csv_has_a_header_and_one_row_a_file() {
    const HEADER: &str = "path,status,code,severity,expected,found,bytes,message";
    let bench = scene();
    let table: [(&str, i32, &[&str]); 8] = [
        ("verify --archive a", 0, &["seeds/one.txt", "seeds/sub/three.txt", "seeds/two.txt"]),
        ("verify rel/SHA256SUMS --key press.pub.pem", 0, &["rel/one.bin"]),
        ("check --manifest good.sums tree", 0, &["a.txt"]),
        ("check --manifest bad.sums tree", 1, &["a.txt"]),
        ("hash tree rel/one.bin", 0, &["rel/one.bin", "tree/a.txt"]),
        ("hash none", 4, &["none"]),
        ("verify --nonsense", 2, &[""]),
        ("key show press.pub.pem", 0, &[]),
    ];
    for (line, exit, paths) in table {
        let mut arguments: Vec<&str> = line.split_whitespace().collect();
        arguments.extend(["--format", "csv"]);
        let ran = bench.run_in("", &arguments);
        assert_eq!(ran.exit, exit, "{line}");
        assert!(ran.stdout.ends_with("\r\n"), "{line}");
        let mut rows = ran.stdout.split_terminator("\r\n");
        assert_eq!(rows.next(), Some(HEADER), "{line}");
        let mut found: Vec<&str> = rows.map(|row| row.split(',').next().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, paths, "{line}: {}", ran.stdout);
    }
}

#[test]
fn a_full_disk_never_exits_0() {
    let bench = scene();
    let full = OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        println!("skipped: no /dev/full");
        return;
    };
    let mut number = 0;
    for (line, exit, command) in TABLE.iter().filter(|row| row.1 == 0) {
        let third = if *command == "diff" { "html" } else { "csv" };
        for format in ["text", "json", third] {
            number += 1;
            let line = filled(line, &format!("-full{number}"));
            let mut command = bench.command("", &line.split_whitespace().collect::<Vec<_>>());
            command.args(["--format", format]).stdout(full.try_clone().unwrap());
            let output = command.stderr(Stdio::piped()).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!((output.status.code(), *exit), (Some(4), 0), "{line} as {format}: {stderr}");
            assert!(stderr.contains("error[io]"), "{line}: {stderr}");
        }
    }
    for arguments in [&["--help"][..], &["--version"]] {
        let mut command = bench.command("", arguments);
        let status = command.stdout(full.try_clone().unwrap()).status().unwrap();
        assert_eq!(status.code(), Some(4), "{arguments:?}");
    }
}

#[test]
fn a_closed_pipe_does_not_panic_and_keeps_the_exit() {
    let bench = scene();
    let table = [
        ("verify --archive a", 0),
        ("verify --archive a --format json", 0),
        ("check --manifest bad.sums tree", 1),
        ("completions bash", 0),
        ("--help", 0),
        ("hash tree --format csv", 0),
    ];
    for (line, exit) in table {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = bench.command("", &line.split_whitespace().collect::<Vec<_>>());
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{line}: {stderr}");
        assert!(stderr.is_empty(), "{line}: {stderr}");
        // Messages that nobody reads are no reason to panic either.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = bench.command("", &["verify", "--nonsense"]);
        assert_eq!(command.stderr(writer).stdout(Stdio::null()).status().unwrap().code(), Some(2));
    }
}

#[test]
fn colours_on_a_terminal_unless_they_are_not_wanted() {
    let bench = scene();
    for line in ["verify --archive a", "check --manifest bad.sums tree"] {
        let seen = |name: &str, value: &str| {
            let mut command = bench.command("", &line.split_whitespace().collect::<Vec<_>>());
            on_a_terminal(command.env("TERM", "xterm").env(name, value))
        };
        let Some(coloured) = seen("NO_COLOR", "") else { return };
        // All is well is said without colour.
        assert_eq!(coloured.contains(&0x1b), line.contains("bad"), "{line}");
        for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            assert!(!seen(name, value).unwrap().contains(&0x1b), "{line} {name}");
        }
    }
}

#[test]
fn no_colour_without_a_terminal() {
    let bench = scene();
    for line in ["verify --archive a", "check --manifest bad.sums tree", "hash none", "--help"] {
        for (name, value) in [("NO_COLOR", "1"), ("CLICOLOR_FORCE", "0"), ("TERM", "xterm")] {
            let mut command = bench.command("", &line.split_whitespace().collect::<Vec<_>>());
            let ran = Ran::of(&finish(command.env(name, value)));
            assert!(!(ran.stdout + &ran.stderr).contains('\u{1b}'), "{line} {name}");
        }
    }
}
