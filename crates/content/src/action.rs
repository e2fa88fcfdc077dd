//! Actions, each with its runner type, the schemas of all its parameters, and their check.

use std::{path::PathBuf, sync::Arc};

use model::{Action, Id, Object, Pack, Runner, RunnerType, execution::Snapshot};
use python::schema::Compiled;

use crate::{Catalog, Items, Kind, Registry};

/// An action, ready to be requested.
#[derive(Debug)]
pub struct Registered {
    /// The action with its runner type; with a disabled one where the runner does not exist here.
    pub snapshot: Arc<Snapshot>,
    /// Whether the runner exists here.
    pub is_runnable: bool,
    /// The schemas of all its parameters.
    pub parameters: Object,
    /// The check of a request's parameters, or what is wrong with their schema.
    pub check: Result<Compiled, String>,
    /// The directory of its pack.
    pub pack_dir: PathBuf,
}

impl Registered {
    /// Makes an action ready to be requested.
    pub(crate) fn new(
        action: Action,
        packs: &Registry<Pack>,
        runner_types: &Registry<RunnerType>,
    ) -> Self {
        let pack_dir = packs.get(&action.pack).map(|pack| PathBuf::from(&pack.path));
        let runner_type = runner_types.get(&action.runner_type);
        let is_runnable = runner_type.is_some() && action.runner().is_some();
        let runner = runner_type.map_or_else(|| missing(&action), |one| RunnerType::clone(one));
        let parameters = action.merged_parameters(&runner);
        let description = Some(action.description.as_str());
        let check = Compiled::of_action(&action.name, description, &parameters)
            .map_err(|error| error.to_string());
        let snapshot = Arc::new(Snapshot::new(action, runner));
        Self { snapshot, is_runnable, parameters, check, pack_dir: pack_dir.unwrap_or_default() }
    }

    /// Returns the action.
    pub fn action(&self) -> &Action {
        &self.snapshot.action
    }
}

/// Describes a runner type that does not exist here, so that the action can still be shown.
fn missing(action: &Action) -> RunnerType {
    let mut runner = RunnerType::shipped(Runner::Noop, action.id);
    runner.name.clone_from(&action.runner_type);
    runner.description = "This runner type does not exist here.".to_owned();
    runner.enabled = false;
    runner
}

impl Kind for Registered {
    const NAME: &'static str = pack::Kind::Action.as_str();
    const PLURAL: &'static str = "actions";
    const RESOURCE: access::Kind = access::Kind::Action;

    type Index = ();

    fn id(&self) -> Id {
        self.action().id
    }

    fn reference(&self) -> String {
        self.action().reference().to_string()
    }

    fn index(_: &Items<Self>) -> Self::Index {}

    fn registry(catalog: &Catalog) -> &Registry<Self> {
        &catalog.actions
    }

    fn registry_mut(catalog: &mut Catalog) -> &mut Registry<Self> {
        &mut catalog.actions
    }
}
