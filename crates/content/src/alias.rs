//! Aliases, and the matcher of sentences that is compiled from all of them.

use alias::{Complaint, Matcher};
use model::{ActionAlias, Id};

use crate::{Catalog, Editable, Items, Kind, Registry};

/// What is compiled from all aliases.
#[derive(Debug)]
pub struct Index {
    /// Finds the alias that a sentence means.
    pub matcher: Matcher,
    /// The formats that cannot be matched.
    pub complaints: Vec<Complaint>,
}

impl Kind for ActionAlias {
    const NAME: &'static str = pack::Kind::Alias.as_str();
    const PLURAL: &'static str = "aliases";
    const RESOURCE: access::Kind = access::Kind::Alias;

    type Index = Index;

    fn id(&self) -> Id {
        self.id
    }

    fn reference(&self) -> String {
        self.reference().to_string()
    }

    fn index(items: &Items<Self>) -> Index {
        let (matcher, complaints) = Matcher::build(items.values().cloned().collect());
        Index { matcher, complaints }
    }

    fn registry(catalog: &Catalog) -> &Registry<Self> {
        &catalog.aliases
    }

    fn registry_mut(catalog: &mut Catalog) -> &mut Registry<Self> {
        &mut catalog.aliases
    }
}

impl Editable for ActionAlias {
    fn metadata_file(&self) -> &str {
        &self.metadata_file
    }
}
