//! Disks that are full, that fail, or that may not be written to; and a stdout that is full or
//! closed. A command that fails leaves what was there; one that ends well has done its work.

use crate::cases::{CASES, Case, READING, here};
use crate::common::{Bench, Ran, finish, memory_folder, say};
use crate::disk::Mount;
use crate::judge::{Fault, State, Subject, Tally};
use crate::scene::{Scene, Template};
use crate::strace::Point;
use crate::{in_pairs, none, not_run, strace};
use std::fs::File;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

const PAGE: u64 = 4096;

/// What a run with a fault left: the finding `io` and the old state, or exit 0 and the new one.
/// Then, with the fault gone, the next run. Whether it failed.
fn check(subject: &Subject, scene: &Scene, ran: &Ran) -> Result<(bool, State), Fault> {
    let failed = ran.exit != 0;
    if failed && !is_refused(ran) {
        return Err(Fault::Other(format!("exit {}: {}{}", ran.exit, ran.stderr, ran.stdout)));
    }
    let state = subject.judge(scene, !failed)?;
    if failed && state != State::Old && !subject.case.fails.contains(&state) {
        return Err(Fault::Torn(format!("exit {} and the {state:?} state", ran.exit)));
    }
    Ok((failed, state))
}

/// Whether a run ended with the finding `io`, wherever it said so.
fn is_refused(ran: &Ran) -> bool {
    ran.exit == 4 && (ran.stderr.contains("error[io]") || ran.stdout.contains("error[io]"))
}

/// The errors of one call each.
#[test]
fn a_failing_disk_leaves_the_old_state() {
    if let Some(reason) = strace::missing() {
        return not_run("failing disk", &reason);
    }
    none(&in_pairs(&here(CASES), |worker, case| errors(worker, case).wrong));
}

fn errors(worker: usize, case: &Case) -> Tally {
    let folder = memory_folder();
    let scene = Scene::at(folder.path().join("scene"));
    let subject = Subject::of(case, &scene, worker, &folder.path().join("log"));
    let (mut tally, mut failures) = (Tally::default(), 0);
    // What was written is on the disk by then, so nobody asks what closing it says.
    let changes = |point: &&Point| point.call != "close" && !point.report;
    for point in subject.points.iter().filter(changes) {
        scene.fill(&subject.template);
        let ran = Ran::of(&strace::inject(case, &scene, worker, (point, "error=EIO")));
        tally.tried += 1;
        let result = check(&subject, &scene, &ran).and_then(|(failed, state)| {
            failures += usize::from(failed);
            subject.recovers(&scene, state)
        });
        if let Err(fault) = result {
            tally.fault(case, &format!("EIO instead of {}", point.line), fault);
        }
    }
    say(&format!(
        "faults: failing disk: {}: {} errors, {failures} times refused, {} wrong",
        case.name,
        tally.tried,
        tally.wrong.len()
    ));
    if failures == 0 {
        tally.wrong.push(format!("{}: no error was noticed", case.name));
    }
    tally
}

#[test]
fn a_full_disk_leaves_the_old_state() {
    if let Some(reason) = strace::missing() {
        return not_run("full disk", &reason);
    }
    match [Mount::memory(4 << 20), Mount::memory(4 << 20)] {
        [Err(reason), _] | [_, Err(reason)] => not_run("full disk", &reason),
        [Ok(one), Ok(other)] => {
            let mounts = [one, other];
            none(&in_pairs(&here(CASES), |worker, case| room(worker, case, &mounts[worker])));
        }
    }
}

/// Gives a command more and more room, until it is enough: bytes first, then files.
fn room(worker: usize, case: &Case, mount: &Mount) -> Vec<String> {
    let scene = Scene::at(mount.path().join("scene"));
    let log = memory_folder();
    let subject = Subject::of(case, &scene, worker, &log.path().join("log"));
    let mut tally = Tally::default();
    for kind in ["pages", "files"] {
        let mut failures = 0;
        for free in 0_u64.. {
            scene.fill(&subject.template);
            let filler = mount.path().join("filler");
            match kind {
                "pages" => fill_but(mount, &filler, free),
                _ => mount.change(&format!("nr_inodes={}", files_used(mount) + free)),
            }
            let ran = scene.run(case.folder, case.arguments);
            drop(std::fs::remove_file(&filler));
            mount.change("nr_inodes=100000");
            tally.tried += 1;
            let at = format!("{free} {kind} free");
            let (failed, state) = match check(&subject, &scene, &ran) {
                Ok(found) => found,
                Err(fault) => {
                    tally.fault(case, &at, fault);
                    break;
                }
            };
            if let Err(fault) = subject.recovers(&scene, state) {
                tally.fault(case, &at, fault);
            }
            if !failed {
                break;
            }
            failures += 1;
        }
        if failures == 0 {
            tally.wrong.push(format!("{}: no {kind} were needed", case.name));
        }
    }
    say(&format!(
        "faults: full disk: {}: {} sizes, {} wrong",
        case.name,
        tally.tried,
        tally.wrong.len()
    ));
    tally.wrong
}

/// Fills a file system but for some pages.
fn fill_but(mount: &Mount, filler: &Path, free: u64) {
    let there = rustix::fs::statvfs(mount.path()).unwrap();
    let bytes = vec![1; usize::try_from((there.f_bfree - free) * PAGE).unwrap()];
    std::fs::write(filler, bytes).unwrap();
    assert_eq!(rustix::fs::statvfs(mount.path()).unwrap().f_bfree, free);
}

/// How many files and folders there are. One that was removed is there until nobody holds it, and
/// a child of the other worker may, between its fork and its exec: that is waited for.
fn files_used(mount: &Mount) -> u64 {
    let started = Instant::now();
    loop {
        let there = rustix::fs::statvfs(mount.path()).unwrap();
        let (used, named) = (there.f_files - there.f_ffree, named_beneath(mount.path()));
        if used == named {
            return used;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{used} files used, {named} named");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A folder itself and all that is in it.
fn named_beneath(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let count = |entry: std::fs::DirEntry| {
        if entry.file_type().unwrap().is_dir() { named_beneath(&entry.path()) } else { 1 }
    };
    1 + entries.map(count).sum::<u64>()
}

#[test]
fn media_that_may_only_be_read_can_be_verified_and_are_not_written_to() {
    let mount = match Mount::memory(4 << 20) {
        Ok(mount) => mount,
        Err(reason) => return not_run("read-only media", &reason),
    };
    let scene = Scene::at(mount.path().join("scene"));
    let mut wrong = Vec::new();
    let mut on = |setup: fn(&Bench), test: &dyn Fn() -> Result<(), String>| {
        let template = Template::of(setup);
        scene.fill(&template);
        mount.change("ro");
        let result = test();
        mount.change("rw");
        wrong.extend(result.err());
        if scene.files() != template.files || !scene.temporaries().is_empty() {
            wrong.push("something was written".to_owned());
        }
    };
    for case in here(CASES) {
        on(case.setup, &|| {
            let ran = scene.run(case.folder, case.arguments);
            if is_refused(&ran) {
                Ok(())
            } else {
                Err(format!("{}: {}{}", case.name, ran.exit, ran.stderr))
            }
        });
    }
    for reading in here(READING) {
        on(reading.setup, &|| {
            let ran = scene.run(reading.folder, reading.arguments);
            let right = ran.exit == reading.exit;
            if right {
                Ok(())
            } else {
                Err(format!("{}: {}{}", reading.name, ran.exit, ran.stderr))
            }
        });
    }
    let (writing, reading) = (here(CASES).len(), here(READING).len());
    say(&format!("faults: read-only media: {writing} commands refused, {reading} read"));
    none(&wrong);
}

/// The report of a command is all that is lost with its stdout: the work is done, or not begun.
#[test]
fn a_full_stdout_never_exits_0_and_a_closed_one_ends_up_in_no_file() {
    if let Some(reason) = strace::missing() {
        return not_run("stdout", &reason);
    }
    none(&in_pairs(&here(CASES), |worker, case| {
        let folder = memory_folder();
        let scene = Scene::at(folder.path().join("scene"));
        let subject = Subject::of(case, &scene, worker, &folder.path().join("log"));
        let mut tally = Tally::default();
        for format in ["text", "json"] {
            let full = with_full_stdout(case, &scene, &subject, format);
            let full = Ran::of(&full);
            let result = if full.exit == 4 && full.stderr.contains("error[io]") {
                subject.judge(&scene, true).map(drop)
            } else {
                Err(Fault::Other(format!("exit {}: {}", full.exit, full.stderr)))
            };
            if let Err(fault) = result {
                tally.fault(case, &format!("full stdout, {format}"), fault);
            }
            scene.fill(&subject.template);
            let closed = ["/bin/sh", "-c", "exec \"$@\" >&- 2>&- <&-", "sh"];
            let mut command = scene.wrapped(&closed, case.folder, case.arguments);
            let closed = Ran::of(&finish(command.args(["--format", format])));
            let result = match subject.judge(&scene, closed.exit == 0) {
                Ok(_) if ![0, 4].contains(&closed.exit) => {
                    Err(Fault::Other(format!("exit {}", closed.exit)))
                }
                result => result.map(drop),
            };
            if let Err(fault) = result {
                tally.fault(case, &format!("closed stdout, {format}"), fault);
            }
        }
        tally.wrong
    }));
    say(&format!("faults: stdout full and closed: {} commands", here(CASES).len()));
}

fn with_full_stdout(case: &Case, scene: &Scene, subject: &Subject, format: &str) -> Output {
    scene.fill(&subject.template);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = scene.command(case.folder, case.arguments);
    command.args(["--format", format]).stdout(full).stderr(Stdio::piped());
    command.output().unwrap()
}
