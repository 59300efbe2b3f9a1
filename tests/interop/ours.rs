//! What we sign, others accept.

use crate::common::tsa::{Kind, TestAuthority};
use crate::common::{Bench, Outcome, Ran};
use crate::pairs::{Need, Pairs, interop, spoil};
use crate::tool;
use serde_json::Value;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use vidimus::codec::base64;
use vidimus::envelope::note::Verifier;
use vidimus::key::{PublicKey, ed25519_point};

const PEM: &str = "keyring/press.pub.pem";
const MANIFEST: &str = "a/manifests/seeds/SHA256SUMS";

/// `SIG` of `"sig":"SIG"`, and the payload, some letters in.
const IN_SIG: (&str, usize) = ("\"sig\":\"", 20);
const IN_PAYLOAD: (&str, usize) = ("\"payload\":\"", 20);

/// A release `d` of three files, signed by `press` as a bundle and in these forms too. (With a bad
/// bundle beside a good plain envelope the release is signed well enough.)
fn release(bench: &Bench, forms: &[&str]) {
    keygen(bench, "press");
    bench.write("d/one.txt", "The council meets on Monday.\n");
    bench.write("d/two.txt", "Nine people were detained.\n");
    bench.write("d/sub/three.txt", "The ministry has not replied.\n");
    sign(bench, ".", &["d"], "keyring/press.key.pem", forms);
}

fn sign(bench: &Bench, folder: &str, what: &[&str], key: &str, forms: &[&str]) {
    let also: Vec<&str> = forms.iter().flat_map(|form| ["--also", form]).collect();
    bench.run_in(folder, &[&["sign"], what, &["--key", key], &also].concat()).ok();
}

/// Makes a key, once.
fn keygen(bench: &Bench, name: &str) {
    if !bench.path(&format!("keyring/{name}.key.pem")).exists() {
        bench.keygen(name);
    }
}

/// The archive `a` of the collection `seeds`, signed by every one of `signers`, in these forms too.
fn archive(bench: &Bench, signers: &[&str], forms: &[&str]) {
    bench.write("a/seeds/one.txt", "The council meets on Monday.\n");
    bench.write("a/seeds/two.txt", "Nine people were detained.\n");
    bench.write("a/seeds/sub/three.txt", "The ministry has not replied.\n");
    let threshold = signers.len().to_string();
    let mut init = vec!["init", "--id", "example.org/test", "--collection", "seeds"];
    init.extend(["--threshold", &threshold]);
    let named: Vec<String> =
        signers.iter().map(|name| format!("{name}=../keyring/{name}.pub.pem")).collect();
    init.extend(named.iter().flat_map(|signer| ["--signer", signer]));
    signers.iter().for_each(|name| keygen(bench, name));
    bench.run_in("a", &init).ok();
    for name in signers {
        let key = format!("../keyring/{name}.key.pem");
        bench.run_in("a", &["policy", "sign", "--key", &key]).ok();
        sign(bench, "a", &[], &key, forms);
    }
}

fn verify_release(bench: &Bench) -> Outcome {
    bench.json_in(".", &["verify", "d/SHA256SUMS", "--key", PEM])
}

fn verify_archive(bench: &Bench) -> Outcome {
    bench.json_in("a", &["verify"])
}

/// Our verdict on one signature over a manifest, with `--key`.
fn verify_signature(bench: &Bench, file: &str, form: &str) -> Outcome {
    let signature = format!("{file}.{form}");
    bench.json_in(".", &["verify", file, "--signature", &signature, "--key", PEM])
}

fn sha256sum(bench: &Bench, folder: &str, list: &str) -> Ran {
    tool::run(bench, folder, "sha256sum", &["-c", "--strict", list])
}

#[test]
fn sha256sum_checks_our_manifests() {
    interop("sha256sum_checks_our_manifests", &[Need::Tool("sha256sum")], |bench, pairs| {
        archive(bench, &["press"], &[]);
        pairs.agree(
            bench,
            "an archive",
            || sha256sum(bench, "a/seeds", "../manifests/seeds/SHA256SUMS"),
            || verify_archive(bench),
            &[spoil("a/seeds/sub/three.txt", ("", 4), 1, &["digest-mismatch"])],
        );
        bench.write("d/one.txt", "The council meets on Monday.\n");
        bench.run_in("d", &["sign", "one.txt", "--key", "../keyring/press.key.pem"]).ok();
        pairs.agree(
            bench,
            "a release",
            || sha256sum(bench, "d", "SHA256SUMS"),
            || verify_release(bench),
            &[
                spoil("d/one.txt", ("", 4), 1, &["digest-mismatch"]),
                spoil("d/SHA256SUMS", ("", 4), 1, &["digest-mismatch"]),
            ],
        );
    });
}

#[test]
fn sha256sum_reads_our_escaped_names() {
    interop("sha256sum_reads_our_escaped_names", &[Need::Tool("sha256sum")], |bench, pairs| {
        bench.keygen("press");
        let names: [&[u8]; 7] = [
            b"new\nline",
            b"back\\slash",
            b"return\rhere",
            b"not utf-8 \xff\xfe",
            b"\\n",
            b" two  spaces ",
            b"*star",
        ];
        let spoils: Vec<_> = names
            .iter()
            .map(|name| Path::new("d").join(OsStr::from_bytes(name)))
            .map(|file| spoil(file, ("", 3), 1, &["digest-mismatch"]))
            .collect();
        bench.write("d/plain", "kept as it was");
        for name in names {
            std::fs::write(bench.path("d").join(OsStr::from_bytes(name)), "kept too").unwrap();
        }
        sign(bench, ".", &["d"], "keyring/press.key.pem", &[]);
        let theirs = || sha256sum(bench, "d", "SHA256SUMS");
        pairs.agree(bench, "hostile names", theirs, || verify_release(bench), &spoils);
    });
}

#[test]
fn openssl_verifies_our_envelopes() {
    interop("openssl_verifies_our_envelopes", &[Need::Tool("openssl")], |bench, pairs| {
        release(bench, &[]);
        archive(bench, &["press"], &[]);
        let bundle = "d/SHA256SUMS.sigstore.json";
        let bad: &[&str] = &["bad-signature"];
        pairs.agree(
            bench,
            "the bundle of a release",
            || tool::openssl_envelope(bench, bundle, PEM),
            || verify_release(bench),
            &[spoil(bundle, IN_SIG, 10, bad), spoil(bundle, IN_PAYLOAD, 10, bad)],
        );
        let envelope = "d/SHA256SUMS.intoto.json";
        sign(bench, ".", &["d"], "keyring/press.key.pem", &["dsse"]);
        pairs.agree(
            bench,
            "the plain envelope of a release",
            || tool::openssl_envelope(bench, envelope, PEM),
            || verify_signature(bench, "d/SHA256SUMS", "intoto.json"),
            &[spoil(envelope, IN_SIG, 10, bad), spoil(envelope, IN_PAYLOAD, 10, bad)],
        );
        let policy = "a/keys/policy.toml.dsse.json";
        pairs.agree(
            bench,
            "the policy of an archive",
            || tool::openssl_envelope(bench, policy, PEM),
            || verify_archive(bench),
            &[spoil(policy, IN_SIG, 10, bad), spoil(policy, IN_PAYLOAD, 10, bad)],
        );
    });
}

#[test]
fn openssl_reads_our_keys() {
    interop("openssl_reads_our_keys", &[Need::Tool("openssl")], |bench, pairs| {
        bench.keygen("press");
        tool::secret(bench, "right", "correct horse\n");
        tool::secret(bench, "wrong", "battery staple\n");
        bench.run_in("keyring", &["keygen", "safe", "--password-file", "../right"]).ok();
        for (name, begin) in [("press", "PRIVATE KEY-----\n"), ("safe", "PRIVATE KEY-----\n")] {
            let file = format!("keyring/{name}.key.pem");
            let read = |password: &str| {
                let pass = format!("file:{password}");
                let arguments = ["pkey", "-in", &file, "-passin", &pass, "-pubout"];
                let theirs = tool::run(bench, ".", "openssl", &arguments);
                let show = ["key", "show", &file, "--password-file", password];
                (theirs, bench.json_in(".", &show))
            };
            let public = bench.text(&format!("keyring/{name}.pub.pem"));
            assert_eq!(read("right").0.ok().stdout, public, "{name}");
            let what = format!("{name}.key.pem");
            // The second letter holds the length of the outer sequence.
            let spoils = [spoil(&file, (begin, 2), 3, &["malformed"])];
            pairs.agree(bench, &what, || read("right").0, || read("right").1, &spoils);
            if name == "safe" {
                let (theirs, ours) = read("wrong");
                pairs.refuse("a wrong password", &theirs, &ours, 3, &["malformed"]);
            }
        }
    });
}

#[test]
fn ssh_keygen_verifies_our_sshsig() {
    interop("ssh_keygen_verifies_our_sshsig", &[Need::Tool("ssh-keygen")], |bench, pairs| {
        release(bench, &["sshsig"]);
        archive(bench, &["press"], &["sshsig"]);
        let line = tool::shown(bench, PEM, "openssh");
        bench.write("shown", format!("press {line}\n"));
        bench.write("exported", bench.run_in("a", &["policy", "export"]).ok().stdout);
        for (list, file) in [("shown", "d/SHA256SUMS"), ("exported", MANIFEST)] {
            ssh_pairs(bench, pairs, list, file);
        }
    });
}

fn ssh_pairs(bench: &Bench, pairs: &mut Pairs, list: &str, file: &str) {
    let signature = format!("{file}.sshsig");
    let theirs =
        |identity, space| tool::ssh_verify(bench, list, (identity, space), [file, &signature]);
    let ours = |identity, space| {
        let who = ["--allowed-signers", list, "--identity", identity, "--namespace", space];
        bench.json_in(".", &[&["verify", file, "--signature", &signature][..], &who].concat())
    };
    // Line 4 of the armour is inside the signature, line 2 inside the key.
    let spoils = [
        spoil(file, ("", 4), 10, &["bad-signature"]),
        spoil(&signature, ("-----BEGIN SSH SIGNATURE-----\n", 220), 10, &["bad-signature"]),
    ];
    let what = format!("{file} by the list {list}");
    pairs.agree(bench, &what, || theirs("press", "file"), || ours("press", "file"), &spoils);
    let (other, git) = (("nobody", "file"), ("press", "git"));
    let (their, our) = (theirs(other.0, other.1), ours(other.0, other.1));
    pairs.refuse(&format!("{what}, another identity"), &their, &our, 11, &["untrusted-key"]);
    let (their, our) = (theirs(git.0, git.1), ours(git.0, git.1));
    pairs.refuse(&format!("{what}, another namespace"), &their, &our, 10, &["namespace"]);
}

#[test]
fn minisign_verifies_our_minisig() {
    interop("minisign_verifies_our_minisig", &[Need::Tool("minisign")], |bench, pairs| {
        release(bench, &["minisign"]);
        archive(bench, &["press"], &["minisign"]);
        let key = tool::shown(bench, PEM, "minisign");
        for file in ["d/SHA256SUMS", MANIFEST] {
            let signature = format!("{file}.minisig");
            let arguments = ["-V", "-m", file, "-x", &signature, "-P", &key];
            pairs.agree(
                bench,
                file,
                || tool::run(bench, ".", "minisign", &arguments),
                || verify_signature(bench, file, "minisig"),
                &[
                    spoil(file, ("", 4), 10, &["bad-signature"]),
                    spoil(&signature, ("\n", 40), 10, &["bad-signature"]),
                    spoil(&signature, ("\ntrusted comment: ", 2), 10, &["bad-signature"]),
                ],
            );
        }
    });
}

/// `dsse.py` over an envelope, with the keys of these signers.
fn securesystemslib(bench: &Bench, file: &str, signers: &[&str]) -> Ran {
    let mut python = tool::python(bench, ".");
    python.arg(tool::script("dsse.py")).arg(file).arg(signers.len().to_string());
    for name in signers {
        let pem = format!("keyring/{name}.pub.pem");
        python.arg(format!("{}:{pem}", tool::shown(bench, &pem, "key-id")));
    }
    Ran::of(&python.output().expect("Python runs"))
}

#[test]
fn securesystemslib_verifies_our_envelopes() {
    interop("securesystemslib_verifies_our_envelopes", &[Need::Python], |bench, pairs| {
        release(bench, &["dsse"]);
        let bad: &[&str] = &["bad-signature"];
        let envelope = "d/SHA256SUMS.intoto.json";
        pairs.agree(
            bench,
            "one signature",
            || securesystemslib(bench, envelope, &["press"]),
            || verify_signature(bench, "d/SHA256SUMS", "intoto.json"),
            &[spoil(envelope, IN_SIG, 10, bad), spoil(envelope, IN_PAYLOAD, 10, bad)],
        );
        let both = Bench::new();
        archive(&both, &["press", "office"], &["dsse"]);
        let envelope = "a/manifests/seeds/SHA256SUMS.intoto.json";
        let ours = || {
            let keys = ["--key", PEM, "--key", "keyring/office.pub.pem", "--threshold", "2"];
            let verify = ["verify", MANIFEST, "--signature", envelope];
            both.json_in(".", &[&verify[..], &keys].concat())
        };
        pairs.agree(
            &both,
            "two signatures",
            || securesystemslib(&both, envelope, &["press", "office"]),
            ours,
            &[
                spoil(envelope, IN_SIG, 10, &["bad-signature"]),
                spoil(envelope, ("},{\"sig\":\"", 20), 10, &["bad-signature"]),
                spoil(envelope, IN_PAYLOAD, 10, &["bad-signature"]),
            ],
        );
    });
}

#[test]
fn sigstore_verify_accepts_our_bundles() {
    let needs = [Need::Tool("node"), Need::NodeModules];
    interop("sigstore_verify_accepts_our_bundles", &needs, |bench, pairs| {
        release(bench, &[]);
        let hint = tool::shown(bench, PEM, "key-id");
        let bundle = "d/SHA256SUMS.sigstore.json";
        let bad: &[&str] = &["bad-signature"];
        pairs.agree(
            bench,
            "the bundle of a release",
            || tool::sigstore(bench, &[bundle, &hint, PEM]),
            || verify_release(bench),
            &[spoil(bundle, IN_SIG, 10, bad), spoil(bundle, IN_PAYLOAD, 10, bad)],
        );
        let both = Bench::new();
        archive(&both, &["press", "office"], &[]);
        for (name, file) in [("press", "SHA256SUMS"), ("office", "SHA256SUMS.office")] {
            let bundle = format!("a/manifests/seeds/{file}.sigstore.json");
            let pem = format!("keyring/{name}.pub.pem");
            let hint = tool::shown(&both, &pem, "key-id");
            pairs.agree(
                &both,
                &format!("the bundle of {name} in an archive"),
                || tool::sigstore(&both, &[&bundle, &hint, &pem]),
                || verify_archive(&both),
                &[spoil(&bundle, IN_SIG, 10, &["bad-signature"])],
            );
        }
    });
}

/// One timestamp over the signature: theirs verifies it as part of the bundle, ours by itself.
#[test]
fn sigstore_verify_accepts_our_stamped_bundle() {
    let needs = [Need::Tool("node"), Need::NodeModules, Need::Tool("openssl")];
    interop("sigstore_verify_accepts_our_stamped_bundle", &needs, |bench, pairs| {
        release(bench, &[]);
        let (hint, bundle) = (tool::shown(bench, PEM, "key-id"), "d/SHA256SUMS.sigstore.json");
        let authority = TestAuthority::new(bench.path("tsa"), Kind::P256);
        bench.run_in(".", &["stamp", bundle, "--request", "query"]).ok();
        bench.write("answer", authority.answer(&bench.read("query")));
        let root = "tsa/root.pem";
        bench.run_in(".", &["stamp", bundle, "--response", "answer", "--tsa-root", root]).ok();
        bench.write("chain.pem", bench.text("tsa/tsa.pem") + &bench.text(root));
        pairs.agree(
            bench,
            "a stamped bundle",
            || tool::sigstore(bench, &[bundle, &hint, PEM, "--tsa", "chain.pem"]),
            || {
                let value: Value = serde_json::from_slice(&bench.read(bundle)).expect("JSON");
                let bytes =
                    |value: &Value| base64::decode(value.as_str().expect("text")).expect("base64");
                let stamps = &value["verificationMaterial"]["timestampVerificationData"];
                bench.write("token", bytes(&stamps["rfc3161Timestamps"][0]["signedTimestamp"]));
                bench.write("signature", bytes(&value["dsseEnvelope"]["signatures"][0]["sig"]));
                bench.json_in(".", &["stamp", "check", "token", "signature", "--tsa-root", root])
            },
            &[spoil(bundle, IN_SIG, 13, &["imprint"])],
        );
    });
}

/// The statement in a bundle.
fn statement(bench: &Bench, bundle: &str) -> Value {
    let bundle: Value = serde_json::from_slice(&bench.read(bundle)).expect("JSON");
    let payload = bundle["dsseEnvelope"]["payload"].as_str().expect("a payload");
    serde_json::from_slice(&base64::decode(payload).expect("base64")).expect("JSON")
}

#[test]
fn go_dirhash_is_our_dir_hash() {
    let needs = [Need::Tool("go"), Need::GoMod];
    interop("go_dirhash_is_our_dir_hash", &needs, |bench, pairs| {
        archive(bench, &["press"], &[]);
        tool::build_go(bench, "dirhash");
        let program = bench.path("dirhash");
        let program = program.to_str().unwrap();
        let statement = statement(bench, "a/manifests/seeds/SHA256SUMS.sigstore.json");
        let tree = &statement["subject"][1];
        assert_eq!(tree["name"], "seeds/");
        let claimed = tree["digest"]["dirHash"].as_str().expect("a dirHash");
        pairs.agree(
            bench,
            "the tree of a collection",
            || tool::run(bench, "a", program, &["seeds", claimed]),
            || verify_archive(bench),
            &[spoil("a/seeds/sub/three.txt", ("", 4), 1, &["digest-mismatch"])],
        );
        bench.write("a/seeds/new.txt", "");
        let theirs = tool::run(bench, "a", program, &["seeds", claimed]);
        pairs.refuse("an added file", &theirs, &verify_archive(bench), 1, &["unexpected"]);
    });
}

/// The verifier key of a checkpoint, put together from a key as C2SP's signed-note says.
fn vkey(bench: &Bench, origin: &str, pem: &str) -> String {
    let shown = tool::shown(bench, pem, "key");
    let raw = base64::decode(shown.strip_prefix("ed25519:").unwrap()).unwrap();
    let point = ed25519_point(&raw.try_into().unwrap()).unwrap();
    Verifier::new(origin, PublicKey::Ed25519(point)).unwrap().vkey()
}

#[test]
fn go_note_opens_our_checkpoints() {
    let needs = [Need::Tool("go"), Need::GoMod];
    interop("go_note_opens_our_checkpoints", &needs, |bench, pairs| {
        archive(bench, &["press", "office"], &[]);
        tool::build_go(bench, "checkpoint");
        let program = bench.path("checkpoint");
        let program = program.to_str().unwrap();
        let origin = "example.org/test/seeds/1";
        let keys = ["keyring/press.pub.pem", "keyring/office.pub.pem"];
        let keys = keys.map(|pem| vkey(bench, origin, pem));
        let checkpoint = format!("{MANIFEST}.checkpoint");
        pairs.agree(
            bench,
            "the checkpoint of a collection, signed by two",
            || tool::run(bench, ".", program, &[&checkpoint, MANIFEST, &keys[0], &keys[1]]),
            || verify_archive(bench),
            &[
                spoil(&checkpoint, ("/seeds/1\n3\n", 4), 14, &["inclusion"]),
                spoil(
                    &checkpoint,
                    ("\u{2014} example.org/test/seeds/1 ", 20),
                    10,
                    &["bad-signature"],
                ),
                spoil(MANIFEST, ("", 4), 1, &["digest-mismatch"]),
            ],
        );
        let release_bench = Bench::new();
        release(&release_bench, &[]);
        let key = vkey(&release_bench, "vidimus-release/1", PEM);
        let checkpoint = "d/SHA256SUMS.checkpoint";
        pairs.agree(
            &release_bench,
            "the checkpoint of a release",
            || tool::run(&release_bench, ".", program, &[checkpoint, "d/SHA256SUMS", &key]),
            || verify_release(&release_bench),
            &[spoil(checkpoint, ("/1\n3\n", 4), 14, &["inclusion"])],
        );
    });
}
