//! The folder of key files: what it refuses, and what init, status and destroy leave behind.

use super::*;
use channel_panel::seal::SealError;
use channel_panel::seal::key_file::FileKeks;
use channel_panel::seal::key_folder::{Mode, init, rotate, status};
use channel_panel::seal::secret_file::Fault;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};

fn made(mode: Mode) -> (Folder, PathBuf) {
    let folder = Folder::new();
    let keys = folder.keys();
    init(&keys, mode, &[bucket()]).unwrap();
    (folder, keys)
}

fn fault(keys: &Path, mode: Mode) -> Option<Fault> {
    FileKeks::open(keys, mode).err().map(|e| e.fault)
}

fn contents(keys: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> =
        fs::read_dir(keys).unwrap().map(|e| e.unwrap().path()).map(|p| (p.clone(), fs::read(p).unwrap())).collect();
    all.sort();
    all
}

#[test]
fn init_makes_private_files_with_different_keys_and_never_replaces_one() {
    let (_folder, keys) = made(Mode::Serve);
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o7777, 0o700);
    let before = contents(&keys);
    assert_eq!(before.len(), 1 + KeyDomain::ALL.len());
    for (path, _) in &before {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o7777, 0o600, "{}", path.display());
    }
    let secrets: BTreeSet<_> =
        before.iter().map(|(_, b)| String::from_utf8(b.clone()).unwrap().lines().nth(1).unwrap().to_owned()).collect();
    assert_eq!(secrets.len(), before.len());
    let later: Bucket = "2033-Q2".parse().unwrap();
    assert_eq!(init(&keys, Mode::Serve, &[bucket(), later]).unwrap().len(), KeyDomain::ALL.len());
    let after = contents(&keys);
    assert!(before.iter().all(|file| after.contains(file)));
    let shown = format!("{:?}{:?}", status(&keys).unwrap(), FileKeks::open(&keys, Mode::Serve).unwrap());
    assert!(secrets.iter().all(|s| !shown.contains(s)));
    assert_eq!(status(&keys).unwrap().len(), 2 * KeyDomain::ALL.len());
    assert!(status(&keys).unwrap().iter().all(|s| s.fault.is_none()));
}

#[test]
fn a_file_that_others_could_read_is_refused_by_name() {
    let (_folder, keys) = made(Mode::Serve);
    let file = keys.join("health.2033-Q1.kek");
    let root = keys.join("root-mac.key");
    for path in [&file, &root] {
        for mode in [0o640, 0o604, 0o644, 0o660, 0o700, 0o400, 0o4600] {
            set_mode(path, mode);
            let error = FileKeks::open(&keys, Mode::Serve).unwrap_err();
            assert_eq!((error.fault, &error.path), (Fault::Mode, path), "{mode:o}");
            assert!(error.to_string().contains(path.file_name().unwrap().to_str().unwrap()));
        }
        set_mode(path, 0o600);
    }
    for mode in [0o750, 0o705, 0o777] {
        set_mode(&keys, mode);
        assert_eq!(fault(&keys, Mode::Serve), Some(Fault::Mode));
        assert!(init(&keys, Mode::Serve, &[]).is_err() && status(&keys).is_err());
    }
    set_mode(&keys, 0o700);
    assert_eq!(fault(&keys, Mode::Serve), None);
    symlink(&root, keys.join("police.2034-Q1.kek")).unwrap();
    assert_eq!(fault(&keys, Mode::Serve), Some(Fault::NotAFile));
}

#[test]
fn another_owners_file_is_refused() {
    let (_folder, keys) = made(Mode::Serve);
    let file = keys.join("health.2033-Q1.kek");
    // Only root can give a file away; anybody else must be stopped by someone else's folder.
    if chown(&file, Some(65_534), None).is_ok() {
        assert_eq!(fault(&keys, Mode::Serve), Some(Fault::Owner));
        chown(&file, Some(0), None).unwrap();
        chown(&keys, Some(65_534), None).unwrap();
        assert_eq!(fault(&keys, Mode::Serve), Some(Fault::Owner));
    } else {
        assert_eq!(fault(Path::new("/"), Mode::Serve), Some(Fault::Owner));
    }
}

#[test]
fn a_damaged_file_or_one_under_another_name_is_refused() {
    let (_folder, keys) = made(Mode::Serve);
    let (health, police) = (keys.join("health.2033-Q1.kek"), keys.join("police.2033-Q1.kek"));
    let good = fs::read(&health).unwrap();
    fs::copy(&police, &health).unwrap();
    assert_eq!(fault(&keys, Mode::Serve), Some(Fault::Name), "two domains never share a key");
    for at in 0..good.len() {
        fs::write(&health, &good[..at]).unwrap();
        assert!(fault(&keys, Mode::Serve).is_some(), "first {at} bytes");
        let mut bent = good.clone();
        bent[at] ^= 1;
        fs::write(&health, bent).unwrap();
        assert!(fault(&keys, Mode::Serve).is_some(), "byte {at}");
    }
    fs::write(&health, [good.as_slice(), good.as_slice()].concat()).unwrap();
    assert_eq!(fault(&keys, Mode::Serve), Some(Fault::Form));
    assert!(status(&keys).unwrap().iter().any(|s| s.fault == Some(Fault::Form)));
    fs::write(&health, &good).unwrap();
    assert_eq!(fault(&keys, Mode::Serve), None);
    fs::remove_file(keys.join("root-mac.key")).unwrap();
    assert_eq!(fault(&keys, Mode::Serve), Some(Fault::Missing));
    assert_eq!(fault(&keys.join("nowhere"), Mode::Serve), Some(Fault::Missing));
}

#[test]
fn a_demonstrations_keys_and_a_services_do_not_open_each_other() {
    let (_demo, demo) = made(Mode::Demo);
    let (_serve, serve) = made(Mode::Serve);
    assert_eq!(fault(&demo, Mode::Demo), None);
    assert_eq!(fault(&demo, Mode::Serve), Some(Fault::Demo));
    assert_eq!(fault(&serve, Mode::Demo), Some(Fault::NotDemo));
    assert_eq!(init(&serve, Mode::Demo, &[]).unwrap_err().fault, Fault::NotDemo);
    assert_eq!(init(&demo, Mode::Serve, &[]).unwrap_err().fault, Fault::Demo);
    init(&demo, Mode::Demo, &[bucket()]).unwrap();
}

fn open_health(sealer: &Sealer, keys: &WrappedKeys, panel: PanelId, case: Uuid) -> Result<(), SealError> {
    sealer.forget();
    let grant = everything(case);
    let place = Place { panel, case, record: case, category: Category::Health, version: 1 };
    sealer.open(keys, panel, case, &grant, NOW)?.seal_map(&place, &sample()).map(|_| ())
}

#[test]
fn a_key_destroyed_or_opened_to_others_stops_a_running_service_at_once() {
    let (_folder, folder) = made(Mode::Serve);
    let provider = Arc::new(FileKeks::open(&folder, Mode::Serve).unwrap());
    let sealer = Sealer::new(provider.clone(), provider.root().unwrap(), Limits::default()).unwrap();
    let (panel, case) = (PanelId::new(), Uuid::new_v4());
    let keys = sealer.new_keys(panel, case, bucket()).unwrap();
    assert_eq!(open_health(&sealer, &keys, panel, case), Ok(()));
    sealer.health().unwrap();
    let file = folder.join("health.2033-Q1.kek");
    set_mode(&file, 0o644);
    assert_eq!(open_health(&sealer, &keys, panel, case), Err(SealError::Kek(KekError::Unavailable)));
    assert!(sealer.health().is_err());
    set_mode(&file, 0o600);
    assert_eq!(open_health(&sealer, &keys, panel, case), Ok(()));

    // Another process destroys it.
    let kek = KekId::first(KeyDomain::Health, bucket());
    let other = FileKeks::open(&folder, Mode::Serve).unwrap();
    other.destroy(&kek).unwrap();
    other.destroy(&kek).unwrap();
    assert!(!file.exists());
    assert_eq!(open_health(&sealer, &keys, panel, case), Err(SealError::Kek(KekError::Destroyed)));
    assert!(sealer.new_keys(panel, Uuid::new_v4(), bucket()).is_err());
    assert!(init(&folder, Mode::Serve, &[bucket()]).unwrap().is_empty(), "what was destroyed is not made again");
    let seen = status(&folder).unwrap();
    assert_eq!(seen.iter().filter(|s| s.fault == Some(Fault::Destroyed)).map(|s| s.kek).collect::<Vec<_>>(), [kek]);
    sealer.health().unwrap();
    let unknown = KekId::first(KeyDomain::Health, "2050-Q1".parse().unwrap());
    assert_eq!(provider.destroy(&unknown), Err(KekError::UnknownKek));
    assert_eq!(sealer.new_keys(panel, case, unknown.bucket).unwrap_err(), SealError::Kek(KekError::UnknownKek));
}

#[test]
fn a_rotated_bucket_wraps_with_its_newest_key_and_its_old_one_still_opens() {
    let (_folder, folder) = made(Mode::Serve);
    let provider = Arc::new(FileKeks::open(&folder, Mode::Serve).unwrap());
    let sealer = Sealer::new(provider.clone(), provider.root().unwrap(), Limits::default()).unwrap();
    let (panel, case) = (PanelId::new(), Uuid::new_v4());
    let keys = sealer.new_keys(panel, case, bucket()).unwrap();
    let context = UnwrapContext { request: RequestId::new(), permit: [0; 32], purpose: "administration" };
    assert!(sealer.rewrap(&keys, panel, case, &context).unwrap().is_none(), "it is the newest");
    let made = rotate(&folder, Mode::Serve, bucket()).unwrap();
    assert_eq!(made.len(), KeyDomain::ALL.len());
    assert!(made.iter().all(|kek| kek.generation == 2 && kek.to_string().ends_with("2033-Q1.2")), "{made:?}");
    assert!(rotate(&folder, Mode::Serve, "2050-Q1".parse().unwrap()).is_err(), "a bucket without keys");
    assert!(rotate(&folder, Mode::Demo, bucket()).is_err());

    assert_eq!(open_health(&sealer, &keys, panel, case), Ok(()));
    let new = sealer.rewrap(&keys, panel, case, &context).unwrap().unwrap();
    assert_eq!(new.keks().unwrap(), made.iter().copied().collect());
    assert_eq!(open_health(&sealer, &new, panel, case), Ok(()));
    assert!(sealer.rewrap(&new, panel, case, &context).unwrap().is_none());
    assert_eq!(sealer.rewrap(&keys, panel, Uuid::new_v4(), &context).unwrap_err(), SealError::Kek(KekError::Integrity));
    assert_eq!(sealer.new_keys(panel, Uuid::new_v4(), bucket()).unwrap().keks().unwrap(), new.keks().unwrap());

    // Where the newest was destroyed nothing is wrapped with an older one.
    provider.destroy(&made[0]).unwrap();
    let refused = sealer.new_keys(panel, Uuid::new_v4(), bucket()).unwrap_err();
    assert_eq!(refused, SealError::Kek(KekError::Destroyed));
}

#[test]
fn a_key_has_one_name() {
    for good in ["health.2033-Q1", "health.2033-Q1.2", "social_care.2033-Q4.17"] {
        assert_eq!(good.parse::<KekId>().unwrap().to_string(), good);
    }
    for bad in ["health.2033-Q1.1", "health.2033-Q1.02", "health.2033-Q1.", "health.2033-Q1.2.3", "health.2033-Q1.x"] {
        assert!(bad.parse::<KekId>().is_err(), "{bad}");
    }
}
