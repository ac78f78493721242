//! What board files, and lights, of several checks have in common. It does not know who puts them together.

/// A LED on the lamp's line.
pub(super) const LAMP: &str = "[leds.desk]\nline = \"GPIO17\"\n";
/// It shows Bob.
pub(super) const PRESENCE: &str = "[[light]]\nled = \"desk\"\npresence_of = \"bob\"\n";
/// A button between its line and ground.
pub(super) const BUTTON: &str = "[buttons.left]\nline = \"GPIO5\"\n";
/// The SSD1306 of the bus.
pub(super) const OLED: &str =
    "[display]\ndriver = \"ssd1306\"\nbus = \"/dev/i2c-1\"\naddress = 0x3c\nsize = \"128x64\"\n";
