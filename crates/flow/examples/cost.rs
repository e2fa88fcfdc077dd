//! Prints what workflows cost: microseconds for each task of chains, fans and diamonds of growing
//! length, the time of one step of a task with many items, the time to make a plan, and what a
//! large value adds. Run it with `cargo run --release -p flow --example cost`.

use std::{
    collections::{BTreeMap, VecDeque},
    error::Error,
    io::{self, Write as _},
    sync::Arc,
    time::{Duration, Instant},
};

use flow::{
    Conductor, Env, Plan, Status,
    conductor::{Event, Ready},
    protocol::Change,
    spec,
};
use serde_json::{Map, Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A run, and its cells as a store would keep them.
struct House {
    conductor: Conductor,
    cells: BTreeMap<String, Value>,
    env: Env<'static>,
}

impl House {
    fn new(definition: &Value, inputs: &Map<String, Value>) -> Outcome<Self> {
        let plan = Arc::new(Plan::new(spec::parse(definition)?)?);
        let env = Env::new();
        let mut conductor = Conductor::new(plan, inputs, Map::new(), &env);
        conductor.request(Status::Running)?;
        Ok(Self { conductor, cells: BTreeMap::new(), env })
    }

    /// Takes over what changed.
    fn write(&mut self) {
        for change in self.conductor.changes() {
            match change {
                Change::Put(key, value) => {
                    self.cells.insert(key, value);
                }
                Change::Remove(key) => {
                    self.cells.remove(&key);
                }
                Change::RemoveAll(prefix) => {
                    let end = format!("{prefix}\u{10ffff}");
                    let gone: Vec<String> =
                        self.cells.range(prefix..end).map(|(key, _)| key.clone()).collect();
                    for key in gone {
                        self.cells.remove(&key);
                    }
                }
            }
        }
    }

    fn report(&mut self, ready: &Ready, item: Option<usize>, status: Status) -> Outcome<()> {
        let accumulated = || json!([]);
        let event = Event {
            item,
            result: (status == Status::Succeeded).then(|| Arc::new(json!({"stdout": "fine"}))),
            accumulated: Some(&accumulated),
            ..Event::new(status)
        };
        self.conductor.event(&ready.task, ready.route, &event, &self.env)?;
        Ok(())
    }

    /// Starts all items that may run.
    fn start(&mut self, running: &mut VecDeque<(Ready, Option<usize>)>) -> Outcome<()> {
        for mut ready in self.conductor.next(&self.env) {
            for action in std::mem::take(&mut ready.actions) {
                self.report(&ready, action.item, Status::Running)?;
                running.push_back((ready.clone(), action.item));
            }
        }
        Ok(())
    }

    /// Lets everything succeed, one task after the other, each written on its own.
    fn run(&mut self) -> Outcome<()> {
        let mut waiting = self.conductor.next(&self.env);
        for ready in &waiting {
            self.report(ready, None, Status::Running)?;
        }
        while !waiting.is_empty() {
            let mut more = Vec::new();
            for ready in &waiting {
                self.report(ready, None, Status::Succeeded)?;
                for next in self.conductor.next(&self.env) {
                    self.report(&next, None, Status::Running)?;
                    more.push(next);
                }
                self.write();
            }
            waiting = more;
        }
        self.conductor.render_output(&self.env);
        self.write();
        let status = self.conductor.status();
        if status != Status::Succeeded {
            return Err(format!("{status}: {:?}", self.conductor.errors()).into());
        }
        Ok(())
    }

    fn size(&self) -> usize {
        self.cells.iter().map(|(key, value)| key.len() + value.to_string().len()).sum()
    }
}

fn task(next: Value) -> Value {
    json!({"action": "core.echo", "input": {"message": "<% ctx(n) %>"}, "next": [next]})
}

fn leads_to(to: &[String]) -> Value {
    let publish = json!([{"n": "<% ctx(n) + 1 %>"}, {"last": "<% result().stdout %>"}]);
    json!({"when": "<% succeeded() %>", "publish": publish, "do": to})
}

fn workflow(tasks: Map<String, Value>) -> Value {
    json!({"version": 1.0, "input": ["big"], "vars": [{"n": 0}], "tasks": tasks,
        "output": [{"n": "<% ctx(n) %>"}]})
}

/// One task after the other.
fn chain(count: usize) -> Value {
    let name = |at: usize| format!("t{at}");
    let to = |at: usize| if at + 1 < count { vec![name(at + 1)] } else { vec!["noop".to_owned()] };
    workflow((0..count).map(|at| (name(at), task(leads_to(&to(at))))).collect())
}

/// A task, many beside one another, and one that joins them.
fn fan(count: usize) -> Value {
    let name = |at: usize| format!("t{at}");
    let branches: Vec<String> = (0..count).map(name).collect();
    let mut tasks = Map::new();
    tasks.insert("begin".to_owned(), task(leads_to(&branches)));
    for branch in &branches {
        let publish = json!([{branch.clone(): "<% result().stdout %>"}]);
        let next = json!({"when": "<% succeeded() %>", "publish": publish, "do": "end"});
        tasks.insert(branch.clone(), task(next));
    }
    tasks.insert("end".to_owned(), json!({"action": "core.noop", "join": "all"}));
    workflow(tasks)
}

/// Two ways and their join, again and again.
fn diamonds(count: usize) -> Value {
    let mut tasks = Map::new();
    for at in 0..count / 3 {
        let (left, right) = (format!("l{at}"), format!("r{at}"));
        let mut top = task(leads_to(&[left.clone(), right.clone()]));
        if at > 0 {
            top["join"] = json!("all");
        }
        tasks.insert(format!("t{at}"), top);
        let next = if at + 1 < count / 3 { format!("t{}", at + 1) } else { "noop".to_owned() };
        tasks.insert(left, task(leads_to(std::slice::from_ref(&next))));
        tasks.insert(right, task(leads_to(&[next])));
    }
    workflow(tasks)
}

/// Begins to measure.
fn now() -> Instant {
    Instant::now()
}

fn per_task(time: Duration, count: usize) -> String {
    let micros = time.as_secs_f64() * 1e6 / count as f64;
    format!("{:>9.1} µs a task  {:>9.1} ms", micros, time.as_secs_f64() * 1e3)
}

fn print(line: &str) -> Outcome<()> {
    writeln!(io::stdout(), "{line}")?;
    Ok(())
}

fn runs(name: &str, make: fn(usize) -> Value) -> Outcome<()> {
    for count in [10, 100, 1_000, 5_000] {
        let mut house = House::new(&make(count), &Map::new())?;
        let begin = now();
        house.run()?;
        let time = begin.elapsed();
        let size = house.size() / count;
        let cells: Vec<(String, Value)> = house.cells.clone().into_iter().collect();
        let plan = Arc::clone(house.conductor.plan());
        let begin = now();
        Conductor::restore(plan, cells, &|_| None)?;
        let back = begin.elapsed();
        print(&format!(
            "{name:<10}{count:>6} {}  {size:>6} bytes a task  read back {}",
            per_task(time, count),
            per_task(back, count)
        ))?;
    }
    Ok(())
}

fn plans() -> Outcome<()> {
    for (name, make) in
        [("chain", chain as fn(usize) -> Value), ("fan", fan), ("diamonds", diamonds)]
    {
        for count in [1_000, 10_000] {
            let definition = make(count);
            let begin = now();
            let plan = Plan::new(spec::parse(&definition)?)?;
            let time = begin.elapsed();
            let nodes = plan.graph().len();
            print(&format!("plan of a {name} of {nodes:>6} {}", per_task(time, nodes)))?;
        }
    }
    Ok(())
}

fn items() -> Outcome<()> {
    for count in [500, 1_000, 10_000] {
        for concurrency in [Value::Null, json!(10)] {
            for reloads in [false, true] {
                items_of(count, &concurrency, reloads)?;
            }
        }
    }
    Ok(())
}

fn items_of(count: usize, concurrency: &Value, reloads: bool) -> Outcome<()> {
    let items = json!({"items": "<% range(ctx(n)).toList() %>", "concurrency": concurrency});
    let task = json!({"with": items, "action": "core.echo", "input": {"m": "<% item() %>"}});
    let definition = json!({"vars": [{"n": count}], "tasks": {"t": task}});
    let mut house = House::new(&definition, &Map::new())?;
    let begin = now();
    let mut running: VecDeque<(Ready, Option<usize>)> = VecDeque::new();
    house.start(&mut running)?;
    house.write();
    let first = begin.elapsed();
    let mut steps = Vec::new();
    while let Some((ready, item)) = running.pop_front() {
        if reloads && steps.len() % (count / 10) == 0 {
            let plan = Arc::clone(house.conductor.plan());
            let cells = house.cells.clone().into_iter().collect();
            house.conductor = Conductor::restore(plan, cells, &|_| None)?;
        }
        let begin = now();
        house.report(&ready, item, Status::Succeeded)?;
        house.start(&mut running)?;
        house.write();
        steps.push(begin.elapsed());
    }
    if house.conductor.status() != Status::Succeeded {
        return Err("the items did not succeed".into());
    }
    steps.sort_unstable();
    let at = |part: usize| steps.get(steps.len() * part / 100).copied().unwrap_or_default();
    print(&format!(
        "items {count:>6} concurrency {concurrency:>4} {} first {first:>9.1?} p50 {:>9.1?} p99 {:>9.1?} most {:>9.1?}",
        if reloads { "read back at times" } else { "kept in memory    " },
        at(50),
        at(99),
        steps.last().copied().unwrap_or_default()
    ))
}

fn large() -> Outcome<()> {
    let big: Vec<Value> = (0..20_000).map(|at| json!({"name": format!("{at:0>80}")})).collect();
    for (name, inputs) in [
        ("without", Map::new()),
        ("with", Map::from_iter([("big".to_owned(), json!({"list": big}))])),
    ] {
        let bytes = inputs.get("big").map_or(0, |big| big.to_string().len());
        let mut house = House::new(&chain(100), &inputs)?;
        let begin = now();
        house.run()?;
        print(&format!(
            "chain of 100 {name:<7} a value of {bytes:>8} bytes {}  cells {:>8} bytes",
            per_task(begin.elapsed(), 100),
            house.size()
        ))?;
    }
    Ok(())
}

fn main() -> Outcome<()> {
    runs("chain", chain)?;
    runs("fan", fan)?;
    runs("diamonds", diamonds)?;
    plans()?;
    items()?;
    large()
}
