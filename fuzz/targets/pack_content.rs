//! The files of a pack: each gets a verdict, and every complaint stands in its file.
#![no_main]

use std::{fs, path::PathBuf, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use model::Id;

/// What a file can be; the first character of an input chooses.
const FILES: [&str; 9] = [
    "demo/pack.yaml",
    "demo/config.schema.yaml",
    "demo/actions/case.yaml",
    "demo/aliases/case.yaml",
    "demo/rules/case.yaml",
    "demo/triggers/case.yaml",
    "demo/sensors/case.yaml",
    "demo/policies/case.yaml",
    "overrides/demo.yaml",
];

const PACK: &str = "name: demo\ndescription: d\nversion: 0.1.0\nauthor: a\n";

/// A folder in memory with one pack in it.
static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let root = PathBuf::from("/dev/shm").join(format!("squall-fuzz-{}", std::process::id()));
    let fixed = [
        ("demo/pack.yaml", PACK),
        ("demo/actions/present.yaml", "name: present\nrunner_type: noop\n"),
        ("demo/actions/run.sh", "true\n"),
        ("demo/sensors/case.py", "\n"),
    ];
    for (path, text) in FILES.map(|path| (path, "")).into_iter().chain(fixed) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
    }
    for path in FILES.iter().skip(1) {
        fs::remove_file(root.join(path)).expect("a file");
    }
    root
});

fuzz_target!(|input: &str| {
    let mut characters = input.chars();
    let Some(kind) = characters.next().and_then(|kind| kind.to_digit(10)) else { return };
    let Some(place) = FILES.get(kind as usize) else { return };
    let text = characters.as_str();
    let path = ROOT.join(place);
    fs::write(&path, text).expect("a file");
    let loaded = fuzz::input(|| {
        pack::load(std::slice::from_ref(&*ROOT), &mut |_, _| Id::from_bytes([0; 12]))
    });
    if kind == 0 {
        fs::write(&path, PACK).expect("a file");
    } else {
        fs::remove_file(&path).expect("a file");
    }
    for complaint in &loaded.complaints {
        assert!(complaint.file.starts_with(&*ROOT), "{complaint:?}");
        assert!(complaint.line >= 1 && complaint.line <= text.len() + 2, "{complaint:?}");
        assert!(complaint.column >= 1 && complaint.column <= text.len() + 2, "{complaint:?}");
        assert!(!complaint.message.trim().is_empty(), "{complaint:?}");
    }
    let verdict = loaded.files.iter().find(|file| file.path == path);
    let used = |kind: u32, count: usize, before: usize| {
        let is_good = verdict.is_some_and(|file| file.error.is_none());
        if kind == self::kind(place) {
            assert_eq!(count, before + usize::from(is_good), "{verdict:?}");
        }
    };
    used(2, loaded.actions.iter().filter(|action| action.name != "present").count(), 0);
    used(3, loaded.aliases.len(), 0);
    used(4, loaded.rules.len(), 0);
    used(7, loaded.policies.len(), 0);
    for alias in &loaded.aliases {
        let _document = alias.to_json();
        let _formats = alias.formats();
    }
});

fn kind(place: &str) -> u32 {
    let at = FILES.iter().position(|one| *one == place).unwrap_or_default();
    u32::try_from(at).unwrap_or_default()
}
