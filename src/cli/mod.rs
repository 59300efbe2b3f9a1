//! The command line: one file a command. Only here are the terminal, the clock, the environment
//! and the exit code. The library does the work and hands back an `Outcome`.

mod check;
mod clock;
mod context;
mod diff;
mod hash;
mod init;
mod inspect;
mod kernel;
mod key;
mod key_source;
mod keygen;
mod log;
mod man;
mod memory;
mod old;
mod output;
mod pack;
mod policy;
mod progress;
mod prove;
mod sign;
mod stamp;
mod trust;
mod verify;
mod witness;

use clap::{Parser, Subcommand, ValueEnum};
use context::Context;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use vidimus::finding::{Code, Exit, Finding, Outcome};

const AFTER_HELP: &str = "\
Examples:
  vidimus verify                        the archive in this folder
  vidimus verify --help                 releases and single files
  vidimus check --manifest MD5SUMS DIR  a list without a signature

Exit codes:
  0  verified, or done              10  bad signature
  1  content differs                11  no acceptable signer
  2  command line not understood    12  key expired or revoked
  3  input refused                  13  timestamp bad or missing
  4  could not finish               14  proof of a log missing or wrong
  5  nothing to check               15  older than what is there

Every finding has a code; docs/findings.md says of each what to do.";

/// Prove that documents are the ones that were signed, by whom, and name every change
///
/// Vidimus keeps a list of the SHA-256 of every file (SHA256SUMS), signs a statement about that
/// list, and verifies both. Exit 0 is a promise: every file named was read whole, every file not
/// named was looked for, every check asked for passed.
#[derive(Parser)]
#[command(name = "vidimus", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// How to say the outcome: text, json (one document, also for refusals and usage errors), csv
    /// (one row a file); diff has text, json, html, markdown, unified, sarif, github
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = Format::Text,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    format: Format,
    /// Which kernel compresses blocks of SHA-256: for tests and measuring
    #[arg(long, global = true, value_name = "NAME", hide = true)]
    kernel: Option<String>,
    #[command(subcommand)]
    command: Command,
}

/// The forms of the outcome.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON document, also for refusals and usage errors
    Json,
    /// One row a file
    Csv,
    /// What changed, as one page
    Html,
    /// What changed, for a pull request
    Markdown,
    /// What changed, line by line
    Unified,
    /// What changed, for code scanning
    Sarif,
    /// What changed, as annotations of a workflow
    Github,
}

/// The formats that `diff` has, and those of all other commands.
const OF_DIFF: &str = "text, json, html, markdown, unified, sarif, github";
const OF_OTHERS: &str = "text, json, csv";

impl Format {
    /// Whether `diff` has it; the others have what is not of texts alone.
    fn suits(self, diff: bool) -> bool {
        match self {
            Self::Text | Self::Json => true,
            Self::Csv => !diff,
            Self::Html | Self::Markdown | Self::Unified | Self::Sarif | Self::Github => diff,
        }
    }
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Keygen(keygen::Keygen),
    Key(key::Key),
    Policy(policy::Policy),
    Sign(sign::Sign),
    Stamp(stamp::Stamp),
    Prove(prove::Prove),
    Verify(verify::Verify),
    Log(log::Log),
    Check(check::Check),
    Diff(diff::Diff),
    Hash(hash::Hash),
    Inspect(inspect::Inspect),
    Witness(witness::Witness),
    Completions(man::Completions),
    Man(man::Man),
}

/// What a command leaves: its data for stdout and its outcome.
pub(crate) struct Run {
    /// Bytes for stdout in the text form.
    data: Vec<u8>,
    outcome: Outcome,
    /// Whether the outcome itself is what was asked for, and so goes to stdout.
    report: bool,
    /// Data that is the outcome in every form, and the exit that it asks for.
    rendered: Option<Exit>,
}

impl Run {
    fn report(outcome: Outcome) -> Self {
        Self { data: Vec::new(), outcome, report: true, rendered: None }
    }

    fn data(data: impl Into<Vec<u8>>, outcome: Outcome) -> Self {
        Self { data: data.into(), outcome, report: false, rendered: None }
    }

    /// A document in the form that was asked for, whichever that is.
    fn rendered(data: impl Into<Vec<u8>>, exit: Exit) -> Self {
        Self { rendered: Some(exit), ..Self::data(data, Outcome::default()) }
    }

    fn refused(findings: impl IntoIterator<Item = Finding>) -> Self {
        let mut outcome = Outcome::default();
        findings.into_iter().for_each(|finding| outcome.push(finding));
        Self { data: Vec::new(), outcome, report: false, rendered: None }
    }
}

/// A usage error that clap cannot see.
fn usage(message: impl Into<String>) -> Finding {
    Finding::error(Code::Usage, message)
        .help("vidimus help shows the commands, vidimus COMMAND --help one of them")
}

/// A format that other commands have.
fn other_format(command: &str, format: Format, diff: bool) -> Finding {
    let known = if diff { OF_DIFF } else { OF_OTHERS };
    let value = format.to_possible_value();
    let name = value.as_ref().map_or("", |value| value.get_name());
    Finding::error(Code::Usage, format!("vidimus {command} has no --format {name}"))
        .help(format!("--format is one of {known}"))
}

impl Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Keygen(_) => "keygen",
            Self::Key(command) => command.name(),
            Self::Policy(command) => command.name(),
            Self::Sign(_) => "sign",
            Self::Stamp(command) => command.name(),
            Self::Prove(_) => "prove",
            Self::Verify(_) => "verify",
            Self::Log(command) => command.name(),
            Self::Check(_) => "check",
            Self::Diff(_) => "diff",
            Self::Hash(_) => "hash",
            Self::Inspect(_) => "inspect",
            Self::Witness(command) => command.name(),
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    fn run(self, context: &Context) -> Run {
        let result = match self {
            Self::Init(command) => command.run(context),
            Self::Keygen(command) => command.run(context),
            Self::Key(command) => command.run(context),
            Self::Policy(command) => command.run(context),
            Self::Sign(command) => command.run(context),
            Self::Stamp(command) => command.run(context),
            Self::Prove(command) => command.run(context),
            Self::Verify(command) => command.run(context),
            Self::Log(command) => command.run(context),
            Self::Check(command) => command.run(context),
            Self::Diff(command) => command.run(context),
            Self::Hash(command) => command.run(context),
            Self::Inspect(command) => command.run(context),
            Self::Witness(command) => command.run(context),
            Self::Completions(command) => command.run(),
            Self::Man(command) => command.run(),
        };
        result.unwrap_or_else(Run::refused)
    }
}

/// What a command returns: a run, or the findings for which there was none.
type Result<T = Run> = std::result::Result<T, Vec<Finding>>;

/// Runs the program with `arguments` and gives the exit code.
pub(crate) fn run(arguments: Vec<OsString>) -> u8 {
    let context = Context::of_process(&arguments);
    if arguments.iter().any(holds_private_key) {
        return output::finish("usage", Run::refused([private_key_typed()]), &context);
    }
    match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => {
            let name = parsed.command.name();
            let context = context.with_format(parsed.format);
            let diff = matches!(parsed.command, Command::Diff(_));
            let chosen = kernel::choose_asked(parsed.kernel.as_deref());
            let run = match chosen {
                Err(finding) => Run::refused([finding]),
                Ok(()) if parsed.format.suits(diff) => parsed.command.run(&context),
                Ok(()) => Run::refused([other_format(name, parsed.format, diff)]),
            };
            output::finish(name, run, &context)
        }
        Err(error) => output::usage(&error, &arguments, &context),
    }
}

/// Whether an argument is itself a private key: messages repeat what was typed, and a log keeps it.
fn holds_private_key(argument: &OsString) -> bool {
    let mark = b"PRIVATE KEY-----";
    argument.as_bytes().windows(mark.len()).any(|window| window == mark)
}

fn private_key_typed() -> Finding {
    let message = "an argument holds a private key, which every user of this machine can see there";
    Finding::error(Code::WeakKey, message)
        .help("give a file, or put it into a variable and give --key env:NAME; then take a new key")
}
