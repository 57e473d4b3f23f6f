//! Which operation a method and path name. Every path under `/api/v1` comes here, known or not.
//! It must never put a path, or a piece of one, anywhere but into a typed parameter.

use super::operation::Operation;
use crate::error::{Kind, Problem};
use crate::ledger::tile::TileName;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a path's variable parts were read as.
#[derive(Debug, Default, Clone)]
pub struct Params(BTreeMap<&'static str, Param>);

#[derive(Debug, Clone)]
enum Param {
    Id(Uuid),
    /// A word of a closed vocabulary: letters and underscores only.
    Word(String),
    Tile(TileName),
}

impl Params {
    /// # Errors
    /// `not-found` if the path held something else there: an id that is no id names nothing.
    pub fn id(&self, name: &str) -> Result<Uuid, Problem> {
        match self.0.get(name) {
            Some(Param::Id(id)) => Ok(*id),
            _ => Err(Kind::NotFound.into()),
        }
    }

    /// # Errors
    /// `not-found`, as for `id`.
    pub fn word(&self, name: &str) -> Result<&str, Problem> {
        match self.0.get(name) {
            Some(Param::Word(word)) => Ok(word),
            _ => Err(Kind::NotFound.into()),
        }
    }

    /// # Errors
    /// `not-found`, as for `id`.
    pub fn tile(&self) -> Result<TileName, Problem> {
        match self.0.get("tile") {
            Some(Param::Tile(name)) => Ok(*name),
            _ => Err(Kind::NotFound.into()),
        }
    }
}

/// What a request line led to.
#[derive(Debug)]
pub enum Route {
    Found(&'static Operation, Params),
    /// The path exists with other methods.
    WrongMethod,
    Unknown,
}

/// Finds the operation for a method and the path below `/api/v1`.
pub fn route(operations: &[&'static Operation], method: &str, path: &str) -> Route {
    let mut known_path = false;
    for operation in operations {
        if let Some(params) = matches(operation.path, path) {
            if operation.method == method {
                return Route::Found(operation, params);
            }
            known_path = true;
        }
    }
    if known_path { Route::WrongMethod } else { Route::Unknown }
}

/// The methods that a path takes (RFC 9110 §15.5.6: a 405 says which).
pub fn methods(operations: &[&'static Operation], path: &str) -> Vec<&'static str> {
    operations
        .iter()
        .filter(|operation| matches(operation.path, path).is_some())
        .map(|operation| operation.method)
        .collect()
}

/// The one name that has slashes in it: C2SP writes a tile's number in groups of digits, each a folder. It ends its path.
const TILE: &str = "/{tile}";

fn matches(template: &'static str, path: &str) -> Option<Params> {
    let mut params = Params::default();
    if let Some(folder) = template.strip_suffix(TILE) {
        let name = path.strip_prefix(folder)?.strip_prefix('/').filter(|name| !name.is_empty())?;
        params.0.extend(name.parse().ok().map(|name| ("tile", Param::Tile(name))));
        return Some(params);
    }
    let mut wanted = template.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(want), Some(have)) => {
                if let Some(name) = want.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                    params.0.insert(name, read(have)?);
                } else if want != have {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

fn read(segment: &str) -> Option<Param> {
    // Only the hyphenated form is an id: another spelling of the same id would be another URL for one case.
    if segment.len() == 36
        && let Ok(id) = Uuid::try_parse(segment)
    {
        return Some(Param::Id(id));
    }
    let word =
        !segment.is_empty() && segment.len() <= 40 && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    word.then(|| Param::Word(segment.to_owned()))
}
