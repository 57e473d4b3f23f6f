//! Callers nobody vouches for: the first few faults a minute from a network are entered one by one, the rest are counted.
//! It must never grow with the number of networks that try, and never count a caller with a valid token.

use crate::clock::Moment;
use crate::error::Kind;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What to do with one more fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Enter it in the ledger and answer it.
    List,
    /// Answer 429; it will be in the minute's count.
    Count,
}

/// How many faults of a kind came from a network beyond those listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub network: u64,
    pub kind: Kind,
    pub count: i64,
}

/// At most this many networks are told apart; a flood from more falls into one heap, network 0.
const NETWORKS: usize = 4096;

#[derive(Debug, Default)]
struct Minute {
    began: i64,
    faults: HashMap<(u64, Kind), u32>,
    done: Vec<Counted>,
}

#[derive(Debug)]
pub struct Flood {
    listed_a_minute: u32,
    minute: Mutex<Minute>,
}

impl Flood {
    pub fn new(listed_a_minute: u32) -> Self {
        Self { listed_a_minute, minute: Mutex::default() }
    }

    pub fn verdict(&self, network: u64, kind: Kind, now: Moment) -> Verdict {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        self.turn(&mut minute, now);
        let known = minute.faults.contains_key(&(network, kind));
        let key = if known || minute.faults.len() < NETWORKS { (network, kind) } else { (0, kind) };
        let seen = minute.faults.entry(key).or_insert(0);
        *seen = seen.saturating_add(1);
        if *seen <= self.listed_a_minute { Verdict::List } else { Verdict::Count }
    }

    /// Counts of minutes that are over, each handed out once, for the job that enters them.
    pub fn finished(&self, now: Moment) -> Vec<Counted> {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        self.turn(&mut minute, now);
        std::mem::take(&mut minute.done)
    }

    /// Closes the minute, whatever time it is: for a service that stops.
    pub fn close(&self) -> Vec<Counted> {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        self.finish(&mut minute);
        std::mem::take(&mut minute.done)
    }

    fn turn(&self, minute: &mut Minute, now: Moment) {
        let this = now.seconds().div_euclid(60);
        if this != minute.began {
            self.finish(minute);
            minute.began = this;
        }
    }

    fn finish(&self, minute: &mut Minute) {
        let listed = self.listed_a_minute;
        for ((network, kind), seen) in minute.faults.drain() {
            let beyond = seen.saturating_sub(listed);
            if beyond > 0 {
                minute.done.push(Counted { network, kind, count: i64::from(beyond) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment(seconds * 1_000_000)
    }

    #[test]
    fn the_first_are_listed_the_rest_counted_once() {
        let flood = Flood::new(2);
        let verdicts: Vec<_> = (0..5).map(|_| flood.verdict(7, Kind::NotAuthenticated, at(60))).collect();
        assert_eq!(verdicts, [Verdict::List, Verdict::List, Verdict::Count, Verdict::Count, Verdict::Count]);
        assert_eq!(flood.verdict(8, Kind::NotAuthenticated, at(61)), Verdict::List);
        assert_eq!(flood.finished(at(62)), []);
        assert_eq!(flood.finished(at(120)), [Counted { network: 7, kind: Kind::NotAuthenticated, count: 3 }]);
        assert_eq!(flood.finished(at(121)), []);
        assert_eq!(flood.verdict(7, Kind::NotAuthenticated, at(122)), Verdict::List);
    }

    #[test]
    fn memory_is_bounded_however_many_networks_try() {
        let flood = Flood::new(1);
        for network in 1..100_000u64 {
            flood.verdict(network, Kind::NotAuthenticated, at(60));
        }
        assert!(flood.minute.lock().unwrap().faults.len() <= NETWORKS + 1);
        let counted = flood.close();
        assert_eq!(counted.len(), 1);
        assert_eq!(counted[0].network, 0);
    }
}
