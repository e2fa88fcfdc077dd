//! Locations: a path into the definition, and the path of its description in the schema.

/// A location in a definition.
#[derive(Debug, Clone, Default)]
pub(super) struct Location {
    pub(super) spec: String,
    pub(super) schema: String,
}

impl Location {
    /// Returns the location of the tasks.
    pub(super) fn tasks() -> Self {
        Self::default().property("tasks")
    }

    /// Returns the location of a property that the schema knows.
    pub(super) fn property(&self, name: &str) -> Self {
        let spec = dotted(&self.spec, name);
        Self { spec, schema: dotted(&dotted(&self.schema, "properties"), name) }
    }

    /// Returns the location of a name that the schema knows by its pattern.
    pub(super) fn named(&self, name: &str) -> Self {
        let schema = dotted(&self.schema, "patternProperties.^\\w+$");
        Self { spec: dotted(&self.spec, name), schema }
    }

    /// Returns the location of an item of a list.
    pub(super) fn item(&self, index: usize) -> Self {
        Self { spec: format!("{}[{index}]", self.spec), schema: dotted(&self.schema, "items") }
    }

    /// Returns the location of an item that stands in for its list.
    pub(super) fn element(&self, index: usize) -> Self {
        Self { spec: format!("{}[{index}]", self.spec), schema: self.schema.clone() }
    }

    /// Returns the location with the keyword that says what must hold there.
    pub(super) fn keyword(&self, keyword: &str) -> String {
        dotted(&self.schema, keyword)
    }
}

fn dotted(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
