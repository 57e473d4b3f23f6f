//! Names in any script are names; what only looks like one, or reads otherwise than it is stored, is not.

use super::{full, refused, rules_at, set, submit};
use serde_json::json;

const SURNAME: &str = "/people/0/identity/surname";

fn rules(name: &str) -> Vec<&'static str> {
    let mut example = full();
    set(&mut example, SURNAME, json!(name));
    rules_at(&refused(&example), SURNAME)
}

#[test]
fn names_of_the_world_are_taken() {
    let names = [
        "محمد الأمين",
        "مُحَمَّد",
        "张伟",
        "歐陽",
        "Nguyễn Thị Minh Khai",
        "O'Neill",
        "O’Neill",
        "Ó Súilleabháin",
        "García y Márquez",
        "ਗੁਰਪ੍ਰੀਤ ਕੌਰ",
        "علی\u{200c}رضا",
        "শ্রী",
        "Владимир",
        "יִצְחָק",
        "Δημήτρης",
        "አበበ",
        "김민준",
        "van der Berg-Smith",
        "X Æ A-12",
        "Ng",
        "Ọláńrewájú",
        "D.J.",
        "Þórður",
        "ꓡꓲꓢꓴ",
    ];
    for name in names {
        assert_eq!(rules(name), [] as [&str; 0], "{name}");
    }
}

#[test]
fn combining_marks_are_kept_as_one_letter() {
    let mut example = full();
    set(&mut example, SURNAME, json!("Ame\u{301}lie"));
    assert_eq!(submit(&example).unwrap().people[0].identity.surname.as_deref(), Some("Amélie"));
    assert_eq!(rules(&format!("Z{}", "\u{300}\u{316}".repeat(4))), ["piled_marks"]);
}

#[test]
fn what_spoofs_the_eye_is_refused() {
    for c in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
        assert_eq!(rules(&format!("Smith{c}htimS")), ["text_direction"], "{c:?}");
    }
    for c in ['\u{200b}', '\u{2060}', '\u{feff}', '\u{e0041}', '\u{2028}'] {
        assert_eq!(rules(&format!("Smi{c}th")), ["invisible_character"], "{c:?}");
    }
    assert_eq!(rules("\u{0}Smith"), ["control_character"]);
    assert_eq!(rules("\u{200f}\u{300}"), ["not_a_name"]);
    assert_eq!(rules("---"), ["not_a_name"]);
}

#[test]
fn the_limit_counts_characters() {
    assert_eq!(rules(&"字".repeat(200)), [] as [&str; 0]);
    assert_eq!(rules(&"字".repeat(201)), ["too_long"]);
}
