//! Papers that are made from code say what the code says.

use channel_panel::casework::state::Stage;
use channel_panel::casework::transitions::{all, document};
use std::path::PathBuf;

fn docs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

#[test]
fn transitions_md_is_the_table() {
    let path = docs("transitions.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, document()).expect("written");
    }
    let written = std::fs::read_to_string(&path).expect("docs/transitions.md");
    assert!(written == document(), "docs/transitions.md is not the table; run with UPDATE_GOLDEN=1");
}

#[test]
fn states_md_names_every_stage_and_only_transitions_that_exist() {
    let text = std::fs::read_to_string(docs("states.md")).expect("docs/states.md");
    for stage in Stage::ALL {
        assert!(text.contains(&format!("`{}`", stage.name())), "{} is not in docs/states.md", stage.name());
    }
    for t in all() {
        assert!(text.contains(&format!("`{}`", t.name)), "{} is not in docs/states.md", t.name);
    }
}
