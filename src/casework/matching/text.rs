//! Text made comparable: case, marks, script and romanisation. It must never fail on any text, nor keep more than a bounded part of it.

use any_ascii::any_ascii_char;
use unicode_normalization::UnicodeNormalization;

/// Longest word and most words that are read of one name: a name is not a place to hide work for the matcher.
const LONGEST_WORD: usize = 40;
pub(super) const MOST_WORDS: usize = 12;

/// One word of a name in a-z, and whether its script leaves vowels out.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    pub text: String,
    pub vowelless: bool,
    /// One sign of a script where a sign is a syllable.
    pub syllable: bool,
}

pub(super) fn fold_case(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// The words of a name. Hyphens and spaces part them, apostrophes do not (O'Brien is one word), nor do marks.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut word = Word::default();
    // υ alone is romanised y; in ου it is part of one vowel.
    let text = fold_case(text).replace("ού", "u").replace("ου", "u");
    for c in text.chars() {
        if c.is_whitespace()
            || matches!(c, '-' | '‐' | '‑' | '–' | '—' | '/' | ',' | '.' | '_' | '\u{200c}')
            || c.is_ascii_digit()
        {
            close(&mut words, &mut word);
            continue;
        }
        if is_ideograph(c) {
            close(&mut words, &mut word);
        }
        word.syllable |= is_ideograph(c);
        word.vowelless |= leaves_vowels_out(c);
        let latin = romanise(c);
        if word.text.len() < LONGEST_WORD {
            word.text.extend(latin.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()));
        }
        if is_ideograph(c) {
            close(&mut words, &mut word);
        }
    }
    close(&mut words, &mut word);
    words.truncate(MOST_WORDS);
    words
}

fn close(words: &mut Vec<Word>, word: &mut Word) {
    let done = std::mem::take(word);
    if !done.text.is_empty() {
        words.push(done);
    }
}

/// Letters whose general romanisation misleads for a name.
fn romanise(c: char) -> &'static str {
    match c {
        'ة' => "a",
        'ه' | 'ہ' | 'ھ' => "h",
        'ع' | 'ء' | 'ئ' | 'ؤ' => "",
        'ى' => "a",
        'آ' | 'أ' | 'إ' => "a",
        'χ' => "ch",
        'х' => "kh",
        'ß' => "ss",
        'ä' => "a",
        'ö' | 'ø' => "o",
        'ü' => "u",
        _ => any_ascii_char(c),
    }
}

/// Hebrew, Arabic (with its supplements and forms) and the Indic scripts with an unwritten vowel.
fn leaves_vowels_out(c: char) -> bool {
    matches!(u32::from(c), 0x0590..=0x06FF | 0x0750..=0x077F | 0x08A0..=0x0DFF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF)
}

/// Where one sign is one syllable, each is a word of its own.
fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3134F)
}

/// Spellings that romanisation and English hearing do not tell apart. Longest first where one holds another.
const FOLDS: [(&str, &str); 33] = [
    ("shch", "s"),
    ("tsch", "ch"),
    ("tch", "ch"),
    ("sch", "s"),
    ("dzh", "j"),
    ("sh", "s"),
    ("zh", "j"),
    ("dj", "j"),
    ("kh", "k"),
    ("gh", "g"),
    ("ph", "f"),
    ("th", "t"),
    ("dh", "d"),
    ("ck", "k"),
    ("ch", "ç"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "si"),
    ("c", "k"),
    ("q", "k"),
    ("x", "ks"),
    ("w", "v"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("ay", "ai"),
    ("ey", "ai"),
    ("ei", "ai"),
    ("iy", "i"),
    ("ij", "i"),
    ("y", "i"),
    ("o", "u"),
    ("ii", "i"),
];

/// The word as all its romanisations would have it: `Yousef` and `Yusef` are one.
pub(super) fn fold(word: &str) -> String {
    let mut folded = word.to_owned();
    if let Some(rest) = folded.strip_prefix("mac").filter(|rest| rest.len() > 3) {
        folded = format!("mc{rest}");
    }
    for (from, to) in FOLDS {
        if folded.contains(from) {
            folded = folded.replace(from, to);
        }
    }
    let mut out = String::with_capacity(folded.len());
    let mut last = None;
    for c in folded.chars().map(|c| if c == 'ç' { 'c' } else { c }) {
        if last != Some(c) {
            out.push(c);
        }
        last = Some(c);
    }
    if out.len() > 3 && out.ends_with('h') {
        out.pop();
    }
    out
}

pub(super) fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

pub(super) fn consonants(folded: &str) -> String {
    folded.chars().filter(|c| !is_vowel(*c)).collect()
}

/// Words that tie a surname together and are kept or dropped at will.
const PARTICLES: [&str; 33] = [
    "al", "el", "ul", "ur", "as", "ash", "ad", "bin", "ibn", "ben", "bint", "binti", "bt", "abu", "abou", "van", "von",
    "der", "den", "ter", "ten", "zu", "de", "del", "della", "di", "da", "do", "dos", "das", "du", "la", "le",
];

/// Particles that stand within forenames too (Zia ul Haq).
const GIVEN_PARTICLES: [&str; 10] = ["al", "el", "ul", "ur", "bin", "ibn", "bint", "binti", "abu", "abou"];

/// Words that are one with the next: O Brien, Mac Donald, Abdul Rahman.
const TIED: [&str; 5] = ["o", "mac", "mc", "fitz", "st"];
const SERVANT: [&str; 9] = ["abdul", "abdel", "abdal", "abdur", "abdus", "abdir", "abdi", "abdu", "abd"];

const TITLES: [&str; 8] = ["mr", "mrs", "ms", "miss", "dr", "jr", "sr", "master"];

pub(super) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word) || TIED.contains(&word)
}

/// Forenames as units: particles dropped, `Abdul` tied to what follows, syllables run together.
pub(super) fn given_units(words: &[Word]) -> Vec<Word> {
    let words: Vec<Word> =
        words.iter().filter(|word| !TITLES.contains(&word.text.as_str()) || words.len() == 1).cloned().collect();
    let mut units = tie(&bare(&words, &GIVEN_PARTICLES), &[]);
    if units.len() > 1 && units.iter().all(|word| word.syllable) {
        let text = units.iter().map(|word| word.text.as_str()).collect();
        units = vec![Word { text, vowelless: false, syllable: true }];
    }
    units
}

/// Surnames as units.
pub(super) fn family_units(words: &[Word]) -> Vec<Word> {
    tie(&bare(words, &PARTICLES), &TIED)
}

/// Without particles, unless nothing is left.
fn bare(words: &[Word], particles: &[&str]) -> Vec<Word> {
    let kept: Vec<Word> = words.iter().filter(|word| !particles.contains(&word.text.as_str())).cloned().collect();
    if kept.is_empty() { words.to_vec() } else { kept }
}

fn tie(words: &[Word], tied: &[&str]) -> Vec<Word> {
    let mut units: Vec<Word> = Vec::with_capacity(words.len());
    let mut open = false;
    for word in words {
        match units.last_mut() {
            Some(before) if open => {
                before.text.push_str(&word.text);
                before.vowelless |= word.vowelless;
            }
            _ => units.push(word.clone()),
        }
        let text = word.text.as_str();
        open = !open && (tied.contains(&text) || SERVANT.contains(&text) || word.vowelless && text == "bd");
    }
    for unit in &mut units {
        servant(unit);
    }
    units
}

/// `Abdurrahman`, `Abdel-Rahman`, `Abdirahman`: one name, written `abdrahman` here. In a bare script the article goes too.
fn servant(unit: &mut Word) {
    if unit.vowelless {
        let text = unit.text.replace("bdal", "bd");
        unit.text = match text.strip_prefix("al") {
            Some(rest) if rest.len() >= 3 => rest.to_owned(),
            _ => text,
        };
        return;
    }
    if let Some(rest) = SERVANT.iter().find_map(|prefix| unit.text.strip_prefix(prefix)).filter(|rest| rest.len() >= 3)
    {
        unit.text = format!("abd{}", rest);
    }
}
