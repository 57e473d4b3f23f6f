//! A whole log's bodies, looked through one after another: most show what one before them showed, field for field.
//! It must never take a manifest for one that was found sound before unless it is that one, byte for byte.

use super::{Body, BodyError};
use std::collections::VecDeque;

/// Manifests that are remembered. More differ in a log, but of those near each other most are of the same few kinds.
const REMEMBERED: usize = 16;

/// Reads the bodies of a log as [`Body::parse`] would, and of their manifests keeps nothing.
#[derive(Debug, Default)]
pub struct Skimmer {
    sound: Sound,
}

impl Skimmer {
    /// # Errors
    /// What [`Body::parse`] would find wrong with it.
    pub fn skim<'a>(&mut self, line: &'a str) -> Result<Body<'a>, BodyError> {
        Body::look_through(line, &mut self.sound)
    }
}

/// Texts of manifests that were read to their last brace and nothing was wrong, the latest seen first.
#[derive(Debug, Default)]
pub(super) struct Sound(VecDeque<Box<str>>);

impl Sound {
    /// How long the manifest is that `text` begins with, if it is known. Reading one never looks past its last brace, so
    /// that what follows cannot make another of it.
    pub(super) fn begins(&mut self, text: &str) -> Option<usize> {
        let place = self.0.iter().position(|known| text.starts_with(&**known))?;
        self.0.swap(0, place);
        self.0.front().map(|known| known.len())
    }

    pub(super) fn remember(&mut self, manifest: &str) {
        self.0.truncate(REMEMBERED - 1);
        self.0.push_front(manifest.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(manifest: &str) -> String {
        let id = "018f0000-0000-7000-8000-000000000001";
        let policy = "5a".repeat(32);
        format!(
            r#"{{"v":1,"writer":"w/1","n":1,"at":"2026-11-22T09:30:00.000000Z","panel":null,"actor":"-","operation":"openCase","outcome":"shown","problem":null,"cases":[{{"id":"{id}","version":1,"header":null}}],"policy":"{policy}","purpose":null,"manifest":[{manifest}],"request":"{id}","detail":[]}}"#
        )
    }

    #[test]
    fn what_is_known_is_passed_over_and_nothing_else() {
        const KNOWN: &str = r#"{"shown":{"identity":["surname"]},"withheld":["police"],"records":[["panel",1]]}"#;
        let changed = [
            KNOWN.to_owned(),
            KNOWN.replace("surname", "sur name"),
            KNOWN.replace("surname", "forenames"),
            KNOWN.replace("[\"panel\",1]", "[\"panel\",01]"),
            KNOWN.replace("]]}", "]]"),
            format!("{KNOWN}}}"),
            format!("{KNOWN}{KNOWN}"),
            format!("{KNOWN},{KNOWN}"),
            KNOWN.get(..40).unwrap().to_owned(),
            String::new(),
        ];
        let mut skimmer = Skimmer::default();
        assert!(skimmer.skim(&body(KNOWN)).is_ok());
        for manifest in changed {
            let text = body(&manifest);
            assert_eq!(skimmer.skim(&text).err(), Body::parse(&text).err(), "{manifest}");
        }
        assert_eq!(skimmer.sound.0.len(), 2, "only whole and sound ones are remembered");
    }

    #[test]
    fn so_many_are_remembered_and_the_latest_stay() {
        let manifest = |n: usize| format!(r#"{{"shown":{{}},"withheld":[],"records":[["panel",{n}]]}}"#);
        let mut skimmer = Skimmer::default();
        for n in 0..3 * REMEMBERED {
            assert!(skimmer.skim(&body(&manifest(n))).is_ok());
            assert!(skimmer.skim(&body(&manifest(0))).is_ok());
        }
        assert_eq!(skimmer.sound.0.len(), REMEMBERED);
        assert_eq!(skimmer.sound.0.front().map(|known| &**known), Some(&*manifest(0)));
    }
}
