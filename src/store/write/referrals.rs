//! Writing contacts, candidates, links and the answers to idempotent requests.

use super::Tx;
use crate::casework::ids::{CaseId, ReferralId};
use crate::clock::Moment;
use crate::store::StoreError;
use crate::store::decode::{stored, text};
use crate::store::rows::{
    CandidateRow, CandidateState, ConsultationRow, IdempotencyRow, LinkRow, MatchState, ReferralCaseRow, ReferralRow,
};
use crate::store::schema::{case_link, consultation, idempotency, match_candidate, referral, referral_case};
use diesel::prelude::*;

impl Tx<'_> {
    /// # Errors
    /// `Unique` if the id is taken; `Refused` for an unknown panel.
    pub fn insert_referral(&mut self, row: &ReferralRow) -> Result<(), StoreError> {
        let values = (
            referral::id.eq(row.id.to_string()),
            referral::panel_id.eq(row.panel.to_string()),
            referral::sender_person.eq(row.sender_person.to_string()),
            referral::sender_agency.eq(row.sender_agency.to_string()),
            referral::received_at.eq(row.received_at.0),
            referral::wrapped_keys.eq(&row.wrapped_keys),
            referral::sealed.eq(&row.sealed),
            referral::header.eq(&row.header),
            referral::header_tag.eq(&row.header_tag),
            referral::match_state.eq(row.match_state.name()),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(referral::table).values(values).execute(c))
    }

    /// # Errors
    /// `Unique` if the case or the person's place is taken.
    pub fn link_referral_case(&mut self, row: &ReferralCaseRow) -> Result<(), StoreError> {
        let values = (
            referral_case::referral_id.eq(row.referral.to_string()),
            referral_case::case_id.eq(row.case.to_string()),
            referral_case::person_index.eq(stored(row.person_index)?),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(referral_case::table).values(values).execute(c))
    }

    /// From one state to another; a second matcher of the same referral gets `Stale`.
    ///
    /// # Errors
    /// `Stale`.
    pub fn set_match_state(&mut self, id: ReferralId, from: MatchState, to: MatchState) -> Result<(), StoreError> {
        let read =
            referral::table.filter(referral::id.eq(id.to_string())).filter(referral::match_state.eq(from.name()));
        self.one(StoreError::Stale, |c| diesel::update(read).set(referral::match_state.eq(to.name())).execute(c))
    }

    /// The feedback that a referrer sees is in the authenticated header: written by compare-and-set on the one that was read.
    ///
    /// # Errors
    /// `Stale`.
    pub fn update_referral_header(&mut self, row: &ReferralRow, expected_tag: &[u8]) -> Result<(), StoreError> {
        let read =
            referral::table.filter(referral::id.eq(row.id.to_string())).filter(referral::header_tag.eq(expected_tag));
        let header = (referral::header.eq(&row.header), referral::header_tag.eq(&row.header_tag));
        self.one(StoreError::Stale, |c| diesel::update(read).set(header).execute(c))
    }

    /// # Errors
    /// `Unique` if the id is taken; `Refused` for an unknown panel.
    pub fn insert_consultation(&mut self, row: &ConsultationRow) -> Result<(), StoreError> {
        let values = (
            consultation::id.eq(row.id.to_string()),
            consultation::panel_id.eq(row.panel.to_string()),
            consultation::occurred_on.eq(row.occurred_on.to_string()),
            consultation::recorded_at.eq(row.recorded_at.0),
            consultation::membership.eq(row.membership.to_string()),
            consultation::wrapped_keys.eq(&row.wrapped_keys),
            consultation::sealed.eq(&row.sealed),
            consultation::header.eq(&row.header),
            consultation::header_tag.eq(&row.header_tag),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(consultation::table).values(values).execute(c))
    }

    /// # Errors
    /// `Unique` if the pair is known.
    pub fn insert_candidate(&mut self, row: &CandidateRow) -> Result<(), StoreError> {
        let values = (
            match_candidate::case_id.eq(row.case.to_string()),
            match_candidate::other_case_id.eq(row.other.to_string()),
            match_candidate::score.eq(stored(row.score)?),
            match_candidate::reasons.eq(&row.reasons),
            match_candidate::rule_version.eq(&row.rule_version),
            match_candidate::state.eq(row.state.name()),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(match_candidate::table).values(values).execute(c))
    }

    /// # Errors
    /// `Stale` if the candidate is not in state `from`.
    pub fn set_candidate_state(
        &mut self,
        case: CaseId,
        other: CaseId,
        from: CandidateState,
        to: CandidateState,
    ) -> Result<(), StoreError> {
        let read = match_candidate::table
            .filter(match_candidate::case_id.eq(case.to_string()))
            .filter(match_candidate::other_case_id.eq(other.to_string()))
            .filter(match_candidate::state.eq(from.name()));
        self.one(StoreError::Stale, |c| diesel::update(read).set(match_candidate::state.eq(to.name())).execute(c))
    }

    /// # Errors
    /// `Unique` if the two are linked in this way.
    pub fn insert_link(&mut self, row: &LinkRow) -> Result<(), StoreError> {
        let values = (
            case_link::case_a.eq(row.a.to_string()),
            case_link::case_b.eq(row.b.to_string()),
            case_link::kind.eq(&row.kind),
            case_link::recorded_at.eq(row.recorded_at.0),
            case_link::membership.eq(text(row.membership)),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(case_link::table).values(values).execute(c))
    }

    /// # Errors
    /// `Stale` if there is no such link.
    pub fn remove_link(&mut self, a: CaseId, b: CaseId, kind: &str) -> Result<(), StoreError> {
        let link = case_link::table
            .filter(case_link::case_a.eq(a.to_string()))
            .filter(case_link::case_b.eq(b.to_string()))
            .filter(case_link::kind.eq(kind));
        self.one(StoreError::Stale, |c| diesel::delete(link).execute(c))
    }

    /// The first statement of an idempotent change: whoever comes second with the key waits here and then gets `Unique`.
    ///
    /// # Errors
    /// `Unique` if the key was used: look up what was answered.
    pub fn insert_idempotency(&mut self, row: &IdempotencyRow) -> Result<(), StoreError> {
        let values = (
            idempotency::scope.eq(&row.scope),
            idempotency::key_mac.eq(&row.key_mac),
            idempotency::body_mac.eq(&row.body_mac),
            idempotency::result.eq(&row.result),
            idempotency::at.eq(row.at.0),
        );
        self.one(StoreError::Swallowed, |c| diesel::insert_into(idempotency::table).values(values).execute(c))
    }

    /// Forgets keys used at `last` or earlier; gives how many.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn forget_idempotency(&mut self, last: Moment) -> Result<usize, StoreError> {
        let old = idempotency::table.filter(idempotency::at.le(last.0));
        self.run(|c| diesel::delete(old).execute(c))
    }
}
