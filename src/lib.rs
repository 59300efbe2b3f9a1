//! Vidimus proves that documents are the ones that were signed, by whom, and says what changed.
//!
//! A module uses only what stands below it; `ARCHITECTURE.md` has the map and `tests/layers.rs`
//! checks it. The library never prints, prompts, exits, or asks the clock or the environment.

pub mod codec;
pub mod digest;
pub mod finding;
pub mod key;
pub mod limits;
pub mod path;
pub mod time;
