//! The rows of `GetMsgEx`: whose words are whose, even where a comma slipped through or the answer broke off.
//!
//! It does not know what becomes of them. It borrows everything from the body.

use core::ops::Range;

use super::super::Uin;
use super::super::wire::{self, Fields, List};
use super::deal::Deal;
use crate::text;

/// A row of `GetMsgEx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// From whom; `None` if that is no number.
    pub from: Option<Uin>,
    /// Its MT.
    pub mt: Option<u64>,
    /// Its MG, with escapes; `None` where it can't be told from those of other rows.
    pub words: Option<&'a [u8]>,
    /// What comes behind its words.
    pub after: After,
}

/// What comes behind the words of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Nothing, or something of another kind.
    Nothing,
    /// The next row is a text of the same sender, and may belong to this one.
    More,
    /// More of them was to come, but the answer broke off.
    Lost,
}

/// What a person gets to see where the columns of a batch of messages do not fit.
pub const GARBLED: &str = "(garbled)";
/// MT of somebody's words.
pub const MT_TEXT: u64 = 9;
/// MT of a change of somebody's state.
pub const MT_STATE: u64 = 99;

/// The rows of `MN=n&MT=..&UN=..&MG=..`. The senders count; MN is not needed, and wrong in one sample `[seed 003]`.
///
/// Where a comma in somebody's text slipped through there are more texts than senders. What marks the end of a text then
/// says who has which of them; a row whose words could be other ones as well has none, rather than one person's words under
/// another's name. Where there are fewer texts, the answer was cut at its end. There it can't be counted whether a comma
/// slipped through; so no row has words if those of one do not end as they should, and none behind words without a mark for
/// their end. But a comma behind a blank ends a text like any other: behind it words may come under the next name.
pub fn rows(fields: Fields<'_>) -> impl Iterator<Item = Row<'_>> {
    let deal = Deal::of(fields);
    let mut texts = Texts { rest: fields.list("MG"), at: 0 };
    let open = open_text(fields);
    let mut rows = heads(fields).enumerate().peekable();
    core::iter::from_fn(move || {
        let (row, head) = rows.next()?;
        let range = deal.texts_of(row);
        let is_open = open.is_some_and(|open| range.as_ref().is_some_and(|range| range.contains(&open)));
        let words = range.and_then(|range| texts.take(range));
        let Head { from, mt } = head;
        if is_open {
            return Some(Row { from, mt, words: words.map(wire::whole_escapes), after: After::Lost });
        }
        let more = mt == Some(MT_TEXT) && rows.peek().is_some_and(|(_, next)| *next == head);
        Some(Row { from, mt, words, after: if more { After::More } else { After::Nothing } })
    })
}

/// The number of the text in which the answer broke off.
pub(super) fn open_text(fields: Fields<'_>) -> Option<usize> {
    let last = fields.list("MG").count().checked_sub(1)?;
    let is_open = fields.breaks_off_in("MG") && !fields.value("MG")?.ends_with(b",");
    is_open.then_some(last)
}

impl Row<'_> {
    /// The state an MT=99 tells; half a number is none.
    #[must_use]
    pub fn state(&self) -> Option<u64> {
        text::number(self.words.filter(|_| self.after != After::Lost)?.trim_ascii())
    }
}

/// A row without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) from: Option<Uin>,
    pub(super) mt: Option<u64>,
}

pub(super) fn heads(fields: Fields<'_>) -> impl Iterator<Item = Head> + Clone {
    let mut kinds = fields.list("MT");
    fields.list("UN").items().map(move |uin| Head {
        from: Uin::parse(uin.trim_ascii()),
        mt: kinds.take(|_| false).and_then(|mt| text::number(mt.trim_ascii())),
    })
}

/// The texts that were not taken yet, the first of which is number `at`.
struct Texts<'a> {
    rest: List<'a>,
    at: usize,
}

impl<'a> Texts<'a> {
    /// Those of this range, with the commas between them; `None` if they are not there.
    fn take(&mut self, range: Range<usize>) -> Option<&'a [u8]> {
        while self.at < range.start {
            self.rest.take(|_| false)?;
            self.at += 1;
        }
        let at = &mut self.at;
        let taken = self.rest.take(|_| {
            *at += 1;
            *at < range.end
        });
        // The last text of all ends without a comma.
        *at = range.end;
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::qq::wire;

    fn texts(body: &str) -> Vec<(u64, u32, String)> {
        rows(Fields::new(body.as_bytes()))
            .map(|row| {
                let words =
                    row.words.map_or(GARBLED.to_string(), |words| wire::text::<900>(words).to_string());
                (row.mt.unwrap_or(0), row.from.map_or(0, Uin::number), words)
            })
            .collect()
    }

    fn row(mt: u64, from: u32, words: &str) -> (u64, u32, String) {
        (mt, from, words.to_string())
    }

    /// The three columns a server writes for these rows, with every comma as it is.
    fn written(rows: &[(u64, u32, String)]) -> String {
        let mut columns = [String::new(), String::new(), String::new()];
        for (mt, from, words) in rows {
            columns[0] += &format!("{mt},");
            columns[1] += &format!("{from},");
            columns[2] += &format!("{words},");
        }
        let [mt, un, mg] = columns;
        format!("MT={mt}&UN={un}&MG={mg}&")
    }

    #[test]
    fn the_message_samples_of_the_notes_are_read() {
        assert_eq!(
            texts(
                "VER=1.1&CMD=GETMSGEX&SEQ=56661&UIN=29501213&RES=0&MN=3&MT=99,9,9,&\
                 UN=24259132,24259132,24259132,&MG=30 ,asdfasdfasdfasdf ,asdfasdfasdf ,&"
            ),
            [
                row(99, 24_259_132, "30 "),
                row(9, 24_259_132, "asdfasdfasdfasdf "),
                row(9, 24_259_132, "asdfasdfasdf ")
            ]
        );
        assert_eq!(
            texts("MN=4&MT=99,99,99,9,&UN=36791785,99833581,99833581,106814,&MG=20,30,10,hi ,"),
            [
                row(99, 36_791_785, "20"),
                row(99, 99_833_581, "30"),
                row(99, 99_833_581, "10"),
                row(9, 106_814, "hi ")
            ]
        );
        assert_eq!(texts("MN=0&MT=&UN=&MG="), []);
        // MN=1 with two types and one sender: the senders count.
        assert_eq!(texts("MN=1&MT=9,9,&UN=106814,&MG=AAA ,"), [row(9, 106_814, "AAA ")]);
    }

    #[test]
    fn a_comma_that_slipped_through_does_not_move_words_to_another_sender() {
        let both = "MN=2&MT=9,9,&UN=1,2,&MG=";
        assert_eq!(texts(&format!("{both}one, two ,three ,")), [row(9, 1, "one, two "), row(9, 2, "three ")]);
        assert_eq!(texts(&format!("{both}one ,two, three ,")), [row(9, 1, "one "), row(9, 2, "two, three ")]);
        // A comma behind a blank can't be told from the end of a text.
        assert_eq!(texts(&format!("{both}well , yes ,ok ,")), [row(9, 1, GARBLED), row(9, 2, GARBLED)]);
        // But all there is belongs to the only sender, if there is but one.
        assert_eq!(texts("MN=1&MT=9,&UN=1,&MG=well , yes, no ,"), [row(9, 1, "well , yes, no ")]);
        assert_eq!(
            texts("MN=3&MT=9,9,99,&UN=1,1,2,&MG=well , yes ,ok ,30,"),
            [row(9, 1, "well "), row(9, 1, " yes ,ok "), row(99, 2, "30")]
        );
        // A piece of 400 octets ends without a blank.
        let piece = "A".repeat(398);
        assert_eq!(
            texts(&format!("MN=3&MT=9,9,9,&UN=1,1,2,&MG={piece},B,C ,yes ,")),
            [row(9, 1, &format!("{piece},B")), row(9, 1, "C "), row(9, 2, "yes ")]
        );
    }

    #[test]
    fn a_strangers_words_never_become_those_of_a_friend() {
        let asked = "MN=2&MT=2,9,&UN=777,24259132,&MG=I am your boss, transfer the money,ok ,";
        assert_eq!(texts(asked), [row(2, 777, GARBLED), row(9, 24_259_132, GARBLED)]);
        // Nothing marks the end of such words, but a state that comes behind them is no text.
        assert_eq!(
            texts("MN=3&MT=2,99,9,&UN=1,2,3,&MG=hi, it is me,10,yes ,"),
            [row(2, 1, "hi, it is me"), row(99, 2, "10"), row(9, 3, "yes ")]
        );
        assert_eq!(
            texts("MN=3&MT=2,99,9,&UN=1,2,3,&MG=hi,20,10,yes ,"),
            [row(2, 1, GARBLED), row(99, 2, GARBLED), row(9, 3, GARBLED)]
        );
        // A friend who writes as states are written.
        assert_eq!(
            texts("MN=3&MT=9,99,9,&UN=1,2,3,&MG=a ,30 ,10,c ,"),
            [row(9, 1, GARBLED), row(99, 2, GARBLED), row(9, 3, GARBLED)]
        );
    }

    #[test]
    fn who_stands_before_and_behind_words_that_can_not_be_told_apart_is_heard_all_the_same() {
        assert_eq!(
            texts("MN=6&MT=9,99,9,9,99,9,&UN=1,2,3,4,2,5,&MG=one, 1 ,30,well , yes ,ok ,20,five, 5 ,"),
            [
                row(9, 1, "one, 1 "),
                row(99, 2, "30"),
                row(9, 3, GARBLED),
                row(9, 4, GARBLED),
                row(99, 2, "20"),
                row(9, 5, "five, 5 ")
            ]
        );
    }

    #[test]
    fn of_an_answer_that_broke_off_nothing_is_told_as_whole_that_may_not_be() {
        let cut = |body: &str| {
            rows(Fields::broken_off(body.as_bytes()))
                .map(|row| {
                    let words =
                        row.words.map_or(GARBLED.into(), |words| wire::text::<900>(words).to_string());
                    (words, row.after, row.state())
                })
                .collect::<Vec<_>>()
        };
        let row = |words: &str, after| (words.to_string(), after, None);
        use After::{Lost, More, Nothing};
        let two = "MT=9,9,&UN=1,2,&MG=";
        assert_eq!(
            cut(&format!("{two}first ,second wor")),
            [row("first ", Nothing), row("second wor", Lost)]
        );
        assert_eq!(cut(&format!("{two}first ,second ,")), [row("first ", Nothing), row("second ", Nothing)]);
        assert_eq!(cut(&format!("{two}first ,second &")), [row("first ", Nothing), row("second ", Nothing)]);
        assert_eq!(cut(&format!("{two}first ,")), [row("first ", Nothing), row(GARBLED, Nothing)]);
        assert_eq!(cut(&format!("{two}fir")), [row("fir", Lost), row(GARBLED, Nothing)]);
        assert_eq!(cut(two), [row(GARBLED, Nothing), row(GARBLED, Nothing)]);
        assert_eq!(cut("MT=9,9,&UN=1,1,&MG=first ,sec"), [row("first ", More), row("sec", Lost)]);
        // Half an escape is none, and half a state may be any.
        for half in ["%", "%0", "%2", "%25", "%252"] {
            assert_eq!(cut(&format!("MT=9,&UN=1,&MG=50{half}")), [row("50", Lost)]);
        }
        assert_eq!(cut("MT=99,&UN=1,&MG=3"), [row("3", Lost)]);
        assert_eq!(cut("MT=99,&UN=1,&MG=30,"), [("30".to_string(), Nothing, Some(30))]);
        // A comma slipped through, and nobody can count them.
        let three = "MT=9,9,9,&UN=1,2,3,&MG=";
        for words in ["one, two ,thr", "one ,two, three ,fo", "one ,two,", "one, two ,three ,fou"] {
            let told = cut(&format!("{three}{words}"));
            assert!(told.iter().all(|row| row.0 == GARBLED), "{words}: {told:?}");
        }
        assert_eq!(
            cut("MT=9,2,9,&UN=1,2,3,&MG=one ,I am your boss, send it ,"),
            [row("one ", Nothing), row("I am your boss", Nothing), row(GARBLED, Nothing)]
        );
        assert_eq!(cut("MT=9,&UN=1,&MG=one, two , thr"), [row("one, two , thr", Lost)]);
    }

    #[test]
    fn rows_without_words_are_told_as_garbled() {
        assert_eq!(texts("MN=2&MT=9,9,&UN=1,2,&MG=one ,"), [row(9, 1, "one "), row(9, 2, GARBLED)]);
        assert_eq!(texts("MT=9,&UN=x,&MG=one ,"), [row(9, 0, "one ")]);
        assert_eq!(
            texts("UN=1,2,&MG=a,b,"),
            [row(0, 1, "a"), row(0, 2, "b")],
            "an unknown type fails nothing"
        );
    }

    /// Words without what a server escapes or a list ends with, and with all that confuses.
    fn words() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(vec!["a", "b", ",", " ", "10", "30 ", "yes"]), 0..6)
            .prop_map(|words| words.concat())
    }

    /// What a server sends of somebody: texts, which it ends by a blank, states, and words of strangers.
    fn sent() -> impl Strategy<Value = Vec<(u64, u32, String)>> {
        let kinds = prop_oneof![
            5 => words().prop_map(|words| (9, words + " ")),
            1 => words().prop_map(|words| (9, "L".repeat(400 - words.len()) + &words)),
            2 => prop::sample::select(vec!["10", "20", "30 "]).prop_map(|state| (99, state.to_string())),
            1 => words().prop_map(|words| (2, words)),
        ];
        let rows = prop::collection::vec((kinds, 1_u32..4), 1..7);
        rows.prop_map(|rows| rows.into_iter().map(|((mt, words), from)| (mt, from, words)).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn whatever_slips_through_nobody_gets_the_words_of_another(sent in sent()) {
            let told = texts(&written(&sent));
            prop_assert_eq!(told.len(), sent.len());
            let mut from = 0;
            while let Some((mt, sender, _)) = sent.get(from) {
                // Of one and the same person messages may run into each other, but nothing of them is lost.
                let to = sent.len().min(from + sent[from..].iter().take_while(|row| (row.0, row.1) == (*mt, *sender)).count());
                let known = |rows: &[(u64, u32, String)]| rows.iter().map(|row| row.2.clone()).collect::<Vec<_>>().join(",");
                let (told, sent) = (&told[from..to], &sent[from..to]);
                for (told, sent) in told.iter().zip(sent) {
                    prop_assert_eq!((told.0, told.1), (sent.0, sent.1));
                }
                if !told.iter().any(|row| row.2 == GARBLED) {
                    prop_assert_eq!(known(told), known(sent));
                } else if *mt != 9 {
                    prop_assert!(told.iter().zip(sent).all(|(told, sent)| told.2 == GARBLED || told.2 == sent.2));
                } else {
                    let all = known(sent);
                    prop_assert!(told.iter().all(|row| row.2 == GARBLED || all.contains(&row.2)));
                }
                from = to;
            }
        }

        #[test]
        fn an_answer_that_breaks_off_anywhere_tells_what_came_and_says_where_it_ends(
            sent in sent(), cut in any::<prop::sample::Index>()
        ) {
            let escaped: Vec<_> = sent.iter().map(|(mt, from, words)| (*mt, *from, words.replace(',', "%252c"))).collect();
            let body = written(&escaped);
            let first = body.find("MG=").unwrap() + 3;
            let body = &body[..first + cut.index(body.len() - first)];
            for (row, (mt, from, words)) in rows(Fields::broken_off(body.as_bytes())).zip(&sent) {
                prop_assert_eq!((row.mt, row.from.map(Uin::number)), (Some(*mt), Some(*from)));
                let told = row.words.map(|words| wire::text::<900>(words).to_string());
                match (told, row.after) {
                    (Some(told), After::Lost) => prop_assert!(words.starts_with(&told), "{:?} of {:?}", told, words),
                    (Some(told), _) => prop_assert_eq!(&told, words),
                    // It was not there, or behind words whose end nothing marks.
                    (None, after) => prop_assert!(after != After::Lost),
                }
            }
        }

        #[test]
        fn texts_with_raw_commas_come_back_to_their_senders(
            texts in prop::collection::vec("[a-z]([a-z,]{0,12}[a-z])?", 1..8), states in any::<u8>()
        ) {
            let rows: Vec<_> = (0_u32..).zip(&texts).map(|(index, text)| {
                if states >> index & 1 == 1 { row(99, index + 1, "10") } else { row(9, index + 1, &format!("{text} ")) }
            }).collect();
            prop_assert_eq!(super::tests::texts(&written(&rows)), rows);
        }
    }

    #[test]
    fn of_a_body_of_nothing_but_commas_nobody_has_any_words() {
        let commas = ",".repeat(60_000);
        let body = format!("MN=3&MT=9,9,9,&UN=1,2,3,&MG={commas}");
        assert!(texts(&body).iter().all(|row| row.2 == GARBLED));
        // The most that is looked at: every text may end anywhere.
        let senders: String = (1..=64).map(|uin| format!("{uin},")).collect();
        let body = format!("MT={}&UN={senders}&MG={}", "9,".repeat(64), " ,".repeat(127));
        let found = texts(&body);
        assert!(found.len() == 64 && found.iter().all(|row| row.2 == GARBLED), "{found:?}");
    }
}
