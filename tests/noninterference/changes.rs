//! The changes: what is done between one world and the next, by somebody who may, with what it touched.
//! What is touched is said here from the design and not from the code: a touch too many would hide a leak.

use super::direct;
use super::sight::{Facet, Touch};
use super::targets;
use super::world::World;
use crate::api::town::{Town, amendment, least_referral, referral};
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::CaseId;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

/// Repeatable chance. The seed is printed with every failure.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    pub fn of<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// Words of one to three hundred letters: lengths must not tell either.
    pub fn words(&mut self) -> String {
        let length = 1 + self.below(300);
        (0..length)
            .map(|n| if n % 7 == 6 { ' ' } else { char::from(b'a' + u8::try_from(self.below(26)).unwrap()) })
            .collect::<String>()
            + "."
    }
}

type Run = Box<dyn Fn(&World<'_>, &mut Chance) -> Vec<Touch>>;

/// One change, to the case of this name (or that of nobody: then any case is looked at).
pub struct Planned {
    pub name: String,
    pub target: &'static str,
    pub run: Run,
}

fn planned(
    target: &'static str,
    name: impl Into<String>,
    run: impl Fn(&World<'_>, &mut Chance) -> Vec<Touch> + 'static,
) -> Planned {
    Planned { name: format!("{target}: {}", name.into()), target, run: Box::new(run) }
}

pub fn touch(world: &World<'_>, target: &str, facet: Facet) -> Touch {
    Touch { cases: vec![world.case(target)], facet }
}

/// A patch of each category that is amended, holding these words.
pub fn patches(words: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("identity", json!({"distinguishingNote": words})),
        ("contact", json!({"howToReach": words})),
        ("source", json!({"handling": words})),
        ("concern", json!({"furtherInformation": words})),
        ("ideology", json!({"sympatheticInterest": words})),
        ("monitoring", json!({"politicalOpinion": {"answer": "given", "words": words}})),
        ("social_care", json!({"history": words})),
        ("health", json!({"diagnoses": words})),
        ("education", json!({"behaviour": words})),
        ("police", json!({"associates": words})),
        ("safety", json!({"precautions": words})),
    ]
}

fn amend(target: &'static str, seat: Seat, category: &'static str) -> Planned {
    planned(target, format!("{} amends {category}", seat.name()), move |world, chance| {
        let words = chance.words();
        let patch = patches(&words).into_iter().find(|(name, _)| *name == category).unwrap().1;
        let case = &world.target(target).case;
        let view = world.act(seat, "GET", &format!("/cases/{case}"), None, None);
        let etag = view["categories"][category]["etag"].as_str().unwrap().to_owned();
        let path = format!("/cases/{case}/categories/{category}");
        world.act(seat, "PATCH", &path, Some(&amendment(&patch)), Some(format!("\"{etag}\"")));
        let category = Category::ALL.iter().find(|c| c.name() == category).unwrap();
        vec![touch(world, target, Facet::Category(*category))]
    })
}

/// A request below the case, and what it touches.
fn post(
    target: &'static str,
    seat: Seat,
    below: &'static str,
    body: impl Fn(&World<'_>, &str) -> Value + 'static,
    facets: impl Fn(&World<'_>) -> Vec<Facet> + 'static,
) -> Planned {
    planned(target, format!("{} posts to {below}", seat.name()), move |world, chance| {
        let case = &world.target(target).case;
        world.act(seat, "POST", &format!("/cases/{case}/{below}"), Some(&body(world, &chance.words())), None);
        facets(world).into_iter().map(|facet| touch(world, target, facet)).collect()
    })
}

fn step(
    target: &'static str,
    seat: Seat,
    transition: &'static str,
    content: impl Fn(&World<'_>, &str) -> Value + 'static,
    facets: &'static [Facet],
) -> Planned {
    planned(target, format!("{} does {transition}", seat.name()), move |world, chance| {
        let case = &world.target(target).case;
        let body = json!({"transition": transition, "content": content(world, &chance.words())});
        world.act(seat, "POST", &format!("/cases/{case}/transitions"), Some(&body), None);
        facets.iter().map(|facet| touch(world, target, *facet)).collect()
    })
}

fn release(target: &'static str, seat: Seat, summary: &'static str, category: Category) -> Planned {
    let below: &'static str = match summary {
        "health_summary" => "releases/health_summary",
        "education_summary" => "releases/education_summary",
        _ => "releases/social_care_summary",
    };
    post(
        target,
        seat,
        below,
        |world, words| town_of(world, |town| town.release(words)),
        move |_| vec![Facet::Category(category)],
    )
}

/// The forms of the town, which look only at the borough and the day.
fn town_of<T>(world: &World<'_>, look: impl Fn(&Town<'_>) -> T) -> T {
    look(&Town::new(world.running))
}

fn note(target: &'static str) -> Planned {
    let body =
        |world: &World<'_>, words: &str| json!({"on": world.service().clock.today(), "kind": "note", "note": words});
    post(target, Seat::Coordinator, "log", body, |_| vec![Facet::Category(Category::Log)])
}

fn question(target: &'static str, body: Body) -> Planned {
    let form = move |world: &World<'_>, words: &str| town_of(world, |town| town.question(body, words));
    post(target, Seat::Coordinator, "information-requests", form, move |world| {
        let agency = world.agency(body);
        vec![Facet::Record(Category::Work, agency), Facet::Part(agency)]
    })
}

fn action(target: &'static str, body: Body) -> Planned {
    let form = move |world: &World<'_>, _: &str| town_of(world, |town| town.action(body));
    post(target, Seat::Coordinator, "actions", form, move |world| {
        let agency = world.agency(body);
        vec![Facet::Record(Category::Work, agency), Facet::Part(agency)]
    })
}

fn lead(target: &'static str, body: Body) -> Planned {
    let form = move |world: &World<'_>, _: &str| json!({"agency": world.agency(body)});
    post(target, Seat::Coordinator, "assignments", form, move |world| vec![Facet::Part(world.agency(body))])
}

/// A whole case more.
fn opened(seat: Seat) -> Planned {
    planned("apart", format!("{} takes over another case", seat.name()), move |world, chance| {
        let today = world.service().clock.today();
        let body = json!({"origin": "legacy", "receivedOn": today, "stage": "referred", "stageOn": today,
            "identity": {"forenames": "Anwen", "surname": chance.of(&["Larkspur", "Samphire", "Rue"]), "dateOfBirth": "2001-04-17"}});
        let opened = world.act(seat, "POST", "/cases", Some(&body), None);
        let case: CaseId = opened["id"].as_str().unwrap().parse().unwrap();
        vec![Touch { cases: vec![case], facet: Facet::Case }]
    })
}

/// Somebody refers: a case more, and a line in the sender's own list.
fn referred(seat: Seat, surname: &'static str, full: bool) -> Planned {
    planned("apart", format!("{} refers {surname}", seat.name()), move |world, _| {
        let before: Vec<CaseId> = world.cases().iter().map(|row| row.id).collect();
        let form = if full { referral(surname, true) } else { least_referral(surname) };
        world.act(seat, "POST", "/referrals", Some(&form), None);
        let mut touches = vec![Touch { cases: Vec::new(), facet: Facet::Told(seat.body()) }];
        for row in world.cases().iter().filter(|row| !before.contains(&row.id)) {
            touches.push(Touch { cases: vec![row.id], facet: Facet::Case });
        }
        touches
    })
}

fn consultation(seat: Seat) -> Planned {
    planned("apart", format!("{} keys a consultation", seat.name()), move |world, _| {
        let body = json!({"date": world.service().clock.today(), "channel": "phone", "sector": "health",
            "advice": ["no_concern"], "minutes": 7});
        world.act(seat, "POST", "/consultations", Some(&body), None);
        vec![Touch { cases: Vec::new(), facet: Facet::Consultations }]
    })
}

/// A tie between two cases is nobody's who may not know both.
fn linked(a: &'static str, b: &'static str) -> Planned {
    planned(a, format!("linked with {b}"), move |world, chance| {
        let kind = chance.of(&["sibling", "household", "same_incident", "peer_group"]);
        let (case, other) = (&world.target(a).case, &world.target(b).case);
        let body = json!({"otherCase": other, "kind": kind});
        world.act(Seat::Coordinator, "POST", &format!("/cases/{case}/links"), Some(&body), None);
        vec![Touch { cases: vec![world.case(a), world.case(b)], facet: Facet::Case }]
    })
}

fn dismissed() -> Planned {
    planned("twin", "its candidate is dismissed", |world, _| {
        let (case, other) = (&world.target("twin").case, &world.target("restricted").case);
        let path = format!("/cases/{case}/candidates/{other}");
        world.act(Seat::Coordinator, "POST", &path, Some(&json!({"verdict": "different_person"})), None);
        vec![Touch { cases: vec![world.case("twin"), world.case("restricted")], facet: Facet::Process }]
    })
}

/// All of them, in blocks of one case, in the order of chance within each.
pub fn all(chance: &mut Chance) -> Vec<Planned> {
    let mut blocks = [
        triage(),
        asked(),
        apart(),
        consent(),
        offered(),
        intervention(),
        closed_and_hidden(),
        leaving(),
        direct::all(),
    ];
    let mut all = Vec::new();
    for block in &mut blocks {
        chance.shuffle(block);
        all.append(block);
    }
    // Blocks of one case: answers for it are asked for once a world.
    all.sort_by_key(|planned| planned.target);
    all
}

fn triage() -> Vec<Planned> {
    use Category as C;
    let t = "triage";
    let found = |_: &World<'_>, words: &str| json!({"findings": words, "childConcerned": true, "mashInformed": true});
    vec![
        amend(t, Seat::PoliceCt, "police"),
        amend(t, Seat::Mash, "social_care"),
        amend(t, Seat::SocialCare, "social_care"),
        amend(t, Seat::Health, "health"),
        amend(t, Seat::Education, "education"),
        amend(t, Seat::Coordinator, "monitoring"),
        amend(t, Seat::Coordinator, "source"),
        amend(t, Seat::PoliceCt, "ideology"),
        amend(t, Seat::Coordinator, "contact"),
        amend(t, Seat::Coordinator, "concern"),
        release(t, Seat::Health, "health_summary", C::HealthSummary),
        release(t, Seat::SocialCare, "social_care_summary", C::SocialCareSummary),
        release(t, Seat::Education, "education_summary", C::EducationSummary),
        note(t),
        step(t, Seat::Coordinator, "record_triage", found, &[Facet::Category(C::Triage)]),
        step(t, Seat::Coordinator, "tell_referrer", told, &[Facet::Category(C::Log), Facet::Told(Body::School)]),
        step(t, Seat::PoliceCt, "block_contact", said, &[Facet::Category(C::Police), Facet::Kinds]),
        lead(t, Body::School),
        lead(t, Body::Provider),
        action(t, Body::Council),
        question(t, Body::School),
        linked(t, "apart"),
        linked(t, "restricted"),
    ]
}

fn told(world: &World<'_>, _: &str) -> Value {
    json!({"progress": "progressed", "toldOn": world.service().clock.today()})
}

fn said(_: &World<'_>, words: &str) -> Value {
    json!({"instruction": words})
}

/// Nothing is written there yet: what is written is there for the first time.
fn asked() -> Vec<Planned> {
    let t = "asked";
    vec![
        amend(t, Seat::PoliceCt, "police"),
        amend(t, Seat::Mash, "social_care"),
        amend(t, Seat::Coordinator, "monitoring"),
        amend(t, Seat::Coordinator, "safety"),
        amend(t, Seat::PoliceCt, "ideology"),
        amend(t, Seat::Coordinator, "concern"),
        amend(t, Seat::Coordinator, "contact"),
        note(t),
        action(t, Body::Council),
        question(t, Body::Provider),
        lead(t, Body::Audit),
        linked(t, "triage"),
    ]
}

fn apart() -> Vec<Planned> {
    let t = "apart";
    vec![
        amend(t, Seat::PoliceCt, "police"),
        amend(t, Seat::Mash, "social_care"),
        amend(t, Seat::Coordinator, "safety"),
        amend(t, Seat::Coordinator, "identity"),
        note(t),
        question(t, Body::Council),
        opened(Seat::Coordinator),
        opened(Seat::NeighbourCoordinator),
        referred(Seat::School, "Larkspur", true),
        referred(Seat::Health, "Feverfew", false),
        referred(Seat::PartnerSystem, "Samphire", true),
        consultation(Seat::Coordinator),
        consultation(Seat::NeighbourCoordinator),
        linked(t, "restricted"),
    ]
}

fn consent() -> Vec<Planned> {
    use Category as C;
    let t = "consent";
    let attempt = |_: &World<'_>, words: &str| json!({"askedBy": "The mentor", "how": "telephone", "result": "asked", "note": words});
    vec![
        step(t, Seat::Coordinator, "ask_consent", attempt, &[Facet::Category(C::Consent)]),
        step(t, Seat::Coordinator, "write_plan", |_, words| targets::plan(words), &[Facet::Category(C::Plan)]),
        amend(t, Seat::Health, "health"),
        amend(t, Seat::Education, "education"),
        amend(t, Seat::PoliceCt, "police"),
        amend(t, Seat::Coordinator, "source"),
        release(t, Seat::Education, "education_summary", C::EducationSummary),
        post(t, Seat::Deputy, "recusals", |_, _| json!({}), |_| vec![Facet::Process]),
        dismissed(),
    ]
}

fn offered() -> Vec<Planned> {
    use Category as C;
    let t = "offered";
    vec![
        step(t, Seat::PoliceCt, "block_contact", said, &[Facet::Category(C::Police), Facet::Kinds]),
        amend(t, Seat::PoliceCt, "police"),
        note(t),
        lead(t, Body::School),
    ]
}

fn intervention() -> Vec<Planned> {
    use Category as C;
    let t = "intervention";
    let session = |world: &World<'_>, words: &str| {
        json!({"commission": world.target("intervention").commission, "status": "held",
            "sessionOn": world.service().clock.today(), "report": words})
    };
    let needed = |_: &World<'_>, words: &str| json!({"support": "mentoring", "need": words});
    let assessed = |world: &World<'_>, _: &str| town_of(world, targets::assessment);
    let onward = |world: &World<'_>, words: &str| json!({"service": "health", "ownerName": "A. Nurse", "due": world.service().clock.today(), "need": words});
    vec![
        amend(t, Seat::PoliceCt, "police"),
        amend(t, Seat::Mash, "social_care"),
        amend(t, Seat::Health, "health"),
        amend(t, Seat::Education, "education"),
        amend(t, Seat::Coordinator, "monitoring"),
        amend(t, Seat::Coordinator, "contact"),
        release(t, Seat::Health, "health_summary", C::HealthSummary),
        release(t, Seat::SocialCare, "social_care_summary", C::SocialCareSummary),
        note(t),
        step(t, Seat::Provider, "log_session", session, &[Facet::Category(C::Sessions)]),
        missed(t),
        step(t, Seat::Coordinator, "note_need", needed, &[Facet::Category(C::Brief)]),
        step(t, Seat::PoliceCt, "record_assessment", assessed, &[Facet::Category(C::Assessment)]),
        step(t, Seat::Mash, "refer_onward", onward, &[Facet::Category(C::Triage)]),
        step(t, Seat::Coordinator, "write_plan", |_, words| targets::plan(words), &[Facet::Category(C::Plan)]),
        lead(t, Body::School),
        question(t, Body::School),
        action(t, Body::Council),
        post(t, Seat::SocialCare, "recusals", |_, _| json!({}), |_| vec![Facet::Case]),
    ]
}

/// Once more: from the second on it is due to be looked at, by those alone who may read of sessions.
fn missed(target: &'static str) -> Planned {
    planned(target, "the provider tells of a session that was missed", move |world, _| {
        let known = world.target(target);
        let session =
            json!({"commission": known.commission, "status": "missed", "sessionOn": world.service().clock.today()});
        let body = json!({"transition": "log_session", "content": session});
        world.act(Seat::Provider, "POST", &format!("/cases/{}/transitions", known.case), Some(&body), None);
        vec![touch(world, target, Facet::Category(Category::Sessions))]
    })
}

/// Cases that most of those who have a part in them may not know of.
fn closed_and_hidden() -> Vec<Planned> {
    let t = "restricted";
    vec![
        amend(t, Seat::Coordinator, "contact"),
        amend(t, Seat::PoliceCt, "police"),
        note(t),
        lead(t, Body::School),
        question(t, Body::Health),
        amend("elsewhere", Seat::NeighbourCoordinator, "contact"),
        amend("elsewhere", Seat::NeighbourCoordinator, "identity"),
        step(
            "elsewhere",
            Seat::NeighbourCoordinator,
            "begin_triage",
            |_, _| json!({"earlierCasesSearched": true}),
            &[Facet::Case],
        ),
        amend("elsewhere", Seat::NeighbourCoordinator, "safety"),
        ending("PUT", "/legal-hold"),
        ending("POST", "/retention-review"),
        ending("POST", "/erasure"),
    ]
}

/// What is done to a case after it was offered is nothing to the panel it was offered to; nor is their answer anything to anybody
/// here, until it has come home.
fn leaving() -> Vec<Planned> {
    let t = "leaving";
    vec![
        amend(t, Seat::Coordinator, "contact"),
        amend(t, Seat::Coordinator, "concern"),
        amend(t, Seat::PoliceCt, "police"),
        amend(t, Seat::Health, "health"),
        note(t),
        question(t, Body::School),
        declined(t),
    ]
}

fn declined(target: &'static str) -> Planned {
    planned(target, "the neighbours' chair declines it", |world, chance| {
        let rows = world.transfer_rows();
        if let Some(row) = rows.iter().find(|row| row.stage == "offered") {
            let body = json!({"answer": "decline", "reason": chance.words()});
            world.act(Seat::NeighbourChair, "POST", &format!("/transfers/{}/answer", row.id), Some(&body), None);
        }
        vec![Touch { cases: Vec::new(), facet: Facet::Offered(Body::NeighbourCouncil) }]
    })
}

/// Records decide about the end of a closed case, whatever was decided before.
fn ending(method: &'static str, below: &'static str) -> Planned {
    planned("closed", format!("records: {method} {below}"), move |world, chance| {
        let case = &world.target("closed").case;
        let words = chance.words();
        let act = |method: &str, below: &str, body: Value| {
            let purpose = Some(("access-purpose", "retention".to_owned()));
            world.act_with(Seat::Records, method, &format!("/cases/{case}{below}"), Some(&body), purpose);
        };
        let retention = world.header(world.case("closed")).retention.clone();
        if retention.erasure.is_some() {
            act("DELETE", "/erasure", json!({"words": words}));
        }
        if retention.held() {
            act("DELETE", "/legal-hold", json!({"reason": "complaint", "words": words}));
        }
        let until = world.service().clock.today() + chrono::Days::new(1 + u64::try_from(chance.below(300)).unwrap());
        let body = match below {
            "/legal-hold" => json!({"reason": "complaint", "words": words}),
            "/retention-review" => json!({"until": until, "words": words}),
            _ => json!({"words": words}),
        };
        act(method, below, body);
        vec![touch(world, "closed", Facet::Category(Category::Retention))]
    })
}
