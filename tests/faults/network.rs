//! No command that reads touches the network: it says the same in a network namespace that is
//! empty, and opens no socket of the internet.

use crate::cases::{READING, Reading, here};
use crate::common::{Ran, finish, memory_folder, say};
use crate::scene::{Scene, Template};
use crate::{in_pairs, none, not_run, strace};
use std::process::Command;

/// What stands before a command that runs without a network; the reason when there is no such
/// thing here.
fn without_network() -> Result<&'static [&'static str], String> {
    const AS_ROOT: &[&str] = &["unshare", "--net"];
    const AS_USER: &[&str] = &["unshare", "--user", "--map-root-user", "--net"];
    let mut said = String::new();
    for wrapper in [AS_ROOT, AS_USER] {
        // Nothing but the loopback device, and that is down.
        let count = "test \"$(tail -n +3 /proc/net/dev | grep -cv 'lo:')\" = 0";
        let mut command = Command::new(wrapper[0]);
        let output = command.args(&wrapper[1..]).args(["/bin/sh", "-c", count]).output();
        match output {
            Ok(output) if output.status.success() => return Ok(wrapper),
            Ok(output) => said = String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => said = error.to_string(),
        }
    }
    Err(format!("unshare: {}", said.trim()))
}

#[test]
fn reading_commands_say_the_same_without_a_network() {
    let wrapper = match without_network() {
        Ok(wrapper) => wrapper,
        Err(reason) => return not_run("no network", &reason),
    };
    none(&in_pairs(&here(READING), |_, reading| {
        let (scene, _folder) = scene(reading);
        let run = |wrapper: &[&str]| {
            Ran::of(&finish(&mut scene.wrapped(wrapper, reading.folder, reading.arguments)))
        };
        let (outside, inside) = (run(&[]), run(wrapper));
        let mut wrong = Vec::new();
        if outside.exit != reading.exit {
            wrong.push(format!("{}: exit {}: {}", reading.name, outside.exit, outside.stderr));
        }
        let [outside, inside] = [outside, inside].map(|ran| (ran.exit, ran.stdout, ran.stderr));
        if outside != inside {
            wrong.push(format!("{}: {outside:?}, without network {inside:?}", reading.name));
        }
        wrong
    }));
    say(&format!("faults: no network: {} commands said the same", here(READING).len()));
}

#[test]
fn reading_commands_open_no_socket() {
    if let Some(reason) = strace::missing() {
        return not_run("no sockets", &reason);
    }
    none(&in_pairs(&here(READING), |_, reading| {
        let (scene, folder) = scene(reading);
        let log = folder.path().join("log");
        let wrapper = ["strace", "-f", "-e", "trace=%network", "-o", log.to_str().unwrap()];
        let ran = finish(&mut scene.wrapped(&wrapper, reading.folder, reading.arguments));
        let text = std::fs::read_to_string(&log).unwrap();
        let ended = text.contains("+++ exited with");
        let calls: Vec<&str> = text.lines().filter(|line| line.contains('(')).collect();
        let right = ran.status.code() == Some(reading.exit) && ended && calls.is_empty();
        if right { Vec::new() } else { vec![format!("{}: {calls:?}", reading.name)] }
    }));
    say(&format!("faults: no sockets: {} commands", here(READING).len()));
}

fn scene(reading: &Reading) -> (Scene, tempfile::TempDir) {
    let folder = memory_folder();
    let scene = Scene::at(folder.path().join("scene"));
    scene.fill(&Template::of(reading.setup));
    (scene, folder)
}
