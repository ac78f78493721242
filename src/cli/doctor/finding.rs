//! What the doctor says: a verdict, a sentence, and what mends it.
//!
//! Does not know what was looked at.

use std::fmt::Write as _;

use crate::text::Shown;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    verdict: Verdict,
    text: String,
    /// Lines to type or to write, in that order.
    mends: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Well,
    Wrong,
    Aside,
}

impl Finding {
    /// All is well.
    pub(super) fn well(text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Well, text: text.into(), mends: Vec::new() }
    }

    /// Something is wrong; say what mends it with [`Finding::mend`].
    pub(super) fn wrong(text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Wrong, ..Self::well(text) }
    }

    /// It does not count: it could not be looked at, or nobody needs it.
    pub(super) fn aside(text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Aside, ..Self::well(text) }
    }

    /// The next line that mends it.
    pub(super) fn mend(mut self, line: impl Into<String>) -> Self {
        self.mends.push(line.into());
        self
    }

    /// The same, if it is needed; what nobody needs may be as it likes.
    pub(super) fn if_needed(self, needed: bool) -> Self {
        if needed || !self.is_wrong() {
            return self;
        }
        Self::aside(format!("{}; the configuration does not use it", self.text))
    }

    pub(super) fn is_wrong(&self) -> bool {
        self.verdict == Verdict::Wrong
    }
}

/// All of it, for people; nothing in it can steer a terminal.
pub(super) fn shown(findings: &[Finding]) -> String {
    let mut out = String::new();
    for Finding { verdict, text, mends } in findings {
        let mark = match verdict {
            Verdict::Well => "ok",
            Verdict::Wrong => "!!",
            Verdict::Aside => "--",
        };
        // A string takes everything.
        let _ = writeln!(out, "{mark}  {}", Shown(text));
        for mend in mends {
            let _ = writeln!(out, "      {}", Shown(mend));
        }
    }
    let _ = match findings.iter().filter(|finding| finding.is_wrong()).count() {
        0 => writeln!(out, "\nnothing is wrong"),
        1 => writeln!(out, "\none thing is wrong"),
        many => writeln!(out, "\n{many} things are wrong"),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_counts_and_a_strangers_text_is_escaped() {
        let odd = Finding::wrong("line\u{1b}[2J").mend("type\nthis").mend("and that");
        assert!(odd.is_wrong() && !Finding::aside("x").is_wrong());
        assert_eq!(
            shown(&[Finding::well("a"), odd, Finding::aside("b")]),
            "ok  a\n!!  line\\u{1b}[2J\n      type\\u{a}this\n      and that\n--  b\n\none thing is wrong\n"
        );
        assert_eq!(shown(&[]), "\nnothing is wrong\n");
        let spare = Finding::wrong("led: gone").mend("wire it").if_needed(false);
        assert_eq!(shown(&[spare]), "--  led: gone; the configuration does not use it\n\nnothing is wrong\n");
        assert!(Finding::wrong("led: gone").if_needed(true).is_wrong());
    }
}
