//! What `witness serve` answers: the verdicts of the library as HTTP.

use super::{cosign, findings};
use vidimus::key::{SignError, SigningKey};
use vidimus::net::{Answer, Call};
use vidimus::report::escape;
use vidimus::witness::{ADD_CHECKPOINT, SIZE_TYPE, Witness, WitnessError};

/// The answer, and what the watcher of the server is told about it.
pub(super) fn answer(witness: &Witness, key: &SigningKey, call: &Call) -> (Answer, String) {
    if call.target != ADD_CHECKPOINT {
        return (
            Answer::text(404, "there is /add-checkpoint here"),
            "not a path of a witness".into(),
        );
    }
    if call.method != "POST" {
        return (Answer::text(405, "/add-checkpoint takes a POST"), "not a POST".into());
    }
    match cosign(witness, key, &call.body) {
        Ok(cosigned) => {
            let said = format!("{} {} -> {}", cosigned.origin, cosigned.old, cosigned.size);
            let content_type = "text/plain; charset=utf-8";
            (Answer { status: 200, content_type, body: cosigned.lines }, said)
        }
        Err(error) => (refused(&error), said(&error)),
    }
}

fn refused(error: &WitnessError<SignError>) -> Answer {
    let Some(refusal) = error.refusal() else {
        // What is wrong with this machine is not the client's to know.
        return Answer::text(error.status(), "the witness cannot answer now");
    };
    match refusal.last_size() {
        Some(size) => Answer {
            status: refusal.status(),
            content_type: SIZE_TYPE,
            body: format!("{size}\n").into_bytes(),
        },
        None => {
            let message = vidimus::finding::Finding::of(refusal).message;
            Answer::text(refusal.status(), &escape::message(&message))
        }
    }
}

fn said(error: &WitnessError<SignError>) -> String {
    let lines = findings(error).into_iter().map(|finding| {
        let at = finding.path.map(|path| format!("{}: ", escape::path(&path)));
        let code = finding.code.as_str();
        format!("{code}: {}{}", at.unwrap_or_default(), finding.message)
    });
    lines.collect::<Vec<_>>().join("; ")
}
