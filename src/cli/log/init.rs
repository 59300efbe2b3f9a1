//! `vidimus log init`: an empty log in an archive.

use super::{Place, refused};
use crate::cli::Result;
use crate::cli::context::Context;
use crate::cli::key_source::KeySource;
use clap::Args;
use vidimus::envelope::note::Verifier;
use vidimus::finding::Finding;
use vidimus::log;
use vidimus::policy::{Role, RoleKey, check_distinct};

/// Make an empty log in an archive
///
/// Writes manifests/log/checkpoint. The key is the log's own: it must be none that signs
/// statements. Prints the log's key as others need it to check its checkpoints.
#[derive(Args)]
#[command(after_help = "Example:\n  vidimus log init --key ~/keys/log.key.pem")]
pub(super) struct Init {
    #[command(flatten)]
    source: KeySource,
    #[command(flatten)]
    place: Place,
}

impl Init {
    pub(super) fn run(&self, context: &Context) -> Result {
        let archive = self.place.open()?;
        let key = self.source.load(context)?;
        let origin = archive.origin();
        let signers = archive.policy.trust.signers.iter();
        let signers = signers.map(|signer| RoleKey {
            role: Role::Signer,
            name: &signer.name,
            key: &signer.key,
        });
        let own = RoleKey { role: Role::Log, name: &origin, key: key.public() };
        check_distinct(signers.chain([own])).map_err(|error| {
            vec![Finding::of(&error).help("vidimus keygen NAME makes a key for the log alone")]
        })?;
        self.source.not_within(&archive.path)?;
        let verifier = Verifier::new(&origin, key.public().clone())
            .map_err(|error| vec![Finding::of(&error)])?;
        log::init(&archive.path, &verifier, &key).map_err(|error| refused(&error))?;
        let (vkey, written) = (verifier.vkey(), format!("{}/{}", log::FOLDER, log::CHECKPOINT));
        let text = format!("log {vkey}\n  origin {origin}\n  wrote {written}\n");
        Ok(super::run(
            text,
            vec![
                ("vkey", vkey.into()),
                ("origin", origin.into()),
                ("written", vec![written].into()),
            ],
        ))
    }
}
