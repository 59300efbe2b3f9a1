//! What a run left: the old state, the new one, or something that must not be.

use crate::cases::{Case, Step};
use crate::scene::{Files, Scene, Template};
use crate::strace::{self, Point};
use std::path::Path;
use std::time::Duration;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Every file is as it was.
    Old,
    /// Every file is as the command leaves it.
    New,
    /// Every file is one or the other. Only for commands that change several files one by one.
    Between,
}

/// Something that must not be.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Neither the old state nor the new one.
    Torn(String),
    /// Reported as done, and not there.
    Lost(String),
    /// Anything else: a key that others can read, a next run that fails.
    Other(String),
}

/// A case with what it starts from and what it leaves when nothing goes wrong.
pub(crate) struct Subject<'a> {
    pub(crate) case: &'a Case,
    pub(crate) template: Template,
    pub(crate) points: Vec<Point>,
    /// What two runs left, at different times of the clock: what differs holds a time or chance.
    done: [Files; 2],
}

impl<'a> Subject<'a> {
    /// Runs the case's command twice in `scene`, once counted.
    pub(crate) fn of(case: &'a Case, scene: &Scene, worker: usize, log: &Path) -> Self {
        let template = Template::of(case.setup);
        let mut points = Vec::new();
        let done = [0, 1].map(|run| {
            if run > 0 {
                std::thread::sleep(Duration::from_millis(1_001));
            }
            scene.fill(&template);
            let (ran, counted) = strace::points(case, scene, worker, log);
            assert_eq!(ran.exit, 0, "{}: {}{}", case.name, ran.stdout, ran.stderr);
            assert!(run == 0 || calls(&points) == calls(&counted), "{}: other calls", case.name);
            points = counted;
            let found = holds(case, scene, State::New);
            assert!(found.is_ok(), "{}: {found:?}", case.name);
            assert_eq!(scene.temporaries(), [""; 0], "{}", case.name);
            scene.files()
        });
        assert_ne!(done[0], template.files, "{} writes nothing", case.name);
        Self { case, template, points, done }
    }

    /// What a run left in `scene`; `done` when it ended with exit 0.
    pub(crate) fn judge(&self, scene: &Scene, done: bool) -> Result<State, Fault> {
        private_keys(scene)?;
        let state = self.state(&scene.files())?;
        if done && state != State::New {
            return Err(Fault::Lost(format!("exit 0 and the {state:?} state")));
        }
        holds(self.case, scene, state).map_err(Fault::Torn)?;
        Ok(state)
    }

    fn state(&self, found: &Files) -> Result<State, Fault> {
        let old = &self.template.files;
        if found == old {
            return Ok(State::Old);
        }
        let every: std::collections::BTreeSet<&String> =
            found.keys().chain(old.keys()).chain(self.done[0].keys()).collect();
        let mut waiting = 0;
        for path in every {
            let useless = old.contains_key(path) && !self.done[0].contains_key(path);
            let spared = useless && (self.case.spare)(path) && found.get(path) == old.get(path);
            if self.is_new(path, found) || spared {
                continue;
            }
            if found.get(path) != old.get(path) {
                let length = found.get(path).map(|file| file.bytes.len());
                return Err(Fault::Torn(format!(
                    "{path} is neither old nor new: {length:?} bytes"
                )));
            }
            waiting += 1;
        }
        match (waiting, self.case.step) {
            (0, _) => Ok(State::New),
            (_, Step::File) => Ok(State::Between),
            (_, Step::One) => Err(Fault::Torn(format!("{waiting} files are still old"))),
        }
    }

    /// Whether a file is as the command leaves it. What holds a time or chance is compared by
    /// its length; that it is right is for the invariant to say.
    fn is_new(&self, path: &str, found: &Files) -> bool {
        let [one, other] = [0, 1].map(|run| self.done[run].get(path));
        match (found.get(path), one, other) {
            (found, one, other) if one == other => found == one,
            (Some(found), Some(one), Some(_)) => {
                (found.mode, found.bytes.len()) == (one.mode, one.bytes.len())
                    && self.template.files.get(path) != Some(found)
            }
            (_, _, _) => false,
        }
    }

    /// Runs the command again, which must lead to the new state and clear up.
    pub(crate) fn recovers(&self, scene: &Scene, state: State) -> Result<(), Fault> {
        (self.case.resume)(scene, state);
        let before = scene.files();
        let ran = scene.run(self.case.folder, self.case.arguments);
        let wanted = if state == State::New { self.case.again } else { 0 };
        if ran.exit != wanted {
            let said = ran.stderr + &ran.stdout;
            return Err(Fault::Other(format!("from {state:?} the next run: {} {said}", ran.exit)));
        }
        if wanted != 0 && scene.files() != before {
            return Err(Fault::Other("a refused next run changed something".to_owned()));
        }
        let now = self.judge(scene, true)?;
        if !scene.temporaries().is_empty() {
            (self.case.stir)(scene);
            let ran = scene.run(self.case.folder, self.case.arguments);
            if !scene.temporaries().is_empty() {
                let left = scene.temporaries();
                return Err(Fault::Other(format!("left for good: {left:?} {}", ran.stderr)));
            }
        }
        assert_eq!(now, State::New);
        Ok(())
    }
}

/// The calls, without the chance in the names of temporaries.
fn calls(points: &[Point]) -> Vec<(&str, u32)> {
    points.iter().map(|point| (point.call.as_str(), point.ordinal)).collect()
}

fn holds(case: &Case, scene: &Scene, state: State) -> Result<(), String> {
    (case.holds)(scene, state).map_err(|said| format!("{state:?} does not hold: {said}"))
}

/// No private key, whole or in the making, is for others to read.
fn private_keys(scene: &Scene) -> Result<(), Fault> {
    for (path, file) in scene.everything().1 {
        if path.starts_with("keyring/") && path.contains(".key.pem") && file.mode & 0o177 != 0 {
            return Err(Fault::Other(format!("{path} has mode {:o}", file.mode)));
        }
    }
    Ok(())
}

/// How many points were tried and what came of it.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) tried: usize,
    pub(crate) torn: usize,
    pub(crate) lost: usize,
    pub(crate) old: usize,
    pub(crate) new: usize,
    pub(crate) between: usize,
    pub(crate) wrong: Vec<String>,
}

impl Tally {
    pub(crate) fn state(&mut self, state: State) {
        match state {
            State::Old => self.old += 1,
            State::New => self.new += 1,
            State::Between => self.between += 1,
        }
    }

    pub(crate) fn fault(&mut self, case: &Case, at: &str, fault: Fault) {
        let said = match fault {
            Fault::Torn(said) => {
                self.torn += 1;
                format!("torn: {said}")
            }
            Fault::Lost(said) => {
                self.lost += 1;
                format!("lost: {said}")
            }
            Fault::Other(said) => said,
        };
        self.wrong.push(format!("{}, {at}: {said}", case.name));
    }
}
