//! The real program, from the outside: what it prints, how it ends, what it never tells. Everything waits for lines,
//! each with a deadline; nothing sleeps to be in step.
//!
//! `NUDGED_UNDER_TEST` names another program to test, a command split at blanks, as in
//! `qemu-arm-static -cpu arm1176 target/…/nudged`; servers and friends stay this machine's own.
#![cfg(feature = "emulator")]

mod desk;
mod friend;
mod number;
mod process;
mod service;
mod tap;

mod alive;
mod both;
mod buttons;
mod control;
mod demo;
mod emulate;
mod ends;
mod plain;
mod restart;
mod secrets;
mod sign_in;
mod wires;
mod wrong;
