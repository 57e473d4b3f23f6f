//! One seat in one setting before Cedar: what each request must come to, and whether it did.
//! It must never take the service's answer for a reason to expect it.

use super::described::{Said, What, Who, sent};
use super::ground::{SENDERS, beside};
use super::oracle::{Oracle, Verdict, World};
use super::questions::{Ask, Gate, On, Probe};
use super::seen;
use super::setting::{Member, Setting};
use super::table::Tried;
use super::things::{Of, Whose};
use crate::harness::{Answer, Client};
use channel_panel::access::Purpose;
use channel_panel::api::operation::Operation;
use channel_panel::casework::ids::PersonId;
use channel_panel::casework::role::Role;
use channel_panel::demo::seats::{Body, Seat};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a request is sent once more to a service that is too busy.
const AGAIN: usize = 5;

/// What was tried, and what of it was not as Cedar says.
#[derive(Default)]
pub struct Tally {
    pub requests: usize,
    pub let_in: usize,
    /// How often the service was too busy to answer, and was asked again.
    pub busy: usize,
    pub by_operation: BTreeMap<&'static str, usize>,
    pub different: Vec<String>,
}

impl Tally {
    pub fn cells(&self) -> usize {
        self.by_operation.values().sum()
    }

    pub fn count(&mut self, operation: &'static str, cells: usize) {
        *self.by_operation.entry(operation).or_default() += cells;
    }

    pub fn add(&mut self, other: Tally) {
        self.requests += other.requests;
        self.let_in += other.let_in;
        self.busy += other.busy;
        other.by_operation.into_iter().for_each(|(operation, cells)| self.count(operation, cells));
        self.different.extend(other.different);
    }
}

pub struct Judge<'a> {
    pub tried: &'a Tried<'a>,
    /// What Cedar is told; another than is laid only in a control.
    setting: &'a Setting,
    oracle: &'a Oracle,
    who: Who,
    // Made when first asked about: many cells are about one of them alone.
    case: OnceCell<World<'a>>,
    beside: OnceCell<World<'a>>,
    panel: OnceCell<World<'a>>,
    referrals: OnceCell<Vec<World<'a>>>,
    client: Client,
}

impl<'a> Judge<'a> {
    pub fn new(oracle: &'a Oracle, tried: &'a Tried<'a>, setting: &'a Setting, keep: &Client) -> Self {
        let (cast, seat) = (tried.ground.cast, tried.seat);
        let who = Who::of(cast, setting, seat);
        let client = cast.client(keep, seat, tried.setting.sign_in);
        let worlds = (OnceCell::new(), OnceCell::new(), OnceCell::new(), OnceCell::new());
        let (case, beside, panel, referrals) = worlds;
        Self { tried, setting, oracle, who, case, beside, panel, referrals, client }
    }

    pub fn case(&self) -> &World<'a> {
        self.case.get_or_init(|| self.about(&What::case(self.tried.ground.cast, self.setting)))
    }

    pub fn beside(&self) -> &World<'a> {
        self.beside.get_or_init(|| self.about(&What::case(self.tried.ground.cast, &beside())))
    }

    pub fn referrals(&self) -> &[World<'a>] {
        let of = |sender: &Seat| self.about(&What::referral(self.tried.ground.cast, *sender));
        self.referrals.get_or_init(|| SENDERS.iter().map(of).collect())
    }

    pub fn panel(&self) -> &World<'a> {
        self.panel.get_or_init(|| self.about(&What::panel(self.tried.ground.cast, self.setting, self.tried.seat)))
    }

    fn about(&self, what: &What) -> World<'a> {
        self.oracle.about(&self.who, what)
    }

    pub fn said(&self, operation: &str) -> Said {
        Said::of(self.setting, self.tried.seat, operation)
    }

    /// Sends, compares and counts. True where it was let in.
    pub fn try_one(&self, operation: &'static Operation, probe: &Probe, condition: &str, tally: &mut Tally) -> bool {
        let answer = self.send(operation, probe, &mut tally.busy);
        let said = self.said(operation.id);
        let expected = self.expected(probe, &said);
        let heard = heard(&answer);
        let as_expected = match expected {
            Ok(()) => probe.lets.contains(&heard.as_str()),
            Err(refusal) => heard == refusal,
        };
        let at = || {
            let (seat, stage) = (self.tried.seat.name(), self.tried.setting.stage.name());
            format!("{} {}, {seat}, {condition}, {stage}", operation.id, probe.name)
        };
        tally.requests += 1;
        tally.count(operation.id, 1);
        if !as_expected {
            let says = expected.map_or_else(|refusal| refusal.to_owned(), |()| format!("let in ({:?})", probe.lets));
            tally.different.push(format!("{}: Cedar says {says}, answered {heard}", at()));
        }
        if answer.status == 200 {
            let (cells, different) = seen::compare(self, operation.id, probe, &answer, &said);
            tally.count(operation.id, cells);
            tally.different.extend(different.into_iter().map(|what| format!("{}: {what}", at())));
        }
        tally.let_in += usize::from(expected.is_ok());
        answer.status < 300
    }

    /// Asked again where the service was too busy to answer at all, or the connection broke, which says nothing of who may:
    /// a few times and counted, for one that never answers must not pass.
    fn send(&self, operation: &Operation, probe: &Probe, busy: &mut usize) -> Answer {
        for _ in 0..AGAIN {
            match self.send_once(operation, probe) {
                Ok(answer) if answer.status != 503 || answer.problem() != "unavailable" => return answer,
                Ok(_) => {}
                Err(error) => {
                    eprintln!("{}: asked again, for {error}", operation.id);
                    // It may have been done, and only its answer be lost: what follows is to find what was set.
                    if probe.changes {
                        self.tried.ground.mend(self.tried.setting);
                    }
                }
            }
            *busy += 1;
            std::thread::sleep(Duration::from_millis(200));
        }
        self.send_once(operation, probe).expect("the service answers")
    }

    fn send_once(&self, operation: &Operation, probe: &Probe) -> Result<Answer, ureq::Error> {
        let mut request = self.client.request(operation.method, &probe.path);
        if let Some((purpose, reason)) = sent(self.tried.setting, self.tried.seat, operation.id) {
            request = request.header("Access-Purpose", purpose.name());
            request = if reason { request.header("Access-Reason", "repeat_referral") } else { request };
        }
        for (name, value) in &probe.headers {
            request = request.header(name, value);
        }
        match &probe.body {
            Some(body) => request.json(body).try_send(),
            None => request.try_send(),
        }
    }

    /// The refusal that Cedar's answers come to, asked in the table's order; none where all of them are yes.
    fn expected(&self, probe: &Probe, said: &Said) -> Result<(), &'static str> {
        probe.asks.iter().try_for_each(|ask| self.asked(ask, said))
    }

    fn asked(&self, ask: &Ask, said: &Said) -> Result<(), &'static str> {
        let saying = said.with(ask.own, ask.on_behalf, &ask.who);
        let (world, verdict) = match ask.gate {
            Gate::Acts => return self.acts(&self.panel().ask(&ask.action, &saying)),
            Gate::Traces => {
                let known = self.beside().knows(said) || self.beside().knows(&said.as_history());
                return if known { Ok(()) } else { Err("not-found") };
            }
            Gate::Panel => (self.panel(), self.panel().ask(&ask.action, &saying)),
            Gate::Opens(On::Beside) => (self.beside(), self.beside().ask(&ask.action, &saying)),
            Gate::Opens(_) | Gate::Then => (self.case(), self.case().ask(&ask.action, &saying)),
            Gate::Referral(n) => (&self.referrals()[n], self.referrals()[n].ask(&ask.action, &saying)),
            Gate::Transfer => return self.asked_of_transfer(&ask.action, &saying),
            Gate::BehindGlass if said.purpose == Purpose::BreakGlass.name() => return Ok(()),
            Gate::BehindGlass => {
                self.acts(&self.panel().ask("read_codes", &saying))?;
                return Err("purpose-required");
            }
            Gate::Purpose | Gate::Meeting => {
                // A member of the other panel has none of this one's meetings, and a neighbour who is one of this has them.
                let elsewhere = (self.tried.seat.body() == Body::NeighbourCouncil)
                    != (self.tried.setting.member == Member::OtherPanel);
                let (passes, refusal) = match ask.gate {
                    Gate::Purpose => (said.given, "purpose-required"),
                    _ => (!elsewhere, "not-found"),
                };
                self.acts(&self.panel().ask("read_codes", &saying))?;
                return if passes { Ok(()) } else { Err(refusal) };
            }
            Gate::Membership(_) | Gate::Agreement(_) | Gate::NewMembership { .. } | Gate::NewAgreement => {
                return self.asked_of_registry(ask.gate, &ask.action, &saying);
            }
        };
        if verdict.allowed {
            return Ok(());
        }
        self.acts(&verdict)?;
        Err(match ask.gate {
            Gate::Referral(_) => "not-found",
            // That the reader's agency has no agreement is so before every case, there or not; of roles that have no
            // cases nothing is told.
            Gate::Opens(_) if !world.knows(said) => {
                let caseless = matches!(self.tried.seat.role(), Role::Referrer | Role::Administrator);
                if self.who.agreed || caseless { "not-found" } else { "agreement-not-in-force" }
            }
            _ => verdict.told(),
        })
    }

    fn asked_of_transfer(&self, action: &str, said: &Said) -> Result<(), &'static str> {
        let verdict = self.about(&What::transfer(self.tried.ground.cast)).ask(action, said);
        if verdict.allowed {
            return Ok(());
        }
        self.acts(&verdict)?;
        let told = verdict.told();
        Err(if ["agreement-not-in-force", "strong-sign-in-required"].contains(&told) { told } else { "not-found" })
    }

    /// Of what is there only whoever may read it is told more than that it is not.
    fn asked_of_registry(&self, gate: Gate, action: &str, said: &Said) -> Result<(), &'static str> {
        let (world, reads) = match gate {
            Gate::Membership(whose) => (self.membership(whose), Some("read_membership")),
            Gate::Agreement(whose) => (self.agreement(whose), Some("read_agreement")),
            Gate::NewMembership { oneself } => (self.about(&What::appointment(&self.proposed(oneself))), None),
            _ => (self.about(&What::agreement(&self.proposed(false))), None),
        };
        let verdict = world.ask(action, said);
        if verdict.allowed {
            return Ok(());
        }
        self.acts(&verdict)?;
        Err(match reads {
            Some(reads) if !world.allows(reads, said) => "not-found",
            _ if gate == (Gate::NewMembership { oneself: true }) => "not-allowed, oneself",
            _ => verdict.told(),
        })
    }

    pub fn membership(&self, whose: Whose) -> World<'a> {
        self.about(&What::appointment(&self.tried.ground.things[&whose].of))
    }

    pub fn agreement(&self, whose: Whose) -> World<'a> {
        self.about(&What::agreement(&self.tried.ground.things[&whose].of))
    }

    /// What a seat proposes: for the agency beyond, in the panel it acts in, whether or not that is the agency's.
    fn proposed(&self, oneself: bool) -> Of {
        let (cast, seat) = (self.tried.ground.cast, self.tried.seat);
        let proposed_by = cast.person(seat);
        let person = if oneself { proposed_by } else { PersonId::new() };
        let panel = cast.panel_of(seat.body(), self.setting.member == Member::OtherPanel);
        Of { panel, agency: cast.beyond, person, proposed_by, in_force: false }
    }

    fn acts(&self, verdict: &Verdict) -> Result<(), &'static str> {
        if verdict.may_not_act() { Err("membership-required") } else { Ok(()) }
    }
}

/// A status, or a problem; of `not-allowed` the first rule too, for the policies name none.
pub fn heard(answer: &Answer) -> String {
    if answer.status < 400 {
        return answer.status.to_string();
    }
    let problem = answer.problem();
    match answer.json()["errors"][0]["rule"].as_str() {
        Some(rule) if problem == "not-allowed" => format!("{problem}, {rule}"),
        _ => problem,
    }
}
