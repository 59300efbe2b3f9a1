//! The progress bar on stderr: only on a terminal, and only for work longer than half a second.

use super::context::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vidimus::tree::Progress;

/// A bar that appears late, or never.
pub(crate) struct Bar {
    shown: Option<ProgressBar>,
    started: Instant,
    files: AtomicU64,
    bytes: AtomicU64,
    total_files: AtomicU64,
}

const PATIENCE: Duration = Duration::from_millis(500);

impl Bar {
    /// A bar where a person is looking at stderr, otherwise none.
    #[allow(clippy::disallowed_methods, reason = "the clock is the command line's")]
    pub(crate) fn new(context: &Context) -> Self {
        let shown = context
            .progress
            .then(|| ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()));
        Self {
            shown,
            started: Instant::now(),
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            total_files: AtomicU64::new(0),
        }
    }

    fn appear(&self, bar: &ProgressBar) {
        if bar.is_hidden() && self.started.elapsed() > PATIENCE {
            let template = "{msg} {bar:20} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
    }
}

impl Progress for Bar {
    fn found(&self, files: u64, bytes: u64) {
        self.total_files.fetch_add(files, Ordering::Relaxed);
        if let Some(bar) = &self.shown {
            bar.inc_length(bytes);
        }
    }

    fn hashed(&self, files: u64, bytes: u64) {
        let files = self.files.fetch_add(files, Ordering::Relaxed) + files;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(bar) = &self.shown {
            bar.inc(bytes);
            self.appear(bar);
            if !bar.is_hidden() {
                bar.set_message(format!(
                    "{files} of {} files",
                    self.total_files.load(Ordering::Relaxed)
                ));
            }
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}
