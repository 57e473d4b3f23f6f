//! A body read back from its line: by the one shape that the format gives it, from the first byte to the last.
//! It must never pass over a byte that it has not looked at: two readings of one body are two logs.

use super::skimmer::Sound;
use super::{
    AT_LENGTH, Body, BodyActor, BodyCase, BodyError, BodyManifest, BodyValue, KnownActor, MAX_NAME, Name, is_hash,
    is_name_byte,
};
use crate::clock::Moment;
use crate::ledger::entry::leaf_hash;
use crate::ledger::tree::Hash;
use chrono::{NaiveDate, NaiveTime};
use std::collections::BTreeMap;
use uuid::Uuid;

type Read<T> = Result<T, BodyError>;

impl<'a> Body<'a> {
    /// Reads a body back. Only the bytes that `Body::print` would give are accepted.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub fn parse(line: &'a str) -> Read<Self> {
        Self::read(Text { rest: line, sound: None })
    }

    /// The body, if text and salt are what the leaf commits to.
    pub fn committed(line: &'a str, salt: &[u8; 32], leaf: &Hash) -> Option<Self> {
        if leaf_hash(salt, line.as_bytes()) == *leaf { Self::parse(line).ok() } else { None }
    }

    /// As [`Body::parse`], byte for byte: of its manifests nothing is kept, but those that are `sound`.
    pub(super) fn look_through(line: &'a str, sound: &mut Sound) -> Read<Self> {
        Self::read(Text { rest: line, sound: Some(sound) })
    }

    fn read(mut text: Text<'a, '_>) -> Read<Self> {
        text.skip("{\"v\":1,\"writer\":")?;
        let writer = text.name()?;
        text.skip(",\"n\":")?;
        let n = text.number()?;
        text.skip(",\"at\":")?;
        let at = text.moment()?;
        text.skip(",\"panel\":")?;
        let panel = text.or_null(Text::id)?;
        text.skip(",\"actor\":")?;
        let actor = text.actor()?;
        text.skip(",\"operation\":")?;
        let operation = text.name()?;
        text.skip(",\"outcome\":")?;
        let outcome = text.name()?.parse().map_err(|()| BodyError::Malformed)?;
        text.skip(",\"problem\":")?;
        let problem = text.or_null(Text::name)?;
        text.skip(",\"cases\":[")?;
        let cases = text.list("]", Text::case)?;
        text.skip(",\"policy\":")?;
        let policy = text.hash()?;
        text.skip(",\"purpose\":")?;
        let purpose = text.or_null(Text::name)?;
        text.skip(",\"manifest\":[")?;
        let manifest = text.list("]", Text::manifest)?;
        text.skip(",\"request\":")?;
        let request = text.id()?;
        text.skip(",\"detail\":[")?;
        let detail = text.list("]", Text::detail)?;
        text.skip("}")?;
        if !text.rest.is_empty() {
            return Err(BodyError::Malformed);
        }
        let body = Self {
            v: super::VERSION,
            writer,
            n,
            at,
            panel,
            actor,
            operation,
            outcome,
            problem,
            cases,
            policy,
            purpose,
            manifest,
            request,
            detail,
        };
        body.check_numbers()?;
        Ok(body)
    }
}

/// What is left of the line.
struct Text<'a, 's> {
    rest: &'a str,
    /// Where manifests are not kept: those that were looked through before.
    sound: Option<&'s mut Sound>,
}

impl<'a> Text<'a, '_> {
    #[inline(always)]
    fn eat(&mut self, literal: &str) -> bool {
        let rest = self.rest.strip_prefix(literal);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    #[inline(always)]
    fn skip(&mut self, literal: &str) -> Read<()> {
        if self.eat(literal) { Ok(()) } else { Err(BodyError::Malformed) }
    }

    fn take(&mut self, length: usize) -> Read<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(BodyError::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn name(&mut self) -> Read<Name<'a>> {
        self.skip("\"")?;
        let end = self.rest.bytes().position(|byte| !is_name_byte(byte)).ok_or(BodyError::Malformed)?;
        let name = self.take(end)?;
        if !self.eat("\"") || name.is_empty() || name.len() > MAX_NAME {
            return Err(BodyError::Name);
        }
        Ok(Name::Borrowed(name))
    }

    /// As JSON has integers, and no other way: neither `007` nor `-0`.
    fn number(&mut self) -> Read<i64> {
        let negative = usize::from(self.rest.starts_with('-'));
        let digits = self.rest.bytes().skip(negative).take_while(u8::is_ascii_digit).count();
        let number = self.take(negative.saturating_add(digits))?;
        let ambiguous = number != "0" && number.trim_start_matches('-').starts_with('0');
        number.parse().ok().filter(|_| !ambiguous).ok_or(BodyError::Malformed)
    }

    /// Lower-case with hyphens.
    fn id(&mut self) -> Read<Uuid> {
        self.skip("\"")?;
        let id = self.take(36)?;
        self.skip("\"")?;
        let upper = id.bytes().fold(false, |upper, byte| upper | byte.is_ascii_uppercase());
        Uuid::try_parse(id).ok().filter(|_| !upper).ok_or(BodyError::Malformed)
    }

    fn hash(&mut self) -> Read<Name<'a>> {
        self.skip("\"")?;
        let hash = self.take(64).map_err(|_| BodyError::Hash)?;
        if !is_hash(hash) || !self.eat("\"") {
            return Err(BodyError::Hash);
        }
        Ok(Name::Borrowed(hash))
    }

    /// `2026-11-22T09:30:00.000000Z`. A 29th of February or a 31st must be in the calendar; a leap second is in none.
    fn moment(&mut self) -> Read<Moment> {
        self.skip("\"")?;
        let text = self.take(AT_LENGTH).map_err(|_| BodyError::Time)?;
        self.skip("\"").map_err(|_| BodyError::Time)?;
        moment(text).ok_or(BodyError::Time)
    }

    fn or_null<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.eat("null") { Ok(None) } else { read(self).map(Some) }
    }

    /// What has been opened, up to `close`.
    fn list<T>(&mut self, close: &str, mut read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut all = Vec::new();
        self.each(close, |text| {
            all.push(read(text)?);
            Ok(())
        })?;
        Ok(all)
    }

    fn each(&mut self, close: &str, mut read: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        if self.eat(close) {
            return Ok(());
        }
        loop {
            read(self)?;
            if self.eat(close) {
                return Ok(());
            }
            self.skip(",")?;
        }
    }

    /// Names of a manifest.
    fn names(&mut self) -> Read<Vec<Name<'a>>> {
        if self.sound.is_none() {
            return self.list("]", Self::name);
        }
        self.each("]", |text| text.name().map(drop))?;
        Ok(Vec::new())
    }

    fn actor(&mut self) -> Read<BodyActor<'a>> {
        if self.eat("\"-\"") {
            return Ok(BodyActor::Nobody("-".into()));
        }
        self.skip("{\"person\":")?;
        let person = self.or_null(Self::id)?;
        self.skip(",\"membership\":")?;
        let membership = self.or_null(Self::id)?;
        self.skip(",\"agency\":")?;
        let agency = self.or_null(Self::id)?;
        self.skip(",\"role\":")?;
        let role = self.or_null(Self::name)?;
        self.skip(",\"system\":")?;
        let system = self.or_null(Self::name)?;
        self.skip("}")?;
        let known = KnownActor { person, membership, agency, role, system };
        if known.is_nobody() { Err(BodyError::Name) } else { Ok(BodyActor::Known(known)) }
    }

    fn case(&mut self) -> Read<BodyCase<'a>> {
        self.skip("{\"id\":")?;
        let id = self.id()?;
        self.skip(",\"version\":")?;
        let version = self.number()?;
        self.skip(",\"header\":")?;
        let header = self.or_null(Self::hash)?;
        self.skip("}")?;
        Ok(BodyCase { id, version, header })
    }

    fn manifest(&mut self) -> Read<BodyManifest<'a>> {
        let from = self.rest;
        if let Some(length) = self.sound.as_mut().and_then(|sound| sound.begins(from)) {
            self.take(length)?;
            return Ok(BodyManifest::default());
        }
        let manifest = self.new_manifest()?;
        let read = from.get(..from.len().saturating_sub(self.rest.len()));
        if let (Some(sound), Some(read)) = (&mut self.sound, read) {
            sound.remember(read);
        }
        Ok(manifest)
    }

    fn new_manifest(&mut self) -> Read<BodyManifest<'a>> {
        self.skip("{\"shown\":{")?;
        let mut shown: BTreeMap<Name<'a>, Vec<Name<'a>>> = BTreeMap::new();
        let mut last = None;
        self.each("}", |text| {
            let category = text.name()?;
            text.skip(":[")?;
            let fields = text.names()?;
            if last.replace(category.clone()).is_some_and(|last| last >= category) {
                return Err(BodyError::Malformed);
            }
            if text.sound.is_none() {
                shown.insert(category, fields);
            }
            Ok(())
        })?;
        self.skip(",\"withheld\":[")?;
        let withheld = self.names()?;
        self.skip(",\"records\":[")?;
        let mut records = Vec::new();
        self.each("]", |text| {
            text.skip("[")?;
            let category = text.name()?;
            text.skip(",")?;
            let count = text.number()?.try_into().map_err(|_| BodyError::Malformed)?;
            text.skip("]")?;
            if text.sound.is_none() {
                records.push((category, count));
            }
            Ok(())
        })?;
        self.skip("}")?;
        Ok(BodyManifest { shown, withheld, records })
    }

    fn detail(&mut self) -> Read<(Name<'a>, BodyValue<'a>)> {
        self.skip("[")?;
        let code = self.name()?;
        self.skip(",")?;
        let text = self.rest.starts_with('"');
        let value = if text { BodyValue::Text(self.name()?) } else { BodyValue::Number(self.number()?) };
        self.skip("]")?;
        Ok((code, value))
    }
}

/// In the years 0001 to 9999: others can be written in four digits, or reckoned with, by some readers only.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    let bytes: &[u8; AT_LENGTH] = text.as_bytes().try_into().ok()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'.', micros @ .., b'Z'] =
        bytes
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |sum, digit| {
            let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
            sum.checked_mul(10)?.checked_add(u32::from(digit))
        })
    };
    let year = i32::try_from(number(&[*y1, *y2, *y3, *y4])?).ok().filter(|year| *year > 0)?;
    let day = NaiveDate::from_ymd_opt(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?)?;
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    let time = NaiveTime::from_hms_micro_opt(hour, minute, second, number(micros)?)?;
    Some(Moment(day.and_time(time).and_utc().timestamp_micros()))
}

impl Body<'_> {
    /// The same, on its own.
    pub fn into_owned(self) -> Body<'static> {
        let names = |names: Vec<Name<'_>>| names.into_iter().map(own).collect();
        let value = |value: BodyValue<'_>| match value {
            BodyValue::Number(number) => BodyValue::Number(number),
            BodyValue::Text(text) => BodyValue::Text(own(text)),
        };
        let case = |case: BodyCase<'_>| BodyCase { id: case.id, version: case.version, header: case.header.map(own) };
        let manifest = |manifest: BodyManifest<'_>| BodyManifest {
            shown: manifest.shown.into_iter().map(|(category, fields)| (own(category), names(fields))).collect(),
            withheld: names(manifest.withheld),
            records: manifest.records.into_iter().map(|(category, count)| (own(category), count)).collect(),
        };
        Body {
            v: self.v,
            writer: own(self.writer),
            n: self.n,
            at: self.at,
            panel: self.panel,
            actor: match self.actor {
                BodyActor::Nobody(dash) => BodyActor::Nobody(own(dash)),
                BodyActor::Known(known) => BodyActor::Known(KnownActor {
                    role: known.role.map(own),
                    system: known.system.map(own),
                    person: known.person,
                    membership: known.membership,
                    agency: known.agency,
                }),
            },
            operation: own(self.operation),
            outcome: self.outcome,
            problem: self.problem.map(own),
            cases: self.cases.into_iter().map(case).collect(),
            policy: own(self.policy),
            purpose: self.purpose.map(own),
            manifest: self.manifest.into_iter().map(manifest).collect(),
            request: self.request,
            detail: self.detail.into_iter().map(|(code, found)| (own(code), value(found))).collect(),
        }
    }
}

fn own(name: Name<'_>) -> Name<'static> {
    Name::Owned(name.into_owned())
}
