//! The commands that speak to a Squall, and those that need none.

use crate::squall::{Squall, run, stderr, stdout};

#[test]
fn exit_codes_tell_what_happened() {
    let squall = Squall::start();
    let check = |arguments: &[&str], expected: i32| {
        let done = squall.run(arguments);
        assert_eq!(done.status.code(), Some(expected), "{arguments:?}: {}", stderr(&done));
    };
    check(&["run", "core.noop"], 0);
    check(&["run", "core.local", "cmd=exit 3"], 1);
    check(&["run", "core.local", "cmd"], 2);
    check(&["run", "core.nope"], 3);
    check(&["run", "core.noop", "--url", "http://127.0.0.1:1", "--key", "x"], 4);
    check(&["run", "core.noop", "--key", "wrong"], 5);
    check(&["config", "show", "--config", "/nowhere.toml"], 2);
    check(&["pack", "lint", "/nowhere"], 3);
}

#[test]
fn nobody_to_speak_to_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let failed = run(folder.path(), &["run", "core.noop"], "");
    assert_eq!(failed.status.code(), Some(4));
    assert!(stderr(&failed).contains("start one with `squall up"), "{}", stderr(&failed));
}

#[test]
fn output_is_data_and_the_end_is_talk() {
    let squall = Squall::start();
    let ran = squall.run(&["run", "core.local", "cmd=echo out; echo err >&2"]);
    assert_eq!(stdout(&ran), "out\n");
    assert!(stderr(&ran).starts_with("err\n") && stderr(&ran).contains("succeeded"));
    let tailed = squall.run(&["run", "core.local", "cmd=echo one; echo two", "--tail"]);
    assert_eq!(stdout(&tailed), "one\ntwo\n");
}

#[test]
fn keys_open_until_they_are_disabled() {
    let squall = Squall::start();
    let made = squall.run(&["apikey", "create", "--user", "bot", "--json"]);
    let made: serde_json::Value = serde_json::from_str(&stdout(&made)).unwrap();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    let code = |arguments: &[&str]| squall.run(arguments).status.code();
    assert_eq!(code(&["run", "core.noop", "--key", key]), Some(0));
    assert_eq!(code(&["apikey", "disable", id]), Some(0));
    assert_eq!(code(&["run", "core.noop", "--key", key]), Some(5));
    assert_eq!(code(&["apikey", "enable", id]), Some(0));
    assert_eq!(code(&["apikey", "delete", id]), Some(0));
    assert_eq!(code(&["run", "core.noop", "--key", key]), Some(5));
}

#[test]
fn users_are_made_with_and_without_a_running_squall() {
    let add = |name| ["user", "add", name, "--password-stdin"];
    let squall = Squall::start();
    let while_running = run(&squall.data(), &add("ada"), "secret\n");
    assert_eq!(while_running.status.code(), Some(0), "{}", stderr(&while_running));
    let (folder, _) = squall.stop();
    let alone = run(&folder.path().join("data"), &add("eve"), "secret\n");
    assert_eq!(alone.status.code(), Some(0), "{}", stderr(&alone));
    let squall = Squall::start_in(folder);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = client::Client::new(&squall.url(), client::Credential::None).unwrap();
    for name in ["ada", "eve"] {
        let token = runtime.block_on(client.login(name, "secret", None));
        assert_eq!(token.unwrap().user, name);
        assert!(runtime.block_on(client.login(name, "wrong", None)).is_err());
    }
}

#[test]
fn doctor_finds_a_healthy_squall_and_an_open_key() {
    let squall = Squall::start();
    let healthy = squall.run(&["doctor"]);
    assert_eq!(healthy.status.code(), Some(0), "{}", stdout(&healthy));
    let key = squall.data().join("admin.key");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&key, open).unwrap();
    let ill = squall.run(&["doctor"]);
    assert_eq!(ill.status.code(), Some(1));
    assert!(stdout(&ill).contains("fail  administrator's key"), "{}", stdout(&ill));
}

#[test]
fn questions_are_answered_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |kind: &str, question: &str| {
        stdout(&run(folder.path(), &["eval", "--kind", kind], &format!("{question}\n")))
    };
    assert_eq!(
        ask("jinja", r#"{"id": 1, "template": "{{ a + 1 }}", "context": {"a": 3}}"#),
        "{\"id\":1,\"ok\":true,\"value\":\"4\"}\n"
    );
    assert_eq!(
        ask("operator", r#"{"id": 2, "op": "equals", "value": "a", "pattern": "a"}"#),
        "{\"id\":2,\"ok\":true,\"value\":true}\n"
    );
    assert_eq!(
        ask("alias_extract", r#"{"id": 3, "format": "deploy {{what}}", "text": "deploy web"}"#),
        "{\"id\":3,\"ok\":true,\"value\":{\"what\":\"web\"}}\n"
    );
}

#[test]
fn caret_stands_under_the_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let context = folder.path().join("context.json");
    std::fs::write(&context, r#"{"hosts": ["a", "b"], "name": "web"}"#).unwrap();
    let fails = |language: &str, text: &str| {
        let file = context.to_str().unwrap();
        let failed = run(folder.path(), &["eval", language, text, "--context", file], "");
        assert_eq!(failed.status.code(), Some(1), "{text}");
        stderr(&failed)
    };
    assert_eq!(
        fails("jinja", "a {{ name | uper }}"),
        "error: TemplateAssertionError: No filter named 'uper'.\n\
         1 | a {{ name | uper }}\n                ^ line 1, column 13\ndid you mean `upper`?\n"
    );
    assert_eq!(
        fails("jinja", "a\n{{ nam }}"),
        "error: UndefinedError: 'nam' is undefined\n\
         2 | {{ nam }}\n       ^ line 2, column 4\ndid you mean `name`?\n"
    );
    assert_eq!(
        fails("yaql", "<% ctx().nme %>"),
        "error: KeyError: 'nme'\n\
         1 | ctx().nme\n          ^ line 1, column 7\ndid you mean `name`?\n"
    );
    assert_eq!(
        fails("yaql", "ctx().hosts.lenn()"),
        "error: NoMethodRegisteredException: Unknown method \"lenn\" for receiver ('a', 'b')\n\
         1 | ctx().hosts.lenn()\n                ^ line 1, column 13\ndid you mean `len`?\n"
    );
    let unfinished = fails("yaql", "<% ctx().name + %>");
    assert!(unfinished.starts_with("error: YaqlGrammarException: "), "{unfinished}");
    assert!(unfinished.contains("1 | ctx().name +\n") && unfinished.contains('^'), "{unfinished}");
    assert!(fails("yaql", "{{ ctx().nme + 1 }}").contains("did you mean `name`?"));
}

#[test]
fn expressions_of_workflows_give_their_values() {
    let folder = tempfile::tempdir().unwrap();
    let context = folder.path().join("context.json");
    std::fs::write(&context, r#"{"hosts": ["a", "b"], "name": "web"}"#).unwrap();
    let gives = |text: &str, more: &[&str]| {
        let file = context.to_str().unwrap();
        let all = [&["eval", "yaql", text, "--context", file], more].concat();
        stdout(&run(folder.path(), &all, ""))
    };
    assert_eq!(gives("<% ctx().hosts %>", &[]), "[\"a\",\"b\"]\n");
    assert_eq!(gives("ctx().hosts.len() + 1", &[]), "3\n");
    assert_eq!(gives("to <% ctx(name) %>", &[]), "to web\n");
    assert_eq!(gives("{{ ctx().name }}", &["--json"]), "\"web\"\n");
}

#[test]
fn secrets_are_hidden_in_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("squall.toml");
    std::fs::write(&file, "[smtp]\nhost = \"mail\"\npassword = \"hush\"\n").unwrap();
    let shown = run(folder.path(), &["config", "show", "--config", file.to_str().unwrap()], "");
    assert!(stdout(&shown).contains("host = \"mail\"") && !stdout(&shown).contains("hush"));
}
