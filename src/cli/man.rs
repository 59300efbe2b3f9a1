//! `vidimus completions` and `vidimus man`: generated from the same definitions as the parser.

use super::{Arguments, Result, Run, verify};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use vidimus::finding::{Code, Finding, Outcome};
use vidimus::fs;

/// Print the completions for a shell
#[derive(Args)]
#[command(after_help = "Example:\n  \
vidimus completions bash > ~/.local/share/bash-completion/completions/vidimus")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Result {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "vidimus", &mut text);
        let mut outcome = Outcome::default();
        outcome.details.push(("script", String::from_utf8_lossy(&text).into_owned().into()));
        Ok(Run::data(text, outcome))
    }
}

/// Write the man pages into a folder, one a command
#[derive(Args)]
#[command(after_help = "Example:\n  vidimus man --out ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// The folder; it must exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Man {
    pub(crate) fn run(&self) -> Result {
        verify::open(&self.out)?;
        let mut pages = Vec::new();
        // Without `help`, which has no page: a page must not name one that is not there.
        let mut command = Arguments::command().disable_help_subcommand(true);
        command.build();
        render(&command, "vidimus", &mut pages)?;
        let files: Vec<_> =
            pages.into_iter().map(|(name, page)| (self.out.join(name), page)).collect();
        fs::replace_all(&files)
            .map_err(|error| vec![Finding::of(&error).at(self.out.as_os_str().as_bytes())])?;
        let names: Vec<String> =
            files.iter().map(|(path, _)| path.to_string_lossy().into_owned()).collect();
        let text: String = names
            .iter()
            .map(|name| vidimus::report::escape::path(name.as_bytes()) + "\n")
            .collect();
        let mut outcome = Outcome::default();
        outcome.details.push(("written", names.into()));
        Ok(Run::data(text, outcome))
    }
}

fn render(command: &clap::Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let mut page = Vec::new();
    let named = command.clone().name(name.to_owned());
    clap_mangen::Man::new(named)
        .render(&mut page)
        .map_err(|error| vec![Finding::error(Code::Io, error.to_string())])?;
    pages.push((format!("{name}.1"), page));
    for sub in command.get_subcommands() {
        render(sub, &format!("{name}-{}", sub.get_name()), pages)?;
    }
    Ok(())
}
