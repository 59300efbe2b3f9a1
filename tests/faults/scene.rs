//! A folder as a command finds it and as it leaves it.

use crate::common::{Bench, Outcome, Ran, finish};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file: its permissions and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) mode: u32,
    pub(crate) bytes: Vec<u8>,
}

/// Files by their paths. Folders count only as what holds files.
pub(crate) type Files = BTreeMap<String, File>;

/// What a command finds: files and folders, kept in memory, so that every run starts from the
/// same.
pub(crate) struct Template {
    folders: BTreeSet<String>,
    all: Files,
    /// Those that a command may change.
    pub(crate) files: Files,
}

impl Template {
    /// What `setup` makes in an empty scratch folder.
    pub(crate) fn of(setup: fn(&Bench)) -> Self {
        let bench = Bench::in_memory();
        setup(&bench);
        let scene = Scene::at(bench.path(""));
        let (folders, all) = scene.everything();
        Self { folders, all, files: scene.files() }
    }
}

/// A folder in which a command runs.
pub(crate) struct Scene {
    root: PathBuf,
}

impl Scene {
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Makes it what the template says, and nothing else.
    pub(crate) fn fill(&self, template: &Template) {
        if self.root.exists() {
            std::fs::remove_dir_all(&self.root).unwrap();
        }
        std::fs::create_dir(&self.root).unwrap();
        for folder in &template.folders {
            std::fs::create_dir_all(self.path(folder)).unwrap();
        }
        for (path, file) in &template.all {
            std::fs::write(self.path(path), &file.bytes).unwrap();
            let mode = std::fs::Permissions::from_mode(file.mode);
            std::fs::set_permissions(self.path(path), mode).unwrap();
        }
    }

    /// Every file that a command may write, without temporaries of the program.
    pub(crate) fn files(&self) -> Files {
        let mut files = self.everything().1;
        files.retain(|path, _| !is_temporary(path) && !path.starts_with("given/"));
        files
    }

    /// Every temporary of the program: files, and folders even when they hold nothing.
    pub(crate) fn temporaries(&self) -> Vec<String> {
        let (folders, files) = self.everything();
        let all = folders.into_iter().chain(files.into_keys());
        all.filter(|path| is_temporary(path)).collect()
    }

    /// Every folder and every file.
    pub(crate) fn everything(&self) -> (BTreeSet<String>, Files) {
        let (mut folders, mut files) = (BTreeSet::new(), Files::new());
        let mut pending = vec![self.root.clone()];
        while let Some(folder) = pending.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(&self.root).unwrap().to_str().unwrap().to_owned();
                let found = std::fs::symlink_metadata(&path).unwrap();
                if found.is_dir() {
                    folders.insert(name);
                    pending.push(path);
                } else {
                    let mode = found.permissions().mode() & 0o7777;
                    files.insert(name, File { mode, bytes: std::fs::read(&path).unwrap() });
                }
            }
        }
        (folders, files)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: &str) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// `vidimus ARGUMENTS` in a folder of the scene, in an empty environment.
    pub(crate) fn command(&self, folder: &str, arguments: &[&str]) -> Command {
        self.wrapped(&[], folder, arguments)
    }

    /// The same behind another program, such as `strace`.
    pub(crate) fn wrapped(&self, wrapper: &[&str], folder: &str, arguments: &[&str]) -> Command {
        // No umask narrows what the program asks for; a shell sets that, so that no other does.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "umask 0; exec \"$@\"", "sh"]).args(wrapper);
        command.arg(env!("CARGO_BIN_EXE_vidimus")).args(arguments).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).stdin(Stdio::null());
        command.current_dir(self.path(folder));
        command
    }

    pub(crate) fn run(&self, folder: &str, arguments: &[&str]) -> Ran {
        Ran::of(&finish(&mut self.command(folder, arguments)))
    }

    /// The outcome of a run with `--format json`.
    pub(crate) fn json(&self, folder: &str, arguments: &[&str]) -> Outcome {
        Outcome::of(&finish(self.command(folder, arguments).args(["--format", "json"])))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.root.to_str().unwrap()
    }
}

fn is_temporary(path: &str) -> bool {
    Path::new(path)
        .components()
        .any(|part| vidimus::fs::is_leftover(part.as_os_str().as_encoded_bytes()))
}
