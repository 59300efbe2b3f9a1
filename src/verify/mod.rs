//! The reading side: one file a check. Everything a run finds goes into an
//! [`Outcome`](crate::finding::Outcome); an `Err` here never stands for a verdict.

#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod archive;
mod bag;
mod beside;
mod checkpoint;
mod collection;
mod content;
mod detached;
mod evidence;
mod files;
mod foreign;
mod history;
mod judge;
mod list;
mod log;
mod memory;
mod moved;
mod not_checked;
mod policy;
mod proofs;
mod release;
mod rot;
mod settled;
mod signers;
mod single;
mod statement;
mod verified;

pub use archive::{Archive, PolicySource, Recall};
pub use bag::check_bag;
pub use detached::{Detached, verify_detached};
pub use list::check_list;
pub use memory::Learned;
pub use release::{Release, verify_release};
pub use rot::{bit_rot, bit_rot_of};
pub use single::Single;
pub use verified::Verified;
