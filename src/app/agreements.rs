//! What the people of an agency are told of its sharing agreements: ahead of their end, and where one is missing.
//! It must never speak of another agency's, nor depend on what was asked for: it is the same before every case.

use super::service::Service;
use super::session::Identified;
use crate::access::{AgreementFacts, Authentic, Standing};
use crate::error::{AgreementNote, Kind, Problem};
use chrono::NaiveDate;

/// The agreements of the acting membership's agency on its panel, the longest first: those in force or to come; if none is
/// in force, also the one that ended last.
pub fn of_acting(service: &Service, identified: &Identified) -> Vec<AgreementNote> {
    let Some(member) = identified.must_act().ok().and_then(|principal| principal.member()) else { return Vec::new() };
    let of_ours = |a: &&Authentic<AgreementFacts>| a.agency == member.agency && a.panel == member.panel;
    // One that nobody confirmed is not yet an agreement.
    let own = identified.agreements().iter().filter(of_ours).filter(|a| a.confirmed());
    let (today, ahead) = (service.clock.today(), service.rules.agreement_warning_days);
    let mut notes: Vec<AgreementNote> = own.map(|facts| note(facts, today, ahead)).collect();
    notes.sort_by(|a, b| (b.to, &b.reference).cmp(&(a.to, &a.reference)));
    let (mut told, ended): (Vec<_>, Vec<_>) = notes.into_iter().partition(|note| note.state != ENDED);
    if !told.iter().any(|note| note.state == IN_FORCE) {
        told.extend(ended.into_iter().next());
    }
    told
}

/// A refusal for want of an agreement says which there are; every other is as it was.
pub fn explain(service: &Service, identified: &Identified, problem: Problem) -> Problem {
    if problem.kind != Kind::AgreementNotInForce {
        return problem;
    }
    let agreements = of_acting(service, identified);
    let any = |state| agreements.iter().any(|note| note.state == state);
    let detail = if any(IN_FORCE) {
        "No sharing agreement of your agency that is in force covers this."
    } else if any(NOT_BEGUN) {
        "Your agency's sharing agreement for this panel has not begun."
    } else if any(ENDED) {
        "Your agency's sharing agreement for this panel has ended."
    } else {
        "Your agency has no sharing agreement for this panel."
    };
    Problem { agreements, detail: Some(detail), ..problem }
}

const IN_FORCE: &str = "in_force";
const NOT_BEGUN: &str = "not_begun";
const ENDED: &str = "ended";

fn note(facts: &AgreementFacts, today: NaiveDate, ahead: u16) -> AgreementNote {
    let state = match facts.standing(today) {
        Standing::InForce => IN_FORCE,
        Standing::NotBegun => NOT_BEGUN,
        _ => ENDED,
    };
    AgreementNote {
        reference: facts.reference.clone(),
        categories: facts.categories.iter().map(|category| category.name()).collect(),
        from: facts.from,
        to: facts.to,
        state,
        ends_in_days: facts.ends_in_days(today, ahead),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::ids::{AgencyId, AgreementId, PanelId, PersonId};
    use crate::clock::Moment;
    use std::collections::BTreeSet;

    fn said(from: &str, to: &str, today: &str) -> (&'static str, Option<i64>) {
        let day = |text: &str| text.parse().unwrap();
        let facts = AgreementFacts {
            id: AgreementId::new(),
            agency: AgencyId::new(),
            panel: PanelId::new(),
            reference: "ISA 7".to_owned(),
            categories: BTreeSet::new(),
            from: day(from),
            to: day(to),
            proposed_by: PersonId::new(),
            confirmed_by: Some(PersonId::new()),
            confirmed_at: Some(Moment(0)),
            ended: false,
            version: 1,
        };
        let note = note(&facts, day(today), 30);
        (note.state, note.ends_in_days)
    }

    #[test]
    fn the_warning_begins_thirty_days_before_the_last_day_and_ends_with_it() {
        let of = |today| said("2026-01-01", "2026-12-31", today);
        assert_eq!(of("2025-12-31"), (NOT_BEGUN, None));
        assert_eq!(of("2026-01-01"), (IN_FORCE, None));
        assert_eq!(of("2026-11-30"), (IN_FORCE, None), "31 days are left");
        assert_eq!(of("2026-12-01"), (IN_FORCE, Some(30)));
        assert_eq!(of("2026-12-30"), (IN_FORCE, Some(1)));
        assert_eq!(of("2026-12-31"), (IN_FORCE, Some(0)), "the last day is a day in force");
        assert_eq!(of("2027-01-01"), (ENDED, None));
    }

    #[test]
    fn a_leap_day_counts_like_any_other() {
        let of = |today| said("2027-03-01", "2028-02-29", today);
        assert_eq!(of("2028-01-29"), (IN_FORCE, None));
        assert_eq!(of("2028-01-30"), (IN_FORCE, Some(30)));
        assert_eq!(of("2028-02-29"), (IN_FORCE, Some(0)));
        assert_eq!(of("2028-03-01"), (ENDED, None));
        // Through the leap day, and through a February without one.
        assert_eq!(said("2027-03-01", "2028-03-01", "2028-01-31"), (IN_FORCE, Some(30)));
        assert_eq!(said("2026-03-01", "2027-03-01", "2027-01-30"), (IN_FORCE, Some(30)));
        assert_eq!(said("2026-03-01", "2027-03-01", "2027-01-29"), (IN_FORCE, None));
    }
}
