//! Two runs at once: both land, or one is refused; what was reported as done is there.

use crate::cases::{MEETINGS, Meeting};
use crate::common::{Ran, memory_folder, say};
use crate::scene::{Scene, Template};
use crate::{in_pairs, none};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: u32 = 20;

#[test]
fn of_two_runs_at_once_none_that_is_reported_is_lost() {
    none(&in_pairs(MEETINGS, |_, meeting| meet(meeting)));
}

fn meet(meeting: &Meeting) -> Vec<String> {
    let folder = memory_folder();
    let scene = Scene::at(folder.path().join("scene"));
    let template = Template::of(meeting.setup);
    let (mut both, mut one) = (0, 0);
    let mut wrong = Vec::new();
    let whole = alone(meeting, &scene, &template);
    for round in 0..ROUNDS {
        scene.fill(&template);
        // The second begins with the first, somewhere within it, or when it ends.
        let first = start(meeting, &scene, 0);
        std::thread::sleep(whole * round / (ROUNDS - 1));
        let second = start(meeting, &scene, 1);
        let ran = [first, second].map(|child| Ran::of(&child.wait_with_output().unwrap()));
        let done = [ran[0].exit == 0, ran[1].exit == 0];
        let said =
            || format!("{} {}, {} {}", ran[0].exit, ran[0].stderr, ran[1].exit, ran[1].stderr);
        let refused = ran.iter().all(|ran| [0, 4].contains(&ran.exit));
        if !refused || done == [false, false] {
            wrong.push(format!("{}, round {round}: {}", meeting.name, said()));
        } else if let Err(error) = (meeting.holds)(&scene, done) {
            wrong.push(format!("{}, round {round}: {error}; {}", meeting.name, said()));
        }
        if done == [true, true] {
            both += 1;
        } else {
            one += 1;
        }
    }
    say(&format!(
        "faults: two at once: {}: {ROUNDS} rounds, {both} times both, {one} times one refused, {} wrong",
        meeting.name,
        wrong.len()
    ));
    wrong
}

/// How long the first takes alone.
fn alone(meeting: &Meeting, scene: &Scene, template: &Template) -> Duration {
    scene.fill(template);
    let started = Instant::now();
    start(meeting, scene, 0).wait().unwrap();
    started.elapsed()
}

fn start(meeting: &Meeting, scene: &Scene, which: usize) -> Child {
    let mut command = scene.command(meeting.folder, meeting.arguments[which]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}
