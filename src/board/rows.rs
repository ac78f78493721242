//! Rows of text made to fit so many columns: cut, broken into lines, or with their two ends moved together.
//! It does not know what draws them; columns are those of [`cells`].

use crate::text::{breaks_between, cells, is_showable};

/// Columns a text takes; what must not be shown takes none.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Columns of one character.
pub(super) fn columns(c: char) -> usize {
    if is_showable(c) { cells(c) } else { 0 }
}

/// A text that fits; what is too wide ends in `mark`, which takes one column.
pub(super) fn fitted(text: &str, room: usize, mark: char) -> String {
    if width(text) <= room {
        return text.into();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += columns(*c);
        used <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}{mark}", kept.trim_end())
}

/// A row that fits. One whose two ends were set apart by spaces, as a name and what its owner does, keeps the right one
/// whole: spaces go first, then the left one is cut.
pub(super) fn squeezed(row: &str, room: usize, mark: char) -> String {
    if width(row) <= room {
        return row.into();
    }
    let Some((left, right)) = row.trim_end().rsplit_once("  ") else { return fitted(row, room, mark) };
    let (left, wide) = (left.trim_end(), width(right));
    if left.is_empty() || wide + 2 > room {
        return fitted(row, room, mark);
    }
    let left = fitted(left, room - wide - 1, mark);
    format!("{left}{}{right}", " ".repeat(room - wide - width(&left)))
}

/// A text in lines that fit, broken at spaces, where wide characters may be parted, and inside words that are longer
/// than a line. There is always one.
pub(super) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut gap = if line.is_empty() { "" } else { " " };
        for piece in pieces(word) {
            if !line.is_empty() && width(&line) + width(gap) + width(piece) > room {
                lines.push(std::mem::take(&mut line));
                gap = "";
            }
            line.push_str(gap);
            gap = "";
            for c in piece.chars() {
                if width(&line) + columns(c) > room {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
    }
    lines.push(line);
    lines
}

/// The first lines of a text that has more, the last of them marked as not the end.
pub(super) fn shortened(mut lines: Vec<String>, most: usize, room: usize, mark: char) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = fitted(&format!("{} {mark}", last.trim_end_matches([mark, ' '])), room, mark);
        }
    }
    lines
}

/// A word in pieces that stay together.
fn pieces(mut word: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let parted = |((_, before), after): &((usize, char), char)| breaks_between(*before, *after);
        let end = word.char_indices().zip(word.chars().skip(1)).find(parted);
        let (piece, rest) = word.split_at(end.map_or(word.len(), |((at, c), _)| at + c.len_utf8()));
        word = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_wrap_at_spaces_and_long_words_break() {
        assert_eq!(wrapped("Are you coming to lunch?", 21), ["Are you coming to", "lunch?"]);
        assert_eq!(
            wrapped("see https://example.net/a/long/way", 21),
            ["see", "https://example.net/a", "/long/way"]
        );
        assert_eq!(wrapped("在吗？Bob 今天来", 8), ["在吗？", "Bob 今天", "来"]);
        assert_eq!(wrapped("你好吗，我《很》好。", 6), ["你好", "吗，我", "《很》", "好。"]);
        assert_eq!(wrapped("  ", 21), [""]);
        assert_eq!(wrapped("already wrapped here", 21).len(), 1);
    }

    #[test]
    fn what_is_too_wide_ends_in_a_mark() {
        assert_eq!(fitted("twenty-one characters", 21, '…'), "twenty-one characters");
        assert_eq!(fitted("twenty-two characters!", 21, '…'), "twenty-two character…");
        assert_eq!(fitted("a b c d e f g h i j k l m", 21, '…'), "a b c d e f g h i j…");
        assert_eq!(fitted("你好你好", 5, '→'), "你好→");
    }

    #[test]
    fn the_right_end_of_a_row_is_kept_whole() {
        let squeezed = |row, room| squeezed(row, room, '…');
        assert_eq!(squeezed("Bob             busy", 20), "Bob             busy");
        assert_eq!(squeezed("Bob             busy", 10), "Bob   busy");
        assert_eq!(squeezed("Zoë Müller      away", 10), "Zoë…  away");
        assert_eq!(squeezed("Zoë Müller      away", 5), "Zoë…");
        assert_eq!(squeezed("somebody with one space", 10), "somebody…");
        assert_eq!(squeezed("   far to the right", 10), "   far to…");
    }

    proptest! {
        #[test]
        fn everything_fits(text: String, room in 2..24_usize) {
            for line in wrapped(&text, room).into_iter().chain([
                fitted(&text, room, '…'),
                squeezed(&text, room, '…'),
                squeezed(&format!("{text}   busy"), room, '…'),
            ]) {
                prop_assert!(width(&line) <= room, "{:?}", line);
            }
        }
    }
}
