//! Every capacity of the core in one place: its unit, its reason, and what happens when it is full.

use crate::time::Duration;

// ---- Wire, MSNP ----

/// Octets of a line that is kept; longer lines are skipped to their LF and reported.
/// An ILN with a 129-octet address, a 387-octet name and a 1 kB msnobj is the longest a server sends.
pub const LINE_MAX: usize = 2048;
/// Octets of a line without LF after which the link is closed: nothing that speaks MSNP sends this.
pub const LINE_HOPELESS: usize = 64 * 1024;
/// Octets of a payload that is kept; longer ones are skipped by their length without buffering.
/// A switchboard message carries at most 1664 octets `[Movva99]`.
pub const PAYLOAD_MAX: usize = 1664;
/// Octets a payload may announce before we call the length lost and close the link.
pub const PAYLOAD_HOPELESS: u64 = 1024 * 1024;
/// Fields of a command line that are kept; a line with more keeps the first ones and stays one command.
pub const FIELDS_MAX: usize = 32;
/// Octets waiting for one MSN link; full means the peer stopped reading, and the link is closed.
pub const OUTBOX_MAX: usize = 4096;
/// Chunked messages being put together at once; one more displaces the oldest.
pub const CHUNKED_MAX: usize = 2;
/// Chunks a message may announce; of one with more only the first chunk is shown.
pub const CHUNKS_MAX: u32 = 64;
/// Octets the driver hands to the agent at once; a whole turn's notices fit `NOTICES_MAX` at this size.
pub const READ_CHUNK: usize = 1024;

// ---- Wire, HTTP ----

/// Octets of an answer's head; a longer one is refused. The longest real ones, Passport's with its cookies, reach half.
pub const HTTP_HEAD_MAX: usize = 8 * 1024;
/// Octets of the header lines kept of a head: a ticket of [`TICKET_MAX`] and a location of [`URL_MAX`] with room to spare;
/// an answer with more is refused.
pub const HTTP_KEPT_MAX: usize = 4 * 1024;
/// Octets a body may have; what is over the part kept is skipped, what is over this is refused.
pub const HTTP_BODY_MAX: u64 = 1024 * 1024;
/// Octets of a request: a location of [`URL_MAX`], percent-escaped credentials and a challenge of
/// [`PASSPORT_CHALLENGE_MAX`]; a longer one is not sent.
pub const HTTP_REQUEST_MAX: usize = 4 * 1024;
/// Octets of a URL; longer ones are refused.
pub const URL_MAX: usize = 1024;
/// Octets of the challenge in `USR TWN S`: real ones reach 200; a longer one ends the sign-in.
pub const PASSPORT_CHALLENGE_MAX: usize = 512;

// ---- Names ----

/// Octets of an account address: 129 by the protocol; longer ones are ignored with a warning.
pub const ACCOUNT_MAX: usize = 129;
/// Octets of a decoded friendly name we keep; longer ones are cut at a character.
pub const NAME_MAX: usize = 128;
/// Octets of a group name, decoded; longer ones are cut at a character.
pub const GROUP_NAME_MAX: usize = 61;
/// Octets of a host name, as in DNS; longer ones are refused.
pub const HOST_MAX: usize = 253;
/// Octets of opaque session ids and keys (CKI, salts, challenges); longer ones end the session.
pub const OPAQUE_MAX: usize = 128;
/// Octets of a Passport ticket; real ones reach about 600, our bound leaves room; longer ones are refused.
pub const TICKET_MAX: usize = 2048;
/// Octets of a message's text we keep for the display; longer ones are cut at a character and marked with `…`.
pub const TEXT_MAX: usize = 400;

// ---- Tables ----

/// Contacts of one account; further ones are counted and ignored.
pub const CONTACTS_MAX: usize = 2000;
/// Groups of one account: 30 by the protocol; the roster keeps membership in 32 bits.
pub const GROUPS_MAX: usize = 32;
/// Switchboards at once; an invitation beyond it displaces the one idle longest, or is declined when all are in use.
pub const SWITCHBOARDS_MAX: usize = 4;
/// Senders with messages waiting; the oldest makes room for a new one.
pub const WAITING_MAX: usize = 8;
/// Notices a turn can hold; the oldest makes room and the loss is counted in the log.
pub const NOTICES_MAX: usize = 24;
/// Lights a frame can hold; a configuration with more is refused by `check`.
pub const LEDS_MAX: usize = 16;
/// Buttons a board can have; a configuration with more is refused by `check`.
pub const BUTTONS_MAX: usize = 8;
/// Rows and octets a row of a frame's text.
pub const ROWS_MAX: usize = 8;
/// Octets of one row of a frame's text: 21 columns of up to four octets, rounded up.
pub const ROW_MAX: usize = 96;

// ---- Time ----

/// TCP connect, TLS handshake included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// A ping unanswered for this long is shown: the link is stale.
pub const STALE_AFTER: Duration = Duration::from_secs(5);
/// One answer to one command; servers answer wrong commands with silence `[observed: Escargot]`.
pub const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(30);
/// The whole of SYN until the last row.
pub const SYNC_TIMEOUT: Duration = Duration::from_secs(60);
/// PNG after this much read silence when the server named no interval of its own.
pub const PING_DEFAULT: Duration = Duration::from_secs(45);
/// A QNG's seconds are honoured only inside these bounds.
pub const PING_MIN: Duration = Duration::from_secs(20);
/// See [`PING_MIN`].
pub const PING_MAX: Duration = Duration::from_secs(60);
/// The link is dead when QNG, or anything else, has not come by then.
pub const PONG_TIMEOUT: Duration = Duration::from_secs(20);
/// The first reconnect after an established session is spread over this, so a restarting server is not stormed.
pub const RECONNECT_SPREAD: Duration = Duration::from_secs(15);
/// No further reconnect is sooner than this.
pub const RECONNECT_FLOOR: Duration = Duration::from_secs(1);
/// The cap of the doubling part of a reconnect delay.
pub const RECONNECT_CAP: Duration = Duration::from_secs(120);
/// The reconnect delay starts over only after a session was synchronised for this long.
pub const STABLE_AFTER: Duration = Duration::from_secs(60);
/// Signed in elsewhere: stay away this long, doubling up to [`PARK_CAP`].
pub const PARK_FIRST: Duration = Duration::from_secs(600);
/// See [`PARK_FIRST`].
pub const PARK_CAP: Duration = Duration::from_secs(24 * 3600);
/// The one fresh try after refused credentials waits this long.
pub const FRESH_TRY_AFTER: Duration = Duration::from_secs(60);
/// XFR NS redirects followed in one sign-in.
pub const HOPS_MAX: u8 = 4;
/// HTTP redirects followed in one Passport exchange.
pub const PASSPORT_HOPS_MAX: u8 = 3;
/// The whole Passport exchange of one link.
pub const PASSPORT_TIMEOUT: Duration = Duration::from_secs(15);
/// A person called answers (JOI) or did not.
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(30);
/// MSG with ack mode A: the ACK or NAK.
pub const ACK_TIMEOUT: Duration = Duration::from_secs(15);
/// The next chunk of a chunked message; later the message is dropped.
pub const CHUNK_TIMEOUT: Duration = Duration::from_secs(60);
/// A switchboard nobody uses is left.
pub const SWITCHBOARD_IDLE: Duration = Duration::from_secs(300);
