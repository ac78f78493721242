//! The sizes of panels of pixels, and where each stands in the memory of its controller.
//! It does not know what is drawn on them.

use crate::board::files::Controller;

/// The sizes of displays there are pictures for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Size {
    /// 128 by 64 pixels: the usual little OLED.
    #[default]
    W128H64,
    /// 128 by 32 pixels: the flat one.
    W128H32,
    /// 96 by 16 pixels: two lines of small letters.
    W96H16,
    /// 72 by 40 pixels: 0.42 inches.
    W72H40,
    /// 64 by 48 pixels: 0.66 inches.
    W64H48,
    /// 64 by 32 pixels: 0.49 inches.
    W64H32,
}

impl Size {
    /// Every size, in the order of error texts.
    pub const ALL: [Self; 6] =
        [Self::W128H64, Self::W128H32, Self::W96H16, Self::W72H40, Self::W64H48, Self::W64H32];

    /// The word of board files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::W128H64 => "128x64",
            Self::W128H32 => "128x32",
            Self::W96H16 => "96x16",
            Self::W72H40 => "72x40",
            Self::W64H48 => "64x48",
            Self::W64H32 => "64x32",
        }
    }

    /// Pixels across.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::W128H64 | Self::W128H32 => 128,
            Self::W96H16 => 96,
            Self::W72H40 => 72,
            Self::W64H48 | Self::W64H32 => 64,
        }
    }

    /// Pixels down, a multiple of eight.
    #[must_use]
    pub const fn height(self) -> usize {
        match self {
            Self::W128H64 => 64,
            Self::W64H48 => 48,
            Self::W72H40 => 40,
            Self::W128H32 | Self::W64H32 => 32,
            Self::W96H16 => 16,
        }
    }

    /// Columns of the controller's memory left of the first pixel, on the panels of this size that are sold: a narrow
    /// one is bonded to the middle of its controller. What a board file says wins.
    #[must_use]
    pub const fn column_offset(self, controller: Controller) -> u8 {
        match (self, controller) {
            (Self::W128H64 | Self::W128H32, Controller::Ssd1306) | (Self::W96H16, _) => 0,
            (Self::W128H64 | Self::W128H32, Controller::Sh1106) => 2,
            (Self::W72H40, Controller::Ssd1306) => 28,
            (Self::W72H40, Controller::Sh1106) => 30,
            (Self::W64H48 | Self::W64H32, _) => 32,
        }
    }

    /// The largest offset with which a controller still has memory for every column: what a board file may say.
    #[must_use]
    pub const fn column_offset_max(self, controller: Controller) -> u8 {
        #[expect(clippy::cast_possible_truncation, reason = "a width is at most 128")]
        let width = self.width() as u8;
        controller.columns() - width
    }
}
