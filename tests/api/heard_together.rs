//! Linked cases heard as a group, over HTTP on both databases: who may join them, who is shown that they are joined, and that
//! each keeps its own decision.

use super::meetings::{agenda, decide, item_of, rules, to_panel};
use super::town::Town;
use crate::harness::{Answer, running_on_both};
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

struct Table<'t> {
    town: &'t Town<'t>,
    meeting: String,
}

impl<'t> Table<'t> {
    /// A meeting that has these cases before it; with the item of each.
    fn laid<const N: usize>(town: &'t Town<'t>, cases: &[String; N]) -> (Self, [Value; N]) {
        let meeting = town.meeting("urgent_by_call");
        let items = cases.each_ref().map(|case| json!(town.item(&meeting, case)));
        (Self { town, meeting }, items)
    }

    fn order(&self, items: &[&Value], together: &Value) -> Answer {
        let path = format!("/api/v1/meetings/{}/order", self.meeting);
        let body = json!({"items": items, "together": together});
        self.town.seat(Seat::Chair).request("PUT", &path).json(&body).send()
    }

    fn heard_with(&self, seat: Seat, case: &str) -> Value {
        item_of(&agenda(self.town, seat, &self.meeting), case)["heardWith"].take()
    }
}

fn link(town: &Town<'_>, one: &str, other: &str) {
    town.post(Seat::Coordinator, one, "links", &json!({"otherCase": other, "kind": "sibling"}));
}

#[test]
fn linked_cases_are_heard_together_and_decided_apart() {
    running_on_both(|running| {
        let town = Town::new(running);
        let cases = ["Ashgrove", "Ashgrove-Li", "Ashgrovett"].map(|surname| to_panel(&town, surname));
        link(&town, &cases[0], &cases[1]);
        let (table, items) = Table::laid(&town, &cases);
        let present = [town.attendee(Seat::Chair, "chair"), town.attendee(Seat::PoliceCt, "police")];
        town.seated(&table.meeting, &present);
        let [a, b, c] = &items;
        for (rule, order, together) in [
            ("too_few", [a, b, c], json!([[a]])),
            ("not_in_a_row", [a, c, b], json!([[a, b]])),
            ("not_in_a_row", [b, a, c], json!([[a, b]])),
            ("not_linked", [a, b, c], json!([[b, c]])),
            ("not_linked", [a, b, c], json!([[a, b, c]])),
            ("taken", [a, b, c], json!([[a, b], [a, b]])),
        ] {
            assert_eq!(rules(&table.order(&order, &together).expect(422)), [rule], "{together}");
        }
        assert_eq!(table.heard_with(Seat::Chair, &cases[0]), Value::Null);
        table.order(&[c, a, b], &json!([[a, b]])).expect(204);
        assert_eq!(table.heard_with(Seat::Chair, &cases[0]), json!([b]));
        assert_eq!(table.heard_with(Seat::Chair, &cases[1]), json!([a]));
        assert_eq!(table.heard_with(Seat::Chair, &cases[2]), Value::Null);

        town.meeting_step(&table.meeting, "open").expect(204);
        let content = town.decision_at(&table.meeting, "It may help");
        decide(&town, Seat::Chair, &cases[0], "adopt", &content).expect(200);
        let other = item_of(&agenda(&town, Seat::Chair, &table.meeting), &cases[1]);
        assert_eq!((&other["decisions"], &other["state"]["stage"]), (&json!([]), &json!("panel")));
        decide(&town, Seat::Chair, &cases[1], "not_adopt", &content).expect(200);
        assert_eq!(town.view(Seat::Chair, &cases[0])["state"]["stage"], "consent");
        assert_eq!(town.view(Seat::Chair, &cases[1])["state"]["stage"], "panel");
        // An order without groups ends them.
        table.order(&[a, b, c], &json!([])).expect(204);
        assert_eq!(table.heard_with(Seat::Chair, &cases[0]), Value::Null);
    });
}

#[test]
fn whoever_may_not_know_the_one_is_not_told_by_the_other() {
    running_on_both(|running| {
        let town = Town::new(running);
        let cases = ["Birchwater", "Birchwater-Ng"].map(|surname| to_panel(&town, surname));
        link(&town, &cases[0], &cases[1]);
        let (table, items) = Table::laid(&town, &cases);
        table.order(&[&items[0], &items[1]], &json!([[items[0], items[1]]])).expect(204);
        town.name_lead(&cases[0], Body::Health);
        assert_eq!(table.heard_with(Seat::Health, &cases[0]), Value::Null);
        town.name_lead(&cases[1], Body::Health);
        assert_eq!(table.heard_with(Seat::Health, &cases[0]), json!([items[1]]));
        // Recused from the one, the chair is told of it neither as a case nor as the other's company.
        town.post(Seat::Chair, &cases[1], "recusals", &json!({}));
        assert_eq!(table.heard_with(Seat::Chair, &cases[0]), Value::Null);
        assert_eq!(rules(&table.order(&[&items[0], &items[1]], &json!([])).expect(422)), ["not_the_items"]);
    });
}

/// Two that only a third joins are not told to be heard together where the third may not be known.
#[test]
fn what_only_a_hidden_case_joins_is_told_apart() {
    running_on_both(|running| {
        let town = Town::new(running);
        let cases = ["Cragside", "Cragside-Wu", "Cragsidette"].map(|surname| to_panel(&town, surname));
        link(&town, &cases[0], &cases[1]);
        link(&town, &cases[1], &cases[2]);
        let (table, [a, b, c]) = Table::laid(&town, &cases);
        table.order(&[&a, &b, &c], &json!([[a, b, c]])).expect(204);
        town.name_lead(&cases[0], Body::Health);
        town.name_lead(&cases[2], Body::Health);
        assert_eq!(table.heard_with(Seat::Health, &cases[0]), Value::Null);
        assert_eq!(table.heard_with(Seat::Health, &cases[2]), Value::Null);
        town.name_lead(&cases[1], Body::Health);
        let mut both = [b.clone(), c.clone()];
        both.sort_by_key(Value::to_string);
        assert_eq!(table.heard_with(Seat::Health, &cases[0]), json!(both));
    });
}

/// Whoever does not see one of a group makes another of the rest: the hidden one must not come into that.
#[test]
fn an_order_by_somebody_who_does_not_see_all_joins_nothing_that_no_link_joins() {
    running_on_both(|running| {
        let town = Town::new(running);
        let cases = ["Dunmere", "Dunmere-Oz", "Dunmerest"].map(|surname| to_panel(&town, surname));
        link(&town, &cases[0], &cases[1]);
        link(&town, &cases[0], &cases[2]);
        let (table, [a, b, c]) = Table::laid(&town, &cases);
        table.order(&[&a, &b, &c], &json!([[a, b]])).expect(204);
        // The chair steps back from the second, and orders what is left.
        town.post(Seat::Chair, &cases[1], "recusals", &json!({}));
        table.order(&[&a, &c], &json!([[a, c]])).expect(204);
        assert_eq!(table.heard_with(Seat::Coordinator, &cases[0]), json!([c]));
        assert_eq!(table.heard_with(Seat::Coordinator, &cases[2]), json!([a]));
        assert_eq!(table.heard_with(Seat::Coordinator, &cases[1]), Value::Null);
    });
}
