//! Cases told from first contact to their end, each as requests of those who would make them.
//! A story must never look at anything but answers of the API, nor go on after a step that went otherwise than told.

pub mod advice;
pub mod barnet;
pub mod broken_glass;
pub mod consent_refused;
pub mod forms;
pub mod keyed_for_others;
pub mod meeting;
pub mod not_adopted;
pub mod police_first;
pub mod police_led;
pub mod repeat;
pub mod support;
pub mod telling;
mod to_panel;
pub mod year;

use super::caller::Caller;
use telling::{StoryFailed, Told};

/// One story: its name, what it is about, and how it is told.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    pub name: &'static str,
    pub about: &'static str,
    pub tell: fn(&mut dyn Caller) -> Result<Told, StoryFailed>,
}

/// Every story, in the order in which the demonstration loads them. The year comes first: its meetings gather whatever is
/// due in the borough, and must find no other story's cases.
pub static ALL: &[Story] = &[
    Story { name: "year", about: "a year of the borough and its twelve meetings, ending today", tell: year::tell },
    Story { name: "support", about: "from a school to exit and both post-exit reviews", tell: support::tell },
    Story { name: "advice", about: "ends in advice", tell: advice::tell },
    Story { name: "police-first", about: "begins with the police and is in support now", tell: police_first::tell },
    Story {
        name: "not-adopted",
        about: "the panel does not adopt, and considers care instead",
        tell: not_adopted::tell,
    },
    Story { name: "consent-refused", about: "adopted, and consent is refused", tell: consent_refused::tell },
    Story { name: "police-led", about: "police lead", tell: police_led::tell },
    Story {
        name: "keyed-for-others",
        about: "keyed wholly by the council on others' behalf",
        tell: keyed_for_others::tell,
    },
    Story { name: "repeat", about: "a second referral, under a misspelt name", tell: repeat::tell },
    Story { name: "broken-glass", about: "a child is missing, and the glass is broken", tell: broken_glass::tell },
    Story { name: "barnet", about: "the 38 contacts of a council's table of 2017-18", tell: barnet::tell },
];
