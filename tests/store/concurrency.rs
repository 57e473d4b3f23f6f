//! Many at once: numbers stay contiguous through rollbacks, and each version of a case is written by one.

use super::recorder::contiguous;
use super::{SERVICE, a_case, a_panel, change_of, draft, open, somebody, start, wait};
use crate::harness::on_both;
use channel_panel::app::recorder::{ApplyError, Change, Limits};
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn writers_race_for_a_case_and_each_version_has_one_winner() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "race", &Limits::default());
        let case = a_case(a_panel(&store));
        store.writer().unwrap().transaction(|tx| tx.insert_case(&case)).unwrap();
        let (won, lost, read) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let me = somebody();
                    for turn in 0..25 {
                        let mut row = store.reader().unwrap().case_by_id(case.id).unwrap().unwrap();
                        let seen = row.version;
                        row.version += 1;
                        let change = Change::new(change_of(&row), move |tx, _| {
                            tx.update_case(&row, seen)?;
                            if turn % 5 == 0 { Err(ApplyError::Refused) } else { Ok(()) }
                        });
                        match wait(recorder.change(me, change)) {
                            Ok(()) => won.fetch_add(1, Ordering::Relaxed),
                            Err(ApplyError::Stale | ApplyError::Refused) => lost.fetch_add(1, Ordering::Relaxed),
                            Err(other) => panic!("{other:?}"),
                        };
                        wait(recorder.record(me, draft("case.open"))).unwrap();
                        read.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        let (won, read) = (won.into_inner(), read.into_inner());
        assert_eq!(won + lost.into_inner(), 200);
        assert!(won > 0);
        let row = store.reader().unwrap().case_by_id(case.id).unwrap().unwrap();
        assert_eq!(usize::try_from(row.version).unwrap(), won + 1);
        let mark = store.reader().unwrap().high_water(None).unwrap();
        assert_eq!((mark.len(), mark[0].version), (1, row.version));
        assert_eq!(contiguous(&store), won + read);
    });
}
