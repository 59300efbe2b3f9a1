//! `vidimus witness`, as a server and offline: the published exchanges, and what a hostile log or
//! client would try.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests make their own files and start their own servers"
)]

mod common;

use common::witness::{Answered, Log, NAME, ORIGIN, Served};
use common::{Bench, Outcome, finish, vectors};
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::time::{Duration, Instant};
use vidimus::envelope::note::{self, Verifier};
use vidimus::key;

/// A bench, the log, and a witness of it.
fn scene() -> (Bench, Log, Served) {
    let (bench, log) = (Bench::in_memory(), Log::new(0));
    let served = bench.serve("state", &[&log.verifier().vkey()]);
    (bench, log, served)
}

/// Checks that an answer is a cosignature of the checkpoint, made just now.
fn cosigned(answered: &Answered, checkpoint: &[u8], vkey: &str) {
    assert_eq!(answered.status, 200, "{answered:?}");
    let whole = [checkpoint, answered.body.as_bytes()].concat();
    let note = note::parse(&whole).unwrap();
    let times = note.cosigned_at(&[Verifier::parse(vkey).unwrap()]).unwrap();
    let [(0, time)] = times[..] else { panic!("{times:?}") };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!(now.as_secs().abs_diff(time) < 120, "{time}");
}

fn size(answered: &Answered) -> (u16, &str, &str) {
    (answered.status, &answered.content_type, &answered.body)
}

/// The requests of a file of exchanges, with the status and body that are asserted.
fn exchanges(file: &str) -> Vec<(String, String, Option<String>)> {
    let parts = file.split("\nPOST ").skip(1).map(|exchange| {
        let [_, request, answer] = exchange.split("```").collect::<Vec<_>>().try_into().unwrap();
        let status = answer.split("HTTP ").nth(1).unwrap().lines().next().unwrap();
        let body = answer.split("body == \"").nth(1).map(|rest| rest.split('"').next().unwrap());
        let body = body.map(|text| text.replace("\\n", "\n"));
        (request.trim_start_matches('\n').to_owned(), status.to_owned(), body)
    });
    parts.collect()
}

#[test]
fn the_published_exchanges_go_as_they_should() {
    let Some(vectors) = vectors() else { return };
    let read = |name: &str| std::fs::read_to_string(vectors.join("c2sp").join(name)).unwrap();
    let sigsum =
        "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
    let hex = "ed25519:ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f";
    let key = key::parse_public(hex.as_bytes()).unwrap().remove(0).key;
    let sigsum = Verifier::new(sigsum, key).unwrap().vkey();
    let sumdb =
        "go.sum database tree sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    let bench = Bench::in_memory();
    let served = bench.serve("state", &[&sigsum, sumdb]);
    let mut played = 0;
    for name in ["litewitness-exchanges.txt", "sumdb-exchanges.txt"] {
        for (request, status, body) in exchanges(&read(name)) {
            let answered = served.ask(request.as_bytes());
            // The file's implementation says 403 to a log that it does not know, the
            // specification 404. And a signature with stray bits in its base64, which it takes
            // for a bad one, is not even a note here.
            let expected = match status.as_str() {
                "403" if request.contains("9e563\n") => 404,
                "403" if request.contains("WVrx6gx=") => 400,
                other => other.parse().unwrap(),
            };
            assert_eq!(answered.status, expected, "{request}: {answered:?}");
            if let Some(body) = body {
                assert_eq!(size(&answered), (409, "text/x.tlog.size", &*body));
            }
            if expected == 200 {
                let checkpoint = request.split_once("\n\n").unwrap().1;
                cosigned(&answered, checkpoint.as_bytes(), &served.vkey);
            }
            played += 1;
        }
    }
    assert_eq!(played, 10);
}

#[test]
fn a_log_is_witnessed_as_long_as_it_grows() {
    let (bench, log, served) = scene();
    for (old, new) in [(0, 3), (3, 3), (3, 9), (9, 700)] {
        let answered = served.ask(&log.request(old, new));
        cosigned(&answered, &log.checkpoint(new), &served.vkey);
    }
    let stale = served.ask(&log.request(9, 800));
    assert_eq!(size(&stale), (409, "text/x.tlog.size", "700\n"));
    let forked = served.ask(&Log::new(1).request(700, 700));
    assert_eq!(size(&forked), (409, "text/x.tlog.size", "700\n"));
    assert_eq!(served.ask(&Log::new(1).request(700, 800)).status, 422);
    cosigned(&served.ask(&log.request(700, 800)), &log.checkpoint(800), &served.vkey);
    let said = bench.text("w1.log");
    let lines: Vec<&str> = said.lines().filter(|line| line.contains("POST")).collect();
    assert_eq!(lines.len(), 8, "{said}");
    for part in ["POST 200 example.org/log 3 -> 9", "POST 409 fork: ", "POST 422 consistency: "] {
        assert!(lines.iter().any(|line| line.contains(part)), "{part}: {said}");
    }
}

#[test]
fn malformed_huge_and_foreign_requests_are_refused() {
    let (bench, log, served) = scene();
    cosigned(&served.ask(&log.request(0, 5)), &log.checkpoint(5), &served.vkey);
    let before = bench.tree("state");
    let good = String::from_utf8(log.request(5, 7)).unwrap();
    let long = format!("{good}{}", "x".repeat(256 << 10));
    let proof = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".repeat(64);
    let table = [
        (String::new(), 400),
        ("old 5\n".into(), 400),
        (good.replace("old 5", "old 05"), 400),
        (good.replace("old 5", "old 8"), 400),
        (good.replace('\n', "\r\n"), 400),
        (good.replace("old 5\n", &format!("old 5\n{proof}")), 400),
        (good.replace("\u{2014} ", "\u{2014} \u{1b}[2J"), 400),
        (format!("{good}\n"), 400),
        (good.replace(&format!("\n{ORIGIN}\n"), "\nexample.org/other\n"), 404),
        (good.replace(&format!("\u{2014} {ORIGIN}"), "\u{2014} example.org/other"), 403),
        (good.replace(&format!("{ORIGIN}\n7\n"), &format!("{ORIGIN}\n8\n")), 403),
        (long, 413),
    ];
    for (body, status) in table {
        let answered = served.ask(body.as_bytes());
        assert_eq!(answered.status, status, "{body:.300}: {answered:?}");
        assert!(answered.body.trim_end().chars().all(|c| !c.is_control()), "{answered:?}");
        assert_eq!(bench.tree("state"), before, "{body:.300}");
    }
    let head = |first: &str| format!("{first} HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    let table = [
        (head("POST /"), 404),
        (head("POST /add-checkpoint/"), 404),
        (head("POST /add-checkpoint?x"), 404),
        (head("GET /add-checkpoint"), 405),
        ("POST /add-checkpoint HTTP/1.1\r\n\r\n".into(), 411),
        ("\u{16}\u{3}\u{1} a greeting of TLS\r\n\r\n".into(), 400),
    ];
    for (request, status) in table {
        assert_eq!(served.raw(request.as_bytes()).status, status, "{request}");
    }
    cosigned(&served.ask(good.as_bytes()), &log.checkpoint(7), &served.vkey);
    assert!(!bench.text("w1.log").contains(['\u{1b}', '\r']));
}

#[test]
fn slow_clients_hold_up_nobody() {
    let (_bench, log, served) = scene();
    let slow: Vec<TcpStream> = (0..10)
        .map(|_| {
            let mut stream = TcpStream::connect(served.address).unwrap();
            stream
                .write_all(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 999\r\n\r\nold")
                .unwrap();
            stream
        })
        .collect();
    let begin = Instant::now();
    cosigned(&served.ask(&log.request(0, 5)), &log.checkpoint(5), &served.vkey);
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    drop(slow);
}

#[test]
fn of_two_conflicting_checkpoints_at_once_one_is_cosigned() {
    let (bench, logs) = (Bench::in_memory(), [Log::new(0).verifier().vkey()]);
    for round in 0..10 {
        let served = &bench.serve(&format!("state{round}"), &[&logs[0]]);
        let answers = std::thread::scope(|scope| {
            let threads = [0, 1].map(|world| {
                scope.spawn(move || served.ask(&Log::new(world).request(0, 40)).status)
            });
            threads.map(|thread| thread.join().unwrap())
        });
        let mut sorted = answers;
        sorted.sort_unstable();
        assert_eq!(sorted, [200, 409], "round {round}");
    }
}

#[test]
fn what_was_answered_survives_a_kill() {
    let (bench, log) = (Bench::in_memory(), Log::new(0));
    let logs = [log.verifier().vkey()];
    let mut last = 0;
    for size in [5, 6, 20] {
        let mut served = bench.serve("state", &[&logs[0]]);
        cosigned(&served.ask(&log.request(last, size)), &log.checkpoint(size), &served.vkey);
        served.kill();
        last = size;
        let again = bench.serve("state", &[&logs[0]]);
        let fork = again.ask(&Log::new(1).request(size, size));
        assert_eq!(fork.body, format!("{size}\n"));
        let other = again.ask(&Log::new(1).request(0, size + 1));
        assert_eq!((other.status, other.body), (409, format!("{size}\n")));
    }
    // Asked to end, it ends.
    let mut served = bench.serve("state", &[&logs[0]]);
    rustix::process::kill_process(served.pid(), rustix::process::Signal::TERM).unwrap();
    assert!(served.end().contains("SIGTERM"), "ended by the signal itself");
}

/// `vidimus witness sign REQUEST` and more arguments.
fn sign(bench: &Bench, request: &str, more: &[&str]) -> Outcome {
    let vkey = Log::new(0).verifier().vkey();
    let key = bench.witness_key();
    let sign = ["witness", "sign", request, "--key", key, "--name", NAME, "--log", &vkey];
    bench.json_in("", &[&sign[..], &["--state", "state", "--new-state"], more].concat())
}

#[test]
fn offline_the_same_is_judged_with_codes_and_exits() {
    let (bench, log) = (Bench::in_memory(), Log::new(0));
    let write = |name: &str, bytes: Vec<u8>| bench.write(name, bytes);
    write("first", log.request(0, 5));
    write("again", log.request(5, 5));
    write("next", log.request(5, 7));
    write("fork", Log::new(1).request(7, 7));
    write("shorter", log.request(5, 6));
    write("stale", log.request(5, 9));
    write("other", Log::new(1).request(7, 9));
    write("junk", b"junk".to_vec());
    let text = String::from_utf8(log.request(7, 9)).unwrap();
    write("unknown", text.replace(&format!("\n{ORIGIN}\n"), "\nexample.org/x\n").into_bytes());
    write("forged", text.replace("\n9\n", "\n10\n").into_bytes());
    sign(&bench, "other", &[]).expect(14, &["consistency"]);
    assert!(!bench.path("state").exists(), "a refused request made a folder");
    for (name, old, new) in [("first", 0, 5), ("again", 5, 5), ("next", 5, 7)] {
        let outcome = sign(&bench, name, &[]);
        outcome.expect(0, &[]);
        assert_eq!(
            outcome.json["log"],
            serde_json::json!({"origin": ORIGIN, "old": old, "size": new})
        );
    }
    for (name, exit, code) in [
        ("fork", 15, "fork"),
        ("shorter", 15, "rollback"),
        ("stale", 14, "consistency"),
        ("other", 14, "consistency"),
        ("unknown", 10, "origin"),
        ("forged", 10, "bad-signature"),
        ("junk", 3, "malformed"),
        ("none", 4, "io"),
    ] {
        let outcome = sign(&bench, name, &["--out", "lines"]);
        outcome.expect(exit, &[code]);
        let finding = outcome.finding(code);
        if exit != 15 {
            continue;
        }
        assert_eq!(finding["path"], name);
        let kept = |which: &str| {
            let path = finding[which].as_str().unwrap_or_else(|| panic!("{finding}"));
            assert!(path.starts_with("state/evidence/"), "{path}");
            bench.read(path)
        };
        assert_eq!(kept("cosigned"), log.checkpoint(7));
        assert!(bench.read(name).ends_with(&kept("refused")));
    }
    assert!(!bench.path("lines").exists(), "a refused request left lines");
}

#[test]
fn offline_lines_go_where_they_are_wanted() {
    let (bench, log) = (Bench::in_memory(), Log::new(0));
    bench.write("request", log.request(0, 5));
    let key = bench.witness_key();
    let vkey = bench.run_in("", &["witness", "key", "--key", key, "--name", NAME]).ok().stdout;
    let vkey = vkey.trim();
    let good = |body: String| {
        let answered = Answered { status: 200, content_type: String::new(), body };
        cosigned(&answered, &log.checkpoint(5), vkey);
    };
    sign(&bench, "request", &["--out", "lines"]).expect(0, &[]);
    good(bench.text("lines"));
    let log_key = log.verifier().vkey();
    let arguments = [
        "witness", "sign", "-", "--key", key, "--name", NAME, "--log", &log_key, "--state", "state",
    ];
    let mut command = bench.command("", &arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&log.request(5, 5)).unwrap();
    let output = child.wait_with_output().unwrap();
    good(String::from_utf8(output.stdout).unwrap());
    // And a server that takes over the state knows what was done offline.
    let served = bench.serve("state", &[&log_key]);
    assert_eq!(served.vkey, vkey);
    assert_eq!(served.ask(&log.request(0, 9)).body, "5\n");
    assert_eq!(served.ask(&log.request(5, 9)).status, 200);
    sign(&bench, "request", &[]).expect(15, &["rollback"]);
}

#[test]
fn a_key_has_one_role_and_a_name_that_notes_can_have() {
    let bench = Bench::in_memory();
    let key = bench.witness_key();
    let public = bench.public("w1");
    let public = key::parse_public(public.as_bytes()).unwrap().remove(0).key;
    let own = Verifier::new("example.org/own", public).unwrap().vkey();
    let vkey = bench.run_in("", &["witness", "key", "--key", key, "--name", NAME]).ok().stdout;
    bench.write("request", Log::new(0).request(0, 5));
    let sign = |name: &str, log: &str| {
        let arguments = ["witness", "sign", "request", "--key", key, "--name", name, "--log", log];
        bench.json_in("", &[&arguments[..], &["--state", "state", "--new-state"]].concat())
    };
    let log = Log::new(0).verifier().vkey();
    sign(NAME, &own).expect(3, &["weak-key"]);
    sign(NAME, vkey.trim()).expect(3, &["malformed"]);
    sign(NAME, "nonsense").expect(3, &["malformed"]);
    sign("a b", &log).expect(3, &["malformed"]);
    sign("", &log).expect(3, &["malformed"]);
    sign(NAME, &log).expect(0, &[]);
    let serve = ["witness", "serve", "--key", key, "--name", NAME, "--log", &own, "--state", "s"];
    bench.json_in("", &serve).expect(3, &["weak-key"]);
    assert!(!bench.path("s").exists());
}

#[test]
fn two_witnesses_cannot_listen_at_one_address() {
    let (bench, log, served) = scene();
    let (address, vkey) = (served.address.to_string(), log.verifier().vkey());
    let key = bench.witness_key();
    let serve = ["witness", "serve", "--key", key, "--name", NAME, "--log", &vkey];
    let output = finish(&mut bench.command(
        "",
        &[&serve[..], &["--state", "t", "--listen", &address, "--format=json"]].concat(),
    ));
    Outcome::of(&output).expect(4, &["io"]);
    assert!(!bench.path("t").exists());
}

#[test]
fn others_read_a_cosigned_checkpoint() {
    use signed_note::{Note, StandardVerifier, VerifierList};
    let (_bench, log, served) = scene();
    let answered = served.ask(&log.request(0, 5));
    let whole = [log.checkpoint(5), answered.body.into_bytes()].concat();
    let note = Note::from_bytes(&whole).expect("a note");
    let vkey = log.verifier().vkey();
    let known = StandardVerifier::new(&vkey).expect("a key");
    let (verified, unknown) =
        note.verify(&VerifierList::new(vec![Box::new(known)])).expect("verified");
    assert_eq!(verified.len(), 1);
    assert_eq!(unknown.iter().map(signed_note::Signature::name).collect::<Vec<_>>(), [NAME]);
    assert_eq!(unknown[0].signature().len(), 72);
}

/// The archive `a` with a log of its one signature, and the vkey of the log.
fn archive_with_log() -> (Bench, String) {
    let bench = Bench::archive();
    bench.keygen("log");
    let made = bench.run_in("a", &["log", "init", "--key", "../keyring/log.key.pem"]).ok();
    let vkey =
        made.stdout.split_whitespace().find(|word| word.starts_with("example.org/test/log+"));
    let vkey = vkey.unwrap_or_else(|| panic!("no key in {}", made.stdout)).to_owned();
    bench.run_in("a", &["log", "append"]).ok();
    (bench, vkey)
}

/// `vidimus log checkpoint` with more arguments, where every proxy that programs take from the
/// environment leads nowhere.
fn checkpoint(bench: &Bench, more: &[&str]) -> Outcome {
    let arguments = [&["log", "checkpoint", "--format=json"], more].concat();
    let mut command = bench.command("a", &arguments);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    {
        command.env(name, "http://127.0.0.1:1");
    }
    Outcome::of(&finish(&mut command))
}

#[test]
fn a_log_is_cosigned_by_two_witnesses_and_a_fork_by_none() {
    let (bench, log) = archive_with_log();
    let (one, two) =
        (bench.serve("w1", &[&log]), bench.serve_as("w2", "other.example/w2", &[&log]));
    let urls = [&one, &two].map(|served| format!("http://{}", served.address));
    let key = ["--key", "../keyring/log.key.pem"];
    let ask = [
        "--witness",
        &urls[0],
        "--witness",
        &urls[1],
        "--witness-key",
        &one.vkey,
        "--witness-key",
        &two.vkey,
    ];
    let outcome = checkpoint(&bench, &[&key[..], &ask].concat());
    outcome.expect(0, &[]);
    assert_eq!(outcome.json["cosignatures_added"], 2);
    let note = note::parse(&bench.read("a/manifests/log/checkpoint")).unwrap();
    let keys = [&log, &one.vkey, &two.vkey].map(|vkey| Verifier::parse(vkey).unwrap());
    assert_eq!(note.verified_by(&keys), Ok(vec![0, 1, 2]));
    // A second time there is nothing to add; and one witness that is away is no harm to the other.
    checkpoint(&bench, &ask).expect(0, &[]);
    let gone = "http://127.0.0.1:1";
    let away =
        checkpoint(&bench, &["--witness", gone, "--witness", &urls[0], "--witness-key", &one.vkey]);
    away.expect(4, &["io"]);
    assert_eq!(away.finding("io")["witness"], gone);
    // A witness that signs with a key which nobody asked for.
    let other = checkpoint(&bench, &["--witness", &urls[1], "--witness-key", &one.vkey]);
    other.expect(14, &["quorum"]);
    let not = checkpoint(&bench, &["--witness", "ftp://x/", "--witness-key", &one.vkey]);
    not.expect(3, &["malformed"]);
    // The log is made anew, with the same key: what was cosigned does not fit any more.
    std::fs::remove_dir_all(bench.path("a/manifests/log")).unwrap();
    bench.write("a/seeds/000.txt", "another\n");
    bench.run_in("a", &["sign", "--key", common::PRESS]).ok();
    bench.run_in("a", &["log", "init", "--key", "../keyring/log.key.pem"]).ok();
    bench.run_in("a", &["log", "append"]).ok();
    let fork = checkpoint(&bench, &[&key[..], &ask].concat());
    fork.expect(15, &["fork"]);
    assert!(bench.text("w1.log").contains("fork: "), "{}", bench.text("w1.log"));
    let evidence = bench
        .tree("w1")
        .into_iter()
        .filter(|(path, _)| path.starts_with(bench.path("w1/evidence")));
    let kept: Vec<Vec<u8>> =
        evidence.map(|(_, bytes)| bytes).filter(|bytes| bytes != b"(folder)").collect();
    let sizes = kept.iter().map(|bytes| {
        let note = note::parse(bytes).unwrap();
        note.verified_by(&keys[..1]).unwrap();
        vidimus::envelope::checkpoint::parse(&note.text).unwrap().size
    });
    assert_eq!(sizes.collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_witness_without_its_memory_signs_nothing() {
    let (bench, log) = (Bench::in_memory(), Log::new(0));
    bench.write("first", log.request(0, 5));
    bench.write("fork", Log::new(1).request(0, 7));
    sign(&bench, "first", &[]).expect(0, &[]);
    let (key, vkey) = (bench.witness_key(), log.verifier().vkey());
    let with = |state: &str, more: &[&str]| {
        let identity = ["witness", "sign", "fork", "--key", key, "--name", NAME, "--log", &vkey];
        bench.json_in("", &[&identity[..], &["--state", state], more].concat())
    };
    // The name of the folder is mistyped, or its disk is not there.
    symlink(bench.path("nowhere/volume"), bench.path("dangling")).unwrap();
    for state in ["stat", "dangling"] {
        with(state, &[]).expect(2, &["usage"]);
    }
    with("dangling", &["--new-state"]).expect(3, &["not-regular"]);
    assert!(!bench.path("stat").exists() && !bench.path("nowhere").exists());
    with("state", &[]).expect(14, &["consistency"]);
    // What was remembered of this log lay behind a link that leads nowhere now.
    let file = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().path();
    let mut files = std::fs::read_dir(bench.path("state")).unwrap().map(file);
    let memory = files.find(|path| path.extension().is_some_and(|end| end == "checkpoint"));
    let memory = memory.unwrap();
    std::fs::rename(&memory, bench.path("kept")).unwrap();
    symlink(bench.path("nowhere/file"), &memory).unwrap();
    with("state", &[]).expect(4, &["io"]);
    std::fs::remove_file(&memory).unwrap();
    std::fs::rename(bench.path("kept"), &memory).unwrap();
    with("state", &[]).expect(14, &["consistency"]);
}
