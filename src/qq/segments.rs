//! Long messages in pieces: cut where ours go out, put together where others' come in.
//!
//! It does not know where pieces come from or what becomes of the whole.
//!
//! A server adds one blank to a text and cuts the result into pieces of 400 octets, each a message of its own
//! `[seed 003]`. So a piece that is shorter, or ends in a blank, is the last one. A piece of 400 that ends in one may have
//! been cut there: it goes on if more of the same sender follows at once. Two messages, the first of which has 399 octets,
//! look the same. 400 is no multiple of three: pieces are put together as octets, and become text only when whole. Octets
//! that nobody gets to see count.

use heapless::{String, Vec};

use super::reply::After;
use super::{Uin, wire};
use crate::limits::{QQ_ASSEMBLING_MAX, QQ_PIECE, QQ_PIECE_TIMEOUT, QQ_PIECES_MAX, QQ_SAY_MAX, QQ_TEXT_MAX};
use crate::text::{self, MARK};
use crate::time::Instant;

/// A whole message of somebody.
pub type Whole<'a> = &'a mut dyn FnMut(Uin, &str);

/// The messages of which a piece is still to come.
#[derive(Debug, Default)]
pub struct Segments(Vec<Unfinished, QQ_ASSEMBLING_MAX>);

#[derive(Debug)]
struct Unfinished {
    from: Uin,
    /// With room for the blank at the end.
    octets: Vec<u8, { QQ_TEXT_MAX + 1 }>,
    /// There was more than is kept, or than came.
    cut: bool,
    pieces: u8,
    give_up_at: Instant,
}

impl Segments {
    /// A piece came, with its escapes; `tell` hears of the message if it is the last one.
    pub fn piece(&mut self, now: Instant, from: Uin, piece: &[u8], after: After, tell: Whole<'_>) {
        let mut message = self.of(now, from, tell);
        let mut last = 0;
        for octet in wire::decoded(piece) {
            last = octet;
            message.cut |= wire::is_kept(octet) && message.octets.push(octet).is_err();
        }
        message.pieces += 1;
        message.cut |= after == After::Lost;
        if goes_on(piece, last, after) && message.pieces < QQ_PIECES_MAX {
            message.give_up_at = now + QQ_PIECE_TIMEOUT;
            // There is room: `of` took one away if it was full.
            let _fits = self.0.push(message);
            return;
        }
        if last == b' ' && !message.cut {
            message.octets.pop();
        }
        message.tell(tell);
    }

    /// Time passed: what is not whole by now is shown as far as it came.
    pub fn tick(&mut self, now: Instant, tell: Whole<'_>) {
        while let Some(late) = self.0.iter().position(|message| message.give_up_at <= now) {
            self.0.remove(late).tell_unfinished(tell);
        }
    }

    /// When `tick` is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        self.0.iter().map(|message| message.give_up_at).min()
    }

    /// The message the next piece of somebody belongs to, taken out; one too many is shown as far as it came.
    fn of(&mut self, now: Instant, from: Uin, tell: Whole<'_>) -> Unfinished {
        if let Some(at) = self.0.iter().position(|message| message.from == from) {
            return self.0.remove(at);
        }
        if self.0.is_full() {
            self.0.remove(0).tell_unfinished(tell);
        }
        Unfinished { from, octets: Vec::new(), cut: false, pieces: 0, give_up_at: now }
    }
}

/// Whether a piece that ends with this octet is not the last of its message.
fn goes_on(piece: &[u8], last: u8, after: After) -> bool {
    let (least, most) = wire::lengths(piece);
    match after {
        After::Lost => false,
        After::More if last == b' ' => least == QQ_PIECE,
        After::More | After::Nothing => last != b' ' && most >= QQ_PIECE,
    }
}

impl Unfinished {
    /// What was to follow did not come.
    fn tell_unfinished(mut self, tell: Whole<'_>) {
        self.cut = true;
        self.tell(tell);
    }

    fn tell(mut self, tell: Whole<'_>) {
        let mut whole: String<{ QQ_TEXT_MAX + MARK.len() }> = String::new();
        if self.cut {
            self.octets.truncate(wire::whole_characters(&self.octets));
        }
        // What is no text gets longer; with room for one character more than is kept, that it was too long can be seen.
        let text = text::lossy::<{ QQ_TEXT_MAX + 4 }>(&self.octets);
        let kept = text::cut::<QQ_TEXT_MAX>(&text);
        text::push_cut(&mut whole, &kept);
        if self.cut || kept.len() < text.len() {
            text::push_cut(&mut whole, MARK);
        }
        tell(self.from, &whole);
    }
}

/// As much of a text as goes out at once: [`QQ_SAY_MAX`] octets, cut at a character. And the rest. Where there is one, it is
/// an octet less: with the blank the server adds, the piece would else look like one that goes on.
#[must_use]
pub fn first_piece(text: &str) -> (&str, &str) {
    let mut end = if text.len() <= QQ_SAY_MAX { text.len() } else { QQ_SAY_MAX - 1 };
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use std::string::{String as Heap, ToString};
    use std::vec::Vec as Many;

    use proptest::prelude::*;

    use super::*;

    const WEI: Uin = Uin(24_259_132);
    const AMY: Uin = Uin(106_814);

    /// What a server makes of a text.
    fn served(text: &str) -> Many<Many<u8>> {
        let mut octets = text.as_bytes().to_vec();
        octets.push(b' ');
        octets.chunks(400).map(<[u8]>::to_vec).collect()
    }

    #[derive(Default)]
    struct Ear {
        segments: Segments,
        heard: Many<(Uin, Heap)>,
    }

    impl Ear {
        fn piece(&mut self, now: u64, from: Uin, piece: &[u8]) {
            self.piece_before(now, from, piece, After::Nothing);
        }

        fn piece_before(&mut self, now: u64, from: Uin, piece: &[u8], after: After) {
            let heard = &mut self.heard;
            let mut tell = |from: Uin, text: &str| heard.push((from, text.to_string()));
            self.segments.piece(Instant::from_millis(now), from, piece, after, &mut tell);
        }

        fn tick(&mut self, now: u64) {
            let heard = &mut self.heard;
            let mut tell = |from: Uin, text: &str| heard.push((from, text.to_string()));
            self.segments.tick(Instant::from_millis(now), &mut tell);
        }
    }

    fn hear(text: &str) -> Heap {
        let mut ear = Ear::default();
        let pieces = served(text);
        for (number, piece) in (1..).zip(&pieces) {
            let after = if number < pieces.len() { After::More } else { After::Nothing };
            ear.piece_before(0, WEI, piece, after);
        }
        assert_eq!(ear.heard.len(), 1, "{text}");
        assert!(ear.segments.wake_at().is_none());
        ear.heard.remove(0).1
    }

    #[test]
    fn the_three_samples_come_out_as_they_were_sent() {
        for (len, pieces) in [(399, 1), (400, 2), (401, 2)] {
            let text = "A".repeat(len);
            assert_eq!(served(&text).len(), pieces);
            assert_eq!(hear(&text), text);
        }
    }

    #[test]
    fn a_character_cut_in_the_middle_is_whole_again() {
        let text = "你".repeat(250);
        assert!(core::str::from_utf8(&served(&text)[0]).is_err());
        assert_eq!(hear(&text), text);
    }

    #[test]
    fn two_people_may_write_at_once() {
        let (a, b) = ("A".repeat(401), "B".repeat(800));
        let (a_pieces, b_pieces) = (served(&a), served(&b));
        let mut ear = Ear::default();
        ear.piece(0, WEI, &a_pieces[0]);
        ear.piece(0, AMY, &b_pieces[0]);
        ear.piece(0, AMY, &b_pieces[1]);
        ear.piece(0, WEI, &a_pieces[1]);
        ear.piece(0, AMY, &b_pieces[2]);
        assert_eq!(ear.heard, [(WEI, a), (AMY, b)]);
    }

    #[test]
    fn what_never_ends_is_shown_as_far_as_it_came() {
        let mut ear = Ear::default();
        ear.piece(0, WEI, &[b'A'; 400]);
        let due = ear.segments.wake_at().unwrap();
        assert_eq!(due, Instant::START + QQ_PIECE_TIMEOUT);
        ear.tick(due.as_millis() - 1);
        assert!(ear.heard.is_empty());
        ear.tick(due.as_millis());
        assert_eq!(ear.heard, [(WEI, "A".repeat(400) + MARK)]);
        // A third sender shows the oldest of two.
        for (number, from) in [WEI, AMY, Uin(7)].into_iter().enumerate() {
            ear.piece(20_000 + number as u64, from, &[b'B'; 400]);
        }
        assert_eq!(ear.heard.len(), 2);
        assert_eq!(ear.heard[1].0, WEI);
        // Eight pieces are the end of any message.
        for _ in 0..7 {
            ear.piece(21_000, AMY, &[b'C'; 400]);
        }
        assert_eq!(ear.heard[2].0, AMY);
        assert!(ear.heard[2].1.ends_with("CC…") && ear.heard[2].1.len() <= QQ_TEXT_MAX + 3);
    }

    #[test]
    fn a_message_that_is_too_long_is_cut_at_a_character() {
        let heard = hear(&"好".repeat(500));
        assert_eq!(heard, "好".repeat(QQ_TEXT_MAX / 3) + "…");
        let longest = "好".repeat(QQ_TEXT_MAX / 3);
        assert_eq!(hear(&longest), longest, "that much is kept");
        // What is no text is three octets long once it is shown.
        let mut ear = Ear::default();
        ear.piece(0, WEI, &[0xff; 400]);
        ear.piece(0, WEI, &[[0xff; 10], [b' '; 10]].concat());
        assert!(ear.heard[0].1.ends_with("\u{fffd}…"));
    }

    #[test]
    fn escapes_count_as_what_they_stand_for() {
        let mut ear = Ear::default();
        ear.piece(0, WEI, "%26".repeat(399).as_bytes());
        assert_eq!(ear.heard, [(WEI, "&".repeat(399))], "399 octets and no blank: the last piece");
        // 400 octets for their author, and 398 for us, who take a `%2c` for a comma.
        ear.piece(0, AMY, ("a".repeat(397) + "%252c").as_bytes());
        ear.piece(0, AMY, b"b ");
        assert_eq!(ear.heard[1], (AMY, "a".repeat(397) + ",b"));
    }

    #[test]
    fn a_control_counts_though_nobody_sees_it() {
        let text = "好".repeat(60) + "%14".repeat(4).as_str() + &"好".repeat(100);
        let mut octets = "好".repeat(60).into_bytes();
        octets.extend([0x14; 4]);
        octets.extend("好".repeat(100).bytes());
        octets.push(b' ');
        assert_eq!(octets.len(), 485);
        let mut ear = Ear::default();
        for piece in octets.chunks(400) {
            let wire: Many<u8> = piece
                .iter()
                .flat_map(|octet| if *octet == 0x14 { b"%14".to_vec() } else { vec![*octet] })
                .collect();
            ear.piece(0, WEI, &wire);
        }
        assert_eq!(ear.heard, [(WEI, text.replace("%14", ""))]);
    }

    #[test]
    fn a_blank_at_the_four_hundredth_octet_ends_a_message_only_if_nothing_follows() {
        let text = "word ".repeat(90) + "and the rest of it";
        assert!(served(&text)[0].ends_with(b" "));
        assert_eq!(hear(&text), text);
        // A text of 399 octets, and one of anybody else behind it.
        let mut ear = Ear::default();
        ear.piece(0, WEI, &served(&"A".repeat(399))[0]);
        assert_eq!(ear.heard, [(WEI, "A".repeat(399))]);
        // Shorter ones end with their blank, whatever follows.
        ear.piece_before(0, WEI, &served(&"B".repeat(398))[0], After::More);
        ear.piece_before(0, WEI, b"C ", After::Nothing);
        assert_eq!(ear.heard[1..], [(WEI, "B".repeat(398)), (WEI, "C".into())]);
    }

    #[test]
    fn a_piece_that_broke_off_is_shown_at_once_and_marked() {
        let mut ear = Ear::default();
        ear.piece(0, WEI, &served(&"A".repeat(401))[0]);
        ear.piece_before(0, WEI, b"A ", After::Lost);
        ear.piece_before(0, AMY, "好好".as_bytes().get(..5).unwrap(), After::Lost);
        assert_eq!(ear.heard, [(WEI, "A".repeat(401) + " …"), (AMY, "好…".into())]);
        assert!(ear.segments.wake_at().is_none());
    }

    #[test]
    fn a_piece_that_waits_costs_little() {
        assert!(size_of::<Segments>() <= 2600, "{}", size_of::<Segments>());
    }

    proptest! {
        #[test]
        fn any_text_comes_out_as_it_went_in(text in "[^\\x00-\\x1f\\x7f%]{1,390}") {
            prop_assume!(text.len() <= QQ_TEXT_MAX);
            prop_assert_eq!(hear(&text), text);
        }

        #[test]
        fn what_goes_out_is_cut_between_characters_and_nothing_is_lost(text in ".{0,900}") {
            let (mut rest, mut whole) = (text.as_str(), Heap::new());
            while !rest.is_empty() {
                let (piece, after) = first_piece(rest);
                prop_assert!(!piece.is_empty() && piece.len() <= QQ_SAY_MAX);
                let room = if after.is_empty() { QQ_SAY_MAX } else { QQ_SAY_MAX - 1 };
                prop_assert!(piece.len() <= room);
                prop_assert!(after.is_empty() || piece.len() > room - 4, "no shorter than it must be");
                whole.push_str(piece);
                rest = after;
            }
            prop_assert_eq!(whole, text);
        }

        #[test]
        fn any_pieces_in_any_order_at_any_time_are_heard_bounded(
            pieces in proptest::collection::vec((1_u32..5, any::<u8>(), 0_usize..900, 0_u64..20_000), 0..40)
        ) {
            let mut ear = Ear::default();
            let mut now = 0;
            for (from, octet, len, wait) in pieces {
                now += wait;
                ear.tick(now);
                ear.piece(now, Uin(from), &vec![octet; len]);
            }
            ear.tick(now + 60_000);
            prop_assert!(ear.segments.wake_at().is_none());
            prop_assert!(ear.heard.iter().all(|(_, text)| text.len() <= QQ_TEXT_MAX + MARK.len()));
        }
    }
}
