//! Inspection: the flaws of a definition, found before it runs.
//!
//! The findings are those of Orquesta, at the same locations: against its schema (`syntax`), in the
//! transitions between the tasks (`semantics`), expressions that do not parse (`expressions`), and
//! variables that are read before anything sets them (`context`). Orquesta finds some of them
//! several times, and its work may double with each task; here each is found once, in time that
//! grows with the definition. Some definitions end Orquesta's inspection with an exception; what
//! can be found is found all the same, and [`Inspection::raises`] says so.
//!
//! Definitions that run and are most likely a mistake are the subject of [`advice`].

use expr::document::Language;
use serde_json::{Map, Value, json};

use crate::spec::Error;

mod advice;
mod context;
mod expressions;
mod graph;
mod location;
mod names;
mod reach;
mod semantics;
mod syntax;
mod view;

pub use advice::advice;

/// A flaw in a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub message: String,
    /// Its location, such as `tasks.task1.next[0].do`; empty for the definition as a whole.
    pub spec_path: String,
    /// The part of Orquesta's schema that describes the place.
    pub schema_path: String,
    /// The language of the expression; none for other findings, and where a text mixes both.
    pub language: Option<Language>,
    /// The expression, or the whole text that holds it.
    pub expression: Option<String>,
    /// What to do about it, where the message does not say so.
    pub hint: Option<String>,
}

/// What an inspection looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Variables.
    Context,
    /// Expressions.
    Expression,
    /// Tasks and the transitions between them.
    Semantic,
    /// The form of the definition.
    Syntax,
}

impl Kind {
    /// Returns the name that clients know.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Context => "context",
            Self::Expression => "expression",
            Self::Semantic => "semantic",
            Self::Syntax => "syntax",
        }
    }
}

/// All findings, each list sorted by location in the schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What the schema refuses.
    pub syntax: Vec<Finding>,
    /// Flaws of the tasks and the transitions between them.
    pub semantics: Vec<Finding>,
    /// Expressions that do not parse.
    pub expressions: Vec<Finding>,
    /// Variables that are read before they are set, or are private.
    pub context: Vec<Finding>,
    /// Why only the syntax could be checked.
    pub refused: Option<Error>,
    /// Whether Orquesta's own inspection ends with an exception.
    pub raises: bool,
}

impl Inspection {
    /// Tells whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.list().is_empty()
    }

    /// Returns all findings, sorted as StackStorm lists them: by kind, then by location in the schema.
    ///
    /// A definition that could not be checked is a finding too, unless the syntax has one.
    #[must_use]
    pub fn list(&self) -> Vec<(Kind, Finding)> {
        let mut syntax = self.syntax.clone();
        if let Some(refused) = &self.refused {
            let is_known = |finding: &Finding| finding.spec_path.starts_with(&refused.path);
            if !syntax.iter().any(is_known) {
                syntax.push(Finding::new(&refused.path, "", refused.message.clone()));
            }
        }
        let of = |kind: Kind, findings: &[Finding]| {
            findings.iter().map(|finding| (kind, finding.clone())).collect::<Vec<_>>()
        };
        [
            of(Kind::Context, &self.context),
            of(Kind::Expression, &self.expressions),
            of(Kind::Semantic, &self.semantics),
            of(Kind::Syntax, &syntax),
        ]
        .concat()
    }
}

impl Finding {
    fn new(spec_path: &str, schema_path: &str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            spec_path: spec_path.to_owned(),
            schema_path: schema_path.to_owned(),
            language: None,
            expression: None,
            hint: None,
        }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl Finding {
    /// Returns the finding as StackStorm's API shows it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let path = |path: &str| if path.is_empty() { Value::Null } else { path.into() };
        let mut entry = json!({
            "message": self.message,
            "spec_path": path(&self.spec_path),
            "schema_path": path(&self.schema_path),
        });
        if let Some(expression) = &self.expression {
            entry["language"] = self.language.map(Language::name).into();
            entry["expression"] = expression.as_str().into();
        }
        entry
    }
}

/// Answers as Orquesta's inspection does: what it finds, or that it ends with an exception.
///
/// # Errors
/// Fails where Orquesta's inspection ends with an exception.
pub fn answer(definition: &Value) -> Result<Value, String> {
    let found = inspect(definition);
    if found.raises {
        return Err(found.refused.map_or_else(
            || "a task that does not exist stands in the way of the inspection".to_owned(),
            |refused| refused.to_string(),
        ));
    }
    let lists = [
        ("syntax", found.syntax),
        ("semantics", found.semantics),
        ("expressions", found.expressions),
        ("context", found.context),
    ];
    let mut all = Map::new();
    for (name, findings) in lists.into_iter().filter(|(_, findings)| !findings.is_empty()) {
        let entry = |finding: &Finding| {
            let mut entry = finding.to_json();
            if let Some(map) = entry.as_object_mut()
                && let Some(language) = map.shift_remove("language")
            {
                map.insert("type".to_owned(), language);
            }
            entry
        };
        all.insert(name.to_owned(), findings.iter().map(entry).collect());
    }
    Ok(Value::Object(all))
}

/// Inspects a definition as it stands.
#[must_use]
pub fn inspect(definition: &Value) -> Inspection {
    inspect_within(definition, &[])
}

/// Inspects a definition that runs where some variables are set already.
#[must_use]
pub fn inspect_within(definition: &Value, variables: &[&str]) -> Inspection {
    let mut inspection = Inspection { syntax: syntax::check(definition), ..Inspection::default() };
    match view::read(definition) {
        Ok(view) => {
            let graph = graph::Graph::new(&view);
            let (semantics, raises) = semantics::check(&graph);
            inspection.semantics = semantics;
            inspection.raises = raises;
            inspection.expressions = expressions::check(&view);
            inspection.context = context::check(&graph, variables);
        }
        Err(refused) => {
            inspection.refused = Some(refused);
            inspection.raises = true;
        }
    }
    let Inspection { syntax, semantics, expressions, context, .. } = &mut inspection;
    for findings in [syntax, semantics, expressions, context] {
        findings
            .sort_by(|a, b| (&a.schema_path, &a.spec_path).cmp(&(&b.schema_path, &b.spec_path)));
        findings.dedup();
    }
    inspection
}
