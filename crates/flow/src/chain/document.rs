//! The result of a chain, as its execution shows it.

use serde_json::{Map, Value, json};

use super::{Chain, Task, is_waiting};

impl Chain {
    /// Returns the result: the tasks that have ended, are paused or pending, and what was published.
    ///
    /// An execution that is paused shows it too.
    #[must_use]
    pub fn result(&self) -> Value {
        let mut result = Map::new();
        let is_alone = self.failure.as_ref().is_some_and(|failure| failure.is_alone);
        if !is_alone {
            let tasks = self.tasks.iter().filter(|task| task.is_shown()).map(Task::to_value);
            result.insert("tasks".to_owned(), tasks.collect());
        }
        if !is_alone && self.options.display_published {
            let published = self.vars.iter().filter(|(_, var)| var.is_published);
            let copy = published.map(|(name, var)| (name.to_string(), (*var.value).clone()));
            result.insert("published".to_owned(), Value::Object(copy.collect()));
        }
        if let Some(failure) = &self.failure {
            result.insert("error".to_owned(), failure.error.clone().into());
            result.insert("traceback".to_owned(), failure.traceback.clone().into());
        }
        Value::Object(result)
    }
}

impl Task {
    fn is_shown(&self) -> bool {
        self.state.is_completed() || is_waiting(self.state)
    }

    fn to_value(&self) -> Value {
        json!({
            "id": &*self.name,
            "name": &*self.name,
            "execution_id": self.child.as_ref().map(|child| &*child.execution),
            "liveaction_id": self.child.as_ref().map(|child| &*child.liveaction),
            "workflow": null,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "state": self.state,
            "result": &*self.result,
        })
    }
}
