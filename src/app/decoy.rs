//! A case, a referral and a transfer of nobody, decided on in place of one that is not there: refusing what does not exist takes the
//! same steps as refusing what is not the caller's. Nothing of a decoy may ever be shown, nor its ids stored.

use super::case_file::hex;
use super::case_row::{Dues, case_row};
use super::enrolled;
use super::registry;
use crate::access::{CategoryFact, Header, ReferralFacts, RowsFact, TransferFacts};
use crate::casework::category::Category;
use crate::casework::ids::{AgencyId, PanelId, PersonId, ReferralId, TransferId};
use crate::casework::opening::Opening;
use crate::casework::state::{FrontDoor, State, TransferStage};
use crate::clock::Clock;
use crate::error::Problem;
use crate::seal::{SealedParts, Sealer};
use crate::store::rows::{CaseRow, MatchState, ReferralRow, TransferRow};
use std::collections::{BTreeMap, BTreeSet};

/// Made anew at each start.
pub struct Decoys {
    pub case: CaseRow,
    pub referral: ReferralRow,
    pub transfer: TransferRow,
}

super::opaque!(Decoys);

impl Decoys {
    /// # Errors
    /// `internal` where one cannot be made.
    pub fn new(sealer: &Sealer, clock: &Clock) -> Result<Self, Problem> {
        Ok(Self { case: case(sealer, clock)?, referral: referral(sealer, clock)?, transfer: transfer(sealer, clock)? })
    }
}

fn case(sealer: &Sealer, clock: &Clock) -> Result<CaseRow, Problem> {
    let today = clock.today();
    let state = State::opened(&Opening::referral(today, today, FrontDoor::Council, false))?;
    let mut header = Header::blank(PanelId::new(), Some(ReferralId::new()), state, clock.instant());
    // As much as a case has by its first panel: reading a header takes as long as it is large.
    let digest = "0".repeat(64);
    header.categories = Category::ALL
        .iter()
        .copied()
        .step_by(2)
        .map(|c| (c, CategoryFact { version: 1, digest: digest.clone() }))
        .collect();
    header.events = RowsFact { count: 9, digest: digest.clone() };
    header.candidates = Some(RowsFact { count: 1, digest });
    let (row, _) = case_row(sealer, header, Dues::default(), String::new(), BTreeMap::new())?;
    Ok(row)
}

fn referral(sealer: &Sealer, clock: &Clock) -> Result<ReferralRow, Problem> {
    let sealed = SealedParts::from_stored("{}")?;
    let facts = ReferralFacts {
        id: ReferralId::new(),
        panel: PanelId::new(),
        sender: PersonId::new(),
        sender_agency: AgencyId::new(),
        confidential: true,
        people: 1,
        digest: hex(&sealed.digest()),
        version: 1,
    };
    let (facts, header, header_tag) = registry::issue(sealer, facts)?;
    Ok(ReferralRow {
        id: facts.id,
        panel: facts.panel,
        sender_person: facts.sender,
        sender_agency: facts.sender_agency,
        received_at: clock.instant(),
        wrapped_keys: String::new(),
        sealed: sealed.canonical(),
        header,
        header_tag,
        match_state: MatchState::Matched,
    })
}

fn transfer(sealer: &Sealer, clock: &Clock) -> Result<TransferRow, Problem> {
    let sealed = SealedParts::from_stored("{}")?;
    let facts = TransferFacts {
        id: TransferId::new(),
        panel: PanelId::new(),
        from_panel: PanelId::new(),
        from_case: None,
        categories: BTreeSet::new(),
        stage: TransferStage::Offered,
        offered_on: clock.today(),
        ended_on: None,
        digest: hex(&sealed.digest()),
        version: 1,
    };
    enrolled::transfer(sealer, facts, String::new(), sealed.canonical())
}
