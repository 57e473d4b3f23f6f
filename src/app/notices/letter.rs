//! What a letter says: fixed words, numbers, a panel's name and the service's address (RFC 5322, RFC 2045, all ASCII).
//! It must never take a word from a case, nor a line break from an address.

use super::Kind;
use super::ics::{self, Entry};
use crate::store::rows::NoticeRow;
use chrono::{DateTime, Utc};
use std::fmt;
use uuid::Uuid;

/// Ready to be sent. It names a person by their address alone, and does not print it.
pub struct Letter {
    pub id: Uuid,
    pub from: String,
    pub to: String,
    /// The whole message, lines ended by CRLF.
    pub text: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({})", self.id)
    }
}

impl Letter {
    pub(super) fn new(row: &NoticeRow, kind: &Kind, parties: ics::Parties<'_>, reply_to: Option<&str>) -> Self {
        let (subject, says) = words(kind);
        let (id, ics::Parties { from, to, url }) = (row.id, parties);
        let host = from.rsplit_once('@').map_or(from, |(_, host)| host);
        let date = DateTime::<Utc>::from_timestamp_micros(row.made_at.0).unwrap_or_default().to_rfc2822();
        let reply_to = reply_to.map_or_else(String::new, |address| format!("Reply-To: <{address}>\r\n"));
        let text = format!(
            "From: Channel Panel <{from}>\r\n{reply_to}To: <{to}>\r\nDate: {date}\r\nMessage-ID: <{id}@{host}>\r\n\
             Subject: {MARKING}: {subject}\r\nX-Protective-Marking: {MARKING}\r\nSensitivity: Company-Confidential\r\n\
             Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n{}",
            content(row, kind, &format!("{MARKING}\r\n\r\n{says}\r\n\r\n{url}\r\n\r\n{LAST}\r\n"), parties)
        );
        Self { id, from: from.to_owned(), to: to.to_owned(), text }
    }
}

/// The text alone, or beside it an entry for a calendar.
fn content(row: &NoticeRow, kind: &Kind, body: &str, parties: ics::Parties<'_>) -> String {
    let plain = "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n";
    let (Kind::Invitation(Some(entry)) | Kind::Papers(Some(entry)) | Kind::Meeting(entry)) = kind else {
        return format!("{plain}\r\n{body}");
    };
    let bound = format!("=_{}", row.id.simple());
    let calendar = ics::write(entry, parties, row.made_at);
    format!(
        "Content-Type: multipart/alternative; boundary=\"{bound}\"\r\n\r\n--{bound}\r\n{plain}\r\n{body}\
         \r\n--{bound}\r\nContent-Type: text/calendar; charset=us-ascii; method={}\r\n\
         Content-Transfer-Encoding: 7bit\r\n\r\n{calendar}\r\n--{bound}--\r\n",
        entry.method.name()
    )
}

/// Of all that leaves the service, in its first line.
pub const MARKING: &str = "OFFICIAL-SENSITIVE";
const LAST: &str = "This letter was written by a program. It says nothing of any case, and never will.";

/// Subject and sentence.
fn words(kind: &Kind) -> (&'static str, String) {
    let when = |entry: &Option<Entry>| entry.as_ref().map_or_else(String::new, |entry| format!(" {}", day(entry)));
    match kind {
        Kind::Digest { overdue, soon } => {
            ("Something is due", format!("In your queue, overdue: {overdue}; due soon: {soon}. Please look:"))
        }
        Kind::Invitation(entry) => {
            ("You are invited", format!("You are invited to one item of a meeting{}. Please look:", when(entry)))
        }
        Kind::Papers(entry) => {
            ("You have papers", format!("There are papers of a meeting{} for you to read. Please look:", when(entry)))
        }
        Kind::Meeting(entry) if entry.method == ics::Method::Cancel => {
            ("A meeting is off", format!("The meeting {} is not held. Please look:", day(entry)))
        }
        Kind::Meeting(entry) => ("A meeting", format!("There is a meeting {}. Please look:", day(entry))),
        Kind::Commission => ("A commission waits", "A commission waits for your yes or no. Please look:".to_owned()),
    }
}

fn day(entry: &Entry) -> String {
    format!("of the panel {} on {}", entry.panel, entry.on)
}

/// A name as a letter takes one: a line of plain characters.
pub fn plain(name: &str) -> String {
    let ascii = any_ascii::any_ascii(name);
    ascii.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(100).collect()
}

/// An address as we take one: `name@host` of plain characters. Quotes, spaces, brackets and what is not ASCII are refused, for
/// it goes into a header.
pub fn is_address(text: &str) -> bool {
    let plain = |part: &str, also: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
            && !part.starts_with(['.', '-'])
            && !part.ends_with(['.', '-'])
            && !part.contains("..")
    };
    text.len() <= 254
        && text.split_once('@').is_some_and(|(name, host)| {
            name.len() <= 64 && plain(name, ".!#$%&'*+-/=?^_`{|}~") && plain(host, ".-") && host.contains('.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::notices::ics::Method;
    use crate::casework::ids::{PanelId, PersonId};
    use crate::clock::Moment;
    use crate::store::rows::NoticeState;

    const PARTIES: ics::Parties<'_> =
        ics::Parties { from: "service@panel.test", to: "somebody@panel.test", url: "https://panel.test/" };

    fn letter(kind: &Kind) -> String {
        let row = NoticeRow {
            id: Uuid::from_u128(7),
            panel: PanelId(Uuid::from_u128(6)),
            person: PersonId(Uuid::from_u128(8)),
            kind: kind.name().to_owned(),
            thing: Uuid::from_u128(9),
            round: "2027-03-01".to_owned(),
            made_at: Moment(1_800_000_000_000_000),
            payload: String::new(),
            tag: Vec::new(),
            state: NoticeState::Waiting,
            attempts: 0,
            next_at: Moment(0),
        };
        Letter::new(&row, kind, PARTIES, Some("desk@panel.test")).text
    }

    fn entry(method: Method) -> Entry {
        let (on, panel) = ("2027-03-10".parse().unwrap(), plain("Brackenmère\r\nBcc: x@y.uk"));
        Entry { uid: Uuid::from_u128(5), sequence: 1, method, on, panel }
    }

    #[test]
    fn a_letter_is_fixed_words_and_the_services_address() {
        let asked = || Some(entry(Method::Request));
        let kinds = [
            Kind::Digest { overdue: 2, soon: 3 },
            Kind::Invitation(None),
            Kind::Invitation(asked()),
            Kind::Papers(None),
            Kind::Papers(asked()),
            Kind::Meeting(entry(Method::Request)),
            Kind::Meeting(entry(Method::Cancel)),
            Kind::Commission,
        ];
        for kind in kinds {
            let text = letter(&kind);
            assert!(text.contains("look:\r\n\r\nhttps://panel.test/\r\n\r\n"), "{text}");
            assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 200), "{text}");
            assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "every line ends alike");
            assert!(!text.contains("\r\nBcc:"), "a panel's name is no header: {text}");
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.iter().any(|line| line.starts_with("Subject: OFFICIAL-SENSITIVE: ")));
            assert!(lines.contains(&"X-Protective-Marking: OFFICIAL-SENSITIVE"));
            assert!(lines.contains(&"Reply-To: <desk@panel.test>") && lines.contains(&"To: <somebody@panel.test>"));
            assert!(
                lines.contains(&"Message-ID: <00000000-0000-0000-0000-000000000007@panel.test>"),
                "always the same"
            );
            for id in [6, 8, 9] {
                assert!(!text.contains(&Uuid::from_u128(id).to_string()), "neither panel, person nor thing is named");
            }
        }
        let meeting = letter(&Kind::Meeting(entry(Method::Request)));
        assert!(meeting.contains("method=REQUEST") && meeting.contains("BEGIN:VCALENDAR\r\n"));
        assert!(meeting.contains("There is a meeting of the panel BrackenmereBcc: x@y.uk on 2027-03-10."));
        let off = letter(&Kind::Meeting(entry(Method::Cancel)));
        assert!(off.contains("Subject: OFFICIAL-SENSITIVE: A meeting is off\r\n") && off.contains("METHOD:CANCEL\r\n"));
        assert!(letter(&Kind::Digest { overdue: 2, soon: 3 }).contains("overdue: 2; due soon: 3."));
    }

    #[test]
    fn an_address_brings_no_line_and_no_second_recipient() {
        for good in ["a@b.uk", "first.last+x@council.gov.uk", "o'neill@a-b.org"] {
            assert!(is_address(good), "{good}");
        }
        let long = format!("{}@b.uk", "a".repeat(65));
        for bad in [
            "",
            "a",
            "a@b",
            "@b.uk",
            "a@",
            "a b@c.uk",
            "a@b.uk\r\nBcc: c@d.uk",
            "a@b.uk,c@d.uk",
            "<a@b.uk>",
            "\"a\"@b.uk",
            "a@b@c.uk",
            "ä@b.uk",
            ".a@b.uk",
            "a..b@c.uk",
            "a@-b.uk",
            &long,
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
