//! Whether two records may be about one person: rules over names, birth and contact points, each giving a reason a person can check.
//! In memory only: it must never write, log or hash a name (a phonetic or keyed index of names at rest can be guessed),
//! and never decide: it shows a coordinator who may be the same, and joining is that person's act.

mod born;
mod contact;
mod lexicon;
mod name;
mod reason;
mod text;
mod token;

pub use reason::Reason;

use chrono::NaiveDate;
use reason::Why;
use std::fmt;

/// Recorded with each run, so that a later reader knows by which rules a person was or was not found.
/// It must change with any change of a rule, a weight or `data/nicknames.json`.
pub const RULE_VERSION: &str = "2026-11.1";

/// The least score that is worth a coordinator's time; below it `compare` says nothing.
pub const LEAST_SCORE: u8 = 60;

/// What is known of a birth. An age without the day on which it was said is worthless in a year, so they come together.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Born {
    Date(NaiveDate),
    /// Years of age as somebody judged them on that day.
    ApproxAge {
        age: u8,
        on: NaiveDate,
    },
    #[default]
    Unknown,
}

/// One person as recorded. Every part may be missing; names may be in any script.
#[derive(Clone, Default)]
pub struct Identity {
    pub forenames: Vec<String>,
    pub surname: Option<String>,
    /// Full names, or a single name that stands for the forename or the surname.
    pub aliases: Vec<String>,
    pub born: Born,
    /// Full postcodes; an outward code alone is not evidence.
    pub postcodes: Vec<String>,
    pub phones: Vec<String>,
    /// E-mail addresses and names on platforms.
    pub handles: Vec<String>,
}

/// An identity made ready for many comparisons. The names and contact points kept in it are wiped when it is dropped
/// (what was read on the way, and the birth, are not).
pub struct Prepared {
    names: name::Names,
    born: Born,
    contacts: contact::Contacts,
}

/// A possible same person: 60..=100, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    pub score: u8,
    pub reasons: Vec<Reason>,
}

macro_rules! opaque {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}
opaque!(Born, Identity, Prepared);

/// Normalises once what `compare` reads many times.
pub fn prepare(identity: &Identity) -> Prepared {
    Prepared {
        names: name::Names::of(&identity.forenames, identity.surname.as_deref(), &identity.aliases),
        born: identity.born,
        contacts: contact::Contacts::of(&identity.postcodes, &identity.phones, &identity.handles),
    }
}

/// The same answer whichever comes first. `None`: nothing worth showing.
pub fn compare(a: &Prepared, b: &Prepared) -> Option<Match> {
    let name = name::compare(&a.names, &b.names);
    let born = born::compare(a.born, b.born);
    let contact = contact::compare(&a.contacts, &b.contacts);
    let score = weigh(&name, &born, &contact);
    let score = u8::try_from(score.clamp(0, 100)).unwrap_or_default();
    let why = name.why.with(born.why).with(contact.why);
    (score >= LEAST_SCORE).then(|| Match { score, reasons: why.reasons() })
}

/// The one place where evidence is added up, in hundredths.
fn weigh(name: &name::Evidence, born: &born::Evidence, contact: &contact::Evidence) -> i32 {
    use name::Standing;
    match name.standing {
        Standing::Agrees => name.points * 62 / 100 + born.points + contact.points(),
        // Twins share surname, birthday, address and the family's telephone: only a personal handle speaks for one person.
        Standing::GivenDiffers | Standing::Differs if contact.handle && !born.conflict => 40 + born.points,
        // A surname changes by marriage or deed poll; forename, birthday and a contact point together are rarely chance.
        Standing::SurnameDiffers if born.exact && contact.any() => 28 + born.points + contact.points().min(20),
        Standing::SurnameDiffers if contact.handle && !born.conflict => 44 + born.points,
        Standing::GivenDiffers | Standing::SurnameDiffers | Standing::Differs => 0,
        // Half of contacts come without a name. Then the contact point is the name.
        Standing::Unnamed => contact.alone() + born.points,
    }
}
