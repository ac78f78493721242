//! Whole sessions with the service, octet by octet.

mod faults;
mod friends;
mod lists;
mod passport;
mod seeds;
mod server;
mod switchboards;
mod transcripts;
