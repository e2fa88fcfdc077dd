//! Runner types: those of Squall itself.

use model::{Id, RunnerType};

use crate::{Catalog, Items, Kind, Registry};

impl Kind for RunnerType {
    const NAME: &'static str = "runner";
    const PLURAL: &'static str = "runners";
    const RESOURCE: access::Kind = access::Kind::RunnerType;

    type Index = ();

    fn id(&self) -> Id {
        self.id
    }

    fn reference(&self) -> String {
        self.name.clone()
    }

    fn index(_: &Items<Self>) -> Self::Index {}

    fn registry(catalog: &Catalog) -> &Registry<Self> {
        &catalog.runner_types
    }

    fn registry_mut(catalog: &mut Catalog) -> &mut Registry<Self> {
        &mut catalog.runner_types
    }
}
