//! Vidimus proves that documents are the ones that were signed, by whom, and says what changed.
//!
//! A module uses only what stands below it; `ARCHITECTURE.md` has the map and `tests/layers.rs`
//! checks it. The library never prints, prompts, exits, or asks the clock or the environment.

pub mod codec;
pub mod compare;
pub mod digest;
pub mod envelope;
pub mod finding;
pub mod fs;
pub mod key;
pub mod limits;
pub mod log;
pub mod manifest;
pub mod merkle;
pub mod net;
pub mod path;
pub mod policy;
pub mod report;
pub mod seal;
pub mod signature;
pub mod state;
pub mod text;
pub mod time;
pub mod timestamp;
pub mod tree;
pub mod verify;
pub mod witness;
