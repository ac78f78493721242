//! How often one place in the code may log, so a peer that misbehaves without end does not fill a card.
//!
//! Knows neither clock nor sink: time is an argument, and the caller prints.

/// A place in the code: its file and line.
pub(super) type Site = (&'static str, u32);

/// The places that logged lately.
#[derive(Debug, Default)]
pub(super) struct Sites {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    site: Site,
    since_ms: u64,
    lines: u32,
    left_out: u32,
}

impl Sites {
    /// Whether a place may say one more line. When too many places talk at once, new ones are not counted.
    pub(super) fn admit(&mut self, site: Site, now_ms: u64) -> bool {
        if let Some(row) = self.rows.iter_mut().find(|row| row.site == site) {
            if row.lines == LINES_MAX {
                row.left_out = row.left_out.saturating_add(1);
                return false;
            }
            row.lines += 1;
        } else if self.rows.len() < SITES_MAX {
            self.rows.push(Row { site, since_ms: now_ms, lines: 1, left_out: 0 });
        }
        true
    }

    /// Forgets a place whose time is over, and says how many of its lines were left out, if any were.
    /// Call until it answers `None`, before [`Sites::admit`].
    pub(super) fn over(&mut self, now_ms: u64) -> Option<(Site, u32)> {
        while let Some(index) =
            self.rows.iter().position(|row| now_ms.saturating_sub(row.since_ms) >= WINDOW_MS)
        {
            let row = self.rows.swap_remove(index);
            if row.left_out > 0 {
                return Some((row.site, row.left_out));
            }
        }
        None
    }
}

/// Lines a place may say in [`WINDOW_MS`].
const LINES_MAX: u32 = 20;
/// Milliseconds.
const WINDOW_MS: u64 = 60_000;
/// Places counted at once.
const SITES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_twenty_lines_a_minute_and_the_rest_is_counted() {
        let mut sites = Sites::default();
        let said = (0..1000).filter(|n| sites.admit(("a.rs", 1), *n)).count();
        assert_eq!(said, 20);
        assert!(sites.admit(("a.rs", 2), 5), "another place has lines of its own");
        assert_eq!(sites.over(59_999), None);
        assert_eq!(sites.over(60_000), Some((("a.rs", 1), 980)));
        assert_eq!(sites.over(60_005), None);
        assert!(sites.admit(("a.rs", 1), 60_006));
    }

    #[test]
    fn places_are_bounded() {
        let mut sites = Sites::default();
        for line in 0..10_000 {
            assert!(sites.admit(("a.rs", line), 0));
        }
        assert_eq!(sites.rows.len(), SITES_MAX);
        assert_eq!(sites.over(60_000), None);
        assert!(sites.rows.is_empty());
    }
}
