//! `ledger rotate-key`: the log's next key is made and announced; later the old one is retired. With the signing service stopped.
//! No private key may be printed, and the signer's memory is never touched.

use super::keys::beside;
use super::{Failed, plan};
use crate::app::compose::Plan;
use crate::app::rotate_log_key::{announce, may_retire, retire};
use crate::ledger::key_files::{load_keys, make_next, promote};
use crate::ledger::signer::Signer;
use std::path::Path;
use std::process::ExitCode;

/// Where the log is signed, and by nobody else meanwhile: the lock, and that no alarm stands.
fn signing(config: &Path) -> Result<(Plan, Signer), Failed> {
    let (_, plan) = plan::read(config)?;
    if !plan.signs {
        return Err(Failed::from(
            "the key is changed where the log is signed; copy log.key from there when that is done",
        ));
    }
    let key = load_keys(&plan.signer, &plan.origin)?.current;
    let signer = Signer::open(&plan.signer, key)?;
    Ok((plan, signer))
}

pub fn retire_formers(config: &Path) -> Result<ExitCode, Failed> {
    let (plan, signer) = signing(config)?;
    match beside(plan, |service, runtime| runtime.block_on(retire(service, signer.key())))? {
        0 => println!("no former key is believed any more"),
        count => {
            println!("{count} former key{} retired: the log says so from now on", if count == 1 { "" } else { "s" })
        }
    }
    drop(signer);
    Ok(ExitCode::SUCCESS)
}

pub fn run(config: &Path, finish: bool, destroy: bool) -> Result<ExitCode, Failed> {
    let (plan, signer) = signing(config)?;
    let (folder, origin) = (plan.signer.clone(), plan.origin.clone());
    if finish {
        let next = load_keys(&folder, &origin)?.next;
        let next = next.ok_or("there is no next key: begin with `ledger rotate-key`")?.vkey().clone();
        beside(plan, |service, _| may_retire(service, &next))?;
        match promote(&folder, &origin, destroy)? {
            Some(kept) => println!("the old key signs no more and is kept as {}", kept.display()),
            None => println!("the old key is destroyed"),
        }
        println!("when every instance has the new one: channel-panel ledger rotate-key --retire");
        println!("the log's public key: {next}");
    } else {
        let next = make_next(&folder, &origin)?;
        let keys = load_keys(&folder, &origin)?;
        let signing = keys.next.ok_or("the next key cannot be read back")?;
        beside(plan, |service, runtime| runtime.block_on(announce(service, &signing)))?;
        println!("from the next start on both keys sign; give the auditors and witnesses the new public key:");
        println!("{next}");
        println!("when they have it: channel-panel ledger rotate-key --finish");
    }
    drop(signer);
    Ok(ExitCode::SUCCESS)
}
