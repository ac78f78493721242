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
/// Headers an answer's head may have; one with more is refused. Passport's has about twenty.
pub const HTTP_HEADERS_MAX: usize = 128;
/// Octets a body may have; what is over the part kept is skipped, what is over this is refused.
pub const HTTP_BODY_MAX: u64 = 1024 * 1024;
/// Octets of a request: a location of [`URL_MAX`], percent-escaped credentials and a challenge of
/// [`PASSPORT_CHALLENGE_MAX`]; a longer one is not sent.
pub const HTTP_REQUEST_MAX: usize = 4 * 1024;
/// Octets of a URL; longer ones are refused.
pub const URL_MAX: usize = 1024;
/// Octets of the challenge in `USR TWN S`: real ones reach 200; a longer one ends the sign-in.
pub const PASSPORT_CHALLENGE_MAX: usize = 512;

// ---- Wire, QQ ----

/// Octets of a QQ reply's body; what is over is not kept, and the messages in it are told as garbled.
pub const QQ_REPLY_MAX: usize = 64 * 1024;
/// Octets of a reply that have room from the beginning: a page of [`QQ_STAT_PAGE`] friends with their names, or a dozen of
/// the longest messages. Only a longer one allocates, and its room is given back.
pub const QQ_REPLY_ROOM: usize = 6 * 1024;
/// Octets of a QQ answer's head; a longer one is refused. Three short headers come; a proxy before the server adds some.
pub const QQ_HEAD_MAX: usize = 3 * 1024;
/// Octets of a QQ request's body: a piece of [`QQ_SAY_MAX`], every octet escaped, and its other fields.
pub const QQ_BODY_MAX: usize = 1408;
/// Octets of a whole QQ request: [`QQ_BODY_MAX`], a host name and five short header lines; a longer one is not sent, and
/// the account is refused for its server's address.
pub const QQ_REQUEST_MAX: usize = 2048;
/// Octets after which a server cuts a message into pieces.
pub const QQ_PIECE: usize = 400;
/// Octets of what we send at once, at most: the server adds a blank, and 400 would come out as two messages there.
pub const QQ_SAY_MAX: usize = 399;
/// Octets kept of a message put together from pieces; longer ones are cut at a character and marked with `…`.
pub const QQ_TEXT_MAX: usize = 1200;
/// Pieces of one message; with more it is shown as far as it came.
pub const QQ_PIECES_MAX: u8 = 8;
/// Messages being put together at once; one more shows the oldest as far as it came.
pub const QQ_ASSEMBLING_MAX: usize = 2;
/// Messages waiting to be sent; further ones fail at once.
pub const QQ_SAYS_MAX: usize = 3;
/// Octets of a reason or request that goes with a friendship, or came with it; longer ones are cut at a character.
pub const QQ_WORDS_MAX: usize = 200;
/// Friends asked for at once by `List` `[seed 002]`.
pub const QQ_LIST_PAGE: u16 = 160;
/// Friends asked for at once by `Query_Stat` `[seed 002]`.
pub const QQ_STAT_PAGE: u16 = 50;
/// Pages of one listing; of a server that never ends one, the rest is not asked for.
pub const QQ_PAGES_MAX: u8 = 40;

// ---- Names ----

/// Octets of an account address: 129 by the protocol; longer ones are ignored with a warning.
pub const ACCOUNT_MAX: usize = 129;
/// Octets of a decoded friendly name we keep; longer ones are cut at a character.
pub const NAME_MAX: usize = 128;
/// Characters of a name of the person's own, for a LED, a button, a contact or a set: one row of the display and a bit;
/// longer ones are mistakes.
pub const OWN_NAME_MAX: usize = 32;
/// Octets of a group name, decoded; longer ones are cut at a character.
pub const GROUP_NAME_MAX: usize = 61;
/// Octets of a reason shown to people; longer ones are cut at a character.
pub const WHY_MAX: usize = 96;
/// Octets of a host name, as in DNS; longer ones are refused.
pub const HOST_MAX: usize = 253;
/// Octets of opaque session ids and keys (CKI, salts, challenges); longer ones end the session.
pub const OPAQUE_MAX: usize = 128;
/// Octets of a Passport ticket; real ones reach about 600, our bound leaves room; longer ones are refused.
pub const TICKET_MAX: usize = 2048;
/// Octets of a message's text we keep for the display; longer ones are cut at a character and marked with `…`. And of a reply
/// of ours: one of more than [`QQ_SAY_MAX`] goes out on QQ as two.
pub const TEXT_MAX: usize = 400;

// ---- Tables ----

/// Contacts of one account; further ones are counted and ignored.
pub const CONTACTS_MAX: usize = 2000;
/// Groups of one account: 30 by the protocol; the roster keeps membership in 32 bits.
pub const GROUPS_MAX: usize = 32;
/// Groups of a contact that `nudged status` tells; more are left out. A server may put every contact into every group:
/// the answer would be longer than a person at a shell accepts.
pub const GROUPS_TOLD_MAX: usize = 8;
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
/// A QQ answer: penalties take 20 to 30 s `[seed 003]`, and whoever hangs up early has lost what it carried.
pub const QQ_REPLY_TIMEOUT: Duration = Duration::from_secs(45);
/// Messages that come octet by octet, each within [`QQ_REPLY_TIMEOUT`], may take this long: they are gone from the server.
/// What people wait for meanwhile comes after it, and is given up after three minutes.
pub const QQ_MAIL_WITHIN: Duration = Duration::from_secs(90);
/// No second try of what was answered with RES=3.
pub const QQ_PENALTY: Duration = Duration::from_secs(30);
/// HI, the seconds between signs of life, where the server names none, and the bounds in which it is believed.
pub const QQ_HI_DEFAULT: Duration = Duration::from_secs(60);
/// See [`QQ_HI_DEFAULT`].
pub const QQ_HI_MIN: Duration = Duration::from_secs(10);
/// See [`QQ_HI_DEFAULT`].
pub const QQ_HI_MAX: Duration = Duration::from_secs(120);
/// LI, the silence after which the server calls us gone, where it names none. It is believed from two HI on.
pub const QQ_LI_DEFAULT: Duration = Duration::from_secs(300);
/// See [`QQ_LI_DEFAULT`].
pub const QQ_LI_MAX: Duration = Duration::from_secs(900);
/// Messages are not asked for more often than this while nothing happens, whatever is configured.
pub const QQ_POLL_MIN: Duration = Duration::from_secs(5);
/// When messages were to be asked for this long ago, that comes before anything of ours.
pub const QQ_POLL_OVERDUE: Duration = Duration::from_secs(10);
/// Messages are asked for this often in a conversation.
pub const QQ_POLL_ACTIVE: Duration = Duration::from_secs(3);
/// A conversation is alive for so long after the last message of either side.
pub const QQ_ACTIVE_FOR: Duration = Duration::from_secs(60);
/// Friends' states are listed anew this often: a change can get lost with an answer.
pub const QQ_STAT_EVERY: Duration = Duration::from_secs(300);
/// Between two messages of ours; faster earns RES=3.
pub const QQ_SAY_SPACING: Duration = Duration::from_millis(1500);
/// Between two changes of our own state; faster earns RES=3.
pub const QQ_STATUS_SPACING: Duration = Duration::from_secs(30);
/// The next try after a request without an answer.
pub const QQ_RETRY_AFTER: Duration = Duration::from_secs(5);
/// A message of ours that could not be asked for by then has failed: nobody wants it to arrive later.
pub const QQ_SAY_WITHIN: Duration = Duration::from_secs(120);
/// The next piece of a message; later it is shown as far as it came.
pub const QQ_PIECE_TIMEOUT: Duration = Duration::from_secs(10);
/// Logout may take this long; the program is about to end.
pub const QQ_LOGOUT_WITHIN: Duration = Duration::from_secs(1);
