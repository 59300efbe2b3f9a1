//! Witness and client against each other, and what each of them refuses.

#![allow(clippy::disallowed_methods, reason = "tests look at what was written")]

use super::testing::{Log, NOW, ORIGIN, add, witness, witness_key, witness_verifier};
use super::*;
use crate::envelope::note::{self, Note, NoteSignature, Verifier};
use crate::finding::{Code, Coded};
use crate::key::SignError;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Every file beneath a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            found.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    found
}

fn cosigned_at(text: &[u8], lines: &[u8]) -> Vec<(usize, u64)> {
    let note = note::parse(&[text, b"\n", lines].concat()).unwrap();
    assert_eq!(note.signatures.len(), 1);
    note.cosigned_at(&[witness_verifier()]).unwrap()
}

#[test]
fn a_log_that_grows_is_cosigned() {
    let (folder, log) = (folder(), Log::new(0));
    let witness = witness(&folder.path().join("state"));
    for (old, size) in [(0, 0), (0, 1), (1, 1), (1, 2), (2, 7), (7, 7), (7, 8), (8, 300)] {
        let request = log.request(old, size);
        let cosigned = add(&witness, &request.print()).unwrap();
        assert_eq!((cosigned.origin.as_str(), cosigned.old, cosigned.size), (ORIGIN, old, size));
        assert_eq!(cosigned_at(&request.note.text, &cosigned.lines), [(0, NOW)]);
        let kept: Vec<_> = files(folder.path()).into_values().collect();
        assert_eq!(kept, [request.note.print()]);
    }
}

#[test]
fn what_is_refused_has_its_status_and_changes_nothing() {
    let (folder, log) = (folder(), Log::new(0));
    let witness = witness(folder.path());
    add(&witness, &log.request(0, 5).print()).unwrap();
    let before = files(folder.path());
    let edit = |old, size, change: &dyn Fn(&mut Request)| {
        let mut request = log.request(old, size);
        change(&mut request);
        request
    };
    let signed = |request: &mut Request| {
        request.note = note::parse(&log.signed(&request.head)).unwrap();
    };
    let other = |origin: &str| {
        edit(5, 7, &|request| {
            request.head.origin = origin.into();
            signed(request);
        })
    };
    let told = Some(5);
    let table = [
        (other("example.org/other"), 404, None, Code::Origin),
        (edit(5, 7, &|r| r.note.signatures[0].sig[9] ^= 1), 403, None, Code::BadSignature),
        (edit(5, 7, &|r| r.note.signatures[0].name.push('x')), 403, None, Code::UntrustedKey),
        (edit(8, 7, &|_| ()), 400, None, Code::Malformed),
        (edit(0, 7, &|_| ()), 409, told, Code::Consistency),
        (edit(4, 7, &|_| ()), 409, told, Code::Consistency),
        (edit(6, 7, &|_| ()), 409, told, Code::Consistency),
        (edit(5, 7, &|r| r.proof.clear()), 422, None, Code::Consistency),
        (edit(5, 7, &|r| r.proof[0][0] ^= 1), 422, None, Code::Consistency),
        (edit(5, 7, &|r| r.proof.push([0; 32])), 422, None, Code::Consistency),
        (edit(5, 5, &|r| r.proof.push([0; 32])), 422, None, Code::Consistency),
        (Log::new(9).request(5, 7), 422, None, Code::Consistency),
    ];
    for (number, (request, status, size, code)) in table.into_iter().enumerate() {
        let error = add(&witness, &request.print()).unwrap_err();
        let refusal = error.refusal().unwrap();
        assert_eq!(
            (error.status(), refusal.last_size(), error.code()),
            (status, size, code),
            "{number}: {error}"
        );
        assert_eq!(files(folder.path()), before, "{number}");
    }
    assert_eq!(add(&witness, b"junk").unwrap_err().status(), 400);
    add(&witness, &log.request(5, 7).print()).unwrap();
}

#[test]
fn the_first_checkpoint_needs_no_proof_and_has_none() {
    let folder = folder();
    let state = folder.path().join("state");
    let (witness, log) = (witness(&state), Log::new(0));
    let mut needless = log.request(0, 3);
    needless.proof.push([0; 32]);
    let mut rootless = log.request(0, 0);
    rootless.head.root = [0; 32];
    rootless.note = note::parse(&log.signed(&rootless.head)).unwrap();
    for (request, status) in
        [(needless, 422), (rootless, 422), (log.request(1, 3), 409), (log.request(4, 3), 400)]
    {
        assert_eq!(add(&witness, &request.print()).unwrap_err().status(), status);
        assert!(!state.exists(), "a refused request made a folder");
    }
    assert_eq!(
        add(&witness, &log.request(1, 3).print()).unwrap_err().refusal().unwrap().last_size(),
        Some(0)
    );
    add(&witness, &log.request(0, 3).print()).unwrap();
}

#[test]
fn forks_and_shorter_logs_are_refused_and_kept() {
    let (folder, log, other) = (folder(), Log::new(0), Log::new(9));
    let witness = witness(folder.path());
    add(&witness, &log.request(0, 5).print()).unwrap();
    let state = files(folder.path());
    let table = [
        (other.request(5, 5), 409, Code::Fork),
        (other.request(0, 5), 409, Code::Fork),
        (log.request(0, 4), 409, Code::Rollback),
        (log.request(5, 4), 400, Code::Rollback),
        (log.request(4, 4), 409, Code::Rollback),
    ];
    let mut kept = vec![log.checkpoint(5)];
    for (request, status, code) in table {
        let error = add(&witness, &request.print()).unwrap_err();
        assert_eq!((error.status(), error.code()), (status, code));
        let WitnessError::Conflict { evidence, .. } = error else { panic!("{error}") };
        let bytes: Vec<_> =
            evidence.unwrap().into_iter().map(|path| std::fs::read(path).unwrap()).collect();
        assert_eq!(bytes, [log.checkpoint(5), request.note.print()]);
        kept.push(request.note.print());
        kept.sort();
        kept.dedup();
        let mut now = files(folder.path());
        state.iter().for_each(|(path, bytes)| assert_eq!(now.remove(path).as_ref(), Some(bytes)));
        let mut evidence: Vec<_> = now.into_values().collect();
        evidence.sort();
        assert_eq!(evidence, kept);
    }
    // A forged one is no evidence of anything.
    let mut forged = other.request(5, 5);
    forged.note.signatures[0].sig[0] ^= 1;
    let before = files(folder.path());
    assert_eq!(add(&witness, &forged.print()).unwrap_err().code(), Code::BadSignature);
    assert_eq!(files(folder.path()), before);
}

#[test]
fn evidence_is_bounded_and_the_refusal_stands() {
    let (folder, log) = (folder(), Log::new(0));
    let witness = witness(folder.path());
    add(&witness, &log.request(0, 5).print()).unwrap();
    std::fs::create_dir(folder.path().join("evidence")).unwrap();
    for number in 0..crate::limits::WITNESS_EVIDENCE {
        std::fs::write(folder.path().join(format!("evidence/{number}")), "").unwrap();
    }
    let error = add(&witness, &log.request(0, 4).print()).unwrap_err();
    assert_eq!((error.status(), error.code()), (409, Code::Rollback));
    let WitnessError::Conflict { evidence, .. } = error else { panic!("{error}") };
    assert_eq!(evidence.unwrap_err().code(), Code::Limit);
    let count = std::fs::read_dir(folder.path().join("evidence")).unwrap().count();
    assert_eq!(count, crate::limits::WITNESS_EVIDENCE);
}

#[test]
fn a_damaged_or_missing_memory_is_no_empty_one() {
    let (folder, log) = (folder(), Log::new(0));
    let path = folder.path().join("state");
    let witness = witness(&path);
    add(&witness, &log.request(0, 5).print()).unwrap();
    let (file, bytes) = files(&path).pop_first().unwrap();
    let foreign = String::from_utf8(bytes.clone()).unwrap().replace(ORIGIN, "example.org/lag");
    for damage in [&b""[..], b"junk", &bytes[..bytes.len() - 1], foreign.as_bytes()] {
        std::fs::write(&file, damage).unwrap();
        for request in [log.request(0, 9), log.request(5, 9)] {
            let error = add(&witness, &request.print()).unwrap_err();
            assert!(matches!(error, WitnessError::State(StateError::Damaged { .. })), "{error}");
            assert_eq!((error.status(), error.code()), (500, Code::Malformed));
        }
    }
    std::fs::write(&file, &bytes).unwrap();
    // The same witness, now without its folder; it must not make another.
    std::fs::rename(&path, folder.path().join("away")).unwrap();
    let error = add(&witness, &log.request(0, 9).print()).unwrap_err();
    assert!(matches!(error, WitnessError::State(StateError::Fs { .. })), "{error}");
    assert!(!path.exists());
}

#[test]
fn nothing_is_signed_when_it_cannot_be_remembered_or_dated() {
    let (folder, log) = (folder(), Log::new(0));
    let witness = witness(folder.path());
    let request = log.request(0, 5).print();
    let mut signed = 0;
    let mut sign = |bytes: &[u8]| {
        signed += 1;
        witness_key().sign(bytes)
    };
    let error = witness.add_checkpoint(&request, &|| None, &mut sign).unwrap_err();
    assert!(matches!(error, WitnessError::Clock), "{error}");
    let held = crate::fs::FolderLock::take(folder.path()).unwrap();
    let error = witness.add_checkpoint(&request, &|| Some(NOW), &mut sign).unwrap_err();
    assert_eq!((error.status(), error.code()), (503, Code::Io));
    drop(held);
    assert_eq!(signed, 0);
    // And what is signed is on the disk by then.
    let path = files(folder.path()).into_keys().next().unwrap();
    let mut after = |bytes: &[u8]| {
        assert_eq!(std::fs::read(&path).unwrap(), log.checkpoint(9));
        witness_key().sign(bytes)
    };
    let longer = log.request(5, 9).print();
    witness.add_checkpoint(&longer, &|| Some(NOW), &mut after).unwrap();
    // Another private key than the one of the witness is noticed.
    let request = log.request(9, 9).print();
    let mut wrong = |bytes: &[u8]| log.key.sign(bytes);
    let error = witness.add_checkpoint(&request, &|| Some(NOW), &mut wrong).unwrap_err();
    assert!(matches!(error, WitnessError::Unverified(_)), "{error}");
}

#[test]
fn of_two_conflicting_requests_at_once_one_is_cosigned() {
    for _ in 0..20 {
        let folder = folder();
        let witness = witness(folder.path());
        let requests = [Log::new(0).request(0, 5).print(), Log::new(9).request(0, 5).print()];
        let results = std::thread::scope(|scope| {
            let threads = requests.each_ref().map(|request| scope.spawn(|| add(&witness, request)));
            threads.map(|thread| thread.join().unwrap())
        });
        let good = results.iter().filter(|result| result.is_ok()).count();
        let forks = results
            .iter()
            .filter(|result| result.as_ref().is_err_and(|error| error.code() == Code::Fork));
        assert_eq!((good, forks.count()), (1, 1));
    }
}

#[test]
fn logs_have_keys_of_their_own() {
    let (log, witness) = (Log::new(0), witness_verifier());
    let vkey = log.verifier().vkey();
    let named = format!("go.sum database tree {vkey}");
    let logs = Logs::parse([vkey.as_str(), vkey.as_str(), &named], &witness).unwrap();
    assert_eq!(logs.origins().collect::<Vec<_>>(), [ORIGIN, "go.sum database tree"]);
    assert_eq!(logs.keys(ORIGIN), Some(&[log.verifier()][..]));
    assert_eq!(logs.keys("example.org"), None);
    let own = Verifier::new("example.org/own", witness_key().public().clone()).unwrap().vkey();
    let cosigner = witness.vkey();
    let table = [
        (vec![own.as_str()], Code::WeakKey),
        (vec![&vkey, &own], Code::WeakKey),
        (vec![&cosigner], Code::Malformed),
        (vec!["junk"], Code::Malformed),
        (vec![""], Code::Malformed),
        (vec![], Code::Limit),
    ];
    for (texts, code) in table {
        let error = Logs::parse(texts.iter().copied(), &witness).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
    for origin in [" ", "\t ", "a\u{7} "] {
        let text = format!("{origin}{vkey}");
        let error = Logs::parse([text.as_str()], &witness).unwrap_err();
        assert_eq!(error.code(), Code::Malformed, "{error}");
    }
}

/// Submits to a witness that answers with `answer`, and counts the requests.
fn submitted(
    log: &Log,
    size: u64,
    remembered: u64,
    answer: &mut dyn FnMut(&[u8]) -> Posted,
) -> (Result<Vec<NoteSignature>, SubmitError<SignError, SignError>>, usize) {
    let mut asked = 0;
    let result = submit(
        &log.checkpoint(size),
        remembered,
        &[witness_verifier()],
        &mut |old, new| Ok(log.proof(old, new)),
        &mut |body| {
            asked += 1;
            Ok(answer(body))
        },
    );
    (result, asked)
}

/// The witness as a server would have it.
fn answers(witness: &Witness) -> impl FnMut(&[u8]) -> Posted {
    |body| match add(witness, body) {
        Ok(cosigned) => Posted { status: 200, body: cosigned.lines },
        Err(error) => {
            let size = error.refusal().and_then(Refusal::last_size);
            let text = size.map_or_else(|| error.to_string(), |size| format!("{size}\n"));
            Posted { status: error.status(), body: text.into_bytes() }
        }
    }
}

#[test]
fn a_client_finds_out_where_the_witness_is() {
    let (folder, log) = (folder(), Log::new(0));
    let witness = witness(folder.path());
    for (size, remembered, expected) in
        [(5, 0, 1), (7, 5, 1), (9, 0, 2), (12, 8, 2), (12, 0, 2), (12, 99, 1), (20, 99, 2)]
    {
        let (result, asked) = submitted(&log, size, remembered, &mut answers(&witness));
        assert_eq!((result.unwrap().len(), asked), (1, expected), "{size} after {remembered}");
    }
    let refused = |log: &Log, size| {
        let (result, asked) = submitted(log, size, 20, &mut answers(&witness));
        assert!(asked <= 2);
        result.unwrap_err().code()
    };
    assert_eq!(refused(&log, 19), Code::Rollback);
    assert_eq!(refused(&Log::new(9), 20), Code::Fork);
    assert_eq!(refused(&Log::new(9), 25), Code::Consistency);
}

#[test]
fn a_client_believes_signatures_only() {
    let (folder, log) = (folder(), Log::new(0));
    let good = add(&witness(folder.path()), &log.request(0, 5).print()).unwrap().lines;
    let other = Note {
        text: Vec::new(),
        signatures: vec![NoteSignature { name: "x".into(), key_id: [1; 4], sig: vec![1; 72] }],
    };
    let other = other.print().split_off(1);
    let mut bad = good.clone();
    let at = bad.len() - 10;
    bad[at] ^= 1;
    let blank = [&good[..], b"\n", &good].concat();
    let posted = |status, body: &[u8]| Posted { status, body: body.to_vec() };
    let table = [
        (posted(200, &good), Ok(1)),
        (posted(200, &[other.clone(), good.clone()].concat()), Ok(1)),
        (posted(200, &other), Err(Code::Quorum)),
        (posted(200, &bad), Err(Code::Quorum)),
        (posted(200, &blank), Err(Code::Quorum)),
        (posted(200, b""), Err(Code::Malformed)),
        (posted(200, b"junk\n"), Err(Code::Malformed)),
        (posted(403, b"no"), Err(Code::Quorum)),
        (posted(500, &good), Err(Code::Quorum)),
        (posted(302, b""), Err(Code::Quorum)),
        (posted(422, b"no\x1b[2J"), Err(Code::Consistency)),
        (posted(409, b""), Err(Code::Quorum)),
        (posted(409, b"04\n"), Err(Code::Quorum)),
        (posted(409, b"4"), Err(Code::Quorum)),
        (posted(409, b"4\n"), Err(Code::Quorum)),
        (posted(409, b"5\n"), Err(Code::Fork)),
        (posted(409, b"6\n"), Err(Code::Rollback)),
    ];
    for (answer, expected) in table {
        let (result, asked) = submitted(&log, 5, 0, &mut |_| answer.clone());
        let result = result.map(|lines| lines.len()).map_err(|error| {
            assert!(!error.to_string().contains('\x1b'));
            error.code()
        });
        assert_eq!(result, expected, "{answer:?}");
        assert!(asked <= 2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_bytes_break_a_witness_or_change_its_state(
        junk: Vec<u8>,
        at in 0_usize..500,
        byte: u8,
        cut in 0_usize..500,
    ) {
        let (folder, log) = (folder(), Log::new(0));
        let witness = witness(folder.path());
        add(&witness, &log.request(0, 5).print()).unwrap();
        let before = files(folder.path());
        let good = log.request(5, 9).print();
        let mut edited = good.clone();
        let place = at % good.len();
        edited[place] = byte;
        let cut_off = &good[..cut % good.len()];
        for request in [&junk[..], &edited, cut_off, &[&good[..], &junk].concat()] {
            if request != good {
                prop_assert!(add(&witness, request).is_err());
                prop_assert_eq!(&files(folder.path()), &before);
            }
        }
    }
}
