//! What is written is read back, and what is stale is refused.

use super::schema::a_record;
use super::{SERVICE, a_case, a_panel, open};
use crate::harness::on_both;
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{AgencyId, AgreementId, MembershipId, PersonId};
use channel_panel::casework::role::{AgencyKind, Role};
use channel_panel::clock::Clock;
use channel_panel::store::rows::{AgencyRow, AgreementRow, IdempotencyRow, MembershipRow, PersonRow};
use channel_panel::store::{CaseCursor, CommitError, StoreError};
use chrono::NaiveDate;

const STALE: CommitError<StoreError> = CommitError::RolledBack(StoreError::Stale);
const UNIQUE: CommitError<StoreError> = CommitError::RolledBack(StoreError::Unique);

#[test]
fn a_case_comes_back_as_it_was_written() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let mut case = a_case(a_panel(&store));
        let mut writer = store.writer().unwrap();
        writer.transaction(|tx| tx.insert_case(&case)).unwrap();
        assert_eq!(store.reader().unwrap().case_by_id(case.id), Ok(Some(case.clone())));

        case.version = 2;
        case.due_on = NaiveDate::from_ymd_opt(2026, 12, 1);
        case.stage = "triage".to_owned();
        case.singles.remove(&Category::Police);
        writer.transaction(|tx| tx.update_case(&case, 1)).unwrap();
        assert_eq!(store.reader().unwrap().case_by_id(case.id), Ok(Some(case.clone())));
        assert_eq!(store.reader().unwrap().case_by_ledger_id(case.ledger_id), Ok(Some(case.clone())));

        assert_eq!(writer.transaction(|tx| tx.update_case(&case, 1)), Err(STALE));
        assert_eq!(writer.transaction(|tx| tx.insert_case(&case)), Err(UNIQUE));
        assert!(!writer.is_spoilt());
    });
}

#[test]
fn a_list_goes_on_where_it_stopped_and_what_is_never_due_comes_last() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let panel = a_panel(&store);
        let days = [Some(9), None, Some(3), Some(3), None, Some(20)];
        for day in days {
            let mut case = a_case(panel);
            case.due_on = day.and_then(|d| NaiveDate::from_ymd_opt(2026, 5, d));
            store.writer().unwrap().transaction(|tx| tx.insert_case(&case)).unwrap();
        }
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.reader().unwrap().cases_of_panel(panel, None, after, 2).unwrap();
            let Some(last) = page.last() else { break };
            after = Some(CaseCursor::after(last));
            seen.extend(page);
        }
        assert_eq!(seen.len(), days.len());
        let due: Vec<_> = seen.iter().map(|case| case.due_on.unwrap_or(NaiveDate::MAX)).collect();
        assert!(due.is_sorted());
        let mut reader = store.reader().unwrap();
        assert_eq!(reader.cases_of_panel(panel, Some("referred"), None, 9).unwrap().len(), days.len());
        assert_eq!(reader.cases_of_panel(panel, Some("closed"), None, 9), Ok(Vec::new()));
    });
}

#[test]
fn records_of_a_case_are_numbered_without_gaps_and_picked_by_category() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let case = a_case(a_panel(&store));
        let record = a_record(case.id, Clock::default().instant());
        let mut writer = store.writer().unwrap();
        writer.transaction(|tx| tx.insert_case(&case)).unwrap();
        assert_eq!(writer.transaction(|tx| tx.append_record(&record)), Ok(1));
        assert_eq!(writer.transaction(|tx| tx.append_record(&record)), Err(UNIQUE));
        let next = channel_panel::store::rows::RecordRow { record_version: 2, ..record };
        assert_eq!(writer.transaction(|tx| tx.append_record(&next)), Ok(2));
        let mut reader = store.reader().unwrap();
        assert_eq!(reader.records_of(case.id).unwrap().len(), 2);
    });
}

#[test]
fn a_stranger_is_nobody_and_a_member_comes_with_agency_and_agreements() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let panel = a_panel(&store);
        let tag = vec![5];
        let facts = || "{}".to_owned();
        let agency =
            AgencyRow { id: AgencyId::new(), kind: AgencyKind::Council, version: 1, facts: facts(), tag: tag.clone() };
        let person = PersonRow {
            id: PersonId::new(),
            issuer: "https://id".to_owned(),
            subject: "s".to_owned(),
            version: 1,
            facts: facts(),
            tag: tag.clone(),
        };
        let membership = |role| MembershipRow {
            id: MembershipId::new(),
            person: person.id,
            agency: agency.id,
            role,
            panel: Some(panel),
            version: 1,
            facts: facts(),
            tag: tag.clone(),
        };
        let agreement = AgreementRow {
            id: AgreementId::new(),
            agency: agency.id,
            panel,
            version: 1,
            facts: facts(),
            tag: tag.clone(),
        };
        let mut writer = store.writer().unwrap();
        let chair = membership(Role::Chair);
        writer
            .transaction(|tx| {
                tx.put_agency(&agency)?;
                tx.put_person(&person)?;
                tx.put_membership(&chair)?;
                tx.put_membership(&membership(Role::Council))?;
                tx.put_agreement(&agreement)
            })
            .unwrap();
        let mut reader = store.reader().unwrap();
        assert!(reader.identity_by_subject("https://id", "t").unwrap().is_none());
        let identity = reader.identity_by_subject("https://id", "s").unwrap().unwrap();
        assert!(
            identity.person == person && identity.agencies == [agency.clone()] && identity.agreements == [agreement]
        );
        assert_eq!(identity.memberships.len(), 2);
        assert_eq!(reader.agencies_of_panel(panel), Ok(vec![agency]));

        let newer = MembershipRow { version: 2, role: Role::Records, ..chair.clone() };
        writer.transaction(|tx| tx.put_membership(&newer)).unwrap();
        assert_eq!(writer.transaction(|tx| tx.put_membership(&newer)), Err(STALE));
        assert_eq!(reader.membership_by_id(chair.id), Ok(Some(newer)));
        let unknown = MembershipRow { id: MembershipId::new(), agency: AgencyId::new(), ..chair };
        assert_eq!(
            writer.transaction(|tx| tx.put_membership(&unknown)),
            Err(CommitError::RolledBack(StoreError::Refused))
        );
    });
}

#[test]
fn a_key_is_used_once() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let row = IdempotencyRow {
            scope: "s".to_owned(),
            key_mac: vec![1; 32],
            body_mac: vec![2; 32],
            result: "{}".to_owned(),
            at: Clock::default().instant(),
        };
        let mut writer = store.writer().unwrap();
        writer.transaction(|tx| tx.insert_idempotency(&row)).unwrap();
        assert_eq!(writer.transaction(|tx| tx.insert_idempotency(&row)), Err(UNIQUE));
        assert_eq!(store.reader().unwrap().idempotency("s", &[1; 32]), Ok(Some(row)));
        assert_eq!(store.reader().unwrap().idempotency("t", &[1; 32]), Ok(None));
    });
}
