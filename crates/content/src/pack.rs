//! Packs.

use model::{Id, Pack};

use crate::{Catalog, Items, Kind, Registry};

impl Kind for Pack {
    const NAME: &'static str = pack::Kind::Pack.as_str();
    const PLURAL: &'static str = "packs";
    const RESOURCE: access::Kind = access::Kind::Pack;

    type Index = ();

    fn id(&self) -> Id {
        self.id
    }

    fn reference(&self) -> String {
        self.reference.clone()
    }

    fn index(_: &Items<Self>) -> Self::Index {}

    fn registry(catalog: &Catalog) -> &Registry<Self> {
        &catalog.packs
    }

    fn registry_mut(catalog: &mut Catalog) -> &mut Registry<Self> {
        &mut catalog.packs
    }
}
