//! `vidimus witness serve`: the witness as a small server.

use super::answer::answer;
use super::{Context, Identity, Known, Result, Run, state_refused};
use clap::Args;
use std::io::Write;
use std::net::SocketAddr;
use vidimus::finding::{Code, Exit, Finding, Outcome};
use vidimus::limits;
use vidimus::net::Listener;
use vidimus::witness::{self, State};

/// The command's own name.
pub(super) const NAME: &str = "witness serve";

/// Cosign checkpoints over HTTP, until it is ended
///
/// Answers POST /add-checkpoint as C2SP's tlog-witness says. Prints the public key and the URL,
/// then one line a request on stderr. End it with Ctrl-C or SIGTERM at any time: what was answered
/// is on the disk. There is no encryption and nobody is asked who he is; for the open network put
/// a server with TLS before it.
#[derive(Args)]
#[command(after_help = "Example:\n  vidimus witness serve --name witness.example.org/w1 \\\n    \
--log example.org/log+1a2b3c4d+AZAaSH4= --key w1.key.pem --state w1-state")]
pub(super) struct Serve {
    #[command(flatten)]
    identity: Identity,
    #[command(flatten)]
    known: Known,
    /// Address and port to listen at; port 0 lets the system choose one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

impl Serve {
    pub(super) fn run(&self, context: &Context) -> Result {
        let (key, verifier) = self.identity.load(context)?;
        let logs = self.known.logs(&verifier)?;
        let listener = Listener::bind(self.listen)
            .map_err(|error| vec![Finding::of(&error).with("address", self.listen.to_string())])?;
        let (state, new) =
            State::make(&self.known.state).map_err(|error| vec![state_refused(&error)])?;
        announce(&verifier.vkey(), listener.address(), new, context)?;
        let witness = witness::Witness::new(verifier, logs, state);
        listener.serve(limits::WITNESS_REQUEST_BYTES, &|call| {
            let (answer, said) = answer(&witness, &key, call);
            say(&format!("{} {} {} {said}", call.peer, call.method, answer.status));
            answer
        })
    }
}

/// Key and address to stdout, before the first request; what to beware of to stderr.
fn announce(vkey: &str, address: SocketAddr, new: bool, context: &Context) -> Result<()> {
    let url = format!("http://{address}");
    let mut outcome = Outcome::default();
    outcome.details.push(("vkey", vkey.into()));
    outcome.details.push(("url", url.clone().into()));
    if !address.ip().is_loopback() {
        say("warning: listening beyond this machine, without encryption: whoever can reach this \
address can ask");
    }
    if new {
        say(
            "note: the state folder is new; if this witness has cosigned before, stop it and give \
it the old one",
        );
    }
    let run = Run::data(format!("vkey  {vkey}\nurl   {url}\n"), outcome);
    if super::super::output::finish(NAME, run, context) == Exit::Done.number() {
        return Ok(());
    }
    Err(vec![Finding::error(
        Code::Io,
        "key and address could not be printed, so nobody would know",
    )])
}

/// A line for whoever watches. That nobody does is no reason to stop.
fn say(line: &str) {
    let line = vidimus::report::escape::message(line) + "\n";
    drop(std::io::stderr().lock().write_all(line.as_bytes()));
}
