//! Which texts of a batch are whose, where commas that slipped through made more texts of them than there are senders.
//!
//! It does not know who the senders are, but whether two are the same.
//!
//! A text ends in a blank, or is a piece of 400 octets; a state is one number; the words of a friendship end somewhere. So
//! there may be several ways to deal the texts to the rows, one of which is the right one. A row has the texts that it has
//! in every way. In a few neighbouring rows of one and the same sender it does not matter where one ends.

use core::ops::Range;

use heapless::Vec;

use super::super::wire::{self, Fields};
use super::rows::{Head, MT_STATE, MT_TEXT, heads, open_text};
use crate::limits::QQ_PIECE;
use crate::text;

/// The texts of every row.
pub(super) enum Deal {
    /// So many rows have one each.
    OneEach(usize),
    /// There is but one row, and it has them all.
    All(usize),
    /// Each has these, if it is certain which.
    Found(Vec<Option<Range<u8>>, ROWS_MAX>),
    /// That can't be said of any.
    Nobodys,
}

impl Deal {
    pub(super) fn of(fields: Fields<'_>) -> Self {
        let (rows, texts) = (fields.list("UN").count(), fields.list("MG").count());
        let cut = texts < rows || fields.breaks_off_in("MG");
        match rows {
            1 => Self::All(texts),
            _ if cut => one_each(fields, rows, texts).map_or(Self::Nobodys, Self::OneEach),
            _ if texts == rows => Self::OneEach(texts),
            _ => find(fields, rows, texts).map_or(Self::Nobodys, Self::Found),
        }
    }

    /// The numbers of a row's texts.
    pub(super) fn texts_of(&self, row: usize) -> Option<Range<usize>> {
        match self {
            Self::OneEach(rows) => (row < *rows).then_some(row..row + 1),
            Self::All(texts) => Some(0..*texts),
            Self::Found(found) => found.get(row)?.as_ref().map(|range| range.start.into()..range.end.into()),
            Self::Nobodys => None,
        }
    }
}

/// What there is to know of a text, to say whether one may end with it.
#[derive(Clone, Copy)]
struct Text {
    /// Octets the server may have counted.
    least: usize,
    most: usize,
    ends_in_blank: bool,
    is_state: bool,
}

impl Text {
    fn new(text: &[u8]) -> Self {
        let (least, most) = wire::lengths(text);
        let is_state = text::number(text.trim_ascii()).is_some();
        Self { least, most, ends_in_blank: text.ends_with(b" "), is_state }
    }
}

/// How many rows have the text of their number, in an answer that was cut; `None` if a comma slipped through for sure.
fn one_each(fields: Fields<'_>, rows: usize, texts: usize) -> Option<usize> {
    let open = open_text(fields);
    let mut pairs = heads(fields).zip(fields.list("MG").items().map(Text::new)).enumerate();
    let is_odd = |(number, (head, text)): (usize, (Head, Text))| {
        Some(number) != open && ends_of(head, core::slice::from_ref(&text), 0) == 0
    };
    if texts > rows || pairs.clone().any(is_odd) {
        return None;
    }
    let unmarked = pairs.position(|(_, (head, _))| !matches!(head.mt, Some(MT_STATE | MT_TEXT)));
    Some(unmarked.map_or(texts, |row| row + 1))
}

/// Places between texts: bit n stands for the one before text n.
type Places = u128;

/// `None` if there is no way, or too much to look at.
fn find(fields: Fields<'_>, rows: usize, texts: usize) -> Option<Vec<Option<Range<u8>>, ROWS_MAX>> {
    if rows > ROWS_MAX || texts > TEXTS_MAX {
        return None;
    }
    let heads: Vec<Head, ROWS_MAX> = heads(fields).collect();
    let texts: Vec<Text, TEXTS_MAX> = fields.list("MG").items().map(Text::new).collect();
    let begins = begins(&heads, &texts)?;
    Some((0..rows).map(|row| range(&heads, &begins, row)).collect())
}

/// Where each row begins, in all ways; and last, where all of them end. `None` if there is no way.
fn begins(heads: &[Head], texts: &[Text]) -> Option<Vec<Places, { ROWS_MAX + 1 }>> {
    let mut begins = Vec::new();
    let mut places: Places = 1;
    for head in heads {
        begins.push(places).ok()?;
        places = members(places).fold(0, |ends, start| ends | ends_of(*head, texts, start));
    }
    // So far it is where they may begin for those before them. Backwards now, for those behind them.
    places &= 1 << texts.len();
    for (begin, head) in begins.iter_mut().zip(heads).rev() {
        let fitting = members(*begin).filter(|start| ends_of(*head, texts, *start) & places != 0);
        places = fitting.fold(0, |begins, start| begins | 1 << start);
        *begin = places;
    }
    begins.push(1 << texts.len()).ok()?;
    (places != 0).then_some(begins)
}

/// Where a row may end that begins there.
fn ends_of(head: Head, texts: &[Text], start: usize) -> Places {
    let (mut ends, mut least, mut most) = (0, 0, 0);
    for (end, text) in (start + 1..).zip(texts.iter().skip(start)) {
        (least, most) = (least + text.least, most + text.most);
        let fits = match head.mt {
            Some(MT_STATE) => text.is_state && end == start + 1,
            Some(MT_TEXT) => least <= QQ_PIECE && (text.ends_in_blank || most >= QQ_PIECE),
            _ => true,
        };
        ends |= Places::from(fits) << end;
        // A comma that goes on counts too.
        (least, most) = (least + 1, most + 1);
    }
    ends
}

/// A row's texts, if they are the same in every way, or those of neighbours from the same sender.
fn range(heads: &[Head], begins: &[Places], row: usize) -> Option<Range<u8>> {
    let is_certain = |place: &usize| begins.get(*place).is_some_and(|places| places.count_ones() == 1);
    let is_inner = |place: usize| {
        let before = heads.get(place.checked_sub(1)?)?;
        (before == heads.get(place)? && before.mt == Some(MT_TEXT)).then_some(())
    };
    // The first place is certain, and so is the last.
    for place in (0..=row).rev().take_while(|place| !is_certain(place)) {
        is_inner(place)?;
    }
    for place in (row + 1..begins.len()).take_while(|place| !is_certain(place)) {
        is_inner(place)?;
    }
    let first = |place: usize| u8::try_from(begins.get(place)?.trailing_zeros()).ok();
    Some(first(row)?..first(row + 1)?)
}

fn members(places: Places) -> impl Iterator<Item = usize> {
    (0..=TEXTS_MAX).filter(move |place| places >> place & 1 == 1)
}

/// Rows of a batch in which texts are looked for; in a longer one, none is anybody's.
const ROWS_MAX: usize = 64;
/// Likewise, texts: as many as [`Places`] has places between.
const TEXTS_MAX: usize = 127;
