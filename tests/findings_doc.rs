//! Every code has its one heading in `docs/findings.md`, in order, with its exit and the three
//! things a reader needs.

use vidimus::finding::Code;

const DOC: &str = include_str!("../docs/findings.md");

/// Heading and lines of each section.
fn sections() -> Vec<(&'static str, Vec<&'static str>)> {
    let parts = DOC.split("\n## ").skip(1);
    parts
        .map(|part| {
            let (heading, text) = part.split_once('\n').unwrap_or((part, ""));
            (heading, text.lines().filter(|line| !line.is_empty()).collect())
        })
        .collect()
}

#[test]
fn every_code_has_one_heading_in_order() {
    let headings: Vec<_> = sections().into_iter().map(|(heading, _)| heading).collect();
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(headings, codes);
}

#[test]
fn every_section_gives_its_exit_and_says_what_to_do() {
    for (code, (heading, lines)) in Code::ALL.iter().zip(sections()) {
        let exit = format!("Exit {}", code.exit().number());
        let rest = lines.first().and_then(|line| line.strip_prefix(&exit));
        assert!(rest.is_some_and(|rest| rest.starts_with(['.', ',', ';'])), "{heading}: {exit}");
        assert!((3..=6).contains(&lines.len()), "{heading}: {} lines", lines.len());
        for (line, begin) in
            lines.iter().skip(1).zip(["- What it means: ", "- Why it matters: ", "- What to do: "])
        {
            assert!(line.starts_with(begin), "{heading}: {line}");
        }
        assert_eq!(lines.len(), 4, "{heading}");
    }
}
