//! Packs: directories of content.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Id, Object};

/// A pack as it is registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// The id.
    pub id: Id,
    /// The reference, which begins the references of its content.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The displayed name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The version, as semantic versioning has it.
    pub version: String,
    /// The author.
    pub author: String,
    /// The author's e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Keywords for searches.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// The StackStorm versions that it requires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stackstorm_version: Option<String>,
    /// The Python versions that it requires.
    #[serde(default)]
    pub python_versions: Vec<String>,
    /// The contributors.
    #[serde(default)]
    pub contributors: Vec<String>,
    /// The packs that it depends on.
    #[serde(default)]
    pub dependencies: Vec<String>,
    /// The system packages that it depends on.
    #[serde(default)]
    pub system: Object,
    /// Its files, relative to its directory.
    pub files: Vec<String>,
    /// Its directory.
    pub path: String,
    /// The schema of its configuration.
    #[serde(default)]
    pub config_schema: Object,
}

impl Pack {
    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        let mut document = json!({
            "ref": self.reference,
            "uid": format!("pack:{}", self.reference),
            "name": self.name,
            "description": self.description,
            "keywords": self.keywords,
            "version": self.version,
            "stackstorm_version": self.stackstorm_version,
            "python_versions": self.python_versions,
            "author": self.author,
            "email": self.email,
            "contributors": self.contributors,
            "files": self.files,
            "dependencies": self.dependencies,
            "system": self.system,
            "path": self.path,
            "id": self.id,
        });
        if let Some(object) = document.as_object_mut() {
            object.retain(|_, value| !value.is_null());
        }
        document
    }
}
