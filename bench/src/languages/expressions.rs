//! Expressions as packs write them, each over variables with results of 4 kB and of 1 MB.

use std::sync::Arc;

use expr::document::{self, Context, CurrentTask, Entry, Workflow};
use expr::jinja::{self, Lookup, Options};
use expr::values;
use expr::variables::Variables;
use serde_json::{Map, Value, json};

use crate::corpus;
use crate::report::{Bound, Report};
use crate::sample::{each_us, median};

/// Templates of rules, chains, aliases and parameters.
const TEMPLATES: [&str; 42] = [
    "{{ name }}",
    "{{name}}",
    "deploy {{ name }} to {{ env }}",
    "{{trigger.host.name}}",
    "{{ trigger.metrics[1].value }}",
    "{{trigger.check.name}} on {{trigger.host.name}} is {{trigger.state}}: {{trigger.output}}",
    "{{ trigger.host.labels.env | upper }}",
    "{{ trigger.nothing | default('none') }}",
    "{{ task1.stdout }}",
    "{{ task1.stdout | trim }}",
    "{{ task1.result.instances[0].id }}",
    "{{ task1.result.instances | length }}",
    "{{ task1.result.instances | map(attribute='name') | join(', ') }}",
    "{{ task1.result.instances | selectattr('state', 'equalto', 'running') | list | length }}",
    "{{ execution.status }}",
    "{{ execution.result.stdout }}",
    "{{ execution.parameters.packs | join('*, *') }}",
    "{{ execution.result.result.count }} instances in {{ execution.result.result.region }}",
    "{% if execution.status == 'succeeded' %}done: {{ execution.id }}{% else %}failed{% endif %}",
    "{% for host in hosts %}{{ host }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for r in records if r.on %}{{ loop.index }}. {{ r.name }}={{ r.value }}\n{% endfor %}",
    "{{action_context.api_user|default(action_context.user)}}",
    "{{ action_context.parent.execution_id }}",
    "{{ config_context.url }}/v1/{{ name }}",
    "{{st2kv.system.domain}}",
    "{{ st2kv.user.token }}",
    "{{ system.domain }}",
    "{{ version | version_bump_minor }}",
    "{{ version.split('.')[0] }}",
    "{{ email | use_none }}",
    "{{ hosts | join(' ') }}",
    "{{ config | to_json_string }}",
    "{{ json | from_json_string }}",
    "{{ message | regex_replace('web-\\d+', 'HOST') }}",
    "{{ message | regex_match('the disk') }}",
    "{{ path | basename }}",
    "{{ count | int + 1 }}",
    "{{ 'yes' if force else 'no' }}",
    "{{ n > 40 and retries < 5 }}",
    "{{ retries * 60 | to_human_time_from_seconds }}",
    "{{ config | jsonpath_query('ports[0]') }}",
    "{{ records | sort(attribute='value', reverse=true) | first | to_complex }}",
];

/// Expressions of workflows.
const EXPRESSIONS: [&str; 66] = [
    "{{ ctx().n }}",
    "{{ ctx().name }}",
    "{{ ctx('name') }}",
    "{{ ctx().config.region }}",
    "{{ ctx().result.result.instances[3].ip }}",
    "{{ ctx().result.stdout | trim }}",
    "{{ ctx().maybe | default('none') }}",
    "{{ ctx().maybe is defined }}",
    "{{ ctx().config.get('size') }}",
    "{{ ctx().n + 1 }}",
    "{{ ctx().name ~ '-' ~ ctx().version }}",
    "{{ succeeded() }}",
    "{{ succeeded() and ctx().force == false }}",
    "{{ failed() }}",
    "{{ result().stdout }}",
    "{{ result().result.count > 3 }}",
    "{{ ctx().hosts | length }}",
    "{{ ctx().host in ctx().hosts }}",
    "{{ item() }}",
    "{{ item('name') }}",
    "{{ ctx().result.result.instances | map(attribute='name') | list }}",
    "{% for h in ctx().hosts %}{{ h }} {% endfor %}",
    "{{ st2kv('system.domain') }}",
    "{{ json_parse(ctx('json')) }}",
    "deploy {{ ctx().name }} {{ ctx().version }} to {{ ctx().env }}",
    "<% ctx().n %>",
    "<% ctx(name) %>",
    "<% ctx().config.region %>",
    "<% ctx().result.result.instances[3].ip %>",
    "<% ctx().n + 1 %>",
    "<% ctx().n > 40 and ctx().retries < 5 %>",
    "<% ctx().force = false %>",
    "<% not ctx().force %>",
    "<% succeeded() %>",
    "<% failed() %>",
    "<% completed() and ctx().env = 'production' %>",
    "<% succeeded() and (len(ctx().hosts) > 1) %>",
    "<% succeeded() and not ctx().force %>",
    "<% result() %>",
    "<% result().stdout %>",
    "<% result().result.count %>",
    "<% result().get(return_code) %>",
    "<% succeeded() and result().result.instances.len() > 3 %>",
    "<% ctx().hosts.len() = ctx().records.len() + 1 %>",
    "<% ctx().config.get(size, 'small') %>",
    "<% ctx().get(maybe, 'none') %>",
    "<% 'st2_' + ctx().name %>",
    "<% ctx().version.split('.')[0] + '.' + ctx().version.split('.')[1] + 'dev' %>",
    "<% ctx().hosts.contains(ctx().host) %>",
    "<% ctx().host in ctx().hosts %>",
    "<% ctx().records.where($.on).select($.name) %>",
    "<% ctx().records.select($.value).sum() %>",
    "<% ctx().result.result.instances.where($.state = running).len() %>",
    "<% ctx().result.result.instances.select($.name) %>",
    "<% ctx().result.result.instances.where($.name = 'web-03').first().ip %>",
    "<% ctx().hosts.join(', ') %>",
    "<% ctx().config.keys() %>",
    "<% dict(name => ctx().name, size => ctx().config.size) %>",
    "<% str(ctx().n) %>",
    "<% int(ctx().count) + 1 %>",
    "<% switch(ctx().env = 'production' => 3, ctx().env = 'test' => 1) %>",
    "<% coalesce(ctx().email, ctx().user) %>",
    "<% item(name) %>",
    "<% range(1, 5).toList() %>",
    "<% st2kv('system.domain') %>",
    "deploy <% ctx().name %> <% ctx().version %> to <% ctx().env %>",
];

/// Expressions that touch little of a value of 1 MB.
const OVER_LARGE: [&str; 18] = [
    "{{ ctx().n }}",
    "{{ ctx().large[9000].name }}",
    "{{ ctx().large | length }}",
    "{{ ctx().outer.large[9000].name }}",
    "{{ ctx().outer.maybe | default('none') }}",
    "{{ ctx().outer.get('name') }}",
    "{{ 'name' in ctx().outer }}",
    "{{ 'many' if ctx().large else 'none' }}",
    "{{ ctx().large is defined }}",
    "<% ctx().n %>",
    "<% ctx().large[9000].name %>",
    "<% ctx().large.len() %>",
    "<% len(ctx().large) > 5 %>",
    "<% ctx().outer.large[9000].name %>",
    "<% ctx().outer.get(name) %>",
    "<% ctx().outer.get(maybe, 'none') %>",
    "<% ctx().large.first().name %>",
    "<% succeeded() and ctx().outer.name = 'web' %>",
];

/// The datastore.
struct Store;

impl Lookup for Store {
    fn system(&self, key: &str) -> Option<String> {
        (key == "domain").then(|| "example.org".to_owned())
    }

    fn user(&self, key: &str) -> Option<String> {
        (key == "token").then(|| "t0k3n".to_owned())
    }
}

/// A workflow with one task behind it.
struct Flow {
    result: Value,
    item: Value,
}

impl Workflow for Flow {
    fn current_task(&self) -> Option<CurrentTask<'_>> {
        Some(CurrentTask { id: "task1", route: 0, result: Some(&self.result) })
    }

    fn current_item(&self) -> Option<&Value> {
        Some(&self.item)
    }

    fn entry(&self, _task: &str, route: usize) -> Option<Entry<'_>> {
        Some(Entry { status: Some("succeeded"), route })
    }

    fn route(&self, _index: usize) -> Option<Vec<&str>> {
        Some(Vec::new())
    }

    fn execution(&self, _task: &str, _route: usize) -> Option<Value> {
        None
    }
}

/// How often, and whether each expression is reported.
type How = (u32, bool);

/// Measures all expressions.
pub(crate) fn measure(how: How, grep: &str, report: &mut Report) -> anyhow::Result<()> {
    measure_templates(how, grep, report)?;
    let flow = Flow { result: corpus::result(), item: json!({"name": "web-01", "id": 1}) };
    let small = Variables::from(corpus::variables());
    measure_workflow("over 4 kB", (&EXPRESSIONS, grep), (&small, &flow), (how, report))?;
    let large = corpus::large(1 << 20);
    let outer = json!({"name": "web", "large": large});
    let large = small.with([("large", Arc::new(large)), ("outer", Arc::new(outer))]);
    measure_workflow("over 1 MB", (&OVER_LARGE, grep), (&large, &flow), (how, report))?;
    measure_overlay(&large, how.0, report);
    Ok(())
}

fn measure_templates(how: How, grep: &str, report: &mut Report) -> anyhow::Result<()> {
    let names = corpus::names();
    let options = Options { lookup: Some(&Store), bare_system: true, ..Options::default() };
    let mut times = Vec::new();
    for template in TEMPLATES.into_iter().filter(|template| template.contains(grep)) {
        if let Err(error) = jinja::render(template, &names, &options) {
            anyhow::bail!("`{template}`: {}", error.message);
        }
        let run = || drop(jinja::render(template, &names, &options));
        times.push((template, median((0..how.0).map(|_| each_us(run)).collect())));
    }
    summarize("templates", times, (how, report));
    let mapping: Map<String, Value> = TEMPLATES[..6]
        .iter()
        .enumerate()
        .map(|(number, template)| (format!("parameter{number}"), json!(template)))
        .collect();
    let run = || drop(values::render(&mapping, &names, &options));
    let each = median((0..how.0).map(|_| each_us(run)).collect());
    report.add("six parameters of a rule's action", "µs", each);
    Ok(())
}

fn measure_workflow(
    name: &str,
    (expressions, grep): (&[&'static str], &str),
    (variables, flow): (&Variables, &Flow),
    (how, report): (How, &mut Report),
) -> anyhow::Result<()> {
    let context = Context {
        workflow: Some(flow),
        lookup: Some(&Store),
        again: true,
        ..Context::sharing(variables)
    };
    let mut times = Vec::new();
    for expression in expressions.iter().filter(|expression| expression.contains(grep)) {
        if let Err(error) = document::evaluate_text(expression, &context) {
            anyhow::bail!("`{expression}`: {error}");
        }
        let run = || drop(document::evaluate_lent(expression, &context));
        times.push((*expression, median((0..how.0).map(|_| each_us(run)).collect())));
    }
    summarize(&format!("workflow expressions {name}"), times, (how, report));
    Ok(())
}

fn measure_overlay(variables: &Variables, rounds: u32, report: &mut Report) {
    let value = Arc::new(json!(1));
    let run = || drop(variables.with([("a", Arc::clone(&value)), ("b", Arc::clone(&value))]));
    let each = median((0..rounds).map(|_| each_us(run)).collect());
    report.add("two names over the variables of a workflow", "µs", each);
}

fn summarize(name: &str, times: Vec<(&str, f64)>, ((_, each), report): (How, &mut Report)) {
    if times.is_empty() {
        return;
    }
    let max = times.iter().map(|(_, time)| *time).fold(0.0, f64::max);
    let bound = || Bound::Below(10.0);
    let count = times.len();
    if each {
        for (expression, time) in &times {
            report.add_bound(expression.replace('\n', "\\n"), "µs", (*time, bound()));
        }
    }
    let middle = median(times.into_iter().map(|(_, time)| time).collect());
    report.add_bound(format!("{count} {name}: median"), "µs", (middle, bound()));
    report.add_bound(format!("{count} {name}: slowest"), "µs", (max, bound()));
}
