//! `vidimus log append`: the records of the archive's present signatures.

use super::Place;
use crate::cli::Result;
use clap::Args;
use std::ffi::OsString;
use vidimus::report::escape;
use vidimus::seal;

/// Append the archive's present signatures to its log
///
/// One record for each bundle of the collections (default: all); one that is in the log already
/// keeps its place. Nothing is published before vidimus log checkpoint.
#[derive(Args)]
#[command(after_help = "Example:\n  vidimus log append seeds")]
pub(super) struct Append {
    /// The collections
    #[arg(value_name = "COLLECTION")]
    collections: Vec<OsString>,
    #[command(flatten)]
    place: Place,
}

impl Append {
    pub(super) fn run(&self) -> Result {
        let archive = self.place.open()?;
        archive.log()?;
        let collections = archive.collections(&self.collections)?;
        let logged =
            seal::append_to_log(&archive.path, &archive.root, &archive.policy, &collections)?;
        let logged = logged.unwrap_or_default();
        let mut text = String::new();
        let mut entries = Vec::new();
        for (bundle, index) in &logged {
            text.push_str(&format!("{index}  {}\n", escape::path(bundle.path.as_bytes())));
            entries.push(serde_json::json!({ "bundle": bundle.path, "index": index }));
        }
        text.push_str("vidimus log checkpoint publishes what is not published yet\n");
        Ok(super::run(text, vec![("entries", entries.into())]))
    }
}
