//! Sockets: the only place that opens one, to ask a server that a command names by its URL, and
//! to listen where a command is told to.
//!
//! Nothing decides here but the arguments: no proxy, certificate store or other setting is taken
//! from the environment. What comes over a socket is bounded in size and time, and is not
//! believed: whatever needs to be authentic carries its own signature.
//!
//! Not promised: that anybody is kept from seeing whom a command talks to, or what it sends.

#![allow(clippy::disallowed_methods, reason = "this is the module that all others must go through")]
#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod client;
mod error;
mod head;
mod server;

pub use client::{Bounds, Response, post, post_with_roots};
pub use error::NetError;
pub use server::{Answer, Call, Listener};
