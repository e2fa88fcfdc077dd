//! The end of an execution travels its route.

use bus::Next;
use chatops::Sentence;
use model::{Principal, event::Kind};
use serde_json::{Value, json};
use testkit::{House, Plan, Smtpd};

fn sentence(command: &str, route: &str) -> Sentence {
    Sentence {
        command: command.to_owned(),
        user: json!("alice"),
        source_channel: "#ops".to_owned(),
        source_context: json!({"id": "m1", "text": "{{ st2kv.system.x }}"}),
        route: Some(route.to_owned()),
        principal: Principal::system("bot"),
    }
}

fn plan() -> Plan {
    let files = vec![
        ("t/pack.yaml", "name: t\ndescription: d\nversion: 1.0.0\nauthor: a\n".to_owned()),
        (
            "t/aliases/say.yaml",
            "name: say\naction_ref: core.echo\nformats: ['say {{message}}']\nresult: {format: 'said {{ execution.result.stdout }}', extra: {slack: {color: red}}}\n".to_owned(),
        ),
        (
            "t/aliases/mute.yaml",
            "name: mute\naction_ref: core.echo\nformats: ['mute {{message}}']\nresult: {enabled: false}\n".to_owned(),
        ),
        (
            "t/aliases/tell.yaml",
            "name: tell\naction_ref: core.echo\nformats: ['tell me {{message}}']\nextra: {squall: {private: true}}\n".to_owned(),
        ),
        (
            "t/rules/failures.yaml",
            "name: failures\nenabled: true\ntrigger: {type: core.st2.generic.actiontrigger}\ncriteria:\n  trigger.status: {type: equals, pattern: failed}\n  trigger.action_ref: {type: equals, pattern: core.local}\naction: {ref: core.noop}\n".to_owned(),
        ),
    ];
    Plan { files, ..Plan::default() }
}

async fn next_announcement(reader: &mut bus::Reader) -> (String, Value) {
    let waiting = async {
        loop {
            if let Next::Event(event) = reader.next().await
                && let Kind::Announcement { .. } = event.kind
            {
                return (event.name(), event.document());
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting)
        .await
        .expect("an announcement comes")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_comes_back_on_its_route_and_is_never_evaluated() {
    let house = House::build(plan()).await.unwrap();
    let mut reader = house.engine.bus().read();
    house
        .engine
        .chatops()
        .match_and_execute(&sentence("say {{ st2kv.system.x }} & more", "hubot"))
        .await
        .unwrap();
    let (name, document) = next_announcement(&mut reader).await;
    assert_eq!(name, "st2.announcement__chatops");
    let payload = &document["payload"];
    assert_eq!(payload["message"], "said {{ st2kv.system.x }} & more");
    assert_eq!(payload["channel"], "#ops");
    assert_eq!(payload["user"], "alice");
    assert_eq!(payload["whisper"], false);
    assert_eq!(payload["extra"], json!({"slack": {"color": "red"}}));
    assert_eq!(payload["context"], json!({"id": "m1", "text": "{{ st2kv.system.x }}"}));
    house.engine.chatops().match_and_execute(&sentence("say twice", "errbot")).await.unwrap();
    let (name, _) = next_announcement(&mut reader).await;
    assert_eq!(name, "st2.announcement__errbot");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_result_is_not_announced() {
    let house = House::build(plan()).await.unwrap();
    let mut reader = house.engine.bus().read();
    house.engine.chatops().match_and_execute(&sentence("mute one", "hubot")).await.unwrap();
    house.engine.chatops().match_and_execute(&sentence("say two", "hubot")).await.unwrap();
    let (_, document) = next_announcement(&mut reader).await;
    assert_eq!(document["payload"]["message"], "said two");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_result_is_whispered_by_bots_as_well() {
    let house = House::build(plan()).await.unwrap();
    let mut reader = house.engine.bus().read();
    house.engine.chatops().match_and_execute(&sentence("tell me a secret", "hubot")).await.unwrap();
    let (_, document) = next_announcement(&mut reader).await;
    assert_eq!(document["payload"]["whisper"], true);
    assert_eq!(document["payload"]["user"], "alice");
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_on_finished_actions_runs_its_action_once() {
    let house = House::build(plan()).await.unwrap();
    house.run("core.local", json!({"cmd": "false"})).await.unwrap();
    house.run("core.local", json!({"cmd": "true"})).await.unwrap();
    let filter = store::execution::Filter {
        equal: vec![(store::execution::Column::Rule, vec!["t.failures".to_owned()])],
        ..store::execution::Filter::default()
    };
    let count = house.engine.store().count_executions(&filter).await.unwrap();
    assert_eq!(count, 1);
    house.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_goes_through_the_configured_server() {
    let smtpd = Smtpd::start().await.unwrap();
    let smtp = runner::Smtp {
        host: "127.0.0.1".to_owned(),
        port: smtpd.port,
        security: runner::smtp::Security::None,
        username: None,
        password: None,
    };
    let settings = engine::Settings {
        execution: execution::Settings { smtp: Some(smtp), ..execution::Settings::default() },
        ..engine::Settings::default()
    };
    let house = House::build(Plan { settings, ..Plan::default() }).await.unwrap();
    let mail = json!({
        "to": "ann@example.com, bob@example.com", "from": "squall@example.com", "subject": "déjà vu", "body": "it works",
        "content_type": "text/plain",
    });
    let ended = house.run("core.sendmail", mail).await.unwrap();
    assert_eq!(ended.result.as_ref().unwrap()["succeeded"], true, "{:?}", ended.result);
    let taken = smtpd.wait_for(1).await.unwrap();
    assert!(taken[0].contains("To: ann@example.com, bob@example.com"), "{}", taken[0]);
    assert!(taken[0].contains("From: squall@example.com"));
    let none = house
        .run("core.sendmail", json!({"to": "nobody", "subject": "s", "body": "b"}))
        .await
        .unwrap();
    assert_eq!(none.status, model::Status::Failed);
    assert!(none.result.as_ref().unwrap()["stderr"].as_str().unwrap().contains("parameter `to`"));
    house.close().await.unwrap();
}
