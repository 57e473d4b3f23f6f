//! Letters that tell people of ours to look here, written down with what causes them and sent by a job: never lost, and of the
//! same thing never a second.
//! None may say a word of any case: no name, no id, no stage. Of a queue it says how many, of a meeting which panel's and when.

pub mod files;
pub mod ics;
pub mod letter;
pub mod receivers;
pub mod smtp;
pub mod unsent;

use crate::access::Mac as _;
use crate::access::{Listing, MeetingFacts};
use crate::app::registry;
use crate::app::service::Service;
use crate::app::session::Session;
use crate::casework::ids::{PanelId, PersonId};
use crate::config::Notices;
use crate::error::Problem;
use crate::store::rows::{NoticeRow, NoticeState};
use crate::store::{StoreError, Tx};
use files::Files;
use ics::{Entry, Method};
use letter::{Letter, is_address};
use serde::{Deserialize, Serialize};
use smtp::Server;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a letter says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// So much in one's queue is due.
    Digest { overdue: u32, soon: u32 },
    /// To one item of an agenda, whose papers are not open yet.
    Invitation(Option<Entry>),
    /// Papers of an item are open.
    Papers(Option<Entry>),
    /// A meeting, or that it is off.
    Meeting(Entry),
    /// A commission waits for a yes or no.
    Commission,
}

impl Kind {
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Digest { .. } => "digest",
            Kind::Invitation(_) => "invitation",
            Kind::Papers(_) => "papers",
            Kind::Meeting(_) => "meeting",
            Kind::Commission => "commission",
        }
    }
}

/// Why a letter was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// What is wrong is not the letter: the next would fare no better.
    #[error("nobody took it")]
    NoRoad,
    /// This one not now.
    #[error("not now")]
    Later,
    #[error("never")]
    Refused,
}

/// A road by which letters leave. Sending the same letter twice must be of no more effect than it can help: its id is the same.
pub trait Transport: Send + Sync + std::fmt::Debug {
    /// # Errors
    /// `Undelivered`.
    fn send(&self, letter: &Letter) -> Result<(), Undelivered>;
}

/// Where letters go, and what they point to.
#[derive(Debug)]
pub struct Outbox {
    url: String,
    from: String,
    reply_to: Option<String>,
    transport: Box<dyn Transport>,
}

impl Outbox {
    /// # Errors
    /// What of the configuration cannot be used.
    pub fn open(config: Notices) -> Result<Self, &'static str> {
        let bad = |address: &String| !is_address(address);
        if bad(&config.from) || config.reply_to.as_ref().is_some_and(bad) {
            return Err("from, reply_to: must be an e-mail address without a name or quotes");
        }
        let transport: Box<dyn Transport> = match (config.smtp, config.files) {
            (Some(smtp), None) => Box::new(Server::open(&smtp, &config.from)?),
            (None, Some(folder)) => Box::new(Files::open(folder)?),
            _ => return Err("must have either files or smtp"),
        };
        Ok(Self { url: config.url, from: config.from, reply_to: config.reply_to, transport })
    }

    /// # Errors
    /// `Undelivered`.
    pub fn send(&self, row: &NoticeRow, to: &str) -> Result<(), Undelivered> {
        let kind: Kind = serde_json::from_str(&row.payload).map_err(|_| Undelivered::Refused)?;
        if !is_address(to) {
            return Err(Undelivered::Refused);
        }
        let parties = ics::Parties { from: &self.from, to, url: &self.url };
        self.transport.send(&Letter::new(row, &kind, parties, self.reply_to.as_deref()))
    }
}

const LABEL: &str = "cp-notice-v1";

fn message(row: &NoticeRow) -> Vec<u8> {
    let NoticeRow { id, panel, person, kind, thing, round, made_at, payload, .. } = row;
    format!("{id}/{panel}/{person}/{kind}/{thing}/{round}/{}/{payload}", made_at.0).into_bytes()
}

/// Letters of one kind about one thing, an id of ours: of it a person gets one of a kind, and where it comes around one each
/// `round`. They are written down by [`tell`] in the transaction of what they tell of. None where this service writes no letters.
///
/// # Errors
/// `internal`.
pub fn letters(
    service: &Service,
    panel: PanelId,
    people: impl IntoIterator<Item = PersonId>,
    kind: &Kind,
    (thing, round): (Uuid, String),
) -> Result<Vec<NoticeRow>, Problem> {
    if service.outbox.is_none() {
        return Ok(Vec::new());
    }
    let now = service.clock.instant();
    let payload = serde_json::to_string(kind).map_err(|_| Problem::internal("a letter has no JSON form"))?;
    let one = |person| {
        let mut row = NoticeRow {
            id: Uuid::new_v4(),
            panel,
            person,
            kind: kind.name().to_owned(),
            thing,
            round: round.clone(),
            made_at: now,
            payload: payload.clone(),
            tag: Vec::new(),
            state: NoticeState::Waiting,
            attempts: 0,
            next_at: now,
        };
        row.tag = service.sealer.tag(LABEL, &message(&row)).to_vec();
        row
    };
    Ok(people.into_iter().collect::<BTreeSet<_>>().into_iter().map(one).collect())
}

/// That somebody is invited to an item of an agenda, or, where its papers are open already, that they are.
///
/// # Errors
/// `internal`; `integrity`; `unavailable`.
pub fn invitations(
    session: &Session<'_>,
    people: impl IntoIterator<Item = PersonId>,
    listing: &Listing,
    meeting: Option<&MeetingFacts>,
) -> Result<Vec<NoticeRow>, Problem> {
    let entry = match meeting {
        Some(meeting) => Some(entry(&panel_name(session)?, meeting, Method::Request)),
        None => None,
    };
    let open = listing.from <= session.today;
    let kind = if open { Kind::Papers(entry) } else { Kind::Invitation(entry) };
    letters(session.service, session.panel(), people, &kind, (listing.item.0, String::new()))
}

/// Meetings that are to come, or are called off, to all who sit in the panel and to `also`.
///
/// # Errors
/// `internal`; `integrity`; `unavailable`.
pub fn of_meetings(
    session: &Session<'_>,
    meetings: &[MeetingFacts],
    method: Method,
    also: &BTreeSet<PersonId>,
) -> Result<Vec<NoticeRow>, Problem> {
    let ahead: Vec<&MeetingFacts> = meetings.iter().filter(|meeting| meeting.on >= session.today).collect();
    if session.service.outbox.is_none() || ahead.is_empty() {
        return Ok(Vec::new());
    }
    let everybody = receivers::receivers(session)?;
    let sit = everybody.iter().filter(|member| receivers::sits(session, member)).map(|member| member.person);
    let people: BTreeSet<PersonId> = sit.chain(also.iter().copied()).collect();
    let (panel, mut found) = (panel_name(session)?, Vec::new());
    for meeting in ahead {
        let entry = entry(&panel, meeting, method);
        let about = (meeting.id.0, entry.sequence.to_string());
        found.extend(letters(session.service, session.panel(), people.iter().copied(), &Kind::Meeting(entry), about)?);
    }
    Ok(found)
}

/// A meeting's day never changes: it is planned, and it may be called off.
fn entry(panel: &str, meeting: &MeetingFacts, method: Method) -> Entry {
    let sequence = match method {
        Method::Request => 0,
        Method::Cancel => 1,
    };
    Entry { uid: meeting.id.0, sequence, method, on: meeting.on, panel: panel.to_owned() }
}

fn panel_name(session: &Session<'_>) -> Result<String, Problem> {
    let ours = registry::panel_facts(session, session.panel())?;
    Ok(ours.map_or_else(String::new, |panel| letter::plain(&panel.name)))
}

/// # Errors
/// `Refused` for somebody who is not in the register.
pub fn tell(tx: &mut Tx<'_>, letters: &[NoticeRow]) -> Result<(), StoreError> {
    letters.iter().try_for_each(|row| tx.put_notice(row).map(|_| ()))
}

/// Of each of these lists, all to one person, one letter is sent: the first that tells of something new. The others that do
/// are noted beside it.
///
/// # Errors
/// As [`tell`].
pub fn tell_together(tx: &mut Tx<'_>, lists: &[Vec<NoticeRow>]) -> Result<(), StoreError> {
    for list in lists {
        let mut state = NoticeState::Waiting;
        for row in list {
            if tx.put_notice(&NoticeRow { state, ..row.clone() })? {
                state = NoticeState::Covered;
            }
        }
    }
    Ok(())
}

/// Whether the service wrote this, as it stands.
pub fn is_ours(service: &Service, row: &NoticeRow) -> bool {
    service.sealer.verify(LABEL, &message(row), &row.tag)
}
