//! The groups of an account: a group's place in the table is its bit in a contact's mask.
//!
//! It does not know contacts.

use alloc::string::String;
use alloc::vec::Vec;

use crate::limits::{GROUP_NAME_MAX, GROUPS_MAX};
use crate::msnp::{GroupId, GroupIds};
use crate::text::{self, Shown};

#[derive(Clone, Debug)]
struct Group {
    id: GroupId,
    name: heapless::String<GROUP_NAME_MAX>,
    seen: bool,
}

/// Groups; the places of those that are gone are used again.
#[derive(Debug, Default)]
pub(super) struct Groups {
    slots: Vec<Option<Group>>,
}

impl Groups {
    /// The lists come from the beginning. Room for all the groups there can be is reserved now: nothing allocates later.
    pub(super) fn begin(&mut self) {
        self.slots.reserve_exact(GROUPS_MAX.saturating_sub(self.slots.len()));
        for group in self.slots.iter_mut().flatten() {
            group.seen = false;
        }
    }

    /// The lists are whole: groups that were not in them are gone.
    pub(super) fn end(&mut self) {
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|group| !group.seen) {
                *slot = None;
            }
        }
    }

    /// A group of the list, or one that was added.
    pub(super) fn put(&mut self, id: GroupId, name: &str) {
        if let Some(group) = self.find(id) {
            group.name = text::cut(name);
            group.seen = true;
            return;
        }
        let group = Group { id, name: text::cut(name), seen: true };
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(group);
        } else if self.slots.len() < GROUPS_MAX {
            self.slots.push(Some(group));
        } else {
            log::warn!("msn: more than {GROUPS_MAX} groups; group \"{}\" is not kept", Shown(name));
        }
    }

    /// A group has a new name.
    pub(super) fn rename(&mut self, id: GroupId, name: &str) {
        if let Some(group) = self.find(id) {
            group.name = text::cut(name);
        }
    }

    /// A group is gone; answers the bit that nobody may have any more.
    pub(super) fn remove(&mut self, id: GroupId) -> u32 {
        let bit = self.bit(id);
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|group| group.id == id) {
                *slot = None;
            }
        }
        bit
    }

    /// The bit of a group; none if it is unknown.
    pub(super) fn bit(&self, id: GroupId) -> u32 {
        self.bits(|group| group.id == id)
    }

    /// The bits of several groups; unknown ones are passed over.
    pub(super) fn mask(&self, ids: GroupIds<'_>) -> u32 {
        ids.iter().fold(0, |mask, id| mask | self.bit(id))
    }

    /// The bits of the groups of that name, letter case aside.
    pub(super) fn named(&self, name: &str) -> u32 {
        self.bits(|group| group.name.eq_ignore_ascii_case(name))
    }

    fn bits(&self, is: impl Fn(&Group) -> bool) -> u32 {
        let held = self.slots.iter().enumerate().filter(|(_, slot)| slot.as_ref().is_some_and(&is));
        held.fold(0, |mask, (place, _)| mask | 1_u32.unbounded_shl(u32::try_from(place).unwrap_or(u32::MAX)))
    }

    fn find(&mut self, id: GroupId) -> Option<&mut Group> {
        self.slots.iter_mut().flatten().find(|group| group.id == id)
    }

    /// The groups at their places; `None` where one has gone.
    pub(super) fn iter(&self) -> impl Iterator<Item = Option<(GroupId, &str)>> {
        self.slots.iter().map(|slot| slot.as_ref().map(|group| (group.id, group.name.as_str())))
    }

    /// The groups at their places, owned.
    pub(super) fn to_vec(&self) -> Vec<Option<(GroupId, String)>> {
        let owned = |group: &Group| (group.id, group.name.as_str().into());
        self.slots.iter().map(|slot| slot.as_ref().map(owned)).collect()
    }

    /// The reverse of [`Groups::to_vec`].
    pub(super) fn restore(slots: &[Option<(GroupId, String)>]) -> Self {
        let group = |(id, name): &(GroupId, String)| Group { id: *id, name: text::cut(name), seen: true };
        let mut groups = Self { slots: Vec::with_capacity(GROUPS_MAX) };
        groups.slots.extend(slots.iter().take(GROUPS_MAX).map(|slot| slot.as_ref().map(group)));
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bits_and_places_are_used_again() {
        let mut groups = Groups::default();
        groups.put(GroupId::Number(0), "Other");
        groups.put(GroupId::Number(7), "Friends");
        assert_eq!((groups.named("friends"), groups.mask(GroupIds(b"7,99,0"))), (2, 3));
        groups.rename(GroupId::Number(7), "Work");
        assert_eq!((groups.named("Friends"), groups.named("Work")), (0, 2));
        assert_eq!(groups.remove(GroupId::Number(7)), 2);
        assert_eq!(groups.remove(GroupId::Number(7)), 0);
        groups.put(GroupId::Number(8), "New");
        assert_eq!(groups.named("New"), 2);
    }

    #[test]
    fn the_thirty_third_group_is_not_kept_and_harms_nobody() {
        let mut groups = Groups::default();
        for number in 0..100 {
            groups.put(GroupId::Number(number), "many");
        }
        assert_eq!(groups.named("many"), u32::MAX);
        assert_eq!(groups.bit(GroupId::Number(31)), 1 << 31);
        assert_eq!(groups.bit(GroupId::Number(32)), 0);
    }

    #[test]
    fn groups_missing_from_new_lists_are_gone_at_their_end() {
        let mut groups = Groups::default();
        groups.put(GroupId::Number(0), "Other");
        groups.put(GroupId::Number(1), "Friends");
        groups.begin();
        groups.put(GroupId::Number(1), "Friends");
        assert_eq!(groups.named("Other"), 1, "still there while the lists come");
        groups.end();
        assert_eq!((groups.named("Other"), groups.named("Friends")), (0, 2));
    }
}
