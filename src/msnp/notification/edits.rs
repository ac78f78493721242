//! Changes of the lists: ours ([`Session::edit`]) and their answers, and what others do to us.

use super::lists::Row;
use super::{Of, Session, Step};
use crate::limits::{ACCOUNT_MAX, GROUP_NAME_MAX, NAME_MAX};
use crate::msnp::client::Sink;
use crate::msnp::command::{Command, Line};
use crate::msnp::dialect::Rename;
use crate::msnp::{Dialect, Event, GroupId, Guid, Lists, NotNow, Verdict, Who};
use crate::text;
use crate::time::Instant;

/// One change of the lists or of what the server keeps for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit<'a> {
    /// Puts a contact on a list, or, with `group`, one that is on the forward list into a group.
    Add {
        /// FL, AL or BL; the server alone writes RL.
        list: Lists,
        /// Whom.
        account: &'a str,
        /// Under which name; the address if there is none better.
        name: &'a str,
        /// Into which group.
        group: Option<GroupId>,
        /// MSNP10 and later: the contact's id, needed for a group.
        guid: Option<Guid>,
    },
    /// Takes a contact off a list, or, with `group`, out of a group.
    Remove {
        /// From which list.
        list: Lists,
        /// Whom.
        account: &'a str,
        /// Out of which group only.
        group: Option<GroupId>,
        /// MSNP10 and later: the contact's id, needed for the forward list.
        guid: Option<Guid>,
    },
    /// Makes a group.
    AddGroup(&'a str),
    /// Gives a group another name.
    RenameGroup(GroupId, &'a str),
    /// Removes a group; 230 or 224 for the built-in one.
    RemoveGroup(GroupId),
    /// Gives a contact another name on our list (up to MSNP9; later contacts name themselves).
    RenameContact(&'a str, &'a str),
    /// Our own friendly name.
    OwnName(&'a str),
    /// A phone number: PHH at home, PHW at work, PHM mobile; empty removes it.
    Phone(&'a str, &'a str),
    /// Who is not on the allow or block list may reach us (AL) or may not (BL).
    Privacy(Lists),
    /// Ask before somebody adds us (`true`, GTC A).
    AskBeforeAdding(bool),
    /// Where on the web a service is; the answer is of no use to a light, but shows that the session lives.
    Url(&'a str),
}

impl Session {
    /// Asks the server for a change; `Event::Edited` with this ticket answers, and the change itself comes as an event
    /// like anybody else's.
    ///
    /// # Errors
    /// [`NotNow`].
    pub fn edit(&mut self, now: Instant, ticket: u32, edit: Edit<'_>) -> Result<(), NotNow> {
        if !self.is_online() {
            return Err(NotNow::NotSignedIn);
        }
        let verb = self.verb_of(edit).ok_or(NotNow::CantSay)?;
        let (fields, dialect) = (self.dialect.has_guids(), self.dialect);
        let trid = self.expect(now, Of::Edit { ticket })?;
        let line = self.outbox.command(verb).number(trid);
        match edit {
            Edit::Add { list, account, name, group, guid } if fields => {
                add_by_fields(line, list, account, name, group, guid)
            }
            Edit::Add { list, account, name, group, .. } => {
                in_group(line.word(list.as_str()).word(account).escaped(name), group)
            }
            Edit::Remove { list, account, group, guid } => {
                let line = line.word(list.as_str());
                match guid.filter(|_| fields && list == Lists::FL) {
                    Some(guid) => in_group(line.display(guid), group),
                    None => in_group(line.word(account), group),
                }
            }
            Edit::AddGroup(name) => line.escaped(name).word("0"),
            Edit::RenameGroup(id, name) => line.display(id).escaped(name).word("0"),
            Edit::RemoveGroup(id) => line.display(id),
            Edit::RenameContact(account, name) => line.word(account).escaped(name),
            Edit::OwnName(name) if dialect.rename() == Rename::Rea => {
                line.word(&self.settings.account).escaped(name)
            }
            Edit::OwnName(name) => line.word("MFN").escaped(name),
            Edit::Phone(kind, number) => line.word(kind).escaped(number),
            Edit::Privacy(list) => line.word(list.as_str()),
            Edit::AskBeforeAdding(ask) => line.word(if ask { "A" } else { "N" }),
            Edit::Url(service) => line.word(service),
        }
        .end();
        Ok(())
    }

    /// The word for it in this dialect, if there is one.
    fn verb_of(&self, edit: Edit<'_>) -> Option<&'static str> {
        let by_guid = self.dialect.has_guids();
        if !can_say(self.dialect, edit) {
            return None;
        }
        Some(match edit {
            Edit::Add { group: Some(_), guid: None, list: Lists::FL, .. } if by_guid => return None,
            Edit::Remove { guid: None, list: Lists::FL, .. } if by_guid => return None,
            Edit::Add { .. } if by_guid => "ADC",
            Edit::Add { .. } => "ADD",
            Edit::Remove { .. } => "REM",
            Edit::AddGroup(_) => "ADG",
            Edit::RenameGroup(..) => "REG",
            Edit::RemoveGroup(_) => "RMG",
            Edit::RenameContact(..) if by_guid => return None,
            Edit::RenameContact(..) => "REA",
            Edit::OwnName(_) if self.dialect.rename() == Rename::Rea => "REA",
            Edit::OwnName(_) | Edit::Phone(..) => "PRP",
            Edit::Privacy(_) => "BLP",
            Edit::AskBeforeAdding(_) => "GTC",
            Edit::Url(_) => "URL",
        })
    }

    /// The answer to an edit, whatever it was.
    fn edited(&mut self, command: &Command<'_>, sink: Sink<'_>) {
        if command.trid().is_some_and(|trid| trid != 0)
            && let Some(Of::Edit { ticket }) = self.answered(command)
        {
            sink(Event::Edited { ticket, verdict: Verdict::Done });
        }
    }

    /// `ADD n FL serial account name [group]`, `ADC n FL N=account F=name C=guid`, `ADC n FL C=guid group`,
    /// `REM n FL serial account [group]`, `REM n FL guid [group]`; TrId 0 when somebody else did it.
    pub(super) fn list_change(&mut self, command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        self.edited(command, sink);
        // One sample of seed 000 has the serial before the list: the list is where its name is.
        let Some((at, list)) =
            (1..3).find_map(|at| Some((at, Lists::named(command.field(at).unwrap_or_default())?)))
        else {
            return self.malformed(command);
        };
        let is_serial = |field: &&[u8]| text::number(field).is_some();
        let mut fields = command.fields().skip(at + 1).peekable();
        if fields.peek().is_some_and(is_serial) {
            fields.next();
        }
        let unasked = command.trid() == Some(0);
        let told = match command.verb() {
            b"REM" => removed(list, fields, unasked, sink),
            _ => added(list, fields, unasked, sink),
        };
        if told.is_none() { self.malformed(command) } else { Ok(None) }
    }

    /// `ADG n serial name id 0`, `REG n serial id name 0`, `RMG n serial id`; from MSNP10 `ADG n name guid 0`,
    /// `REG n 1 name guid 0`, `RMG n 1 guid` `[observed: Escargot]`: there the id is what reads as a GUID.
    pub(super) fn group_change(&mut self, command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        self.edited(command, sink);
        let Some((id, name)) = self.group_fields(command) else { return self.malformed(command) };
        let name = text::decoded::<GROUP_NAME_MAX>(name);
        sink(match command.verb() {
            b"ADG" => Event::Group { id, name: &name },
            b"REG" => Event::GroupRenamed { id, name: &name },
            _ => Event::GroupRemoved(id),
        });
        Ok(None)
    }

    fn group_fields<'a>(&self, command: &Command<'a>) -> Option<(GroupId, &'a [u8])> {
        if self.dialect.has_guids() {
            let at = (1..4).find(|at| command.field(*at).and_then(Guid::parse).is_some())?;
            let id = command.field(at).and_then(GroupId::parse)?;
            return Some((id, command.field(at - 1).unwrap_or_default()));
        }
        let (id, name) = if command.verb() == b"ADG" { (3, 2) } else { (2, 3) };
        Some((command.field(id).and_then(GroupId::parse)?, command.field(name).unwrap_or_default()))
    }

    /// What the server keeps for us: only our own name matters (`PRP MFN`, `REA` with our address), and that an edit
    /// was answered.
    pub(super) fn setting(&mut self, command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        self.edited(command, sink);
        let mut fields = command.fields();
        if command.verb() == b"PRP" && fields.any(|field| field == b"MFN") {
            sink(Event::OwnName(&text::decoded::<NAME_MAX>(fields.next().unwrap_or_default())));
        }
        if command.verb() == b"REA" {
            let Some(account) = command.field(2).filter(|account| account.len() <= ACCOUNT_MAX) else {
                return self.malformed(command);
            };
            let account = text::decoded::<ACCOUNT_MAX>(account);
            let name = text::decoded::<NAME_MAX>(command.field(3).unwrap_or_default());
            let own = account.eq_ignore_ascii_case(&self.settings.account);
            sink(if own { Event::OwnName(&name) } else { Event::Renamed { account: &account, name: &name } });
        }
        Ok(None)
    }
}

/// Whether a dialect has the words for it. Servers close the link on a command their dialect lacks, and on a client that
/// writes the lists that are theirs `[observed: Escargot]`.
fn can_say(dialect: Dialect, edit: Edit<'_>) -> bool {
    let in_groups = |group: Option<GroupId>| group.is_none() || dialect.has_groups();
    match edit {
        Edit::Add { list, group, .. } | Edit::Remove { list, group, .. } => {
            matches!(list, Lists::FL | Lists::AL | Lists::BL) && in_groups(group)
        }
        Edit::AddGroup(_) | Edit::RenameGroup(..) | Edit::RemoveGroup(_) => dialect.has_groups(),
        Edit::Phone(..) => dialect.has_phones(),
        Edit::Privacy(list) => matches!(list, Lists::AL | Lists::BL),
        _ => true,
    }
}

fn in_group(line: Line<'_>, group: Option<GroupId>) -> Line<'_> {
    match group {
        Some(group) => line.display(group),
        None => line,
    }
}

fn add_by_fields<'a>(
    line: Line<'a>,
    list: Lists,
    account: &str,
    name: &str,
    group: Option<GroupId>,
    guid: Option<Guid>,
) -> Line<'a> {
    let line = line.word(list.as_str());
    match (guid, group) {
        (Some(guid), Some(group)) => line.display(format_args!("C={guid}")).display(group),
        _ if list == Lists::FL => {
            line.word(tagged_account(account)).display(format_args!("F={}", text::Escaped(name)))
        }
        _ => line.word(tagged_account(account)),
    }
}

fn tagged_account(account: &str) -> heapless::String<{ ACCOUNT_MAX + 2 }> {
    let mut field = text::cut("N=");
    text::push_cut(&mut field, account);
    field
}

fn added<'a>(
    list: Lists,
    fields: impl Iterator<Item = &'a [u8]>,
    unasked: bool,
    sink: Sink<'_>,
) -> Option<()> {
    let mut row = Row { lists: list, ..Row::default() };
    // Address, name and group by their place, where they are not named: a name may be empty.
    let mut place = 0;
    for field in fields {
        if row.named_field(field) {
            place = 2;
            continue;
        }
        match place {
            0 => row.account = field,
            1 => row.name = field,
            _ if field.is_empty() => {}
            _ => row.groups = field,
        }
        place += 1;
    }
    if row.account.is_empty() && row.guid.is_none() || row.account.len() > ACCOUNT_MAX {
        return None;
    }
    row.tell(|contact| sink(Event::Added { contact, unasked }));
    Some(())
}

fn removed<'a>(
    list: Lists,
    mut fields: impl Iterator<Item = &'a [u8]>,
    unasked: bool,
    sink: Sink<'_>,
) -> Option<()> {
    let who = fields.next().filter(|who| !who.is_empty() && who.len() <= ACCOUNT_MAX)?;
    let group = fields.next().and_then(GroupId::parse);
    let account = text::decoded::<ACCOUNT_MAX>(who);
    let who = match Guid::parse(who) {
        Some(guid) => Who::Guid(guid),
        None => Who::Account(&account),
    };
    sink(Event::Removed { list, who, group, unasked });
    Some(())
}
