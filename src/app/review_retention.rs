//! The review of a closed case that ends in keeping it: until a day, for a reason. The other end is an erasure proposed.
//! It must never shorten a hold, nor pass over an erasure that somebody else has decided.

use super::add_log_note::check;
use super::answer::{Answer, Reply};
use super::case_edit::{Append, CaseEdit};
use super::case_file::CaseFile;
use super::decide_erasure::must_stand;
use super::session::Session;
use crate::access::{CaseVerb, Particulars};
use crate::casework::category::Category;
use crate::casework::fields::Content as _;
use crate::casework::ids::{CaseId, RecordId};
use crate::casework::records::retention::Kept;
use crate::casework::retention::Standing;
use crate::error::{Kind, Problem};

/// # Errors
/// The form's problems; `conflict` where an erasure is proposed; the policies' refusal.
pub fn keep(session: &Session<'_>, id: CaseId, form: &Kept) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::ReviewRetention, &Particulars::default())?;
    check(form, session)?;
    let until = form
        .until
        .filter(|until| *until > session.today)
        .ok_or_else(|| Problem::field(Kind::Invalid, "/until", "in_the_past", "the next review must be after today"))?;
    must_stand(&file, Standing::None)?;
    let mut edit = CaseEdit::of(&file);
    edit.record(Append::new(RecordId::new(), Category::Retention, "kept", session.today, form.to_map()))?;
    edit.header.retention.kept_until = Some(until);
    edit.header.retention.returned = None;
    edit.event_about("kept", Category::Retention, session.today);
    edit.finish(Reply::empty(204), Vec::new())
}
