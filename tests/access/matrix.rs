//! The matrix against the design's own table, cell by cell, over authenticated rows; and the golden file.

use super::conditions::SEATS;
use super::world::{Member, POLICIES, authentic, with};
use channel_panel::access::matrix::{cell, render};
use channel_panel::access::{Access, AssignmentKind, Header, Purpose};
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::AgencyId;
use channel_panel::casework::state::Stage;

/// Copied from the design, not from the policies.
const DESIGN: &str = "
| category | mash | social_care | health | police ct | police local | education | partner | council | chair | provider | guest |
| identity | R | R | R | W | R | R | R | W | R | R | R |
| contact | R | R | R | W | – | – | – | W | R | R | – |
| source | – | – | – | R | – | – | – | W | R | – | – |
| concern | R | R | R | W | – | R | R | W | R | – | – |
| ideology | R | R | R | W | – | – | – | W | R | – | – |
| monitoring | – | – | – | W | – | – | – | W | – | – | – |
| triage | W | R | – | R | – | R | – | W | R | – | – |
| social_care | W | W | – | – | – | – | – | – | – | – | – |
| social_care_summary | W | W | R | R | – | R | R | R | R | – | – |
| health | – | – | W | – | – | – | – | – | – | – | – |
| health_summary | R | R | W | R | – | – | R | R | R | – | – |
| education | – | – | – | – | – | W | – | – | – | – | – |
| education_summary | R | R | R | R | – | W | R | R | R | – | – |
| police | – | – | – | W | – | – | – | – | – | – | – |
| police_outcome | R | R | R | W | R | R | R | R | R | – | – |
| assessment | R | R | R | W | – | – | R | W | R | – | – |
| consent | R | R | R | W | – | – | – | W | R | – | – |
| plan | R | R | R | R | – | R | R | W | R | – | own part |
| brief | – | – | – | W | – | – | – | W | R | R | – |
| sessions | – | – | – | R | – | – | – | R | R | W own | – |
| log | – | W | – | W | – | – | – | W | R | – | – |
| panel | R | R | R | R | – | R | R | W draft | W approve | – | own item's outcome |
| safety | W | W | W | W | R | W | W | W | R | R | R |
";

/// What the council may besides key for others, which the table has as `R`.
const KEYED_FOR_OTHERS: [Category; 5] = [
    Category::SocialCareSummary,
    Category::HealthSummary,
    Category::EducationSummary,
    Category::PoliceOutcome,
    Category::Sessions,
];

fn expected(seat: &str, category: Category, cell: &str) -> &'static str {
    match cell {
        "R" if seat == "council" && KEYED_FOR_OTHERS.contains(&category) => "Rb",
        "R" => "R",
        "W" | "W draft" | "W approve" => "W",
        "W own" => "rw",
        "own part" | "own item's outcome" => "r",
        "–" => "-",
        other => panic!("the table has {other}"),
    }
}

fn rows() -> Vec<Vec<&'static str>> {
    DESIGN.trim().lines().map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn cells(member: &Member, stage: Stage, access: Access) -> Vec<String> {
    let header = authentic(&member.case(stage));
    with(member, access, |evaluator| {
        let permit = evaluator.permit(&header);
        Category::ALL.iter().map(|c| cell(permit.reads(*c), permit.writes(*c))).collect()
    })
}

fn position(category: Category) -> usize {
    Category::ALL.iter().position(|c| *c == category).unwrap()
}

fn open() -> impl Iterator<Item = &'static Stage> {
    Stage::ALL.iter().filter(|stage| !matches!(stage, Stage::Closed | Stage::Erased))
}

/// Working papers are no row of the table: council and police have them all, the chair reads them, and an agency has
/// those addressed to it, to read while it has a part and to answer while something is open.
#[test]
fn working_papers_are_for_those_who_ask_and_the_one_who_is_asked() {
    use AssignmentKind::{Action, NamedLead, Plan, Request};
    let work = |member: &Member, header: &Header| {
        with(member, Access::by_default(Purpose::CaseWork), |e| {
            let permit = e.permit(&authentic(header));
            cell(permit.reads(Category::Work), permit.writes(Category::Work))
        })
    };
    for stage in open() {
        for seat in SEATS {
            let member = Member::new(seat);
            let whole = match seat {
                "council" | "police ct" => Some("W"),
                "chair" => Some("R"),
                "guest" => Some("-"),
                _ => None,
            };
            for (why, found) in [(Action, "rw"), (Request, "rw"), (Plan, "r"), (NamedLead, "r")] {
                let found = if seat == "provider" && why == Request { "-" } else { found };
                let mut header = member.case(*stage);
                header.assignments[0].why = why;
                assert_eq!(work(&member, &header), whole.unwrap_or(found), "{seat}, {why:?}, {}", stage.name());
                header.commissions.clear();
                let found = if seat == "provider" { "-" } else { found };
                assert_eq!(work(&member, &header), whole.unwrap_or(found), "{seat}, {why:?}, no commission");
                header.assignments[0].agency = AgencyId::new();
                assert_eq!(work(&member, &header), whole.unwrap_or("-"), "{seat}, another's {why:?}");
            }
            let invited = Header { assignments: vec![], ..member.case(*stage) };
            assert_eq!(work(&member, &invited), whole.unwrap_or("-"), "{seat}, invited only");
        }
    }
}

#[test]
fn every_cell_is_as_designed_at_every_open_stage() {
    let rows = rows();
    assert_eq!(rows.len(), 1 + 23);
    let designed: Vec<&str> = rows[1..].iter().map(|row| row[0]).collect();
    for category in Category::ALL {
        let ours = matches!(category, Category::Work | Category::Retention);
        assert_eq!(designed.contains(&category.name()), !ours, "{category}");
    }
    let mut tried = 0;
    for stage in open() {
        for (column, seat) in rows[0].iter().enumerate().skip(1) {
            let found = cells(&Member::new(seat), *stage, Access::by_default(Purpose::CaseWork));
            for row in &rows[1..] {
                let category: Category = row[0].parse().unwrap();
                assert_eq!(
                    found[position(category)],
                    expected(seat, category, row[column]),
                    "{seat}, {category}, {}",
                    stage.name()
                );
                tried += 1;
            }
        }
    }
    println!("{tried} cells");
    assert_eq!(tried, 7 * 11 * 23);
}

#[test]
fn a_closed_case_shows_the_row_for_earlier_history_and_lets_nothing_be_written() {
    let rows = rows();
    for (column, seat) in rows[0].iter().enumerate().skip(1) {
        let member = Member::new(seat);
        let barred = [
            (Stage::Closed, Access::by_default(Purpose::CaseWork)),
            (Stage::Closed, Access::asked(Purpose::EarlierHistory, false)),
            (Stage::Erased, Access::by_default(Purpose::CaseWork)),
            (Stage::Erased, Access::asked(Purpose::EarlierHistory, true)),
        ];
        for (stage, access) in barred {
            assert!(cells(&member, stage, access).iter().all(|cell| cell == "-"), "{seat}, {}", stage.name());
        }
        let found = cells(&member, Stage::Closed, Access::asked(Purpose::EarlierHistory, true));
        for row in &rows[1..] {
            let category: Category = row[0].parse().unwrap();
            let reads = match row[column] {
                // What a reopening, an unjoining and a correction append to.
                _ if category == Category::Panel && *seat == "chair" => "W",
                _ if category == Category::Log && ["council", "police ct"].contains(seat) => "W",
                "–" => "-",
                "own part" | "W own" | "own item's outcome" => "r",
                _ => "R",
            };
            assert_eq!(found[position(category)], reads, "{seat}, {category}");
        }
        let work = match *seat {
            "council" | "police ct" | "chair" => "R",
            "guest" => "-",
            _ => "r",
        };
        assert_eq!(found[position(Category::Work)], work, "{seat}");
    }
}

#[test]
fn roles_outside_the_table_have_no_category_but_records_on_a_closed_case() {
    for seat in ["auditor", "administrator", "referrer", "records"] {
        for stage in Stage::ALL {
            for purpose in
                [Purpose::CaseWork, Purpose::Audit, Purpose::EarlierHistory, Purpose::Retention, Purpose::RightsRequest]
            {
                let found = cells(&Member::new(seat), *stage, Access::asked(purpose, true));
                let opens = seat == "records"
                    && *stage == Stage::Closed
                    && matches!(purpose, Purpose::Retention | Purpose::RightsRequest);
                for (category, cell) in Category::ALL.iter().zip(&found) {
                    // Working papers are between agencies; DESIGN names none for records.
                    let common = !(category.is_detail() || matches!(category, Category::Source | Category::Work));
                    let writes = *category == Category::Retention && purpose == Purpose::Retention;
                    let expected = match (opens && common, writes) {
                        (true, true) => "W",
                        (true, false) => "R",
                        (false, _) => "-",
                    };
                    assert_eq!(cell, expected, "{seat}, {category}, {}", stage.name());
                }
            }
        }
    }
}

#[test]
fn the_golden_file_shows_every_change_of_policy() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/matrix.txt");
    let rendered = render(&POLICIES);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &rendered).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert!(golden == rendered, "the matrix changed; look at it, then run with UPDATE_GOLDEN=1");
}
