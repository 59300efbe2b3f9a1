//! Tests of whole trees: the hostile ones, and that nothing depends on timing.

#![allow(clippy::disallowed_methods, reason = "tests make the trees they read")]

use super::*;
use crate::digest::{Algorithm, of};
use crate::finding::Coded;
use crate::fs::{FileId, Root};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::slice::from_ref;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

const SHA256: [Algorithm; 1] = [Algorithm::Sha256];

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn rules(ignore: &[&str], symlinks: SymlinkRule) -> Rules {
    let patterns: Vec<String> = ignore.iter().map(|&text| text.to_owned()).collect();
    Rules { ignore: Ignore::new(&patterns).unwrap(), symlinks }
}

fn path(text: &str) -> RelPath {
    RelPath::new(text.as_bytes()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn files(snapshot: &Snapshot) -> Vec<String> {
    snapshot.files.iter().map(|file| text(file.path.as_bytes())).collect()
}

fn problems(snapshot: &Snapshot) -> Vec<(String, &'static str)> {
    let problem = |problem: &Problem| (text(&problem.raw), problem.error.code().as_str());
    snapshot.problems.iter().map(problem).collect()
}

/// Runs a test with both ways of reaching a path.
fn both(folder: &Path, test: impl Fn(&Root)) {
    test(&Root::open(folder).unwrap());
    test(&Root::open(folder).unwrap().stepwise());
}

fn all(root: &Root) -> Snapshot {
    snapshot(root, &rules(&[], SymlinkRule::Refuse), &SHA256, &[], &NoProgress)
}

#[test]
fn everything_is_found_hashed_and_sorted() {
    let folder = folder(&[("b", "2"), ("a/z", "1"), ("a.txt", ""), ("a/b/c", "333"), ("B", "x")]);
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    both(folder.path(), |root| {
        let algorithms = [Algorithm::Sha512, Algorithm::Md5, Algorithm::Sha256];
        let rules = rules(&[], SymlinkRule::Refuse);
        let found = snapshot(root, &rules, &algorithms, &[], &NoProgress);
        assert_eq!(files(&found), ["B", "a.txt", "a/b/c", "a/z", "b"]);
        assert_eq!(found.bytes, 6);
        assert!(found.problems.is_empty());
        let expected: Vec<_> = algorithms.map(|each| of(each, b"333")).to_vec();
        assert_eq!((&*found.files[2].digests, found.files[2].bytes), (&*expected, 3));
        let file = root.open_file(&path("a/b/c")).unwrap();
        assert_eq!(hash_open(file, &algorithms).unwrap(), (expected, 3));
    });
}

#[test]
fn what_is_no_file_is_named_and_nothing_hangs() {
    let folder = folder(&[("d/file", "x"), ("e/f", "y")]);
    let at = |name: &str| folder.path().join(name);
    rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo"), Mode::from_bits_truncate(0o600)).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    for (name, target) in [
        ("inside", "d/file"),
        ("folder", "d"),
        ("dangling", "none"),
        ("loop", "loop"),
        ("l1", "l2"),
        ("l2", "l1"),
        ("out", "../x"),
        ("absolute", "/etc/passwd"),
        ("d/up", "../e/f"),
        ("d/self", ".."),
    ] {
        symlink(target, at(name)).unwrap();
    }
    std::fs::write(folder.path().join(raw(b"bad\xff\x1b[2J\nname")), "odd").unwrap();
    both(folder.path(), |root| {
        let found = all(root);
        assert_eq!(files(&found), ["bad\\xff\\x1b[2J\\nname", "d/file", "e/f"]);
        let expected = [
            ("absolute", "unsafe-path"),
            ("d/self", "not-regular"),
            ("d/up", "not-regular"),
            ("dangling", "not-regular"),
            ("fifo", "not-regular"),
            ("folder", "not-regular"),
            ("inside", "not-regular"),
            ("l1", "io"),
            ("l2", "io"),
            ("loop", "io"),
            ("out", "unsafe-path"),
            ("socket", "not-regular"),
        ];
        assert_eq!(problems(&found), expected.map(|(name, code)| (name.to_owned(), code)));
        let messages: Vec<_> =
            found.problems.iter().map(|problem| problem.error.to_string()).collect();
        assert_eq!(messages[4], "not a regular file but a FIFO");
        assert_eq!(messages[11], "not a regular file but a socket");

        let skipped = snapshot(root, &rules(&[], SymlinkRule::Skip), &SHA256, &[], &NoProgress);
        assert_eq!(skipped.skipped_links.len(), 10);
        assert_eq!(skipped.skipped_links[0], b"absolute");
        assert_eq!(problems(&skipped).len(), 2);

        let listed =
            ["fifo", "socket", "inside", "out", "loop", "folder/file", "d", "none", "d/file/x"];
        let listed = hash_listed(root, &listed.map(path), &SHA256, &NoProgress);
        assert!(listed.files.is_empty());
        let expected = [
            ("d", "not-regular"),
            ("fifo", "not-regular"),
            ("folder/file", "not-regular"),
            ("inside", "not-regular"),
            ("loop", "io"),
            ("out", "unsafe-path"),
            ("socket", "not-regular"),
        ];
        assert_eq!(problems(&listed), expected.map(|(name, code)| (name.to_owned(), code)));
    });
}

fn raw(bytes: &[u8]) -> &std::ffi::OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(bytes)
}

#[test]
fn ignored_entries_are_named_and_not_entered() {
    let folder = folder(&[
        (".git/config", ""),
        ("a/.git/x", ""),
        ("a/keep", ""),
        ("a/x.tmp", ""),
        ("out/y/z", ""),
        ("b/out/y", ""),
    ]);
    symlink("nowhere", folder.path().join("link.tmp")).unwrap();
    both(folder.path(), |root| {
        let rules = rules(&[".git/", "*.tmp", "/out/y"], SymlinkRule::Refuse);
        let found = snapshot(root, &rules, &SHA256, &[], &NoProgress);
        assert_eq!(files(&found), ["a/keep", "b/out/y"]);
        assert!(found.problems.is_empty());
        let ignored: Vec<_> =
            found.ignored.iter().map(|(path, kind)| (text(path), kind.as_str())).collect();
        let expected = [
            (".git", "folder"),
            ("a/.git", "folder"),
            ("a/x.tmp", "file"),
            ("link.tmp", "symbolic link"),
            ("out/y", "folder"),
        ];
        assert_eq!(ignored, expected.map(|(path, kind)| (path.to_owned(), kind)));
    });
}

#[test]
fn the_list_itself_is_left_out_once() {
    let folder = folder(&[("SUMS", "list"), ("a", "1"), ("z/b", "2")]);
    let id = |name: &str| crate::fs::open_named(&folder.path().join(name)).unwrap().id();
    let leave_out: [FileId; 2] = [id("SUMS"), id("z/b")];
    both(folder.path(), |root| {
        let rules = rules(&[], SymlinkRule::Refuse);
        let found = snapshot(root, &rules, &SHA256, &leave_out, &NoProgress);
        assert_eq!(files(&found), ["a"]);
        let second = folder.path().join("second");
        std::fs::hard_link(folder.path().join("SUMS"), &second).unwrap();
        let found = snapshot(root, &rules, &SHA256, &leave_out, &NoProgress);
        assert_eq!(files(&found), ["a", "second"]);
        assert_eq!(*found.files[1].digests, [of(Algorithm::Sha256, b"list")]);
        std::fs::remove_file(second).unwrap();
    });
}

#[test]
fn listed_files_are_hashed_once_and_missing_ones_are_missing() {
    let folder = folder(&[("a", "1"), ("d/b", "22")]);
    both(folder.path(), |root| {
        let paths = ["d/b", "none", "a", "d/none", "a/x", "none/x", "d/b"].map(path);
        let found = hash_listed(root, &paths, &SHA256, &NoProgress);
        assert_eq!(files(&found), ["a", "d/b"]);
        assert_eq!(found.bytes, 3);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        assert!(hash_listed(root, &[], &SHA256, &NoProgress).files.is_empty());
    });
}

#[test]
fn a_folder_that_cannot_be_read_is_a_problem() {
    // Root reads everything, so a folder that is gone has to do.
    let folder = folder(&[("a", "1")]);
    let root = Root::open(folder.path()).unwrap();
    drop(folder);
    let found = all(&root);
    assert!(found.files.is_empty() && problems(&found).len() <= 1);
}

/// Makes `depth` folders of `name` below one another by descriptors, with a file at the end.
fn nest(folder: &Path, name: &str, depth: usize) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at: OwnedFd = rustix::fs::open(folder, flags, Mode::empty()).unwrap();
    for _ in 0..depth {
        rustix::fs::mkdirat(at.as_fd(), name, Mode::from_bits_truncate(0o755)).unwrap();
        at = rustix::fs::openat(at.as_fd(), name, flags, Mode::empty()).unwrap();
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&at, "deep", flags, Mode::from_bits_truncate(0o644)).unwrap();
    rustix::io::write(&file, b"down here").unwrap();
    rustix::fs::symlinkat("../deep", &at, "link").unwrap();
    rustix::fs::symlinkat("/", &at, "out").unwrap();
}

#[test]
fn paths_longer_than_the_system_takes() {
    let folder = tempfile::tempdir().unwrap();
    let name = "n".repeat(200);
    nest(folder.path(), &name, 200);
    both(folder.path(), |root| {
        let found = all(root);
        assert_eq!(found.files.len(), 1);
        assert_eq!(found.files[0].path.as_bytes().len(), 200 * 201 + 4);
        for file in &found.files {
            assert_eq!(*file.digests, [of(Algorithm::Sha256, b"down here")]);
            assert_eq!(root.read(&file.path, 100).unwrap(), b"down here");
            let listed = hash_listed(root, from_ref(&file.path), &SHA256, &NoProgress);
            assert_eq!(listed.files.as_slice(), from_ref(file));
        }
        let codes: Vec<_> = problems(&found).into_iter().map(|(_, code)| code).collect();
        assert_eq!(codes, ["not-regular", "unsafe-path"]);
    });
    // A staged folder is removed with everything in it, however deep.
    let deep = folder.path().join(".c.vidimus-0123456789abcdef");
    std::fs::create_dir(&deep).unwrap();
    nest(&deep, &name, 200);
    drop(crate::fs::Staging::begin(folder.path(), "c").unwrap());
    assert!(!deep.exists());
}

#[test]
fn a_tree_without_end_is_bounded() {
    let folder = folder(&[("d0/f", ""), ("d1/f", ""), ("d2/f", ""), ("d3/f", ""), ("d4/f", "")]);
    let root = Root::open(folder.path()).unwrap();
    let rules = rules(&[], SymlinkRule::Refuse);
    let bounded = |most| {
        let found = snapshot::snapshot_bounded(&root, &rules, most);
        problems(&found).into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    assert_eq!(bounded(5), [""; 0]);
    assert_eq!(bounded(4), ["limit"]);
    std::fs::write(folder.path().join("one-more"), "").unwrap();
    assert_eq!(bounded(5), ["limit"]);
}

#[test]
fn the_number_and_timing_of_threads_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..300_usize {
        let name = folder.path().join(format!("{}/{number}", number % 7));
        std::fs::create_dir_all(name.parent().unwrap()).unwrap();
        let length = if number % 10 == 0 { 9_001 * (number % 70) } else { number * 37 % 5_000 };
        // No two alike: bytes of one file in the place of another must show.
        let content = (0..=u8::MAX).cycle().skip(number % 256).take(length).collect::<Vec<_>>();
        std::fs::write(name, content).unwrap();
    }
    std::fs::write(folder.path().join("largest"), vec![b'x'; 9 << 20]).unwrap();
    let root = Root::open(folder.path()).unwrap();
    let first = all(&root);
    assert_eq!(first.files.len(), 301);
    for file in &first.files {
        let content = root.read(&file.path, 10 << 20).unwrap();
        assert_eq!(*file.digests, [of(Algorithm::Sha256, &content)], "{:?}", file.path);
        assert_eq!(file.bytes, content.len() as u64);
    }
    assert!(first.files.is_sorted_by(|one, other| one.path < other.path));
    let rules = rules(&[], SymlinkRule::Refuse);
    for kernel in crate::digest::Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
        for workers in [1, 1, 2, 3, 8] {
            let found = snapshot::snapshot_by(&root, &rules, workers, kernel);
            assert_eq!(found.files, first.files, "{kernel:?} by {workers}");
        }
    }
}

#[derive(Default)]
struct Count {
    found: [AtomicU64; 2],
    hashed: [AtomicU64; 2],
}

impl Progress for Count {
    fn found(&self, files: u64, bytes: u64) {
        self.found[0].fetch_add(files, Ordering::Relaxed);
        self.found[1].fetch_add(bytes, Ordering::Relaxed);
    }

    fn hashed(&self, files: u64, bytes: u64) {
        self.hashed[0].fetch_add(files, Ordering::Relaxed);
        self.hashed[1].fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Count {
    fn totals(&self) -> [u64; 4] {
        [&self.found[0], &self.found[1], &self.hashed[0], &self.hashed[1]]
            .map(|number| number.load(Ordering::Relaxed))
    }
}

#[test]
fn progress_adds_up() {
    let folder = folder(&[("a", "12345"), ("d/b", "678"), ("d/skip", "x")]);
    both(folder.path(), |root| {
        let count = Count::default();
        snapshot(root, &rules(&["skip"], SymlinkRule::Refuse), &SHA256, &[], &count);
        assert_eq!(count.totals(), [2, 8, 2, 8]);
        let count = Count::default();
        hash_listed(root, &["a", "d/b", "none"].map(path), &SHA256, &count);
        assert_eq!(count.totals(), [3, 8, 3, 8]);
    });
}

#[test]
fn a_file_that_shrinks_meanwhile_is_a_problem() {
    // Cut short by the first report of progress on it: after the first piece was read.
    struct Cut(std::path::PathBuf);
    impl Progress for Cut {
        fn found(&self, _: u64, _: u64) {}
        fn hashed(&self, _: u64, bytes: u64) {
            if bytes > 0 {
                File::options().write(true).open(&self.0).unwrap().set_len(300_000).unwrap();
            }
        }
    }
    let folder = folder(&[]);
    let cut = folder.path().join("f");
    both(folder.path(), |root| {
        std::fs::write(&cut, vec![0; 2 << 20]).unwrap();
        let found =
            snapshot(root, &rules(&[], SymlinkRule::Refuse), &SHA256, &[], &Cut(cut.clone()));
        assert_eq!(problems(&found), [("f".to_owned(), "changed-while-reading")]);
    });
}

/// Knows one file, by the stamp that it was told first, and counts who asks.
struct Known {
    path: RelPath,
    seen: std::sync::Mutex<Vec<(RelPath, crate::fs::Stamp, [u8; 32])>>,
    asked: AtomicU64,
}

impl Memo for Known {
    fn known(&self, path: &RelPath, stamp: &crate::fs::Stamp) -> Option<[u8; 32]> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let seen = self.seen.lock().unwrap();
        let same = |entry: &&(RelPath, crate::fs::Stamp, [u8; 32])| {
            (&entry.0, &entry.1) == (path, stamp) && *path == self.path
        };
        seen.iter().find(same).map(|(_, _, sha256)| *sha256)
    }

    fn hashed(&self, path: &RelPath, stamp: &crate::fs::Stamp, sha256: &[u8; 32]) {
        self.seen.lock().unwrap().push((path.clone(), *stamp, *sha256));
    }
}

#[test]
fn what_a_memo_knows_is_not_read() {
    let folder = folder(&[("a", "1"), ("d/b", "22"), ("d/c", "333")]);
    let rules = rules(&[], SymlinkRule::Refuse);
    both(folder.path(), |root| {
        let memo = Known { path: path("d/b"), seen: Vec::new().into(), asked: 0.into() };
        let with =
            |algorithms: &[Algorithm]| snapshot_with(root, &rules, algorithms, &memo, &NoProgress);
        let (first, plain) = (with(&SHA256), all(root));
        assert_eq!((&first.files, first.bytes), (&plain.files, plain.bytes));
        let told = |path: &RelPath| {
            let seen = memo.seen.lock().unwrap();
            seen.iter().filter(|(known, _, _)| known == path).count()
        };
        assert_eq!(["a", "d/b", "d/c"].map(|name| told(&path(name))), [1, 1, 1]);
        // Only a digest that was not computed shows that the file was not read.
        for entry in memo.seen.lock().unwrap().iter_mut() {
            entry.2 = [7; 32];
        }
        let second = with(&SHA256);
        let reused: Vec<bool> = second.files.iter().map(|file| file.reused).collect();
        assert_eq!(reused, [false, true, false]);
        assert_eq!(second.files[1].digests[0].as_bytes(), [7; 32]);
        assert_eq!((second.files[1].bytes, second.bytes), (2, 6));
        assert_eq!([told(&path("a")), told(&path("d/b"))], [2, 1]);
        // Another size or time, and it is read.
        std::fs::write(folder.path().join("d/b"), "4444").unwrap();
        assert_eq!(with(&SHA256).files, all(root).files);
        std::fs::write(folder.path().join("d/b"), "22").unwrap();
        // SHA-256 of a file says nothing of its other digests.
        let asked = memo.asked.load(Ordering::Relaxed);
        for algorithms in [&[Algorithm::Sha512][..], &[Algorithm::Sha256, Algorithm::Sha512]] {
            let told_before = memo.seen.lock().unwrap().len();
            assert!(with(algorithms).files.iter().all(|file| !file.reused));
            assert_eq!(memo.asked.load(Ordering::Relaxed), asked);
            assert_eq!(memo.seen.lock().unwrap().len(), told_before);
        }
    });
}

/// Nobody needs an answer after so many questions.
struct Over(AtomicU64);

impl Expected for Over {
    fn is_met(&self, _: &RelPath, _: u64, _: &[Digest], _: &mut usize) -> bool {
        false
    }

    fn is_over(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_err()
    }
}

#[test]
fn reading_ends_when_nobody_needs_the_answer() {
    let read = |files: &[(&str, &str)], questions: u64| {
        let (folder, over) = (folder(files), Over(questions.into()));
        let (root, rules) = (Root::open(folder.path()).unwrap(), rules(&[], SymlinkRule::Refuse));
        let found = snapshot_against(&root, &rules, &SHA256, &[], &NoProgress, &over);
        found.files.len()
    };
    assert_eq!(read(&[("a/f", "1"), ("b/f", "2"), ("c/f", "3")], 0), 0);
    // In the middle of a file: the first question is the task's.
    let large = "x".repeat(8 << 20);
    assert_eq!((read(&[("f", &large)], 3), read(&[("f", &large)], 1000)), (0, 1));
}

#[test]
fn a_folder_that_was_being_listed_when_the_walk_ended_adds_none() {
    let folder = folder(&[("f", "1"), ("sub/g", "2")]);
    let root = Root::open(folder.path()).unwrap();
    let queue = queue::Queue::of_tree(1, 1);
    drop(queue.poll_root());
    queue.list_no_more();
    let (folders, files) = (vec![path("sub")], vec![path("f")]);
    queue.add(walk::Listed { folder: root.enter(None).unwrap(), files, folders });
    assert!(matches!(queue.poll(), Some((queue::Task::Hash(_), _))));
    assert!(queue.is_empty());
}
