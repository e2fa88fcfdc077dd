//! Roots of packs to the nouns of the model, and every complaint about them at once.
//!
//! A root is a folder of packs; a pack that stands in two roots is taken from the first. A bad
//! file never hides the good ones. Content is what StackStorm would register: the same files,
//! the same checks, the same verdicts.

mod action;
mod alias;
mod config;
pub(crate) mod discover;
mod explain;
mod kind;
mod overrides;
mod pack_file;
mod policy;
mod rule;
mod sensor;
pub mod shape;
mod source;
mod trigger;
mod types;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use model::{Action, ActionAlias, Id, Object, Pack, Ref, Rule, TriggerType};
use serde_json::Value;

pub use self::kind::Kind;
pub use self::rule::{OPERATORS, trigger_reference};

use self::{discover::Found, overrides::Overrides, source::Source, types::Types};
use crate::complaint::{Complaint, Level};

/// Gives the id of a thing: the one that it has already, or a new one. Asked once for each
/// thing that is loaded, by its kind and its reference (for a pack, the pack's).
pub type Ids<'a> = dyn FnMut(Kind, &str) -> Id + 'a;

/// Everything that was loaded, sorted by root, pack and file.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The packs, each with the schema of its configuration.
    pub packs: Vec<Pack>,
    /// The actions.
    pub actions: Vec<Action>,
    /// The aliases.
    pub aliases: Vec<ActionAlias>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The trigger types of `triggers/` and of sensors.
    pub trigger_types: Vec<TriggerType>,
    /// The sensors.
    pub sensors: Vec<Raw>,
    /// The policies.
    pub policies: Vec<Raw>,
    /// Every file that was looked at, with its verdict.
    pub files: Vec<File>,
    /// Everything that is wrong, file by file.
    pub complaints: Vec<Complaint>,
}

/// Content that is kept as it was written, with defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// The id.
    pub id: Id,
    /// The reference.
    pub reference: Ref,
    /// Whether it is in force.
    pub enabled: bool,
    /// The document.
    pub document: Object,
}

impl Raw {
    fn reference(&self) -> Ref {
        self.reference.clone()
    }
}

/// A file that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The file.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// The reference of what it describes, when that could be told.
    pub reference: Option<String>,
    /// Why its content is not used; none when it is.
    pub error: Option<String>,
}

/// Loads every pack below the roots.
pub fn load(roots: &[PathBuf], ids: &mut Ids<'_>) -> Loaded {
    let mut loader = Loader::new(ids);
    let mut packs: Vec<Found> = Vec::new();
    let mut seen: HashMap<String, PathBuf> = HashMap::new();
    for root in roots {
        loader.overrides.read(root, &mut loader.loaded.complaints);
        match discover::packs(root) {
            Ok(found) => {
                for pack in found {
                    loader.take_first(pack, &mut seen, &mut packs);
                }
            }
            Err(complaint) => loader.loaded.complaints.push(complaint),
        }
    }
    loader.load(&packs);
    loader.loaded
}

/// Loads one pack that stands by itself: a checkout, say, whose directory has any name. Its
/// content carries the reference that `pack.yaml` gives.
pub fn load_pack(directory: &Path, ids: &mut Ids<'_>) -> Loaded {
    let mut loader = Loader::new(ids);
    let mut pack = discover::pack(directory, true);
    if let Some(reference) = pack_file::own_reference(&pack) {
        pack.name = reference;
    }
    loader.load(&[pack]);
    loader.loaded
}

struct Loader<'a, 'b> {
    ids: &'a mut Ids<'b>,
    overrides: Overrides,
    types: Types,
    /// Which references are taken, and by which file.
    taken: HashMap<(Kind, String), PathBuf>,
    loaded: Loaded,
}

impl<'a, 'b> Loader<'a, 'b> {
    fn new(ids: &'a mut Ids<'b>) -> Self {
        Self {
            ids,
            overrides: Overrides::default(),
            types: Types::default(),
            taken: HashMap::new(),
            loaded: Loaded::default(),
        }
    }

    /// Keeps the pack unless one of its name stands in an earlier root.
    fn take_first(
        &mut self,
        pack: Found,
        seen: &mut HashMap<String, PathBuf>,
        packs: &mut Vec<Found>,
    ) {
        if let Some(first) = seen.get(&pack.name) {
            let message = format!(
                "Pack \"{}\" already found in \"{}\", ignoring content from \"{}\": the first root \
                 wins; remove or rename one of the two",
                pack.name,
                first.display(),
                pack.directory.display()
            );
            let at = python::place::Position::START;
            let file = pack.directory.join("pack.yaml");
            self.loaded.complaints.push(Complaint::new(Level::Warning, file, at, message));
            return;
        }
        seen.insert(pack.name.clone(), pack.directory.clone());
        packs.push(pack);
    }

    /// Loads in StackStorm's order: what rules refer to comes before rules.
    fn load(&mut self, packs: &[Found]) {
        for pack in packs {
            self.pack(pack);
        }
        for pack in packs {
            self.trigger_types(pack);
            self.sensors(pack);
        }
        for pack in packs {
            self.actions(pack);
        }
        for pack in packs {
            self.rules(pack);
            self.aliases(pack);
            self.policies(pack);
        }
        self.loaded.files.sort_by(|one, other| one.path.cmp(&other.path));
        self.loaded.complaints.sort_by(|one, other| {
            let key = |c: &Complaint| (c.file.clone(), c.line, c.column);
            key(one).cmp(&key(other))
        });
    }

    /// Notes the verdict on a file and returns whether its content is used.
    fn finish(&mut self, source: Source, reference: Option<String>) -> bool {
        let refusal = source.complaints.iter().find(|one| one.level == Level::Error);
        let error =
            refusal.map(|one| format!("line {}, column {}: {}", one.line, one.column, one.message));
        let is_used = error.is_none();
        self.loaded.complaints.extend(source.complaints);
        let file = File { path: source.path, kind: source.kind, reference, error };
        self.loaded.files.push(file);
        is_used
    }

    fn id(&mut self, kind: Kind, reference: &str) -> Id {
        (self.ids)(kind, reference)
    }

    /// Warns where a reference is taken already in the same pack: the later file wins, as in
    /// StackStorm.
    fn warn_of_twin(&self, source: &mut Source, object: &Object, reference: &str) {
        let Some(twin) = self.taken.get(&(source.kind, reference.to_owned())) else { return };
        let name = source::text(object, "name");
        let first = twin.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let message = format!(
            "`{name}` is the name of {} in `{first}` already: this file replaces it; rename one of \
             the two",
            source.kind.a()
        );
        source.warn_at_value(&["name".into()], message);
    }

    /// Notes that a reference is taken, and returns whether it was before.
    fn take(&mut self, kind: Kind, reference: &str, path: &Path) -> bool {
        self.taken.insert((kind, reference.to_owned()), path.to_owned()).is_some()
    }
}

/// Returns the reference that a document has, as far as it can be told.
fn reference_of(object: &Object, key: &str, pack: &str) -> Option<String> {
    let name = object.get(key).and_then(Value::as_str).filter(|name| !name.is_empty())?;
    Some(format!("{pack}.{name}"))
}

/// Adds the item; where its reference was taken, it replaces the item that had it.
fn put<T>(items: &mut Vec<T>, item: T, was_taken: bool, reference: impl Fn(&T) -> Ref) {
    if !was_taken {
        items.push(item);
        return;
    }
    let wanted = reference(&item);
    match items.iter_mut().find(|other| reference(other) == wanted) {
        Some(other) => *other = item,
        None => items.push(item),
    }
}
