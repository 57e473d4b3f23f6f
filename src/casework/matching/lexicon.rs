//! Which forenames are one name, and which look alike but are not. Data, so that a coordinator's finding becomes one line of it.
//! It holds common names only and must never hold a name taken from a case.

use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    nicknames: Vec<Vec<String>>,
    spellings: Vec<Vec<String>>,
    distinct: Vec<Vec<String>>,
    prefixes: Vec<String>,
}

/// Where a word stands in the lists: numbers of the groups that hold it.
#[derive(Clone, Default)]
pub(super) struct Entry {
    pub nicknames: Vec<u16>,
    pub spellings: Vec<u16>,
    pub distinct: Vec<u16>,
    /// Given before the name that tells people apart (Mohammed, Syed), so often dropped.
    pub prefix: bool,
}

static LEXICON: LazyLock<HashMap<String, Entry>> =
    LazyLock::new(|| read(include_str!("../../../data/nicknames.json")).unwrap_or_default());

fn read(text: &str) -> Result<HashMap<String, Entry>, serde_json::Error> {
    let file: File = serde_json::from_str(text)?;
    let mut map: HashMap<String, Entry> = HashMap::new();
    let numbered = |groups: Vec<Vec<String>>| {
        (0u16..).zip(groups).flat_map(|(n, names)| names.into_iter().map(move |name| (n, name)))
    };
    for (n, name) in numbered(file.nicknames) {
        map.entry(name).or_default().nicknames.push(n);
    }
    for (n, name) in numbered(file.distinct) {
        map.entry(name).or_default().distinct.push(n);
    }
    for (n, names) in (0u16..).zip(file.spellings) {
        inherit(&mut map, n, &names);
    }
    for name in file.prefixes {
        map.entry(name).or_default().prefix = true;
    }
    Ok(map)
}

/// Every spelling of a name has the short forms and the look-alikes of all of them.
fn inherit(map: &mut HashMap<String, Entry>, n: u16, names: &[String]) {
    let held: Vec<Entry> = names.iter().filter_map(|name| map.get(name).cloned()).collect();
    for name in names {
        let entry = map.entry(name.clone()).or_default();
        entry.spellings.push(n);
        for other in &held {
            entry.nicknames.extend(&other.nicknames);
            entry.distinct.extend(&other.distinct);
        }
    }
}

pub(super) fn entry(word: &str) -> Entry {
    LEXICON.get(word).cloned().unwrap_or_default()
}

pub(super) fn share(a: &[u16], b: &[u16]) -> bool {
    a.iter().any(|n| b.contains(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_reads_and_is_lower_case_ascii() {
        let map = read(include_str!("../../../data/nicknames.json")).unwrap();
        assert!(map.len() > 300, "{}", map.len());
        assert!(map.keys().all(|name| name.bytes().all(|b| b.is_ascii_lowercase())));
    }
}
