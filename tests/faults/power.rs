//! The power cut, on an ext4 file system of our own: right after a command ended with exit 0, and
//! before each of its calls.

use crate::cases::{CASES, Case, here};
use crate::common::{finish, memory_folder, say};
use crate::disk::Disk;
use crate::judge::{Fault, State, Subject, Tally};
use crate::scene::Scene;
use crate::strace::Point;
use crate::{in_pairs, none, not_run, strace};
use std::os::unix::process::ExitStatusExt as _;
use std::sync::Mutex;

/// How often the power is cut right after each command.
const AFTERWARDS: usize = 3;

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged_and_tears_nothing() {
    if let Some(reason) = strace::missing() {
        return not_run("power cut", &reason);
    }
    let disks = [Disk::new(), Disk::new()];
    let disks = match disks {
        [Ok(one), Ok(other)] => [one, other].map(Mutex::new),
        [Err(reason), _] | [_, Err(reason)] => return not_run("power cut", &reason),
    };
    if let Err(reason) = disks[0].lock().unwrap().cut() {
        return not_run("power cut", &reason);
    }
    disks[0].lock().unwrap().start_again();
    none(&in_pairs(&here(CASES), |worker, case| {
        cuts(worker, case, &mut disks[worker].lock().unwrap())
    }));
}

fn cuts(worker: usize, case: &Case, disk: &mut Disk) -> Vec<String> {
    let folder = memory_folder();
    let log = folder.path().join("log");
    let subject = Subject::of(case, &Scene::at(folder.path().join("scene")), worker, &log);
    let mut tally = Tally::default();
    for _ in 0..AFTERWARDS {
        cut(worker, &subject, disk, None, &mut tally);
    }
    for point in &subject.points {
        cut(worker, &subject, disk, Some(point), &mut tally);
    }
    let Tally { tried, torn, lost, old, new, between, .. } = tally;
    let between = if between > 0 { format!(", {between} between") } else { String::new() };
    say(&format!(
        "faults: power cut: {}: tried {tried}, torn {torn}, lost {lost} ({old} old, {new} new{between})",
        case.name
    ));
    if old == 0 || new < AFTERWARDS {
        tally.wrong.push(format!("{}: {old} times old, {new} times new", case.name));
    }
    tally.wrong
}

/// Runs the command to its end, or to a point, and cuts the power.
fn cut(
    worker: usize,
    subject: &Subject,
    disk: &mut Disk,
    point: Option<&Point>,
    tally: &mut Tally,
) {
    let case = subject.case;
    let scene = Scene::at(disk.path().join("scene"));
    scene.fill(&subject.template);
    disk.sync();
    let output = match point {
        None => finish(&mut scene.command(case.folder, case.arguments)),
        Some(point) => strace::inject(case, &scene, worker, (point, "signal=KILL")),
    };
    disk.cut().unwrap();
    let at = point.map_or_else(|| "afterwards".to_owned(), |point| point.line.clone());
    disk.start_again();
    tally.tried += 1;
    let scene = Scene::at(disk.path().join("scene"));
    let ended = match point {
        None => output.status.success(),
        Some(_) => output.status.signal() == Some(9),
    };
    if !ended {
        return tally.fault(case, &at, Fault::Other(format!("ended with {}", output.status)));
    }
    let result = subject.judge(&scene, point.is_none()).and_then(|state: State| {
        tally.state(state);
        subject.recovers(&scene, state)
    });
    if let Err(fault) = result {
        tally.fault(case, &at, fault);
    }
}
