//! What a command asks of the system, as `strace` tells it, and how one of these calls is made
//! to fail or to be its last.

use crate::cases::Case;
use crate::common::{Ran, finish};
use crate::scene::Scene;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The calls that change something, or close what was written.
const CALLS: [&str; 15] = [
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "syncfs",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "close",
    "mkdir",
    "mkdirat",
];

/// Calls that open a file; with `O_CREAT` they change something.
const OPENS: [&str; 3] = ["open", "openat", "openat2"];

/// Calls that change something too, and that nothing here may use before this list does.
const UNKNOWN: [&str; 24] = [
    "chmod",
    "chown",
    "copy_file_range",
    "creat",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fchown",
    "ftruncate",
    "lchown",
    "mknod",
    "mknodat",
    "msync",
    "pwritev",
    "pwritev2",
    "rmdir",
    "sendfile",
    "setxattr",
    "splice",
    "symlink",
    "symlinkat",
    "truncate",
    "utimensat",
    "writev",
];

/// One call of a command: the `ordinal`-th of its name, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) call: String,
    pub(crate) ordinal: u32,
    /// Whether it is the command's report and not a change of files.
    pub(crate) report: bool,
    /// The line of `strace`, for messages.
    pub(crate) line: String,
}

/// Why nothing can be traced here.
pub(crate) fn missing() -> Option<String> {
    for tool in ["strace", "taskset"] {
        let path = std::env::var_os("PATH").unwrap_or_default();
        if !std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()) {
            return Some(format!("no {tool}"));
        }
    }
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output().unwrap();
    (!traced.status.success()).then(|| "strace may not trace".to_owned())
}

/// A processor that this process may use. On one alone the program starts no second thread,
/// whose calls would come in another order each time.
pub(crate) fn processor(worker: usize) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    let mut all = Vec::new();
    for range in list.trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        all.extend(first.parse::<usize>().unwrap()..=last.parse().unwrap());
    }
    all[worker % all.len()].to_string()
}

/// Runs the case's command under `strace` and gives its points, in their order.
pub(crate) fn points(case: &Case, scene: &Scene, worker: usize, log: &Path) -> (Ran, Vec<Point>) {
    let options = ["-f", "-y", "-s", "0"];
    let output = traced(case, scene, worker, log, &options);
    let text = std::fs::read_to_string(log).unwrap();
    (Ran::of(&output), parse(&text, scene.as_str()))
}

/// Runs the case's command with something injected at one point.
pub(crate) fn inject(
    case: &Case,
    scene: &Scene,
    worker: usize,
    (point, what): (&Point, &str),
) -> Output {
    let trace = format!("trace={}", point.call);
    let inject = format!("inject={}:{what}:when={}", point.call, point.ordinal);
    let options = ["-f", "-qq", "-e", &trace, "-e", &inject];
    traced(case, scene, worker, Path::new("/dev/null"), &options)
}

fn traced(case: &Case, scene: &Scene, worker: usize, log: &Path, options: &[&str]) -> Output {
    let processor = processor(worker);
    let front = ["taskset", "-c", &processor, "strace", "-o", log.to_str().unwrap()];
    let wrapper = [&front[..], options].concat();
    finish(scene.wrapped(&wrapper, case.folder, case.arguments).stdin(Stdio::null()))
}

fn parse(log: &str, folder: &str) -> Vec<Point> {
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let (mut points, mut threads) = (Vec::new(), Vec::new());
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((call, arguments)) = rest.trim_start().split_once('(') else { continue };
        if !call.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        let inside = arguments.contains(folder);
        assert!(!(inside && UNKNOWN.contains(&call)), "a call that is not counted: {line}");
        if !(CALLS.contains(&call) || OPENS.contains(&call)) {
            continue;
        }
        let count = counts.entry((thread, call)).or_default();
        *count += 1;
        let report = call == "write" && ["1<", "2<"].iter().any(|fd| arguments.starts_with(fd));
        let makes = inside && arguments.contains("O_CREAT");
        let counted = if OPENS.contains(&call) { makes } else { inside || report };
        if counted {
            let line = rest.trim_start().replace(folder, "");
            points.push(Point { call: call.to_owned(), ordinal: *count, report, line });
            threads.push(thread);
        }
    }
    threads.dedup();
    assert!(threads.len() <= 1, "calls of several threads cannot be numbered: {threads:?}");
    points
}
