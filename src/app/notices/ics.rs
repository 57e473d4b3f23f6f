//! A meeting as an entry for people's calendars (RFC 5545, RFC 5546): that there is one, of which panel and on which day.
//! It must never say what is on its agenda.

use super::letter::MARKING;
use crate::clock::Moment;
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Request,
    Cancel,
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
        }
    }
}

/// One meeting. `uid` stays the same for its life; `sequence` grows with every change, or calendars keep the old day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub uid: Uuid,
    pub sequence: u32,
    pub method: Method,
    pub on: NaiveDate,
    /// Its name, in plain characters.
    pub panel: String,
}

/// Who asks whom, and where to look.
#[derive(Clone, Copy)]
pub struct Parties<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub url: &'a str,
}

impl std::fmt::Debug for Parties<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parties")
    }
}

/// Octets of a line, its end not counted (RFC 5545 3.1).
const FOLD_AT: usize = 75;

/// The whole calendar object.
pub fn write(entry: &Entry, parties: Parties<'_>, made_at: Moment) -> String {
    let day = |day: NaiveDate| day.format("%Y%m%d").to_string();
    let stamp =
        DateTime::<Utc>::from_timestamp_micros(made_at.0).unwrap_or_default().format("%Y%m%dT%H%M%SZ").to_string();
    let after = entry.on.checked_add_days(Days::new(1)).unwrap_or(entry.on);
    let status = if entry.method == Method::Cancel { "CANCELLED" } else { "CONFIRMED" };
    let lines = [
        ("BEGIN", "VCALENDAR".to_owned()),
        ("VERSION", "2.0".to_owned()),
        ("PRODID", "-//Channel Panel//Notices//EN".to_owned()),
        ("METHOD", entry.method.name().to_owned()),
        ("BEGIN", "VEVENT".to_owned()),
        ("UID", format!("{}@channel-panel", entry.uid)),
        ("SEQUENCE", entry.sequence.to_string()),
        ("DTSTAMP", stamp),
        ("DTSTART;VALUE=DATE", day(entry.on)),
        ("DTEND;VALUE=DATE", day(after)),
        ("SUMMARY", escaped(&format!("{MARKING}: Panel meeting, {}", entry.panel))),
        ("DESCRIPTION", escaped(&format!("Agenda and papers, for those who may read them: {}", parties.url))),
        ("STATUS", status.to_owned()),
        ("CLASS", "PRIVATE".to_owned()),
        ("ORGANIZER", format!("mailto:{}", parties.from)),
        ("ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=FALSE", format!("mailto:{}", parties.to)),
        ("END", "VEVENT".to_owned()),
        ("END", "VCALENDAR".to_owned()),
    ];
    let mut text = String::new();
    lines.iter().for_each(|(name, value)| fold(&mut text, &format!("{name}:{value}")));
    text
}

/// A value of type TEXT (RFC 5545 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// One content line: no part of it is longer than allowed, and no character is cut in two.
fn fold(out: &mut String, line: &str) {
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf8() > FOLD_AT {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTIES: Parties<'_> = Parties {
        from: "service@panel.test",
        to: "a.person.with.a.long.name@safeguarding.of.a.long.council.gov.uk",
        url: "https://panel.test/a,b;c\\d",
    };

    fn entry(sequence: u32, method: Method) -> Entry {
        let panel = "Brackenmere; Town, and more".to_owned();
        Entry { uid: Uuid::from_u128(5), sequence, method, on: "2027-12-31".parse().unwrap(), panel }
    }

    /// Folded lines put together again, as RFC 5545 says to read them.
    fn unfolded(text: &str) -> Vec<(String, String)> {
        let whole = text.replace("\r\n ", "");
        let lines = whole.split_terminator("\r\n");
        lines.map(|line| line.split_once(':').map(|(n, v)| (n.to_owned(), v.to_owned())).unwrap()).collect()
    }

    fn value(text: &str, name: &str) -> String {
        unfolded(text).into_iter().find(|(n, _)| n.split(';').next() == Some(name)).unwrap().1
    }

    #[test]
    fn an_entry_keeps_its_name_and_counts_its_changes() {
        let first = write(&entry(0, Method::Request), PARTIES, Moment(1_800_000_000_000_000));
        let off = write(&entry(3, Method::Cancel), PARTIES, Moment(1_800_000_000_000_000));
        assert_eq!(value(&first, "UID"), value(&off, "UID"));
        assert_eq!([value(&first, "SEQUENCE"), value(&off, "SEQUENCE")], ["0", "3"]);
        assert_eq!([value(&first, "METHOD"), value(&off, "METHOD")], ["REQUEST", "CANCEL"]);
        assert_eq!([value(&first, "STATUS"), value(&off, "STATUS")], ["CONFIRMED", "CANCELLED"]);
        assert_eq!(
            [value(&first, "DTSTART"), value(&first, "DTEND")],
            ["20271231", "20280101"],
            "the day after is not of it"
        );
        assert_eq!(value(&first, "DTSTAMP"), "20270115T080000Z");
        let order: Vec<_> = unfolded(&first).into_iter().filter(|(n, _)| n == "BEGIN" || n == "END").collect();
        assert_eq!(order.len(), 4);
    }

    #[test]
    fn lines_are_folded_and_text_is_escaped() {
        let text = write(&entry(0, Method::Request), PARTIES, Moment(0));
        assert!(text.ends_with("END:VCALENDAR\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines.iter().all(|line| line.len() <= FOLD_AT), "{text}");
        assert!(lines.iter().any(|line| line.starts_with(' ')), "nothing was long enough to be folded");
        assert!(value(&text, "DESCRIPTION").ends_with(r"https://panel.test/a\,b\;c\\d"));
        let summary = value(&text, "SUMMARY");
        assert_eq!(summary, r"OFFICIAL-SENSITIVE: Panel meeting\, Brackenmere\; Town\, and more");
        assert_eq!(value(&text, "ATTENDEE"), format!("mailto:{}", PARTIES.to));
        let mut wide = String::new();
        fold(&mut wide, &format!("SUMMARY:{}", "ü€𝄞".repeat(40)));
        assert!(wide.split("\r\n").all(|line| line.len() <= FOLD_AT));
        assert_eq!(wide.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "ü€𝄞".repeat(40)));
        assert_eq!(escaped("a\nb\r\u{7}c"), "a\\nbc");
    }
}
