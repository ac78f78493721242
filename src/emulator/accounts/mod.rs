//! The people of an emulated service: accounts with passwords, names, contact lists and groups, read from TOML.
//! It does not know who is connected.
//!
//! The file is a list of accounts; everything but address and password may be left out:
//!
//! ```toml
//! [[account]]
//! address  = "desk@example.net"
//! password = "nudge"
//! name     = "Desk"                    # friendly name; default: the address
//! privacy  = "AL"                      # BLP: "AL" everybody but the blocked, "BL" only the allowed; default "AL"
//! notify   = "A"                       # GTC: "A" ask about new watchers, "N" don't; default "A"
//! md5      = true                      # may sign in by USR MD5 (MSNP2 to 7); default true
//! groups   = ["Friends", "Office"]     # besides "Other Contacts", which everybody has
//! phones   = { PHH = "555 0100" }      # PHH PHW PHM MOB MBE WWE HSB
//! serial   = 69                        # of the lists; default: a number made of the account's own lines
//! unread   = 3                         # unread mails told after signing in; default: the service's
//!
//! [[account.contact]]
//! address = "bob@example.net"
//! name    = "Bob"                      # default: that account's own name, else the address
//! lists   = ["FL", "AL"]               # FL AL BL RL; default FL and AL
//! groups  = ["Friends"]                # default none
//! ```
//!
//! RL need not be written: whoever has an account on FL is on that account's RL.
//!
//! QQ numbers stand beside them; everything but uin and password may be left out:
//!
//! ```toml
//! [[qq]]
//! uin      = 29501213
//! password = "nudge"
//! name     = "书桌"                    # nickname, NK; default: the number
//! face     = 270                       # FC; the picture's number is FC/3+1; default 0
//! add      = "ask"                     # who may add it: "open" anybody, "ask" whoever is accepted, "closed" nobody
//! friends  = [24259132]                # in the order of List; one-sided: the other needs its own line
//! info     = { AG = "19", PV = "江苏" } # what GetInfo tells, by wire names
//! ```

mod file;
mod qq;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use qq::QqAccount;
pub(crate) use qq::{Adding, FRIENDS_MAX, UIN_MIN};

/// The accounts of a service.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    rows: Vec<Account>,
    numbers: Vec<QqAccount>,
}

/// One account.
#[derive(Clone)]
pub struct Account {
    /// The address signed in with; upper and lower case count `[observed: Escargot]`.
    pub address: String,
    /// The password, plain: these are play accounts.
    pub password: String,
    /// The friendly name.
    pub name: String,
    pub(crate) md5: bool,
    pub(crate) serial: u32,
    pub(crate) privacy: String,
    pub(crate) notify: String,
    pub(crate) phones: BTreeMap<String, String>,
    pub(crate) groups: Vec<Group>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) unread: Option<u32>,
}

/// A group of contacts. Number 0 is "Other Contacts", which MSNP10 and later do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) number: u32,
    pub(crate) guid: String,
    pub(crate) name: String,
}

/// A row of somebody's lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) guid: String,
    pub(crate) lists: u8,
    pub(crate) groups: Vec<u32>,
}

/// The bits of a contact's lists, as LST of MSNP8 and later writes them.
pub(crate) const FL: u8 = 1;
pub(crate) const AL: u8 = 2;
pub(crate) const BL: u8 = 4;
pub(crate) const RL: u8 = 8;
pub(crate) const PL: u8 = 16;

impl Accounts {
    /// Reads accounts from TOML.
    ///
    /// # Errors
    ///
    /// The first mistake, as `line N: what, and what would be right`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (rows, numbers) = file::parse(text)?;
        let mut accounts = Self { rows, numbers };
        accounts.settle_names();
        accounts.settle_reverse_lists();
        Ok(accounts)
    }

    /// The accounts of the demo.
    #[must_use]
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).unwrap_or_default()
    }

    /// The text of the demo's accounts, to start a file of one's own from.
    #[must_use]
    pub fn built_in_text() -> &'static str {
        BUILT_IN
    }

    /// All accounts, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.rows.iter()
    }

    /// All QQ numbers, in the order of the file.
    pub fn qq(&self) -> impl Iterator<Item = &QqAccount> {
        self.numbers.iter()
    }

    /// The account with this address, spelt exactly so.
    #[must_use]
    pub fn account(&self, address: &str) -> Option<&Account> {
        self.rows.iter().find(|row| row.address == address)
    }

    /// The row of an address, any letter case.
    pub(crate) fn position(&self, address: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.address.eq_ignore_ascii_case(address))
    }

    /// The account in a row that [`Accounts::position`] gave.
    pub(crate) fn at(&self, who: usize) -> &Account {
        &self.rows[who]
    }

    /// See [`Accounts::at`].
    pub(crate) fn at_mut(&mut self, who: usize) -> &mut Account {
        &mut self.rows[who]
    }

    /// A contact without a name is called as its own account is.
    fn settle_names(&mut self) {
        let names: Vec<(String, String)> =
            self.rows.iter().map(|row| (row.address.clone(), row.name.clone())).collect();
        for contact in
            self.rows.iter_mut().flat_map(|row| &mut row.contacts).filter(|contact| contact.name.is_empty())
        {
            let own = names.iter().find(|(address, _)| address.eq_ignore_ascii_case(&contact.address));
            contact.name = own.map_or_else(|| contact.address.clone(), |(_, name)| name.clone());
        }
    }

    /// Whoever has an account on FL is on that account's RL.
    fn settle_reverse_lists(&mut self) {
        for watcher in 0..self.rows.len() {
            let (address, name) = (self.rows[watcher].address.clone(), self.rows[watcher].name.clone());
            let watched: Vec<usize> =
                self.rows[watcher].on(FL).filter_map(|contact| self.position(&contact.address)).collect();
            for who in watched {
                self.rows[who].contact_or_new(&address, &name).lists |= RL;
            }
        }
    }
}

impl Account {
    /// The contact with this address, any letter case.
    pub(crate) fn contact(&self, address: &str) -> Option<&Contact> {
        self.contacts.iter().find(|contact| contact.address.eq_ignore_ascii_case(address))
    }

    /// See [`Account::contact`].
    pub(crate) fn contact_mut(&mut self, address: &str) -> Option<&mut Contact> {
        self.contacts.iter_mut().find(|contact| contact.address.eq_ignore_ascii_case(address))
    }

    /// The contact with this address, made on no list yet when there is none.
    pub(crate) fn contact_or_new(&mut self, address: &str, name: &str) -> &mut Contact {
        let at = self.contacts.iter().position(|contact| contact.address.eq_ignore_ascii_case(address));
        let at = at.unwrap_or_else(|| {
            let guid = guid(&self.address, address);
            let (address, name) = (address.to_owned(), name.to_owned());
            self.contacts.push(Contact { address, name, guid, lists: 0, groups: Vec::new() });
            self.contacts.len() - 1
        });
        &mut self.contacts[at]
    }

    /// The contacts on a list.
    pub(crate) fn on(&self, list: u8) -> impl Iterator<Item = &Contact> {
        self.contacts.iter().filter(move |contact| contact.lists & list != 0)
    }

    /// Whether `address` may see this account's presence and write to it.
    pub(crate) fn admits(&self, address: &str) -> bool {
        let lists = self.contact(address).map_or(0, |contact| contact.lists);
        lists & BL == 0 && (self.privacy != "BL" || lists & AL != 0)
    }

    /// A new group under the next free number.
    pub(crate) fn add_group(&mut self, name: &str) -> Group {
        let number = self.groups.iter().map(|group| group.number).max().unwrap_or(0) + 1;
        let group =
            Group { number, guid: guid(&self.address, &format!("{number} {name}")), name: name.to_owned() };
        self.groups.push(group.clone());
        group
    }

    /// The group of a number (below MSNP10) or a GUID.
    pub(crate) fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.guid == id || group.number.to_string() == id)
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The bit of a list's name.
pub(crate) fn list_bit(word: &str) -> Option<u8> {
    Some(match word {
        "FL" => FL,
        "AL" => AL,
        "BL" => BL,
        "RL" => RL,
        "PL" => PL,
        _ => return None,
    })
}

/// A GUID made of its owner and what it names, the same at every start.
fn guid(owner: &str, of: &str) -> String {
    let digits = crate::emulator::challenge::md5_hex(&format!("{owner} {of}"));
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

/// The keys of PRP and BPR that are phone numbers and mobile settings.
pub(crate) const PHONES: [&str; 7] = ["PHH", "PHW", "PHM", "MOB", "MBE", "WWE", "HSB"];
/// Groups of one account besides number 0 `[seed 000]`.
pub(crate) const GROUPS_MAX: usize = 30;
/// Rows of one account's lists.
pub(crate) const CONTACTS_MAX: usize = 2000;
/// Octets of an address.
pub(crate) const ADDRESS_MAX: usize = 129;

/// The accounts of the demo.
const BUILT_IN: &str = include_str!("../../../config/emulator-accounts.toml");
