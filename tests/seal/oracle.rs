//! The bytes against others' arithmetic: RFC 5869's vectors, and a case sealed by a program of another language
//! (Python's `cryptography`, written from `docs/sealing-format.md`) with fixed keys and nonces.

use super::*;
use channel_panel::seal::kdf::hkdf_sha256;
use channel_panel::seal::key_file::FileKeks;
use channel_panel::seal::key_folder::{Mode, init};
use channel_panel::seal::{Mac, SealedMap, chain};

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// RFC 5869, appendix A.1 to A.3.
#[test]
fn hkdf_gives_the_rfcs_keys() {
    let run = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    let cases = [
        (
            vec![0x0b; 22],
            run(0, 0x0c),
            run(0xf0, 0xf9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            run(0, 0x4f),
            run(0x60, 0xaf),
            run(0xb0, 0xff),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c\
             59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71\
             cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            vec![0x0b; 22],
            vec![],
            vec![],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    for (key, salt, info, expected) in cases {
        let expected = unhex(expected);
        let mut out = vec![0; expected.len()];
        hkdf_sha256(&salt, &key, &info, &mut out).unwrap();
        assert_eq!(out, expected);
    }
    assert!(hkdf_sha256(&[], &[], &[], &mut vec![0; 255 * 32 + 1]).is_err());
}

const KEK: &str = "cp-key-v1
000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
096fbc3bdee14215e25a1481cb18494d8ecf3df169f1f657c6f0cce921350c76
";
const KEYS: &str = r#"[{"domain":"health","version":1,"kek":"health.2033-Q1","wrapped":"oKGio6Slpqeoqaqrgn0aSi2iaNQOCOm8dwuyrQTZL2fqzjgX4HNY+f8q94IooR7R8Jyf2gtITYwyvfc2","commit":"MQk8mstVqKN2RgCSbwBkk5OJP1s9+Zw7ox5f57qNBbU="}]"#;
const MAP: &str = r#"{"diagnosis":"AQAAAAEBAQEBAQEBAQEBAQHZvt1+0jvLBvBtmwNxL7ET13X7DxoX67sJR3x2Pr+svYTEeQRrnetKZ38nlGC0/cVbdlrrSex/zNdlf81K8/ma94qxATOkf5qXP4zQT8agHQ==","riskReviewed":"AQAAAAECAgICAgICAgICAgJJPEp2SqGt+dT/Rcu6zCHDXDgbFVuxEEDwTJ3+kPVT6/1a/nFPiKhayMSaX4xhsJ/J5IciKW/9gPw9FcDmlR9C6T3/KsJ1h57NsBQZ338COg=="}"#;

#[test]
fn a_case_sealed_by_another_program_opens() {
    let folder = Folder::new();
    let path = folder.keys();
    init(&path, Mode::Serve, &[]).unwrap();
    let file = path.join("health.2033-Q1.kek");
    std::fs::write(&file, KEK).unwrap();
    set_mode(&file, 0o600);
    let sealer = sealer(Arc::new(FileKeks::open(&path, Mode::Serve).unwrap()), Limits::default());
    let id = |digit: &str| Uuid::parse_str(&"########-####-4###-8###-############".replace('#', digit)).unwrap();
    let (panel, case, record) = (PanelId(id("1")), id("2"), id("3"));
    let grant = everything(case);
    let keys = WrappedKeys::from_stored(KEYS.to_owned());
    let ring = sealer.open(&keys, panel, case, &grant, NOW).unwrap();
    let sealed = SealedMap::from_stored(MAP.to_owned());
    let opened =
        ring.open_map(&Place { panel, case, record, category: Category::Health, version: 7 }, &sealed).unwrap();
    assert_eq!(opened, map(json!({ "diagnosis": "none known", "riskReviewed": true })));
    assert_eq!(sealed.digest().to_vec(), unhex("ee54d13650999bee407ba11e1d24242f022b043bab67a378dc76a6d61bf50885"));
    let linked = chain([0; 32], record, 7, sealed.digest());
    assert_eq!(linked.to_vec(), unhex("ded4b109e0f4325268b03c75c25f1f53374c334bf6185a291cabf124acde602f"));
}

#[test]
fn tags_and_tokens_are_those_of_another_program() {
    let root = SecretKey::fill_with(|out| {
        out.fill(9);
        Ok::<(), ()>(())
    });
    let sealer = Sealer::new(Arc::new(Holder::default()), RootKey::new(root.unwrap()), Limits::default()).unwrap();
    let tag = unhex("727ca8b217480ce198b9b231acac5de769b8553dfbeed70ea7253f4befa0f13e");
    assert_eq!(sealer.tag("case-header-v1", b"bytes").to_vec(), tag);
    assert_eq!(sealer.etag("view", b"bytes"), "AAjqiPP0NchT3AoIyfVsGQ");
    let token = "AQABAgMEBQYHCAkKCwwNDg-goaKjpKWmp6ipqqs6DbXzXp3JK4LtF6dHqtaeeNcF3wV2";
    assert_eq!(sealer.open_token("cursor", token).unwrap(), b"page 2");
}
