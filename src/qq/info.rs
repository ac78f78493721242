//! What an account tells of itself: the answer to `GetInfo`.
//!
//! It does not know who asked, or which of it a person wants to see.

use core::fmt;

use heapless::String;

use super::Uin;
use super::wire::{self, Fields};

/// A `GetInfo` reply `[seed 003]`. What a level does not tell is absent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Info<'a>(Fields<'a>);

/// A field of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// NK
    Nickname,
    /// RN
    RealName,
    /// CY
    Country,
    /// PV
    Province,
    /// CT
    City,
    /// AD
    Address,
    /// PC
    PostalCode,
    /// PH
    Phone,
    /// MO
    Mobile,
    /// EM
    Email,
    /// HP
    Homepage,
    /// JB
    Job,
    /// SC
    School,
    /// PR
    Introduction,
    /// ID, CV, MT, MV: no source says what they mean.
    Unknown(&'static str),
}

impl Field {
    /// All of them, in the order people would read them.
    pub const ALL: [Self; 18] = [
        Self::Nickname,
        Self::RealName,
        Self::Country,
        Self::Province,
        Self::City,
        Self::Address,
        Self::PostalCode,
        Self::Phone,
        Self::Mobile,
        Self::Email,
        Self::Homepage,
        Self::Job,
        Self::School,
        Self::Introduction,
        Self::Unknown("ID"),
        Self::Unknown("CV"),
        Self::Unknown("MT"),
        Self::Unknown("MV"),
    ];

    /// Its key on the wire.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Nickname => "NK",
            Self::RealName => "RN",
            Self::Country => "CY",
            Self::Province => "PV",
            Self::City => "CT",
            Self::Address => "AD",
            Self::PostalCode => "PC",
            Self::Phone => "PH",
            Self::Mobile => "MO",
            Self::Email => "EM",
            Self::Homepage => "HP",
            Self::Job => "JB",
            Self::School => "SC",
            Self::Introduction => "PR",
            Self::Unknown(key) => key,
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nickname => "nickname",
            Self::RealName => "real name",
            Self::Country => "country",
            Self::Province => "province",
            Self::City => "city",
            Self::Address => "address",
            Self::PostalCode => "postal code",
            Self::Phone => "phone",
            Self::Mobile => "mobile",
            Self::Email => "email",
            Self::Homepage => "homepage",
            Self::Job => "job",
            Self::School => "school",
            Self::Introduction => "introduction",
            Self::Unknown(key) => key,
        }
    }
}

impl<'a> Info<'a> {
    /// Reads a reply.
    #[must_use]
    pub const fn new(fields: Fields<'a>) -> Self {
        Self(fields)
    }

    /// Whose.
    #[must_use]
    pub fn uin(&self) -> Option<Uin> {
        Uin::parse(self.0.value("UN")?.trim_ascii())
    }

    /// A field of words, cut at a character; `None` if it is absent, and empty if they left it so.
    #[must_use]
    pub fn text<const N: usize>(&self, field: Field) -> Option<String<N>> {
        self.0.value(field.key()).map(wire::text)
    }

    /// AG, in years.
    #[must_use]
    pub fn age(&self) -> Option<u64> {
        self.0.number("AG")
    }

    /// SX.
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        Sex::ALL.get(self.index("SX")?).copied()
    }

    /// BT; `None` also if they do not tell.
    #[must_use]
    pub fn blood_type(&self) -> Option<BloodType> {
        BloodType::ALL.get(self.index("BT")?.checked_sub(1)?).copied()
    }

    /// CO; `None` also if they do not tell.
    #[must_use]
    pub fn constellation(&self) -> Option<Constellation> {
        Constellation::ALL.get(self.index("CO")?.checked_sub(1)?).copied()
    }

    /// SH; `None` also if they do not tell.
    #[must_use]
    pub fn zodiac(&self) -> Option<Zodiac> {
        Zodiac::ALL.get(self.index("SH")?.checked_sub(1)?).copied()
    }

    /// The number of their picture: FC 270 shows picture 91 `[seed 002]`.
    #[must_use]
    pub fn avatar(&self) -> Option<u64> {
        self.0.number("FC").map(|fc| fc / 3 + 1)
    }

    fn index(&self, key: &str) -> Option<usize> {
        self.0.number(key)?.try_into().ok()
    }
}

/// An enum of names, in the order of their numbers on the wire.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal $wire:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $wire] $variant,)*
        }

        impl $name {
            /// All of them, in the order of their numbers on the wire.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$variant),*];

            /// Its name for people.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

names! {
    /// Sex, from 0.
    Sex {
        Male "male" "男",
        Female "female" "女",
    }
}

names! {
    /// Blood type, from 1.
    BloodType {
        A "A" "A型",
        B "B" "B型",
        O "O" "O型",
        Ab "AB" "AB型",
        Other "other" "其他",
    }
}

names! {
    /// Constellation, from 1.
    Constellation {
        Aquarius "Aquarius" "水瓶座",
        Pisces "Pisces" "双鱼座",
        Aries "Aries" "牡羊座",
        Taurus "Taurus" "金牛座",
        Gemini "Gemini" "双子座",
        Cancer "Cancer" "巨蟹座",
        Leo "Leo" "狮子座",
        Virgo "Virgo" "处女座",
        Libra "Libra" "天秤座",
        Scorpio "Scorpio" "天蝎座",
        Sagittarius "Sagittarius" "射手座",
        Capricorn "Capricorn" "摩羯座",
    }
}

names! {
    /// Chinese zodiac, from 1.
    Zodiac {
        Rat "Rat" "鼠",
        Ox "Ox" "牛",
        Tiger "Tiger" "虎",
        Rabbit "Rabbit" "兔",
        Dragon "Dragon" "龙",
        Snake "Snake" "蛇",
        Horse "Horse" "马",
        Goat "Goat" "羊",
        Monkey "Monkey" "猴",
        Rooster "Rooster" "鸡",
        Dog "Dog" "狗",
        Pig "Pig" "猪",
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;

    /// Everything said, as `name: words` in the order people read.
    fn told(info: &Info<'_>) -> Vec<std::string::String> {
        Field::ALL
            .into_iter()
            .filter_map(|field| Some(format!("{}: {}", field.as_str(), info.text::<200>(field)?)))
            .collect()
    }

    #[test]
    fn the_detailed_sample_of_the_notes_is_read_whole() {
        let body = "VER=1.1&CMD=GETINFO&SEQ=1&UIN=2&RES=0&AD=地址&AG=19&BT=2&CO=6&CT=苏州&CV=%01&CY=中华人民共和国\
            &EM=h@example.com&FC=0&HP=http://blog.example.net&ID=-&JB=学生&LV=3&MO=136********&MT=0&MV=&PC=邮编&PH=电话\
            &PR=The guy is updating to .NET Frameword......&PV=江苏&RN=胡X&SC=毕业院校&SH=3&SX=0&UN=106814&NK=Hackfan 好";
        let info = Info::new(Fields::new(body.as_bytes()));
        assert_eq!(
            told(&info),
            [
                "nickname: Hackfan 好",
                "real name: 胡X",
                "country: 中华人民共和国",
                "province: 江苏",
                "city: 苏州",
                "address: 地址",
                "postal code: 邮编",
                "phone: 电话",
                "mobile: 136********",
                "email: h@example.com",
                "homepage: http://blog.example.net",
                "job: 学生",
                "school: 毕业院校",
                "introduction: The guy is updating to .NET Frameword......",
                "ID: -",
                "CV: ",
                "MT: 0",
                "MV: ",
            ]
        );
        assert_eq!((info.uin(), info.age(), info.avatar()), (Some(Uin(106_814)), Some(19), Some(1)));
        assert_eq!(info.sex(), Some(Sex::Male));
        assert_eq!(info.blood_type(), Some(BloodType::B));
        assert_eq!(info.constellation(), Some(Constellation::Cancer));
        assert_eq!(info.zodiac().map(|zodiac| zodiac.to_string()).as_deref(), Some("Tiger"));
    }

    #[test]
    fn the_normal_sample_has_commas_line_ends_and_a_picture() {
        let body = "VER=1.1&CMD=GETINFO&SEQ=12707&UIN=415103947&RES=0&AD=云南昆明&AG=0&EM=&FC=270&HP=msger.org(建设中…)\
            &JB=程序员&LV=2&PC=650000&PH=0871-6466529&PR=网络为媒%252c关系为本%252c信息为财%252c客户为主.%0d%0a&PV=云南省\
            &RN=刘X&SC=社会大学&SX=0&UN=24259132&NK=微程";
        let info = Info::new(Fields::new(body.as_bytes()));
        assert_eq!(info.avatar(), Some(91));
        assert_eq!(
            info.text::<128>(Field::Introduction).as_deref(),
            Some("网络为媒,关系为本,信息为财,客户为主.\r\n")
        );
        assert_eq!(info.text::<8>(Field::City), None, "this level does not tell");
        assert_eq!(info.blood_type(), None);
    }

    #[test]
    fn numbers_without_a_meaning_are_none() {
        for (body, told) in
            [("BT=0&CO=0&SH=0", false), ("BT=6&CO=13&SH=13&SX=2", false), ("BT=1&CO=1&SH=1", true)]
        {
            let info = Info::new(Fields::new(body.as_bytes()));
            assert_eq!(info.blood_type().is_some(), told, "{body}");
            assert_eq!(info.constellation().is_some(), told, "{body}");
            assert_eq!(info.zodiac().is_some(), told, "{body}");
            assert_eq!(info.sex(), None);
        }
    }
}
