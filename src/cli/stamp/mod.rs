//! `vidimus stamp`: trusted time. One file a subcommand.

mod check;
mod make;
mod renew;
mod source;

use super::Result;
use super::context::Context;
use clap::{Args, Subcommand};

/// Obtain timestamps, renew them, or check one
///
/// Without a subcommand: asks time stamping authorities (RFC 3161) to say when the signatures on
/// collections existed, and keeps their answers in the bundles. Whose word counts is named in
/// keys/policy.toml as [[time-authority]]. The authority sees a digest of the signature, nothing
/// of the documents. The network is used only for the URLs that are given.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Examples:\n  vidimus stamp --tsa https://tsa.example.org/ --tsa https://time.example.net/\n  \
vidimus stamp seeds --request seeds.tsq     then, with the answer:\n  \
vidimus stamp seeds --response seeds.tsr"
)]
pub(crate) struct Stamp {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    make: make::Make,
}

#[derive(Subcommand)]
enum Action {
    Check(check::Check),
    Renew(renew::Renew),
}

impl Stamp {
    pub(crate) fn name(&self) -> &'static str {
        match &self.action {
            None => "stamp",
            Some(Action::Check(_)) => "stamp check",
            Some(Action::Renew(_)) => "stamp renew",
        }
    }

    pub(crate) fn run(&self, context: &Context) -> Result {
        match &self.action {
            None => self.make.run(context),
            Some(Action::Check(command)) => command.run(context),
            Some(Action::Renew(command)) => command.run(context),
        }
    }
}
