//! What ships does what it says: the workflows and chains of the pack `examples`, and the
//! workflows of the pack `chatops`.

use std::{path::Path, sync::Arc, time::Duration};

use bus::Next;
use execution::Request;
use model::{Execution, Id, Object, Principal, Runner, Status, event::Kind};
use serde_json::{Value, json};
use store::execution::{Column, Filter, Results};
use testkit::{House, Plan};

async fn house() -> House {
    House::open().await.unwrap()
}

/// Runs an example; returns how it ended, what it gave, and the tasks whose actions ran, in their
/// order.
async fn run(house: &House, name: &str, parameters: Value) -> (Status, Value, Vec<String>) {
    let ended = house.run(&format!("examples.{name}"), parameters).await.unwrap();
    let result = ended.result.as_deref().cloned().unwrap_or_default();
    let tasks = children(house, ended.id).await.iter().map(task).collect();
    (ended.status, result, tasks)
}

/// Runs an example, which succeeds with this output by way of these tasks.
async fn succeeds(name: &str, parameters: Value, output: Value, tasks: &[&str]) {
    let house = house().await;
    let (status, result, ran) = run(&house, name, parameters).await;
    assert_eq!(status, Status::Succeeded, "{name}: {result:#}");
    assert_eq!(result, json!({"output": output}), "{name}");
    assert_eq!(ran, tasks, "{name}");
    house.close().await.unwrap();
}

/// Runs an example, which fails with this output by way of these tasks; returns the errors without
/// the results in them.
async fn fails(name: &str, parameters: Value, output: Value, tasks: &[&str]) -> Vec<Value> {
    let house = house().await;
    let (status, result, ran) = run(&house, name, parameters).await;
    assert_eq!(status, Status::Failed, "{name}: {result:#}");
    assert_eq!(result["output"], output, "{name}");
    assert_eq!(ran, tasks, "{name}");
    house.close().await.unwrap();
    result["errors"].as_array().unwrap().clone()
}

fn failed(task: &str, stderr: &str) -> Value {
    json!({
        "type": "error", "message": "Execution failed. See result for details.", "task_id": task,
        "result": {
            "failed": true, "succeeded": false, "return_code": 1, "stdout": "", "stderr": stderr,
        },
    })
}

fn by_hand() -> Value {
    let message = "Execution failed. See result for details.";
    json!({"type": "error", "message": message, "task_id": "fail"})
}

async fn children(house: &House, id: Id) -> Vec<Execution> {
    let filter = Filter {
        equal: vec![(Column::Parent, vec![id.to_string()])],
        order: vec![(Column::Id, false)],
        ..Filter::default()
    };
    house.engine.store().executions(&filter, Results::Read).await.unwrap()
}

fn task(execution: &Execution) -> String {
    let context = &execution.context;
    let name = match context.get("orquesta") {
        Some(place) => &place["task_id"],
        None => &context["chain"]["name"],
    };
    name.as_str().unwrap().to_owned()
}

async fn request(house: &House, name: &str, parameters: Value) -> Id {
    let parameters: Object = serde_json::from_value(parameters).unwrap();
    let action = format!("examples.{name}");
    let request = Request::new(action.as_str(), parameters, Principal::system("admin"));
    house.engine.executions().request(request).await.unwrap().id
}

async fn until(house: &House, id: Id, status: Status) -> Arc<Execution> {
    house.until(id, status).await.unwrap()
}

async fn ended(house: &House, id: Id) -> Arc<Execution> {
    let ended =
        tokio::time::timeout(Duration::from_secs(30), house.engine.executions().ended(id)).await;
    ended.expect("it ends").unwrap().unwrap()
}

/// Answers the question of a task, once it is asked.
async fn answer(house: &House, workflow: Id, name: &str, response: Value) {
    let question = testkit::eventually(&house.engine, async || {
        let asks = |child: &Execution| task(child) == name && child.status == Status::Pending;
        children(house, workflow).await.into_iter().find(asks)
    })
    .await
    .unwrap();
    let response = serde_json::from_value(response).unwrap();
    let person = Principal::system("ann");
    house.engine.workflows().respond(&person, question.id, response).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_wrong_with_any_definition_that_ships() {
    let house = house().await;
    let mut count = 0;
    for action in house.engine.catalog().actions.values() {
        if action.action().runner() != Some(Runner::Orquesta) {
            continue;
        }
        let path = action.pack_dir.join("actions").join(&action.action().entry_point);
        let findings =
            house.engine.workflows().inspect_workflow(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(findings, Vec::<Value>::new(), "{}", path.display());
        count += 1;
    }
    assert!(count > 30, "{count}");
    house.close().await.unwrap();
}

#[test]
fn each_example_is_tested_here() {
    let actions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/examples/actions");
    for folder in ["workflows", "chains"] {
        for file in std::fs::read_dir(actions.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(include_str!("examples.rs").contains(&format!("{name}\"")), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_follow_each_other_and_meet() {
    let name = json!({"name": "Ann"});
    let greeting = json!({"greeting": "Hello, Ann!"});
    succeeds("orquesta_sequential", name, greeting, &["begin", "middle", "finish"]).await;
    let both = json!({"messages": ["left", "right"]});
    succeeds("orquesta_join", json!({}), both, &["left", "right", "both"]).await;
    let chosen = json!({"chosen": "mirror1 answers. mirror2 answers."});
    let tasks = ["ask_first", "ask_second", "ask_third", "choose"];
    succeeds("orquesta_join_some", json!({}), chosen, &tasks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_two_lead_to_runs_on_two_routes() {
    let house = house().await;
    let ended = house.run("examples.orquesta_split", json!({})).await.unwrap();
    let mut said: Vec<(String, u64)> = children(&house, ended.id)
        .await
        .iter()
        .filter(|child| task(child) == "report")
        .map(|child| {
            let said = child.result.as_ref().unwrap()["stdout"].as_str().unwrap().to_owned();
            (said, child.context["orquesta"]["task_route"].as_u64().unwrap())
        })
        .collect();
    said.sort();
    assert_eq!(said[0].0, "mail1 is fine.");
    assert_eq!(said[1].0, "web1 is fine.");
    assert_ne!(said[0].1, said[1].1);
    assert_eq!(said.len(), 2);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_ends_with_success_or_with_its_counter() {
    let tried = json!({"tried": 3});
    let tasks = ["deploy", "roll_back", "deploy", "roll_back", "deploy"];
    succeeds("orquesta_retry_loop", json!({}), tried, &tasks).await;
    let never = json!({"attempts": 2, "works_at": 9});
    let errors = fails(
        "orquesta_retry_loop",
        never,
        json!({"tried": 2}),
        &["deploy", "roll_back", "deploy"],
    )
    .await;
    assert_eq!(errors, [failed("deploy", ""), by_hand()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_taken_from_lists_pairs_and_nothing() {
    let items = json!({"items": ["Ann, welcome!", "Bo, welcome!"]});
    let members = json!({"members": ["Ann", "Bo"]});
    succeeds("orquesta_with_items", members, items, &["greet", "greet"]).await;
    let report = json!({"report": ["web1 listens on 443.", "mail1 listens on 25."]});
    succeeds("orquesta_items_zip", json!({}), report, &["check", "check"]).await;
    succeeds("orquesta_empty_list", json!({}), json!({"count": 0}), &["report"]).await;
    let services = json!({"services": ["nginx"]});
    succeeds("orquesta_empty_list", services, json!({"count": 1}), &["restart", "report"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_passes_before_a_task_and_can_be_canceled() {
    let house = house().await;
    let host = json!({"host": "web1"});
    let over = house.run("examples.orquesta_delay", host).await.unwrap();
    let report = json!({"output": {"report": "web1 answers."}});
    assert_eq!(**over.result.as_ref().unwrap(), report);
    assert!(over.elapsed_seconds().unwrap() >= 1.0);
    let id = request(&house, "orquesta_delay", json!({"host": "web1", "delay": 300})).await;
    until(&house, id, Status::Running).await;
    let child = children(&house, id).await.pop().unwrap().id;
    until(&house, child, Status::Delayed).await;
    house.engine.executions().cancel(&Principal::system("ann"), child).await.unwrap();
    assert_eq!(ended(&house, id).await.status, Status::Canceled);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_run_again_so_often_and_no_more() {
    let tasks = ["begin", "check", "check", "check", "clean_up"];
    succeeds("orquesta_task_retry", json!({}), Value::Null, &tasks).await;
    let never = json!({"works_at": 9});
    let errors = fails("orquesta_task_retry", never.clone(), Value::Null, &tasks).await;
    assert_eq!(errors, [failed("check", ""), by_hand()]);
    let tasks = ["begin", "check", "check", "clean_up"];
    succeeds("orquesta_retry_command", json!({}), Value::Null, &tasks).await;
    let tasks = ["begin", "check", "check", "check", "check"];
    let errors = fails("orquesta_retry_command", never, Value::Null, &tasks).await;
    assert_eq!(errors, [failed("check", "")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_made_good_for_or_goes_on_or_is_explained() {
    let (bad, good) = (json!({"cmd": "exit 1"}), json!({"cmd": "echo fine"}));
    let (said, fine) = (json!({"message": "It failed with 1."}), json!({"message": "fine"}));
    for name in ["orquesta_on_error_noop", "orquesta_on_error_continue", "orquesta_on_error_fail"] {
        succeeds(name, good.clone(), fine.clone(), &["attempt"]).await;
    }
    succeeds("orquesta_on_error_noop", bad.clone(), said.clone(), &["attempt"]).await;
    let errors = fails("orquesta_on_error_continue", bad.clone(), said.clone(), &["attempt"]).await;
    assert_eq!(errors, [failed("attempt", "")]);
    let errors = fails("orquesta_on_error_fail", bad, said, &["attempt", "explain"]).await;
    assert_eq!(errors, [failed("attempt", ""), by_hand()]);
    let tasks = ["rotate", "log"];
    let errors = fails("orquesta_remediate_then_fail", json!({}), Value::Null, &tasks).await;
    assert_eq!(errors, [failed("rotate", "The disk is full."), by_hand()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_undone_from_its_end() {
    let output = json!({"done": ["drain", "stop"], "undone": ["Undid stop.", "Undid drain."]});
    let tasks = ["drain", "stop", "upgrade", "undo", "undo"];
    let errors = fails("orquesta_rollback", json!({}), output, &tasks).await;
    assert_eq!(errors, [failed("upgrade", ""), by_hand()]);
    let output = json!({"done": ["drain", "stop", "upgrade"], "undone": []});
    succeeds("orquesta_rollback", json!({"code": 0}), output, &tasks[..3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_see_those_above_and_output_comes_whatever_the_end_is() {
    let address = "https://web1:443/health";
    let summary = format!("{address} has 23 characters.");
    let output = json!({"address": address, "summary": summary});
    succeeds("orquesta_variables", json!({"host": "web1"}), output, &["say"]).await;
    let progress = json!({"progress": 50});
    let errors =
        fails("orquesta_output_on_failure", json!({}), progress, &["copy", "verify"]).await;
    assert_eq!(errors, [failed("verify", "I was asked to fail.")]);
    let said = json!({"said": "north, nobody"});
    succeeds("orquesta_settings", json!({}), said, &["say"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_are_workflows_expressions_or_none() {
    let address = json!({"address": "https://web1:8443/health"});
    let tasks = ["begin", "address", "finish"];
    succeeds("orquesta_subworkflow", json!({}), address, &tasks).await;
    let said = json!({"said": "The service nginx would be restarted now."});
    succeeds("orquesta_dynamic_action", json!({}), said, &["act"]).await;
    let other = json!({"action": "core.echo", "parameters": {"message": "hi"}});
    succeeds("orquesta_dynamic_action", other, json!({"said": "hi"}), &["act"]).await;
    let greeting = json!({"greeting": "HELLO, ANN!"});
    succeeds("orquesta_without_actions", json!({"name": "Ann"}), greeting, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_give_the_same_in_both_languages() {
    let output = json!({
        "to_json": "{\"host\": {\"name\": \"web1\"}}",
        "to_yaml": "host:\n  name: web1\n",
        "from_json": "web1", "from_yaml": "web1", "chosen": ["web1"],
        "nothing": "%*****__%NONE%__*****%",
        "file": "access.log", "folder": "/var/log/nginx",
        "is_match": true, "is_found": true, "replaced": "1 Infinite Dr", "number": "668",
        "span": "3h25m45s",
        "compared": 1, "is_newer": true, "is_same": true, "is_older": false, "matches": true,
        "major": "1.0.0", "minor": "0.11.0", "patch": "0.10.1", "stripped": "0.10",
        "names": ["web1", "web2"], "sum": 10,
    });
    succeeds("orquesta_yaql_functions", json!({}), output.clone(), &[]).await;
    succeeds("orquesta_jinja_functions", json!({}), output, &[]).await;
    let output = json!({
        "status": "succeeded", "never": "null", "this": "look", "said": "web1 answers.",
        "code": 0, "route": 0,
    });
    succeeds("orquesta_task_functions", json!({}), output, &["check", "look"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_stays_what_it_is() {
    let hosts = json!({
        "web1.example.org": {"ports": [80, 443], "$state": "up"}, "mail 1.example.org": {},
    });
    let output = json!({"report": hosts, "ports": [80, 443]});
    succeeds("orquesta_dotted_keys", json!({}), output, &[]).await;
    let large = "grüße 😀 <% 1 + 1 %> \"'".repeat(2_000);
    for text in ["grüße 😀 <% 1 + 1 %> \\ 'x'", &large] {
        let tasks = ["by_yaql", "by_jinja"];
        succeeds("orquesta_data_flow", json!({"text": text}), json!({"text": text}), &tasks).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_knows_where_others_find_it() {
    let house = house().await;
    let over = house.run("examples.orquesta_surroundings", json!({})).await.unwrap();
    let output = json!({
        "callback": format!("{}/api/v1/executions/{}", house.url, over.id),
        "user": "admin",
        "action": "examples.orquesta_surroundings",
    });
    assert_eq!(over.result.as_ref().unwrap()["output"], output);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_waits_for_its_approval() {
    let house = house().await;
    let cases = [
        (true, "The service nginx would be restarted now.", vec!["ask", "restart"]),
        (false, "nginx is left alone.", vec!["ask"]),
    ];
    for (approved, outcome, tasks) in cases {
        let id = request(&house, "orquesta_approval", json!({"service": "nginx"})).await;
        until(&house, id, Status::Paused).await;
        answer(&house, id, "ask", json!({"approved": approved})).await;
        let over = ended(&house, id).await;
        assert_eq!(over.status, Status::Succeeded, "{:?}", over.result);
        assert_eq!(over.result.as_ref().unwrap()["output"], json!({"outcome": outcome}));
        let ran: Vec<String> = children(&house, id).await.iter().map(task).collect();
        assert_eq!(ran, tasks);
    }
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_is_named_may_approve() {
    let house = house().await;
    let parameters = json!({"service": "nginx", "approvers": ["bob"]});
    let id = request(&house, "orquesta_approval", parameters).await;
    until(&house, id, Status::Paused).await;
    let question = children(&house, id).await.pop().unwrap().id;
    let yes = || Object::from_iter([("approved".to_owned(), json!(true))]);
    let refused =
        house.engine.workflows().respond(&Principal::system("ann"), question, yes()).await;
    assert!(refused.unwrap_err().to_string().contains("does not have permission"));
    house.engine.workflows().respond(&Principal::system("bob"), question, yes()).await.unwrap();
    assert_eq!(ended(&house, id).await.status, Status::Succeeded);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_stand_side_by_side_and_inside_each_other() {
    let house = house().await;
    let id = request(&house, "orquesta_two_approvals", json!({})).await;
    until(&house, id, Status::Paused).await;
    for name in ["ask_owner", "ask_on_call"] {
        answer(&house, id, name, json!({"continue": true})).await;
    }
    let over = ended(&house, id).await;
    assert_eq!(over.status, Status::Succeeded, "{:?}", over.result);
    let ran: Vec<String> = children(&house, id).await.iter().map(task).collect();
    assert_eq!(ran, ["ask_on_call", "ask_owner", "restart"]);
    let id = request(&house, "orquesta_release", json!({})).await;
    until(&house, id, Status::Paused).await;
    let inner = children(&house, id).await.pop().unwrap().id;
    until(&house, inner, Status::Paused).await;
    answer(&house, inner, "ask", json!({"approved": true})).await;
    let over = ended(&house, id).await;
    let outcome = json!({"output": {"outcome": "The service nginx would be restarted now."}});
    assert_eq!(**over.result.as_ref().unwrap(), outcome);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_is_resumed_takes_those_inside_with_it() {
    let house = house().await;
    let id = request(&house, "orquesta_release", json!({})).await;
    until(&house, id, Status::Paused).await;
    let inner = children(&house, id).await.pop().unwrap().id;
    until(&house, inner, Status::Paused).await;
    let house = house.reopen().await.unwrap();
    house.engine.workflows().resume(&Principal::system("ann"), id).await.unwrap();
    answer(&house, inner, "ask", json!({"approved": false})).await;
    let over = ended(&house, id).await;
    let outcome = json!({"output": {"outcome": "nginx is left alone."}});
    assert_eq!(**over.result.as_ref().unwrap(), outcome);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_tasks_that_are_named_tell_whom_the_workflow_tells() {
    let house = house().await;
    let over = house.run("examples.orquesta_notify", json!({})).await.unwrap();
    assert_eq!(over.status, Status::Succeeded, "{:?}", over.result);
    let told: Vec<(String, bool)> = children(&house, over.id)
        .await
        .iter()
        .map(|child| (task(child), child.notify.is_some()))
        .collect();
    assert_eq!(told, [("prepare".to_owned(), false), ("check".to_owned(), true)]);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_is_stopped_when_its_time_is_up() {
    let house = house().await;
    let limit = json!({"timeout": 1});
    let over = house.run("examples.orquesta_timeout", limit).await.unwrap();
    assert_eq!(over.status, Status::Timeout);
    let child = children(&house, over.id).await.pop().unwrap();
    assert_eq!(ended(&house, child.id).await.status, Status::Canceled);
    let (status, _, ran) = run(&house, "orquesta_timeout", json!({"seconds": 0})).await;
    assert_eq!(status, Status::Succeeded);
    assert_eq!(ran, ["wait", "after"]);
    house.close().await.unwrap();
}

/// Runs a chain; returns its tasks with their states, and what was published.
async fn chain(name: &str, parameters: Value) -> (Vec<(String, String)>, Value) {
    let house = house().await;
    let (status, result, ran) = run(&house, name, parameters).await;
    assert_eq!(status, Status::Succeeded, "{name}: {result:#}");
    house.close().await.unwrap();
    let states = states(&result);
    assert_eq!(states.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), ran);
    (states, result["published"].clone())
}

fn states(result: &Value) -> Vec<(String, String)> {
    let text = |task: &Value, key: &str| task[key].as_str().unwrap().to_owned();
    let tasks = result["tasks"].as_array().unwrap();
    tasks.iter().map(|task| (text(task, "name"), text(task, "state"))).collect()
}

fn named(states: &[(&str, &str)]) -> Vec<(String, String)> {
    states.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_go_along_their_edges() {
    let (states, _) = chain("chain_sequential", json!({})).await;
    let good = "succeeded";
    assert_eq!(states, named(&[("find", good), ("rotate", good), ("report", good)]));
    let (states, _) = chain("chain_on_failure", json!({})).await;
    assert_eq!(states, named(&[("check", "failed"), ("restart", good)]));
    let (states, _) = chain("chain_on_failure", json!({"host": "web1"})).await;
    assert_eq!(states, named(&[("check", good), ("well", good)]));
    let (states, published) = chain("chain_publish", json!({"name": "Ann"})).await;
    assert_eq!(states, named(&[("greet", good), ("shout", good)]));
    let shouted = "GOOD MORNING, ANN!";
    assert_eq!(published, json!({"said": "Good morning, Ann!", "shouted": shouted}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_waits_for_its_approval() {
    let house = house().await;
    for (agreed, last) in [(true, "restart"), (false, "left_alone")] {
        let id = request(&house, "chain_approval", json!({})).await;
        until(&house, id, Status::Paused).await;
        answer(&house, id, "ask", json!({"continue": agreed})).await;
        let over = ended(&house, id).await;
        let result = over.result.as_ref().unwrap();
        assert_eq!(over.status, Status::Succeeded, "{result:#}");
        assert_eq!(states(result).last().unwrap().0, last);
    }
    house.close().await.unwrap();
}

/// Returns the payloads of announcements until nothing is said for a while.
async fn announced(reader: &mut bus::Reader) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let next = tokio::time::timeout(Duration::from_millis(700), reader.next()).await;
        let Ok(next) = next else { return all };
        if let Next::Event(event) = next
            && let Kind::Announcement { .. } = event.kind
        {
            all.push(event.document()["payload"].clone());
        }
    }
}

fn said(user: Value, message: &Value, more: &str) -> Value {
    json!({
        "user": user, "whisper": false, "message": message, "channel": "#ops", "context": null,
        "extra": {}, "more": more,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_put_into_words_and_said_as_before() {
    let house = house().await;
    let text = "hi <% 1 + 1 %>";
    let echo = house.run("core.echo", json!({"message": text})).await.unwrap();
    let mut reader = house.engine.bus().read();
    let parameters = json!({"execution_id": echo.id, "channel": "#ops"});
    let posted = house.run("chatops.post_result", parameters.clone()).await.unwrap();
    let note = json!({"output": {"note": "Execution result has been posted."}});
    assert_eq!(**posted.result.as_ref().unwrap(), note);
    let all = announced(&mut reader).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0]["message"].as_str().unwrap().contains(text), "{all:#?}");
    let more = format!("`result {}` shows the rest", echo.id.short());
    assert_eq!(all[0], said(Value::Null, &all[0]["message"], &more));
    let nothing = json!({"execution_id": "0123456789abcdef01234567", "channel": "#ops"});
    let failed = house.run("chatops.post_result", nothing).await.unwrap();
    assert_eq!(failed.status, Status::Failed);
    assert_eq!(announced(&mut reader).await, Vec::<Value>::new());
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_is_run_and_its_result_said() {
    let plan = Plan {
        files: vec![
            ("t/pack.yaml", "name: t\ndescription: d\nversion: 1.0.0\nauthor: a\n".to_owned()),
            (
                "t/aliases/mute.yaml",
                "name: mute\naction_ref: core.noop\nformats: [mute]\nresult: {enabled: false}\n"
                    .to_owned(),
            ),
        ],
        ..Plan::default()
    };
    let house = House::build(plan).await.unwrap();
    let mut reader = house.engine.bus().read();
    let parameters = json!({"text": "disk report", "channel": "#ops", "user": "ann"});
    let over = house.run("chatops.run", parameters).await.unwrap();
    let note = json!({"output": {"note": "Execution result has been posted."}});
    assert_eq!(**over.result.as_ref().unwrap(), note);
    let all = announced(&mut reader).await;
    let to_room: Vec<&Value> = all.iter().filter(|one| one["context"].is_null()).collect();
    assert_eq!(to_room.len(), 1, "{all:#?}");
    assert!(to_room[0]["message"].as_str().unwrap().contains("% full"), "{all:#?}");
    assert_eq!(to_room[0]["extra"]["slack"]["color"], "good");
    assert_eq!(to_room[0]["user"], "ann");
    let parameters = json!({"text": "mute", "channel": "#ops"});
    let over = house.run("chatops.run", parameters).await.unwrap();
    let note = json!({"output": {"note": "Execution result is disabled."}});
    assert_eq!(**over.result.as_ref().unwrap(), note);
    let parameters = json!({"text": "no such thing", "channel": "#ops"});
    let over = house.run("chatops.run", parameters).await.unwrap();
    assert_eq!(over.status, Status::Failed);
    let error = &over.result.as_ref().unwrap()["errors"][0]["result"]["error"];
    assert_eq!(error, "Command 'no such thing' matched no patterns");
    house.close().await.unwrap();
}
