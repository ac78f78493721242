//! The nearest right word to a wrong one, for error texts: `unknown word "rnu"; did you mean "run"?`
//!
//! Knows no words of its own, but what some are taken for.

use std::cmp::Reverse;

/// `did you mean "run"?`, or `expected run, demo or check` when nothing is near.
pub(crate) fn hint<'a>(wrong: &str, right: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(wrong, right.clone()) {
        Some(word) => format!("did you mean \"{word}\"?"),
        None => format!("expected {}", listed(right)),
    }
}

/// The word that was meant: the one that this is taken for, or else the nearest, if one is near enough to be a slip of
/// the finger. Of several as near, the one whose length is nearest; then the longer, for more is forgotten than typed
/// twice.
pub(crate) fn nearest<'a>(wrong: &str, right: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let meant = TAKEN_FOR.iter().find(|(word, _)| *word == wrong).map(|(_, meant)| *meant);
    let mut words = right.clone().into_iter();
    if let Some(word) = words.find(|word| Some(*word) == meant) {
        return Some(word);
    }
    let length = wrong.chars().count();
    let slips = length.min(WORD_MAX) / 3;
    right
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&cut(&wrong), &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= slips.max(1))
        .min_by_key(|(distance, word)| {
            let long = word.chars().count();
            (*distance, length.abs_diff(long), Reverse(long))
        })
        .map(|(_, word)| word)
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.as_slice() {
        [] => "nothing here".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

fn cut(word: &str) -> String {
    word.chars().take(WORD_MAX).collect()
}

/// Words for another thing than they say, and the right ones.
const TAKEN_FOR: [(&str, &str); 2] = [("offline", "invisible"), ("hidden", "invisible")];
/// Characters of a wrong word that are compared: the comparison takes the product of both lengths.
const WORD_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let words = ["server", "account", "led"];
        assert_eq!(nearest("sever", words), Some("server"));
        assert_eq!(nearest("acuont", words), Some("account"));
        assert_eq!(nearest("LED", words), Some("led"));
        assert_eq!(nearest("palette", words), None);
        assert_eq!(nearest("rpi4", ["rpi", "rpi-4", "rpi-zero"]), Some("rpi-4"));
        assert_eq!(nearest("rpl4", ["rpi-4", "rpi4"]), Some("rpi4"));
        assert_eq!(nearest(&"x".repeat(1_000_000), words), None);
    }

    #[test]
    fn words_are_listed_as_one_speaks() {
        assert_eq!(hint("x", ["ab", "cd", "ef"]), "expected ab, cd or ef");
        assert_eq!(hint("ba", ["ab"]), "did you mean \"ab\"?");
        assert_eq!(listed(["a"]), "a");
    }

    #[test]
    fn whoever_wants_to_be_seen_offline_is_told_the_word_for_it() {
        let statuses = crate::presence::Status::ALL.map(crate::presence::Status::as_str);
        assert_eq!(nearest("Offline", statuses), Some("invisible"));
        assert_eq!(nearest("onlnie", statuses), Some("online"));
        assert_eq!(nearest("offline", ["online", "offset"]), Some("online"), "only where it is a right word");
    }
}
