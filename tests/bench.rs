//! `bench/peers.sh` on trees of a few files: it runs, its results are whole and name nothing of this
//! machine, and the arithmetic of its tables is right. No time is judged here.

#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests make and read their own files"
)]

mod common;

use common::{Bench, say};
use serde_json::{Value, json};
use std::process::{Command, Output};
use vidimus::digest::Kernel;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const TOOLS: [&str; 8] =
    ["bash", "python3", "hyperfine", "openssl", "rhash", "b3sum", "sha256sum", "hashdeep"];

fn is_here(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}

/// Whether all are here; says which is not.
fn are_here(tools: &[&str]) -> bool {
    match tools.iter().find(|tool| !is_here(tool)) {
        Some(tool) => say(&format!("bench: not run, {tool} is not here")),
        None => return true,
    }
    false
}

fn python(script: &str, arguments: &[&str]) -> Output {
    let script = format!("{ROOT}/bench/peers/{script}");
    Command::new("python3").arg("-B").arg(script).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn is_of(row: &Value, kind: &str, program: &str) -> bool {
    row["kind"] == kind && row["program"] == program
}

/// The rows of a tree, each run twice without a failure.
fn rows(bench: &Bench, tree: &str) -> Vec<Value> {
    let bytes = bench.read(&format!("results/{tree}-cached.json"));
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    let rows = document["rows"].as_array().unwrap().clone();
    for row in &rows {
        let runs = row["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 2, "{row}");
        assert!(runs.iter().all(|run| run["exit_codes"] == json!([0])), "{row}");
    }
    rows
}

#[test]
fn the_script_measures_every_program_that_is_here() {
    if !are_here(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    let output = Command::new("bash")
        .arg(format!("{ROOT}/bench/peers.sh"))
        .args(["--quick", "--trees", "start,small", "--without", "bagit.py,model_signing"])
        .arg("--results")
        .arg(bench.path("results"))
        .env("VIDIMUS", env!("CARGO_BIN_EXE_vidimus"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    for tree in ["start", "small"] {
        let rows = rows(&bench, tree);
        let has = |kind, program| rows.iter().any(|row| is_of(row, kind, program));
        assert!(has("signed", "vidimus") && has("hash", "openssl"));
        for program in ["rhash", "b3sum", "sha256sum", "hashdeep"] {
            assert!(has("check", program) && has("hash", program), "{tree}: {program}");
        }
        for kernel in Kernel::ALL {
            assert_eq!(has("kernel", kernel.as_str()), kernel.is_available(), "{tree}: {kernel:?}");
        }
        assert!(!has("check", "bagit.py"));
    }
    assert_eq!(text(&output.stdout), text(&bench.read("results/tables.md")));
    assert!(text(&bench.read("results/machine.txt")).contains("\ncores: "));
    say("bench: bench/peers.sh --quick ran");
}

fn row(kind: &str, program: &str, times: &[f64]) -> Value {
    let runs: Vec<Value> = times.iter().map(|time| json!({ "times": [time] })).collect();
    json!({ "kind": kind, "program": program, "runs": runs })
}

/// Medians, not means; the faster of two rows is compared; a limit is held before rounding.
#[test]
fn the_tables_hold_medians_and_ratios() {
    if !are_here(&["python3"]) {
        return;
    }
    let bench = Bench::new();
    let rows = json!([
        row("signed", "vidimus", &[0.3, 0.2, 9.0]),
        row("kernel", "avx2", &[0.6, 0.6, 0.6]),
        row("check", "rhash", &[1.0, 1.0, 1.0]),
        row("hash", "rhash", &[0.8324, 0.8, 1.5]),
        row("check", "b3sum", &[1.0, 0.9, 1.1]),
        row("hash", "b3sum", &[2.0, 0.1, 2.0]),
        row("hash", "openssl", &[0.1, 0.1, 0.1]),
        row("apart", "b3sum", &[0.5, 0.5, 0.5]),
    ]);
    let document = json!({ "tree": "small", "cache": "cached", "quick": false, "rows": rows });
    bench.write("small-cached.json", document.to_string());
    bench
        .write("memory.tsv", "small\tsign\t70000\nsmall\tverify\t65537\nmillion\tverify\t409600\n");
    let output = python("table.py", &[bench.path("").to_str().unwrap()]);
    let expected = "\
### small: 100,000 files around 4 KiB, cached; 3 rounds

| program | does | median | range | Vidimus / it | target | reached |
|---|---|---|---|---|---|---|
| vidimus | verifies the signed archive | 300 ms | 200 ms to 9.00 s | 1.000 |  |  |
| vidimus, avx2 | verifies, with this kernel | 600 ms | 600 ms to 600 ms | 0.500 |  |  |
| rhash | checks | 1.00 s | 1.00 s to 1.00 s | 0.300 |  |  |
| rhash | hashes, compared | 832 ms | 800 ms to 1.50 s | 0.360 | <= 0.36 | **no** |
| b3sum | checks, compared | 1.00 s | 900 ms to 1.10 s | 0.300 | <= 0.30 | yes |
| b3sum | hashes | 2.00 s | 100 ms to 2.00 s | 0.150 |  |  |
| openssl | hashes, compared | 100 ms | 100 ms to 100 ms | 3.000 |  |  |
| b3sum | hashes, two processes | 500 ms | 500 ms to 500 ms | 0.600 |  |  |

### Peak memory of Vidimus

| tree | command | peak | target | reached |
|---|---|---|---|---|
| small | sign | 68.4 MiB |  |  |
| small | verify | 64.0 MiB | <= 64 MiB | **no** |
| million | verify | 400.0 MiB | <= 400 MiB | yes |
";
    assert_eq!(text(&output.stdout), expected, "{}", text(&output.stderr));
}

#[test]
fn results_that_name_this_machine_are_refused() {
    if !are_here(&["python3"]) {
        return;
    }
    let bench = Bench::new();
    let folder = bench.path("");
    let refused = |content: &str| {
        bench.write("x.json", content);
        let words = ["refuse", folder.to_str().unwrap(), "/home/press/", "oak", "/", "localhost"];
        !python("results.py", &words).status.success()
    };
    for (content, expected) in [
        ("sha256sum -c list.sha256", false),
        ("/home/press/list", true),
        ("cd /home/press", true),
        ("/home/pressing", false),
        ("made on oak.", true),
        ("oaken 1.0, live-oak", false),
        ("/ localhost", false),
    ] {
        assert_eq!(refused(content), expected, "{content}");
    }
}
