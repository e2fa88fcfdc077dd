//! `squall workflow test`: runs workflows with mocked task results, without a server.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use clap::Args;
use flow::{
    Plan,
    rehearsal::{self, Case, Given, Key, Outcome},
    spec,
};
use model::{Clock as _, Object};
use python::{
    place::Step,
    yaml::{self, Document, Duplicates},
};
use serde_json::{Value, json};

use super::{difference, plan};
use crate::{
    clock::Machine,
    exit::{Code, Missing, Usage},
    print::{self, Color},
    suggest, table,
};

/// The number of parent folders that are searched for the workflow of a test.
const ABOVE_MAX: usize = 8;
/// The maximum size of a result file.
const RESULT_BYTES_MAX: u64 = 16 << 20;
/// The maximum number of files.
const FILES_MAX: usize = 10_000;

/// Run workflows with mocked task results; no Squall needs to run, and no action does
///
/// A file is a test, one of Orquesta's rehearsals, or a workflow: of that the tasks are printed
/// that would run if all went well. A folder stands for the files in it.
///
/// A test:
///   workflow: ../actions/workflows/deploy.yaml
///   cases:
///     - name: the second host is down
///       inputs: {hosts: [a, b]}
///       mocks:
///         ping: {items: [{}, {status: failed, result: {stderr: no route}}]}
///         fetch: [{status: failed}, {result: {stdout: done}}]
///       expect:
///         status: failed
///         tasks: [fetch, ping, alarm]
///         errors: ["ping: Execution failed"]
///
/// A mock has `status`, `result` or `result_file`, `route`, `times` and `items`; a list of them is
/// taken run by run, and its last stays. A case also has `context` (`ctx().st2`) and `datastore`
/// (`st2kv`), and `expect` also `output` and `inspection`. What is not mocked succeeds.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::commands) struct Test {
    /// Tests, workflows, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The folder that the files named in tests are in [default: that of the test, and those above]
    #[arg(short = 'p', long, value_name = "DIR")]
    base_path: Option<PathBuf>,
    /// Inputs for a workflow whose tasks are printed; JSON or a text
    #[arg(short, long = "input", value_name = "NAME=VALUE")]
    inputs: Vec<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The result of a case.
pub(super) struct Verdict {
    file: String,
    case: String,
    line: usize,
    failures: Vec<Failure>,
    /// The run, if the case has no expectations.
    plan: Option<Outcome>,
}

/// A failed expectation.
struct Failure {
    /// The position of the expectation, such as `tests/deploy.yaml:12`.
    place: String,
    message: String,
    sides: Option<(Value, Value)>,
}

/// A file with its path.
struct Source {
    name: String,
    folder: PathBuf,
    document: Document,
}

impl Test {
    pub(in crate::commands) fn run(&self) -> anyhow::Result<Code> {
        let inputs = self.inputs.iter().map(|given| input(given)).collect::<anyhow::Result<_>>()?;
        let mut verdicts = Vec::new();
        for file in files(&self.files)? {
            verdicts.extend(self.verdicts(&file, &inputs)?);
        }
        if self.json {
            table::json(&verdicts.iter().map(Verdict::to_json).collect::<Vec<Value>>())?;
        } else {
            verdicts.iter().for_each(Verdict::print);
        }
        let failed = verdicts.iter().filter(|verdict| !verdict.failures.is_empty()).count();
        let cases = verdicts.iter().filter(|verdict| verdict.plan.is_none()).count();
        if cases > 0 {
            let color = if failed == 0 { Color::Green } else { Color::Red };
            let text = format!("{} of {cases} cases passed", cases - failed);
            print::talk(print::colored_talk(color, &text));
        }
        Ok(if failed == 0 { Code::Ok } else { Code::Failed })
    }

    fn verdicts(&self, file: &Path, inputs: &Object) -> anyhow::Result<Vec<Verdict>> {
        let name = file.display().to_string();
        let folder = file.parent().map(Path::to_owned).unwrap_or_default();
        let text = fs::read(file).with_context(|| format!("cannot read `{name}`"))?;
        let document = match yaml::read(&text, Duplicates::Refuse) {
            Ok(document) => document,
            Err(error) => {
                let place = format!("{name}:{}", error.line);
                return Ok(vec![Verdict::failed(&name, place, error.message)]);
            }
        };
        let is_definition = rehearsal::is_definition(&document.value);
        let source = Source { name, folder, document };
        if is_definition {
            let own = file.file_name().map(|name| name.to_string_lossy().into_owned());
            let case = rehearsal::plan_of(&own.unwrap_or_default(), inputs.clone());
            return Ok(vec![self.verdict(&source, case)]);
        }
        match rehearsal::read(&source.document.value) {
            Ok(cases) => Ok(cases.into_iter().map(|case| self.verdict(&source, case)).collect()),
            Err(complaints) => {
                let mut verdict = Verdict::failed(&source.name, String::new(), String::new());
                let failure =
                    |it: rehearsal::Complaint| Failure::new(source.place(&it.path), it.message);
                verdict.failures = complaints.into_iter().map(failure).collect();
                Ok(vec![verdict])
            }
        }
    }

    fn verdict(&self, source: &Source, mut case: Case) -> Verdict {
        let line = source.line(&case.path);
        let (file, name) = (source.name.clone(), case.name.clone());
        let mut verdict = Verdict { file, case: name, line, failures: Vec::new(), plan: None };
        match self.play(source, &mut case) {
            Ok(outcome) => match &case.expect {
                None => {
                    // A workflow that fails has no plan.
                    let errors = outcome.errors.iter().filter_map(|it| it["message"].as_str());
                    let failure = |error: &str| {
                        let text = format!("{error}; results are made up: a test can mock them");
                        Failure::new(source.place(&case.path), text)
                    };
                    verdict.failures = errors.map(failure).collect();
                    verdict.plan = Some(outcome);
                }
                Some(expect) => {
                    let mismatches = rehearsal::judge(expect, &outcome);
                    verdict.failures = mismatches.iter().map(|it| source.failure(it)).collect();
                }
            },
            Err(failures) => verdict.failures = failures,
        }
        verdict
    }

    /// Runs a case; without failures and a run, the definition was expected to be invalid.
    fn play(&self, source: &Source, case: &mut Case) -> Result<Outcome, Vec<Failure>> {
        let one = |path: &[Key], message: String| vec![Failure::new(source.place(path), message)];
        let at = case.workflow.path.clone();
        let path = self.find(source, &case.workflow.value).map_err(|text| one(&at, text))?;
        let text = fs::read(&path).map_err(|error| {
            one(&at, format!("the workflow `{}` cannot be read: {error}", path.display()))
        })?;
        self.read_results(source, case)?;
        let shown = path.display().to_string();
        let definition = yaml::read(&text, Duplicates::Refuse).map_err(|error| {
            vec![Failure::new(format!("{shown}:{}", error.line), error.message)]
        })?;
        let expected = case.expect.as_ref().and_then(|expect| expect.inspection.as_ref());
        match rehearsal::inspect(&definition.value, expected, &case.path) {
            Ok(true) => {}
            Ok(false) => return Err(Vec::new()),
            Err(_) if expected.is_none() => {
                let findings = super::findings(&shown, &text);
                return Err(findings
                    .into_iter()
                    .map(|(place, message)| Failure::new(place, message))
                    .collect());
            }
            Err(mismatch) => return Err(vec![source.failure(&mismatch)]),
        }
        let refused = |error: String| one(&at, error);
        let workflow =
            spec::parse(&definition.value).map_err(|error| refused(error.to_string()))?;
        known_tasks(source, case, &workflow)?;
        let plan = Plan::new(workflow).map_err(|error| refused(error.to_string()))?;
        let now = Machine.now().micros();
        let now = jiff::Timestamp::from_microsecond(now).unwrap_or_default();
        rehearsal::rehearse(case, Arc::new(plan), now)
            .map_err(|error| one(&case.path, error.to_string()))
    }

    /// Reads the result files.
    fn read_results(&self, source: &Source, case: &mut Case) -> Result<(), Vec<Failure>> {
        let mut failures = Vec::new();
        for reply in case.replies_mut() {
            let Given::File(named) = &reply.result else { continue };
            let value = self.find(source, named).and_then(|path| read_result(&path));
            match value {
                Ok(value) => reply.result = Given::Value(value),
                Err(text) => failures.push(Failure::new(source.place(&reply.path), text)),
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }

    /// Finds a file of a test: in the given folder, or in that of the test and its parents.
    fn find(&self, source: &Source, named: &str) -> Result<PathBuf, String> {
        let named = Path::new(named);
        if let Some(base) = &self.base_path {
            let path = base.join(named);
            return match path.is_file() {
                true => Ok(path),
                false => Err(format!("there is no file `{}`", path.display())),
            };
        }
        let whole = fs::canonicalize(&source.folder).unwrap_or_else(|_| source.folder.clone());
        let whole = if source.folder.as_os_str().is_empty() { current() } else { whole };
        if source.folder.join(named).is_file() {
            return Ok(source.folder.join(named));
        }
        let mut above = whole.ancestors().skip(1).take(ABOVE_MAX).map(|folder| folder.join(named));
        above.find(|path| path.is_file()).ok_or_else(|| {
            format!(
                "there is no file `{}`, from the test's folder or one above it; `--base-path` names another",
                named.display()
            )
        })
    }
}

fn current() -> PathBuf {
    fs::canonicalize(".").unwrap_or_default()
}

/// Returns the files to read; of folders, the YAML files in them.
fn files(given: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in given {
        if !path.is_dir() {
            if !path.exists() {
                anyhow::bail!(Missing(format!("there is no file `{}`", path.display())));
            }
            all.push(path.clone());
            continue;
        }
        let entries =
            fs::read_dir(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let mut inside: Vec<PathBuf> =
            entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        let is_yaml = |path: &PathBuf| {
            let end = path.extension().and_then(|end| end.to_str());
            path.is_file() && matches!(end, Some("yaml" | "yml"))
        };
        inside.retain(is_yaml);
        inside.sort();
        all.extend(inside);
    }
    if all.len() > FILES_MAX {
        anyhow::bail!(Usage(format!("{} files are too many: at most {FILES_MAX}", all.len())));
    }
    Ok(all)
}

fn input(given: &str) -> anyhow::Result<(String, Value)> {
    let (name, text) = given
        .split_once('=')
        .ok_or_else(|| Usage(format!("`{given}` is no input: write `name=value`")))?;
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    Ok((name.to_owned(), value))
}

/// Reads a result file: JSON, YAML or text.
fn read_result(path: &Path) -> Result<Value, String> {
    let shown = path.display();
    let size = fs::metadata(path).map(|found| found.len()).unwrap_or_default();
    if size > RESULT_BYTES_MAX {
        return Err(format!("the result `{shown}` has {size} bytes: at most {RESULT_BYTES_MAX}"));
    }
    let bytes = fs::read(path).map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
    match path.extension().and_then(|end| end.to_str()) {
        Some("json") => serde_json::from_slice(&bytes)
            .map_err(|error| format!("the result `{shown}` is no JSON: {error}")),
        Some("yaml" | "yml") => yaml::read(&bytes, Duplicates::KeepLast)
            .map(|document| document.value)
            .map_err(|error| format!("the result `{shown}` is no YAML: {error}")),
        _ => String::from_utf8(bytes)
            .map(Value::from)
            .map_err(|_| format!("the result `{shown}` is no UTF-8 text")),
    }
}

/// Fails for mocks of unknown tasks.
fn known_tasks(
    source: &Source,
    case: &Case,
    workflow: &spec::Workflow,
) -> Result<(), Vec<Failure>> {
    let unknown = case.mocked().into_iter().filter(|it| !workflow.tasks.contains_key(&it.value));
    let failures: Vec<Failure> = unknown
        .map(|told| {
            let names = workflow.tasks.keys().map(String::as_str);
            let near = suggest::closest(&told.value, names);
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let message = format!("the workflow has no task `{}`{hint}", told.value);
            Failure::new(source.place(&told.path), message)
        })
        .collect();
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

impl Source {
    fn line(&self, path: &[Key]) -> usize {
        let step = |key: &Key| match key {
            Key::Index(index) => Step::Index(*index),
            Key::Name(name) => Step::key(name.as_str()),
        };
        let path: Vec<Step> = path.iter().map(step).collect();
        self.document.key_at(&path).line
    }

    fn place(&self, path: &[Key]) -> String {
        format!("{}:{}", self.name, self.line(path))
    }

    fn failure(&self, mismatch: &rehearsal::Mismatch) -> Failure {
        let message = format!("the {} is not as expected", mismatch.aspect);
        let sides = Some((mismatch.expected.clone(), mismatch.actual.clone()));
        Failure { place: self.place(&mismatch.path), message, sides }
    }
}

impl Failure {
    fn new(place: String, message: String) -> Self {
        Self { place, message, sides: None }
    }
}

impl Verdict {
    /// Returns the verdict on a file without cases.
    fn failed(file: &str, place: String, message: String) -> Self {
        let failures = vec![Failure::new(place, message)];
        Self { file: file.to_owned(), case: "file".to_owned(), line: 1, failures, plan: None }
    }

    fn print(&self) {
        let (word, color) = match self.failures.is_empty() {
            true => ("ok  ", Color::Green),
            false => ("FAIL", Color::Red),
        };
        let place = format!("{}:{}", self.file, self.line);
        print::data(format_args!(
            "{}  {place}  {}",
            print::colored(color, word),
            print::clean(&self.case)
        ));
        for failure in &self.failures {
            let message = print::clean(&failure.message).replace('\n', "\n      ");
            print::data(format_args!("      {}: {message}", failure.place));
            if let Some((expected, actual)) = &failure.sides {
                for line in difference::lines(expected, actual) {
                    print::data(format_args!("        {}", print::clean(&line)));
                }
            }
        }
        if let Some(outcome) = &self.plan {
            plan::print(outcome);
        }
    }

    fn to_json(&self) -> Value {
        let failure = |failure: &Failure| {
            let (expected, actual) = failure.sides.clone().unzip();
            json!({
                "place": failure.place, "message": failure.message,
                "expected": expected, "actual": actual,
            })
        };
        json!({
            "file": self.file,
            "case": self.case,
            "line": self.line,
            "passed": self.failures.is_empty(),
            "failures": self.failures.iter().map(failure).collect::<Vec<Value>>(),
            "plan": self.plan.as_ref().map(plan::to_json),
        })
    }
}
