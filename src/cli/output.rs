//! Writing the outcome: data and reports to stdout, messages to stderr, and the exit code.
//!
//! A closed pipe ends the run quietly with its code; a full disk makes exit 4, never 0.

use super::context::Shown;
use super::trust::exposed;
use super::{Context, Format, Run};
use clap::error::ErrorKind as Kind;
use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use vidimus::finding::{Code, Exit, Outcome};
use vidimus::key;
use vidimus::report::{self, Style};

/// Writes what `run` left and gives the exit code of the process.
pub(crate) fn finish(command: &str, run: Run, context: &Context) -> u8 {
    let exit = run.rendered.unwrap_or_else(|| run.outcome.exit());
    let style = Style { color: context.color, width: context.width };
    let written = match context.format {
        _ if run.rendered.is_some() => stdout(&run.data),
        Format::Json => stdout(report::json(command, &run.outcome).as_bytes()),
        Format::Csv => stdout(report::csv(&run.outcome).as_bytes()),
        Format::Text if run.report => stdout(report::text(&run.outcome, &style).as_bytes()),
        Format::Text
        | Format::Html
        | Format::Markdown
        | Format::Unified
        | Format::Sarif
        | Format::Github => {
            stdout(&data(&run.data, context)).and_then(|()| stderr(&run.outcome, context))
        }
    };
    match written {
        Ok(()) => exit.number(),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit.number(),
        Err(error) => {
            let message = format!("error[io]: the outcome could not be written: {error}\n");
            // Nothing is left to say it to if this fails too; the exit code stands.
            drop(std::io::stderr().write_all(message.as_bytes()));
            exit.max(Exit::Unfinished).number()
        }
    }
}

/// Data as it is for a file or another program; a terminal would obey what stands in a name.
fn data<'a>(data: &'a [u8], context: &Context) -> Cow<'a, [u8]> {
    if !context.terminal {
        return Cow::Borrowed(data);
    }
    let mut out = String::new();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        let (text, end) = line.strip_suffix(b"\n").map_or((line, ""), |text| (text, "\n"));
        for chunk in text.utf8_chunks() {
            out.push_str(&report::escape::message(chunk.valid()));
            out.extend(chunk.invalid().escape_ascii().map(char::from));
        }
        out.push_str(end);
    }
    Cow::Owned(out.into_bytes())
}

fn stdout(bytes: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Messages about a command whose product is its data.
fn stderr(outcome: &Outcome, context: &Context) -> std::io::Result<()> {
    let style =
        Style { color: context.color && context.progress == Shown::Bar, width: context.width };
    std::io::stderr().lock().write_all(report::findings(outcome, &style).as_bytes())
}

/// Help and version go to stdout with exit 0; a usage error is an outcome like any other.
pub(crate) fn usage(error: &clap::Error, arguments: &[OsString], context: &Context) -> u8 {
    if matches!(error.kind(), Kind::DisplayHelp | Kind::DisplayVersion) {
        return match stdout(error.render().to_string().as_bytes()) {
            Ok(()) => Exit::Done.number(),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Done.number(),
            Err(_) => Exit::Unfinished.number(),
        };
    }
    if arguments.iter().any(|argument| key::private_literal(argument.as_bytes())) {
        // The parser repeats what was typed, and this must not land in a log.
        return finish("usage", Run::refused([exposed(), super::usage(UNREAD)]), context);
    }
    if !matches!(context.format, Format::Json | Format::Csv) {
        // Line by line: clap repeats what was typed, which may hold control characters.
        let text: String = error
            .render()
            .to_string()
            .lines()
            .map(|line| report::escape::message(line) + "\n")
            .collect();
        let text = text.strip_prefix("error: ").map_or_else(
            || text.clone(),
            |rest| format!("error[{}]: {rest}", Code::Usage.as_str()),
        );
        drop(std::io::stderr().write_all(text.as_bytes()));
        return Exit::Usage.number();
    }
    finish("usage", Run::refused([super::usage(sentence(error))]), context)
}

const UNREAD: &str = "the command line could not be understood";

/// What the parser says, without its lines about usage, as one sentence.
fn sentence(error: &clap::Error) -> String {
    if error.kind() == Kind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "requires a subcommand, but none was given".to_owned();
    }
    let text = error.render().to_string();
    let lines: Vec<&str> =
        text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}
