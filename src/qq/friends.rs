//! Who is on the list, and what they do as far as it was told.
//!
//! It does not know names, only whether they were asked for: the agent's roster keeps those. It is here so that the end
//! of a listing can tell who is not on it, and that is all it is for.

use alloc::vec::Vec;

use super::Uin;
use crate::limits::CONTACTS_MAX;
use crate::presence::Presence;

/// The friends, by number; on the heap, and growing only while the list comes in.
#[derive(Debug, Default)]
pub struct Friends {
    rows: Vec<Friend>,
    /// Friends over [`CONTACTS_MAX`], of the listing under way.
    over: usize,
}

#[derive(Clone, Copy, Debug)]
struct Friend {
    uin: Uin,
    presence: Presence,
    /// On the list before this listing began.
    old: bool,
    /// Named by the listing under way: of friends, or of states.
    named: bool,
    /// Their nickname was told or asked for; only a listing of states has it.
    name_asked: bool,
}

const _: () = assert!(size_of::<Friend>() <= 8);

/// What a listing of friends changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// On the list, and was before.
    Kept(Uin),
    /// New on the list.
    Added(Uin),
    /// Not on the list any more.
    Removed(Uin),
}

impl Friends {
    /// A listing begins, of friends or of states.
    pub fn begin(&mut self) {
        self.over = 0;
        for friend in &mut self.rows {
            friend.named = false;
        }
    }

    /// The listing of friends names this one. Says whether it is the first time.
    pub fn list(&mut self, uin: Uin) -> bool {
        match self.place(uin) {
            Ok(at) => {
                self.rows.get_mut(at).is_some_and(|friend| !core::mem::replace(&mut friend.named, true))
            }
            Err(_) if self.rows.len() >= CONTACTS_MAX => {
                self.over += 1;
                false
            }
            Err(at) => {
                self.insert(at, uin, false);
                true
            }
        }
    }

    /// The listing of friends ends; if it came to its end, who was not named is off the list.
    pub fn end(&mut self, whole: bool, mut tell: impl FnMut(Change)) {
        if self.over > 0 {
            log::warn!("qq: {} friends more than the {CONTACTS_MAX} that are kept", self.over);
        }
        self.rows.retain_mut(|friend| {
            let was = core::mem::replace(&mut friend.old, true);
            let stays = friend.named || !whole;
            tell(match (stays, was) {
                (false, _) => Change::Removed(friend.uin),
                (true, true) => Change::Kept(friend.uin),
                (true, false) => Change::Added(friend.uin),
            });
            stays
        });
    }

    /// A friend was put on the list. Says whether they are new on it, and there is room.
    pub fn add(&mut self, uin: Uin) -> bool {
        let Err(at) = self.place(uin) else { return false };
        let has_room = self.rows.len() < CONTACTS_MAX;
        if has_room {
            self.insert(at, uin, true);
        }
        has_room
    }

    /// A friend was taken off the list. Says whether they were on it.
    pub fn remove(&mut self, uin: Uin) -> bool {
        let Ok(at) = self.place(uin) else { return false };
        self.rows.remove(at);
        true
    }

    /// A friend's state, by a listing or by a message. Says whether it changed, or `None` for a stranger.
    pub fn set(&mut self, uin: Uin, presence: Presence) -> Option<bool> {
        let at = self.place(uin).ok()?;
        let friend = self.rows.get_mut(at)?;
        friend.named = true;
        Some(core::mem::replace(&mut friend.presence, presence) != presence)
    }

    /// A nickname was told, or is asked for now. Says whether it is the first time.
    pub fn name_asked(&mut self, uin: Uin) -> bool {
        let friend = self.place(uin).ok().and_then(|at| self.rows.get_mut(at));
        friend.is_some_and(|friend| !core::mem::replace(&mut friend.name_asked, true))
    }

    /// The listing of states is over: this is what they do whom it did not name.
    pub fn rest_are(&mut self, presence: Presence, mut tell: impl FnMut(Uin)) {
        for friend in self.rows.iter_mut().filter(|friend| !friend.named) {
            if core::mem::replace(&mut friend.presence, presence) != presence {
                tell(friend.uin);
            }
        }
    }

    /// The link is lost: nobody's state is known.
    pub fn forget_states(&mut self) {
        for friend in &mut self.rows {
            friend.presence = Presence::Unknown;
        }
    }

    fn insert(&mut self, at: usize, uin: Uin, old: bool) {
        let presence = Presence::Unknown;
        self.rows.insert(at, Friend { uin, presence, old, named: true, name_asked: false });
    }

    fn place(&self, uin: Uin) -> Result<usize, usize> {
        self.rows.binary_search_by_key(&uin, |friend| friend.uin)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec as Many;

    use super::*;

    fn listing(friends: &mut Friends, uins: &[u32], whole: bool) -> Many<Change> {
        friends.begin();
        for uin in uins {
            friends.list(Uin(*uin));
        }
        let mut changes = Many::new();
        friends.end(whole, |change| changes.push(change));
        changes
    }

    #[test]
    fn a_listing_tells_who_came_and_who_went() {
        use Change::{Added, Kept, Removed};
        let mut friends = Friends::default();
        assert_eq!(listing(&mut friends, &[3, 1, 3], true), [Added(Uin(1)), Added(Uin(3))]);
        assert_eq!(listing(&mut friends, &[2, 3], true), [Removed(Uin(1)), Added(Uin(2)), Kept(Uin(3))]);
        assert_eq!(listing(&mut friends, &[], false), [Kept(Uin(2)), Kept(Uin(3))], "it broke off");
    }

    #[test]
    fn who_is_not_listed_online_is_offline_and_told_once() {
        let mut friends = Friends::default();
        listing(&mut friends, &[1, 2, 3], true);
        let mut offline = Many::new();
        friends.begin();
        assert_eq!(friends.set(Uin(2), Presence::Online), Some(true));
        assert_eq!(friends.set(Uin(9), Presence::Online), None);
        friends.rest_are(Presence::Offline, |uin| offline.push(uin));
        assert_eq!(offline, [Uin(1), Uin(3)]);
        friends.begin();
        friends.set(Uin(2), Presence::Online);
        friends.rest_are(Presence::Offline, |uin| offline.push(uin));
        assert_eq!(offline.len(), 2);
    }

    #[test]
    fn a_nickname_is_asked_for_once() {
        let mut friends = Friends::default();
        listing(&mut friends, &[1], true);
        assert!(friends.name_asked(Uin(1)));
        assert!(!friends.name_asked(Uin(1)));
        assert!(!friends.name_asked(Uin(2)), "a stranger's is of no use");
    }

    #[test]
    fn more_friends_than_are_kept_are_counted_and_ignored() {
        let mut friends = Friends::default();
        let many: Many<u32> = (1..=CONTACTS_MAX as u32 + 5).collect();
        assert_eq!(listing(&mut friends, &many, true).len(), CONTACTS_MAX);
        assert_eq!(friends.over, 5);
    }
}
