//! Two runs at once: both land, or one is refused; what was reported as done is there.

use crate::cases::{MEETINGS, Meeting, here};
use crate::common::{Ran, memory_folder, say};
use crate::scene::{Scene, Template};
use crate::{in_pairs, none, strace};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: u32 = 20;
/// How long a run is held up, so that another one falls into its midst.
const PAUSE: Duration = Duration::from_millis(450);

#[test]
fn of_two_runs_at_once_none_that_is_reported_is_lost() {
    none(&in_pairs(&here(MEETINGS), |_, meeting| meet(meeting)));
}

fn meet(meeting: &Meeting) -> Vec<String> {
    let folder = memory_folder();
    let scene = Scene::at(folder.path().join("scene"));
    let template = Template::of(meeting.setup);
    let mut tally = Tally::default();
    let whole = alone(meeting, &scene, &template);
    for round in 0..ROUNDS {
        scene.fill(&template);
        // The second begins with the first, somewhere within it, or when it ends.
        let first = start(meeting, &scene, 0, false);
        std::thread::sleep(whole * round / (ROUNDS - 1));
        let second = start(meeting, &scene, 1, false);
        tally.judge(meeting, &scene, [first, second]);
    }
    if strace::missing().is_none() {
        for paused in [0, 1] {
            scene.fill(&template);
            // One is held up before it renames for the first time, the other runs meanwhile.
            let held = start(meeting, &scene, paused, true);
            std::thread::sleep(PAUSE / 3);
            let other = start(meeting, &scene, 1 - paused, false);
            let both = if paused == 0 { [held, other] } else { [other, held] };
            tally.judge(meeting, &scene, both);
        }
    }
    let Tally { both, one, wrong } = tally;
    say(&format!(
        "faults: two at once: {}: {} rounds, {both} times both, {one} times one refused, {} wrong",
        meeting.name,
        both + one,
        wrong.len()
    ));
    wrong
}

#[derive(Default)]
struct Tally {
    both: u32,
    one: u32,
    wrong: Vec<String>,
}

impl Tally {
    fn judge(&mut self, meeting: &Meeting, scene: &Scene, both: [Child; 2]) {
        let ran = both.map(|child| Ran::of(&child.wait_with_output().unwrap()));
        let done = [ran[0].exit == 0, ran[1].exit == 0];
        let said = ran.each_ref().map(|ran| format!("{} {}", ran.exit, ran.stderr)).join(", ");
        let refused = ran.iter().all(|ran| ran.exit == 0 || meeting.refused.contains(&ran.exit));
        let round = self.both + self.one;
        if !refused || done == [false, false] {
            self.wrong.push(format!("{}, round {round}: {said}", meeting.name));
        } else if let Err(error) = (meeting.holds)(scene, done) {
            self.wrong.push(format!("{}, round {round}: {error}; {said}", meeting.name));
        }
        if done == [true, true] {
            self.both += 1;
        } else {
            self.one += 1;
        }
    }
}

/// How long the first takes alone.
fn alone(meeting: &Meeting, scene: &Scene, template: &Template) -> Duration {
    scene.fill(template);
    let started = Instant::now();
    start(meeting, scene, 0, false).wait().unwrap();
    started.elapsed()
}

fn start(meeting: &Meeting, scene: &Scene, which: usize, paused: bool) -> Child {
    let delay = format!("inject=renameat,renameat2:delay_enter={}:when=1", PAUSE.as_micros());
    let strace =
        ["strace", "-f", "-o", "/dev/null", "-e", "trace=renameat,renameat2", "-e", &delay];
    let wrapper = if paused { &strace[..] } else { &[] };
    let mut command = scene.wrapped(wrapper, meeting.folder, meeting.arguments[which]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}
