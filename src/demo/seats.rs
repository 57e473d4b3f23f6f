//! Every seat of the synthetic borough: who they are, for which agency, in which role.
//! The people are invented; a seat must never carry the name of anybody who lives.

use crate::access::PersonKind;
use crate::casework::role::{AgencyKind, Role, Unit};
use serde::{Deserialize, Serialize};

/// The agencies of the borough of Brackenmere, and the council of its neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    Council,
    Police,
    Health,
    SocialCare,
    Mash,
    Education,
    School,
    YouthTrust,
    Provider,
    Probation,
    Audit,
    NeighbourCouncil,
}

impl Body {
    pub const ALL: &'static [Body] = &[
        Body::Council,
        Body::Police,
        Body::Health,
        Body::SocialCare,
        Body::Mash,
        Body::Education,
        Body::School,
        Body::YouthTrust,
        Body::Provider,
        Body::Probation,
        Body::Audit,
        Body::NeighbourCouncil,
    ];

    /// Name and kind, as the registry holds them.
    pub fn describe(self) -> (&'static str, AgencyKind) {
        match self {
            Body::Council => ("Brackenmere Council", AgencyKind::Council),
            Body::Police => ("Fenshire Police", AgencyKind::Police),
            Body::Health => ("Brackenmere Health Trust", AgencyKind::Health),
            Body::SocialCare => ("Brackenmere Children and Families", AgencyKind::SocialCare),
            Body::Mash => ("Brackenmere Safeguarding Hub", AgencyKind::Mash),
            Body::Education => ("Brackenmere Education Service", AgencyKind::Education),
            Body::School => ("Alder Lane School", AgencyKind::School),
            Body::YouthTrust => ("Saltmarsh Youth Trust", AgencyKind::Referrer),
            Body::Provider => ("Waymark Mentoring", AgencyKind::Provider),
            Body::Probation => ("Fenshire Probation", AgencyKind::Partner),
            Body::Audit => ("Fenland Public Audit", AgencyKind::Partner),
            Body::NeighbourCouncil => ("Oxholme Council", AgencyKind::Council),
        }
    }
}

/// What a seat is, all of it fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    /// Lower case with dashes: the token's subject and the key of `tokens.json`.
    pub name: &'static str,
    pub person: &'static str,
    pub says: &'static str,
    pub body: Body,
    pub role: Role,
    pub unit: Option<Unit>,
    pub safeguarding_lead: bool,
    /// Confirms who acts in the agency's name.
    pub sponsor: bool,
    pub kind: PersonKind,
}

const fn post(name: &'static str, person: &'static str, body: Body, role: Role, says: &'static str) -> Post {
    Post {
        name,
        person,
        says,
        body,
        role,
        unit: None,
        safeguarding_lead: false,
        sponsor: false,
        kind: PersonKind::Person,
    }
}

macro_rules! seats {
    ($($name:ident = $post:expr;)*) => {
        /// Somebody who signs in to the demonstration, with exactly one membership.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Seat { $($name,)* }

        impl Seat {
            pub const ALL: &'static [Seat] = &[$(Seat::$name,)*];

            pub fn post(self) -> Post {
                match self { $(Seat::$name => $post,)* }
            }
        }
    };
}

const CT: Option<Unit> = Some(Unit::CounterTerrorism);

seats! {
    School = post("school", "Imogen Tresillian", Body::School, Role::Referrer,
        "A teacher at Alder Lane School, who refers pupils and sees what became of her own referrals.");
    SchoolLead = Post { safeguarding_lead: true, sponsor: true, ..post("school-lead", "Babatunde Ekwueme-Hart", Body::School, Role::Referrer,
        "The school's designated safeguarding lead, who sees all that the school sent and confirms who acts for it.") };
    PartnerSystem = Post { kind: PersonKind::System, ..post("partner-system", "Saltmarsh case system", Body::YouthTrust, Role::Referrer,
        "A youth charity's own computer system, which sends referrals over the API.") };
    Coordinator = post("coordinator", "Niamh Castellano", Body::Council, Role::Council,
        "The council's Prevent coordinator, who runs every open case of the borough.");
    Deputy = Post { sponsor: true, ..post("deputy", "Tobias Wren-Achebe", Body::Council, Role::Council,
        "A second council officer, who agrees closures, countersigns assessments and confirms the council's members and every agreement.") };
    Chair = post("chair", "Rosalind Featherstonehaugh-Li", Body::Council, Role::Chair,
        "The panel's chair, who sees cases on the agenda and records the decisions.");
    PoliceCt = Post { unit: CT, ..post("police-ct", "Callum Oyelaran", Body::Police, Role::Police,
        "A counter-terrorism case officer, who answers the gateway and writes the police detail.") };
    PoliceCtSupervisor = Post { unit: CT, sponsor: true, ..post("police-ct-supervisor", "Greta Lindqvist-Shah", Body::Police, Role::Police,
        "The case officer's supervisor, who countersigns and confirms who acts for the force.") };
    PoliceLocal = Post { unit: Some(Unit::Local), ..post("police-local", "Marek Dunwoody", Body::Police, Role::Police,
        "A neighbourhood officer, who sees a case only while his force has a part in it.") };
    Mash = Post { sponsor: true, ..post("mash", "Yewande Pargeter", Body::Mash, Role::Mash,
        "A screener at the safeguarding hub, who sees new cases and screens them.") };
    SocialCare = Post { sponsor: true, ..post("social-care", "Hamish Valdivia", Body::SocialCare, Role::SocialCare,
        "A children's social worker, who sees cases the service has a part in.") };
    Health = Post { sponsor: true, ..post("health", "Dr Leocadia Brandt", Body::Health, Role::Health,
        "The health trust's Prevent lead, who answers questions and keeps health's own detail.") };
    Education = Post { sponsor: true, ..post("education", "Owain Mbeki-Rhys", Body::Education, Role::Education,
        "The authority's education officer.") };
    Partner = Post { sponsor: true, ..post("partner", "Saoirse Kallergis", Body::Probation, Role::Partner,
        "A probation officer, a standing member of the panel.") };
    Guest = post("guest", "Dorothea Quillfeather", Body::School, Role::Guest,
        "The head of Alder Lane School, invited to one pupil's agenda item and nothing else.");
    Provider = Post { sponsor: true, ..post("provider", "Idris Wainscott", Body::Provider, Role::Provider,
        "A mentor, who sees the brief of a commission he has accepted and logs its sessions.") };
    Records = post("records", "Philippa Osei-Thorn", Body::Council, Role::Records,
        "The council's records officer, who looks after closed cases.");
    Auditor = post("auditor", "Ansel Roquebrune", Body::Audit, Role::Auditor,
        "An outside auditor, who reads the ledger and the process but never a category.");
    Administrator = post("administrator", "Winifred Adeyemi-Booth", Body::Council, Role::Administrator,
        "The service's administrator, who sets up agencies and cannot see that there is a case.");
    NeighbourChair = Post { sponsor: true, ..post("neighbour-chair", "Aurelio Penhaligon", Body::NeighbourCouncil, Role::Chair,
        "The chair of the neighbouring borough's panel, for whom no case of this one exists.") };
    NeighbourCoordinator = post("neighbour-coordinator", "Xanthe Okonjo-Marsh", Body::NeighbourCouncil, Role::Council,
        "The neighbouring borough's coordinator, for whom no case of this one exists.");
}

impl Seat {
    /// Lower case with dashes; also the subject of the seat's token.
    pub fn name(self) -> &'static str {
        self.post().name
    }

    /// Who they are, in one plain sentence.
    pub fn describe(self) -> &'static str {
        self.post().says
    }

    pub fn role(self) -> Role {
        self.post().role
    }

    pub fn body(self) -> Body {
        self.post().body
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Seat::ALL.iter().copied().find(|seat| seat.name() == name)
    }
}
