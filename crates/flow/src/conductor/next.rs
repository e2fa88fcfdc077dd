//! Which tasks to start now, with their actions rendered.

use std::sync::Arc;

use serde_json::Value;

use super::{Conductor, Env, Error, event::as_int, view::View};
use crate::{contexts::Object, items::Items, spec, state::Place, status::Status};

/// How many items a task has at most.
pub(super) const ITEMS_MAX: usize = 100_000;

/// A task that is to be started, or has items that are.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    /// The task.
    pub task: String,
    /// Its route.
    pub route: usize,
    /// What to run: one action, or one for each of the items that may run now.
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

/// What was rendered for a task with items.
#[derive(Debug)]
pub(super) struct Rendered {
    actions: Vec<Option<Action>>,
    concurrency: Option<i64>,
}

impl Conductor {
    /// Returns the tasks to start now, by name and route.
    ///
    /// It returns them again until an event says that they were started. A task that cannot be
    /// rendered fails the workflow, with a reason among [`Self::errors`].
    pub fn next(&mut self, env: &Env<'_>) -> Vec<Ready> {
        let is_ready =
            |staged: &&Box<crate::state::Staged>| staged.is_ready && !staged.is_completed;
        let has_failed = self.state.status == Status::Failed;
        if !has_failed && !self.state.status.is_running() {
            return Vec::new();
        }
        let places: Vec<Place> = self
            .state
            .staged
            .iter()
            .filter(is_ready)
            .filter(|staged| !has_failed || staged.runs_on_fail)
            .map(|staged| (staged.node, staged.route))
            .collect();
        let staged = &self.state.staged;
        self.rendered.retain(|number, _| staged.iter().any(|it| it.number == *number));
        let mut all = Vec::new();
        let mut is_broken = false;
        for place in places {
            match self.ready(place, env) {
                Ok(ready) if !ready.actions.is_empty() || ready.items_count == Some(0) => {
                    all.push(ready);
                }
                Ok(_) => {}
                Err(error) => {
                    self.complain(&error, place, None);
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

    fn ready(&mut self, place: Place, env: &Env<'_>) -> Result<Ready, Error> {
        let plan = Arc::clone(&self.plan);
        let Some(task) = plan.task(place.0) else {
            return Err(Error::InvalidTask(plan.graph.name(place.0).to_owned()));
        };
        let mut ready = Ready {
            task: plan.graph.name(place.0).to_owned(),
            route: place.1,
            actions: Vec::new(),
            delay: None,
            items_count: None,
            concurrency: None,
            begins_items: false,
        };
        let staged = self.state.staged(place).ok_or_else(Error::nothing)?;
        let retry_delay = staged.retry_delay;
        let variables = self.state.contexts.merged(staged.context);
        let mut rendered = None;
        match &task.with {
            None => ready.actions.push(self.action(place, task, (&variables, None), env)?),
            Some(items) => {
                let is_known = self.rendered.contains_key(&staged.number);
                if !is_known {
                    rendered = Some(self.render_items(place, (task, items), &variables, env)?);
                }
            }
        }
        ready.delay = self.delay(place, task, &variables, env)?;
        if let Some(items) = &task.with {
            let concurrency = match (&mut rendered, &items.concurrency) {
                (Some(rendered), Some(value)) => {
                    let view = self.start_view(place, None, env);
                    rendered.concurrency = concurrency(&view.evaluate(value, &variables)?)?;
                    rendered.concurrency
                }
                _ => None,
            };
            self.choose(place, rendered, concurrency, &mut ready);
        }
        if let Some(delay) = retry_delay {
            ready.delay = Some(delay);
        }
        Ok(ready)
    }

    /// Chooses the items that may run now.
    fn choose(
        &mut self,
        place: Place,
        rendered: Option<Rendered>,
        concurrency: Option<i64>,
        ready: &mut Ready,
    ) {
        let Some(staged) = self.state.staged.iter_mut().find(|it| (it.node, it.route) == place)
        else {
            return;
        };
        let number = staged.number;
        let mut is_new = false;
        let rendered = match rendered {
            Some(rendered) => self.rendered.entry(number).insert_entry(rendered).into_mut(),
            None => match self.rendered.get_mut(&number) {
                Some(rendered) => rendered,
                None => return,
            },
        };
        let count = rendered.actions.len();
        ready.items_count = Some(count);
        ready.concurrency = concurrency.or(rendered.concurrency);
        let items = staged.items.get_or_insert_with(|| {
            is_new = true;
            Items::new(count)
        });
        if items.len() != count && items.len() == 0 {
            is_new = true;
            *items = Items::new(count);
        }
        let limit = match ready.concurrency {
            None => usize::MAX,
            Some(limit) => {
                let limit = limit.max(1);
                ready.concurrency = Some(limit);
                usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(items.active())
            }
        };
        for item in items.waiting(limit) {
            if let Some(action) = rendered.actions.get(item).cloned().flatten() {
                ready.actions.push(action);
            }
        }
        if is_new {
            ready.begins_items = true;
            self.state.dirty.insert(crate::state::Cell::Staged(number));
        }
    }

    fn start_view<'a>(
        &'a self,
        place: Place,
        item: Option<&'a Value>,
        env: &'a Env<'a>,
    ) -> View<'a> {
        View { task: Some(place), item, ..self.view(env) }
    }

    fn action(
        &self,
        place: Place,
        task: &spec::Task,
        (variables, item): (&Value, Option<(usize, &Value)>),
        env: &Env<'_>,
    ) -> Result<Action, Error> {
        let view = self.start_view(place, item.map(|(_, item)| item), env);
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

    fn render_items(
        &self,
        place: Place,
        (task, items): (&spec::Task, &spec::Items),
        variables: &Value,
        env: &Env<'_>,
    ) -> Result<Rendered, Error> {
        let list = self.start_view(place, None, env).evaluate_text(&items.expression, variables)?;
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
        let render = |(index, item): (usize, Value)| {
            let item = named(item, items.keys.as_deref());
            self.action(place, task, (variables, Some((index, &item))), env).map(Some)
        };
        let actions: Result<Vec<Option<Action>>, Error> =
            list.into_iter().enumerate().map(render).collect();
        Ok(Rendered { actions: actions?, concurrency: None })
    }

    fn delay(
        &self,
        place: Place,
        task: &spec::Task,
        variables: &Value,
        env: &Env<'_>,
    ) -> Result<Option<i64>, Error> {
        let Some(delay) = task.delay.as_ref().filter(|delay| super::event::is_true(delay)) else {
            return Ok(None);
        };
        let delay = self.start_view(place, None, env).evaluate(delay, variables)?;
        match as_int(&delay) {
            Some(delay) => Ok(Some(delay)),
            None => Err(Error::Type("The value of task delay is not type of integer.".to_owned())),
        }
    }
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
    match value {
        Value::Null => Ok(None),
        value => match as_int(value) {
            Some(number) => Ok(Some(number)),
            None => Err(Error::Type(format!(
                "The concurrency of the items is to be a whole number, and it is {value}."
            ))),
        },
    }
}
