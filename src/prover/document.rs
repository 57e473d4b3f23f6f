//! `docs/theorems.md`: the claims in plain English, for a panel chair, from the theorems' own files.
//! It must never claim what no theorem says.

use super::theorems::Theorem;
use std::fmt::Write;

const OPENING: &str = "\
# What this service can never allow

Who may do what here is written in policies (`policies/*.cedar`). Each sentence below was turned into a formula, and a
solver ([cvc5](https://cvc5.github.io)) showed that no request there could be, by anyone, about any case, in any
circumstances, is allowed against it. This is not a test of examples: it covers every request the service can put to its
policies. It is done again on every change (`channel-panel policy prove`), and a change that breaks a sentence shows the
request that would break it.
";

const CLOSING: &str = "\
## What is not proven

- **That the facts are true.** The policies decide on facts: that this person holds this membership, that it was
  confirmed, that the case is closed, that the agency was assigned, that the record is the reader's own. Facts come from
  authenticated rows (`access/facts.rs`), and tests show that each of them counts; if somebody confirms a membership that
  should not be, the policies are right about a wrong fact.
- **That the service asks.** That nothing is read or changed without asking the policies first is the work of the types
  (content opens only with a permit, and only the policies make one) and of tests, not of these proofs.
- **What a step requires.** Quorum, consent, deadlines and the order of stages are guards of the transition table, tried
  by exploration and tests (`docs/transitions.md`).
- **What the schema cannot say yet.** Break-glass, erasure by two people, countersigning, assigning and inviting
  oneself: each gets its theorem with its feature.
- **The solver and the translation.** Cedar's translation to formulas is itself modelled and proved in Lean by its makers;
  cvc5 is trusted. A counterexample is always tried on Cedar itself before it is shown.

## How to read a file

A theorem is one Cedar `permit` in `policies/theorems/`, for exactly what must never be allowed; it holds where it has
nothing in common with the policies. One that speaks of no request at all fails. Beside each, in
`policies/theorems/mutations/`, lies a slip somebody could make (a guard with one exception too many, a role helped out):
a test puts it into the policies, and the solver must find the request that it lets through. Another test drops, turns or
loosens every policy, condition, list entry and attribute, one at a time, and fails for each such change that neither a
theorem nor a matrix in `tests/golden/` notices.
";

/// The whole document.
pub fn render(theorems: &[Theorem]) -> String {
    let mut text = format!("{OPENING}\nThere are {} of them.\n", theorems.len());
    let mut about = "";
    for theorem in theorems {
        if theorem.about() != about {
            about = theorem.about();
            // Writing to a String cannot fail.
            let _ = write!(text, "\n## {about}\n\n");
        }
        let _ = writeln!(text, "- {} (`{}`)", theorem.claim(), theorem.id());
    }
    text.push('\n');
    text.push_str(CLOSING);
    text
}
