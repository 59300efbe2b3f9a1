//! Witnesses (C2SP, tlog-witness): who signs that a log only ever grew.
//!
//! A witness remembers the last checkpoint of each log that it cosigned, and cosigns another only
//! when a proof shows that the new tree continues the old one. So two checkpoints of one log that
//! contradict each other never both have its signature. What shows that a log did sign two such,
//! or a shorter one later, is kept as evidence.
//!
//! Not promised: that the log's entries are true, or seen by anybody; and a witness whose state is
//! lost or set back knows no more of the past than a new one. Sockets, the clock and the private
//! key stay with the caller.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod cosign;
mod judge;
mod logs;
mod request;
mod state;
mod submit;

pub use cosign::{Cosigned, Witness, WitnessError};
pub use judge::{Refusal, authentic, continues};
pub use logs::{LogError, Logs};
pub use request::{Request, RequestError};
pub use state::{Last, State, StateError};
pub use submit::{Posted, SubmitError, submit};

/// The path below the URL of a witness at which it takes checkpoints.
pub const ADD_CHECKPOINT: &str = "/add-checkpoint";
/// The content type of a tree size, which a witness tells a client whose idea of it is wrong.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
