//! A strip of eight APA102, as its data sheet describes it: zeros start a frame, then each pixel takes the first four octets
//! that come and hands on the rest. It does not know who sends them.

use super::Part;

/// The pixels, and where in a frame they are.
#[derive(Default)]
pub(crate) struct Apa102 {
    /// Global brightness, blue, green, red.
    pixels: [[u8; 4]; PIXELS],
    awaits: Awaits,
    strange: usize,
}

/// What a strip waits for.
enum Awaits {
    /// The first one bit, after so many zero octets.
    One(usize),
    /// The rest of these octets, which are for that pixel.
    Pixel(Vec<u8>, usize),
}

impl Default for Awaits {
    fn default() -> Self {
        Self::One(0)
    }
}

impl Part for Apa102 {
    fn write(&mut self, transfer: &[u8]) {
        transfer.iter().for_each(|&octet| self.take(octet));
    }

    fn read(&mut self) -> u8 {
        0
    }

    fn power_comes_back(&mut self) {
        *self = Self::default();
    }

    /// A line for each pixel: its colour, and its brightness of at most 31.
    fn words(&self) -> String {
        let line = |[global, blue, green, red]: &[u8; 4]| {
            format!("#{red:02x}{green:02x}{blue:02x} {}\n", global & 0x1F)
        };
        self.pixels.iter().map(line).collect()
    }

    fn strange(&self) -> usize {
        self.strange
    }
}

impl Apa102 {
    fn take(&mut self, octet: u8) {
        match &mut self.awaits {
            Awaits::One(zeros) if octet == 0 => *zeros += 1,
            // A pixel begins with 111.
            Awaits::One(START..) if octet >= 0xE0 => self.awaits = Awaits::Pixel(vec![octet], 0),
            Awaits::One(_) => {
                self.strange += 1;
                self.awaits = Awaits::default();
            }
            Awaits::Pixel(octets, index) => {
                octets.push(octet);
                let Ok(word) = <[u8; 4]>::try_from(octets.as_slice()) else { return };
                let index = *index;
                self.fill(index, word);
            }
        }
    }

    fn fill(&mut self, index: usize, word: [u8; 4]) {
        if word == [0; 4] {
            self.awaits = Awaits::One(START);
            return;
        }
        match self.pixels.get_mut(index) {
            Some(pixel) if word[0] >= 0xE0 => *pixel = word,
            _ => self.strange += 1,
        }
        self.awaits = Awaits::Pixel(Vec::new(), index + 1);
    }
}

pub(crate) fn a_frame_in_pieces_is_a_frame() {
    let mut strip = Apa102::default();
    let frame: Vec<u8> = [[0; 4], [0xFF, 1, 2, 3], [0xE4, 0, 0, 9], [0; 4]].concat();
    frame.chunks(3).for_each(|piece| strip.write(piece));
    assert!(strip.words().starts_with("#030201 31\n#090000 4\n#000000 0\n"), "{}", strip.words());
    strip.write(&[0]);
    strip.write(&[0, 0, 0, 0, 0xFF, 0, 0, 7, 0, 0, 0, 0]);
    assert!(strip.words().starts_with("#070000 31\n#090000 4\n"), "{}", strip.words());
    assert_eq!(strip.strange(), 0);
    strip.write(&[1]);
    assert_eq!(strip.strange(), 1, "no pixel begins so");
}

const PIXELS: usize = 8;
/// Octets of 32 zero bits.
const START: usize = 4;
