//! Every writing command, killed before each of its calls in turn.

use crate::cases::{CASES, Case, here};
use crate::common::{memory_folder, say};
use crate::judge::{Fault, Subject, Tally};
use crate::scene::Scene;
use crate::{in_pairs, none, not_run, strace};
use std::os::unix::process::ExitStatusExt as _;

#[test]
fn killed_before_any_call_a_command_leaves_the_old_state_or_the_new_one() {
    if let Some(reason) = strace::missing() {
        return not_run("kill", &reason);
    }
    none(&in_pairs(&here(CASES), |worker, case| sweep(worker, case).wrong));
}

fn sweep(worker: usize, case: &Case) -> Tally {
    let folder = memory_folder();
    let scene = Scene::at(folder.path().join("scene"));
    let subject = Subject::of(case, &scene, worker, &folder.path().join("log"));
    let mut tally = Tally::default();
    for point in &subject.points {
        scene.fill(&subject.template);
        let output = strace::inject(case, &scene, worker, (point, "signal=KILL"));
        let at = format!("before {} {}", point.ordinal, point.line);
        if output.status.signal() != Some(9) {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            tally.fault(case, &at, Fault::Other(format!("not killed: {}{said}", output.status)));
            continue;
        }
        tally.tried += 1;
        let result = subject.judge(&scene, false).and_then(|state| {
            tally.state(state);
            subject.recovers(&scene, state)
        });
        if let Err(fault) = result {
            tally.fault(case, &at, fault);
        }
    }
    let Tally { tried, torn, lost, old, new, between, .. } = tally;
    let between = if between > 0 { format!(", {between} between") } else { String::new() };
    say(&format!(
        "faults: {}: tried {tried}, torn {torn}, lost {lost} ({old} old, {new} new{between})",
        case.name
    ));
    if tally.tried != subject.points.len() || old == 0 || new == 0 {
        let counted = subject.points.len();
        tally.wrong.push(format!("{}: {counted} calls, {tried} tried", case.name));
    }
    tally
}
