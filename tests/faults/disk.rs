//! File systems of our own: one in a file whose power can be cut, and a small one in memory.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// What stands before a command that only root may run: nothing, or `sudo`.
fn root() -> Option<Vec<&'static str>> {
    if rustix::process::geteuid().is_root() {
        return Some(Vec::new());
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).output();
    sudo.is_ok_and(|sudo| sudo.status.success()).then(|| vec!["sudo", "-n"])
}

/// Where the programs for file systems lie, which not every user's PATH names.
const PATH: &str = "PATH=/usr/sbin:/sbin:/usr/bin:/bin";

/// Runs a command as root and gives what it printed; the reason when it cannot be done.
fn as_root(arguments: &[&str]) -> Result<String, String> {
    let Some(front) = root() else { return Err("needs root".to_owned()) };
    let all = [&front[..], &["env", PATH], arguments].concat();
    let output = Command::new(all[0]).args(&all[1..]).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{}: {error}", arguments[0]))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let said = format!("{}: {}", arguments[0], said.trim());
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() { Ok(printed) } else { Err(said) }
}

/// A mounted file system, until it is dropped.
pub(crate) struct Mount {
    folder: tempfile::TempDir,
}

impl Mount {
    /// A file system in memory of `size` bytes.
    pub(crate) fn memory(size: u64) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let owner = owner();
        let options = format!("size={size},uid={},gid={}", owner.0, owner.1);
        as_root(&["mount", "-t", "tmpfs", "-o", &options, "tmpfs", text(folder.path())])?;
        Ok(Self { folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Mounts it again with other options.
    pub(crate) fn change(&self, options: &str) {
        let options = format!("remount,{options}");
        as_root(&["mount", "-o", &options, text(self.path())]).unwrap();
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        unmount(self.path());
    }
}

/// A file system that stays mounted would be the one that the next mount of its device finds,
/// cut power and all. Somebody may still be in it for a moment: a child of the other worker
/// between its fork and its exec holds what was open here.
fn unmount(folder: &Path) {
    let started = Instant::now();
    while let Err(reason) = as_root(&["umount", text(folder)]) {
        assert!(started.elapsed() < Duration::from_secs(20), "{reason}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn owner() -> (u32, u32) {
    (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Cuts the power of the file systems it is told: what is not on the disk by then will not come
/// there, not even what its journal holds (EXT4_IOC_SHUTDOWN with NOLOGFLUSH).
const CUTTER: &str = "\
import fcntl, os, struct, sys
print('ready', flush=True)
for line in sys.stdin:
    folder = os.open(line.rstrip('\\n'), os.O_RDONLY)
    fcntl.ioctl(folder, 0x8004587D, struct.pack('I', 2))
    os.close(folder)
    print('cut', flush=True)
";

/// A file as a block device, until it is dropped. One for all mounts of a disk: `mount -o loop`
/// takes a device that names the same file again, even one that the kernel is just giving up.
struct Device {
    name: String,
}

impl Device {
    fn of(file: &Path) -> Result<Self, String> {
        Ok(Self { name: as_root(&["losetup", "--find", "--show", text(file)])? })
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let given_up = as_root(&["losetup", "--detach", &self.name]);
        assert!(given_up.is_ok() || std::thread::panicking(), "{given_up:?}");
    }
}

/// An ext4 file system in a file, and who cuts its power. Given up from the top down.
pub(crate) struct Disk {
    mount: Option<Mount>,
    device: Device,
    _image: tempfile::TempDir,
    cutter: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Disk {
    /// Makes and mounts it; the reason when that is not permitted here.
    pub(crate) fn new() -> Result<Self, String> {
        let image = crate::common::memory_folder();
        let file = image.path().join("image");
        let made = std::fs::File::create(&file).and_then(|made| made.set_len(16 << 20));
        made.map_err(|error| error.to_string())?;
        let owner = format!("root_owner={}:{}", owner().0, owner().1);
        let mkfs = ["mkfs.ext4", "-q", "-F", "-E", &owner, text(&file)];
        let output = Command::new("env").arg(PATH).args(mkfs).output();
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("mkfs.ext4: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let (cutter, orders, answers) = cutter()?;
        let device = Device::of(&file)?;
        let orders = Some(orders);
        let mut disk = Self { mount: None, device, _image: image, cutter, orders, answers };
        disk.mount()?;
        Ok(disk)
    }

    fn mount(&mut self) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        // Nothing reaches the journal by itself: only what is asked for.
        let options = "commit=900";
        as_root(&["mount", "-t", "ext4", "-o", options, &self.device.name, text(folder.path())])?;
        self.mount = Some(Mount { folder });
        Ok(())
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.mount.as_ref().unwrap().path().to_path_buf()
    }

    /// Brings everything to the disk.
    pub(crate) fn sync(&self) {
        let folder = std::fs::File::open(self.path()).unwrap();
        rustix::fs::syncfs(folder).unwrap();
    }

    /// Cuts the power now.
    pub(crate) fn cut(&mut self) -> Result<(), String> {
        let path = self.path();
        writeln!(self.orders.as_mut().unwrap(), "{}", text(&path)).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        if answer == "cut\n" { Ok(()) } else { Err("EXT4_IOC_SHUTDOWN is refused".to_owned()) }
    }

    /// After a cut: what the disk holds, its journal replayed.
    pub(crate) fn start_again(&mut self) {
        self.mount = None;
        self.mount().unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.orders = None;
        drop(self.cutter.wait());
    }
}

fn cutter() -> Result<(Child, ChildStdin, BufReader<ChildStdout>), String> {
    let Some(front) = root() else { return Err("needs root".to_owned()) };
    let all = [&front[..], &["python3", "-c", CUTTER]].concat();
    let mut command = Command::new(all[0]);
    command.args(&all[1..]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("python3: {error}"))?;
    let orders = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    let mut ready = String::new();
    answers.read_line(&mut ready).unwrap();
    if ready == "ready\n" { Ok((child, orders, answers)) } else { Err("no python3".to_owned()) }
}
