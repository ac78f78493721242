//! What GetInfo tells of a number, and whom Finger finds.
//! It does not know who is signed in.

use super::text::escaped;
use crate::emulator::accounts::QqAccount;

/// The fields behind RES: alphabetical, with UN and NK last `[seed 003]`. Nobody's number has a nickname like itself.
pub(super) fn tail(account: Option<&QqAccount>, uin: u32, level: u32) -> Vec<u8> {
    let nobody = QqAccount::nobody(uin);
    let account = account.unwrap_or(&nobody);
    let keys: &[&str] = match level {
        0 | 1 => &["LV"],
        2 => &USUAL,
        _ => &FULL,
    };
    let mut tail = Vec::new();
    for key in keys.iter().chain(&["UN", "NK"]) {
        let value = match *key {
            "LV" => level.to_string(),
            "FC" => account.face.to_string(),
            "UN" => uin.to_string(),
            "NK" => account.name.clone(),
            key => account.info(key).to_owned(),
        };
        tail.extend_from_slice(format!("&{key}=").as_bytes());
        tail.extend_from_slice(&escaped(value.as_bytes()));
    }
    tail
}

/// What Finger looks for; whatever is left out fits everybody.
pub(super) struct Wanted<'a> {
    pub(super) age: Option<u32>,
    pub(super) sex: Option<u32>,
    pub(super) province: &'a str,
}

impl Wanted<'_> {
    pub(super) fn fits(&self, account: &QqAccount) -> bool {
        let same = |wanted: Option<u32>, key| wanted.is_none_or(|it| account.info(key).parse() == Ok(it));
        let province = self.province.is_empty() || account.info("PV") == self.province;
        same(self.age, "AG") && same(self.sex, "SX") && province
    }
}

/// LV=2.
const USUAL: [&str; 14] =
    ["AD", "AG", "EM", "FC", "HP", "JB", "LV", "PC", "PH", "PR", "PV", "RN", "SC", "SX"];
/// LV=3 and above.
const FULL: [&str; 24] = [
    "AD", "AG", "BT", "CO", "CT", "CV", "CY", "EM", "FC", "HP", "ID", "JB", "LV", "MO", "MT", "MV", "PC",
    "PH", "PR", "PV", "RN", "SC", "SH", "SX",
];
