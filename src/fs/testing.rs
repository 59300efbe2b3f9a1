//! What the tests of this module share.

use super::Root;
use std::path::Path;
use tempfile::TempDir;

/// A folder with files: path and content.
pub(super) fn folder(files: &[(&str, &str)]) -> TempDir {
    filled(tempfile::tempdir().unwrap(), files)
}

/// The same, in memory where there is such a place: for tests that bring thousands of files to
/// the disk.
pub(super) fn memory_folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    filled(folder.unwrap(), files)
}

fn filled(folder: TempDir, files: &[(&str, &str)]) -> TempDir {
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

/// Every file beneath `folder` as `path=content`, sorted; links as `path->target`.
pub(super) fn listing(folder: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(at) = pending.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_symlink() {
                lines.push(format!("{name}->{}", std::fs::read_link(path).unwrap().display()));
            } else if path.is_dir() {
                pending.push(path);
            } else {
                lines.push(format!("{name}={}", std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    lines.sort();
    lines
}

/// Makes a named pipe.
pub(super) fn fifo(path: &Path) {
    use rustix::fs::{CWD, Mode};
    rustix::fs::mkfifoat(CWD, path, Mode::from_bits_truncate(0o600)).unwrap();
}

/// Runs a test with both ways of reaching a path.
pub(super) fn fallback_too(folder: &Path, test: impl Fn(Root)) {
    test(Root::open(folder).unwrap());
    test(Root::open(folder).unwrap().stepwise());
}

/// Failures on purpose.
pub(super) mod fault {
    use rustix::io::Errno;
    use std::cell::{Cell, RefCell};

    #[derive(Clone, Copy)]
    enum Plan {
        Work,
        FailOnce(usize),
        Killed(usize),
    }

    thread_local! {
        static PLAN: Cell<Plan> = const { Cell::new(Plan::Work) };
        static TRACE: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
        static KILLED: Cell<bool> = const { Cell::new(false) };
        static ABILITY: Cell<u8> = const { Cell::new(2) };
    }

    /// Called before every change.
    pub(in super::super) fn step(operation: &'static str) -> Result<(), Errno> {
        TRACE.with_borrow_mut(|trace| trace.push(operation));
        let (next, result) = match PLAN.get() {
            Plan::Work => (Plan::Work, Ok(())),
            Plan::FailOnce(0) => (Plan::Work, Err(Errno::NOSPC)),
            Plan::FailOnce(left) => (Plan::FailOnce(left - 1), Ok(())),
            Plan::Killed(0) => {
                KILLED.set(true);
                (Plan::Killed(0), Err(Errno::IO))
            }
            Plan::Killed(left) => (Plan::Killed(left - 1), Ok(())),
        };
        PLAN.set(next);
        result
    }

    /// Runs `work` with the change after the first `steps` failing, and the later ones not.
    /// Says too whether there were that many.
    pub(in super::super) fn failing_once<T>(steps: usize, work: impl FnOnce() -> T) -> (T, bool) {
        with(Plan::FailOnce(steps), || {
            let result = work();
            (result, matches!(PLAN.get(), Plan::Work))
        })
    }

    /// Runs `work` as if the process were gone after `steps` changes: no later one happens,
    /// not even those that would clear up. Says too whether there was a later one.
    pub(in super::super) fn killed_after<T>(steps: usize, work: impl FnOnce() -> T) -> (T, bool) {
        KILLED.set(false);
        (with(Plan::Killed(steps), work), KILLED.get())
    }

    /// The changes that `work` makes, in their order.
    pub(in super::super) fn trace<T>(work: impl FnOnce() -> T) -> Vec<&'static str> {
        TRACE.take();
        drop(work());
        TRACE.take()
    }

    fn with<T>(plan: Plan, work: impl FnOnce() -> T) -> T {
        PLAN.set(plan);
        let result = work();
        PLAN.set(Plan::Work);
        result
    }

    /// Whether to behave as a file system that can rename, but not exchange.
    pub(in super::super) fn plain_renames() -> bool {
        ABILITY.get() < 2
    }

    /// Whether to behave as one that moreover knows no second name of a file.
    pub(in super::super) fn without_links() -> bool {
        ABILITY.get() < 1
    }

    /// Runs a test on file systems of less and less ability.
    pub(in super::super) fn each_file_system(test: impl Fn()) {
        for ability in [2, 1, 0] {
            ABILITY.set(ability);
            test();
        }
        ABILITY.set(2);
    }
}
