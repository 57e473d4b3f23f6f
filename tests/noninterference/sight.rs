//! Who may read what of a case, asked of the policies for the facts as they are stored, and never of an answer.
//! It must err on the side of sight: what somebody may read under any purpose is no secret from them.

use super::world::World;
use channel_panel::access::{Access, Authentic, Evaluator, Extent, Header, PanelVerb, Purpose};
use channel_panel::app::session::Identified;
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{AgencyId, CaseId, RequestId};
use channel_panel::casework::view::sees_kind;
use channel_panel::demo::seats::{Body, Seat};
use std::collections::BTreeMap;

/// What a change touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    /// That the case is there, who may know of it, its stage.
    Case,
    /// A category, whole.
    Category(Category),
    /// A record that is one agency's.
    Record(Category, AgencyId),
    /// Which hold, what the gateway said, whether contact is blocked: for those who are shown kinds (DESIGN §3).
    Kinds,
    /// That an agency has a part: for that agency, and for those who are shown who has one.
    Part(AgencyId),
    /// Steps of the work on a case that are nobody's category: invitations, recusals, matching.
    Process,
    /// What a referrer is told of their referral.
    Told(Body),
    Consultations,
    /// What is offered to the panel of this council.
    Offered(Body),
}

/// A facet of these cases: whoever may not know all of them may not read it.
#[derive(Debug, Clone)]
pub struct Touch {
    pub cases: Vec<CaseId>,
    pub facet: Facet,
}

/// One seat and one case.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    pub knows: bool,
    reads: BTreeMap<Category, Extent>,
}

const PURPOSES: [Purpose; 8] = [
    Purpose::CaseWork,
    Purpose::Referral,
    Purpose::PanelMeeting,
    Purpose::Intervention,
    Purpose::EarlierHistory,
    Purpose::Retention,
    Purpose::RightsRequest,
    Purpose::Audit,
];

impl Sight {
    fn of(world: &World<'_>, who: &Identified, header: &Authentic<Header>) -> Self {
        let service = world.service();
        let mut sight = Self::default();
        for purpose in PURPOSES {
            let access = Access::asked(purpose, true);
            let (principal, today) = (who.must_act().unwrap(), service.clock.today());
            let evaluator =
                Evaluator::new(&service.policies, principal, access, RequestId::new(), today, service.clock.instant());
            sight.knows |= evaluator.may_know(header);
            let permit = evaluator.permit(header);
            for category in Category::ALL {
                if let Some(extent) = permit.reads(*category) {
                    let widest = sight.reads.entry(*category).or_insert(extent);
                    *widest = extent.max(*widest);
                }
            }
        }
        sight
    }

    pub fn reads_whole(&self, category: Category) -> bool {
        self.reads.get(&category) == Some(&Extent::Whole)
    }
}

/// Every seat's sight of every case that there is.
pub type Sights = BTreeMap<(Seat, CaseId), Sight>;

pub fn all(world: &World<'_>, cases: &[CaseId]) -> Sights {
    let headers: Vec<_> = cases.iter().map(|case| (*case, world.header(*case))).collect();
    let mut sights = Sights::new();
    for seat in Seat::ALL {
        let who = world.identified(*seat);
        for (case, header) in &headers {
            sights.insert((*seat, *case), Sight::of(world, &who, header));
        }
    }
    sights
}

/// Whether a seat may read what was touched, in the world before or in the one after.
pub fn may_read(world: &World<'_>, seat: Seat, touch: &Touch, worlds: [&Sights; 2]) -> bool {
    worlds.into_iter().any(|sights| may_read_in(world, seat, touch, sights))
}

fn may_read_in(world: &World<'_>, seat: Seat, touch: &Touch, sights: &Sights) -> bool {
    match touch.facet {
        // The council answers referrers.
        Facet::Told(body) => return seat.body() == body || seat.body() == Body::Council,
        Facet::Offered(council) => return seat.body() == council,
        Facet::Consultations => return reads_consultations(world, seat),
        _ => {}
    }
    let seen: Option<Vec<&Sight>> = touch.cases.iter().map(|case| sights.get(&(seat, *case))).collect();
    let Some(seen) = seen.filter(|seen| seen.iter().all(|sight| sight.knows)) else { return false };
    let insider = sees_kind(seat.role());
    let own = |agency: AgencyId| world.running.borough.agency(seat.body()) == agency;
    seen.iter().any(|sight| match touch.facet {
        Facet::Case => true,
        Facet::Category(category) => sight.reads.contains_key(&category),
        Facet::Record(category, agency) => match sight.reads.get(&category) {
            Some(Extent::Own) => own(agency),
            other => other.is_some(),
        },
        Facet::Kinds | Facet::Process => insider,
        Facet::Part(agency) => insider || own(agency),
        Facet::Told(_) | Facet::Consultations | Facet::Offered(_) => false,
    })
}

fn reads_consultations(world: &World<'_>, seat: Seat) -> bool {
    let who = world.identified(seat);
    let service = world.service();
    let (principal, access) = (who.must_act().unwrap(), Access::asked(Purpose::CaseWork, true));
    let evaluator = Evaluator::new(
        &service.policies,
        principal,
        access,
        RequestId::new(),
        service.clock.today(),
        service.clock.instant(),
    );
    evaluator.panel(PanelVerb::ListConsultations, principal.panel()).allowed()
}
