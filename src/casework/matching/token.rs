//! How like two single names are. It must give the same answer in both orders.

use super::lexicon::{self, Entry};
use super::text::{Word, consonants, fold, is_vowel};
use super::{Reason, Why};
use rphonetic::DoubleMetaphone;
use std::cmp::Ordering;
use std::sync::LazyLock;
use zeroize::{Zeroize, ZeroizeOnDrop};

static METAPHONE: LazyLock<DoubleMetaphone> = LazyLock::new(|| DoubleMetaphone::new(Some(8)));

/// One name, with all that is compared of it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Token {
    text: String,
    folded: String,
    consonants: String,
    sound: String,
    sound_too: String,
    vowelless: bool,
    #[zeroize(skip)]
    entry: Entry,
}

/// A forename's last `a` tells Samir from Samira; a surname's does not tell much.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Given,
    Family,
}

/// 0..=100, and why; an exact one needs no reason here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Likeness {
    pub points: i32,
    pub why: Why,
}

impl Likeness {
    pub(super) const NONE: Likeness = Likeness { points: 0, why: Why::NONE };

    pub(super) const fn new(points: i32, reason: Reason) -> Self {
        Self { points, why: Why::of(reason) }
    }

    pub(super) fn less(self, points: i32) -> Self {
        Self { points: (self.points - points).max(0), why: self.why }
    }

    pub(super) fn because(self, reason: Reason) -> Self {
        Self { points: self.points, why: self.why.with(Why::of(reason)) }
    }

    /// The better of two; of equals the one with fewer reasons, so that order never decides.
    pub(super) fn or(self, other: Self) -> Self {
        match self.points.cmp(&other.points) {
            Ordering::Greater => self,
            Ordering::Less => other,
            Ordering::Equal => Self { points: self.points, why: self.why.min(other.why) },
        }
    }
}

impl Token {
    pub(super) fn of(word: &Word) -> Self {
        let folded = fold(&word.text);
        // Of the word as written: folding would give a voice to the silent letters of Wright and Knight.
        let sound = METAPHONE.double_metaphone(&word.text);
        Self {
            consonants: consonants(&folded),
            sound: sound.primary(),
            sound_too: sound.alternate(),
            vowelless: word.vowelless,
            entry: lexicon::entry(&word.text),
            text: word.text.clone(),
            folded,
        }
    }

    pub(super) fn joined<'a>(tokens: impl Iterator<Item = &'a Token>) -> Self {
        let mut word = Word::default();
        for token in tokens {
            word.text.push_str(&token.text);
            word.vowelless |= token.vowelless;
        }
        Self::of(&word)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_initial(&self) -> bool {
        self.text.len() == 1
    }

    pub(super) fn is_prefix(&self) -> bool {
        self.entry.prefix
    }
}

pub(super) fn likeness(a: &Token, b: &Token, part: Part) -> Likeness {
    if a.text == b.text {
        // Two initials agree too easily, and a name without vowels is not yet the name.
        return match (a.is_initial(), a.vowelless || b.vowelless) {
            (true, _) => Likeness::new(70, Reason::Initials),
            (_, true) => Likeness { points: 96, why: Why::NONE },
            _ => Likeness { points: 100, why: Why::NONE },
        };
    }
    if a.is_initial() || b.is_initial() {
        let same = a.text.chars().next() == b.text.chars().next();
        return if same { Likeness::new(70, Reason::Initials) } else { Likeness::NONE };
    }
    if lexicon::share(&a.entry.spellings, &b.entry.spellings) {
        return Likeness::new(95, Reason::Transliteration);
    }
    if part == Part::Given && lexicon::share(&a.entry.nicknames, &b.entry.nicknames) {
        return Likeness::new(92, Reason::Nickname);
    }
    if a.folded == b.folded && a.vowelless == b.vowelless {
        return Likeness::new(95, Reason::Transliteration);
    }
    if lexicon::share(&a.entry.distinct, &b.entry.distinct) {
        return Likeness { points: 40, why: Why::NONE };
    }
    if a.vowelless != b.vowelless {
        return across_scripts(a, b);
    }
    if part == Part::Given && gendered(&a.folded, &b.folded) {
        return Likeness { points: 50, why: Why::NONE };
    }
    by_letters(a, b)
}

/// Samir and Samira, Daniel and Daniela: brother and sister before a slip.
fn gendered(a: &str, b: &str) -> bool {
    a.strip_suffix('a') == Some(b) || b.strip_suffix('a') == Some(a)
}

fn by_letters(a: &Token, b: &Token) -> Likeness {
    let (short, long) = (a.folded.len().min(b.folded.len()), a.folded.len().max(b.folded.len()));
    if long - short > 3 || short < 3 {
        return Likeness::NONE;
    }
    let edits = strsim::osa_distance(&a.folded, &b.folded);
    let same_start = a.folded.chars().next() == b.folded.chars().next();
    let one_skeleton = a.consonants == b.consonants && a.consonants.len() >= 2 && same_start;
    let spelling = match (edits, long) {
        (_, _) if a.vowelless && long < 5 => Likeness::NONE,
        (1, 6..) if same_start => Likeness::new(90, Reason::SimilarName),
        (1, 5) if same_start => Likeness::new(88, Reason::SimilarName),
        (1, 4) if same_start => Likeness::new(82, Reason::SimilarName),
        (1, 6..) => Likeness::new(76, Reason::SimilarName),
        (2, 6..) if one_skeleton => Likeness::new(86, Reason::Transliteration),
        (2, 9..) => Likeness::new(82, Reason::SimilarName),
        (3, 12..) => Likeness::new(76, Reason::SimilarName),
        _ => Likeness::NONE,
    };
    let near_enough = edits <= 2 && long >= 5 || edits <= 3 && long >= 8;
    let heard = if near_enough && same_sound(a, b) { Likeness::new(84, Reason::Phonetic) } else { Likeness::NONE };
    spelling.or(heard)
}

fn same_sound(a: &Token, b: &Token) -> bool {
    let of = |t: &Token| t.sound.len() >= 2;
    of(a) && of(b) && (a.sound == b.sound || a.sound == b.sound_too || a.sound_too == b.sound)
}

/// A name written without its short vowels against one written with them: consonants and long vowels must agree in order.
fn across_scripts(a: &Token, b: &Token) -> Likeness {
    let (bare, full) = if a.vowelless { (a, b) } else { (b, a) };
    if bare.folded.len() < 2 {
        return Likeness::NONE;
    }
    match missing(&bare.folded, &full.folded) {
        0 => Likeness::new(92, Reason::Transliteration),
        1 => Likeness::new(85, Reason::Transliteration),
        2 if bare.folded.len() >= 6 => Likeness::new(80, Reason::Transliteration),
        _ => Likeness::NONE,
    }
}

/// What does not fit: a single vowel that the bare script leaves out is free, everything else costs one.
fn missing(bare: &str, full: &str) -> usize {
    let bare: Vec<char> = bare.chars().collect();
    let full: Vec<char> = full.chars().collect();
    let mut row: Vec<usize> = Vec::with_capacity(full.len() + 1);
    row.push(0);
    let mut cost = 0;
    let mut last: Option<char> = None;
    for c in &full {
        cost += skipped(*c, last);
        row.push(cost);
        last = Some(*c);
    }
    for x in &bare {
        let mut next = Vec::with_capacity(row.len());
        let mut left = row.first().copied().unwrap_or(usize::MAX / 2) + 1;
        next.push(left);
        let mut last: Option<char> = None;
        for (y, (diagonal, above)) in full.iter().zip(row.iter().zip(row.iter().skip(1))) {
            let best = (diagonal + usize::from(!fits(*x, *y))).min(above + 1).min(left + skipped(*y, last));
            next.push(best);
            left = best;
            last = Some(*y);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

/// Two vowels together are a long one, which the script would have written.
fn skipped(c: char, last: Option<char>) -> usize {
    usize::from(!is_vowel(c) || last.is_some_and(is_vowel))
}

fn fits(bare: char, full: char) -> bool {
    match bare {
        // w is folded to v; as a vowel it stands for o and u. y is folded to i.
        'v' => matches!(full, 'v' | 'u'),
        'i' => matches!(full, 'i' | 'e' | 'a' | 'j'),
        'a' => matches!(full, 'a' | 'e' | 'i' | 'u'),
        'k' => matches!(full, 'k' | 'g'),
        'h' => matches!(full, 'h' | 'a' | 'e'),
        't' | 's' | 'z' | 'd' => full == bare || bare == 'd' && full == 'z',
        _ => bare == full,
    }
}
