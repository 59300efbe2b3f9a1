//! `vidimus diff`: what changed between two versions of a text.

use super::context::Context;
use super::{Format, Result, Run};
use clap::Args;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::compare::{Comparison, Kind, Weight, compare};
use vidimus::finding::{Code, Exit, Finding};
use vidimus::report::Style;
use vidimus::report::diff::{self, Shown};
use vidimus::text::{Document, TextError};
use vidimus::{fs, limits};

/// Say what changed between two versions of a text, what alters the meaning first
///
/// Words, numbers, dates, names, negations are compared; typography, wrapping, markup and menus
/// are set apart and counted.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  vidimus diff old.txt new.txt\n  vidimus diff --format html old.txt new.txt > report.html"
)]
pub(crate) struct Diff {
    /// The old version, or - for standard input
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The new version, or - for standard input
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Exit 1 from this weight on: critical, major, minor, noise
    #[arg(long, value_name = "WEIGHT", default_value = "minor")]
    fail_on: String,
    /// Show only changes of these kinds: number, date, name, ...
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    only: Vec<String>,
    /// Sentences shown before and after a change
    #[arg(long, value_name = "N", default_value_t = 0)]
    context: usize,
    /// Changes in the order of the document, not the heaviest first
    #[arg(long)]
    in_order: bool,
    /// List the differences of form
    #[arg(long)]
    show_noise: bool,
}

impl Diff {
    pub(crate) fn run(&self, context: &Context) -> Result {
        let fail_on = Weight::parse(&self.fail_on)
            .ok_or_else(|| vec![super::usage(format!("'{}' is no weight", self.fail_on))])?;
        let only: Vec<Kind> = self
            .only
            .iter()
            .map(|name| {
                Kind::parse(name)
                    .ok_or_else(|| vec![super::usage(format!("'{name}' is no kind of change"))])
            })
            .collect::<Result<_>>()?;
        let (old, new) = (read(&self.old)?, read(&self.new)?);
        let comparison = compare(old, new);
        let shown = Shown {
            old: &self.old.to_string_lossy(),
            new: &self.new.to_string_lossy(),
            style: Style { color: context.color, width: context.width },
            in_order: self.in_order,
            show_noise: self.show_noise,
            context: self.context,
            only,
        };
        let text = match context.format {
            Format::Json => diff::json(&comparison, &shown),
            Format::Text | Format::Csv => diff::text(&comparison, &shown),
        };
        Ok(Run::rendered(text, exit(&comparison, fail_on)))
    }
}

fn read(path: &Path) -> Result<Document> {
    let shown = path.as_os_str().as_bytes();
    let bytes = if shown == b"-" {
        fs::read_stdin(limits::TEXT_BYTES)
    } else {
        fs::read_named(path, limits::TEXT_BYTES)
    };
    let bytes = bytes.map_err(|error| vec![Finding::of(&error).at(shown)])?;
    Document::read(&bytes, shown).map_err(|error| {
        let code = match error {
            TextError::Binary { .. } | TextError::Unsupported { .. } => Code::Unsupported,
            TextError::Malformed { .. } => Code::Malformed,
            TextError::TooLarge { .. } => Code::Limit,
        };
        vec![Finding::error(code, error.to_string()).at(shown)]
    })
}

fn exit(comparison: &Comparison, fail_on: Weight) -> Exit {
    let changes = comparison.changes.iter().map(|change| change.weight);
    let heaviest = changes.chain(comparison.noise.iter().map(|noise| noise.weight)).max();
    if heaviest.is_some_and(|weight| weight >= fail_on) { Exit::Differs } else { Exit::Done }
}
