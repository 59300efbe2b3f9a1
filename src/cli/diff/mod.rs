//! `vidimus diff`: what changed between two versions of a text, or of all texts in two folders.

mod documents;
mod folders;
mod git;
mod input;
mod pairs;
mod several;
mod side;

use super::context::Context;
use super::{Format, Result, Run, usage};
use clap::Args;
use input::Input;
pub(super) use input::code as unread_code;
use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use vidimus::compare::{Comparison, Kind, Verdict, Weight, compare};
use vidimus::finding::{Exit, Finding};
use vidimus::report::Style;
use vidimus::report::diff::{self, Shown};

/// Say what changed between two versions of a text, what alters the meaning first
///
/// Words, numbers, dates, names, negations are compared; typography, wrapping, markup and menus
/// are set apart and counted. Plain text, Markdown, HTML, PDF and DOCX are read.
///
/// Of two folders, or two manifests (SHA256SUMS), every document is compared: added, removed,
/// renamed, changed. What is no text is compared by digest, and that is said.
///
/// Exit 0: no difference, or of form only. Exit 1: changes. Exit 2 and above: nothing was decided.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  vidimus diff old.txt new.txt\n  vidimus diff --only number,negation 2025/ 2026/\n  \
vidimus diff --format html old.txt new.txt > report.html\n  \
vidimus diff - page.html --fail-on critical"
)]
pub(crate) struct Diff {
    /// The old version: a file, a folder, a manifest, or - for standard input
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The new version, likewise
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// What git adds when it calls its external diff
    #[arg(hide = true, value_name = "GIT")]
    git: Vec<OsString>,
    /// Exit 1 from this weight on: critical, major, minor or noise (default: minor)
    #[arg(long, value_name = "WEIGHT")]
    fail_on: Option<String>,
    /// Show only changes of these kinds: number, date, name, ...; the exit still counts all
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

/// What was asked for, understood.
struct Wishes {
    format: Format,
    style: Style,
    fail_on: Weight,
    only: Vec<Kind>,
    context: usize,
    in_order: bool,
    show_noise: bool,
}

impl Diff {
    pub(crate) fn run(&self, context: &Context) -> Result {
        self.decide(context).or_else(|findings| refused(findings, context))
    }

    fn decide(&self, context: &Context) -> Result {
        let wishes = self.wishes(context)?;
        if !self.git.is_empty() {
            let called = git::Called::of(&self.old, &self.new, &self.git)?;
            return git::run(&called, self.fail_on.is_some(), &wishes);
        }
        match (Input::of(&self.old)?, Input::of(&self.new)?) {
            (Input::Text, Input::Text) => self.two_texts(&wishes),
            (Input::Several(old), Input::Several(new)) => {
                folders::run([&self.old, &self.new], [old, new], &wishes, context)
            }
            (Input::Text, Input::Several(_)) | (Input::Several(_), Input::Text) => {
                [&self.old, &self.new].into_iter().try_for_each(|path| input::is_there(path))?;
                let message = "one of OLD and NEW is a text, the other a folder or a manifest";
                Err(vec![
                    usage(message).help("vidimus diff OLD/name.txt name.txt compares two texts"),
                ])
            }
        }
    }

    fn two_texts(&self, wishes: &Wishes) -> Result {
        let [old, new] = input::two(&self.old, &self.new)?;
        // The process ends behind this: a hundred thousand pieces need not be given back one by one.
        let comparison = ManuallyDrop::new(compare(old, new));
        let (old, new) = (self.old.to_string_lossy(), self.new.to_string_lossy());
        let data = wishes.render(&comparison, &wishes.shown(&old, &new));
        Ok(Run::rendered(data, wishes.exit(heaviest(&comparison))))
    }

    fn wishes(&self, context: &Context) -> Result<Wishes> {
        let fail_on = self.fail_on.as_deref().map_or(Ok(Weight::Minor), weight)?;
        let only = self.only.iter().map(|name| kind(name)).collect::<Result<_>>()?;
        Ok(Wishes {
            format: context.format,
            style: Style { color: context.color, width: context.width },
            fail_on,
            only,
            context: self.context,
            in_order: self.in_order,
            show_noise: self.show_noise,
        })
    }
}

/// With `--format json` a refusal is a document of the differ too.
fn refused(findings: Vec<Finding>, context: &Context) -> Result {
    if context.format != Format::Json {
        return Err(findings);
    }
    let exit = findings.iter().map(Finding::exit).max().unwrap_or(Exit::Refused);
    Ok(Run::rendered(diff::refused(&findings), exit))
}

fn weight(name: &str) -> Result<Weight> {
    Weight::parse(name).ok_or_else(|| {
        let known = Weight::ALL.map(Weight::as_str).join(", ");
        let finding = usage(format!("--fail-on knows no weight '{name}'"));
        vec![finding.help(format!("the weights: {known}"))]
    })
}

fn kind(name: &str) -> Result<Kind> {
    Kind::parse(name).ok_or_else(|| {
        let known = Kind::ALL.map(Kind::as_str).join(", ");
        let finding = usage(format!("--only knows no kind of change '{name}'"));
        vec![finding.help(format!("the kinds: {known}"))]
    })
}

impl Wishes {
    /// What is shown of two texts under these names.
    fn shown<'a>(&self, old: &'a str, new: &'a str) -> Shown<'a> {
        Shown {
            old,
            new,
            style: self.style,
            in_order: self.in_order,
            show_noise: self.show_noise,
            context: self.context,
            only: self.only.clone(),
        }
    }

    fn render(&self, comparison: &Comparison, shown: &Shown<'_>) -> String {
        match self.format {
            // CSV was refused.
            Format::Text | Format::Csv => diff::text(comparison, shown),
            Format::Json => diff::json(comparison, shown),
            Format::Html => diff::html(comparison, shown, None),
            Format::Markdown => diff::markdown(comparison, shown),
            Format::Unified => diff::unified(comparison, shown),
            Format::Sarif => diff::sarif(comparison, shown),
            Format::Github => diff::github(comparison, shown),
        }
    }

    fn exit(&self, heaviest: Option<Weight>) -> Exit {
        let differs = heaviest.is_some_and(|weight| weight >= self.fail_on);
        if differs { Exit::Differs } else { Exit::Done }
    }
}

/// The heaviest of all that differs; `None` for the same bytes.
fn heaviest(comparison: &Comparison) -> Option<Weight> {
    let changes = comparison.changes.iter().map(|change| change.weight);
    let all = changes.chain(comparison.noise.iter().map(|noise| noise.weight));
    let other_bytes = (comparison.verdict != Verdict::Identical).then_some(Weight::Noise);
    all.chain(other_bytes).max()
}
