//! The QQ client against the QQ emulator, which shares no code with it: two readings of the same documents.
//!
//! In reading order: `seeds` (every request and reply those documents print), `world` (virtual time and the wires between
//! clients and the service), then the stories: `text` (what arrives of what was typed, and what no octets can do),
//! `habits` (each of the server's habits and what it leads to), `week` (all of them, for a week), and `program` for the
//! door a person opens.

#![cfg(feature = "emulator")]

mod habits;
mod program;
mod seeds;
mod text;
#[path = "../common/virtual_time.rs"]
mod virtual_time;
mod week;
mod world;
