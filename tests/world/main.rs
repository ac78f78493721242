//! The whole agent against the whole service: on virtual time with everything that can go wrong, and over real sockets.
//!
//! In reading order: `guest` (a friend's client), `desk` (an agent and what its board shows), `people` (who is on MSN),
//! `world` (time, the wires between them, and the rules that hold after every step); then the stories: `dialects`, `faults`,
//! `rivals`, `month`, `thousand`, `two` (MSN and QQ at once), `control` (people at shells), `anything` (all of it at random),
//! and `sockets` for the same without any of that.

#![cfg(feature = "emulator")]

mod anything;
mod control;
mod desk;
mod dialects;
mod faults;
mod guest;
mod month;
mod people;
mod rivals;
mod sockets;
mod thousand;
mod two;
#[path = "../common/virtual_time.rs"]
mod virtual_time;
mod world;
