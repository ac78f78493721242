//! The checks, in the order in which they run. Each leaves the machine as it found it.

mod buttons;
mod display;
mod doctor;
mod ends;
mod lights;
mod lines;
mod list;
mod parts;
mod systemd;
mod watchdog;
mod wires;

use super::Check;

/// Names and checks.
macro_rules! checks {
    ($($room:ident :: $check:ident),* $(,)?) => {
        &[$((stringify!($check), $room::$check)),*]
    };
}

/// On a kernel alone.
pub(super) const BARE: &[Check] = checks![
    parts::parts_are_as_their_data_sheets_say,
    lines::a_friend_goes_busy_and_a_line_changes_its_level,
    lines::a_line_is_found_by_its_number_where_the_kernel_has_another_name,
    lines::three_lines_make_a_colour,
    lines::a_traffic_light_is_green_amber_or_red,
    lines::a_press_that_bounces_sends_one_reply,
    lines::a_pi_5_is_wired_by_names_by_pins_and_by_places,
    lights::the_kernel_moves_a_led_and_the_agent_sleeps,
    lights::a_kernel_without_patterns_blinks_with_its_timer,
    lights::pixels_of_a_strip_show_a_friend_and_are_dark_at_the_end,
    display::an_oled_shows_the_list_and_a_message,
    display::an_sh1106_shows_the_same_picture,
    display::a_panel_of_characters_shows_the_list_and_a_message,
    display::a_hat_with_an_oled_on_spi_and_keys_works_as_it_is_sold,
    display::an_oled_goes_dark_at_the_end,
    display::an_oled_that_was_unplugged_is_drawn_anew_on_return,
    display::an_oled_whose_power_failed_unnoticed_is_right_when_it_is_lit_next,
    display::a_bus_that_vanishes_and_returns_is_opened_anew,
    display::a_slow_bus_shows_the_same,
    display::a_bus_that_hangs_makes_a_call_no_more_than_a_second_late,
    display::a_bus_that_hangs_makes_a_reply_no_more_than_a_second_late,
    buttons::a_click_that_ends_while_the_bus_holds_a_call_is_no_hold,
    buttons::a_hold_while_the_bus_holds_a_call_is_a_hold,
    buttons::a_double_while_the_bus_holds_a_call_is_a_double,
    buttons::a_storm_of_edges_while_the_bus_holds_a_call_is_no_gesture_and_is_told_of,
    list::lines_are_listed_with_their_users_and_what_the_board_has_on_them,
    list::leds_are_listed_with_their_triggers_and_what_the_board_has_on_them,
    wires::a_test_lights_each_line_in_turn_and_leaves_all_dark,
    wires::a_test_says_which_led_is_missing_and_lights_the_others,
    wires::a_test_of_a_display_that_does_not_answer_ends_with_the_reason,
    wires::a_test_draws_its_card_and_leaves_the_display_dark,
    wires::a_test_tells_gestures_of_a_button_that_bounces,
    wires::a_test_reports_a_button_that_is_down_at_the_start,
    doctor::the_doctor_finds_nothing_wrong_where_all_is_well,
    doctor::the_doctor_tells_a_silent_bus_from_one_that_hangs_and_from_none,
    doctor::the_doctor_says_who_has_taken_a_line_and_which_is_missing,
    doctor::the_doctor_says_what_a_user_lacks_and_is_content_when_that_is_mended,
    doctor::the_doctor_disturbs_no_agent,
    lines::lines_that_are_taken_or_missing_are_used_once_they_can_be,
    watchdog::a_watchdog_is_fed_for_longer_than_it_waits_and_disarmed_at_the_end,
    watchdog::a_watchdog_runs_out_when_the_agent_stands_still,
    watchdog::a_watchdog_runs_out_after_a_kill_unless_the_next_agent_takes_it_over,
    watchdog::an_agent_whose_bus_hangs_feeds_its_watchdog_in_time,
    watchdog::a_watchdog_that_somebody_holds_is_done_without_until_it_is_free,
    ends::after_a_kill_blank_puts_everything_off,
    ends::blank_puts_off_what_it_can_and_says_who_has_the_rest,
    ends::blank_needs_nothing_of_a_configuration_but_its_board,
];

/// Where systemd runs the unit that ships.
pub(super) const SYSTEM: &[Check] = checks![
    systemd::the_unit_starts_as_a_user_of_its_own_and_a_friend_lights_the_line,
    systemd::an_agent_that_stands_still_is_started_again,
    systemd::a_stop_signs_out_within_two_seconds_and_leaves_the_board_dark,
    systemd::a_wrong_configuration_is_not_tried_again,
    systemd::a_led_of_the_kernel_that_is_ours_is_lit_without_root,
    systemd::members_of_the_group_that_is_named_may_ask_the_agent,
];
