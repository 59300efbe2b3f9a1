//! `vidimus stamp renew`: timestamps over timestamps, before those grow old (after RFC 4998).

use super::super::Result;
use super::super::context::Context;
use super::make::{What, refused};
use super::source::{Source, Stamping};
use clap::Args;
use vidimus::seal;

/// Stamp existing timestamps anew
///
/// A timestamp is as good as its algorithms and its authority's key. A newer one over it proves
/// that it existed while they were still good. Renewals go into SHA256SUMS.evidence.json; ask
/// another authority than the one whose timestamp is renewed.
#[derive(Args)]
#[command(after_help = "Example:\n  vidimus stamp renew --tsa https://tsa.example.org/")]
pub(crate) struct Renew {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    source: Source,
    /// Which timestamp of each bundle, from 1 (default: all of them)
    #[arg(long, value_name = "N")]
    nth: Option<usize>,
}

impl Renew {
    pub(super) fn run(&self, context: &Context) -> Result {
        let found = self.what.find()?;
        let mut targets = Vec::new();
        for (folder, bundle) in &found.bundles {
            let found = seal::renewable(folder, bundle)
                .map_err(|error| vec![refused(&error, &folder.join(bundle))])?;
            let wanted = |place: usize| self.nth.is_none_or(|nth| nth == place);
            targets
                .extend((1..).zip(found).filter(|(place, _)| wanted(*place)).map(|(_, one)| one));
        }
        Stamping { source: &self.source, roots: found.roots, left: Vec::new(), word: "renewed" }
            .run(targets, context)
    }
}
