//! SYN and the rows of the lists, in the three shapes of MSNP2 to 7, 8 to 9, and 10 to 12.
//!
//! The end of the lists is not marked on the wire: it is counted. Rows that come when none are due (a server that said
//! "unchanged" and sends them all the same `[observed: Escargot]`) open a sync of their own, so nothing is lost.

use super::{Ending, Session, State, Step, answers, why};
use crate::limits::{ACCOUNT_MAX, GROUP_NAME_MAX, NAME_MAX, SYNC_TIMEOUT};
use crate::msnp::client::Sink;
use crate::msnp::command::Command;
use crate::msnp::dialect::SynShape;
use crate::msnp::{Contact, Event, GroupId, GroupIds, Guid, ListVersion, Lists};
use crate::text;
use crate::time::Instant;

/// How far the rows have come.
#[derive(Clone, Debug, Default)]
pub(super) struct Sync {
    /// Between `ListsBegin` and `ListsEnd`: when we stop waiting for rows.
    give_up_at: Option<Instant>,
    /// `ListsEnd` was said. Rows beyond those announced are told, but begin nothing: the lists are not void.
    over: bool,
    version: ListVersion,
    /// Counted shapes: rows that are still to come.
    contacts_left: Option<u64>,
    groups_left: Option<u64>,
    contacts_seen: bool,
    /// MSNP2 to MSNP7: the lists whose last row came.
    complete: Lists,
}

impl Sync {
    /// When the rows are given up, if some are due.
    pub(super) const fn give_up_at(&self) -> Option<Instant> {
        self.give_up_at
    }

    /// Whether what came so far can pass for lists: some contact, or none was announced.
    fn is_usable(&self) -> bool {
        self.contacts_seen || self.contacts_left == Some(0)
    }

    fn is_complete(&self) -> bool {
        match (self.contacts_left, self.groups_left) {
            (Some(contacts), Some(groups)) => contacts == 0 && (groups == 0 || self.contacts_seen),
            _ => self.complete.contains(ALL_LISTS),
        }
    }
}

impl Session {
    /// `SYN n serial`, or `SYN n stamp stamp` from MSNP10. A version of zero asks for everything.
    pub(super) fn say_syn(&mut self, now: Instant) {
        let wait = self.wait(now);
        let shape = self.dialect.syn_shape();
        let known = self.known.as_ref().filter(|known| suits(known, shape));
        let mut line = self.outbox.command("SYN").number(wait.trid);
        line = line.word(known.map_or("0", |known| &known.list));
        if shape == SynShape::Tagged {
            line = line.word(known.map_or("0", |known| &known.settings));
        }
        line.end();
        self.state = State::AwaitSyn(wait);
    }

    /// The answer to SYN: everything follows, or nothing does.
    pub(super) fn syn(&mut self, now: Instant, command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        let State::AwaitSyn(wait) = self.state else { return self.out_of_turn(command) };
        if !answers(command, wait) {
            return Ok(None);
        }
        let shape = self.dialect.syn_shape();
        let version = version_of(command, shape);
        let first_count = if shape == SynShape::Tagged { 3 } else { 2 };
        let count = |index| command.field(index).and_then(text::number);
        let contacts = count(first_count);
        let groups = contacts.map(|_| count(first_count + 1).unwrap_or(0));
        let asked = self.known.as_ref().filter(|known| suits(known, shape));
        let follows = match shape {
            SynShape::ListByList => asked.map_or("0", |asked| &asked.list) != version.list,
            // A version that equals ours may come with counts and without rows; if rows do come, they open a sync of
            // their own.
            SynShape::Counted | SynShape::Tagged => contacts.is_some() && asked != Some(&version),
        };
        self.sync = Sync { version, contacts_left: contacts, groups_left: groups, ..Sync::default() };
        if !follows {
            sink(Event::ListsUnchanged);
            self.say_first_chg(now);
        } else {
            self.state = State::AwaitLists;
            self.lists_begin(now, sink);
            self.lists_progress(now, sink);
        }
        Ok(None)
    }

    fn lists_begin(&mut self, now: Instant, sink: Sink<'_>) {
        if self.sync.give_up_at.is_none() && !self.sync.over {
            self.sync.give_up_at = Some(now + SYNC_TIMEOUT);
            sink(Event::ListsBegin);
        }
    }

    /// No row will come any more. Only lists that are whole are worth remembering by their version.
    fn lists_end(&mut self, now: Instant, version: &ListVersion, sink: Sink<'_>) {
        self.sync.give_up_at = None;
        self.sync.over = true;
        self.known = Some(version.clone());
        sink(Event::ListsEnd(version));
        if self.state == State::AwaitLists {
            self.say_first_chg(now);
        }
    }

    fn lists_progress(&mut self, now: Instant, sink: Sink<'_>) {
        if self.sync.give_up_at.is_some() && self.sync.is_complete() {
            let version = core::mem::take(&mut self.sync.version);
            self.lists_end(now, &version, sink);
        }
    }

    /// Some announced row never came. With what there is we can live, with nothing we can't.
    pub(super) fn lists_overdue(&mut self, now: Instant, sink: Sink<'_>) -> Step<'static> {
        let waited = SYNC_TIMEOUT.as_secs();
        if self.state == State::AwaitLists && !self.sync.is_usable() {
            return Err(Ending::Lost(why(format_args!("no answer to the lists within {waited} s"))));
        }
        log::warn!("msn: got fewer rows of the lists than expected within {waited} s, went on without them");
        self.lists_end(now, &ListVersion::default(), sink);
        Ok(None)
    }

    /// A line too long to read was skipped: if it was a row, it is not to be waited for.
    pub fn skipped(&mut self, now: Instant, head: &Command<'_>, sink: Sink<'_>) {
        if head.verb() == b"LST" {
            self.contact_came();
            self.lists_progress(now, sink);
        }
    }

    fn contact_came(&mut self) {
        self.sync.contacts_seen = true;
        self.sync.contacts_left = self.sync.contacts_left.map(|left| left.saturating_sub(1));
    }

    /// Whether rows have their place now: once SYN was answered.
    fn takes_rows(&self) -> bool {
        matches!(self.state, State::AwaitLists | State::AwaitChg(_) | State::Online)
    }

    /// A row of a group: `LSG n serial i total id name 0` up to MSNP7, `LSG id name 0` at 8 and 9, `LSG name guid` from 10.
    pub(super) fn lsg(&mut self, now: Instant, command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        if !self.takes_rows() {
            return self.out_of_turn(command);
        }
        let (id, name) = match self.dialect.syn_shape() {
            SynShape::ListByList => (command.field(4), command.field(5)),
            SynShape::Counted => (command.field(0), command.field(1)),
            SynShape::Tagged => (command.field(1), command.field(0)),
        };
        let (Some(id), Some(name)) = (id.and_then(GroupId::parse), name) else {
            return self.malformed(command);
        };
        self.lists_begin(now, sink);
        self.sync.groups_left = self.sync.groups_left.map(|left| left.saturating_sub(1));
        sink(Event::Group { id, name: &text::decoded::<GROUP_NAME_MAX>(name) });
        self.lists_progress(now, sink);
        Ok(None)
    }

    /// A row of a contact.
    pub(super) fn lst(&mut self, now: Instant, command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        if !self.takes_rows() {
            return self.out_of_turn(command);
        }
        self.lists_begin(now, sink);
        let row = match self.dialect.syn_shape() {
            SynShape::ListByList => Row::of_list(command, &mut self.sync.complete),
            SynShape::Counted => Row::counted(command),
            SynShape::Tagged => Row::of_fields(command.fields()),
        };
        self.contact_came();
        match row {
            Ok(Some(row)) => row.tell(|contact| sink(Event::Contact(contact))),
            Ok(None) => {}
            Err(Malformed) => {
                self.malformed(command)?;
            }
        }
        self.lists_progress(now, sink);
        Ok(None)
    }

    pub(super) fn malformed(&self, command: &Command<'_>) -> Step<'static> {
        let (verb, dialect) = (text::Quoted(command.verb()), self.dialect);
        log::warn!("msn: got {verb} in a shape {dialect} does not have, ignored it");
        Ok(None)
    }
}

/// Whether a version of the lists is one this shape of SYN can ask with.
fn suits(known: &ListVersion, shape: SynShape) -> bool {
    !known.list.is_empty() && (shape == SynShape::Tagged) != known.settings.is_empty()
}

fn version_of(command: &Command<'_>, shape: SynShape) -> ListVersion {
    let field = |index| text::lossy(command.field(index).unwrap_or_default());
    let settings = if shape == SynShape::Tagged { field(2) } else { heapless::String::new() };
    ListVersion { list: field(1), settings }
}

/// A row that is none.
pub(super) struct Malformed;

/// A contact's row, still in wire octets.
#[derive(Clone, Copy, Default)]
pub(super) struct Row<'a> {
    pub(super) account: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) lists: Lists,
    pub(super) guid: Option<Guid>,
    pub(super) groups: &'a [u8],
}

impl<'a> Row<'a> {
    /// MSNP2 to MSNP7, `LST n FL serial i total account name [gid,gid]`; an empty list is `LST n BL serial 0 0`.
    fn of_list(command: &Command<'a>, complete: &mut Lists) -> Result<Option<Self>, Malformed> {
        let list = command.field(1).and_then(Lists::named).ok_or(Malformed)?;
        let number = |index| command.field(index).and_then(text::number).ok_or(Malformed);
        let (index, total) = (number(3)?, number(4)?);
        if index >= total {
            *complete = complete.with(list);
        }
        if total == 0 {
            return Ok(None);
        }
        let field = |index| command.field(index).unwrap_or_default();
        let row = Self { account: field(5), name: field(6), lists: list, guid: None, groups: field(7) };
        row.checked().map(Some)
    }

    /// MSNP8 and MSNP9, `LST account name bits [gid,gid]`.
    fn counted(command: &Command<'a>) -> Result<Option<Self>, Malformed> {
        let field = |index| command.field(index).unwrap_or_default();
        let row =
            Self { account: field(0), name: field(1), lists: bits(field(2))?, guid: None, groups: field(3) };
        row.checked().map(Some)
    }

    /// From MSNP10, `LST N=account F=name C=guid bits [type] [guid,guid]`: named fields by their prefix, the lists are
    /// the first plain number, and of what follows the type is a short number and the groups are not.
    fn of_fields(fields: impl Iterator<Item = &'a [u8]>) -> Result<Option<Self>, Malformed> {
        let mut row = Self::default();
        let mut listed = false;
        for field in fields {
            if row.named_field(field) {
            } else if !listed {
                row.lists = bits(field)?;
                listed = true;
            } else if field.len() > 3 {
                row.groups = field;
            }
        }
        if listed { row.checked().map(Some) } else { Err(Malformed) }
    }

    /// Takes `N=`, `F=` or `C=`; says whether it was one of them.
    pub(super) fn named_field(&mut self, field: &'a [u8]) -> bool {
        match field {
            [b'N', b'=', account @ ..] => self.account = account,
            [b'F', b'=', name @ ..] => self.name = name,
            [b'C', b'=', guid @ ..] => self.guid = Guid::parse(guid),
            _ => return false,
        }
        true
    }

    pub(super) fn checked(self) -> Result<Self, Malformed> {
        if self.account.is_empty() || self.account.len() > ACCOUNT_MAX { Err(Malformed) } else { Ok(self) }
    }

    /// The row as the agent knows it. A contact without a name has its address for one.
    pub(super) fn tell(&self, listener: impl FnOnce(Contact<'_>)) {
        let account = text::decoded::<ACCOUNT_MAX>(self.account);
        let name = text::decoded::<NAME_MAX>(self.name);
        listener(Contact {
            account: &account,
            name: &name,
            lists: self.lists,
            guid: self.guid,
            groups: GroupIds(self.groups),
        });
    }
}

fn bits(field: &[u8]) -> Result<Lists, Malformed> {
    text::number(field).map(|bits| Lists((bits & 31) as u8)).ok_or(Malformed)
}

/// MSNP2 to MSNP7 send these four, always, and in this order.
const ALL_LISTS: Lists = Lists(1 | 2 | 4 | 8);
