//! Whether two records' names may be one person's: every view of one name (main, aliases, parts the other way round) against every view of the other.
//! A missing part makes the answer weaker; it must never make everybody match.

use super::text::{self, Word};
use super::token::{Likeness, Part, Token, likeness};
use super::{Reason, Why};

/// Bounds the work of one comparison, whatever a form lists.
const MOST_VIEWS: usize = 24;

/// Below this two parts of a name are different names.
const SAME: i32 = 65;
/// A part that must stand with little beside it has to be this like.
const SURE: i32 = 80;

pub(super) struct Names {
    views: Vec<View>,
}

/// One way of reading a name.
struct View {
    given: Vec<Token>,
    given_joined: Token,
    family: Vec<Token>,
    /// With its particles, as written.
    family_joined: Token,
    alias: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// One of the records has no name at all.
    Unnamed,
    Differs,
    GivenDiffers,
    SurnameDiffers,
    Agrees,
}

pub(super) struct Evidence {
    pub standing: Standing,
    /// 0..=100, of use where the standing is `Agrees`.
    pub points: i32,
    pub why: Why,
}

impl Names {
    pub(super) fn of(forenames: &[String], surname: Option<&str>, aliases: &[String]) -> Self {
        let given: Vec<Word> = forenames.iter().flat_map(|name| text::words(name)).take(text::MOST_WORDS).collect();
        let family: Vec<Word> = surname.map(text::words).unwrap_or_default();
        let mut views = Vec::new();
        match (given.is_empty(), family.is_empty()) {
            (false, false) => views.push(View::new(&given, &family, false)),
            (true, true) => {}
            _ => whole(&[given.clone(), family.clone()].concat(), false, &mut views),
        }
        let mut aliases: Vec<Vec<Word>> =
            aliases.iter().map(|alias| text::words(alias)).filter(|words| !words.is_empty()).collect();
        aliases.sort_unstable();
        aliases.dedup();
        for alias in aliases {
            if alias.len() == 1 && !(given.is_empty() && family.is_empty()) {
                single(&alias, &given, &family, &mut views);
            } else {
                whole(&alias, true, &mut views);
            }
        }
        views.truncate(MOST_VIEWS);
        Self { views }
    }
}

/// A name of which nobody said what part is the surname: the last word, or the first as in Chinese and Hungarian.
fn whole(words: &[Word], alias: bool, views: &mut Vec<View>) {
    if words.len() < 2 {
        views.push(View::new(words, &[], alias));
        return;
    }
    if let Some((family, given)) = words.split_first()
        && (family.syllable || !alias)
    {
        views.push(View::new(given, std::slice::from_ref(family), alias));
    }
    // The particles before the last word go with it.
    let mut cut = words.len() - 1;
    while cut > 1 && words.get(cut - 1).is_some_and(|word| text::is_particle(&word.text)) {
        cut -= 1;
    }
    let (given, family) = words.split_at(cut);
    views.push(View::new(given, family, alias));
}

/// A single alias stands for the part of the name that it resembles, else for the forename.
fn single(alias: &[Word], given: &[Word], family: &[Word], views: &mut Vec<View>) {
    let is_family = alias
        .iter()
        .any(|a| family.iter().any(|f| likeness(&Token::of(a), &Token::of(f), Part::Family).points >= SURE));
    views.push(if is_family { View::new(given, alias, true) } else { View::new(alias, family, true) });
}

impl View {
    fn new(given: &[Word], family: &[Word], alias: bool) -> Self {
        let given: Vec<Token> = text::given_units(given).iter().map(Token::of).collect();
        let whole_family: Vec<Token> = family.iter().map(Token::of).collect();
        Self {
            given_joined: Token::joined(given.iter()),
            given,
            family: text::family_units(family).iter().map(Token::of).collect(),
            family_joined: Token::joined(whole_family.iter()),
            alias,
        }
    }
}

pub(super) fn compare(a: &Names, b: &Names) -> Evidence {
    let mut best = Evidence { standing: Standing::Unnamed, points: 0, why: Why::NONE };
    for x in &a.views {
        for y in &b.views {
            let found = of_views(x, y);
            let (new, old) = ((found.standing, found.points), (best.standing, best.points));
            // Of equals the one with fewer reasons, so that the order of views and of records never decides.
            if new > old || new == old && found.why < best.why {
                best = found;
            }
        }
    }
    best
}

fn of_views(a: &View, b: &View) -> Evidence {
    let mut found = pair(a, b);
    if found.standing == Standing::Agrees {
        if found.why.is_empty() {
            found.why = Why::of(Reason::ExactName);
        }
        if a.alias || b.alias {
            found.points -= 2;
            found.why = found.why.with(Why::of(Reason::Alias));
        }
    } else {
        found.why = Why::NONE;
    }
    found
}

fn pair(a: &View, b: &View) -> Evidence {
    let (given_a, given_b) = (!a.given.is_empty(), !b.given.is_empty());
    let (family_a, family_b) = (!a.family.is_empty(), !b.family.is_empty());
    if !(given_a && given_b && family_a && family_b) {
        return in_part(a, b);
    }
    let straight = both(given(a, b), family(a, b));
    let swapped = both(across(&a.given_joined, &b.family_joined), across(&b.given_joined, &a.family_joined));
    // A straight reading is always the simpler one.
    if swapped.standing == Standing::Agrees
        && (straight.standing, straight.points) < (Standing::Agrees, swapped.points - 4)
        && swapped.points >= SURE
    {
        return Evidence {
            points: swapped.points - 4,
            why: swapped.why.with(Why::of(Reason::SwappedNames)),
            ..swapped
        };
    }
    straight
}

/// One side lacks a part: what is left must be sure, and counts about half.
fn in_part(a: &View, b: &View) -> Evidence {
    let mut best = Likeness::NONE;
    if !a.given.is_empty() && !b.given.is_empty() {
        best = best.or(given(a, b));
    }
    if !a.family.is_empty() && !b.family.is_empty() {
        best = best.or(family(a, b));
    }
    if !a.given.is_empty() && !b.family.is_empty() {
        best = best.or(across(&a.given_joined, &b.family_joined).because(Reason::SwappedNames).less(8));
    }
    if !a.family.is_empty() && !b.given.is_empty() {
        best = best.or(across(&a.family_joined, &b.given_joined).because(Reason::SwappedNames).less(8));
    }
    let standing = if best.points >= SURE { Standing::Agrees } else { Standing::Differs };
    Evidence { standing, points: best.points * 55 / 100, why: best.why }
}

fn across(a: &Token, b: &Token) -> Likeness {
    likeness(a, b, Part::Family)
}

fn both(given: Likeness, family: Likeness) -> Evidence {
    let standing = match (given.points >= SAME, family.points >= SAME) {
        (true, true) => Standing::Agrees,
        (false, _) if family.points >= SURE => Standing::GivenDiffers,
        (_, false) if given.points >= SURE => Standing::SurnameDiffers,
        _ => Standing::Differs,
    };
    Evidence { standing, points: (given.points + family.points) / 2, why: given.why.with(family.why) }
}

/// Forenames: the first of each, or all run together, or one known by a later name.
fn given(a: &View, b: &View) -> Likeness {
    let (Some(first_a), Some(first_b)) = (a.given.first(), b.given.first()) else { return Likeness::NONE };
    let joined = likeness(&a.given_joined, &b.given_joined, Part::Given);
    // Mohammed Ali and Mohammed Usman are brothers: where both go on, it is the later name that tells.
    if (first_a.is_prefix() || first_b.is_prefix()) && tells(&a.given) && tells(&b.given) {
        return best_of(&a.given, &b.given).or(joined);
    }
    let firsts = likeness(first_a, first_b, Part::Given);
    let alone = a.given.len().min(b.given.len()) == 1 && a.given.len() != b.given.len();
    let firsts = if first_a.is_prefix() && first_b.is_prefix() && alone {
        // Mohammed alone may be any Mohammed.
        firsts.less(15)
    } else if later_names_differ(a, b) {
        firsts.less(12)
    } else {
        firsts
    };
    firsts.or(joined).or(best_of(&a.given, &b.given).less(10))
}

/// Whether there is a name that tells one bearer of a common first name from another.
fn tells(names: &[Token]) -> bool {
    names.iter().any(|name| !name.is_prefix() && !name.is_initial())
}

fn best_of(a: &[Token], b: &[Token]) -> Likeness {
    let full =
        |names: &[Token]| names.iter().filter(|t| !t.is_initial() && !t.is_prefix()).cloned().collect::<Vec<_>>();
    pairs(&full(a), &full(b), Part::Given)
}

fn later_names_differ(a: &View, b: &View) -> bool {
    let later = |v: &View| v.given.iter().skip(1).cloned().collect::<Vec<_>>();
    let (x, y) = (later(a), later(b));
    !x.is_empty() && !y.is_empty() && pairs(&x, &y, Part::Given).points < SAME
}

fn pairs(a: &[Token], b: &[Token], part: Part) -> Likeness {
    a.iter().flat_map(|x| b.iter().map(move |y| likeness(x, y, part))).fold(Likeness::NONE, Likeness::or)
}

/// Surnames: as a whole with particles; each word; or one word of a double surname.
fn family(a: &View, b: &View) -> Likeness {
    let joined = likeness(&a.family_joined, &b.family_joined, Part::Family);
    let best = pairs(&a.family, &b.family, Part::Family);
    let words = if a.family.len() != b.family.len() {
        best.less(7).because(Reason::CompoundSurname)
    } else if a.family.len() == 1 {
        if a.family_joined.text() == b.family_joined.text() { best } else { particles(best, a, b) }
    } else {
        every(&a.family, &b.family).or(best.less(38))
    };
    joined.or(words)
}

fn particles(best: Likeness, a: &View, b: &View) -> Likeness {
    let bare = |v: &View| v.family.first().is_some_and(|t| t.text() == v.family_joined.text());
    if bare(a) && bare(b) { best } else { best.less(3).because(Reason::CompoundSurname) }
}

/// The worst of each word's best: every word of a double surname has its fellow, in any order.
fn every(a: &[Token], b: &[Token]) -> Likeness {
    let worst = |x: &[Token], y: &[Token]| {
        x.iter()
            .map(|t| pairs(std::slice::from_ref(t), y, Part::Family))
            .reduce(|p, q| Likeness { points: p.points.min(q.points), why: p.why.with(q.why) })
            .unwrap_or(Likeness::NONE)
    };
    let (p, q) = (worst(a, b), worst(b, a));
    Likeness { points: p.points.min(q.points), why: p.why.with(q.why) }.because(Reason::CompoundSurname).less(2)
}
