//! Actions: lists, documents and parameter schemas.

use model::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::{Client, Listing, Page, Reply};

impl Client {
    /// Returns a page of the actions.
    pub fn actions<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Page<Value>> {
        Box::pin(async move { self.list(&["actions"], listing).await })
    }

    /// Returns the action with this reference or id.
    pub fn action<'a>(&'a self, reference: &'a str) -> Reply<'a, Value> {
        Box::pin(async move { self.get(&["actions", reference]).await })
    }

    /// Returns the schemas of the parameters of an action, including those of its runner.
    pub fn action_parameters<'a>(&'a self, reference: &'a str) -> Reply<'a, Object> {
        Box::pin(async move {
            #[derive(Deserialize)]
            struct View {
                parameters: Object,
            }
            let view: View = self.get(&["actions", "views", "parameters", reference]).await?;
            Ok(view.parameters)
        })
    }
}
