//! The commands that write, and what must hold of what they leave. A new one gets a row in
//! [`CASES`] and one in the table of `docs/conformance.md`; a new reading one in [`READING`];
//! two runs that may meet in [`MEETINGS`].

use crate::common::{Bench, DESK, Outcome, PRESS};
use crate::judge::State;
use crate::scene::Scene;

/// Whether a command changes all its files in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// All at once.
    One,
    /// One after the other, each of them in one step.
    File,
}

/// A command that writes.
pub(crate) struct Case {
    /// As in the table of `docs/conformance.md`.
    pub(crate) name: &'static str,
    /// Makes what it finds.
    pub(crate) setup: fn(&Bench),
    /// Where it runs, and how.
    pub(crate) folder: &'static str,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) step: Step,
    /// The exit of the same command when all is done already.
    pub(crate) again: i32,
    /// Says what does not hold of a state that a run left.
    pub(crate) holds: fn(&Scene, State) -> Result<(), String>,
    /// Changes something, so that the same command has something to write again.
    pub(crate) stir: fn(&Scene),
}

/// Two runs that may meet, over and over: whatever is reported as done must be there.
pub(crate) struct Meeting {
    pub(crate) name: &'static str,
    pub(crate) setup: fn(&Bench),
    pub(crate) folder: &'static str,
    pub(crate) arguments: [&'static [&'static str]; 2],
    /// Says what does not hold after both; given which of them exited 0.
    pub(crate) holds: fn(&Scene, [bool; 2]) -> Result<(), String>,
}

/// A command that reads, and the exit it must have with a network and without.
pub(crate) struct Reading {
    pub(crate) name: &'static str,
    pub(crate) setup: fn(&Bench),
    pub(crate) folder: &'static str,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) exit: i32,
}

const SIGN: &[&str] = &["sign", "--key", PRESS];
const SIGN_DESK: &[&str] = &["sign", "--key", DESK];
const SIGN_POLICY: &[&str] = &["policy", "sign", "--key", PRESS];
const SIGN_POLICY_DESK: &[&str] = &["policy", "sign", "--key", DESK];
const FORMS: &str = "minisign,sshsig,dsse";
const RELEASE: &[&str] = &["sign", "../dist", "--out", "../out", "--key", PRESS, "--also", FORMS];
const RELEASE_DESK: &[&str] =
    &["sign", "../dist", "--out", "../out", "--key", DESK, "--also", "dsse"];
const RELEASE_PLAIN: &[&str] = &["sign", "../dist", "--out", "../out", "--key", PRESS];
const VERIFY_RELEASE: &[&str] =
    &["verify", "out/SHA256SUMS", "--dir", "dist", "--key", "keyring/press.pub.pem"];
const INIT: &[&str] = &[
    "init",
    "--id",
    "example.org/test",
    "--collection",
    "seeds",
    "--signer",
    "press=../keyring/press.pub.pem",
];

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "keygen",
        setup: |bench| std::fs::create_dir(bench.path("keyring")).unwrap(),
        folder: "keyring",
        arguments: &["keygen", "press", "--no-password"],
        step: Step::File,
        again: 4,
        holds: |scene, state| match state {
            State::Old => Ok(()),
            State::Between => show(scene, "press.key.pem").map(drop),
            State::New => equal(&show(scene, "press.key.pem")?, &show(scene, "press.pub.pem")?),
        },
        stir: |_| {},
    },
    Case {
        name: "init",
        setup: |bench| {
            bench.keygen("press");
            documents(bench);
        },
        folder: "a",
        arguments: INIT,
        step: Step::One,
        again: 4,
        holds: |scene, state| {
            exits(scene, "a", &["policy", "check"], if state == State::New { 0 } else { 5 })
        },
        stir: |_| {},
    },
    Case {
        name: "policy sign",
        setup: founded,
        folder: "a",
        arguments: SIGN_POLICY,
        step: Step::One,
        again: 0,
        holds: |scene, state| match state {
            State::New => has(scene, &[("press", POLICY)]),
            State::Old | State::Between => has(scene, &[]),
        },
        stir: |_| {},
    },
    Case {
        name: "policy sign, second signer",
        setup: |bench| {
            founded(bench);
            two(bench);
            bench.run_in("a", SIGN_POLICY).ok();
        },
        folder: "a",
        arguments: SIGN_POLICY_DESK,
        step: Step::One,
        again: 0,
        holds: |scene, state| match state {
            State::New => has(scene, &[("press", POLICY), ("desk", POLICY)]),
            State::Old | State::Between => has(scene, &[("press", POLICY)]),
        },
        stir: |_| {},
    },
    Case {
        name: "policy sign, next version",
        setup: |bench| {
            signed(bench);
            bench.edit("a/keys/policy.toml", "version = 1", "version = 2");
        },
        folder: "a",
        arguments: SIGN_POLICY,
        step: Step::File,
        again: 0,
        // An older version in the history without the newer one says nothing yet.
        holds: |scene, state| match state {
            State::New => verifies(scene, 1, &[("press", POLICY), ("press", SEEDS)]),
            State::Old | State::Between => exits(scene, "a", &["verify"], 10),
        },
        stir: |_| {},
    },
    Case {
        name: "sign",
        setup: |bench| {
            founded(bench);
            bench.run_in("a", SIGN_POLICY).ok();
        },
        folder: "a",
        arguments: SIGN,
        step: Step::One,
        again: 0,
        holds: |scene, state| match state {
            State::New => verifies(scene, 1, &[("press", POLICY), ("press", SEEDS)]),
            State::Old | State::Between => exits(scene, "a", &["verify"], 1),
        },
        stir: change,
    },
    Case {
        name: "sign, changed tree",
        setup: |bench| {
            signed(bench);
            bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
            bench.run_in("a", SIGN).ok();
            bench.write("a/seeds/new.txt", "The ministry has replied.\n");
        },
        folder: "a",
        arguments: SIGN,
        step: Step::One,
        again: 0,
        holds: |scene, state| match state {
            State::New => verifies(scene, 3, &[("press", POLICY), ("press", SEEDS)]),
            State::Old | State::Between => exits(scene, "a", &["verify"], 1),
        },
        stir: change,
    },
    Case {
        name: "sign, second signer",
        setup: |bench| {
            signed(bench);
            two(bench);
            bench.resign_policy(PRESS);
        },
        folder: "a",
        arguments: SIGN_DESK,
        step: Step::One,
        again: 0,
        holds: |scene, state| {
            let press = [("press", POLICY), ("press", SEEDS)];
            match state {
                State::New => verifies(scene, 1, &[&press[..], &[("desk", SEEDS)]].concat()),
                State::Old | State::Between => verifies(scene, 1, &press),
            }
        },
        stir: change,
    },
    Case {
        name: "sign, further forms",
        setup: signed,
        folder: "a",
        arguments: &["sign", "--key", PRESS, "--also", FORMS],
        step: Step::One,
        again: 0,
        holds: |scene, _| verifies(scene, 1, &[("press", POLICY), ("press", SEEDS)]),
        stir: change,
    },
    Case {
        name: "sign, release",
        setup: release,
        folder: "keyring",
        arguments: RELEASE,
        step: Step::File,
        again: 0,
        holds: |scene, state| match state {
            State::New => exits(scene, "", VERIFY_RELEASE, 0),
            State::Old | State::Between => Ok(()),
        },
        stir: |scene| scene.write("dist/tool.zip", "changed"),
    },
    Case {
        name: "sign, release, second signer",
        setup: |bench| {
            release(bench);
            bench.run_in("keyring", RELEASE).ok();
        },
        folder: "keyring",
        arguments: RELEASE_DESK,
        step: Step::File,
        again: 0,
        holds: |scene, _| exits(scene, "", VERIFY_RELEASE, 0),
        stir: |scene| scene.write("dist/tool.zip", "changed"),
    },
    Case {
        name: "sign, release, changed files",
        setup: |bench| {
            release(bench);
            bench.run_in("keyring", RELEASE).ok();
            bench.run_in("keyring", RELEASE_DESK).ok();
            bench.write("dist/tool.zip", "another program\n");
        },
        folder: "keyring",
        arguments: RELEASE_PLAIN,
        step: Step::File,
        again: 0,
        holds: |scene, state| match state {
            State::New => exits(scene, "", VERIFY_RELEASE, 0),
            State::Old => exits(scene, "", VERIFY_RELEASE, 1),
            State::Between => Ok(()),
        },
        stir: |scene| scene.write("dist/tool.zip", "changed"),
    },
];

pub(crate) const MEETINGS: &[Meeting] = &[
    Meeting {
        name: "sign",
        setup: |bench| {
            signed(bench);
            two(bench);
            bench.resign_policy(PRESS);
            bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
        },
        folder: "a",
        arguments: [SIGN, SIGN_DESK],
        holds: |scene, done| verifies(scene, 2, &signers(done, SEEDS, &[("press", POLICY)])),
    },
    Meeting {
        name: "policy sign",
        setup: |bench| {
            founded(bench);
            two(bench);
        },
        folder: "a",
        arguments: [SIGN_POLICY, SIGN_POLICY_DESK],
        holds: |scene, done| has(scene, &signers(done, POLICY, &[])),
    },
    Meeting {
        name: "sign, release",
        setup: release,
        folder: "keyring",
        arguments: [RELEASE_PLAIN, RELEASE_DESK],
        holds: |scene, done| {
            for (done, name) in done.iter().zip(["press", "desk"]) {
                let key = format!("keyring/{name}.pub.pem");
                let verify = ["verify", "out/SHA256SUMS", "--dir", "dist", "--key", &key];
                // An unknown signer's bundle fails nobody.
                exits(scene, "", &verify, if *done { 0 } else { 11 })?;
            }
            Ok(())
        },
    },
    Meeting {
        name: "keygen",
        setup: |bench| std::fs::create_dir(bench.path("keyring")).unwrap(),
        folder: "keyring",
        arguments: [&["keygen", "press", "--no-password"]; 2],
        holds: |scene, done| {
            if done == [true, true] {
                return Err("one name, two keys, and both were reported as made".to_owned());
            }
            equal(&show(scene, "press.key.pem")?, &show(scene, "press.pub.pem")?)
        },
    },
    Meeting {
        name: "init",
        setup: |bench| {
            bench.keygen("press");
            documents(bench);
        },
        folder: "a",
        arguments: [INIT; 2],
        holds: |scene, done| {
            if done == [true, true] {
                return Err("one archive founded twice".to_owned());
            }
            exits(scene, "a", &["policy", "check"], 0)
        },
    },
];

/// A time at which every key of the scenes is good, so that two runs say the same.
const AT: &str = "2099-01-01T00:00:00Z";

pub(crate) const READING: &[Reading] = &[
    Reading {
        name: "verify",
        setup: signed,
        folder: "a",
        arguments: &["verify", "--at", AT, "--format", "json"],
        exit: 0,
    },
    Reading {
        name: "verify, changed tree",
        setup: |bench| {
            signed(bench);
            bench.write("a/seeds/one.txt", "Another text.\n");
        },
        folder: "a",
        arguments: &["verify", "--at", AT, "--format", "json"],
        exit: 1,
    },
    Reading {
        name: "verify, release",
        setup: released,
        folder: "",
        arguments: VERIFY_RELEASE,
        exit: 0,
    },
    Reading {
        name: "verify, detached",
        setup: released,
        folder: "out",
        arguments: &[
            "verify",
            "SHA256SUMS",
            "--signature",
            "SHA256SUMS.minisig",
            "--key",
            "../keyring/press.pub.pem",
        ],
        exit: 0,
    },
    Reading {
        name: "check",
        setup: released,
        folder: "",
        arguments: &["check", "--manifest", "out/SHA256SUMS", "dist"],
        exit: 0,
    },
    Reading {
        name: "diff",
        setup: signed,
        folder: "a",
        arguments: &["diff", "seeds/one.txt", "seeds/two.txt"],
        exit: 1,
    },
    Reading {
        name: "inspect",
        setup: released,
        folder: "out",
        arguments: &["inspect", "SHA256SUMS.sigstore.json"],
        exit: 0,
    },
    Reading {
        name: "policy check",
        setup: signed,
        folder: "a",
        arguments: &["policy", "check"],
        exit: 0,
    },
];

/// Three documents in the folder of an archive.
fn documents(bench: &Bench) {
    bench.write("a/seeds/one.txt", "The council meets on Monday.\n");
    bench.write("a/seeds/two.txt", "Nine people were detained.\n");
    bench.write("a/seeds/sub/three.txt", "The ministry has not replied.\n");
}

/// An archive in which nothing is signed.
fn founded(bench: &Bench) {
    bench.keygen("press");
    documents(bench);
    bench.run_in("a", INIT).ok();
}

/// An archive with a signed collection.
fn signed(bench: &Bench) {
    founded(bench);
    bench.run_in("a", SIGN_POLICY).ok();
    bench.run_in("a", SIGN).ok();
}

/// A second signer in the policy, of whom one is enough.
fn two(bench: &Bench) {
    bench.keygen("desk");
    let policy = "a/keys/policy.toml";
    bench.edit(policy, "signers = [\"press\"]", "signers = [\"press\", \"desk\"]");
    let desk = bench.public("desk");
    let table = format!("[[signer]]\nname = \"desk\"\nkey = \"{desk}\"\n\n[[rule]]");
    bench.edit(policy, "[[rule]]", &table);
}

/// Files to release, and two keys.
fn release(bench: &Bench) {
    bench.keygen("press");
    bench.keygen("desk");
    bench.write("dist/tool.tar.gz", "the program\n");
    bench.write("dist/tool.zip", "the same\n");
}

/// A signed release.
fn released(bench: &Bench) {
    release(bench);
    bench.run_in("keyring", RELEASE).ok();
}

fn change(scene: &Scene) {
    scene.write("a/seeds/one.txt", "Something else.\n");
}

/// What signers sign.
const POLICY: &str = "keys/policy.toml";
const SEEDS: &str = "manifests/seeds/SHA256SUMS";

/// The expected signers of `scope` after a meeting of `press` and `desk`.
fn signers(
    done: [bool; 2],
    scope: &'static str,
    more: &[(&'static str, &'static str)],
) -> Vec<(&'static str, &'static str)> {
    let both = ["press", "desk"].into_iter().zip(done);
    let signed = both.filter(|(_, done)| *done).map(|(name, _)| (name, scope));
    more.iter().copied().chain(signed).collect()
}

/// Whether the archive verifies at this serial, with these signers of these files and no others.
fn verifies(scene: &Scene, serial: u64, signers: &[(&str, &str)]) -> Result<(), String> {
    let found = scene.json("a", &["verify"]);
    if found.exit != 0 || found.json["collections"][0]["serial"] != serial {
        return Err(format!("verify: {} {}", found.exit, found.json));
    }
    signed_by(&found, signers)
}

/// Whether the archive has these signers of these files and no others, verified or not.
fn has(scene: &Scene, signers: &[(&str, &str)]) -> Result<(), String> {
    signed_by(&scene.json("a", &["verify"]), signers)
}

fn signed_by(found: &Outcome, signers: &[(&str, &str)]) -> Result<(), String> {
    let rows = found.json["signers"].as_array().unwrap().iter();
    let rows = rows.filter(|row| row["status"] == "accepted");
    let mut accepted: Vec<_> =
        rows.map(|row| (row["name"].as_str().unwrap(), row["scope"].as_str().unwrap())).collect();
    let mut wanted = signers.to_vec();
    accepted.sort_unstable();
    wanted.sort_unstable();
    if accepted == wanted { Ok(()) } else { Err(format!("signed: {accepted:?}, not {wanted:?}")) }
}

fn exits(scene: &Scene, folder: &str, arguments: &[&str], exit: i32) -> Result<(), String> {
    let ran = scene.run(folder, arguments);
    let said = || format!("{arguments:?} exits {}, not {exit}: {}", ran.exit, ran.stderr);
    if ran.exit == exit { Ok(()) } else { Err(said()) }
}

/// The public key in a file of the key folder.
fn show(scene: &Scene, file: &str) -> Result<String, String> {
    let ran = scene.run("keyring", &["key", "show", file]);
    let key = ran.stdout.lines().find(|line| line.contains("ed25519:"));
    key.map(ToOwned::to_owned).ok_or_else(|| format!("{file} holds no key: {}", ran.stderr))
}

fn equal(one: &str, other: &str) -> Result<(), String> {
    if one == other { Ok(()) } else { Err(format!("{one} is not {other}")) }
}
