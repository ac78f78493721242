//! Keys as buttons: which key stands for which button, and what the octets of a keyboard mean.
//! It does not know what a button does.

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Press {
    /// A short press of the button with that index.
    Tap(u8),
    /// A long one.
    Hold(u8),
    /// The end of the program.
    Quit,
    /// Back to the shell for a while.
    Suspend,
}

/// The keys of the buttons, and where in an escape sequence the keyboard is.
#[derive(Debug)]
pub(super) struct Keys {
    letters: Vec<u8>,
    escape: Escape,
}

/// Arrow and function keys are sequences whose letters must not press buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    Outside,
    Begun,
    Inside,
}

impl Keys {
    /// A letter for each button: one of its name, if it is free; `q` quits.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut letters: Vec<u8> = Vec::new();
        for name in names {
            let wanted = name.bytes().map(|octet| octet.to_ascii_lowercase()).chain(b'a'..=b'z');
            let free = |octet: &u8| octet.is_ascii_lowercase() && *octet != b'q' && !letters.contains(octet);
            let letter = wanted.into_iter().find(free);
            letters.extend(letter);
        }
        Self { letters, escape: Escape::Outside }
    }

    /// The letter of a button.
    pub(super) fn letter(&self, index: usize) -> Option<char> {
        self.letters.get(index).copied().map(char::from)
    }

    /// What an octet of the keyboard asks for.
    pub(super) fn press(&mut self, octet: u8) -> Option<Press> {
        let (escape, meant) = match (self.escape, octet) {
            (_, ESC) => (Escape::Begun, false),
            (Escape::Begun, b'[' | b'O') => (Escape::Inside, false),
            (Escape::Inside, 0x20..=0x3F) => (Escape::Inside, false),
            // The letter that ends a sequence, or one typed together with Alt.
            (Escape::Inside | Escape::Begun, 0x20..) => (Escape::Outside, false),
            (_, _) => (Escape::Outside, true),
        };
        self.escape = escape;
        if !meant {
            return None;
        }
        match octet {
            CTRL_C | CTRL_D | b'q' | b'Q' => Some(Press::Quit),
            CTRL_Z => Some(Press::Suspend),
            _ => {
                let lower = octet.to_ascii_lowercase();
                let index = self.letters.iter().position(|&letter| letter == lower)?;
                let index = u8::try_from(index).ok()?;
                Some(if octet == lower { Press::Tap(index) } else { Press::Hold(index) })
            }
        }
    }
}

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const CTRL_Z: u8 = 0x1A;
const ESC: u8 = 0x1B;

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(keys: &mut Keys, octets: &[u8]) -> Vec<Press> {
        octets.iter().filter_map(|&octet| keys.press(octet)).collect()
    }

    #[test]
    fn letters_come_from_the_names_and_never_twice() {
        let keys = Keys::new(["left", "right", "lamp", "quiet", "Ä", "left"].into_iter());
        let letters: String = (0..6).filter_map(|index| keys.letter(index)).collect();
        assert_eq!(letters, "lraube");
    }

    #[test]
    fn a_letter_taps_and_its_capital_holds() {
        let mut keys = Keys::new(["left", "right"].into_iter());
        assert_eq!(pressed(&mut keys, b"lRx\xc3\xa4q"), [Press::Tap(0), Press::Hold(1), Press::Quit]);
        assert_eq!(pressed(&mut keys, &[CTRL_Z, CTRL_C]), [Press::Suspend, Press::Quit]);
    }

    #[test]
    fn arrow_keys_and_alt_press_nothing_even_in_pieces() {
        let mut keys = Keys::new(["left", "right", "alarm", "clock"].into_iter());
        assert_eq!(pressed(&mut keys, b"\x1b[A\x1b[1;5C\x1bOAl"), [Press::Tap(0)]);
        assert_eq!(pressed(&mut keys, b"\x1bl\x1b\x1b[B\x1b"), []);
        assert_eq!(pressed(&mut keys, b"[Al"), [Press::Tap(0)]);
        assert_eq!(pressed(&mut keys, b"\x1b\x03"), [Press::Quit]);
    }
}
