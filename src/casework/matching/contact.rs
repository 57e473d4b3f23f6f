//! Postcodes, telephones and handles, made comparable. It must never take a placeholder or a fragment for evidence.

use super::text::fold_case;
use super::{Reason, Why};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A form may carry any number of them; more than this says nothing more.
const MOST: usize = 32;

#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Contacts {
    postcodes: Vec<String>,
    phones: Vec<String>,
    handles: Vec<String>,
}

pub(super) struct Evidence {
    pub postcode: bool,
    pub phone: bool,
    pub handle: bool,
    pub why: Why,
}

impl Evidence {
    /// Beside a name that agrees.
    pub(super) fn points(&self) -> i32 {
        [(self.handle, 24), (self.phone, 20), (self.postcode, 12)]
            .iter()
            .filter(|(shared, _)| *shared)
            .map(|(_, p)| p)
            .sum()
    }

    /// Where one record has no name at all.
    pub(super) fn alone(&self) -> i32 {
        [(self.handle, 58), (self.phone, 54), (self.postcode, 30)]
            .iter()
            .find(|(shared, _)| *shared)
            .map_or(0, |(_, p)| *p)
    }

    pub(super) fn any(&self) -> bool {
        self.handle || self.phone || self.postcode
    }
}

impl Contacts {
    pub(super) fn of(postcodes: &[String], phones: &[String], handles: &[String]) -> Self {
        Self { postcodes: tidy(postcodes, postcode), phones: tidy(phones, phone), handles: tidy(handles, handle) }
    }
}

pub(super) fn compare(a: &Contacts, b: &Contacts) -> Evidence {
    let postcode = share(&a.postcodes, &b.postcodes);
    let phone = share(&a.phones, &b.phones);
    let handle = share(&a.handles, &b.handles);
    let why = [(postcode, Reason::Postcode), (phone, Reason::Phone), (handle, Reason::Handle)]
        .iter()
        .filter(|(shared, _)| *shared)
        .fold(Why::NONE, |why, (_, reason)| why.with(Why::of(*reason)));
    Evidence { postcode, phone, handle, why }
}

/// Sorted before it is cut, so that the order in which a form lists them never changes an answer.
fn tidy(given: &[String], form: fn(&str) -> Option<String>) -> Vec<String> {
    let mut found: Vec<String> = given.iter().filter_map(|text| form(text)).collect();
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    found
}

fn share(a: &[String], b: &[String]) -> bool {
    a.iter().any(|x| b.contains(x))
}

/// A full postcode without its space. ZZ99 codes mean "no fixed abode" or "abroad" in NHS records: shared by strangers.
fn postcode(text: &str) -> Option<String> {
    let code: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    ((5..=7).contains(&code.len()) && !code.starts_with("ZZ99")).then_some(code)
}

/// The last nine digits: the rest is how the country is written. A run of one digit is somebody filling a field.
fn phone(text: &str) -> Option<String> {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 9 {
        return None;
    }
    let tail: String = digits.iter().skip(digits.len() - 9).collect();
    let first = tail.chars().next();
    (!tail.chars().all(|c| Some(c) == first)).then_some(tail)
}

fn handle(text: &str) -> Option<String> {
    let folded = fold_case(text);
    let name = folded.trim().trim_start_matches('@');
    (name.chars().count() >= 3 && !["none", "unknown", "n/a", "not known"].contains(&name)).then(|| name.to_owned())
}
