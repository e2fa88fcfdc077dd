//! The tasks that are ready, with their actions evaluated.

use std::sync::Arc;

use expr::variables::Variables;
use python::value::truth;
use serde_json::Value;

use super::{Conductor, Error, event::as_int, view::View};
use crate::{
    contexts::Object,
    env::Env,
    items::Items,
    route::TaskRoute,
    spec,
    stage::{Rendered, Staged},
    status::Status,
};

/// How many items a task has at most.
pub(super) const ITEMS_MAX: usize = 100_000;

/// A task that is ready, or has items that are.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    /// The task.
    pub task: String,
    /// Its route.
    pub route: usize,
    /// The actions to run: one, or one for each of the items that may run now.
    pub actions: Vec<Action>,
    /// How many seconds to wait before.
    pub delay: Option<i64>,
    /// How many items it has, if it has items.
    pub items_count: Option<usize>,
    /// How many of them run at a time.
    pub concurrency: Option<i64>,
    /// Whether none of its items has run yet.
    pub begins_items: bool,
}

/// An action to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// Its reference; null for a task without one.
    pub action: Value,
    /// Its parameters, or null.
    pub input: Value,
    /// The item that it runs for.
    pub item: Option<usize>,
}

impl Conductor {
    /// Returns the tasks that are ready, by name and route.
    ///
    /// It returns them again until an event says that they were started. A task that cannot be
    /// evaluated fails the workflow, with the reason among [`Self::errors`].
    pub fn next(&mut self, env: &Env<'_>) -> Vec<Ready> {
        let has_failed = self.state.status == Status::Failed;
        if !has_failed && !self.state.status.is_running() {
            return Vec::new();
        }
        let staged: Vec<(TaskRoute, Option<i64>)> = self
            .state
            .stage
            .ready()
            .filter(|staged| !has_failed || staged.runs_on_fail)
            .filter(|staged| !is_busy(staged))
            .map(|staged| (staged.at, staged.retry_delay))
            .collect();
        let mut all = Vec::new();
        let mut is_broken = false;
        for (at, retry_delay) in staged {
            match self.ready(at, env) {
                Ok(ready) if !ready.actions.is_empty() || ready.items_count == Some(0) => {
                    all.push(Ready { delay: retry_delay.or(ready.delay), ..ready });
                }
                Ok(_) => {}
                Err(error) => {
                    self.complain(&error, at, None);
                    is_broken = true;
                }
            }
        }
        if is_broken {
            self.request_failure();
            return Vec::new();
        }
        all.sort_by(|one, other| (&one.task, one.route).cmp(&(&other.task, other.route)));
        all
    }

    fn ready(&mut self, at: TaskRoute, env: &Env<'_>) -> Result<Ready, Error> {
        let plan = Arc::clone(&self.plan);
        let name = plan.graph.name(at.0);
        let task = plan.task(at.0).ok_or_else(|| Error::InvalidTask(name.to_owned()))?;
        let mut ready = Ready {
            task: name.to_owned(),
            route: at.1,
            actions: Vec::new(),
            delay: None,
            items_count: None,
            begins_items: false,
            concurrency: None,
        };
        let context = self.state.settle(at).ok_or_else(Error::nothing)?;
        let variables = self.state.contexts.merged(context);
        match &task.with {
            None => {
                ready.actions.push(self.action(at, task, (&variables, None), env)?);
                ready.delay = self.delay(at, task, &variables, env)?;
            }
            Some(items) => self.ready_items(at, (task, items), (&mut ready, &variables), env)?,
        }
        Ok(ready)
    }

    /// Chooses the items that may run now.
    ///
    /// The action is evaluated for each item before the first one starts, so that none starts if
    /// one fails.
    fn ready_items(
        &mut self,
        at: TaskRoute,
        (task, items): (&spec::Task, &spec::Items),
        (ready, variables): (&mut Ready, &Variables),
        env: &Env<'_>,
    ) -> Result<(), Error> {
        let staged = self.state.stage.get(at).ok_or_else(Error::nothing)?;
        let known = staged.rendered.clone();
        let begins = staged.items.as_ref().is_none_or(|items| items.len() == 0);
        let mut rendered = match &known {
            Some(rendered) => Rendered { list: Vec::new(), concurrency: rendered.concurrency },
            None => Rendered { list: self.list(at, items, variables, env)?, concurrency: None },
        };
        let list = known.as_ref().map_or(&rendered.list, |known| &known.list);
        let mut actions = Vec::new();
        if begins {
            for (index, item) in list.iter().enumerate() {
                let item = (variables, index, item);
                actions.push(Some(self.item_action(at, (task, items), item, env)?));
            }
        }
        ready.delay = self.delay(at, task, variables, env)?;
        if let (None, Some(value)) = (&known, &items.concurrency) {
            let view = self.start_view(at, None, env);
            rendered.concurrency = concurrency(&view.evaluate(value, variables)?)?;
        }
        let count = list.len();
        ready.items_count = Some(count);
        ready.concurrency = rendered.concurrency.map(|limit| limit.max(1));
        ready.begins_items = begins;
        let limit = ready.concurrency;
        let fresh = known.is_none().then(|| Arc::new(rendered));
        let kept = known.or(fresh);
        let mut chosen = Vec::new();
        let choose = |staged: &mut Staged| {
            staged.rendered.clone_from(&kept);
            if begins {
                staged.items = Some(Items::new(count));
            }
            if let Some(items) = &mut staged.items {
                chosen = items.waiting(available(limit, items));
            }
        };
        if begins {
            self.state.edit_staged(at, choose);
        } else {
            self.state.stage.edit(at, choose);
        }
        for index in chosen {
            let item = kept.as_ref().and_then(|kept| kept.list.get(index));
            ready.actions.extend(match (actions.get_mut(index), item) {
                (Some(action), _) => action.take(),
                (None, Some(item)) => {
                    Some(self.item_action(at, (task, items), (variables, index, item), env)?)
                }
                (None, None) => None,
            });
        }
        Ok(())
    }

    fn item_action(
        &self,
        at: TaskRoute,
        (task, items): (&spec::Task, &spec::Items),
        (variables, index, item): (&Variables, usize, &Value),
        env: &Env<'_>,
    ) -> Result<Action, Error> {
        let item = named(item.clone(), items.keys.as_deref());
        self.action(at, task, (variables, Some((index, &item))), env)
    }

    fn start_view<'a>(
        &'a self,
        at: TaskRoute,
        item: Option<&'a Value>,
        env: &'a Env<'a>,
    ) -> View<'a> {
        View { task: Some(at), item, ..self.view(env) }
    }

    fn action(
        &self,
        at: TaskRoute,
        task: &spec::Task,
        (variables, item): (&Variables, Option<(usize, &Value)>),
        env: &Env<'_>,
    ) -> Result<Action, Error> {
        let view = self.start_view(at, item.map(|(_, item)| item), env);
        let action = match &task.action {
            Some(text) => view.evaluate_text(text, variables)?,
            None => Value::Null,
        };
        let input = match &task.input {
            Some(input) => view.evaluate(input, variables)?,
            None => Value::Null,
        };
        Ok(Action { action, input, item: item.map(|(index, _)| index) })
    }

    /// Evaluates the list of a task's items.
    fn list(
        &self,
        at: TaskRoute,
        items: &spec::Items,
        variables: &Variables,
        env: &Env<'_>,
    ) -> Result<Vec<Value>, Error> {
        let list = self.start_view(at, None, env).evaluate_text(&items.expression, variables)?;
        let Value::Array(list) = list else {
            return Err(Error::Type(format!(
                "The value of \"{}\" is not type of list.",
                items.expression
            )));
        };
        if list.len() > ITEMS_MAX {
            return Err(Error::Value(format!(
                "The list of \"{}\" has {} items, and a task may have {ITEMS_MAX}: split the list.",
                items.expression,
                list.len()
            )));
        }
        Ok(list)
    }

    fn delay(
        &self,
        at: TaskRoute,
        task: &spec::Task,
        variables: &Variables,
        env: &Env<'_>,
    ) -> Result<Option<i64>, Error> {
        let Some(delay) = task.delay.as_ref().filter(|delay| truth(delay)) else {
            return Ok(None);
        };
        let delay = self.start_view(at, None, env).evaluate(delay, variables)?;
        match as_int(&delay) {
            Some(delay) => Ok(Some(delay)),
            None => Err(Error::Type("The value of task delay is not type of integer.".to_owned())),
        }
    }
}

/// Returns whether no more items of a task may start now.
fn is_busy(staged: &Staged) -> bool {
    let (Some(rendered), Some(items)) = (&staged.rendered, &staged.items) else { return false };
    let limit = rendered.concurrency.map(|limit| limit.max(1));
    items.len() > 0 && (!items.has_waiting() || available(limit, items) == 0)
}

/// Returns how many more items may start.
fn available(limit: Option<i64>, items: &Items) -> usize {
    let Some(limit) = limit else { return usize::MAX };
    usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(items.active())
}

/// Returns an item with the names of its parts.
fn named(item: Value, keys: Option<&[String]>) -> Value {
    match (item, keys) {
        (Value::Array(parts), Some(keys)) => {
            let named: Object = keys.iter().cloned().zip(parts).collect();
            Value::Object(named)
        }
        (item, Some([key])) => Value::Object(Object::from_iter([(key.clone(), item)])),
        (item, _) => item,
    }
}

fn concurrency(value: &Value) -> Result<Option<i64>, Error> {
    if value.is_null() {
        return Ok(None);
    }
    as_int(value).map(Some).ok_or_else(|| {
        Error::Type(format!(
            "The concurrency of the items is to be a whole number, and it is {value}."
        ))
    })
}
