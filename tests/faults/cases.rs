//! The commands that write, and what must hold of what they leave. A new one gets a row in
//! [`CASES`] and one in the table of `docs/conformance.md`; a new reading one in [`READING`];
//! two runs that may meet in [`MEETINGS`].

use crate::common::{Bench, DESK, Outcome, PRESS, Ran, has_tool};
use crate::judge::State;
use crate::scene::Scene;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use vidimus::key;

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
    /// Changes what the command is given, in `given/`, where a run that came so far is not to be
    /// repeated with the same.
    pub(crate) resume: fn(&Scene, State),
    /// What a run that failed may leave besides the old state.
    pub(crate) fails: &'static [State],
    /// Old files that the command removes because they are of no more use, and that may stay.
    pub(crate) spare: fn(&str) -> bool,
}

/// Two runs that may meet, over and over: whatever is reported as done must be there.
pub(crate) struct Meeting {
    pub(crate) name: &'static str,
    pub(crate) setup: fn(&Bench),
    pub(crate) folder: &'static str,
    pub(crate) arguments: [&'static [&'static str]; 2],
    /// The exits of one that is refused.
    pub(crate) refused: &'static [i32],
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

/// What has a name, and can run where its tools are.
pub(crate) trait Named {
    fn name(&self) -> &'static str;
}

macro_rules! named {
    ($($kind:ty)*) => { $(impl Named for $kind {
        fn name(&self) -> &'static str {
            self.name
        }
    })* };
}
named! { Case Meeting Reading }

/// Those of a table that run here: timestamps are made by openssl.
pub(crate) fn here<T: Named>(table: &'static [T]) -> Vec<&'static T> {
    let stamps = has_tool("openssl");
    table.iter().filter(|row| stamps || !row.name().contains("stamp")).collect()
}

const SIGN: &[&str] = &["sign", "--key", PRESS];
const SIGN_REMEMBERING: &[&str] = &["sign", "--key", PRESS, "--state", "../state"];
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

const LOG_KEY: &str = "../keyring/log.key.pem";
/// The public key of the log, whose private key is the seed of thirty-two sevens.
const LOG: &str = "example.org/test/log+3673accc+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
const WITNESS: &str = "witness.example.org/w1";
const COSIGN: &[&str] = &[
    "witness",
    "sign",
    "../given/request",
    "--key",
    "../keyring/witness.key.pem",
    "--name",
    WITNESS,
    "--log",
    LOG,
    "--state",
    "../w1",
    "--new-state",
    "--out",
    "../cosigned",
];
const COSIGN_OTHER: &[&str] = &[
    "witness",
    "sign",
    "../given/other",
    "--key",
    "../keyring/witness.key.pem",
    "--name",
    WITNESS,
    "--log",
    LOG,
    "--state",
    "../w1",
    "--new-state",
    "--out",
    "../cosigned-too",
];
const LOG_APPEND: &[&str] = &["log", "append"];
const LOG_CHECKPOINT: &[&str] = &["log", "checkpoint", "--key", LOG_KEY];
const LOG_PROVE: &[&str] = &["log", "prove"];
const ANSWER: &[&str] = &[
    "stamp",
    "manifests/seeds/SHA256SUMS.sigstore.json",
    "--response",
    "../tsa/one.tsr",
    "--tsa-root",
    "../tsa/root.pem",
    "--tsa-cert",
    "../tsa/tsa.pem",
];
const OTHER_ANSWER: &[&str] = &[
    "stamp",
    "manifests/seeds/SHA256SUMS.sigstore.json",
    "--response",
    "../tsa/two.tsr",
    "--tsa-root",
    "../tsa/root.pem",
];
/// The first run was pinned by a digest; what it remembers pins these.
const REMEMBER: &[&str] = &["verify", "--state", "../state"];

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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
    },
    Case {
        name: "sign, into a log",
        setup: |bench| {
            logged(bench);
            bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
        },
        folder: "a",
        arguments: SIGN,
        step: Step::File,
        again: 0,
        holds: |scene, state| {
            audited(scene)?;
            match state {
                State::Old => exits(scene, "a", &["verify"], 1),
                State::Between | State::New => {
                    verifies(scene, 2, &[("press", POLICY), ("press", SEEDS)])
                }
            }
        },
        stir: change,
        resume: |_, _| {},
        // What no checkpoint covers is not published; the next run goes on from there.
        fails: &[State::Between],
        spare: |_| false,
    },
    Case {
        name: "sign, remembering",
        setup: |bench| {
            signed(bench);
            bench.run_in("a", SIGN_REMEMBERING).ok();
            bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
        },
        folder: "a",
        arguments: SIGN_REMEMBERING,
        // The record of what was read comes after the signatures.
        step: Step::File,
        again: 0,
        holds: |scene, state| match state {
            State::Old => exits(scene, "a", &["verify"], 1),
            State::Between | State::New => {
                verifies(scene, 2, &[("press", POLICY), ("press", SEEDS)])
            }
        },
        stir: change,
        resume: |_, _| {},
        fails: &[State::Between],
        spare: |_| false,
    },
    Case {
        name: "log init",
        setup: |bench| {
            signed(bench);
            log_key(bench);
        },
        folder: "a",
        arguments: &["log", "init", "--key", LOG_KEY],
        step: Step::One,
        again: 4,
        holds: |scene, state| match state {
            State::New => exits(scene, "a", &["log", "audit"], 0),
            State::Old | State::Between => exits(scene, "a", &["log", "append"], 5),
        },
        stir: |_| {},
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
    },
    Case {
        name: "log append",
        setup: logged,
        folder: "a",
        arguments: LOG_APPEND,
        step: Step::File,
        again: 0,
        holds: |scene, _| audited(scene),
        stir: |_| {},
        resume: |_, _| {},
        // What no checkpoint covers is not published; the next run goes on from there.
        fails: &[State::Between],
        spare: |_| false,
    },
    Case {
        name: "log append, after others",
        setup: |bench| {
            logged(bench);
            two(bench);
            bench.resign_policy(PRESS);
            bench.run_in("a", LOG_APPEND).ok();
            bench.run_in("a", LOG_CHECKPOINT).ok();
            bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
            bench.run_in("a", SIGN).ok();
            bench.write("a/seeds/one.txt", "The council meets on Friday.\n");
            bench.run_in("a", SIGN).ok();
            bench.run_in("a", LOG_APPEND).ok();
            // So that the next signature is not appended by signing.
            bench.rename("a/manifests/log", "log");
            bench.run_in("a", SIGN_DESK).ok();
            bench.rename("log", "a/manifests/log");
        },
        folder: "a",
        arguments: LOG_APPEND,
        step: Step::File,
        again: 0,
        holds: |scene, _| audited(scene),
        stir: |_| {},
        resume: |_, _| {},
        // What no checkpoint covers is not published; the next run goes on from there.
        fails: &[State::Between],
        // Tiles that no checkpoint ever covered: they cost space and no more.
        spare: |path| path.starts_with("a/manifests/log/tile/") && path.contains(".p/"),
    },
    Case {
        name: "log checkpoint",
        setup: appended,
        folder: "a",
        arguments: LOG_CHECKPOINT,
        step: Step::One,
        again: 0,
        holds: |scene, state| {
            audited(scene)?;
            let size = scene.text("a/manifests/log/checkpoint").lines().nth(1).unwrap().to_owned();
            equal(&size, if state == State::New { "1" } else { "0" })
        },
        stir: |scene| {
            change(scene);
            scene.run("a", SIGN).ok();
        },
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
    },
    Case {
        name: "log prove",
        setup: published,
        folder: "a",
        arguments: LOG_PROVE,
        step: Step::One,
        again: 0,
        holds: |scene, _| verifies(scene, 1, &[("press", POLICY), ("press", SEEDS)]),
        stir: |scene| {
            change(scene);
            scene.run("a", SIGN).ok();
            scene.run("a", LOG_CHECKPOINT).ok();
        },
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
    },
    Case {
        name: "log checkpoint, cosigned",
        setup: |bench| {
            requested(bench);
            bench.run_in("a", COSIGN).ok();
            let vkey = ["witness", "key", "--key", "../keyring/witness.key.pem", "--name", WITNESS];
            let vkey = bench.run_in("a", &vkey).ok().stdout;
            bench.write("witness.vkey", vkey.lines().next().unwrap());
        },
        folder: "a",
        arguments: &[
            "log",
            "checkpoint",
            "--key",
            LOG_KEY,
            "--cosignature",
            "../cosigned",
            "--witness-key",
            "../witness.vkey",
        ],
        step: Step::One,
        again: 0,
        holds: |scene, _| audited(scene),
        stir: |scene| {
            change(scene);
            scene.run("a", SIGN).ok();
            scene.run("a", LOG_CHECKPOINT).ok();
        },
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
    },
    Case {
        name: "witness sign",
        setup: requested,
        folder: "a",
        arguments: COSIGN,
        step: Step::File,
        again: 0,
        holds: remembered,
        stir: |_| {},
        resume: request_anew,
        // It remembers before it answers, and not the other way round.
        fails: &[State::Between],
        spare: |_| false,
    },
    Case {
        name: "witness sign, next checkpoint",
        setup: |bench| {
            requested(bench);
            bench.run_in("a", COSIGN).ok();
            bench.remove("cosigned");
            bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
            bench.run_in("a", SIGN).ok();
            bench.run_in("a", LOG_CHECKPOINT).ok();
            request(bench, "1", "given/request");
        },
        folder: "a",
        arguments: COSIGN,
        step: Step::File,
        again: 0,
        holds: remembered,
        stir: |_| {},
        resume: request_anew,
        // It remembers before it answers, and not the other way round.
        fails: &[State::Between],
        spare: |_| false,
    },
    Case {
        name: "prove",
        setup: signed,
        folder: "a",
        arguments: &["prove", "seeds/one.txt", "--out", "../one.tlog-proof"],
        step: Step::One,
        again: 4,
        holds: |scene, state| {
            let verify =
                ["verify", "a/seeds/one.txt", "--proof", "one.tlog-proof", "--archive", "a"];
            let exit = if state == State::New { 0 } else { 4 };
            let policy = ["--policy", "a/keys/policy.toml"];
            exits(scene, "", &[&verify[..4], &policy].concat(), exit)
        },
        stir: |_| {},
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
    },
    Case {
        name: "prove, pack",
        setup: signed,
        folder: "a",
        arguments: &["prove", "seeds/one.txt", "--pack", "../pack"],
        step: Step::File,
        again: 4,
        holds: |scene, state| match state {
            State::New => {
                let verify =
                    ["verify", "pack/one.txt", "--proof", "pack/evidence/one.txt.tlog-proof"];
                exits(scene, "", &verify, 0)
            }
            State::Old | State::Between => Ok(()),
        },
        stir: |_| {},
        // Its page is written last, after the pack was verified as its receiver will. A pack without
        // the page is not made whole by the next run: it is to be removed first.
        resume: |scene, state| {
            if state == State::Between {
                std::fs::remove_dir_all(scene.path("pack")).unwrap();
            }
        },
        fails: &[State::Between],
        spare: |_| false,
    },
    Case {
        name: "stamp, request",
        setup: signed,
        folder: "a",
        arguments: &["stamp", "seeds", "--request", "../one.tsq"],
        step: Step::One,
        again: 4,
        holds: |_, _| Ok(()),
        stir: |_| {},
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
    },
    Case {
        name: "stamp, response",
        setup: |bench| {
            signed(bench);
            answers(bench, &["one"]);
        },
        folder: "a",
        arguments: ANSWER,
        step: Step::File,
        again: 0,
        holds: |scene, state| {
            stamps(scene, usize::from(state != State::Old))?;
            verifies(scene, 1, &[("press", POLICY), ("press", SEEDS)])
        },
        stir: |scene| stamped_anew(scene, &["stamp", BUNDLE_THERE, "--again"], "one"),
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
    },
    Case {
        name: "stamp renew, response",
        setup: |bench| {
            signed(bench);
            answers(bench, &["one"]);
            bench.run_in("a", ANSWER).ok();
            answer(bench, &["stamp", "renew", "seeds"], "renewal");
        },
        folder: "a",
        arguments: &[
            "stamp",
            "renew",
            "seeds",
            "--response",
            "../tsa/renewal.tsr",
            "--tsa-root",
            "../tsa/root.pem",
        ],
        step: Step::One,
        // The answer is over the timestamp that it renewed, and no longer the newest one is that.
        again: 13,
        holds: |scene, _| {
            stamps(scene, 1)?;
            verifies(scene, 1, &[("press", POLICY), ("press", SEEDS)])
        },
        stir: |scene| stamped_anew(scene, &["stamp", "renew", "seeds"], "renewal"),
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
    },
    Case {
        name: "verify, remembering",
        setup: remembered_once,
        folder: "a",
        arguments: REMEMBER,
        step: Step::One,
        again: 0,
        holds: |scene, _| exits(scene, "a", &["verify"], 0),
        stir: |scene| {
            change(scene);
            scene.run("a", SIGN).ok();
        },
        resume: |_, _| {},
        fails: &[],
        spare: |_| false,
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
        refused: &[4],
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
        refused: &[4],
        holds: |scene, done| has(scene, &signers(done, POLICY, &[])),
    },
    Meeting {
        name: "sign, release",
        setup: release,
        folder: "keyring",
        arguments: [RELEASE_PLAIN, RELEASE_DESK],
        refused: &[4],
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
        refused: &[4],
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
        refused: &[4],
        holds: |scene, done| {
            if done == [true, true] {
                return Err("one archive founded twice".to_owned());
            }
            exits(scene, "a", &["policy", "check"], 0)
        },
    },
    Meeting {
        name: "log append, twice",
        setup: logged,
        folder: "a",
        arguments: [LOG_APPEND; 2],
        refused: &[4],
        holds: |scene, _| {
            audited(scene)?;
            exits(scene, "a", LOG_CHECKPOINT, 0)?;
            exits(scene, "a", LOG_PROVE, 0)
        },
    },
    Meeting {
        name: "sign, into a log",
        setup: |bench| {
            logged(bench);
            two(bench);
            bench.resign_policy(PRESS);
            bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
        },
        folder: "a",
        arguments: [SIGN, SIGN_DESK],
        refused: &[4],
        holds: |scene, done| {
            verifies(scene, 2, &signers(done, SEEDS, &[("press", POLICY)]))?;
            exits(scene, "a", LOG_CHECKPOINT, 0)?;
            audited(scene)?;
            exits(scene, "a", LOG_PROVE, 0)
        },
    },
    Meeting {
        name: "witness sign, a fork",
        setup: forked,
        folder: "a",
        arguments: [COSIGN, COSIGN_OTHER],
        // One checkpoint is cosigned, the other contradicts it.
        refused: &[15],
        holds: |scene, done| {
            if done == [true, true] {
                return Err("two trees of one log are cosigned".to_owned());
            }
            let there = ["cosigned", "cosigned-too"].map(|name| scene.path(name).exists());
            equal(&format!("{there:?}"), &format!("{done:?}"))
        },
    },
    Meeting {
        name: "log append and checkpoint",
        setup: |bench| {
            appended(bench);
            // Not appended yet.
            bench.rename("a/manifests/log", "log");
            bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
            bench.run_in("a", SIGN).ok();
            bench.rename("log", "a/manifests/log");
        },
        folder: "a",
        arguments: [LOG_APPEND, LOG_CHECKPOINT],
        refused: &[4],
        holds: |scene, done| {
            audited(scene)?;
            if done[0] {
                exits(scene, "a", LOG_CHECKPOINT, 0)?;
                exits(scene, "a", LOG_PROVE, 0)?;
            }
            audited(scene)
        },
    },
    Meeting {
        name: "log prove and sign",
        setup: |bench| {
            published(bench);
            two(bench);
            bench.resign_policy(PRESS);
        },
        folder: "a",
        arguments: [LOG_PROVE, SIGN_DESK],
        // What was signed just before is not published yet.
        refused: &[4, 14],
        holds: |scene, done| {
            let there = scene.path(PROOF).exists();
            if done[0] && !there {
                return Err("the proof is gone".to_owned());
            }
            verifies(scene, 1, &signers([true, done[1]], SEEDS, &[("press", POLICY)]))
        },
    },
    Meeting {
        name: "stamp, two answers",
        setup: |bench| {
            signed(bench);
            answers(bench, &["one", "two"]);
        },
        folder: "a",
        arguments: [ANSWER, OTHER_ANSWER],
        refused: &[4],
        holds: |scene, done| stamps(scene, done.into_iter().filter(|done| *done).count()),
    },
    Meeting {
        name: "stamp and sign",
        setup: |bench| {
            signed(bench);
            answers(bench, &["one"]);
            two(bench);
            bench.resign_policy(PRESS);
        },
        folder: "a",
        arguments: [ANSWER, SIGN_DESK],
        refused: &[4],
        holds: |scene, done| {
            stamps(scene, usize::from(done[0]))?;
            verifies(scene, 1, &signers([true, done[1]], SEEDS, &[("press", POLICY)]))
        },
    },
    Meeting {
        name: "verify, remembering",
        setup: remembered_once,
        folder: "a",
        arguments: [REMEMBER; 2],
        refused: &[4],
        holds: |scene, done| {
            if done == [true, true] {
                return exits(scene, "a", REMEMBER, 0);
            }
            Err("reading is refused".to_owned())
        },
    },
];

/// An archive that was remembered, and has a newer statement since.
fn remembered_once(bench: &Bench) {
    signed(bench);
    let sha256 =
        vidimus::codec::hex::encode(&vidimus::digest::sha256(&bench.read("a/keys/policy.toml")));
    bench.run_in("a", &[REMEMBER, &["--policy-sha256", &sha256]].concat()).ok();
    bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
    bench.run_in("a", SIGN).ok();
}

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
        name: "verify, log and timestamp",
        setup: |bench| {
            published(bench);
            answers(bench, &["one"]);
            bench.run_in("a", ANSWER).ok();
            bench.run_in("a", LOG_PROVE).ok();
        },
        folder: "a",
        arguments: &["verify", "--at", AT, "--no-state"],
        exit: 0,
    },
    Reading {
        name: "verify, proof",
        setup: |bench| {
            signed(bench);
            bench.run_in("a", &["prove", "seeds/one.txt", "--pack", "../pack"]).ok();
        },
        folder: "",
        arguments: &[
            "verify",
            "pack/one.txt",
            "--proof",
            "pack/evidence/one.txt.tlog-proof",
            "--at",
            AT,
        ],
        exit: 0,
    },
    Reading {
        name: "log check",
        setup: published,
        folder: "a",
        arguments: &["log", "check", "manifests/log/checkpoint", "--key", LOG],
        exit: 0,
    },
    Reading {
        name: "log audit",
        setup: published,
        folder: "a",
        arguments: &["log", "audit"],
        exit: 0,
    },
    Reading {
        name: "stamp check",
        setup: |bench| {
            signed(bench);
            authority(bench);
            reply(bench, &["-data", "../a/seeds/one.txt"], "file");
        },
        folder: "",
        arguments: &[
            "stamp",
            "check",
            "tsa/file.tsr",
            "a/seeds/one.txt",
            "--tsa-root",
            "tsa/root.pem",
        ],
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

/// A signed collection and an empty log.
fn logged(bench: &Bench) {
    signed(bench);
    log_key(bench);
    bench.run_in("a", &["log", "init", "--key", LOG_KEY]).ok();
}

/// The private key of [`LOG`], which stands on a command line and so must be known beforehand.
fn log_key(bench: &Bench) {
    let salt = key::PemSalt { salt: [0; 16], iv: [0; 16] };
    let text = key::write_private_pem(&[7; 32], None, &salt).unwrap();
    bench.write("keyring/log.key.pem", text.as_bytes());
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(bench.path("keyring/log.key.pem"), mode).unwrap();
}

/// The same with its signature in the log.
fn appended(bench: &Bench) {
    logged(bench);
    bench.run_in("a", LOG_APPEND).ok();
}

/// The same with the log published.
fn published(bench: &Bench) {
    appended(bench);
    bench.run_in("a", LOG_CHECKPOINT).ok();
}

/// A published log, and a request to a witness that has not seen it.
fn requested(bench: &Bench) {
    published(bench);
    bench.keygen("witness");
    request(bench, "0", "given/request");
}

fn request(bench: &Bench, old: &str, name: &str) {
    let text = bench.run_in("a", &["log", "prove", "--consistency", old]).ok().stdout;
    bench.write(name, text);
}

/// A request from where the witness stands, when it has seen the checkpoint already: it refuses
/// one from elsewhere (C2SP, tlog-witness).
fn request_anew(scene: &Scene, state: State) {
    if state != State::Old {
        let checkpoint = scene.text("a/manifests/log/checkpoint");
        let size = checkpoint.lines().nth(1).unwrap();
        let request = scene.run("a", &["log", "prove", "--consistency", size]).ok().stdout;
        scene.write("given/request", &request);
    }
}

/// Two requests for two trees of one log.
fn forked(bench: &Bench) {
    requested(bench);
    bench.rename("a/manifests/log", "log");
    bench.run_in("a", &["log", "init", "--key", LOG_KEY]).ok();
    bench.write("a/seeds/one.txt", "The council never met.\n");
    bench.run_in("a", SIGN).ok();
    bench.run_in("a", LOG_CHECKPOINT).ok();
    request(bench, "0", "given/other");
}

/// Whether a witness that has answered remembers what it answered.
fn remembered(scene: &Scene, _: State) -> Result<(), String> {
    let Ok(lines) = std::fs::read_to_string(scene.path("cosigned")) else { return Ok(()) };
    let whole = lines.ends_with('\n') && lines.contains(WITNESS);
    let checkpoint = scene.text("a/manifests/log/checkpoint");
    let text = checkpoint.split("\n\n").next().unwrap();
    let mut files = scene.files().into_iter().filter(|(path, _)| path.starts_with("w1/"));
    let known = files.any(|(_, file)| String::from_utf8_lossy(&file.bytes).contains(text));
    if whole && known { Ok(()) } else { Err("it answered, and does not remember".to_owned()) }
}

/// A root and an authority that gives timestamps, made and run by openssl.
fn authority(bench: &Bench) {
    const CONFIG: &str = "[tsa]\ndefault_tsa = here\n[here]\nserial = serial\n\
        signer_digest = sha256\ndigests = sha256, sha384, sha512\ndefault_policy = 1.2.3.4.1\n\
        ess_cert_id_alg = sha256\n[authority]\nbasicConstraints = critical,CA:false\n\
        keyUsage = critical,digitalSignature\nextendedKeyUsage = critical,timeStamping\n";
    bench.write("tsa/config", CONFIG);
    bench.write("tsa/serial", "01\n");
    let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let root = ["-x509", "-keyout", "root.key", "-out", "root.pem", "-days", "36500"];
    openssl(&bench.path("tsa"), &[&["req", "-subj", "/CN=root"], &ec[..], &root].concat());
    let request = ["-keyout", "tsa.key", "-out", "tsa.csr"];
    openssl(&bench.path("tsa"), &[&["req", "-subj", "/CN=tsa"], &ec[..], &request].concat());
    let issued = ["x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", "-days", "36500"];
    let by = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"];
    let with = ["-extfile", "config", "-extensions", "authority"];
    openssl(&bench.path("tsa"), &[&issued[..], &by, &with].concat());
}

/// The authority, and its answers to requests over the signature of `seeds`.
fn answers(bench: &Bench, names: &[&str]) {
    authority(bench);
    for name in names {
        answer(bench, &["stamp", "seeds"], name);
    }
}

/// The authority's answer to what a command requests.
fn answer(bench: &Bench, command: &[&str], name: &str) {
    let request = format!("../tsa/{name}.tsq");
    bench.run_in("a", &[command, &["--request", &request]].concat()).ok();
    openssl_reply(&bench.path("tsa"), name);
}

/// A newer answer in the place of one that was used.
fn stamped_anew(scene: &Scene, command: &[&str], name: &str) {
    for kind in ["tsq", "tsr"] {
        std::fs::remove_file(scene.path("tsa").join(format!("{name}.{kind}"))).unwrap();
    }
    let request = format!("../tsa/{name}.tsq");
    scene.run("a", &[command, &["--request", &request]].concat()).ok();
    openssl_reply(&scene.path("tsa"), name);
}

fn openssl_reply(tsa: &Path, name: &str) {
    let (query, out) = (format!("{name}.tsq"), format!("{name}.tsr"));
    let reply = ["ts", "-config", "config", "-reply", "-queryfile", &query, "-out", &out];
    let by = ["-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "root.pem"];
    openssl(tsa, &[&reply[..], &by].concat());
}

/// The authority's answer over a file.
fn reply(bench: &Bench, data: &[&str], name: &str) {
    let out = format!("{name}.tsq");
    openssl(
        &bench.path("tsa"),
        &[&["ts", "-query", "-sha256", "-cert", "-out", &out], data].concat(),
    );
    openssl_reply(&bench.path("tsa"), name);
}

fn openssl(tsa: &Path, arguments: &[&str]) {
    let mut command = Command::new("openssl");
    let ran = command.args(arguments).current_dir(tsa).output().unwrap();
    assert!(ran.status.success(), "openssl {arguments:?}: {}", Ran::of(&ran).stderr);
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
const BUNDLE_THERE: &str = "manifests/seeds/SHA256SUMS.sigstore.json";
const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";
const PROOF: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json.tlog-proof";

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

/// Whether the log holds, down to its entries.
fn audited(scene: &Scene) -> Result<(), String> {
    exits(scene, "a", &["log", "audit", "--key", LOG], 0)
}

/// Whether the bundle holds so many timestamps.
fn stamps(scene: &Scene, wanted: usize) -> Result<(), String> {
    let found = scene.text(BUNDLE).matches("\"signedTimestamp\"").count();
    equal(&found.to_string(), &wanted.to_string())
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
