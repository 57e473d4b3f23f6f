//! One setting of the world: a stage, and everything that a decision can depend on, in the test's own words. `rows` makes
//! it so and `described` tells Cedar of it; the two must never be derived from each other.

use channel_panel::access::Purpose;
use channel_panel::casework::category::Category;
use channel_panel::casework::state::Stage;

/// Days on which something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Yesterday to tomorrow and longer.
    Open,
    /// Until yesterday.
    Over,
    /// From tomorrow.
    Coming,
}

/// A provider's commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deal {
    Running,
    Offered,
    /// Offered, and its last day has passed.
    OfferOver,
    NotBegun,
    Over,
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    Good,
    OtherPanel,
    Ended,
    Over,
    NotBegun,
    Unconfirmed,
    ByHolder,
    ByProposer,
    PersonSuspended,
    AgencySuspended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    Good,
    Lapsed,
    NotBegun,
    OfOtherPanel,
    Unconfirmed,
    ByProposer,
    Ended,
    Lacks(Category),
}

/// A second membership of the same person: in the same panel, in force and confirmed, but for what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Also {
    Auditor,
    Administrator,
    AuditorUnconfirmed,
    AuditorElsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignIn {
    Fresh,
    /// Strong, but longer ago than the issuer's step-up time.
    Old,
    Weak,
}

/// `Access-Purpose` and `Access-Reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// What the seat comes for, at this stage.
    Natural,
    Unsaid,
    Said(Purpose, bool),
}

/// In the case, what is said of one agency or person is said of all of them: each seat is tried with it.
#[derive(Debug, Clone)]
pub struct Setting {
    pub stage: Stage,
    pub lead: bool,
    pub plan: bool,
    pub action: bool,
    pub asked: bool,
    pub papers_agency: Option<Window>,
    pub papers_person: Option<Window>,
    /// A listing for a meeting, that lets nobody in by itself.
    pub agenda: Option<Window>,
    pub deal: Option<Deal>,
    pub escalated: bool,
    pub decided: bool,
    pub recused: bool,
    /// To others, or to all of the cast.
    pub restricted: Option<bool>,
    /// Broken by everybody: now, over, or by a clock that was ahead.
    pub glass: Option<Window>,
    pub member: Member,
    /// Of everybody or of nobody; as the seats are where nothing is said.
    pub sponsor: Option<bool>,
    pub also: Option<Also>,
    pub agreement: Agreement,
    pub sign_in: SignIn,
    pub words: Words,
}

impl Setting {
    /// Everybody has every part, and nothing bars anybody.
    pub fn every_part(stage: Stage) -> Self {
        Self {
            stage,
            lead: true,
            plan: true,
            action: true,
            asked: true,
            papers_agency: Some(Window::Open),
            papers_person: Some(Window::Open),
            agenda: Some(Window::Open),
            deal: Some(Deal::Running),
            escalated: true,
            decided: true,
            ..Self::no_part(stage)
        }
    }

    pub fn no_part(stage: Stage) -> Self {
        Self {
            stage,
            lead: false,
            plan: false,
            action: false,
            asked: false,
            papers_agency: None,
            papers_person: None,
            agenda: None,
            deal: None,
            escalated: false,
            decided: false,
            recused: false,
            restricted: None,
            glass: None,
            member: Member::Good,
            sponsor: None,
            also: None,
            agreement: Agreement::Good,
            sign_in: SignIn::Fresh,
            words: Words::Natural,
        }
    }
}

/// A condition: from every part or from none, with one thing changed.
pub struct Condition {
    pub name: String,
    from: fn(Stage) -> Setting,
    change: Box<dyn Fn(&mut Setting) + Send + Sync>,
}

impl Condition {
    fn new(name: &str, from: fn(Stage) -> Setting, change: impl Fn(&mut Setting) + Send + Sync + 'static) -> Self {
        Self { name: name.to_owned(), from, change: Box::new(change) }
    }

    pub fn at(&self, stage: Stage) -> Setting {
        let mut setting = (self.from)(stage);
        (self.change)(&mut setting);
        setting
    }

    /// Whether it is about the case alone, and a case can be left lying in it.
    pub fn of_case(&self) -> bool {
        let set = self.at(Stage::Triage);
        let reader = (set.member, set.sponsor, set.also, set.agreement, set.sign_in, set.words);
        reader == (Member::Good, None, None, Agreement::Good, SignIn::Fresh, Words::Natural)
    }
}

/// Every condition that is tried, each alone. A new one is a line here and what it means in `rows` and `described`.
pub fn conditions() -> Vec<Condition> {
    let mut all = vec![Condition::new("every part", Setting::every_part, |_| {})];
    all.extend(parts());
    all.extend(glasses());
    let every = |name: &str, change: fn(&mut Setting)| Condition::new(name, Setting::every_part, change);
    all.extend([
        every("recused", |s| s.recused = true),
        every("restricted to others", |s| s.restricted = Some(false)),
        every("restricted, and on the list", |s| s.restricted = Some(true)),
        every("member of the other panel", |s| s.member = Member::OtherPanel),
        every("membership ended", |s| s.member = Member::Ended),
        every("membership over", |s| s.member = Member::Over),
        every("membership not begun", |s| s.member = Member::NotBegun),
        every("membership unconfirmed", |s| s.member = Member::Unconfirmed),
        every("membership confirmed by its holder", |s| s.member = Member::ByHolder),
        every("membership confirmed by its proposer", |s| s.member = Member::ByProposer),
        every("person suspended", |s| s.member = Member::PersonSuspended),
        every("agency suspended", |s| s.member = Member::AgencySuspended),
        every("everybody a sponsor", |s| s.sponsor = Some(true)),
        every("nobody a sponsor", |s| s.sponsor = Some(false)),
        every("also the auditor", |s| s.also = Some(Also::Auditor)),
        every("also the administrator", |s| s.also = Some(Also::Administrator)),
        every("also the auditor, unconfirmed", |s| s.also = Some(Also::AuditorUnconfirmed)),
        every("also the auditor of the other panel", |s| s.also = Some(Also::AuditorElsewhere)),
        every("agreement lapsed", |s| s.agreement = Agreement::Lapsed),
        every("agreement not begun", |s| s.agreement = Agreement::NotBegun),
        every("agreement for the other panel", |s| s.agreement = Agreement::OfOtherPanel),
        every("agreement unconfirmed", |s| s.agreement = Agreement::Unconfirmed),
        every("agreement confirmed by its proposer", |s| s.agreement = Agreement::ByProposer),
        every("agreement ended", |s| s.agreement = Agreement::Ended),
        every("weak sign-in", |s| s.sign_in = SignIn::Weak),
        every("old sign-in", |s| s.sign_in = SignIn::Old),
        every("no purpose said", |s| s.words = Words::Unsaid),
        every("earlier history with a reason", |s| s.words = Words::Said(Purpose::EarlierHistory, true)),
    ]);
    for category in Category::ALL {
        let lacks = move |s: &mut Setting| s.agreement = Agreement::Lacks(*category);
        all.push(Condition::new(&format!("agreement without {category}"), Setting::every_part, lacks));
    }
    for purpose in Purpose::ALL {
        let says = move |s: &mut Setting| s.words = Words::Said(purpose, false);
        all.push(Condition::new(&format!("for {purpose}, no reason"), Setting::every_part, says));
    }
    all
}

/// Behind a glass that is broken, or is not, with no part and with every part.
fn glasses() -> Vec<Condition> {
    let behind = |name: &str, from: fn(Stage) -> Setting, window: Window| {
        let change = move |s: &mut Setting| {
            (s.glass, s.words) = (Some(window), Words::Said(Purpose::BreakGlass, false));
        };
        Condition::new(name, from, change)
    };
    vec![
        Condition::new("a broken glass only", Setting::no_part, |s| s.glass = Some(Window::Open)),
        behind("behind a broken glass", Setting::no_part, Window::Open),
        behind("every part, behind a broken glass", Setting::every_part, Window::Open),
        behind("behind a glass that is over", Setting::no_part, Window::Over),
        behind("behind a glass not yet broken", Setting::no_part, Window::Coming),
    ]
}

/// Having a part in one way alone, or in none.
fn parts() -> Vec<Condition> {
    let none = |name: &str, change: fn(&mut Setting)| Condition::new(name, Setting::no_part, change);
    vec![
        none("no part", |_| {}),
        none("named lead only", |s| s.lead = true),
        none("in the plan only", |s| s.plan = true),
        none("an action only", |s| s.action = true),
        none("only asked", |s| s.asked = true),
        none("papers to the agency only", |s| s.papers_agency = Some(Window::Open)),
        none("papers to the person only", |s| s.papers_person = Some(Window::Open)),
        none("papers to the agency closed", |s| s.papers_agency = Some(Window::Over)),
        none("papers to the person closed", |s| s.papers_person = Some(Window::Over)),
        none("papers to the agency not yet open", |s| s.papers_agency = Some(Window::Coming)),
        none("papers to the person not yet open", |s| s.papers_person = Some(Window::Coming)),
        none("commission running only", |s| s.deal = Some(Deal::Running)),
        none("commission offered", |s| s.deal = Some(Deal::Offered)),
        none("commission offered too long ago", |s| s.deal = Some(Deal::OfferOver)),
        none("commission not begun", |s| s.deal = Some(Deal::NotBegun)),
        none("commission over", |s| s.deal = Some(Deal::Over)),
        none("commission ended", |s| s.deal = Some(Deal::Ended)),
        none("on an agenda only", |s| s.agenda = Some(Window::Open)),
        none("on a past agenda", |s| s.agenda = Some(Window::Over)),
        none("escalated only", |s| s.escalated = true),
        none("decided only", |s| s.decided = true),
    ]
}
