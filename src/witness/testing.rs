//! A log and a witness for tests.

use super::{Cosigned, Logs, Request, State, Witness, WitnessError};
use crate::envelope::checkpoint::{self, Checkpoint};
use crate::envelope::note::{self, Verifier};
use crate::key::{SignError, SigningKey};
use crate::merkle::{self, Hash, TreeHasher};
use std::convert::Infallible;
use std::path::Path;

pub(super) const ORIGIN: &str = "example.org/log";
/// The time that the clock of these tests shows.
pub(super) const NOW: u64 = 1_800_000_000;

/// A log; two of different `world` have no entry in common.
pub(super) struct Log {
    pub(super) key: SigningKey,
    world: u8,
}

impl Log {
    pub(super) fn new(world: u8) -> Self {
        Self { key: SigningKey::from_seed(&[1; 32]), world }
    }

    pub(super) fn verifier(&self) -> Verifier {
        Verifier::new(ORIGIN, self.key.public().clone()).unwrap()
    }

    fn entry(&self, index: u64) -> Vec<u8> {
        [&[self.world][..], &index.to_be_bytes()].concat()
    }

    fn subtree(&self, level: u32, index: u64) -> Hash {
        let mut tree = TreeHasher::new();
        let width = 1 << level;
        (index * width..(index + 1) * width).for_each(|leaf| tree.push_leaf(&self.entry(leaf)));
        tree.root()
    }

    pub(super) fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        let mut subtree = |level, index| Ok::<_, Infallible>(self.subtree(level, index));
        merkle::prove_consistency(old, new, &mut subtree).unwrap()
    }

    pub(super) fn head(&self, size: u64) -> Checkpoint {
        let mut tree = TreeHasher::new();
        (0..size).for_each(|leaf| tree.push_leaf(&self.entry(leaf)));
        Checkpoint { origin: ORIGIN.into(), size, root: tree.root(), extensions: Vec::new() }
    }

    pub(super) fn signed(&self, head: &Checkpoint) -> Vec<u8> {
        let mut sign = |bytes: &[u8]| self.key.sign(bytes);
        note::sign(head.print().as_bytes(), &self.verifier(), &mut sign).unwrap().print()
    }

    pub(super) fn checkpoint(&self, size: u64) -> Vec<u8> {
        self.signed(&self.head(size))
    }

    /// The request to cosign `size` after `old`, as a client makes it.
    pub(super) fn request(&self, old: u64, size: u64) -> Request {
        let note = note::parse(&self.checkpoint(size)).unwrap();
        let head = checkpoint::parse(&note.text).unwrap();
        let proof = if (1..size).contains(&old) { self.proof(old, size) } else { Vec::new() };
        Request { old, proof, note, head }
    }
}

pub(super) fn witness_key() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

pub(super) fn witness_verifier() -> Verifier {
    Verifier::cosigner("witness.example/w", witness_key().public().clone()).unwrap()
}

/// The witness of `ORIGIN` with its state in `folder`.
pub(super) fn witness(folder: &Path) -> Witness {
    let vkey = Log::new(0).verifier().vkey();
    let logs = Logs::parse([vkey.as_str()], &witness_verifier()).unwrap();
    Witness::new(witness_verifier(), logs, State::open(folder).unwrap())
}

pub(super) fn add(witness: &Witness, request: &[u8]) -> Result<Cosigned, WitnessError<SignError>> {
    witness.add_checkpoint(request, &|| Some(NOW), &mut |bytes| witness_key().sign(bytes))
}
