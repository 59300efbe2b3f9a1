//! `vidimus stamp`: trusted time. One file a subcommand.

mod check;

use super::Result;
use super::context::Context;
use clap::{Args, Subcommand};

/// Check what an RFC 3161 timestamp proves
///
/// A timestamp is the word of an authority that some bytes existed at a time. It counts only from
/// an authority whose root certificate you have chosen.
#[derive(Args)]
pub(crate) struct Stamp {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Check(check::Check),
}

impl Stamp {
    pub(crate) fn name(&self) -> &'static str {
        match &self.action {
            Action::Check(_) => "stamp check",
        }
    }

    pub(crate) fn run(&self, context: &Context) -> Result {
        match &self.action {
            Action::Check(command) => command.run(context),
        }
    }
}
