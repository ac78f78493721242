//! nudged, the nudge daemon: a desk presence light and quick-reply box for revived MSN networks and the HTTP QQ interface.
//!
//! This page is the map of the house. Dependencies point down only.
//!
//! # The person's door
//! `cli` reads the command line and joins the rooms a command needs. `main.rs` only calls it.
//!
//! # The shell: may touch the world (feature `std`)
//! * `driver`: the one loop. It reads the clock, waits for links, the board, signals and time, and tells the core.
//! * `net`: TCP, TLS and DNS on that one thread.
//! * `board`: where a frame becomes light and pixels, and a press of a button comes from.
//! * `config`: TOML to [`agent::Settings`], with every mistake at its line and column.
//! * `control`: people and scripts at a shell, through a unix socket.
//! * `store`: the contact list on disk, over restarts and power cuts.
//! * `json`: lines for scripts that a terminal may show, used by the headless board and `control`.
//! * `nearest`: "did you mean", for whoever mistyped a word, a name or a line.
//! * `watchdog`: who restarts a program, or a machine, that hangs: systemd and the kernel.
//! * `emulator`: MSN and QQ servers for the demo, for tests, and for other clients: a second, independent reading of the
//!   protocol, which uses no room of the core.
//!
//! # The core: no clock, no I/O, no std
//! * [`agent`]: what events mean. One value holds all state: [`agent::Agent`]. One function changes it,
//!   [`agent::Agent::handle`]; one enum leaves it, [`agent::Output`].
//! * [`msnp`]: what the octets of MSNP2 to MSNP12 mean. [`qq`]: the same for the HTTP QQ interface, in
//!   the same shape. [`http`]: as much of HTTP as both need.
//! * The words everybody uses: [`time`], [`limits`], [`text`], [`presence`], [`message`], [`verdict`], [`link`],
//!   [`retry`], [`frame`].
//!
//! # How a turn goes
//! ```text
//!   socket, button, signal, timer ──► driver ──► Agent::handle(now, Input)
//!                                       ▲              │
//!                                       │              ▼
//!   sockets, board, snapshot file ◄── driver ◄── Agent::poll(now) -> Output, until WakeAt
//! ```
//! Time is an argument, so a test plays a month in a second. A frame is computed from the whole state each turn; nothing
//! ever sets a light, so nothing can forget to take it back.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

// The words everybody uses.
pub mod frame;
pub mod limits;
pub mod link;
pub mod message;
pub mod presence;
pub mod retry;
pub mod text;
pub mod time;
pub mod verdict;

// What the octets mean, and what events mean.
pub mod agent;
pub mod http;
pub mod msnp;
pub mod qq;

// The shell.
#[cfg(feature = "std")]
pub mod board;
#[cfg(feature = "std")]
pub mod cli;
#[cfg(feature = "std")]
pub mod config;
#[cfg(feature = "std")]
pub mod control;
#[cfg(feature = "std")]
pub mod driver;
#[cfg(feature = "emulator")]
pub mod emulator;
#[cfg(feature = "std")]
mod json;
#[cfg(feature = "std")]
mod nearest;
#[cfg(feature = "std")]
pub mod net;
#[cfg(feature = "std")]
pub mod store;
#[cfg(feature = "std")]
pub mod watchdog;
