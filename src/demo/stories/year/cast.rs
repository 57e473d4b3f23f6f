//! Who is referred in the year, by whom, in which month, and how far each contact goes. All of them are invented.
//! Nobody here may stand for anybody who lives.

use super::super::super::seats::Seat;

/// How a person's day of birth follows from the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Born {
    /// So many years, and some months, before the referral.
    Aged(u32),
    /// So many years before a day that lies so many days before a month's meeting.
    On { years: u32, month: usize, before: i64 },
}

/// What becomes of a referral before the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Comes to the month's meeting.
    Panel,
    /// Closed at triage, with this outcome.
    AtTriage(&'static str),
    /// The same person as an earlier referral, under a name that was heard wrongly.
    Again(&'static str),
    NotSuitable,
    PoliceLed,
    /// Lives elsewhere: sent on without a panel.
    Redirected,
    /// In triage when the year ends.
    InTriage,
    /// Came today.
    Fresh,
}

#[derive(Debug)]
pub struct Contact {
    pub key: &'static str,
    /// Of whose meeting; the referral comes about three weeks before it.
    pub month: usize,
    pub forenames: &'static str,
    pub surname: &'static str,
    pub born: Born,
    pub by: Seat,
    /// A code of `type_of_concern`.
    pub concern: &'static str,
    pub what: &'static str,
    pub fate: Fate,
}

use Born::{Aged, On};
use Fate::{Again, AtTriage, Fresh, InTriage, NotSuitable, Panel, PoliceLed, Redirected};
use Seat::{Coordinator, PartnerSystem, School, SchoolLead};

type About = (&'static str, &'static str, Born);

const fn contact(
    key: &'static str,
    month: usize,
    (forenames, surname, born): About,
    by: Seat,
    (concern, what): (&'static str, &'static str),
    fate: Fate,
) -> Contact {
    Contact { key, month, forenames, surname, born, by, concern, what, fate }
}

const RIGHT: &str = "extreme_right_wing";
const ISLAMIST: &str = "islamist";
const NONE: &str = "no_ideology_identified";
const VIOLENCE: &str = "fascination_extreme_violence";
const MIXED: &str = "conflicted";
const INCEL: &str = "incel";

const XANTHES: Born = On { years: 13, month: 3, before: 200 };

const ADVICE: Fate = AtTriage("advice_given");
const SIGNPOSTED: Fate = AtTriage("signposted");
const NO_CONCERN: Fate = AtTriage("no_concern");

/// The thirty-one referrals, in the order of their months.
pub static REFERRALS: &[Contact] = &[
    contact(
        "amara",
        1,
        ("Amara", "Quillon-Dace", Aged(14)),
        School,
        (RIGHT, "Draws the signs of a banned group."),
        Panel,
    ),
    contact("bram", 1, ("Bram", "Oderinde", Aged(24)), Coordinator, (INCEL, "Writes that women owe him."), Panel),
    contact("nell", 1, ("Nell", "Ashdowne-Kaur", Aged(13)), School, (NONE, "Asked what a caliphate is."), ADVICE),
    contact(
        "cosmo",
        2,
        ("Cosmo", "Thibodeaux-Wren", On { years: 18, month: 6, before: 6 }),
        SchoolLead,
        (VIOLENCE, "Keeps films of attacks and shows them round."),
        Panel,
    ),
    contact(
        "dilys",
        2,
        ("Dilys", "Mbarga", Aged(15)),
        School,
        (NONE, "Says that nothing matters, and sleeps little."),
        Panel,
    ),
    contact(
        "edmund",
        2,
        ("Edmund", "Szafran", Aged(31)),
        Coordinator,
        (ISLAMIST, "Sent money to a stranger abroad."),
        Panel,
    ),
    contact(
        "oskar",
        2,
        ("Oskar", "Venkataraghavan", Aged(16)),
        School,
        (RIGHT, "A joke that was taken for more."),
        NotSuitable,
    ),
    contact(
        "rhoda",
        3,
        ("Rhoda", "Castellane", Aged(22)),
        PartnerSystem,
        (MIXED, "Moves with a group that speaks of a day."),
        Panel,
    ),
    contact(
        "xanthe",
        3,
        ("Xanthippe", "Bramwell-Oduya", XANTHES),
        School,
        (NONE, "Searched for knives in the library."),
        ADVICE,
    ),
    contact(
        "farrukh",
        4,
        ("Farrukh", "Pemberley", Aged(16)),
        School,
        (ISLAMIST, "Invited by an adult to a closed channel."),
        Panel,
    ),
    contact(
        "pia",
        4,
        ("Pia", "Lindqvarn", Aged(45)),
        Coordinator,
        (NONE, "Lonely since she lost her work."),
        SIGNPOSTED,
    ),
    contact(
        "quill",
        4,
        ("Quill", "Barrowmere", Aged(19)),
        PartnerSystem,
        (RIGHT, "Shared a leaflet once."),
        NotSuitable,
    ),
    contact(
        "greta",
        5,
        ("Greta", "Olusanya-Moor", Aged(27)),
        Coordinator,
        (MIXED, "Speaks of getting even with everybody."),
        Panel,
    ),
    contact(
        "samir",
        5,
        ("Samuel", "Holloway-Idris", Aged(20)),
        Coordinator,
        (VIOLENCE, "Bought what nobody needs."),
        PoliceLed,
    ),
    contact(
        "hamza",
        6,
        ("Hamza", "Featherstone", Aged(15)),
        School,
        (ISLAMIST, "Left his friends for people in a game."),
        Panel,
    ),
    contact(
        "xanthe again",
        6,
        ("Xantippe", "Bramwel Oduya", XANTHES),
        SchoolLead,
        (VIOLENCE, "Asked how many were hurt at a school abroad."),
        Again("xanthe"),
    ),
    contact(
        "tamsin",
        6,
        ("Tamsin", "Gellibrand", Aged(17)),
        School,
        (NONE, "An essay on a bombing, set in class."),
        NO_CONCERN,
    ),
    contact(
        "jonty",
        7,
        ("Jonty", "Akintola-Rees", Aged(29)),
        PartnerSystem,
        (RIGHT, "Runs a page that names neighbours."),
        Panel,
    ),
    contact(
        "ursel",
        7,
        ("Ursel", "Wickramasinghe", Aged(33)),
        Coordinator,
        (MIXED, "Has moved to another borough."),
        Redirected,
    ),
    contact(
        "viktor",
        8,
        ("Viktor", "Penhallow", Aged(12)),
        School,
        (VIOLENCE, "Repeats what his brother watches."),
        ADVICE,
    ),
    contact(
        "wanda",
        8,
        ("Wanda", "Ijezie", Aged(38)),
        Coordinator,
        (ISLAMIST, "A neighbour's quarrel, told as more."),
        NotSuitable,
    ),
    contact(
        "keziah",
        9,
        ("Keziah", "Vandersteen", Aged(26)),
        PartnerSystem,
        (INCEL, "Follows those who praise a killer."),
        Panel,
    ),
    contact("yusra", 9, ("Yusra", "Collingbourne", Aged(14)), School, (NONE, "Began to wear a scarf."), NO_CONCERN),
    contact(
        "lorcan",
        10,
        ("Lorcan", "Adeyinka-Pike", Aged(35)),
        PartnerSystem,
        (RIGHT, "Marches, and carries more than a banner."),
        Panel,
    ),
    contact(
        "zeno",
        10,
        ("Zeno", "Marchbanks", Aged(52)),
        Coordinator,
        (MIXED, "Shouts at the council's meetings."),
        SIGNPOSTED,
    ),
    contact(
        "agnes",
        10,
        ("Agnes", "Tolliver-Shah", Aged(15)),
        School,
        (NONE, "Afraid of a cousin's new friends."),
        ADVICE,
    ),
    contact(
        "benedek",
        11,
        ("Benedek", "Strathairn", Aged(41)),
        Coordinator,
        (ISLAMIST, "A name like another's."),
        NotSuitable,
    ),
    contact(
        "marigold",
        12,
        ("Marigold", "Huxtable-Nwosu", Aged(23)),
        PartnerSystem,
        (VIOLENCE, "Counts days to an anniversary."),
        Panel,
    ),
    contact(
        "celeste",
        12,
        ("Celeste", "Ravensworth", Aged(14)),
        School,
        (NONE, "Wrote a poem that worried a teacher."),
        ADVICE,
    ),
    contact("dov", 12, ("Dov", "Llewellyn-Hart", Aged(17)), School, (RIGHT, "Laughs at a minute's silence."), InTriage),
    contact(
        "esme",
        13,
        ("Esme", "Carrington-Bello", Aged(16)),
        SchoolLead,
        (MIXED, "Says that she has found her people."),
        Fresh,
    ),
];

/// The months of the nine who rang to ask, about nobody in particular.
pub const CONSULTED: [usize; 9] = [1, 2, 3, 4, 5, 7, 8, 10, 12];
