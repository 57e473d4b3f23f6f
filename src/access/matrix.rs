//! The matrix as the policies have it: role x category x stage for made-up cases, as text. Grants nothing.
//! It must never be fed real facts: it is for reading, and for a golden file that shows each change of policy.

use super::action::Action;
use super::decide::{extents, turns};
use super::facts::{CaseFacts, Circumstances, MemberFacts, PrincipalFacts, ResourceFacts};
use super::permit::Extent;
use super::policies::Policies;
use super::probe::{Cell, Scene};
use super::purpose::Purpose;
use super::transfer::TransferFacts;
use crate::casework::category::Category;
use crate::casework::ids::{AgencyId, PanelId, PersonId, TransferId};
use crate::casework::retention::Standing;
use crate::casework::role::{AgencyKind, Role, Unit};
use crate::casework::state::{Stage, TransferStage};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::fmt::Write;
use uuid::Uuid;

/// Every seat there is: the roles, with police told apart.
pub const SEATS: &[(Role, Option<Unit>)] = &[
    (Role::Mash, None),
    (Role::SocialCare, None),
    (Role::Health, None),
    (Role::Police, Some(Unit::CounterTerrorism)),
    (Role::Police, Some(Unit::Local)),
    (Role::Education, None),
    (Role::Partner, None),
    (Role::Council, None),
    (Role::Chair, None),
    (Role::Provider, None),
    (Role::Guest, None),
    (Role::Referrer, None),
    (Role::Records, None),
    (Role::Auditor, None),
    (Role::Administrator, None),
];

pub(super) const PANEL: PanelId = PanelId(Uuid::from_u128(1));
pub(super) const OTHER_PANEL: PanelId = PanelId(Uuid::from_u128(2));
const AGENCY: AgencyId = AgencyId(Uuid::from_u128(3));
const PERSON: PersonId = PersonId(Uuid::from_u128(4));

fn home(role: Role) -> AgencyKind {
    match role {
        Role::Mash => AgencyKind::Mash,
        Role::SocialCare => AgencyKind::SocialCare,
        Role::Health => AgencyKind::Health,
        Role::Police => AgencyKind::Police,
        Role::Education => AgencyKind::Education,
        Role::Partner => AgencyKind::Partner,
        Role::Provider => AgencyKind::Provider,
        Role::Guest => AgencyKind::School,
        Role::Referrer => AgencyKind::Referrer,
        Role::Council | Role::Chair | Role::Records | Role::Auditor | Role::Administrator => AgencyKind::Council,
    }
}

/// A member of whom every condition holds.
pub fn member(role: Role, unit: Option<Unit>) -> MemberFacts {
    MemberFacts {
        role,
        unit,
        person: PERSON,
        agency: AGENCY,
        agency_kind: home(role),
        panel: PANEL,
        system: false,
        safeguarding_lead: false,
        sponsor: false,
        roles_in_panel: BTreeSet::from([role]),
        in_force: true,
        confirmed: true,
        suspended: false,
        strong: true,
        recent_sign_in: true,
        agreement_in_force: true,
        agreement_categories: Category::ALL.iter().copied().collect(),
    }
}

/// A case in which that member has every part there is, and nothing bars them.
pub fn case(stage: Stage) -> CaseFacts {
    CaseFacts {
        panel: PANEL,
        stage,
        beginning: false,
        assigned: BTreeSet::from([AGENCY]),
        acting: BTreeSet::from([AGENCY]),
        asked: BTreeSet::from([AGENCY]),
        invited_agencies: BTreeSet::from([AGENCY]),
        invited_people: BTreeSet::from([PERSON]),
        commissioned: BTreeSet::from([AGENCY]),
        offered: BTreeSet::new(),
        recused: BTreeSet::new(),
        restricted: false,
        allowed: BTreeSet::new(),
        broken_by: BTreeSet::new(),
        listed: true,
        escalated: true,
        decided: true,
        held: false,
        erasure: Standing::None,
        erasure_proposed_by: BTreeSet::new(),
    }
}

/// A case on its way to `panel`.
pub fn transfer(panel: PanelId, stage: TransferStage) -> TransferFacts {
    TransferFacts {
        id: TransferId(Uuid::from_u128(8)),
        panel,
        from_panel: OTHER_PANEL,
        from_case: None,
        categories: [Category::Identity, Category::Concern].into(),
        stage,
        offered_on: NaiveDate::default(),
        ended_on: None,
        digest: String::new(),
        version: 1,
    }
}

/// The same member with no part in it at all.
pub fn bystander_case(stage: Stage) -> CaseFacts {
    CaseFacts {
        assigned: BTreeSet::new(),
        acting: BTreeSet::new(),
        asked: BTreeSet::new(),
        invited_agencies: BTreeSet::new(),
        invited_people: BTreeSet::new(),
        commissioned: BTreeSet::new(),
        listed: false,
        escalated: false,
        decided: false,
        ..case(stage)
    }
}

/// `W`, or reading (`R` whole, `r` own part) with what more may be written (`w` own part, `b` for others); `-` nothing.
pub fn cell(read: Option<Extent>, write: Option<Extent>) -> String {
    let read = match read {
        Some(Extent::Whole) => "R",
        Some(_) => "r",
        None => "",
    };
    let cell = match write {
        Some(Extent::Whole) if read == "R" => "W".to_owned(),
        Some(Extent::Whole) => format!("{read}+"),
        Some(Extent::Own) => format!("{read}w"),
        Some(Extent::OnBehalf) => format!("{read}b"),
        None => read.to_owned(),
    };
    if cell.is_empty() { "-".to_owned() } else { cell }
}

/// One column: a cell for each category.
pub fn column(
    policies: &Policies,
    member: &MemberFacts,
    case: &CaseFacts,
    circumstances: &Circumstances,
) -> Vec<String> {
    cells(Category::ALL, policies, member, case, circumstances)
}

fn cells(
    categories: &[Category],
    policies: &Policies,
    member: &MemberFacts,
    case: &CaseFacts,
    circumstances: &Circumstances,
) -> Vec<String> {
    let (principal, resource) = (PrincipalFacts::Member(member.clone()), ResourceFacts::Case(case.clone()));
    let (reads, writes) = extents(categories, policies, &principal, &resource, circumstances);
    categories.iter().map(|category| cell(reads.get(category).copied(), writes.get(category).copied())).collect()
}

/// What each role comes for.
pub(super) fn purpose(role: Role) -> Purpose {
    match role {
        Role::Records => Purpose::Retention,
        Role::Auditor => Purpose::Audit,
        _ => Purpose::CaseWork,
    }
}

/// Not the role's own. Roles that any agency may have are given, between them, the kinds that mean something to others.
fn other_kind(role: Role) -> AgencyKind {
    match role {
        Role::Guest => AgencyKind::Health,
        Role::Partner => AgencyKind::Mash,
        Role::Referrer => AgencyKind::Education,
        Role::Records => AgencyKind::SocialCare,
        Role::Auditor => AgencyKind::Partner,
        Role::Administrator => AgencyKind::Provider,
        Role::SocialCare => AgencyKind::Police,
        Role::Mash => AgencyKind::Referrer,
        Role::Education => AgencyKind::Council,
        Role::Health | Role::Police | Role::Council | Role::Chair | Role::Provider => AgencyKind::School,
    }
}

/// Breaks one condition.
pub type Break = fn(&mut MemberFacts, &mut CaseFacts, &mut Circumstances);

/// The conditions, each broken alone.
pub fn broken() -> Vec<(&'static str, Break)> {
    vec![
        ("another panel", |m, _, _| m.panel = OTHER_PANEL),
        ("membership not in force", |m, _, _| m.in_force = false),
        ("membership not confirmed", |m, _, _| m.confirmed = false),
        ("suspended", |m, _, _| m.suspended = true),
        ("sign-in not strong", |m, _, _| m.strong = false),
        ("sign-in not recent", |m, _, _| m.recent_sign_in = false),
        ("agency of another kind", |m, _, _| m.agency_kind = other_kind(m.role)),
        ("no agreement in force", |m, _, _| m.agreement_in_force = false),
        ("agreement covers nothing", |m, _, _| m.agreement_categories.clear()),
        ("recused", |m, c, _| c.recused = BTreeSet::from([m.person])),
        ("not on the restricted list", |_, c, _| c.restricted = true),
        ("on the restricted list", |m, c, _| (c.restricted, c.allowed) = (true, BTreeSet::from([m.person]))),
        ("no purpose", |_, _, k| k.purpose = None),
        ("purpose matching", |_, _, k| k.purpose = Some(Purpose::Match)),
        ("purpose retention", |_, _, k| k.purpose = Some(Purpose::Retention)),
        ("purpose rights request", |_, _, k| k.purpose = Some(Purpose::RightsRequest)),
        ("a system", |m, _, _| m.system = true),
        ("an auditor of the same panel", |m, _, _| m.roles_in_panel.extend([Role::Auditor])),
        ("an administrator of the same panel", |m, _, _| m.roles_in_panel.extend([Role::Administrator])),
        ("a referrer of the same panel", |m, _, _| m.roles_in_panel.extend([Role::Referrer])),
        ("a system, sign-in not strong", |m, _, _| (m.system, m.strong) = (true, false)),
    ]
}

type Setting = Box<dyn Fn(MemberFacts, Circumstances) -> (MemberFacts, CaseFacts, Circumstances)>;

/// Each part in a case, alone.
fn single_parts() -> Vec<(Stage, &'static str, CaseFacts)> {
    let mine = || BTreeSet::from([AGENCY]);
    let alone = |stage, part, give: fn(&mut CaseFacts, BTreeSet<AgencyId>)| {
        let mut case = bystander_case(stage);
        give(&mut case, mine());
        (stage, part, case)
    };
    vec![
        alone(Stage::Triage, "only asked for information", |c, mine| c.asked = mine),
        alone(Stage::Panel, "only asked for information", |c, mine| c.asked = mine),
        alone(Stage::Panel, "only invited as an agency", |c, mine| c.invited_agencies = mine),
        alone(Stage::Panel, "only invited in person", |c, _| c.invited_people = BTreeSet::from([PERSON])),
        alone(Stage::Panel, "only listed", |c, _| c.listed = true),
        alone(Stage::Panel, "only escalated", |c, _| c.escalated = true),
        alone(Stage::Panel, "only decided", |c, _| c.decided = true),
        alone(Stage::Intervention, "a part in the plan, and no action", |c, mine| c.assigned = mine),
        // Header facts give no action without an assignment; no policy may rest on it.
        alone(Stage::Intervention, "only an action", |c, mine| c.acting = mine),
        alone(Stage::Intervention, "only a commission and a question", |c, mine| {
            (c.commissioned, c.asked) = (mine.clone(), mine);
        }),
        alone(Stage::Intervention, "only a commission", |c, mine| c.commissioned = mine),
        alone(Stage::Intervention, "only offered a commission", |c, mine| c.offered = mine),
    ]
}

/// The situations the matrix shows, each for every seat.
pub(super) fn settings() -> Vec<(String, Setting)> {
    let mut all: Vec<(String, Setting)> = Vec::new();
    let mut put = |title: String, setting: Setting| all.push((title, setting));
    let of = |case: CaseFacts| -> Setting { Box::new(move |m, k| (m, case.clone(), k)) };
    for stage in Stage::ALL.iter().copied() {
        put(format!("{} / every part in the case", stage.name()), of(case(stage)));
    }
    for stage in [Stage::Referred, Stage::Triage, Stage::Panel] {
        put(format!("{} / no part in the case", stage.name()), of(bystander_case(stage)));
    }
    for (stage, part, alone) in single_parts() {
        put(format!("{} / {part}", stage.name()), of(alone));
    }
    for (title, purpose, has_reason) in [
        ("earlier history with a reason", Purpose::EarlierHistory, true),
        ("earlier history without a reason", Purpose::EarlierHistory, false),
        ("a reason and no earlier history", Purpose::CaseWork, true),
        ("a rights request", Purpose::RightsRequest, false),
    ] {
        let asked = Circumstances { has_reason, ..Circumstances::new(purpose) };
        put(format!("closed / {title}"), Box::new(move |m, _| (m, case(Stage::Closed), asked.clone())));
    }
    let offered = CaseFacts { offered: BTreeSet::from([AGENCY]), ..bystander_case(Stage::Closed) };
    let history = Circumstances { has_reason: true, ..Circumstances::new(Purpose::EarlierHistory) };
    put(
        "closed / only offered a commission, with a reason".to_owned(),
        Box::new(move |m, _| (m, offered.clone(), history.clone())),
    );
    for (title, case, purpose) in endings() {
        let at_hand = Circumstances::new(purpose);
        put(title, Box::new(move |m, _| (m, case.clone(), at_hand.clone())));
    }
    let stale = |m| MemberFacts { recent_sign_in: false, ..m };
    let proposed = CaseFacts { erasure: Standing::Proposed, ..bystander_case(Stage::Closed) };
    put(
        "closed / an erasure proposed, sign-in not recent".to_owned(),
        Box::new(move |m, _| (stale(m), proposed.clone(), Circumstances::new(Purpose::Retention))),
    );
    put(
        "closed / for retention, sign-in not recent".to_owned(),
        Box::new(move |m, _| (stale(m), bystander_case(Stage::Closed), Circumstances::new(Purpose::Retention))),
    );
    for (title, case, purpose) in glasses() {
        let at_hand = Circumstances { purpose_given: true, ..Circumstances::new(purpose) };
        put(title, Box::new(move |m, _| (m, case.clone(), at_hand.clone())));
    }
    let own: Setting = Box::new(|m, k| (m, case(Stage::Panel), Circumstances { own: true, ..k }));
    put("panel / a record of one's own".to_owned(), own);
    let given: Setting =
        Box::new(|m, k| (m, case(Stage::Panel), Circumstances { purpose_given: true, has_reason: true, ..k }));
    put("panel / a purpose given, with a reason".to_owned(), given);
    for (name, break_it) in broken() {
        put(
            format!("panel / {name}"),
            Box::new(move |mut m, mut k| {
                let mut c = case(Stage::Panel);
                break_it(&mut m, &mut c, &mut k);
                (m, c, k)
            }),
        );
    }
    all
}

/// A closed case on its way to its end, and what is kept.
fn endings() -> Vec<(String, CaseFacts, Purpose)> {
    let at = |stage, erasure| CaseFacts { erasure, ..bystander_case(stage) };
    let mut all = Vec::new();
    for (title, standing) in
        [("proposed", Standing::Proposed), ("confirmed", Standing::Confirmed), ("due", Standing::Due)]
    {
        let title = format!("closed / an erasure {title}, no part in the case");
        all.push((title, at(Stage::Closed, standing), Purpose::Retention));
    }
    let every = CaseFacts { erasure: Standing::Proposed, ..case(Stage::Closed) };
    let own = CaseFacts { erasure_proposed_by: BTreeSet::from([PERSON]), ..every.clone() };
    let held = CaseFacts { held: true, ..every.clone() };
    let listed = |listed: fn(&mut CaseFacts)| {
        let mut case = at(Stage::Closed, Standing::None);
        listed(&mut case);
        case
    };
    let title = |text: &str| format!("closed / {text}");
    all.push((title("an erasure proposed, every part in the case"), every.clone(), Purpose::Retention));
    all.push((title("an erasure proposed, by oneself"), own, Purpose::Retention));
    all.push((title("an erasure proposed, and held"), held, Purpose::Retention));
    all.push((title("an erasure proposed, for a rights request"), every.clone(), Purpose::RightsRequest));
    all.push((title("an erasure proposed, at work"), every, Purpose::CaseWork));
    all.push((title("decided, for retention"), listed(|c| c.decided = true), Purpose::Retention));
    // The header holds no such thing: whoever is taken up again is not on the way to an end.
    all.push(("panel / an erasure proposed".to_owned(), at(Stage::Panel, Standing::Proposed), Purpose::Retention));
    all
}

/// The glass broken and whole, and what it does not open.
fn glasses() -> Vec<(String, CaseFacts, Purpose)> {
    let broken = |case: CaseFacts| CaseFacts { broken_by: BTreeSet::from([PERSON]), ..case };
    let title = |stage: Stage, text: &str| format!("{} / {text}", stage.name());
    let mut all = Vec::new();
    for stage in [Stage::Triage, Stage::Panel, Stage::Closed] {
        all.push((
            title(stage, "the glass broken, no part in the case"),
            broken(bystander_case(stage)),
            Purpose::BreakGlass,
        ));
    }
    let (open, part) = (Stage::Panel, case(Stage::Panel));
    all.push((title(open, "the glass broken, every part in the case"), broken(part.clone()), Purpose::BreakGlass));
    all.push((title(open, "to break glass, every part, and it is whole"), part, Purpose::BreakGlass));
    all.push((
        title(open, "the glass broken, another purpose, no part"),
        broken(bystander_case(open)),
        Purpose::CaseWork,
    ));
    let recused = CaseFacts { recused: BTreeSet::from([PERSON]), ..broken(case(open)) };
    all.push((title(open, "the glass broken, and recused"), recused, Purpose::BreakGlass));
    let restricted = CaseFacts { restricted: true, ..broken(case(open)) };
    all.push((title(open, "the glass broken, restricted to others"), restricted, Purpose::BreakGlass));
    all
}

/// The whole matrix, as the golden file holds it.
pub fn render(policies: &Policies) -> String {
    render_of(Category::ALL, policies)
}

/// Some of its rows.
pub fn render_of(categories: &[Category], policies: &Policies) -> String {
    let mut text = String::from(
        "W reads and writes, R reads, r own part, w writes own part, b writes for others, + writes without reading, - nothing\n",
    );
    for (title, setting) in settings() {
        table(&mut text, categories, policies, &title, &setting);
    }
    text
}

/// The same as questions.
pub(super) fn scenes() -> Vec<Scene> {
    let mut all = Vec::new();
    for (_, setting) in settings() {
        for (role, unit) in SEATS {
            let (m, c, k) = setting(member(*role, *unit), Circumstances::new(purpose(*role)));
            let cell = |action| Cell {
                action,
                tries: turns(action).into_iter().map(|turn| turn.of(&k)).collect(),
                shows_all: false,
            };
            let actions = Category::ALL.iter().flat_map(|category| [Action::Read(*category), Action::Write(*category)]);
            all.push(Scene {
                principal: PrincipalFacts::Member(m),
                resource: ResourceFacts::Case(c),
                cells: actions.map(cell).collect(),
            });
        }
    }
    all
}

fn table(text: &mut String, categories: &[Category], policies: &Policies, title: &str, setting: &Setting) {
    let columns: Vec<(String, Vec<String>)> = SEATS
        .iter()
        .map(|(role, unit)| {
            let (m, c, k) = setting(member(*role, *unit), Circumstances::new(purpose(*role)));
            (m.seat().to_owned(), cells(categories, policies, &m, &c, &k))
        })
        .collect();
    // Writing to a String cannot fail.
    let _ = write!(text, "\n## {title}\n{:<20}", "");
    for (seat, _) in &columns {
        let _ = write!(text, " {seat:<13}");
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    for (row, category) in categories.iter().enumerate() {
        let _ = write!(text, "{:<20}", category.name());
        for (_, cells) in &columns {
            let _ = write!(text, " {:<13}", cells.get(row).map_or("?", String::as_str));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
}
