//! Whether the machine's own parts are what they should be.

use crate::bus::{apa102, glass, hd44780, sh1106, ssd1306};

pub(super) fn parts_are_as_their_data_sheets_say() {
    glass::text_keeps_every_pixel();
    ssd1306::an_octet_is_eight_pixels_below_one_another();
    ssd1306::a_page_ends_where_it_began_and_noise_is_seen();
    sh1106::the_panel_shows_the_middle_of_the_memory();
    sh1106::what_only_its_cousin_knows_is_strange();
    apa102::a_frame_in_pieces_is_a_frame();
    hd44780::halves_become_characters_and_lines_continue_as_wired();
}
