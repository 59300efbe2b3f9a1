//! Which logs and witnesses count, and how many of the witnesses (C2SP, tlog-policy).
//!
//! Reading, and the arithmetic of the quorum. Whether anybody signed anything is decided by
//! whoever calls. Narrower than the specification in three places: names and URLs are UTF-8, one
//! key is a log or a witness and not both, and there is a bound on how many there are.

mod error;
mod read;

pub use error::{TlogPolicyError, TlogProblem};

use crate::envelope::note::Verifier;
use std::collections::BTreeSet;

/// A policy that loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogPolicy {
    /// The logs, each of which is accepted; their names are the origins of their checkpoints.
    pub logs: Vec<TlogLog>,
    /// The witnesses, whether the quorum needs them or not.
    pub witnesses: Vec<TlogWitness>,
    groups: Vec<Group>,
    quorum: Option<Member>,
}

/// A log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogLog {
    /// The key that signs its checkpoints.
    pub verifier: Verifier,
    /// Where it is, for whoever wants to talk to it.
    pub url: Option<String>,
}

/// A witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogWitness {
    /// Its name in this policy, which is not the name of its key.
    pub name: String,
    /// The key that cosigns.
    pub verifier: Verifier,
    /// Where it is, for whoever wants to talk to it.
    pub url: Option<String>,
}

/// A number of members of which some must have cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    /// How many, from 1 to the number of members.
    threshold: usize,
    /// Witnesses, and groups that stand before this one.
    members: Vec<Member>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    /// The place of a witness.
    Witness(usize),
    /// The place of a group.
    Group(usize),
}

impl TlogPolicy {
    /// Reads a policy that fills `text` completely.
    ///
    /// # Errors
    /// [`TlogPolicyError`], the first reason found, with its line.
    pub fn parse(text: &[u8]) -> Result<Self, TlogPolicyError> {
        read::policy(text)
    }

    /// Whether witnesses are needed at all; they are not with `quorum none`.
    pub fn has_quorum(&self) -> bool {
        self.quorum.is_some()
    }

    /// Whether the quorum is met when the witnesses in these places have cosigned.
    pub fn quorum_met(&self, present: &BTreeSet<usize>) -> bool {
        let seen: Vec<(usize, u64)> = present.iter().map(|&place| (place, 0)).collect();
        !self.has_quorum() || self.quorum_time(&seen).is_some()
    }

    /// The Unix time by which the quorum was met: places of witnesses and the times at which they
    /// cosigned, of which each witness's earliest counts. Of a group that needs k members it is
    /// the k-th of their times. Nothing when it was not met, and when none is needed.
    pub fn quorum_time(&self, seen: &[(usize, u64)]) -> Option<u64> {
        let of_witness =
            |place: usize| seen.iter().filter(|(at, _)| *at == place).map(|(_, time)| *time).min();
        let mut groups: Vec<Option<u64>> = Vec::new();
        let time = |member: Member, groups: &[Option<u64>]| match member {
            Member::Witness(place) => of_witness(place),
            Member::Group(place) => groups.get(place).copied().flatten(),
        };
        // A group's members stand before it, so one pass is enough and nothing recurses.
        for group in &self.groups {
            let mut times: Vec<u64> =
                group.members.iter().filter_map(|member| time(*member, &groups)).collect();
            times.sort_unstable();
            groups.push(group.threshold.checked_sub(1).and_then(|k| times.get(k).copied()));
        }
        time(self.quorum?, &groups)
    }
}

#[cfg(test)]
mod tests;
