//! The matrix of verbs: who does what to a case, in a panel, to a referral, a transfer, a membership or an agreement, in the situations
//! of the matrix of categories; and what the service's own jobs do. Like that one it is for reading and for a golden file, and must never
//! be fed real facts.

use super::action::Action;
use super::appointment::{Appointment, SharingAgreement};
use super::entities::{Posed, World};
use super::facts::{
    CaseFacts, Circumstances, MemberFacts, PrincipalFacts, ReferralFacts, ResourceFacts, SystemFacts, SystemName,
};
use super::matrix::{self, SEATS, broken, case, member, purpose, settings};
use super::policies::Policies;
use super::probe::{Cell, Scene};
use super::purpose::Purpose;
use crate::casework::ids::{AgencyId, PanelId, PersonId, ReferralId};
use crate::casework::retention::Standing;
use crate::casework::role::{AgencyKind, Role, Unit};
use crate::casework::state::{Stage, TransferStage};
use std::fmt::Write;
use uuid::Uuid;

const LEGEND: &str = "A always, o own, b keyed for others, s where the table names the seat, r where it names the role, \
                      x own and named; rows with nothing are left out\n";

/// The whole matrix of verbs, as the golden file holds it.
pub fn render(policies: &Policies) -> String {
    let mut text = String::from(LEGEND);
    Action::all().filter(is_verb).for_each(|action| text.push_str(&of_members(policies, action)));
    text.push_str("\n# The service's own jobs\n");
    Action::all().for_each(|action| text.push_str(&jobs(policies, action)));
    text
}

/// Reading and writing a category are for the other matrix; what jobs do of it is for this one.
fn is_verb(action: &Action) -> bool {
    !matches!(action, Action::Read(_) | Action::Write(_))
}

/// The same as questions.
pub(super) fn scenes() -> Vec<Scene> {
    let actions: Vec<Action> = Action::all().collect();
    // Of one kind, so that the rows and places are the same.
    let alike = || actions.chunk_by(|a, b| std::mem::discriminant(a) == std::mem::discriminant(b));
    alike().flat_map(|alike| scenes_of_members(alike).into_iter().chain(scenes_of_jobs(alike))).collect()
}

fn scenes_of_members(alike: &[Action]) -> Vec<Scene> {
    let verbs = || alike.iter().copied().filter(is_verb);
    let mut all = Vec::new();
    for (_, facts) in verbs().next().map(rows).into_iter().flatten() {
        for (role, unit) in SEATS {
            let (m, resource, k) = facts(*role, *unit);
            let tries = tries(&m, &k).map(|(_, k)| k).to_vec();
            let cell = |action| Cell { action, tries: tries.clone(), shows_all: true };
            all.push(Scene { principal: PrincipalFacts::Member(m), resource, cells: verbs().map(cell).collect() });
        }
    }
    all
}

fn scenes_of_jobs(alike: &[Action]) -> Vec<Scene> {
    let purposes: Vec<Circumstances> = purposes().map(of_a_job).collect();
    let mut all = Vec::new();
    for (_, resource) in alike.first().map(|action| places(*action)).into_iter().flatten() {
        for name in SystemName::ALL {
            for (_, panel) in PANELS {
                let cell = |action| Cell { action, tries: purposes.clone(), shows_all: true };
                all.push(Scene {
                    principal: PrincipalFacts::System(SystemFacts { name, panel }),
                    resource: resource.clone(),
                    cells: alike.iter().copied().map(cell).collect(),
                });
            }
        }
    }
    all
}

/// Everything said of one verb: a table for members, a line for jobs.
pub fn render_of(action: Action, policies: &Policies) -> String {
    of_members(policies, action) + &jobs(policies, action)
}

/// What one seat has in one row of a verb's table.
type Row<'a> = (String, Box<dyn Fn(Role, Option<Unit>) -> (MemberFacts, ResourceFacts, Circumstances) + 'a>);

/// By the kind of action alone.
fn rows(action: Action) -> Vec<Row<'static>> {
    match action {
        Action::Panel(_) => panel_rows(),
        Action::Referral(_) => referral_rows(),
        Action::Transfer(_) => transfer_rows(),
        Action::Appointment(_) => appointment_rows(),
        Action::Agreement(_) => agreement_rows(),
        _ => case_rows(),
    }
}

fn of_members(policies: &Policies, action: Action) -> String {
    let mut text = format!("\n## {}\n{:<45}", action.name(), "");
    for (role, unit) in SEATS {
        let _ = write!(text, " {:<13}", member(*role, *unit).seat());
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    for (title, facts) in rows(action) {
        let cells: Vec<String> = SEATS
            .iter()
            .map(|(role, unit)| {
                let (m, resource, k) = facts(*role, *unit);
                cell(policies, action, m, &resource, &k)
            })
            .collect();
        if cells.iter().any(|cell| cell != "-") {
            let line = cells.iter().fold(format!("{title:<45}"), |line, cell| format!("{line} {cell:<13}"));
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

fn cell(policies: &Policies, action: Action, m: MemberFacts, resource: &ResourceFacts, k: &Circumstances) -> String {
    let tries = tries(&m, k);
    let Some(posed) = Posed::new(&policies.names, &PrincipalFacts::Member(m), resource) else { return "?".to_owned() };
    let world = World::new(policies, &posed);
    let allowed = tries.iter().filter(|(_, k)| world.ask(action, k).allowed());
    let letters: String = allowed.map(|(letter, _)| *letter).collect();
    if letters.is_empty() { "-".to_owned() } else { letters }
}

/// In the letters of the legend.
fn tries(m: &MemberFacts, k: &Circumstances) -> [(char, Circumstances); 6] {
    let (seat, role) = (m.seat(), m.role.name());
    let named = |by| Circumstances { who: [by].into(), ..k.clone() };
    [
        ('A', k.clone()),
        ('o', Circumstances { own: true, ..k.clone() }),
        ('b', Circumstances { on_behalf: true, ..k.clone() }),
        ('s', named(seat)),
        ('r', named(role)),
        ('x', Circumstances { own: true, ..named(seat) }),
    ]
}

fn case_rows() -> Vec<Row<'static>> {
    settings()
        .into_iter()
        .map(|(title, setting)| -> Row<'static> {
            let facts = move |role, unit| {
                let (m, c, k) = setting(member(role, unit), Circumstances::new(purpose(role)));
                (m, ResourceFacts::Case(c), k)
            };
            (title, Box::new(facts))
        })
        .collect()
}

fn given(role: Role) -> Circumstances {
    Circumstances { purpose_given: true, ..Circumstances::new(purpose(role)) }
}

fn to_break() -> Circumstances {
    Circumstances { purpose_given: true, ..Circumstances::new(Purpose::BreakGlass) }
}

fn panel_rows() -> Vec<Row<'static>> {
    let panel = case(Stage::Panel).panel;
    let mut rows: Vec<Row<'static>> = vec![
        (
            "purpose by default".to_owned(),
            Box::new(move |r, u| (member(r, u), ResourceFacts::Panel(panel), Circumstances::new(purpose(r)))),
        ),
        ("purpose given".to_owned(), Box::new(move |r, u| (member(r, u), ResourceFacts::Panel(panel), given(r)))),
        ("to break glass".to_owned(), Box::new(move |r, u| (member(r, u), ResourceFacts::Panel(panel), to_break()))),
        (
            "to break glass, signed in long ago".to_owned(),
            Box::new(move |r, u| {
                let m = MemberFacts { recent_sign_in: false, ..member(r, u) };
                (m, ResourceFacts::Panel(panel), to_break())
            }),
        ),
        (
            "as safeguarding lead".to_owned(),
            Box::new(move |r, u| {
                let m = MemberFacts { safeguarding_lead: true, ..member(r, u) };
                (m, ResourceFacts::Panel(panel), given(r))
            }),
        ),
    ];
    rows.push((
        "as sponsor".to_owned(),
        Box::new(move |r, u| (sponsor(r, u), ResourceFacts::Panel(panel), Circumstances::new(purpose(r)))),
    ));
    rows.extend(broken_rows("", member, move |_| ResourceFacts::Panel(panel)));
    rows.extend(broken_rows("as sponsor / ", sponsor, move |_| ResourceFacts::Panel(panel)));
    rows
}

type Who = fn(Role, Option<Unit>) -> MemberFacts;

/// The two kinds of member that tables about people and agencies show, with how their rows begin.
const PLAIN_AND_SPONSOR: [(&str, Who); 2] = [("", member), ("as sponsor / ", sponsor)];

fn sponsor(role: Role, unit: Option<Unit>) -> MemberFacts {
    MemberFacts { sponsor: true, ..member(role, unit) }
}

/// The same with each condition broken alone.
fn broken_rows(
    before: &str,
    who: Who,
    resource: impl Fn(&MemberFacts) -> ResourceFacts + Copy + 'static,
) -> Vec<Row<'static>> {
    broken()
        .into_iter()
        .map(|(name, break_it)| -> Row<'static> {
            let facts = move |role, unit| {
                let (mut m, mut c, mut k) = (who(role, unit), case(Stage::Panel), given(role));
                let resource = resource(&m);
                break_it(&mut m, &mut c, &mut k);
                (m, resource, k)
            };
            (format!("{before}{name}"), Box::new(facts))
        })
        .collect()
}

fn referral(m: &MemberFacts, sender: bool, colleague: bool) -> ResourceFacts {
    let other = Uuid::from_u128(9);
    ResourceFacts::Referral(ReferralFacts {
        id: ReferralId(other),
        panel: m.panel,
        sender: if sender { m.person } else { PersonId(other) },
        sender_agency: if colleague { m.agency } else { AgencyId(other) },
        confidential: false,
        people: 1,
        digest: String::new(),
        version: 1,
    })
}

fn referral_rows() -> Vec<Row<'static>> {
    let row = |title: &str, sender: bool, colleague: bool, lead: bool, lapsed: bool| -> Row<'static> {
        let facts = move |role, unit| {
            let m = MemberFacts { safeguarding_lead: lead, agreement_in_force: !lapsed, ..member(role, unit) };
            let resource = referral(&m, sender, colleague);
            (m, resource, given(role))
        };
        (title.to_owned(), Box::new(facts))
    };
    let mut rows = vec![
        row("one's own referral", true, true, false, false),
        row("one's own, sent in another agency's name", true, false, false, false),
        row("a colleague's referral", false, true, false, false),
        row("a colleague's, as safeguarding lead", false, true, true, false),
        row("another agency's, as safeguarding lead", false, false, true, false),
        row("another agency's referral", false, false, false, false),
        row("another agency's, no agreement in force", false, false, false, true),
        row("own in another's name, no agreement", true, false, false, true),
    ];
    // Anyone may work for an agency that refers.
    let elsewhere = |role, unit| {
        let m = MemberFacts { safeguarding_lead: true, agency_kind: AgencyKind::Referrer, ..member(role, unit) };
        let resource = referral(&m, false, true);
        (m, resource, given(role))
    };
    rows.push(("a colleague's, as lead of a referring agency".to_owned(), Box::new(elsewhere)));
    rows.extend(broken_rows("", member, |m| referral(m, true, true)));
    rows
}

fn transfer_rows() -> Vec<Row<'static>> {
    let row = |title: String, panel: PanelId, stage: TransferStage, lapsed: bool| -> Row<'static> {
        let facts = move |role, unit| {
            let m = MemberFacts { agreement_in_force: !lapsed, ..member(role, unit) };
            (m, ResourceFacts::Transfer(matrix::transfer(panel, stage)), Circumstances::new(purpose(role)))
        };
        (title, Box::new(facts))
    };
    let stages = TransferStage::ALL.iter().map(|stage| (stage.name().to_owned(), matrix::PANEL, *stage, false));
    let mut rows: Vec<Row<'static>> = stages.map(|(title, panel, stage, no)| row(title, panel, stage, no)).collect();
    let on_offer = TransferStage::Offered;
    rows.push(row("to another panel".to_owned(), matrix::OTHER_PANEL, on_offer, false));
    rows.push(row("no agreement in force".to_owned(), matrix::PANEL, on_offer, true));
    rows.extend(broken_rows("", member, move |m| ResourceFacts::Transfer(matrix::transfer(m.panel, on_offer))));
    rows
}

/// A colleague's membership in force, proposed by somebody else; then as told otherwise.
fn appointment(m: &MemberFacts, turn: fn(&MemberFacts, &mut Appointment)) -> ResourceFacts {
    let other = PersonId(Uuid::from_u128(9));
    let mut appointment =
        Appointment { panel: m.panel, agency: m.agency, person: other, proposed_by: other, in_force: true };
    turn(m, &mut appointment);
    ResourceFacts::Appointment(appointment)
}

fn appointment_rows() -> Vec<Row<'static>> {
    type Turn = fn(&MemberFacts, &mut Appointment);
    let turns: [(&str, Turn); 5] = [
        ("a colleague's", |_, _| ()),
        ("one's own", |m, a| a.person = m.person),
        ("proposed by oneself", |m, a| a.proposed_by = m.person),
        ("another agency's", |_, a| a.agency = AgencyId(Uuid::from_u128(9))),
        ("not in force", |_, a| a.in_force = false),
    ];
    let mut rows: Vec<Row<'static>> = Vec::new();
    for (before, who) in PLAIN_AND_SPONSOR {
        for (title, turn) in turns {
            let facts = move |role, unit| {
                let m = who(role, unit);
                let resource = appointment(&m, turn);
                (m, resource, given(role))
            };
            rows.push((format!("{before}{title}"), Box::new(facts)));
        }
        rows.extend(broken_rows(before, who, |m| appointment(m, |_, _| ())));
    }
    let stale = |role, unit| MemberFacts { recent_sign_in: false, ..sponsor(role, unit) };
    let facts = move |role, unit| (stale(role, unit), appointment(&stale(role, unit), |_, _| ()), given(role));
    rows.push(("as sponsor / sign-in not recent".to_owned(), Box::new(facts)));
    rows
}

fn agreement(m: &MemberFacts, own: bool, proposed: bool) -> ResourceFacts {
    let other = Uuid::from_u128(9);
    ResourceFacts::Agreement(SharingAgreement {
        panel: m.panel,
        agency: if own { m.agency } else { AgencyId(other) },
        proposed_by: if proposed { m.person } else { PersonId(other) },
    })
}

fn agreement_rows() -> Vec<Row<'static>> {
    let mut rows: Vec<Row<'static>> = Vec::new();
    for (before, who) in PLAIN_AND_SPONSOR {
        for (title, own, proposed) in [
            ("one's agency's", true, false),
            ("another agency's", false, false),
            ("proposed by oneself", true, true),
            ("another agency's, proposed by oneself", false, true),
        ] {
            let facts = move |role, unit| {
                let m = who(role, unit);
                let resource = agreement(&m, own, proposed);
                (m, resource, given(role))
            };
            rows.push((format!("{before}{title}"), Box::new(facts)));
        }
        rows.extend(broken_rows(before, who, |m| agreement(m, true, false)));
    }
    let stale = |role, unit| MemberFacts { recent_sign_in: false, ..sponsor(role, unit) };
    let facts = move |role, unit| (stale(role, unit), agreement(&stale(role, unit), true, false), given(role));
    rows.push(("as sponsor / sign-in not recent".to_owned(), Box::new(facts)));
    rows
}

/// Where jobs are tried: their own panel, and another.
const PANELS: [(&str, PanelId); 2] = [("", matrix::PANEL), (" of another panel", matrix::OTHER_PANEL)];

fn purposes() -> impl Iterator<Item = Option<Purpose>> {
    Purpose::ALL.into_iter().map(Some).chain([None])
}

fn of_a_job(purpose: Option<Purpose>) -> Circumstances {
    Circumstances { purpose, ..Circumstances::new(Purpose::CaseWork) }
}

/// On what a job is tried, by the kind of action alone.
fn places(action: Action) -> Vec<(&'static str, ResourceFacts)> {
    match action {
        Action::Panel(_) => vec![("any", ResourceFacts::Panel(matrix::PANEL))],
        Action::Transfer(_) => {
            let at = |stage: &TransferStage| ResourceFacts::Transfer(matrix::transfer(matrix::PANEL, *stage));
            TransferStage::ALL.iter().map(|stage| (stage.name(), at(stage))).collect()
        }
        Action::Referral(_) | Action::Appointment(_) | Action::Agreement(_) => Vec::new(),
        _ => {
            let stages = Stage::ALL.iter().map(|stage| (stage.name(), case(*stage)));
            let on_the_way = [Standing::Proposed, Standing::Confirmed, Standing::Due].map(|erasure| {
                let title = match erasure {
                    Standing::Due => "closed with an erasure due",
                    Standing::Confirmed => "closed with an erasure confirmed",
                    _ => "closed with an erasure proposed",
                };
                (title, CaseFacts { erasure, ..case(Stage::Closed) })
            });
            let held = CaseFacts { erasure: Standing::Due, held: true, ..case(Stage::Closed) };
            let open = CaseFacts { erasure: Standing::Due, ..case(Stage::Panel) };
            let begins = CaseFacts { beginning: true, ..case(Stage::Assessment) };
            let strange = [
                ("closed with an erasure due, held", held),
                ("panel with an erasure due", open),
                ("its very beginning, at assessment", begins),
            ];
            stages.chain(on_the_way).chain(strange).map(|(title, case)| (title, ResourceFacts::Case(case))).collect()
        }
    }
}

/// `read_identity: matcher (match) at referred, triage, …`, empty where no job may.
pub fn jobs(policies: &Policies, action: Action) -> String {
    let mut text = String::new();
    let places = places(action);
    for name in SystemName::ALL {
        for purpose in purposes() {
            for (place, panel) in PANELS {
                let principal = PrincipalFacts::System(SystemFacts { name, panel });
                let k = of_a_job(purpose);
                let allowed = |resource| policies.decide(&principal, action, resource, &k).allowed();
                let stages: Vec<&str> =
                    places.iter().filter(|(_, resource)| allowed(resource)).map(|(name, _)| *name).collect();
                if !stages.is_empty() {
                    let purpose = purpose.map_or("none", Purpose::name);
                    let _ = writeln!(
                        text,
                        "{}: {}{place} ({purpose}) at {}",
                        action.name(),
                        name.name(),
                        stages.join(", ")
                    );
                }
            }
        }
    }
    text
}
