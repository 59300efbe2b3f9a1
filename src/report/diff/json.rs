//! A comparison as JSON, `vidimus.diff/v1`: one document on one line, and nothing else.
//!
//! The structs here are what programs read; they change only with the schema's version. Offsets
//! are those of the files, or of the extracted text where `offsets` says so. Strings hold what
//! they name; characters that a terminal would obey or that show nothing stand there as `\uXXXX`.

use super::Shown;
use super::inline::collapse;
use super::verdict::{by_kind, by_weight, noise_groups};
use super::view::View;
use crate::codec::hex;
use crate::compare::{Change, Comparison, FactChange, Op, Span, Weight};
use crate::finding::Finding;
use crate::report::json::inert;
use crate::report::wire::WireFinding;
use crate::text::{Document, Format};
use serde::Serialize;
use serde_json::{Map, Value};

/// The name and version of the document.
pub const SCHEMA: &str = "vidimus.diff/v1";

/// The document, on one line that ends in LF.
///
/// Where only some kinds are asked for, `changes` has only those, `only` says so, and `summary`
/// counts all.
pub fn json(comparison: &Comparison, shown: &Shown<'_>) -> String {
    inert(&WireDiff::of(comparison, shown)) + "\n"
}

/// The document for a comparison that could not be made.
pub fn refused(findings: &[Finding]) -> String {
    let findings = findings.iter().map(WireFinding::of).collect();
    inert(&WireRefusal { schema: SCHEMA, verdict: "refused", findings }) + "\n"
}

/// One comparison, as programs see it.
#[derive(Serialize)]
pub(super) struct WireDiff<'a> {
    schema: &'static str,
    verdict: &'static str,
    old: WireSide<'a>,
    new: WireSide<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    coarse: bool,
    summary: WireSummary,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    only: Vec<&'static str>,
    changes: Vec<WireChange<'a>>,
    noise: Vec<WireNoise>,
}

#[derive(Serialize)]
struct WireRefusal<'a> {
    schema: &'static str,
    verdict: &'static str,
    findings: Vec<WireFinding<'a>>,
}

/// One of the two texts.
#[derive(Serialize)]
struct WireSide<'a> {
    path: &'a str,
    sha256: String,
    encoding: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    assumed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bom: bool,
    words: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    offsets: Option<&'static str>,
}

#[derive(Serialize)]
struct WireSummary {
    changes: usize,
    by_weight: Map<String, Value>,
    by_kind: Map<String, Value>,
    noise: usize,
    moved_words: usize,
}

#[derive(Serialize)]
struct WireChange<'a> {
    id: String,
    op: &'static str,
    kinds: Vec<&'static str>,
    weight: &'static str,
    within: Option<String>,
    old: Vec<WireSpan<'a>>,
    new: Vec<WireSpan<'a>>,
    facts: Vec<WireFact<'a>>,
    old_sentence: Option<String>,
    new_sentence: Option<String>,
}

#[derive(Serialize)]
struct WireSpan<'a> {
    start: usize,
    end: usize,
    line: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct WireFact<'a> {
    kind: &'static str,
    old: Option<&'a str>,
    new: Option<&'a str>,
    direction: Option<&'static str>,
}

#[derive(Serialize)]
struct WireNoise {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<&'static str>,
    count: usize,
    first: WireFirst,
}

#[derive(Serialize)]
struct WireFirst {
    side: &'static str,
    start: usize,
    end: usize,
}

/// The name of a change in the document: `c1` is the first one.
pub(super) fn id(index: usize) -> String {
    format!("c{}", index + 1)
}

impl<'a> WireDiff<'a> {
    pub(super) fn of(comparison: &'a Comparison, shown: &'a Shown<'a>) -> Self {
        let view = View::new(comparison, shown);
        let changes = comparison.changes.iter().enumerate();
        let changes = changes.filter(|(_, change)| shown.asks_for(&change.kinds));
        Self {
            schema: SCHEMA,
            verdict: comparison.verdict.as_str(),
            old: WireSide::of(shown.old, &comparison.old),
            new: WireSide::of(shown.new, &comparison.new),
            coarse: comparison.coarse,
            summary: WireSummary::of(comparison),
            only: shown.only.iter().map(|kind| kind.as_str()).collect(),
            changes: changes.map(|(at, change)| WireChange::of(at, change, &view)).collect(),
            noise: noise(comparison),
        }
    }
}

impl<'a> WireSide<'a> {
    fn of(path: &'a str, document: &Document) -> Self {
        let encoding = document.encoding();
        Self {
            path,
            sha256: hex::encode(document.sha256()),
            encoding: encoding.name,
            assumed: encoding.assumed,
            bom: encoding.bom,
            words: document.words(),
            offsets: (document.format() != Format::Plain).then_some("text"),
        }
    }
}

impl WireSummary {
    fn of(comparison: &Comparison) -> Self {
        let by_weight = by_weight(comparison).into_iter();
        let by_kind = by_kind(comparison).into_iter();
        Self {
            changes: comparison.changes.len(),
            by_weight: by_weight.map(|(weight, n)| (weight.as_str().into(), n.into())).collect(),
            by_kind: by_kind.map(|(kind, n)| (kind.as_str().into(), n.into())).collect(),
            noise: comparison.noise.len(),
            moved_words: moved_words(comparison),
        }
    }
}

/// The words that stand elsewhere, as the new text has them.
fn moved_words(comparison: &Comparison) -> usize {
    let moves = comparison.changes.iter().filter(|change| change.op == Op::Move);
    let spans = moves.flat_map(|change| &change.new);
    spans.map(|span| span.of(comparison.new.text()).split_whitespace().count()).sum()
}

impl<'a> WireChange<'a> {
    fn of(index: usize, change: &'a Change, view: &View<'a>) -> Self {
        let Comparison { old, new, .. } = view.comparison;
        let sentence = |span: Option<Span>, document: &Document| {
            span.map(|span| collapse(span.of(document.text())))
        };
        Self {
            id: id(index),
            op: change.op.as_str(),
            kinds: change.kinds.iter().map(|kind| kind.as_str()).collect(),
            weight: change.weight.as_str(),
            within: change.within.map(id),
            old: spans(&change.old, old, |at| view.comparison.old.line(at)),
            new: spans(&change.new, new, |at| view.comparison.new.line(at)),
            facts: change.facts.iter().map(WireFact::of).collect(),
            old_sentence: sentence(change.old_sentence, old),
            new_sentence: sentence(change.new_sentence, new),
        }
    }
}

fn spans<'a>(
    spans: &[Span],
    document: &'a Document,
    line: impl Fn(usize) -> usize,
) -> Vec<WireSpan<'a>> {
    let one = |span: &Span| WireSpan {
        start: document.original(span.start),
        end: document.original(span.end),
        line: line(span.start),
        text: span.of(document.text()),
    };
    spans.iter().map(one).collect()
}

impl<'a> WireFact<'a> {
    fn of(fact: &'a FactChange) -> Self {
        Self {
            kind: fact.kind.as_str(),
            old: fact.old.as_deref(),
            new: fact.new.as_deref(),
            direction: fact.direction,
        }
    }
}

/// The differences in form by kind; the first of each is where its kind first occurs.
fn noise(comparison: &Comparison) -> Vec<WireNoise> {
    let groups = noise_groups(comparison).into_iter();
    let one = |group: super::verdict::NoiseGroup<'_>| {
        let (side, document, span) = if group.first.new.is_empty() && !group.first.old.is_empty() {
            ("old", &comparison.old, group.first.old)
        } else {
            ("new", &comparison.new, group.first.new)
        };
        let first = WireFirst {
            side,
            start: document.original(span.start),
            end: document.original(span.end),
        };
        let weight = (group.weight != Weight::Noise).then(|| group.weight.as_str());
        WireNoise { kind: group.kind.as_str(), weight, count: group.count, first }
    };
    groups.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Kind, Noise, NoiseKind};
    use crate::finding::Code;
    use crate::report::diff::testing::{plainly, sample};

    #[test]
    fn a_document_in_full() {
        let kinds: [&[Kind]; 2] = [&[Kind::Number], &[Kind::Added]];
        let mut comparison = sample("At least [-45-]{+54+}\npeople\n\n{+Go.+}", &kinds);
        comparison.changes[0].facts = vec![FactChange {
            kind: Kind::Number,
            old: Some("45".to_owned()),
            new: Some("54".to_owned()),
            direction: Some("up"),
        }];
        comparison.changes[1].within = Some(0);
        let noise = |kind, weight, new| Noise { kind, weight, old: Span::new(2, 3), new };
        comparison.noise = vec![
            noise(NoiseKind::Invisible, Weight::Major, Span::new(4, 5)),
            noise(NoiseKind::Typography, Weight::Noise, Span::new(0, 0)),
            noise(NoiseKind::Typography, Weight::Noise, Span::new(1, 2)),
        ];
        let expected = concat!(
            r#"{"schema":"vidimus.diff/v1","verdict":"meaning","#,
            r#""old":{"path":"old.txt","sha256":"OLD","encoding":"utf-8","words":4},"#,
            r#""new":{"path":"new.txt","sha256":"NEW","encoding":"utf-8","words":5},"#,
            r#""summary":{"changes":2,"by_weight":{"critical":1,"major":1},"#,
            r#""by_kind":{"number":1,"added":1},"noise":3,"moved_words":0},"#,
            r#""changes":[{"id":"c1","op":"replace","kinds":["number"],"weight":"critical","#,
            r#""within":null,"old":[{"start":9,"end":11,"line":1,"text":"45"}],"#,
            r#""new":[{"start":9,"end":11,"line":1,"text":"54"}],"#,
            r#""facts":[{"kind":"number","old":"45","new":"54","direction":"up"}],"#,
            r#""old_sentence":"At least 45 people","new_sentence":"At least 54 people"},"#,
            r#"{"id":"c2","op":"insert","kinds":["added"],"weight":"major","within":"c1","#,
            r#""old":[],"new":[{"start":20,"end":23,"line":4,"text":"Go."}],"facts":[],"#,
            r#""old_sentence":null,"new_sentence":"Go."}],"#,
            r#""noise":[{"kind":"typography","count":2,"first":{"side":"old","start":2,"end":3}},"#,
            r#"{"kind":"invisible","weight":"major","count":1,"first":{"side":"new","start":4,"end":5}}]}"#,
            "\n"
        );
        let expected = expected
            .replace("OLD", &hex::encode(comparison.old.sha256()))
            .replace("NEW", &hex::encode(comparison.new.sha256()));
        assert_eq!(json(&comparison, &plainly()), expected);

        let only = Shown { only: vec![Kind::Added], ..plainly() };
        let value: Value = serde_json::from_str(&json(&comparison, &only)).unwrap();
        assert_eq!(value["only"], serde_json::json!(["added"]));
        assert_eq!(value["changes"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            (&value["changes"][0]["id"], &value["summary"]["changes"]),
            (&"c2".into(), &2.into())
        );
    }

    #[test]
    fn a_refusal_has_its_findings() {
        let finding = Finding::error(Code::Usage, "is no text").at("a.bin");
        assert_eq!(
            refused(&[finding]),
            concat!(
                r#"{"schema":"vidimus.diff/v1","verdict":"refused","findings":["#,
                r#"{"code":"usage","severity":"error","path":"a.bin","message":"is no text"}]}"#,
                "\n"
            )
        );
    }
}
