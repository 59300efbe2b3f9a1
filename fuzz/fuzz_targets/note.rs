//! Signed notes and what is made of them: what is read is printed, and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vidimus::envelope::{checkpoint, evidence, note, tlog_proof};
use vidimus::policy::tlog::TlogPolicy;

fuzz_target!(|data: &[u8]| {
    if let Ok(note) = note::parse(data) {
        assert_eq!(note.print(), data);
    }
    if let Ok(head) = checkpoint::parse(data) {
        assert_eq!(checkpoint::parse(head.print().as_bytes()).ok(), Some(head));
    }
    if let Ok(proof) = tlog_proof::parse(data) {
        assert_eq!(tlog_proof::parse(&proof.print()).ok(), Some(proof));
    }
    if let Ok(evidence) = evidence::parse(data) {
        assert_eq!(evidence::parse(&evidence.print()).ok(), Some(evidence));
    }
    if let Ok(policy) = TlogPolicy::parse(data) {
        for log in &policy.logs {
            let vkey = log.verifier.vkey();
            assert_eq!(note::Verifier::parse(&vkey).as_ref(), Ok(&log.verifier));
        }
    }
});
