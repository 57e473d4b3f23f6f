//! Letters over SMTP, to a server that answers as it likes: what is sent, what is tried again and when, and what nobody loses.

use crate::harness::{Conduct, MailServer, Opening, Running, posted, stopped_on_both};
use crate::store::wait;
use channel_panel::access::PersonKind;
use channel_panel::app::compose::Composed;
use channel_panel::app::jobs::deliver;
use channel_panel::app::notices::{Kind, letters, tell, unsent};
use channel_panel::app::service::Service;
use channel_panel::app::suspend::{Who, Whom, suspend};
use channel_panel::config::Smtp;
use channel_panel::demo::seats::Seat;
use channel_panel::store::rows::{NoticeRow, NoticeState};
use std::os::unix::fs::PermissionsExt;
use uuid::Uuid;

fn posting(running: &Running, smtp: Smtp) -> Composed {
    running.beside_posting(posted(Some(smtp))).unwrap()
}

/// A letter for the coordinator, as the outbox takes it.
fn write(running: &Running, service: &Service, seat: Seat) -> NoticeRow {
    let panel = running.borough.panel;
    let about = (Uuid::new_v4(), String::new());
    let row = letters(service, panel, [running.borough.person(seat)], &Kind::Papers(None), about).unwrap().remove(0);
    service.store.writer().unwrap().transaction(|tx| tell(tx, std::slice::from_ref(&row))).unwrap();
    row
}

fn later(service: &Service, seconds: i64) {
    service.clock.stop_at(service.clock.instant().plus_seconds(seconds));
}

fn sent(service: &Service) -> usize {
    deliver::run(service).unwrap()
}

/// Of what was not sent: its state, and how often it was tried.
fn left(service: &Service) -> Vec<(NoticeState, u32)> {
    unsent::list(service).unwrap().into_iter().map(|row| (row.state, row.attempts)).collect()
}

fn message_id(text: &str) -> &str {
    text.lines().find(|line| line.starts_with("Message-ID: ")).expect("every letter has one")
}

#[test]
fn nothing_is_said_to_a_server_before_it_has_shown_whose_it_is() {
    stopped_on_both(|running| {
        let (tls, starts, clear) = (Opening::Tls, Opening::StartTls, Opening::Clear);
        for opening in [tls, starts] {
            let server = MailServer::start(opening);
            let composed = posting(running, server.smtp());
            write(running, &composed.service, Seat::Coordinator);
            assert_eq!(sent(&composed.service), 1, "{opening:?}");
            assert_eq!((server.taken().len(), server.signed_in().len()), (1, 1));
            assert!(server.in_clear().iter().all(|line| line.starts_with("EHLO ") || line == "STARTTLS"));
            let text = &server.taken()[0];
            assert!(text.contains("\r\nTo: <coordinator@brackenmere.invalid>\r\n"));
            assert!(text.starts_with("From: Channel Panel <service@channel-panel.test>\r\nReply-To: <desk@"));
        }
        // One that offers no TLS; one that nobody vouches for; one of another name.
        let other = MailServer::start(tls);
        for (opening, vouched, host) in
            [(clear, true, "127.0.0.1"), (tls, false, "127.0.0.1"), (tls, true, "localhost")]
        {
            let server = MailServer::start(opening);
            let authorities = Some(if vouched { server.authorities() } else { other.authorities() });
            let composed = posting(running, Smtp { authorities, host: host.to_owned(), ..server.smtp() });
            let row = write(running, &composed.service, Seat::Coordinator);
            assert_eq!(sent(&composed.service), 0, "{opening:?} {vouched} {host}");
            assert_eq!((server.taken(), server.signed_in()), (Vec::new(), Vec::new()));
            assert!(server.in_clear().iter().all(|line| line.starts_with("EHLO ") || line == "QUIT"));
            assert_eq!(left(&composed.service), [(NoticeState::Waiting, 1)], "it is not lost");
            let dropped = |tx: &mut channel_panel::store::Tx<'_>| {
                tx.settle_notice(&row, NoticeState::Dropped, composed.service.clock.instant())
            };
            composed.service.store.writer().unwrap().transaction(dropped).unwrap();
        }
    });
}

#[test]
fn what_a_server_answers_decides_what_becomes_of_a_letter() {
    stopped_on_both(|running| {
        let server = MailServer::start(Opening::Tls);
        let composed = posting(running, server.smtp());
        let service = &composed.service;
        service.clock.stop_at(service.clock.instant());
        // Not now: after a minute, and then after two.
        server.behave(Conduct::Later);
        write(running, service, Seat::Coordinator);
        write(running, service, Seat::Chair);
        assert_eq!((sent(service), left(service)), (0, vec![(NoticeState::Waiting, 1); 2]), "both were tried");
        later(service, 59);
        assert_eq!((sent(service), left(service)), (0, vec![(NoticeState::Waiting, 1); 2]), "not before");
        later(service, 1);
        assert_eq!((sent(service), left(service)), (0, vec![(NoticeState::Waiting, 2); 2]));
        server.behave(Conduct::Take);
        later(service, 119);
        assert_eq!(sent(service), 0, "a longer wait than before");
        later(service, 1);
        assert_eq!((sent(service), sent(service), server.taken().len()), (2, 0, 2));
        // Never: given up, and to be seen, until somebody says to try again.
        for (refusal, count) in [(Conduct::Refuse, 3), (Conduct::RefuseText, 4)] {
            server.behave(refusal);
            let row = write(running, service, Seat::Coordinator);
            assert_eq!((sent(service), left(service)), (0, vec![(NoticeState::Refused, 1)]));
            later(service, 30 * 24 * 60 * 60);
            assert_eq!((sent(service), left(service)), (0, vec![(NoticeState::Refused, 1)]), "not tried, not gone");
            server.behave(Conduct::Take);
            assert_eq!((unsent::again(service).unwrap(), sent(service)), (1, 1));
            assert!(server.taken().len() == count && server.taken()[count - 1].contains(&row.id.to_string()));
        }
        // What is wrong with the road is no letter's fault: neither is given up, and the second is not tried.
        for fault in [Conduct::NoEntry, Conduct::NoSender] {
            let before = server.taken().len();
            server.behave(fault);
            write(running, service, Seat::Coordinator);
            write(running, service, Seat::Chair);
            assert_eq!(sent(service), 0);
            let mut tried: Vec<u32> = left(service).into_iter().map(|(_, tries)| tries).collect();
            tried.sort_unstable();
            assert_eq!(tried, [0, 1], "{fault:?}");
            server.behave(Conduct::Take);
            later(service, 60);
            assert_eq!((sent(service), server.taken().len(), left(service)), (2, before + 2, Vec::new()));
        }
    });
}

#[test]
fn a_line_that_breaks_costs_no_letter_and_makes_a_second_only_where_nobody_can_know() {
    stopped_on_both(|running| {
        let server = MailServer::start(Opening::StartTls);
        let composed = posting(running, server.smtp());
        let service = &composed.service;
        service.clock.stop_at(service.clock.instant());
        // Before the end of the letter: it cannot have been taken.
        server.behave(Conduct::Leave);
        write(running, service, Seat::Coordinator);
        assert_eq!((sent(service), left(service)), (0, vec![(NoticeState::Waiting, 1)]));
        server.behave(Conduct::Take);
        later(service, 60);
        assert_eq!((sent(service), server.taken().len()), (1, 1));
        // After it, and before the answer: it may have been, and is sent again under the same name.
        server.behave(Conduct::TakeAndLeave);
        write(running, service, Seat::Coordinator);
        assert_eq!((sent(service), left(service)), (0, vec![(NoticeState::Waiting, 1)]));
        server.behave(Conduct::Take);
        later(service, 60);
        assert_eq!((sent(service), left(service)), (1, Vec::new()));
        let taken = server.taken();
        assert_eq!((taken.len(), &taken[1]), (3, &taken[2]), "word for word, so that a mailbox can tell");
        assert_eq!(message_id(&taken[1]), message_id(&taken[2]));
        assert_ne!(message_id(&taken[0]), message_id(&taken[1]));
        // A process that dies with a letter in hand: the next takes it up when it can be nobody's any more.
        let row = write(running, service, Seat::Coordinator);
        let until = service.clock.instant().plus_seconds(600);
        service.store.writer().unwrap().transaction(|tx| tx.claim_notice(&row, until)).unwrap();
        assert_eq!((sent(service), server.taken().len()), (0, 3));
        later(service, 600);
        assert_eq!((sent(service), sent(service), server.taken().len()), (1, 0, 4));
    });
}

#[test]
fn two_instances_send_each_letter_once() {
    stopped_on_both(|running| {
        let server = MailServer::start(Opening::Tls);
        let (one, other) = (posting(running, server.smtp()), posting(running, server.smtp()));
        for _ in 0..12 {
            write(running, &one.service, Seat::Coordinator);
        }
        std::thread::scope(|scope| {
            let runs = [&one, &other].map(|composed| scope.spawn(|| sent(&composed.service)));
            assert_eq!(runs.map(|run| run.join().unwrap()).iter().sum::<usize>(), 12);
        });
        let mut ids: Vec<String> = server.taken().iter().map(|text| message_id(text).to_owned()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((ids.len(), server.taken().len(), left(&one.service)), (12, 12, Vec::new()));
    });
}

#[test]
fn somebody_who_is_suspended_gets_nothing() {
    stopped_on_both(|running| {
        let server = MailServer::start(Opening::Tls);
        let composed = posting(running, server.smtp());
        let service = &composed.service;
        let who = running.borough.person(Seat::Coordinator);
        write(running, service, Seat::Coordinator);
        write(running, service, Seat::Chair);
        wait(suspend(service, Whom::Person(PersonKind::Person, Who::Id(who)), true)).unwrap();
        assert_eq!((sent(service), left(service)), (1, Vec::new()));
        assert!(server.taken()[0].contains("To: <chair@"), "the negative control");
        // And nobody whose letter was planted, or changed.
        let row = write(running, service, Seat::Chair);
        let planted = NoticeRow { id: Uuid::new_v4(), thing: Uuid::new_v4(), ..row };
        service.store.writer().unwrap().transaction(|tx| tell(tx, &[planted])).unwrap();
        assert_eq!((sent(service), left(service)), (1, vec![(NoticeState::Refused, 1)]));
    });
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_and_says_why() {
    stopped_on_both(|running| {
        let server = MailServer::start(Opening::Tls);
        let good = server.smtp();
        let credentials = good.credentials.clone().unwrap();
        let why = |smtp: &Smtp| running.beside_posting(posted(Some(smtp.clone()))).unwrap_err().to_string();
        assert!(running.beside_posting(server.notices()).is_ok());
        std::fs::write(&credentials, "only one line\n").unwrap();
        assert!(why(&good).contains("two lines"));
        std::fs::set_permissions(&credentials, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(why(&good).contains("mode 0600"));
        let nowhere = Some(credentials.with_file_name("nowhere.pem"));
        assert!(why(&Smtp { authorities: nowhere, credentials: None, ..good }).contains("authorities"));
        let mut both = server.notices();
        both.files = Some(credentials.with_file_name("outbox"));
        assert!(running.beside_posting(both).is_err());
        let from = "Somebody <a@b.uk>\r\nBcc: c@d.uk".to_owned();
        let told = running.beside_posting(channel_panel::config::Notices { from, ..server.notices() });
        assert!(!told.unwrap_err().to_string().contains("Bcc"));
    });
}
