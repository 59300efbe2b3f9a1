//! What a run leaves that is killed, that cannot write, or that meets another one: the old state
//! or the new one, whole, never something between. No timing decides: whatever moment a kill
//! hits, both states are right and nothing else is.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, DESK, Outcome, PRESS, Ran};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KILLS: u32 = 40;
const FILES: u32 = 200;

/// Paths of the findings of one code.
fn paths(outcome: &Outcome, code: &str) -> Vec<String> {
    let findings = outcome.json["findings"].as_array().unwrap();
    let of_code = findings.iter().filter(|finding| finding["code"] == code);
    of_code.map(|finding| finding["path"].as_str().unwrap().to_owned()).collect()
}

fn serial(outcome: &Outcome) -> u64 {
    outcome.json["collections"][0]["serial"].as_u64().unwrap()
}

/// The names in `manifests/` that are no collection.
fn leftovers(bench: &Bench) -> Vec<String> {
    let names = std::fs::read_dir(bench.path("a/manifests")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "seeds").collect()
}

/// Two hundred documents more, signed; and how long a signing takes then.
fn fill(bench: &Bench) -> Duration {
    for number in 0..FILES {
        bench.write(&format!("a/seeds/{number:03}"), format!("document {number}"));
    }
    bench.sign(PRESS, &[]).expect(0, &[]);
    bench.write("a/seeds/000", "changed");
    let started = Instant::now();
    bench.sign(PRESS, &[]).expect(0, &[]);
    started.elapsed()
}

/// `vidimus sign`, running.
fn signing(bench: &Bench, key: &str) -> Child {
    let mut command = bench.command("a", &["sign", "--key", key]);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Lets a run come to some moment: in every second round anywhere from its start to past its
/// end, in the others a little after it began to write, because that is short.
fn wait_for_a_moment(bench: &Bench, child: &mut Child, round: u32, whole: Duration) {
    if round.is_multiple_of(2) {
        return std::thread::sleep(whole.mul_f64(1.2) * round / KILLS);
    }
    while leftovers(bench).is_empty() && child.try_wait().unwrap().is_none() {}
    let until = Instant::now() + Duration::from_micros(40) * round;
    while Instant::now() < until {}
}

#[test]
fn a_killed_sign_leaves_the_old_state_or_the_new_one() {
    let bench = Bench::in_memory().with_archive();
    let whole = fill(&bench);
    // Every round starts from here, so that the history does not grow with the rounds.
    let signed = bench.tree("a");
    let (mut old, mut new, mut left) = (0, 0, 0);
    for round in 0..KILLS {
        restore(&bench, &signed);
        let before = serial(&bench.json_in("a", &["verify"]));
        bench.write("a/seeds/000", format!("changed in round {round}"));
        bench.write("a/seeds/017", format!("changed too in round {round}"));
        bench.write(&format!("a/seeds/new-{round}"), "added");
        let mut child = signing(&bench, PRESS);
        wait_for_a_moment(&bench, &mut child, round, whole);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        left += u32::from(!leftovers(&bench).is_empty());

        let found = bench.json_in("a", &["verify"]);
        if found.exit != 0 {
            assert!(!status.success(), "round {round}: exit 0, and the old state is there");
            found.expect(1, &["digest-mismatch", "unexpected"]);
            assert_eq!(serial(&found), before, "round {round}");
            assert_eq!(paths(&found, "digest-mismatch"), ["seeds/000", "seeds/017"]);
            assert_eq!(paths(&found, "unexpected"), [format!("seeds/new-{round}")]);
            old += 1;
        } else {
            assert_eq!(serial(&found), before + 1, "round {round}");
            new += 1;
        }
        bench.sign(PRESS, &[]).expect(0, &[]);
        let found = bench.json_in("a", &["verify"]);
        found.expect(0, &[]);
        assert_eq!(serial(&found), before + 1, "round {round}");
        // What the killed run left beside a changed folder, the next run that writes removes.
        bench.write("a/seeds/001", format!("round {round}"));
        bench.sign(PRESS, &[]).expect(0, &[]);
        assert_eq!(leftovers(&bench), [""; 0], "round {round}");
    }
    println!(
        "{KILLS} kills: {old} left the old state, {new} the new one, {left} a temporary folder"
    );
}

/// Puts everything beneath `a` back as it was.
fn restore(bench: &Bench, tree: &BTreeMap<PathBuf, Vec<u8>>) {
    std::fs::remove_dir_all(bench.path("a")).unwrap();
    std::fs::create_dir(bench.path("a")).unwrap();
    for (path, bytes) in tree {
        if bytes == b"(folder)" {
            std::fs::create_dir_all(path).unwrap();
        } else {
            std::fs::write(path, bytes).unwrap();
        }
    }
}

/// Runs `vidimus` where every write to a file fails with EFBIG.
fn run_without_writing(bench: &Bench, folder: &str, arguments: &[&str]) -> Ran {
    let script = "ulimit -f 0; trap '' XFSZ; exec \"$0\" \"$@\"";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_vidimus")]).args(arguments);
    command.current_dir(bench.path(folder)).env_clear().stdin(Stdio::null());
    Ran::of(&command.output().unwrap())
}

#[test]
fn a_command_that_cannot_write_changes_nothing() {
    type Case = (&'static str, fn(&Bench), &'static [&'static str]);
    let table: [Case; 7] = [
        (
            "a changed collection",
            |b| b.write("a/seeds/one.txt", "other"),
            &["sign", "--key", PRESS],
        ),
        ("a further signer", |_| {}, &["sign", "--key", DESK]),
        ("a further form", |_| {}, &["sign", "--key", PRESS, "--also", "minisign,sshsig,dsse"]),
        ("a release", |_| {}, &["sign", "seeds/one.txt", "--key", PRESS]),
        ("a release elsewhere", |_| {}, &["sign", "seeds/sub", "--out", "keys", "--key", PRESS]),
        ("the same policy", |_| {}, &["policy", "sign", "--key", PRESS]),
        (
            "the next policy",
            |b| b.edit("a/keys/policy.toml", "version = 1", "version = 2"),
            &["policy", "sign", "--key", PRESS],
        ),
    ];
    for (what, prepare, arguments) in table {
        println!("{what}");
        let bench = Bench::in_memory().with_archive().with_two(1);
        prepare(&bench);
        let before = files(&bench);
        let ran = run_without_writing(&bench, "a", arguments);
        assert_eq!(ran.exit, 4, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("error[io]"), "{}", ran.stderr);
        assert_eq!(files(&bench), before);
        // The same with room to write.
        bench.run_in("a", arguments).ok();
        assert_ne!(files(&bench), before);
    }
    let bench = Bench::in_memory().with_archive().with_two(1);
    let before = files(&bench);
    let ran = run_without_writing(&bench, "keyring", &["keygen", "new", "--no-password"]);
    assert_eq!((ran.exit, files(&bench) == before), (4, true), "{}", ran.stderr);
}

/// The files with their bytes, without the folders: an empty folder holds nothing.
fn files(bench: &Bench) -> Vec<(PathBuf, Vec<u8>)> {
    let tree = bench.tree("").into_iter();
    tree.filter(|(path, _)| !path.is_dir()).collect()
}

#[test]
fn two_signers_at_once_land_one_after_the_other_or_one_is_refused() {
    const ROUNDS: u32 = 20;
    let bench = Bench::in_memory().with_archive().with_two(1);
    let whole = fill(&bench);
    let signed = bench.tree("a");
    let (mut both, mut one) = (0, 0);
    for round in 0..ROUNDS {
        restore(&bench, &signed);
        let before = serial(&bench.json_in("a", &["verify", "seeds"]));
        bench.write("a/seeds/one.txt", format!("round {round}"));
        // The second begins while the first looks at the tree, while it writes, and after it.
        let first = signing(&bench, PRESS);
        std::thread::sleep(whole.mul_f64(1.2) * round / ROUNDS);
        let second = signing(&bench, DESK);
        let ran = [first, second].map(|child| Ran::of(&child.wait_with_output().unwrap()));
        let exits = [ran[0].exit, ran[1].exit];
        assert!(exits.contains(&0), "{exits:?}: {} {}", ran[0].stderr, ran[1].stderr);
        assert!(exits.iter().all(|exit| [0, 4].contains(exit)), "{exits:?}");
        let found = bench.json_in("a", &["verify", "seeds"]);
        found.expect(0, &[]);
        assert_eq!(serial(&found), before + 1);
        // Whoever was told that it is done, is in it; who was not, is not.
        let signers = found.json["signers"].as_array().unwrap();
        for (name, exit) in ["press", "desk"].iter().zip(exits) {
            let scope = "manifests/seeds/SHA256SUMS";
            let signed = signers.iter().any(|row| row["name"] == *name && row["scope"] == scope);
            assert_eq!(signed, exit == 0, "{name}: {exits:?}");
        }
        if exits == [0, 0] {
            both += 1;
        } else {
            one += 1;
        }
        assert_eq!(leftovers(&bench), [""; 0]);
    }
    println!("{ROUNDS} rounds: {both} times both signed, {one} times one was refused");
}

#[test]
fn a_verify_meanwhile_sees_one_state_or_the_other() {
    let bench = Bench::in_memory().with_archive();
    for round in 0..15 {
        // The same documents under another rule: whichever statement is found, it holds.
        let ignore = format!("*.{round}");
        let mut command = bench.command("a", &["sign", "--key", PRESS, "--ignore", &ignore]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while child.try_wait().unwrap().is_none() {
            bench.json_in("a", &["verify"]).expect(0, &[]);
        }
        assert!(child.wait().unwrap().success());
    }
}
