//! Keys that others made, as keys to sign with; the makers' tools verify the signatures.

use crate::common::{Bench, Outcome, Ran};
use crate::pairs::{Need, Pairs, interop, spoil};
use crate::tool::{self, output, run};

/// A release in `folder`, signed in every form by the key whose public half is `public`: openssl,
/// ssh-keygen and minisign accept what we accept.
pub(crate) fn signed_pairs(bench: &Bench, pairs: &mut Pairs, folder: &str, public: &str) {
    let manifest = format!("{folder}/SHA256SUMS");
    let forms = [
        ("intoto.json", ("\"sig\":\"", 20)),
        ("sshsig", ("-----BEGIN SSH SIGNATURE-----\n", 220)),
        ("minisig", ("\n", 40)),
    ];
    for (form, place) in forms {
        let signature = format!("{manifest}.{form}");
        let arguments = ["verify", &manifest, "--signature", &signature, "--key", public];
        pairs.agree(
            bench,
            &format!("{signature} by {public}"),
            || standard(bench, &manifest, form, public),
            || bench.json_in(".", &arguments),
            &[spoil(&signature, place, 10, &["bad-signature"])],
        );
    }
}

/// The standard tool's verdict on one form, with the public key in the tool's own form.
fn standard(bench: &Bench, manifest: &str, form: &str, public: &str) -> Ran {
    let signature = format!("{manifest}.{form}");
    let openssh = tool::shown(bench, public, "openssh");
    match form {
        "intoto.json" => {
            bench.write("spki.pem", spki(bench, public));
            tool::openssl_envelope(bench, &signature, "spki.pem")
        }
        "sshsig" => {
            bench.write("list", format!("me {openssh}\n"));
            tool::ssh_verify(bench, "list", ("me", "file"), [manifest, &signature])
        }
        _ => {
            let key = tool::shown(bench, public, "minisign");
            run(bench, ".", "minisign", &["-V", "-m", manifest, "-x", &signature, "-P", &key])
        }
    }
}

/// The SPKI PEM of an Ed25519 key in any form, of RFC 8410's fixed prefix and the raw key.
fn spki(bench: &Bench, public: &str) -> String {
    let shown = tool::shown(bench, public, "key");
    let raw = shown.strip_prefix("ed25519:").expect("an Ed25519 key");
    format!("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA{raw}\n-----END PUBLIC KEY-----\n")
}

/// Signs a new release with a key that the maker's tool reads (`theirs`), and compares.
fn key_pairs(
    bench: &Bench,
    pairs: &mut Pairs,
    (key, public): (&str, &str),
    password: Option<&str>,
    theirs: &Ran,
) {
    let folder = format!("{key}.d");
    bench.write(&format!("{folder}/one.txt"), "Nine people were detained.\n");
    pairs.accept(key, theirs, &sign(bench, key, password));
    signed_pairs(bench, pairs, &folder, public);
}

/// A wrong password is refused by the maker's tool and by us, and nothing is written.
fn wrong_password(bench: &Bench, pairs: &mut Pairs, key: &str, theirs: &Ran) {
    bench.write(&format!("{key}.d/one.txt"), "Nine people were detained.\n");
    let what = format!("{key}, a wrong password");
    pairs.refuse(&what, theirs, &sign(bench, key, Some("wrong")), 3, &["malformed"]);
    assert!(!bench.path(&format!("{key}.d/SHA256SUMS")).exists(), "{key} signed");
}

/// Signs the release `KEY.d` in every form.
fn sign(bench: &Bench, key: &str, password: Option<&str>) -> Outcome {
    let folder = format!("{key}.d");
    let mut sign = vec!["sign", &folder, "--key", key, "--also", "minisign,sshsig,dsse"];
    sign.extend(password.iter().flat_map(|file| ["--password-file", file]));
    bench.json_in(".", &sign)
}

/// The password files `right` and `wrong`.
fn passwords(bench: &Bench) {
    tool::secret(bench, "right", "correct horse\n");
    tool::secret(bench, "wrong", "battery staple\n");
}

const TOOLS: [Need; 3] = [Need::Tool("openssl"), Need::Tool("ssh-keygen"), Need::Tool("minisign")];

#[test]
fn ssh_keygen_keys_sign() {
    interop("ssh_keygen_keys_sign", &TOOLS, |bench, pairs| {
        passwords(bench);
        for (key, password) in [("plain", None), ("encrypted", Some("right"))] {
            let secret = password.map_or("", |_| "correct horse");
            let arguments = ["-q", "-t", "ed25519", "-N", secret, "-C", "me", "-f", key];
            output(bench, ".", "ssh-keygen", &arguments);
            let public = format!("{key}.pub");
            let theirs = |file: &str| {
                let secret = bench.text(file);
                let secret = password.map_or("", |_| secret.trim_end());
                run(bench, ".", "ssh-keygen", &["-y", "-P", secret, "-f", key])
            };
            if password.is_some() {
                wrong_password(bench, pairs, key, &theirs("wrong"));
            }
            key_pairs(bench, pairs, (key, &public), password, &theirs("right"));
        }
    });
}

#[test]
fn openssl_keys_sign() {
    interop("openssl_keys_sign", &TOOLS, |bench, pairs| {
        passwords(bench);
        let encrypted = ["-aes256", "-pass", "file:right"];
        for (key, options, password) in
            [("plain", &[][..], None), ("aes256", &encrypted, Some("right"))]
        {
            let make = ["genpkey", "-algorithm", "ed25519", "-out", key];
            output(bench, ".", "openssl", &[&make, options].concat());
            let public = format!("{key}.pub.pem");
            let theirs = |file: &str| {
                let pass = format!("file:{file}");
                let show = ["pkey", "-in", key, "-passin", &pass, "-pubout", "-out", &public];
                run(bench, ".", "openssl", &show)
            };
            if password.is_some() {
                wrong_password(bench, pairs, key, &theirs("wrong"));
            }
            key_pairs(bench, pairs, (key, &public), password, &theirs("right"));
        }
    });
}

/// `minisign -G`; it reads a password twice from its stdin.
fn minisign_key_pair(bench: &Bench, key: &str, public: &str, encrypted: bool) {
    let arguments = ["-G", "-p", public, "-s", key];
    if encrypted {
        let password = bench.text("right");
        bench.write("twice", password.repeat(2));
        tool::run_on(bench, "twice", "minisign", &arguments).ok();
    } else {
        output(bench, ".", "minisign", &[&arguments[..], &["-W"]].concat());
    }
}

/// `minisign -S` with a key, and its password from a file.
fn minisign_sign(bench: &Bench, key: &str, password: Option<&str>) -> Ran {
    bench.write("probe", "x");
    let arguments = ["-S", "-m", "probe", "-s", key];
    match password {
        Some(file) => tool::run_on(bench, file, "minisign", &arguments),
        None => run(bench, ".", "minisign", &[&arguments[..], &["-W"]].concat()),
    }
}

#[test]
fn minisign_keys_sign() {
    interop("minisign_keys_sign", &TOOLS, |bench, pairs| {
        passwords(bench);
        for (key, password) in [("plain", None), ("encrypted", Some("right"))] {
            let public = format!("{key}.pub");
            minisign_key_pair(bench, key, &public, password.is_some());
            let theirs = minisign_sign(bench, key, password);
            key_pairs(bench, pairs, (key, &public), password, &theirs);
        }
    });
}

#[test]
fn openssl_keys_of_other_kinds_do_not_sign() {
    interop("openssl_keys_of_other_kinds_do_not_sign", &[Need::Tool("openssl")], |bench, pairs| {
        bench.write("d/one.txt", "Nine people were detained.\n");
        let rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
        let p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let x25519 = ["-algorithm", "X25519"];
        for (key, options) in [("rsa", &rsa[..]), ("p256", &p256), ("x25519", &x25519)] {
            output(bench, ".", "openssl", &[&["genpkey", "-out", key], options].concat());
            let theirs = run(bench, ".", "openssl", &["pkey", "-in", key, "-noout"]);
            let ours = bench.json_in(".", &["sign", "d", "--key", key]);
            pairs.refuse_here_only(key, &theirs, &ours, 3, &["unsupported"]);
            assert!(!bench.path("d/SHA256SUMS").exists(), "{key} signed");
        }
    });
}
