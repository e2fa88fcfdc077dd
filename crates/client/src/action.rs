//! Actions: what can be run.

use model::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::{Client, Error, Listing, Page};

impl Client {
    /// Returns a page of the actions.
    pub async fn actions(&self, listing: &Listing) -> Result<Page<Value>, Error> {
        self.list(&["actions"], listing).await
    }

    /// Returns the action with this reference or id.
    pub async fn action(&self, reference: &str) -> Result<Value, Error> {
        self.get(&["actions", reference]).await
    }

    /// Returns the schemas of all parameters of an action, those of its runner included.
    pub async fn action_parameters(&self, reference: &str) -> Result<Object, Error> {
        #[derive(Deserialize)]
        struct View {
            parameters: Object,
        }
        let view: View = self.get(&["actions", "views", "parameters", reference]).await?;
        Ok(view.parameters)
    }
}
