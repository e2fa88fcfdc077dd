//! Policies: who runs, who waits, who is canceled, and what runs again.

mod concurrency;
mod retry;

use std::{path::PathBuf, sync::Arc, time::Duration};

use engine::{Engine, Parts, Settings};
use execution::Request;
use model::{Clock, Execution, Id, Object, Policy, Principal, Status};
use serde_json::{Value, json};
use store::execution::{Column, Filter, Results};
use tempfile::TempDir;
use testkit::HandClock;

/// An engine on its records, under a clock that a test turns, with a pack `rig`.
struct Rig {
    engine: Engine,
    clock: Arc<HandClock>,
    directory: TempDir,
}

const WORKFLOW: &str = "version: 1.0\ninput: [gate]\ntasks:\n  one:\n    action: rig.hold\n    \
    input:\n      gate: <% ctx(gate) %>\n    next: [{when: <% succeeded() %>, do: two}]\n  \
    two: {action: core.noop}\n";

const LATER: &str = "version: 1.0\ntasks:\n  one: {action: core.noop, delay: 60}\n";

impl Rig {
    async fn open() -> Self {
        let directory = TempDir::new().unwrap();
        let text = || json!({"type": "string"});
        let shell = |name: &str, cmd: &str, mut parameters: Value| {
            parameters["cmd"] = json!({"immutable": true, "default": cmd});
            let action = json!({
                "name": name, "runner_type": "local-shell-cmd", "entry_point": "",
                "parameters": parameters,
            });
            (format!("actions/{name}.yaml"), action.to_string())
        };
        let workflow = json!({
            "name": "flow", "runner_type": "orquesta", "entry_point": "workflows/flow.yaml",
            "parameters": {"gate": text()},
        });
        let later = json!({
            "name": "later", "runner_type": "orquesta", "entry_point": "workflows/later.yaml",
        });
        let pack = "ref: rig\nname: rig\ndescription: Tests.\nversion: 1.0.0\nauthor: A\n";
        let files = [
            ("pack.yaml".to_owned(), pack.to_owned()),
            shell(
                "hold",
                "while [ ! -e {{gate}} ]; do sleep 0.02; done",
                json!({
                    "gate": text(), "host": {"type": "string", "default": "web"}, "note": text(),
                }),
            ),
            shell(
                "mark",
                "echo + >> {{log}}; sleep 0.01; echo - >> {{log}}",
                json!({"log": text()}),
            ),
            shell("fail", "exit 1", json!({"note": text()})),
            ("actions/flow.yaml".to_owned(), workflow.to_string()),
            ("actions/workflows/flow.yaml".to_owned(), WORKFLOW.to_owned()),
            ("actions/later.yaml".to_owned(), later.to_string()),
            ("actions/workflows/later.yaml".to_owned(), LATER.to_owned()),
        ];
        for (path, content) in files {
            let path = directory.path().join("packs/rig").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let clock = Arc::<HandClock>::default();
        let engine = start(&directory, &clock).await;
        Self { engine, clock, directory }
    }

    /// Stops, cutting off what runs, and starts again on the same records.
    async fn restart(self) -> Self {
        let Self { engine, clock, directory } = self;
        // What runs is cut off before this.
        engine.stop(Duration::from_secs(30)).await;
        drop(engine);
        let engine = start(&directory, &clock).await;
        Self { engine, clock, directory }
    }

    fn turn(&self, seconds: i64) {
        self.clock.turn_ms(seconds * 1_000);
        self.engine.look_at_clock();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Lets what holds at a gate go on.
    fn lift(&self, gate: &str) {
        std::fs::write(self.path(gate), "").unwrap();
    }

    async fn policy(&self, action: &str, kind: &str, parameters: Value) -> Policy {
        let kind = kind.parse().unwrap();
        let given = parameters.as_object().unwrap();
        let policy = Policy {
            id: self.engine.make_id(),
            name: format!("{action}.{kind}"),
            pack: "rig".to_owned(),
            description: None,
            enabled: true,
            resource_ref: action.to_owned(),
            policy_type: kind,
            parameters: content::policy::parameters(kind, given).unwrap(),
            metadata_file: String::new(),
        };
        Policy::clone(
            &*self.engine.content().put(&Principal::system("admin"), policy).await.unwrap(),
        )
    }

    async fn ask(&self, action: &str, parameters: Value) -> Id {
        self.ask_with(action, parameters, |_| ()).await
    }

    async fn ask_with(
        &self,
        action: &str,
        parameters: Value,
        change: impl FnOnce(&mut Request),
    ) -> Id {
        let parameters = parameters.as_object().cloned().unwrap_or_else(Object::new);
        let mut request = Request::new(action, parameters, Principal::system("admin"));
        change(&mut request);
        self.engine.executions().request(request).await.unwrap().id
    }

    /// Asks for one that holds at a gate.
    async fn hold(&self, gate: &str) -> Id {
        self.ask("rig.hold", json!({"gate": self.path(gate)})).await
    }

    async fn seen(&self, id: Id) -> Arc<Execution> {
        self.engine.executions().execution(id).await.unwrap().unwrap()
    }

    async fn becomes(&self, id: Id, status: Status) -> Arc<Execution> {
        testkit::until(&self.engine, id, status).await.unwrap()
    }

    /// Returns what there is of an action, in the order of the requests.
    async fn all(&self, action: &str) -> Vec<Execution> {
        let filter = Filter {
            equal: vec![(Column::Action, vec![action.to_owned()])],
            order: vec![(Column::Id, false)],
            ..Filter::default()
        };
        self.engine.store().executions(&filter, Results::Read).await.unwrap()
    }

    async fn close(self) {
        self.engine.stop(Duration::from_secs(10)).await;
    }
}

async fn start(directory: &TempDir, clock: &Arc<HandClock>) -> Engine {
    let store = testkit::open_store(&directory.path().join("data")).await.unwrap();
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let packs = vec![directory.path().join("packs"), shipped];
    let settings = Settings { packs, ..Settings::default() };
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Engine::start(Parts { store, bus: bus::Bus::new(), clock, settings }).await.unwrap()
}

fn statuses(execution: &Execution) -> Vec<&'static str> {
    execution.log.iter().map(|entry| entry.status.as_str()).collect()
}
