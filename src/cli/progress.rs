//! Progress on stderr: only on a terminal, and only for work longer than half a second. A bar that
//! moves; under `NO_COLOR` a plain line every second instead.

use super::context::{Context, Shown};
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vidimus::tree::Progress;

/// How long a run may be silent.
const PATIENCE: Duration = Duration::from_millis(500);
/// Milliseconds between two plain lines.
const LINE_EVERY: u64 = 1_000;

/// What has been done so far, and how it is shown.
pub(crate) struct Bar {
    shown: Shown,
    drawn: ProgressBar,
    started: Instant,
    found: Amount,
    hashed: Amount,
    /// Milliseconds after the start at which the next plain line is due.
    next_line: AtomicU64,
}

#[derive(Default)]
struct Amount {
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Amount {
    fn add(&self, files: u64, bytes: u64) {
        self.files.fetch_add(files, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn now(&self) -> (u64, u64) {
        (self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }
}

impl Bar {
    /// Nothing is drawn yet.
    #[allow(clippy::disallowed_methods, reason = "the clock is the command line's")]
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            shown: context.progress,
            drawn: ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()),
            started: Instant::now(),
            found: Amount::default(),
            hashed: Amount::default(),
            next_line: AtomicU64::new(LINE_EVERY),
        }
    }

    fn draw(&self) {
        if self.drawn.is_hidden() {
            let template = "{msg} {bar:20} {bytes}/{total_bytes} {bytes_per_sec} ETA {eta}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.drawn.set_style(style);
            }
            self.drawn.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        let ((files, bytes), (all, total)) = (self.hashed.now(), self.found.now());
        self.drawn.set_length(total);
        self.drawn.set_position(bytes);
        self.drawn.set_message(format!("{files} of {all} files"));
    }

    /// One thread wins the line that is due.
    fn line(&self, elapsed: Duration) {
        let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let due = self.next_line.load(Ordering::Relaxed);
        let next = elapsed.saturating_add(LINE_EVERY);
        let won = self.next_line.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed);
        if elapsed >= due && won.is_ok() {
            let ((files, bytes), (all, total)) = (self.hashed.now(), self.found.now());
            let (bytes, total) = (HumanBytes(bytes), HumanBytes(total));
            let text = format!("{files} of {all} files, {bytes} of {total}\n");
            // Progress that cannot be shown is no reason to stop.
            drop(std::io::stderr().write_all(text.as_bytes()));
        }
    }
}

impl Progress for Bar {
    fn found(&self, files: u64, bytes: u64) {
        self.found.add(files, bytes);
    }

    fn hashed(&self, files: u64, bytes: u64) {
        self.hashed.add(files, bytes);
        let elapsed = self.started.elapsed();
        match self.shown {
            Shown::Bar if elapsed > PATIENCE => self.draw(),
            Shown::Lines if elapsed > PATIENCE => self.line(elapsed),
            Shown::Not | Shown::Bar | Shown::Lines => {}
        }
    }

    fn wants_sizes(&self) -> bool {
        self.shown != Shown::Not
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.drawn.finish_and_clear();
    }
}
