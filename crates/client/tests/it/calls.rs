//! What each call sends and how its answer is read.

use client::{
    Client, Credential, Error, Listing,
    action_alias::{AliasCommand, Command},
    execution::{Options, Output, Query, Rerun},
};
use model::{Object, Status};
use serde_json::{Value, json};

use crate::script::{answer, serve};

const ID: &str = "6b04ba597ce86b8867096e3d";

fn execution() -> Value {
    json!({
        "action": {"ref": "core.local"}, "status": "succeeded", "id": ID,
        "result": {"stdout": "hi"},
    })
}

fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn execute_sends_action_and_parameters_with_the_key() {
    let (client, asked) = serve(vec![answer(201, "", &execution().to_string())]).await;
    let parameters = object(json!({"cmd": "echo hi"}));
    let options = Options { delay_ms: Some(5), ..Options::default() };
    let done = client.execute("core.local", &parameters, &options).await.unwrap();
    assert_eq!((done.id.to_string().as_str(), done.status), (ID, Status::Succeeded));
    assert_eq!(done.action_ref(), "core.local");
    assert_eq!(done.result()["stdout"], "hi");
    let request = asked.one().await;
    assert_eq!(request.line, "POST /api/v1/executions");
    assert_eq!(request.header("st2-api-key"), Some("the-key"));
    assert_eq!(
        request.json(),
        json!({"action": "core.local", "parameters": {"cmd": "echo hi"}, "delay": 5})
    );
}

#[tokio::test]
async fn executions_carry_the_total_of_all_pages() {
    let page = answer(200, "X-Total-Count: 12345\r\n", &json!([execution()]).to_string());
    let (client, asked) = serve(vec![page]).await;
    let query = Query {
        action: Some("core.local".into()),
        status: Some(Status::Failed),
        limit: Some(1),
        ..Query::default()
    };
    let page = client.executions(&query).await.unwrap();
    assert_eq!((page.items.len(), page.total), (1, 12_345));
    let line = "GET /api/v1/executions?action=core.local&status=failed&limit=1";
    assert_eq!(asked.one().await.line, line);
}

#[tokio::test]
async fn a_list_without_a_total_counts_itself() {
    let (client, asked) = serve(vec![answer(200, "", "[{}, {}]")]).await;
    assert_eq!(client.rules(&Listing::default()).await.unwrap().total, 2);
    assert_eq!(asked.one().await.line, "GET /api/v1/rules");
}

#[tokio::test]
async fn cancel_tells_a_refusal_from_success_though_both_are_200() {
    let fault = json!({"faultstring": "Action cannot be canceled. State = succeeded."});
    let bodies = [execution(), fault, json!([])];
    let answers = bodies.iter().map(|body| answer(200, "", &body.to_string())).collect();
    let (client, asked) = serve(answers).await;
    assert_eq!(client.cancel(ID).await.unwrap().id.to_string(), ID);
    let error = client.cancel(ID).await.unwrap_err();
    assert_eq!(error.to_string(), "Action cannot be canceled. State = succeeded.");
    assert!(matches!(client.cancel(ID).await, Err(Error::Unreadable { .. })));
    for request in asked.all().await {
        assert_eq!(request.line, format!("DELETE /api/v1/executions/{ID}"));
    }
}

#[tokio::test]
async fn rerun_output_and_children_name_the_execution() {
    let (client, asked) = serve(vec![
        answer(201, "", &execution().to_string()),
        answer(200, "", "hi é\n"),
        answer(200, "", &json!([execution()]).to_string()),
    ])
    .await;
    client.rerun(ID, &object(json!({"cmd": "ls"}))).await.unwrap();
    assert_eq!(client.output("last", Output::Stdout).await.unwrap(), "hi é\n");
    assert_eq!(client.children(ID, -1).await.unwrap().len(), 1);
    let requests = asked.all().await;
    assert_eq!(requests[0].line, format!("POST /api/v1/executions/{ID}/re_run"));
    assert_eq!(requests[0].json(), json!({"parameters": {"cmd": "ls"}}));
    assert_eq!(requests[1].line, "GET /api/v1/executions/last/output?output_type=stdout");
    assert_eq!(requests[2].line, format!("GET /api/v1/executions/{ID}/children?depth=-1"));
}

#[tokio::test]
async fn workflows_are_paused_resumed_and_run_again_from_tasks() {
    let one = || answer(200, "", &execution().to_string());
    let tasks = answer(200, "", &json!([{"task_name": "a"}]).to_string());
    let (client, asked) = serve(vec![one(), one(), one(), one(), tasks]).await;
    client.pause(ID).await.unwrap();
    client.resume(ID).await.unwrap();
    let tasks = vec!["a".to_owned(), "b.c".to_owned()];
    let from =
        Rerun { tasks, reset: vec!["a".to_owned()], delay_ms: Some(2_000), ..Rerun::default() };
    client.run_again(ID, &from).await.unwrap();
    client.run_again(ID, &Rerun { drops_parameters: true, ..Rerun::default() }).await.unwrap();
    assert_eq!(client.tasks(ID).await.unwrap()[0]["task_name"], "a");
    let requests = asked.all().await;
    assert_eq!(requests[0].line, format!("PUT /api/v1/executions/{ID}"));
    assert_eq!(requests[0].json(), json!({"status": "pausing"}));
    assert_eq!(requests[1].json(), json!({"status": "resuming"}));
    assert_eq!(requests[2].line, format!("POST /api/v1/executions/{ID}/re_run"));
    let body = json!({"parameters": {}, "tasks": ["a", "b.c"], "reset": ["a"], "delay": 2000});
    assert_eq!(requests[2].json(), body);
    assert_eq!(requests[3].line, format!("POST /api/v1/executions/{ID}/re_run?no_merge=true"));
    assert_eq!(requests[4].line, format!("GET /api/v1/executions/{ID}/tasks"));
}

#[tokio::test]
async fn a_sentence_is_matched_and_executed() {
    let accepted = json!({"execution": execution(), "actionalias": {}, "message": "On it."});
    let matched =
        json!({"actionalias": {}, "display": "run {{cmd}}", "representation": "run {{cmd}}"});
    let (client, asked) = serve(vec![
        answer(200, "", &matched.to_string()),
        answer(201, "", &json!({"results": [accepted]}).to_string()),
        answer(201, "", &json!({"execution": execution(), "actionalias": {}}).to_string()),
    ])
    .await;
    let found = client.alias_match("run date").await.unwrap();
    assert_eq!(found.representation, "run {{cmd}}");
    let command = Command {
        command: "run date".into(),
        user: "alice".into(),
        source_channel: "#ops".into(),
        notification_route: Some("hubot".into()),
        ..Command::default()
    };
    let results = client.match_and_execute(&command).await.unwrap();
    assert_eq!(results[0].message.as_deref(), Some("On it."));
    let known = AliasCommand { name: "run".into(), ..AliasCommand::default() };
    assert_eq!(client.alias_execute(&known).await.unwrap().message, None);
    let requests = asked.all().await;
    assert_eq!(requests[0].json(), json!({"command": "run date"}));
    assert_eq!(requests[1].line, "POST /api/v1/aliasexecution/match_and_execute");
    assert_eq!(
        requests[1].json(),
        json!({"command": "run date", "user": "alice", "source_channel": "#ops", "notification_route": "hubot"})
    );
    assert_eq!(requests[2].line, "POST /api/v1/aliasexecution");
}

#[tokio::test]
async fn alias_help_reads_the_recorded_answer() {
    let recorded = json!({"available": 22, "helpstrings": [
        {"pack": "aliases", "display": "lorem ipsum", "description": "Static test"},
        {"pack": "aliases", "display": "fixes <issue_key>", "description": null},
    ]});
    let answers = [(); 2].map(|()| answer(200, "", &recorded.to_string())).to_vec();
    let (client, asked) = serve(answers).await;
    let listing = Listing { pack: Some("aliases".into()), ..Listing::default() };
    let help = client.alias_help("lorem.*", &listing).await.unwrap();
    assert_eq!((help.available, help.helpstrings.len()), (22, 2));
    client.alias_help("", &Listing::default()).await.unwrap();
    let requests = asked.all().await;
    assert_eq!(requests[0].line, "GET /api/v1/actionalias/help?pack=aliases&filter=lorem.*");
    assert_eq!(requests[1].line, "GET /api/v1/actionalias/help");
}

#[tokio::test]
async fn packs_are_reloaded_by_name_or_all() {
    let (client, asked) =
        serve([(); 2].map(|()| answer(200, "", r#"{"actions": 3}"#)).to_vec()).await;
    let counts = client.reload_packs(&["core".into()], &["actions".into()]).await.unwrap();
    assert_eq!(counts["actions"], 3);
    client.reload_packs(&[], &[]).await.unwrap();
    let requests = asked.all().await;
    assert_eq!(requests[0].line, "POST /api/v1/packs/register");
    assert_eq!(requests[0].json(), json!({"packs": ["core"], "types": ["actions"]}));
    assert_eq!(requests[1].json(), json!({}));
}

#[tokio::test]
async fn api_keys_are_made_changed_and_removed() {
    let (client, asked) = serve(vec![
        answer(201, "", r#"{"key": "once"}"#),
        answer(200, "", r#"{"enabled": false}"#),
        answer(204, "", ""),
    ])
    .await;
    let made = client.create_api_key(Some("hubot"), &Object::new()).await.unwrap();
    assert_eq!(made["key"], "once");
    client.update_api_key(ID, &json!({"enabled": false})).await.unwrap();
    client.delete_api_key(ID).await.unwrap();
    let requests = asked.all().await;
    assert_eq!(requests[0].json(), json!({"metadata": {}, "user": "hubot"}));
    assert_eq!(requests[1].line, format!("PUT /api/v1/apikeys/{ID}"));
    assert_eq!(requests[2].line, format!("DELETE /api/v1/apikeys/{ID}"));
}

#[tokio::test]
async fn login_sends_user_and_password_and_keeps_the_token_out_of_logs() {
    let token = json!({"id": ID, "user": "alice", "token": "5ec4e7", "expiry": "2026-11-25T00:00:00.000000Z", "metadata": {}});
    let (client, asked) = serve(vec![answer(201, "", &token.to_string())]).await;
    let token = client.login("alice", "pässword", Some(60)).await.unwrap();
    assert_eq!((token.user.as_str(), token.token.as_str()), ("alice", "5ec4e7"));
    assert!(!format!("{token:?}").contains("5ec4e7"));
    let request = asked.one().await;
    assert_eq!(request.line, "POST /auth/v1/tokens");
    assert_eq!(request.header("authorization"), Some("Basic YWxpY2U6cMOkc3N3b3Jk"));
    assert_eq!(request.json(), json!({"ttl": 60}));
}

#[tokio::test]
async fn health_metrics_and_user_have_their_own_places() {
    let (client, asked) = serve(vec![
        answer(200, "", "ok"),
        answer(200, "", "squall_up 1\n"),
        answer(200, "", r#"{"username": "alice"}"#),
        answer(200, "", "[]"),
        answer(200, "", "{}"),
    ])
    .await;
    client.healthz().await.unwrap();
    assert_eq!(client.metrics().await.unwrap(), "squall_up 1\n");
    assert_eq!(client.user().await.unwrap()["username"], "alice");
    assert_eq!(client.packs(&Listing::default()).await.unwrap().total, 0);
    client.action("core.local").await.unwrap();
    let lines: Vec<String> = asked.all().await.into_iter().map(|request| request.line).collect();
    assert_eq!(
        lines,
        [
            "GET /healthz",
            "GET /metrics",
            "GET /api/v1/user",
            "GET /api/v1/packs",
            "GET /api/v1/actions/core.local"
        ]
    );
}

#[test]
fn an_encrypted_address_needs_no_preparation_by_the_caller() {
    // The verifier looks for root certificates of the system: without any, the sentence says so.
    match Client::new("https://localhost:1", Credential::None) {
        Ok(client) => assert_eq!(client.base_url(), "https://localhost:1/"),
        Err(error) => assert!(error.to_string().contains("root certificates"), "{error}"),
    }
}
