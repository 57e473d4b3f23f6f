//! Which policies can speak to a question at all: by its action and the types of both, and by the asker's seat.
//! It must never leave out a policy that could decide, and so narrows only by what a policy itself demands first of all.

use super::facts::seat_name;
use super::matrix::SEATS;
use super::policies::PolicyError;
use cedar_policy::{ActionConstraint, Effect, EntityUid, Policy, PolicyId, PolicySet};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The policies that can speak to one question.
#[derive(Clone, Default)]
pub(super) struct Slice {
    placed: Vec<Arc<Placed>>,
    /// For each seat, and last for whoever has none: made when first asked for.
    by_seat: BySeat,
}

type BySeat = [OnceLock<Arc<Narrow>>; SEATS.len() + 1];

/// Of a slice, what can speak to one seat.
#[derive(Default)]
pub(super) struct Narrow {
    pub whole: PolicySet,
    /// Those of it that could allow: where there are none, there is nothing to ask.
    pub allows: PolicySet,
    /// Those that could bar and look at this very action.
    pub bars: PolicySet,
    /// Those that could bar and do not: asked once for all actions (`Guards`).
    pub guards: Vec<PolicyId>,
    /// What tells `allows` from those of another action. Where it is the same they say the same: their scopes admit both actions,
    /// and their conditions do not look at the action, or it is part of this.
    pub alike: String,
    /// Whether any of them asks if the record is the reader's own, or keyed for another.
    pub asks_own: bool,
    pub asks_on_behalf: bool,
}

/// Every `forbid` between two types, as it speaks to an action that it does not name. Which actions its scope admits is left out
/// here: of an action only those count that its own slice has (`Narrow::guards`).
#[derive(Clone, Default)]
pub(super) struct Guards {
    pub policies: PolicySet,
    pub asks_own: bool,
    pub asks_on_behalf: bool,
}

/// A policy with what was read off its text.
pub(super) struct Placed {
    policy: Policy,
    form: Value,
    /// The only seats it can be satisfied for; `None` where it does not begin by asking.
    seats: Option<BTreeSet<String>>,
    asks_own: bool,
    asks_on_behalf: bool,
    looks: Looks,
    /// The same about one action, by action: made when first asked for.
    about: Mutex<HashMap<EntityUid, Policy>>,
}

/// How the conditions of a policy look at the action.
#[derive(Debug, PartialEq, Eq)]
enum Looks {
    Never,
    /// They compare it with these, and ask nothing else of it: all others are one to them.
    For(BTreeSet<String>),
    Somehow,
}

impl Looks {
    fn of(conditions: &Value) -> Self {
        let mut named = BTreeSet::new();
        match compared(conditions, &mut named) {
            None => Self::Somehow,
            Some(()) if named.is_empty() => Self::Never,
            Some(()) => Self::For(named),
        }
    }

    /// What of the action they can tell: where it is the same for two, the conditions say the same to both.
    fn tell<'a>(&self, action: &'a EntityUid) -> &'a str {
        let name = action.id().unescaped();
        match self {
            Self::Never => "",
            Self::For(named) if !named.contains(name) => "",
            Self::For(_) | Self::Somehow => name,
        }
    }
}

/// Collects what the action is compared with; None where something else is asked of it.
fn compared(form: &Value, named: &mut BTreeSet<String>) -> Option<()> {
    let is_action = |side: Option<&Value>| side.and_then(|side| word(side, "/Var")) == Some("action");
    match form {
        Value::Object(fields) => {
            if let Some(sides) = fields.get("==").filter(|sides| is_action(sides.get("left"))) {
                named.insert(word(sides, "/right/Value/__entity/id")?.to_owned());
                return Some(());
            }
            if is_action(Some(form)) {
                return None;
            }
            fields.values().try_for_each(|field| compared(field, named))
        }
        Value::Array(items) => items.iter().try_for_each(|item| compared(item, named)),
        _ => Some(()),
    }
}

impl Placed {
    pub(super) fn new(policy: &Policy) -> Result<Self, PolicyError> {
        let form = policy.to_json().map_err(|error| PolicyError::Invalid(error.to_string()))?;
        let conditions = form.get("conditions").cloned().unwrap_or_default();
        let text = conditions.to_string();
        Ok(Self {
            policy: policy.clone(),
            seats: seats(&conditions),
            asks_own: text.contains(r#""attr":"own""#),
            asks_on_behalf: text.contains(r#""attr":"onBehalf""#),
            looks: Looks::of(&conditions),
            form,
            about: Mutex::default(),
        })
    }

    /// The same for one of the actions that its scope admits: of a scope that lists several Cedar makes a set at each
    /// evaluation, which costs more than everything else.
    fn about(&self, action: &EntityUid) -> Policy {
        if !matches!(self.policy.action_constraint(), ActionConstraint::In(_)) {
            return self.policy.clone();
        }
        let mut known = self.about.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(action.clone()).or_insert_with(|| self.narrowed(action)).clone()
    }

    fn narrowed(&self, action: &EntityUid) -> Policy {
        let entity = json!({ "type": action.type_name().to_string(), "id": action.id().unescaped() });
        self.admitting(json!({ "op": "==", "entity": entity })).unwrap_or_else(|| self.policy.clone())
    }

    /// The same for whatever actions this scope admits.
    fn admitting(&self, actions: Value) -> Option<Policy> {
        let mut form = self.form.clone();
        *form.get_mut("action")? = actions;
        Policy::from_json(Some(self.policy.id().clone()), form).ok()
    }

    /// It bars whatever its scope admits, however the action is called.
    fn guards(&self, action: &EntityUid) -> bool {
        self.policy.effect() == Effect::Forbid && self.looks.tell(action).is_empty()
    }
}

impl Slice {
    pub(super) fn place(&mut self, placed: &Arc<Placed>) {
        self.placed.push(placed.clone());
        self.by_seat = Default::default();
    }

    pub(super) fn remove(&mut self, policy: &Policy) {
        let before = self.placed.len();
        self.placed.retain(|placed| placed.policy.id() != policy.id());
        if self.placed.len() < before {
            self.by_seat = Default::default();
        }
    }

    /// What can speak to this seat. A seat that is no member's hears every policy.
    pub(super) fn of_seat(&self, seat: Option<&str>, action: &EntityUid) -> Option<&Narrow> {
        let known = seat.and_then(|seat| SEATS.iter().position(|(role, unit)| seat_name(*role, *unit) == seat));
        let cell = self.by_seat.get(known.unwrap_or(SEATS.len()))?;
        Some(cell.get_or_init(|| Arc::new(self.narrow(seat.filter(|_| known.is_some()), action))))
    }

    fn narrow(&self, seat: Option<&str>, action: &EntityUid) -> Narrow {
        let mut narrow = Narrow::default();
        for placed in &self.placed {
            let silent = |seats: &BTreeSet<String>| seat.is_some_and(|seat| !seats.contains(seat));
            if placed.seats.as_ref().is_some_and(silent) {
                continue;
            }
            let policy = placed.about(action);
            // Of the set of all policies the names were found to differ.
            let _ = narrow.whole.add(policy.clone());
            narrow.asks_own |= placed.asks_own;
            narrow.asks_on_behalf |= placed.asks_on_behalf;
            if placed.guards(action) {
                narrow.guards.push(placed.policy.id().clone());
            } else if placed.policy.effect() == Effect::Permit {
                narrow.alike.push_str(placed.policy.id().as_ref());
                narrow.alike.push(' ');
                narrow.alike.push_str(placed.looks.tell(action));
                narrow.alike.push('\n');
                let _ = narrow.allows.add(policy);
            } else {
                let _ = narrow.bars.add(policy);
            }
        }
        narrow
    }
}

impl Guards {
    pub(super) fn place(&mut self, placed: &Placed) -> Result<(), PolicyError> {
        if placed.policy.effect() == Effect::Permit || self.policies.policy(placed.policy.id()).is_some() {
            return Ok(());
        }
        let widened = placed.admitting(json!({ "op": "All" }));
        let widened = widened.ok_or_else(|| PolicyError::Invalid(placed.policy.id().to_string()))?;
        add(&mut self.policies, &widened)?;
        self.asks_own |= placed.asks_own;
        self.asks_on_behalf |= placed.asks_on_behalf;
        Ok(())
    }

    /// What it asks stays as it was: to ask in vain costs a little, and never changes an answer.
    pub(super) fn remove(&mut self, policy: &Policy) {
        let _ = self.policies.remove_static(policy.id().clone());
    }
}

pub(super) fn add(to: &mut PolicySet, policy: &Policy) -> Result<(), PolicyError> {
    to.add(policy.clone()).map_err(|_| PolicyError::Duplicate(policy.id().to_string()))
}

/// The seats without which no `when` can hold: `principal.seat == "…"` or `["…"].contains(principal.seat)`, alone or
/// joined to the rest by `&&`. Anything else says nothing about seats.
fn seats(conditions: &Value) -> Option<BTreeSet<String>> {
    let whens = conditions.as_array()?.iter().filter(|condition| word(condition, "/kind") == Some("when"));
    whens.filter_map(|condition| demanded(condition.pointer("/body")?)).reduce(|a, b| &a & &b)
}

fn demanded(body: &Value) -> Option<BTreeSet<String>> {
    if let Some(form) = body.get("&&") {
        return match (demanded(form.get("left")?), demanded(form.get("right")?)) {
            (Some(a), Some(b)) => Some(&a & &b),
            (a, b) => a.or(b),
        };
    }
    if let Some(form) = body.get("==").filter(|form| is_seat(form, "/left")) {
        return Some([word(form, "/right/Value")?.to_owned()].into());
    }
    let form = body.get("contains").filter(|form| is_seat(form, "/right"))?;
    form.pointer("/left/Set")?.as_array()?.iter().map(|item| word(item, "/Value").map(str::to_owned)).collect()
}

fn is_seat(form: &Value, at: &str) -> bool {
    form.pointer(at)
        .and_then(|form| form.get("."))
        .is_some_and(|form| word(form, "/attr") == Some("seat") && word(form, "/left/Var") == Some("principal"))
}

fn word<'v>(form: &'v Value, at: &str) -> Option<&'v str> {
    form.pointer(at)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::action::Action;
    use crate::access::entities::{Posed, World, context};
    use crate::access::facts::{Circumstances, MemberFacts, PrincipalFacts, ResourceFacts};
    use crate::access::matrix::{bystander_case, case, member};
    use crate::access::policies::Policies;
    use crate::access::purpose::Purpose;
    use crate::access::settings::{Settings, Turn};
    use crate::casework::category::Category;
    use crate::casework::state::Stage;

    /// Those that policies tell apart: the beginning, the middle, the two ends.
    const STAGES: [Stage; 4] = [Stage::Referred, Stage::Panel, Stage::Closed, Stage::Erased];

    fn seats_of(policies: &Policies, id: &str) -> Option<BTreeSet<String>> {
        let policy = policies.set().policies().find(|policy| policy.annotation("id") == Some(id)).unwrap();
        Placed::new(policy).unwrap().seats
    }

    #[test]
    fn a_policy_says_first_of_all_whom_it_is_about() {
        let policies = Policies::load().unwrap();
        let set = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(seats_of(&policies, "chair_reads"), set(&["chair"]));
        assert_eq!(
            seats_of(&policies, "participants_refer"),
            set(&["social_care", "health", "education", "partner", "police_local"])
        );
        // One that denies a seat says nothing of the kind, nor one whose condition is an `unless`.
        assert_eq!(seats_of(&policies, "guard_role_of_agency"), None);
        assert_eq!(seats_of(&policies, "guard_restricted"), None);
        assert_eq!(seats_of(&policies, "guard_closed_panel"), None);
    }

    #[test]
    fn a_policy_tells_the_actions_apart_that_it_names_and_no_others() {
        let policies = Policies::load().unwrap();
        let looks = |id: &str| {
            let policy = policies.set().policies().find(|policy| policy.annotation("id") == Some(id)).unwrap();
            Placed::new(policy).unwrap().looks
        };
        let named = ["submit_referral", "read_feedback", "read_codes"].map(str::to_owned);
        assert_eq!(looks("guard_partner_system"), Looks::For(named.into()));
        // Whatever its scope admits: that is no part of what it asks.
        assert_eq!(looks("guard_recent_sign_in"), Looks::Never);
        assert_eq!(looks("guard_recused"), Looks::Never);
        for asked in [
            "action in Action::\"a\"",
            "action != Action::\"a\"",
            "[Action::\"a\"].contains(action)",
            "Action::\"a\" == action",
        ] {
            let text = format!("forbid (principal, action, resource) when {{ context.x || {asked} }};");
            assert_eq!(Placed::new(&text.parse().unwrap()).unwrap().looks, Looks::Somehow, "{asked}");
        }
    }

    /// Of whom guards speak: a partner's system, whose agreement covers little or is over, who signed in long ago or weakly.
    fn guarded(member: &MemberFacts) -> Vec<PrincipalFacts> {
        let few = [Category::Identity, Category::HealthSummary].into();
        [
            MemberFacts { system: true, ..member.clone() },
            MemberFacts { agreement_categories: few, ..member.clone() },
            MemberFacts { agreement_in_force: false, ..member.clone() },
            MemberFacts { recent_sign_in: false, strong: false, ..member.clone() },
        ]
        .map(PrincipalFacts::Member)
        .into()
    }

    /// Narrowed or not, asked in one part or in two: the answer is the same for every category, and what it rests on.
    #[test]
    fn what_is_left_out_would_have_changed_nothing() {
        let policies = Policies::load().unwrap();
        let (mut asked, mut allowed) = (0, 0);
        let purposes = [Purpose::CaseWork, Purpose::EarlierHistory, Purpose::Retention].as_slice();
        let plain = |member| (vec![PrincipalFacts::Member(member)], STAGES.as_slice(), purposes);
        let barred = |member| (guarded(&member), &STAGES[1..2], &purposes[..1]);
        let seats = SEATS.iter().map(|(role, unit)| member(*role, *unit));
        for (principals, stages, purposes) in seats.flat_map(|member| [plain(member.clone()), barred(member)]) {
            let cases = stages.iter().flat_map(|stage| [case(*stage), bystander_case(*stage)]);
            let resources: Vec<ResourceFacts> = cases.map(ResourceFacts::Case).collect();
            for (principal, resource) in principals.iter().flat_map(|one| resources.iter().map(move |case| (one, case)))
            {
                for purpose in purposes.iter().copied() {
                    let base = Circumstances { has_reason: true, ..Circumstances::new(purpose) };
                    let posed = Posed::new(&policies.names, principal, resource).unwrap();
                    let world = World::new(&policies, &posed);
                    let settings = Settings::new(&base).unwrap();
                    for action in
                        Category::ALL.iter().flat_map(|category| [Action::Read(*category), Action::Write(*category)])
                    {
                        for (turn, own, on_behalf) in
                            [(Turn::Plain, false, false), (Turn::Own, true, false), (Turn::OnBehalf, false, true)]
                        {
                            let circumstances = Circumstances { own, on_behalf, ..base.clone() };
                            let whole =
                                world.ask_of(policies.set(), action, &context(&circumstances).unwrap()).unwrap();
                            assert_eq!(world.ask(action, &circumstances), whole, "{} {turn:?}", action.name());
                            let narrowed = world.first_allowed(action, &[turn], &settings).is_some();
                            // What asks neither is not asked twice: the answer is the plain one.
                            let plain = turn != Turn::Plain && world.ask(action, &base).allowed();
                            assert_eq!(narrowed || plain, whole.allowed() || plain, "{} {turn:?}", action.name());
                            asked += 1;
                            allowed += usize::from(narrowed);
                        }
                    }
                }
            }
        }
        assert!(allowed > 500 && asked > 4 * allowed, "{allowed} of {asked}");
    }
}
