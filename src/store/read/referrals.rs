//! Contacts, candidates, links, and answers already given.

use super::{Reader, all};
use crate::casework::ids::{AgencyId, CaseId, ConsultationId, PanelId, PersonId, ReferralId};
use crate::clock::Moment;
use crate::store::StoreError;
use crate::store::decode::{candidate_state, match_state, maybe, number, parsed};
use crate::store::rows::{
    CandidateRow, ConsultationRow, IdempotencyRow, LinkRow, MatchState, ReferralCaseRow, ReferralRow,
};
use crate::store::schema::{case_link, consultation, idempotency, match_candidate, referral, referral_case};
use diesel::prelude::*;

#[derive(Queryable)]
struct RawReferral {
    id: String,
    panel_id: String,
    sender_person: String,
    sender_agency: String,
    received_at: i64,
    wrapped_keys: String,
    sealed: String,
    header: String,
    header_tag: Vec<u8>,
    match_state: String,
}

fn a_referral(raw: RawReferral) -> Result<ReferralRow, StoreError> {
    Ok(ReferralRow {
        id: parsed(&raw.id)?,
        panel: parsed(&raw.panel_id)?,
        sender_person: parsed(&raw.sender_person)?,
        sender_agency: parsed(&raw.sender_agency)?,
        received_at: Moment(raw.received_at),
        wrapped_keys: raw.wrapped_keys,
        sealed: raw.sealed,
        header: raw.header,
        header_tag: raw.header_tag,
        match_state: match_state(&raw.match_state)?,
    })
}

type RawReferralCase = (String, String, i32);

fn opened((referral, case, index): RawReferralCase) -> Result<ReferralCaseRow, StoreError> {
    Ok(ReferralCaseRow { referral: parsed(&referral)?, case: parsed(&case)?, person_index: number(index)? })
}

type RawConsultation = (String, String, String, i64, String, String, String, String, Vec<u8>);

fn a_consultation(raw: RawConsultation) -> Result<ConsultationRow, StoreError> {
    let (id, panel, on, at, membership, wrapped_keys, sealed, header, header_tag) = raw;
    Ok(ConsultationRow {
        id: parsed(&id)?,
        panel: parsed(&panel)?,
        occurred_on: parsed(&on)?,
        recorded_at: Moment(at),
        membership: parsed(&membership)?,
        wrapped_keys,
        sealed,
        header,
        header_tag,
    })
}

type RawCandidate = (String, String, i32, String, String, String);

fn a_candidate((case, other, score, reasons, rules, state): RawCandidate) -> Result<CandidateRow, StoreError> {
    Ok(CandidateRow {
        case: parsed(&case)?,
        other: parsed(&other)?,
        score: number(score)?,
        reasons,
        rule_version: rules,
        state: candidate_state(&state)?,
    })
}

type RawLink = (String, String, String, i64, Option<String>);

fn a_link((a, b, kind, at, membership): RawLink) -> Result<LinkRow, StoreError> {
    Ok(LinkRow {
        a: parsed(&a)?,
        b: parsed(&b)?,
        kind,
        recorded_at: Moment(at),
        membership: maybe(membership.as_deref())?,
    })
}

/// Where a list of referrals went on to.
type After = Option<(Moment, ReferralId)>;

fn start(after: After) -> (i64, String) {
    after.map_or_else(|| (i64::MIN, String::new()), |(at, id)| (at.0, id.to_string()))
}

macro_rules! page_of_referrals {
    ($self:ident, $filter:expr, $after:expr, $limit:expr) => {{
        let (at, id) = start($after);
        let later = referral::received_at.gt(at).or(referral::received_at.eq(at).and(referral::id.gt(id)));
        let page =
            referral::table.filter($filter).filter(later).order((referral::received_at, referral::id)).limit($limit);
        all($self.run(|c| page.clone().load::<RawReferral>(c))?, a_referral)
    }};
}

impl Reader {
    pub fn referral_by_id(&mut self, id: ReferralId) -> Result<Option<ReferralRow>, StoreError> {
        let id = id.to_string();
        let raw = self.run(|c| referral::table.filter(referral::id.eq(&id)).first::<RawReferral>(c).optional())?;
        raw.map(a_referral).transpose()
    }

    /// What one person sent, and with an organisation what anybody sent for it, oldest first. `after` is the (received_at, id)
    /// of the last row seen. So in the next two.
    pub fn referrals_sent(
        &mut self,
        sender: PersonId,
        organisation: Option<AgencyId>,
        after: After,
        limit: i64,
    ) -> Result<Vec<ReferralRow>, StoreError> {
        let own = referral::sender_person.eq(sender.to_string());
        match organisation.map(|agency| referral::sender_agency.eq(agency.to_string())) {
            None => page_of_referrals!(self, own, after, limit),
            Some(of_it) => page_of_referrals!(self, own.or(of_it), after, limit),
        }
    }

    pub fn referrals_of_panel(
        &mut self,
        panel: PanelId,
        after: After,
        limit: i64,
    ) -> Result<Vec<ReferralRow>, StoreError> {
        page_of_referrals!(self, referral::panel_id.eq(panel.to_string()), after, limit)
    }

    /// Referrals whose people have not been compared yet: matching runs after the referral's own commit, and after a crash.
    pub fn unmatched_referrals(&mut self, after: After, limit: i64) -> Result<Vec<ReferralRow>, StoreError> {
        page_of_referrals!(self, referral::match_state.eq(MatchState::Pending.name()), after, limit)
    }

    /// The cases that a referral opened, by the order of its people.
    pub fn cases_of_referral(&mut self, id: ReferralId) -> Result<Vec<ReferralCaseRow>, StoreError> {
        let cases = referral_case::table
            .filter(referral_case::referral_id.eq(id.to_string()))
            .order(referral_case::person_index);
        all(self.run(|c| cases.clone().load::<RawReferralCase>(c))?, opened)
    }

    pub fn referral_of_case(&mut self, id: CaseId) -> Result<Option<ReferralCaseRow>, StoreError> {
        let id = id.to_string();
        let raw = self.run(|c| {
            referral_case::table.filter(referral_case::case_id.eq(&id)).first::<RawReferralCase>(c).optional()
        })?;
        raw.map(opened).transpose()
    }

    pub fn consultation_by_id(&mut self, id: ConsultationId) -> Result<Option<ConsultationRow>, StoreError> {
        let id = id.to_string();
        let raw =
            self.run(|c| consultation::table.filter(consultation::id.eq(&id)).first::<RawConsultation>(c).optional())?;
        raw.map(a_consultation).transpose()
    }

    pub fn consultations_of_panel(&mut self, panel: PanelId, limit: i64) -> Result<Vec<ConsultationRow>, StoreError> {
        let newest = consultation::table
            .filter(consultation::panel_id.eq(panel.to_string()))
            .order((consultation::occurred_on.desc(), consultation::id))
            .limit(limit);
        all(self.run(|c| newest.clone().load::<RawConsultation>(c))?, a_consultation)
    }

    /// Possible earlier cases of the case's person, best first, whatever was decided about them.
    pub fn candidates_of(&mut self, case: CaseId) -> Result<Vec<CandidateRow>, StoreError> {
        let candidates = match_candidate::table
            .filter(match_candidate::case_id.eq(case.to_string()))
            .order((match_candidate::score.desc(), match_candidate::other_case_id));
        all(self.run(|c| candidates.clone().load::<RawCandidate>(c))?, a_candidate)
    }

    /// Cases of which somebody has still to say, or has said, whether they are of the same person as this one.
    pub fn candidates_naming(&mut self, other: CaseId) -> Result<Vec<CandidateRow>, StoreError> {
        let candidates = match_candidate::table
            .filter(match_candidate::other_case_id.eq(other.to_string()))
            .order(match_candidate::case_id);
        all(self.run(|c| candidates.clone().load::<RawCandidate>(c))?, a_candidate)
    }

    /// Links from and to the case.
    pub fn links_of(&mut self, case: CaseId) -> Result<Vec<LinkRow>, StoreError> {
        let case = case.to_string();
        let links = case_link::table.filter(case_link::case_a.eq(&case).or(case_link::case_b.eq(&case))).order((
            case_link::recorded_at,
            case_link::case_a,
            case_link::case_b,
        ));
        all(self.run(|c| links.load::<RawLink>(c))?, a_link)
    }

    /// What was answered before to this key, if it was used.
    pub fn idempotency(&mut self, scope: &str, key_mac: &[u8]) -> Result<Option<IdempotencyRow>, StoreError> {
        type Raw = (String, Vec<u8>, Vec<u8>, String, i64);
        let raw = self.run(|c| {
            let known =
                idempotency::table.filter(idempotency::scope.eq(scope)).filter(idempotency::key_mac.eq(key_mac));
            known.first::<Raw>(c).optional()
        })?;
        Ok(raw.map(|(scope, key_mac, body_mac, result, at)| IdempotencyRow {
            scope,
            key_mac,
            body_mac,
            result,
            at: Moment(at),
        }))
    }

    /// When the last of the oldest `most` keys was used that were used before `before`.
    pub fn idempotency_before(&mut self, before: Moment, most: i64) -> Result<Option<Moment>, StoreError> {
        let old = idempotency::table
            .filter(idempotency::at.lt(before.0))
            .order(idempotency::at)
            .limit(most)
            .select(idempotency::at);
        Ok(self.run(|c| old.load::<i64>(c))?.last().copied().map(Moment))
    }
}
