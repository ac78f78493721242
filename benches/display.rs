//! What a whole picture of the display costs, letters against wide glyphs against boxes: `cargo bench --bench display`.
//!
//! It prints the shortest of many runs, and ratios: they stay what they are when the machine is another.

use std::hint::black_box;
use std::time::{Duration, Instant};

use nudged::board::pixels::{Picture, Size};
use nudged::frame::{Layout, Screen};
use nudged::text::cut;

fn main() {
    let letters = of_rows("Bob Miller    online!");
    let wide = of_rows("明天中午一起吃饭好吗");
    let rare = of_rows("孬晖玮烨琏靓骓鸨鼗赝");
    let boxes = of_rows("🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂");
    println!("6 rows of letters        {letters:>9.1?}");
    for (name, time) in [("frequent hanzi", wide), ("rare hanzi", rare), ("boxes", boxes)] {
        println!(
            "6 rows of {name:<14} {time:>9.1?}  {:.2} times",
            time.as_secs_f64() / letters.as_secs_f64()
        );
    }
}

/// The time of one picture with this row on every row.
fn of_rows(row: &str) -> Duration {
    let screen = Screen { layout: Layout::List, rows: (0..6).map(|_| cut(row)).collect(), lit: true };
    let once = || {
        let start = Instant::now();
        black_box(Picture::of(black_box(&screen), Size::W128H64));
        start.elapsed()
    };
    (0..2000).map(|_| once()).min().unwrap_or_default()
}
