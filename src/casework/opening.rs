//! How a case begins: by a referral, by transfer from another panel, or taken over from older records.
//! It must never let a case begin further on than its evidence reaches: every guard that is skipped is accounted for.

use super::form;
use super::ids::AgencyId;
use super::state::{
    ConsentTrack, Decided, DecisionFact, FrontDoor, Gateway, Giver, Hold, Origin, Progress, Screening, Section36,
    Stage, State, Transfer,
};
use crate::error::{Problem, Violations};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a skipped guard would have asked for: when it was met, and how we know. Codes are those of `guards`.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpeningEvidence {
    pub guard: SkippedGuard,
    #[schema(value_type = String, format = Date)]
    pub on: NaiveDate,
    /// Where it is recorded: system, reference, who said so. Kept by the caller in the case's log.
    pub statement: String,
    /// Required for `consent_given`.
    pub giver: Option<Giver>,
    /// Required for `section36_decided`.
    pub section36: Option<Section36>,
}

/// The guards on the road from referred to exited, in the order in which they are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkippedGuard {
    ScreeningDone,
    GatewayClear,
    Section36Decided,
    Assessed,
    PlanWritten,
    Adopted,
    ConsentGiven,
    ExitDecided,
}

impl SkippedGuard {
    /// What a case at `stage` must already have met.
    pub fn needed_at(stage: Stage) -> &'static [SkippedGuard] {
        static ROAD: [SkippedGuard; 8] = [
            SkippedGuard::ScreeningDone,
            SkippedGuard::GatewayClear,
            SkippedGuard::Section36Decided,
            SkippedGuard::Assessed,
            SkippedGuard::PlanWritten,
            SkippedGuard::Adopted,
            SkippedGuard::ConsentGiven,
            SkippedGuard::ExitDecided,
        ];
        let met = match stage {
            Stage::Referred | Stage::Triage | Stage::Closed | Stage::Erased => 0,
            Stage::Assessment => 2,
            Stage::Panel => 4,
            Stage::Consent => 6,
            Stage::Intervention => 7,
            Stage::Exited => 8,
        };
        ROAD.get(..met).unwrap_or(&[])
    }
}

/// The first facts of a case.
#[derive(Debug, Clone)]
pub struct Opening {
    pub origin: Origin,
    pub received_on: NaiveDate,
    pub today: NaiveDate,
    pub front_door: FrontDoor,
    /// The same person has a case already, open or closed.
    pub repeat: bool,
    /// Referred, unless the case comes from elsewhere.
    pub stage: Stage,
    /// When that stage was entered; `received_on` for a referral.
    pub stage_on: NaiveDate,
    pub evidence: Vec<OpeningEvidence>,
    /// Who carries the risk from the first day, where the panel that takes the case has said so.
    pub risk_owner: Option<AgencyId>,
}

impl std::fmt::Debug for OpeningEvidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpeningEvidence").field("guard", &self.guard).finish_non_exhaustive()
    }
}

impl Opening {
    /// A referral as it arrives: at stage referred, with nothing skipped.
    pub fn referral(received_on: NaiveDate, today: NaiveDate, front_door: FrontDoor, repeat: bool) -> Self {
        Self {
            origin: Origin::Referral,
            received_on,
            today,
            front_door,
            repeat,
            stage: Stage::Referred,
            stage_on: received_on,
            evidence: Vec::new(),
            risk_owner: None,
        }
    }

    fn evidence_for(&self, guard: SkippedGuard) -> Option<&OpeningEvidence> {
        self.evidence.iter().find(|e| e.guard == guard)
    }

    fn date_of(&self, guard: SkippedGuard) -> Option<NaiveDate> {
        self.evidence_for(guard).map(|e| e.on)
    }

    fn check(&self) -> Result<(), Problem> {
        let mut v = Violations::default();
        if self.received_on > self.today {
            v.add("/receivedOn", "in_future", "This date is in the future");
        }
        form::date_between(self.stage_on, "/stageOn", self.received_on, self.today.max(self.received_on), &mut v);
        if self.origin == Origin::Referral && self.stage != Stage::Referred {
            v.add("/stage", "referral_starts_at_referred", "A referral begins at stage referred");
        }
        if !self.stage.is_open() {
            v.add("/stage", "opens_open", "A case cannot begin closed");
        }
        let needed = SkippedGuard::needed_at(self.stage);
        for guard in needed {
            if self.evidence_for(*guard).is_none() {
                v.add("/evidence", "evidence_missing", "A guard that this stage has passed has no evidence");
            }
        }
        let mut earliest = self.received_on;
        let mut seen = Vec::new();
        for (index, item) in self.evidence.iter().enumerate() {
            let at = format!("/evidence/{index}");
            if !needed.contains(&item.guard) {
                v.add(format!("{at}/guard"), "not_skipped", "This stage does not rest on that guard");
            }
            if seen.contains(&item.guard) {
                v.add(format!("{at}/guard"), "twice", "This guard is accounted for twice");
            }
            seen.push(item.guard);
            // Evidence is given in the order of the road, because each step rests on the one before it.
            form::date_between(item.on, &format!("{at}/on"), earliest, self.stage_on.max(earliest), &mut v);
            earliest = earliest.max(item.on);
            form::text(&item.statement, &format!("{at}/statement"), 2_000, &mut v);
            if (item.guard == SkippedGuard::ConsentGiven) != item.giver.is_some() {
                v.add(format!("{at}/giver"), "giver_with_consent", "Consent, and only consent, names who gave it");
            }
            let decided = matches!(item.section36, Some(Section36::DecidedByPolice | Section36::DecidedByCouncil));
            if (item.guard == SkippedGuard::Section36Decided) != decided || (!decided && item.section36.is_some()) {
                v.add(
                    format!("{at}/section36"),
                    "decider_with_section36",
                    "A section 36 decision, and only it, names who decided",
                );
            }
        }
        v.finish()
    }
}

impl State {
    /// The first state of a case.
    ///
    /// # Errors
    /// `invalid`, naming the evidence that is missing, out of order, or not called for.
    pub fn opened(opening: &Opening) -> Result<State, Problem> {
        opening.check()?;
        let police_first = opening.front_door == FrontDoor::PoliceFirst;
        let screened_on = opening.date_of(SkippedGuard::ScreeningDone);
        let cleared_on = opening.date_of(SkippedGuard::GatewayClear);
        let decided36 = opening.evidence_for(SkippedGuard::Section36Decided);
        let consent = opening.evidence_for(SkippedGuard::ConsentGiven);
        let adopted_on = opening.date_of(SkippedGuard::Adopted);
        let exited_on = opening.date_of(SkippedGuard::ExitDecided);
        let decision = match (exited_on, adopted_on) {
            (Some(on), _) => Some(DecisionFact { kind: Decided::Exited, on, meeting: None }),
            (None, Some(on)) => Some(DecisionFact { kind: Decided::Adopted, on, meeting: None }),
            (None, None) => None,
        };
        Ok(State {
            stage: opening.stage,
            // A council that takes the contact in screens by its triage; MASH and police-first leave screening to MASH.
            screening: if screened_on.is_some() || opening.front_door == FrontDoor::Council {
                Screening::Done
            } else {
                Screening::Open
            },
            gateway: match (cleared_on, police_first) {
                (Some(_), _) => Gateway::Clear,
                (None, true) => Gateway::Sent,
                (None, false) => Gateway::NotSent,
            },
            section36: decided36.and_then(|e| e.section36).unwrap_or(Section36::None),
            consent: if consent.is_some() { ConsentTrack::Given } else { ConsentTrack::NotSought },
            hold: Hold::None,
            transfer: Transfer::None,
            outcome: None,
            origin: opening.origin,
            front_door: opening.front_door,
            repeat: opening.repeat,
            received_on: opening.received_on,
            stage_on: opening.stage_on,
            stage_at: None,
            screened_on,
            triaged_on: None,
            gateway_on: cleared_on.or(police_first.then_some(opening.received_on)),
            section36_on: decided36.map(|e| e.on),
            assessed_on: opening.date_of(SkippedGuard::Assessed),
            assessed_by: None,
            assessed_at: None,
            countersigned_on: None,
            plan_on: opening.date_of(SkippedGuard::PlanWritten),
            decision,
            adopted_on,
            next_review_on: None,
            risk_owner: opening.risk_owner,
            consent_on: consent.map(|e| e.on),
            consent_giver: consent.and_then(|e| e.giver),
            consent_attempts: 0,
            tried_again_on: None,
            led_elsewhere: None,
            ask_anew_by: None,
            asked_anew_on: None,
            reassess_on: None,
            support_paused: false,
            paused_on: None,
            unratified: false,
            needs: Vec::new(),
            commissions: Vec::new(),
            exited_on,
            post_exit_reviews: 0,
            last_post_exit_review_on: None,
            hold_on: None,
            hold_review_on: None,
            held: Vec::new(),
            contact_blocked: false,
            transfer_on: None,
            passage: None,
            onward: Vec::new(),
            redirected_on: None,
            closure_agreed_by: None,
            closure_agreed_on: None,
            joined: None,
            referrer_told: Progress::Received,
        })
    }
}
