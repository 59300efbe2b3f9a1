//! The commands of `docs/ci.md` and the steps of `action.yml`, run as a CI system does: in an
//! empty environment without a terminal, signer and verifier in folders of their own.
//!
//! A fenced block of the recipe has a second word (`sh sign`) by which it is found here.

#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests make, change and run their own files"
)]

mod common;

use common::{Bench, Ran, has_tool, say};
use std::path::Path;
use std::process::{Command, Stdio};

const RECIPE: &str = include_str!("../docs/ci.md");
const ACTION: &str = include_str!("../action.yml");

/// The blocks of the recipe with this heading.
fn blocks(heading: &str) -> Vec<&'static str> {
    let fence = format!("```{heading}\n");
    let found: Vec<&str> =
        RECIPE.split(&fence).skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(!found.is_empty(), "no block {heading}");
    found
}

/// The commands of a block: its lines, each without `vidimus` in front.
fn commands(heading: &str) -> Vec<Vec<&'static str>> {
    let lines = blocks(heading).into_iter().flat_map(str::lines);
    lines
        .map(|line| {
            let line = line.strip_prefix("vidimus ").expect("a command of ours");
            line.split_whitespace().collect()
        })
        .collect()
}

/// A signer with files to release and a key, and a verifier with nothing yet.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("signer/dist/tool.tar.gz", "the program\n");
    bench.write("signer/dist/tool.zip", "the same\n");
    std::fs::create_dir_all(bench.path("home/keys")).expect("a folder");
    std::fs::create_dir_all(bench.path("verifier/dist")).expect("a folder");
    for command in commands("sh keygen") {
        bench.run_in("home", &command).ok();
    }
    bench
}

fn private_key(bench: &Bench) -> String {
    bench.text("home/keys/release@example.org.key.pem")
}

/// Hands over what is published, and the public key, to the verifier.
fn publish(bench: &Bench) {
    for entry in std::fs::read_dir(bench.path("signer/dist")).expect("dist") {
        let path = entry.expect("an entry").path();
        let to = bench.path("verifier/dist").join(path.file_name().expect("a name"));
        std::fs::copy(path, to).expect("a copy");
    }
    let key = bench.read("home/keys/release@example.org.pub.pem");
    bench.write("verifier/release.pub.pem", key);
}

/// Signs by the recipe and publishes.
fn signed() -> Bench {
    let bench = bench();
    for command in commands("sh sign") {
        let mut command = bench.command("signer", &command);
        command.env("RELEASE_KEY", private_key(&bench));
        Ran::of(&command.output().expect("the program runs")).ok();
    }
    publish(&bench);
    bench
}

/// Runs every block of this heading by a shell in the verifier's folder.
fn shell(bench: &Bench, heading: &str) -> Vec<Ran> {
    let run = |block: &str| {
        let folder = Path::new(env!("CARGO_BIN_EXE_vidimus")).parent().expect("a folder");
        let output = Command::new("/bin/sh")
            .args(["-ec", block])
            .current_dir(bench.path("verifier"))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        Ran::of(&output)
    };
    blocks(heading).into_iter().map(run).collect()
}

#[test]
fn what_one_job_signs_another_verifies_with_the_public_key_alone() {
    let bench = signed();
    let verify = commands("sh verify");
    assert_eq!(verify.len(), 2);
    for command in &verify {
        bench.json_in("verifier", command).expect(0, &[]);
    }
    for file in ["SHA256SUMS.sigstore.json", "SHA256SUMS.minisig", "SHA256SUMS.sshsig"] {
        assert!(RECIPE.contains(&format!("| `{file}` |")), "the recipe does not name {file}");
        bench.read(&format!("verifier/dist/{file}"));
    }
    bench.flip("verifier/dist/tool.tar.gz", 0);
    for command in &verify {
        bench.json_in("verifier", command).expect(1, &["digest-mismatch"]);
    }
}

#[test]
fn a_second_pair_of_eyes_signs_the_same_list() {
    let bench = signed();
    bench.run_in("home", &["keygen", "second", "--out", "keys", "--no-password"]).ok();
    let second = bench.text("home/keys/second.key.pem");
    let mut command = bench.command("signer", &commands("sh sign")[0]);
    Ran::of(&command.env("RELEASE_KEY", second).output().expect("the program runs")).ok();
    publish(&bench);
    let one = commands("sh verify").remove(0);
    let both = [&one[..], &["--key", "../home/keys/second.pub.pem", "--threshold", "2"]].concat();
    bench.json_in("verifier", &one).expect(0, &[]);
    let outcome = bench.json_in("verifier", &both);
    outcome.expect(0, &[]);
    assert_eq!(outcome.json["thresholds"][0]["have"], 2);
}

#[test]
fn a_key_that_is_not_there_is_refused_and_nothing_is_written() {
    let bench = bench();
    let sign = commands("sh sign").remove(0);
    bench.json_in("signer", &sign).expect(2, &["usage"]);
    let mut command = bench.command("signer", &sign);
    let output = command.env("RELEASE_KEY", "").output().expect("the program runs");
    assert_eq!(Ran::of(&output).exit, 3);
    assert!(!bench.path("signer/dist/SHA256SUMS").exists());
}

#[test]
fn other_tools_verify_what_was_signed() {
    for tool in ["sha256sum", "minisign", "ssh-keygen"] {
        if !has_tool(tool) {
            continue;
        }
        let bench = signed();
        let ran = shell(&bench, &format!("sh {tool}"));
        assert!(ran.iter().all(|ran| ran.exit == 0), "{tool}: {}", ran[0].stderr);
        bench.flip("verifier/dist/SHA256SUMS", 70);
        let ran = shell(&bench, &format!("sh {tool}"));
        assert!(ran.iter().all(|ran| ran.exit != 0), "{tool} takes a changed list");
    }
}

/// `VIDIMUS_NODE_MODULES` is a folder with @sigstore/verify and @sigstore/bundle.
#[test]
fn the_npm_script_verifies_what_was_signed() {
    let Some(modules) = std::env::var_os("VIDIMUS_NODE_MODULES") else {
        let required = std::env::var_os("VIDIMUS_REQUIRE_TOOLS").is_some();
        assert!(!required, "no VIDIMUS_NODE_MODULES here, and tools are required");
        say("skipped: no VIDIMUS_NODE_MODULES");
        return;
    };
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join(modules);
    let bench = signed();
    bench.write("verifier/verify.mjs", blocks("js verify.mjs")[0]);
    std::os::unix::fs::symlink(modules, bench.path("verifier/node_modules")).expect("a link");
    let run = || {
        let mut node = Command::new("node");
        node.args(["verify.mjs", "dist/SHA256SUMS", "release.pub.pem"]);
        Ran::of(&node.current_dir(bench.path("verifier")).output().expect("node"))
    };
    run().ok();
    bench.flip("verifier/dist/SHA256SUMS", 70);
    let ran = run();
    assert!(ran.exit != 0 && ran.stderr.contains("another manifest was signed"), "{}", ran.stderr);
}

/// The script of the step `name` of the action.
fn script(name: &str) -> String {
    let step = ACTION.split(&format!("- name: {name}\n")).nth(1).expect("the step");
    let script = step.split("run: |\n").nth(1).expect("its script");
    let own = script.lines().take_while(|line| line.starts_with("        "));
    own.map(|line| line.trim_start_matches("        ")).collect::<Vec<_>>().join("\n")
}

/// The value of `name:` in a step of the recipe, where there is one.
fn input<'a>(step: &'a str, name: &str) -> Option<&'a str> {
    step.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn the_steps_of_the_action_sign_and_verify() {
    if !has_tool("bash") {
        return;
    }
    let bench = bench();
    std::fs::create_dir_all(bench.path("runner/vidimus/bin")).expect("a folder");
    let program = bench.path("runner/vidimus/bin/vidimus");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_vidimus"), program).expect("a link");
    let run = |folder: &str, step: &str, extra: &str| {
        let key = input(step, "key").map_or(String::new(), |_| private_key(&bench));
        let args = input(step, "args").expect("arguments").to_owned() + extra;
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &script("Run")])
            .current_dir(bench.path(folder))
            .env_clear()
            .env("RUNNER_TEMP", bench.path("runner"))
            .env("COMMAND", input(step, "command").expect("a command"))
            .env("ARGS", args)
            .env("VIDIMUS_KEY", key)
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        Ran::of(&output)
    };
    let steps: Vec<&str> = RECIPE.split("uses: OWNER/vidimus@COMMIT\n").skip(1).collect();
    let [sign, verify] = steps[..] else { panic!("{} steps", steps.len()) };
    let (sign, verify) = (sign.split("- run").next().unwrap(), verify.split("```").next().unwrap());
    run("signer", sign, "").ok();
    publish(&bench);
    run("verifier", verify, "").ok();
    // Nothing in the arguments is read by the shell.
    for odd in ["$(id)", "*", ";id"] {
        let ran = run("verifier", verify, &format!(" {odd}"));
        assert_eq!(ran.exit, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("'{odd}'")), "{}", ran.stderr);
    }
    bench.flip("verifier/dist/tool.zip", 0);
    assert_eq!(run("verifier", verify, "").exit, 1);
}

#[test]
fn the_action_builds_from_its_own_checkout() {
    let build = script("Build");
    assert!(build.starts_with("cargo install --quiet --locked --path \"$SOURCE\""), "{build}");
    assert!(ACTION.contains("SOURCE: ${{ github.action_path }}"));
    // What is put into a script by `${{ }}` would be read by the shell.
    assert!(!build.contains("${{") && !script("Run").contains("${{"));
}

#[test]
fn the_hook_is_a_command_of_the_program() {
    let hooks = include_str!("../.pre-commit-hooks.yaml");
    let entry = input(hooks, "entry").expect("an entry");
    let arguments: Vec<&str> = entry.split(' ').skip(1).collect();
    Bench::archive().json_in("a", &arguments).expect(0, &[]);
    Bench::new().json_in(".", &arguments).expect(5, &["empty"]);
    assert!(RECIPE.contains(input(hooks, "- id").expect("an id")));
}
