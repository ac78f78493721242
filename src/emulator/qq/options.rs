//! What the HTTP QQ server leaves open or nobody wrote down: times, limits, spellings.
//! It does not know accounts or faults.

use std::time::Duration;

/// Everything about the QQ server that is no account and no fault.
#[derive(Debug, Clone)]
pub struct Options {
    /// HI of a Login answer, in seconds; no document says what it means. 60 `[seed 002]`.
    pub heartbeat: u32,
    /// LI of a Login answer, in seconds. A session that is silent so long is over; that it means this is inferred.
    pub limit: u32,
    /// The COMP field at the end of a Login answer; `None`: there is none.
    pub comp: Option<String>,
    /// The value of VER that are served; everything else gets no answer.
    pub versions: Vec<String>,
    /// The one value of LC that is served.
    pub lc: String,
    /// Friends in one List or Query_Stat answer, whatever TN asks for.
    pub page_max: u32,
    /// How late RES=3 comes; 20 s `[seed 003]`.
    pub penalty: Duration,
    /// How late RES=3 comes to DelFromList; 30 s `[seed 003]`.
    pub delete_penalty: Duration,
    /// A CLTMSG sooner than this after the last is too fast. No document has the number; real clients waited 900 ms.
    pub message_spacing: Duration,
    /// A Change_Stat sooner than this after the last is too frequent. No document has the number.
    pub change_spacing: Duration,
    /// Of two Ack_AddToList the first gets RES=3 and is lost `[seed 003]`.
    pub ack_twice: bool,
    /// `+` in a request is a space. Clients of the time disagree: one wrote spaces so, another avoided `+`.
    pub plus_is_space: bool,
    /// Whose spelling answers have.
    pub spelling: Spelling,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            heartbeat: 60,
            limit: 300,
            comp: None,
            versions: ["1.0", "1.1", "1.2"].map(str::to_owned).to_vec(),
            lc: "9326B87B234E7235".into(),
            page_max: 120,
            penalty: Duration::from_secs(20),
            delete_penalty: Duration::from_secs(30),
            message_spacing: Duration::from_millis(800),
            change_spacing: Duration::from_secs(5),
            ack_twice: true,
            plus_is_space: false,
            spelling: Spelling::Seed003,
        }
    }
}

/// Which document's answers are given where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `[seed 003]`, the later and closer one: `CMD=LOGIN`, CD=2 for "nobody may", `RES=0&` after CLTMSG, nothing
    /// after Ack_AddToList, states in MG without a space.
    Seed003,
    /// `[seed 002]`: `CMD=Login`, CD=3, `RES=0` after CLTMSG, `RES=0&` after Ack_AddToList, states in MG with a space
    /// behind them, `&` at the end of GetMsgEx.
    Seed002,
}
