//! That nothing of a runner is forgotten which the compiler does not miss.

use std::{collections::BTreeSet, fs, path::Path};

fn modules(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn each_run_has_its_tests() {
    let mut runs = modules("src/run");
    assert!(runs.remove("mod"));
    let missing: Vec<_> = runs.difference(&modules("tests/it")).cloned().collect();
    assert!(missing.is_empty(), "there is no tests/it/NAME.rs for {missing:?}");
}
