//! Reads a request's bytes as JSON in which nothing can hide: no key twice, no depth without end, nothing after the end.
//! It must never keep the first or the last of two equal keys: one reader would see one world and the next another.

use crate::error::{Kind, Problem};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// How deep arrays and objects may lie in each other.
pub const MAX_DEPTH: usize = 32;

/// The whole of `bytes` as one JSON value.
///
/// # Errors
/// `malformed`, with one violation: rule `duplicate_key` at the pointer of the object that has a key twice, `too_deep`
/// at the pointer where the 33rd level opens, or `not_json` at the root (bad UTF-8, lone surrogate, trailing data, NaN).
/// A pointer counts places in lists; every key in it stands as `*`, for any key may be somebody's name.
pub fn parse_strict(bytes: &[u8]) -> Result<Value, Problem> {
    let found = Found::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    // Our own depth is lower than serde_json's 128, which therefore stays on as a second guard of the stack.
    let value = Strict { found: &found, depth: 0 }.deserialize(&mut reader).and_then(|v| reader.end().map(|()| v));
    value.map_err(|_| found.problem())
}

/// What went wrong and where: serde's error can carry only text, and its text quotes the client.
#[derive(Default)]
struct Found {
    fault: RefCell<Option<(&'static str, &'static str)>>,
    path: RefCell<Vec<String>>,
}

impl Found {
    fn fail<E: Error>(&self, rule: &'static str, message: &'static str) -> E {
        *self.fault.borrow_mut() = Some((rule, message));
        E::custom(rule)
    }

    fn enter(&self, segment: String) {
        self.path.borrow_mut().push(segment);
    }

    fn leave(&self) {
        self.path.borrow_mut().pop();
    }

    fn problem(&self) -> Problem {
        match *self.fault.borrow() {
            Some((rule, message)) => {
                let pointer: String = self.path.borrow().iter().map(|s| format!("/{s}")).collect();
                Problem::field(Kind::Malformed, &pointer, rule, message)
            }
            None => Problem::field(Kind::Malformed, "", "not_json", "The body is not one whole JSON value in UTF-8."),
        }
    }
}

/// What is read here has met no form yet: whether a key is a field of ours or a surname, nobody can tell.
const ANY_KEY: &str = "*";

#[derive(Clone, Copy)]
struct Strict<'a> {
    found: &'a Found,
    depth: usize,
}

impl Strict<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(self.found.fail("too_deep", "Lists and objects may lie at most 32 deep in each other."));
        }
        Ok(Self { depth: self.depth.saturating_add(1), ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        Number::from_f64(v)
            .map(Value::Number)
            .ok_or_else(|| self.found.fail("not_a_number", "This number is outside what JSON can carry."))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        loop {
            self.found.enter(items.len().to_string());
            let Some(item) = seq.next_element_seed(inner)? else {
                break;
            };
            items.push(item);
            self.found.leave();
        }
        self.found.leave();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(self.found.fail("duplicate_key", "A field of this object is given twice; give it once."));
            }
            self.found.enter(ANY_KEY.to_owned());
            let value = access.next_value_seed(inner)?;
            self.found.leave();
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(bytes: &[u8]) -> (String, &'static str) {
        let problem = parse_strict(bytes).expect_err("refused");
        assert_eq!(problem.kind, Kind::Malformed);
        (problem.violations[0].field.clone(), problem.violations[0].rule)
    }

    #[test]
    fn a_key_given_twice_is_refused_wherever_it_hides() {
        let cases: [(&str, &str); 5] = [
            (r#"{"a":1,"a":2}"#, ""),
            (r#"{"a":1,"\u0061":2}"#, ""),
            (r#"{"people":[{},{"identity":{"surname":"x","surname":"x"}}]}"#, "/*/1/*"),
            (r#"[[],[{"Jane Doe":1,"Jane Doe":1}]]"#, "/1/0"),
            (r#"{"x":[1,2,3],"y":{"z":null,"z":null}}"#, "/*"),
        ];
        for (text, pointer) in cases {
            assert_eq!(refusal(text.as_bytes()), (pointer.to_owned(), "duplicate_key"), "{text}");
        }
        assert!(parse_strict(br#"{"a":{"b":1},"c":{"b":1}}"#).is_ok());
    }

    #[test]
    fn depth_ends_at_thirty_two() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse_strict(nested(32).as_bytes()).is_ok());
        let (pointer, rule) = refusal(nested(33).as_bytes());
        assert_eq!((pointer.matches("/0").count(), rule), (32, "too_deep"));
        assert_eq!(refusal(&b"[".repeat(1_000_000)).1, "too_deep");
        assert_eq!(refusal(&br#"{"a":"#.repeat(200_000)).1, "too_deep");
    }

    #[test]
    fn what_is_not_json_is_refused_whole() {
        let cases: [&[u8]; 16] = [
            b"",
            b" ",
            b"{}{}",
            b"{} x",
            b"[1,]",
            b"NaN",
            b"[Infinity]",
            b"{'a':1}",
            b"{\"a\":1",
            b"\"\\ud800\"",
            b"\"\\udc00\\ud800\"",
            b"\"\xed\xa0\x80\"",
            b"\"\xff\"",
            b"\xef\xbb\xbf{}",
            b"01",
            b"\"a\nb\"",
        ];
        for bytes in cases {
            assert_eq!(refusal(bytes).1, "not_json", "{bytes:?}");
        }
        assert!(parse_strict(b"1e999").is_err());
    }

    #[test]
    fn a_pair_of_surrogates_is_one_character() {
        assert_eq!(parse_strict(br#""\ud83d\ude00""#).unwrap(), Value::String("\u{1f600}".into()));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            proptest::collection::vec(any::<char>(), 0..12).prop_map(|c| Value::String(c.into_iter().collect())),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                proptest::collection::btree_map("[a-z\u{e9}\u{4e00}\"\\\\]{0,4}", inner, 0..6)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_where_no_key_is_twice(value in any_value()) {
            let text = serde_json::to_vec(&value).unwrap();
            prop_assert_eq!(parse_strict(&text).unwrap(), value);
        }

        #[test]
        fn never_takes_what_serde_json_refuses(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = parse_strict(&bytes) {
                prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
            }
        }

        #[test]
        fn json_like_noise_never_panics(text in "[\\[\\]{}\",:0-9a-b\\\\ue. -]{0,80}") {
            if let Ok(value) = parse_strict(text.as_bytes()) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }

        #[test]
        fn a_truncated_object_is_refused(value in any_value(), cut in any::<prop::sample::Index>()) {
            let text = serde_json::to_vec(&Value::Array(vec![value])).unwrap();
            let end = cut.index(text.len());
            prop_assert!(parse_strict(&text[..end]).is_err());
        }

        #[test]
        fn a_doubled_key_is_found_at_any_depth(value in any_value(), depth in 0usize..20) {
            let inner = serde_json::to_string(&value).unwrap();
            let mut text = format!("{{\"k\":{inner},\"k\":{inner}}}");
            for _ in 0..depth { text = format!("[{text}]"); }
            prop_assert_eq!(refusal(text.as_bytes()).1, "duplicate_key");
        }

        #[test]
        fn no_key_is_ever_repeated(key in "[a-z]{5,12}", value in any_value()) {
            let (key, inner) = (format!("{key}Smith"), serde_json::to_string(&value).unwrap());
            let doubled = format!("{{\"{key}\":[{{\"{key}\":{inner},\"{key}\":1}}]}}");
            let deep = format!("{}{}", format!("{{\"{key}\":").repeat(40), "}".repeat(40));
            for text in [doubled, deep] {
                let problem = parse_strict(text.as_bytes()).expect_err("refused");
                let said = format!("{problem:?}");
                prop_assert!(!said.contains(&key));
            }
        }
    }
}
