//! Questions that wait: asked, answered, expired, canceled, taken up after a restart, and answered
//! in a chat room.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{path::Path, sync::Arc, time::Duration};

use access::Refusal;
use engine::{Engine, Parts, Settings};
use execution::{Canceled, Request};
use model::{
    Clock, Execution, Id, Object, Principal, Status, Timestamp, Wake, execution::Secrets,
    principal::Origin,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{IrcPerson, Ngircd};
use workflow::inquiry::{Error, Inquiry};

use testkit::HandClock;

use crate::robot;

struct Rooms {
    engine: Engine,
    clock: Arc<HandClock>,
    folder: TempDir,
}

/// A pack with a rule on questions.
const RULE: &str = "
name: tell
pack: t
enabled: true
trigger: {type: core.st2.generic.inquiry}
criteria: {trigger.route: {type: equals, pattern: told}}
action: {ref: core.echo, parameters: {message: '{{ trigger.id }} by {{ trigger.route }}'}}
";

/// A workflow with two questions side by side, and work beside them.
const GATE: &str = "
version: 1.0
tasks:
  one:
    action: core.ask ttl=10
    next:
      - when: <% succeeded() %>
        publish: one=<% result().response.continue %>
        do: join
      - when: <% failed() %>
        do: late
  two:
    action: core.ask
    next:
      - when: <% succeeded() %>
        do: join
  beside:
    action: core.noop
    next:
      - do: join
  join:
    join: all
    action: core.noop
  late:
    action: core.noop
output:
  - one: <% ctx().get(one, none) %>
";

impl Rooms {
    async fn expire(&self) -> Wake {
        self.engine.workflows().tick(self.engine.now()).await
    }

    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pack = folder.path().join("packs/t");
        std::fs::create_dir_all(pack.join("rules")).unwrap();
        let about = "ref: t\nname: t\ndescription: d\nversion: 1.0.0\nauthor: a\n";
        std::fs::write(pack.join("pack.yaml"), about).unwrap();
        std::fs::write(pack.join("rules/tell.yaml"), RULE).unwrap();
        std::fs::create_dir_all(pack.join("actions/workflows")).unwrap();
        let gate = json!({
            "name": "gate", "runner_type": "orquesta", "enabled": true,
            "entry_point": "workflows/gate.yaml",
        });
        std::fs::write(pack.join("actions/gate.yaml"), gate.to_string()).unwrap();
        std::fs::write(pack.join("actions/workflows/gate.yaml"), GATE).unwrap();
        let clock = Arc::<HandClock>::default();
        Self::start(folder, clock).await
    }

    async fn start(folder: TempDir, clock: Arc<HandClock>) -> Self {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let packs = vec![folder.path().join("packs"), shipped];
        let settings = Settings { packs, ..Settings::default() };
        let store = store::Store::open(&folder.path().join("data")).await.unwrap();
        let shared: Arc<dyn Clock> = Arc::<HandClock>::clone(&clock);
        let parts = Parts { store, bus: bus::Bus::new(), clock: shared, settings };
        Self { engine: Engine::start(parts).await.unwrap(), clock, folder }
    }

    async fn restart(self) -> Self {
        self.engine.stop(Duration::from_secs(10)).await;
        drop(self.engine);
        Self::start(self.folder, self.clock).await
    }

    async fn close(self) {
        self.engine.stop(Duration::from_secs(10)).await;
    }

    async fn ask(&self, parameters: Value) -> Inquiry {
        let id = request(&self.engine, parameters).await.unwrap();
        until(&self.engine, id, Status::Pending).await;
        self.engine.workflows().inquiry(id).await.unwrap()
    }

    async fn execution(&self, id: Id) -> Arc<Execution> {
        self.engine.executions().execution(id).await.unwrap().unwrap()
    }
}

async fn request(engine: &Engine, parameters: Value) -> Result<Id, Refusal> {
    let parameters = parameters.as_object().unwrap().clone();
    let request = Request::new("core.ask", parameters, Principal::system("ann"));
    Ok(engine.executions().request(request).await?.id)
}

async fn until(engine: &Engine, id: Id, status: Status) -> Arc<Execution> {
    testkit::until(engine, id, status).await.unwrap()
}

fn person(name: &str) -> Principal {
    let origin = Origin::Token { expiry: Timestamp::from_micros(0) };
    Principal { name: name.to_owned(), is_admin: false, origin }
}

fn yes() -> Object {
    Object::from_iter([("continue".to_owned(), json!(true))])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_waits_and_its_answer_ends_it() {
    let rooms = Rooms::open().await;
    let inquiry = rooms.ask(json!({"route": "told", "ttl": 5})).await;
    let (id, execution) = (inquiry.id(), &inquiry.execution);
    let order: Vec<&String> =
        execution.result.as_ref().unwrap().as_object().unwrap().keys().collect();
    assert_eq!(order, ["schema", "roles", "users", "route", "ttl"]);
    let document = inquiry.to_json();
    assert_eq!(document["schema"]["properties"]["continue"]["type"], "boolean");
    assert_eq!((&document["users"], &document["ttl"]), (&json!([]), &json!(5)));
    let steps: Vec<Status> = execution.log.iter().map(|entry| entry.status).collect();
    assert_eq!(steps[1..], [Status::Scheduled, Status::Running, Status::Pending]);
    let (open, total) = rooms.engine.workflows().inquiries(None, 0).await.unwrap();
    assert_eq!((open[0].id(), total), (id, 1));
    let ended = rooms.engine.workflows().respond(&person("bob"), id, yes()).await.unwrap();
    assert_eq!(ended.status, Status::Succeeded);
    let result = ended.result.as_ref().unwrap();
    assert_eq!(result["response"], json!({"continue": true}));
    assert_eq!(result["route"], "told");
    assert_eq!(ended.context["responded_by"], "bob");
    assert_eq!(ended.context["responded_through"]["kind"], "token");
    assert_eq!(rooms.engine.workflows().inquiries(None, 0).await.unwrap().1, 0);
    let again = rooms.engine.workflows().respond(&person("bob"), id, yes()).await.unwrap_err();
    assert_eq!(again.to_string(), format!("Inquiry \"{id}\" has already been responded to."));
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_hear_of_a_question_by_its_route() {
    let rooms = Rooms::open().await;
    let quiet = rooms.ask(json!({"route": "elsewhere"})).await;
    let told = rooms.ask(json!({"route": "told"})).await;
    let filter = store::execution::Filter {
        equal: vec![(store::execution::Column::Rule, vec!["t.tell".to_owned()])],
        ..store::execution::Filter::default()
    };
    let found = rooms.engine.store().executions(&filter, store::execution::Results::Read);
    let found = found.await.unwrap();
    assert_eq!(found.len(), 1, "one for {} and none for {}", told.id(), quiet.id());
    let message = format!("{} by told", told.id());
    assert_eq!(found[0].parameters["message"], json!(message));
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_none_is_refused_with_its_place() {
    let rooms = Rooms::open().await;
    let check = async |schema: Value, text: &str| {
        let error = request(&rooms.engine, json!({"schema": schema})).await.unwrap_err();
        assert!(error.to_string().starts_with(text), "{error}");
    };
    check(
        json!({"type": "object", "properties": {"a": {"type": "strin"}}}),
        "the parameter \"schema\" is no JSON schema: ",
    )
    .await;
    let error = request(&rooms.engine, json!({"schema": {"properties": {"a": {"type": "strin"}}}}))
        .await
        .unwrap_err();
    assert!(error.to_string().ends_with("(at `properties.a.type`)"), "{error}");
    check(
        json!({"type": "string"}),
        "the parameter \"schema\" must describe an object: an answer is one",
    )
    .await;
    let good = rooms.ask(json!({"schema": {"type": "object"}})).await;
    assert_eq!(good.schema(), &json!({"type": "object"}));
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_are_asked_may_answer() {
    let rooms = Rooms::open().await;
    let check = async |parameters: Value, who: &Principal, is_let_in: bool| {
        let inquiry = rooms.ask(parameters.clone()).await;
        let done = rooms.engine.workflows().respond(who, inquiry.id(), yes()).await;
        match (is_let_in, done) {
            (true, Ok(ended)) => assert_eq!(ended.status, Status::Succeeded),
            (false, Err(error @ Error::Denied { .. })) => {
                let id = inquiry.id();
                let name = &who.name;
                assert_eq!(
                    error.to_string(),
                    format!(
                        "User \"{name}\" does not have permission to respond to inquiry \"{id}\"."
                    )
                );
                assert_eq!(rooms.execution(id).await.status, Status::Pending);
            }
            (_, other) => panic!("{parameters} {who:?}: {other:?}"),
        }
    };
    let admin = Principal { is_admin: true, ..person("ada") };
    let ann = person("ann");
    check(json!({}), &ann, true).await;
    check(json!({"users": [], "roles": []}), &ann, true).await;
    check(json!({"users": ["ann", "bob"]}), &ann, true).await;
    check(json!({"users": ["bob"]}), &ann, false).await;
    check(json!({"users": ["bob"]}), &admin, false).await;
    check(json!({"users": [7]}), &ann, false).await;
    check(json!({"roles": ["admin"]}), &ann, false).await;
    check(json!({"roles": ["other", "admin"]}), &admin, true).await;
    check(json!({"roles": ["other"]}), &admin, false).await;
    check(json!({"users": ["bob"], "roles": ["admin"]}), &admin, false).await;
    check(json!({"users": ["ada"], "roles": ["admin"]}), &admin, true).await;
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_fit_is_refused_and_the_question_waits_on() {
    let rooms = Rooms::open().await;
    let id = rooms.ask(json!({})).await.id();
    let wrong = Object::from_iter([("continue".to_owned(), json!(123))]);
    let error = rooms.engine.workflows().respond(&person("ann"), id, wrong).await.unwrap_err();
    let text = error.to_string();
    let start = format!(
        "Response for inquiry \"{id}\" did not pass schema validation. 123 is not of type 'boolean'"
    );
    assert!(text.starts_with(&start), "{text}");
    assert!(text.contains("On instance['continue']"), "{text}");
    let missing =
        rooms.engine.workflows().respond(&person("ann"), id, Object::new()).await.unwrap_err();
    assert!(missing.to_string().contains("'continue' is a required property"), "{missing}");
    rooms.engine.workflows().respond(&person("ann"), id, yes()).await.unwrap();
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_question_is_not_answered() {
    let rooms = Rooms::open().await;
    let request = Request::new("core.noop", Object::new(), Principal::system("ann"));
    let noop = rooms.engine.executions().request(request).await.unwrap().id;
    let error = rooms.engine.workflows().respond(&person("ann"), noop, yes()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("Action execution \"{noop}\" is not an inquiry."));
    let nothing = rooms.engine.make_id();
    let error = rooms.engine.workflows().inquiry(nothing).await.unwrap_err();
    assert!(matches!(error, Error::Missing(_)), "{error}");
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_answers_at_once_one_counts() {
    let rooms = Rooms::open().await;
    for _ in 0..5 {
        let id = rooms.ask(json!({"schema": {"type": "object"}})).await.id();
        let answers = (0..16).map(|number| {
            let engine = rooms.engine.clone();
            tokio::spawn(async move {
                let answer = Object::from_iter([("number".to_owned(), json!(number))]);
                engine.workflows().respond(&person("ann"), id, answer).await
            })
        });
        let answers: Vec<_> = answers.collect();
        let mut won = Vec::new();
        for answer in answers {
            match answer.await.unwrap() {
                Ok(ended) => won.push(ended.result.as_ref().unwrap()["response"].clone()),
                Err(error) => assert!(matches!(error, Error::AlreadyResponded(_)), "{error}"),
            }
        }
        assert_eq!(won.len(), 1);
        let ended = rooms.execution(id).await;
        assert_eq!(ended.result.as_ref().unwrap()["response"], won[0]);
    }
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_its_time_is_kept_to_the_moment() {
    let rooms = Rooms::open().await;
    let short = rooms.ask(json!({"ttl": 10})).await;
    let late = rooms.ask(json!({"ttl": 10})).await.id();
    let never = rooms.ask(json!({"ttl": 0})).await;
    let long = rooms.ask(json!({"ttl": 20})).await;
    assert_eq!(never.deadline(), None);
    assert_eq!(short.deadline(), Some(rooms.engine.now().plus_ms(600_000)));
    rooms.clock.turn_ms(540_000);
    assert_eq!(rooms.expire().await, Wake::at(short.deadline()));
    assert_eq!(rooms.execution(short.id()).await.status, Status::Pending);
    rooms.clock.turn_ms(60_000);
    // An answer does not have to wait for the clock to be looked at.
    let error = rooms.engine.workflows().respond(&person("ann"), late, yes()).await.unwrap_err();
    let text = format!("Inquiry \"{late}\" timed out and cannot be responded to.");
    assert_eq!(error.to_string(), text);
    assert_eq!(rooms.expire().await, Wake::at(long.deadline()));
    for id in [short.id(), late] {
        // The house looks at its clock too, and may still be writing what it saw.
        until_ended(&rooms.engine, id, Status::Timeout).await;
        let ended = rooms.execution(id).await;
        let result = ended.result.as_ref().unwrap();
        assert_eq!(result["error"], "nobody answered within 10 minutes");
        assert_eq!(result["ttl"], 10);
    }
    let error = rooms.engine.workflows().inquiry(short.id()).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut(_)), "{error}");
    rooms.clock.turn_ms(100_000 * 60_000);
    rooms.expire().await;
    until_ended(&rooms.engine, long.id(), Status::Timeout).await;
    assert_eq!(rooms.execution(never.id()).await.status, Status::Pending);
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_changes_nothing_for_those_who_wait() {
    let rooms = Rooms::open().await;
    let waits = rooms.ask(json!({"ttl": 0, "users": ["bob"]})).await.id();
    let expires = rooms.ask(json!({"ttl": 30})).await.id();
    let rooms = rooms.restart().await;
    assert_eq!(rooms.execution(waits).await.status, Status::Pending);
    rooms.clock.turn_ms(1_740_000);
    rooms.expire().await;
    assert_eq!(rooms.execution(expires).await.status, Status::Pending);
    // The time ends while nobody is there.
    let rooms = {
        rooms.clock.turn_ms(60_000);
        rooms.restart().await
    };
    until_ended(&rooms.engine, expires, Status::Timeout).await;
    rooms.engine.workflows().respond(&person("bob"), waits, yes()).await.unwrap();
    rooms.close().await;
}

async fn until_ended(engine: &Engine, id: Id, status: Status) {
    let ended = tokio::time::timeout(Duration::from_secs(10), engine.executions().ended(id)).await;
    assert_eq!(ended.unwrap().unwrap().unwrap().status, status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_waits_is_canceled_by_its_id() {
    let rooms = Rooms::open().await;
    let id = rooms.ask(json!({})).await.id();
    let Canceled::Done(canceled) =
        rooms.engine.executions().cancel(&Principal::system("ann"), id).await.unwrap()
    else {
        panic!("a question that waits can be canceled")
    };
    assert_eq!(canceled.status, Status::Canceled);
    let error = rooms.engine.workflows().respond(&person("ann"), id, yes()).await.unwrap_err();
    let text = format!("Inquiry \"{id}\" is canceled and cannot be responded to.");
    assert_eq!(error.to_string(), text);
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_secret_in_an_answer_is_masked() {
    let rooms = Rooms::open().await;
    let schema = json!({
        "type": "object",
        "properties": {"pin": {"type": "string", "secret": true}, "name": {"type": "string"}},
    });
    let id = rooms.ask(json!({"schema": schema})).await.id();
    let answer = json!({"pin": "4711", "name": "n"}).as_object().unwrap().clone();
    let ended = rooms.engine.workflows().respond(&person("ann"), id, answer).await.unwrap();
    let shown = ended.shown_result(Secrets::Masked);
    assert_eq!(shown["response"], json!({"pin": "********", "name": "n"}));
    assert_eq!(ended.shown_result(Secrets::Shown)["response"]["pin"], "4711");
    assert!(!ended.to_json(Secrets::Masked, "").to_string().contains("4711"));
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_questions_wait_without_a_place_in_the_queue() {
    let rooms = Rooms::open().await;
    for _ in 0..1_000 {
        request(&rooms.engine, json!({})).await.unwrap();
    }
    let last = rooms.ask(json!({})).await.id();
    let request = Request::new("core.noop", Object::new(), Principal::system("ann"));
    let noop = rooms.engine.executions().request(request).await.unwrap().id;
    until_ended(&rooms.engine, noop, Status::Succeeded).await;
    assert_eq!(rooms.execution(last).await.status, Status::Pending);
    assert_eq!(rooms.engine.workflows().inquiries(Some(5), 0).await.unwrap().1, 1_001);
    rooms.close().await;
}

impl Rooms {
    /// Starts the workflow with two questions; returns it and both, when it has paused.
    async fn gate(&self) -> (Id, Inquiry, Inquiry) {
        let request = Request::new("t.gate", Object::new(), Principal::system("ann"));
        let workflow = self.engine.executions().request(request).await.unwrap().id;
        until(&self.engine, workflow, Status::Paused).await;
        let (mut open, _) = self.engine.workflows().inquiries(None, 0).await.unwrap();
        open.retain(|inquiry| inquiry.execution.parent == Some(workflow));
        let two = open.iter().position(|inquiry| inquiry.to_json()["ttl"] == 1440).unwrap();
        let two = open.remove(two);
        (workflow, open.pop().unwrap(), two)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_side_by_side_are_answered_in_any_order_before_a_join() {
    let mut rooms = Rooms::open().await;
    for (first_is_one, restarts) in [(true, false), (false, false), (true, true)] {
        let (workflow, one, two) = rooms.gate().await;
        let order = if first_is_one { [one.id(), two.id()] } else { [two.id(), one.id()] };
        rooms.engine.workflows().respond(&person("bob"), order[0], yes()).await.unwrap();
        if restarts {
            rooms = rooms.restart().await;
        }
        rooms.engine.workflows().respond(&person("bob"), order[1], yes()).await.unwrap();
        until_ended(&rooms.engine, workflow, Status::Succeeded).await;
        let ended = rooms.execution(workflow).await;
        assert_eq!(ended.result.as_ref().unwrap()["output"], json!({"one": true}));
    }
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_paused_stays_so_after_the_answers() {
    let rooms = Rooms::open().await;
    let (workflow, one, two) = rooms.gate().await;
    rooms.engine.workflows().resume(&Principal::system("ann"), workflow).await.unwrap();
    rooms.engine.workflows().pause(&Principal::system("ann"), workflow).await.unwrap();
    for question in [one, two] {
        rooms.engine.workflows().respond(&person("bob"), question.id(), yes()).await.unwrap();
    }
    until(&rooms.engine, workflow, Status::Paused).await;
    testkit::settle(&rooms.engine).await.unwrap();
    assert_eq!(rooms.execution(workflow).await.status, Status::Paused);
    rooms.engine.workflows().resume(&Principal::system("ann"), workflow).await.unwrap();
    until_ended(&rooms.engine, workflow, Status::Succeeded).await;
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_without_an_answer_takes_the_branch_of_failures() {
    let rooms = Rooms::open().await;
    let (workflow, one, two) = rooms.gate().await;
    rooms.clock.turn_ms(600_000);
    rooms.expire().await;
    until(&rooms.engine, one.id(), Status::Timeout).await;
    rooms.engine.workflows().respond(&person("bob"), two.id(), yes()).await.unwrap();
    let ended =
        tokio::time::timeout(Duration::from_secs(10), rooms.engine.executions().ended(workflow))
            .await;
    let ended = ended.expect("the workflow goes on").unwrap().unwrap();
    assert_eq!(ended.result.as_ref().unwrap()["output"], json!({"one": "none"}));
    rooms.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_is_canceled_takes_its_questions_with_it() {
    let rooms = Rooms::open().await;
    let (workflow, one, two) = rooms.gate().await;
    rooms.engine.executions().cancel(&Principal::system("ann"), workflow).await.unwrap();
    for id in [one.id(), two.id(), workflow] {
        until_ended(&rooms.engine, id, Status::Canceled).await;
    }
    rooms.close().await;
}

/// Aliases that ask something.
fn plan() -> testkit::Plan {
    let ask = |name: &str, parameters: Value| {
        json!({"name": name, "runner_type": "inquirer", "enabled": true, "parameters": parameters})
            .to_string()
    };
    let alias = |name: &str, format: &str| {
        json!({"name": name, "action_ref": format!("t.{name}"), "formats": [format]}).to_string()
    };
    let schema = json!({
        "type": "object",
        "properties": {
            "version": {"type": "string", "required": true, "description": "Which version?"},
            "count": {"type": "integer", "required": true},
            "note": {"type": "string"},
        },
    });
    let files = vec![
        ("t/pack.yaml", "ref: t\nname: t\ndescription: d\nversion: 1.0.0\nauthor: a\n".to_owned()),
        ("t/actions/go.yaml", ask("go", json!({"users": {"default": ["bob", "carol"]}}))),
        ("t/actions/release.yaml", ask("release", json!({"schema": {"default": schema}}))),
        (
            "t/actions/flow.yaml",
            json!({"name": "flow", "runner_type": "orquesta", "entry_point": "workflows/flow.yaml"})
                .to_string(),
        ),
        (
            "t/actions/workflows/flow.yaml",
            "version: 1.0\ntasks:\n  ask:\n    action: core.ask users=<% [bob] %>\n".to_owned(),
        ),
        ("t/aliases/flow.yaml", alias("flow", "flow")),
        ("t/aliases/go.yaml", alias("go", "go")),
        ("t/aliases/release.yaml", alias("release", "release")),
    ];
    testkit::Plan { files, ..testkit::Plan::default() }
}

fn short(text: &str) -> String {
    text.split('`').nth(1).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_are_asked_answer_in_the_room_and_others_are_refused() {
    let ngircd = Ngircd::start().await.unwrap();
    let house = robot::house_in_room(ngircd.port, plan()).await;
    let mut alice = IrcPerson::join(ngircd.port, "alice", "#ops").await.unwrap();
    let mut bob = IrcPerson::join(ngircd.port, "bob", "#ops").await.unwrap();
    alice.says("#ops", "!go").await.unwrap();
    let question = bob.hears("asks bob and carol").await.unwrap();
    assert!(question.starts_with("alice: `"), "{question}");
    assert!(
        question.ends_with("(t.go) asks bob and carol: Shall the workflow go on?"),
        "{question}"
    );
    let id = short(&question);
    bob.hears(&format!("Say `approve {id}` or `deny {id}`.")).await.unwrap();
    alice.says("#ops", &format!("!approve {id}")).await.unwrap();
    let refused = alice.hears("Not done").await.unwrap();
    assert_eq!(
        refused,
        format!("alice: Not done: only bob and carol may answer `{id}`, and you are alice.")
    );
    alice.says("#ops", "!questions").await.unwrap();
    let listed = alice.hears("left").await.unwrap();
    assert!(
        listed.contains(&format!("`{id}` (t.go) for bob and carol, 24 h left: Shall")),
        "{listed}"
    );
    bob.says("#ops", &format!("!approve {id}")).await.unwrap();
    bob.hears(&format!("bob: Answered `{id}`: continue = yes.")).await.unwrap();
    bob.says("#ops", &format!("!deny {id}")).await.unwrap();
    bob.hears(&format!("Not done: `{id}` has already been answered by bob.")).await.unwrap();
    bob.says("#ops", "!questions").await.unwrap();
    bob.hears("No question waits for an answer.").await.unwrap();
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_a_workflow_is_told_where_the_workflow_was_asked_for() {
    let ngircd = Ngircd::start().await.unwrap();
    let house = robot::house_in_room(ngircd.port, plan()).await;
    let mut alice = IrcPerson::join(ngircd.port, "alice", "#ops").await.unwrap();
    let mut bob = IrcPerson::join(ngircd.port, "bob", "#ops").await.unwrap();
    alice.says("#ops", "!flow").await.unwrap();
    let question = bob.hears("(t.flow) asks bob: Shall").await.unwrap();
    assert!(question.starts_with("alice: `"), "{question}");
    bob.says("#ops", &format!("!answer {} yes", short(&question))).await.unwrap();
    alice.hears("status : succeeded").await.unwrap();
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_several_parts_is_said_in_words() {
    let ngircd = Ngircd::start().await.unwrap();
    let house = robot::house_in_room(ngircd.port, plan()).await;
    let mut alice = IrcPerson::join(ngircd.port, "alice", "#ops").await.unwrap();
    alice.says("#ops", "!release").await.unwrap();
    let id = short(&alice.hears("(t.release) asks: Please answer.").await.unwrap());
    alice.hears("version (string): Which version?").await.unwrap();
    alice.hears("note (string, optional)").await.unwrap();
    let how = format!("Say `answer {id} version=<string> count=<integer> note=<string>`.");
    alice.hears(&how).await.unwrap();
    alice.says("#ops", &format!("!approve {id}")).await.unwrap();
    alice.hears("Not done: this takes more than yes or no").await.unwrap();
    alice.says("#ops", &format!("!answer {id} yes")).await.unwrap();
    let unclear = alice.hears("Not done: it is not clear what `yes` answers").await.unwrap();
    assert!(unclear.contains(&format!("say `answer {id} version=<string>")), "{unclear}");
    alice.says("#ops", &format!("!answer {id} version=1.2 count=two")).await.unwrap();
    alice.hears("Not done: `count`: `two` is no whole number.").await.unwrap();
    alice.says("#ops", &format!("!answer {id} version=1.2")).await.unwrap();
    alice.hears("Not done: `count`: 'count' is a required property.").await.unwrap();
    let answer = format!("!answer {id} version=1.2 note=all of it count=2");
    alice.says("#ops", &answer).await.unwrap();
    alice
        .hears(&format!("Answered `{id}`: version = 1.2, note = all of it, count = 2."))
        .await
        .unwrap();
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_is_a_room_brings_the_question_there() {
    let ngircd = Ngircd::start().await.unwrap();
    let house = robot::house_in_room(ngircd.port, plan()).await;
    let mut alice = IrcPerson::join(ngircd.port, "alice", "#ops").await.unwrap();
    let parameters = json!({"route": "#ops", "users": ["alice"]});
    request(&house.engine, parameters).await.unwrap();
    let question = alice.hears("(core.ask) asks alice: Shall").await.unwrap();
    let id = short(&question);
    alice.says("#ops", &format!("!deny {id}")).await.unwrap();
    alice.hears(&format!("Answered `{id}`: continue = no.")).await.unwrap();
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_that_fit_several_questions_are_asked_back() {
    let rooms = Rooms::open().await;
    let counter = |id: Id| u32::from_str_radix(&id.short(), 16).unwrap();
    let before = counter(rooms.engine.make_id());
    let first = rooms.ask(json!({})).await.id();
    let steps = counter(first).wrapping_sub(before);
    while counter(rooms.engine.make_id()).wrapping_add(steps) & 0xffff != counter(first) & 0xffff {}
    let ids = [first, rooms.ask(json!({})).await.id()];
    let digits = first.to_string()[20..].to_owned();
    assert!(ids[1].to_string().ends_with(&digits), "{ids:?}");
    let heard = |text: String| chatops::Heard {
        adapter: "irc".to_owned(),
        room: "#ops".to_owned(),
        is_private: false,
        account: "alice".to_owned(),
        text,
        message_id: "m".to_owned(),
        principal: Principal {
            name: "bot".to_owned(),
            is_admin: true,
            origin: Origin::Chat {
                adapter: "irc".into(),
                account: "alice".into(),
                room: "#ops".into(),
            },
        },
        extra: model::Object::new(),
    };
    let said = async |text: String| rooms.engine.chatops().hear(&heard(text)).await[0].text.clone();
    let missing = said("approve 0000000000000000000000ff".chars().take(20).collect()).await;
    assert!(missing.starts_with("Not done: there is no question"), "{missing}");
    let asked = said(format!("approve {digits}")).await;
    assert!(asked.starts_with(&format!("`{digits}` can mean several questions:")), "{asked}");
    for id in &ids {
        assert!(asked.contains(&id.to_string()), "{asked}");
        let done = said(format!("approve {id}")).await;
        assert_eq!(done, format!("Answered `{}`: continue = yes.", id.short()));
    }
    let admin_only = rooms.ask(json!({"roles": ["admin"]})).await.id().short();
    let refused = said(format!("approve {admin_only}")).await;
    assert!(refused.starts_with("Not done: it takes the role admin to answer"), "{refused}");
    rooms.close().await;
}
