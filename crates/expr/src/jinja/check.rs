//! What is found out about a template before it runs: names of filters and
//! tests that do not exist, and the variables that it reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use python::raise::{Class, Outcome, Raise};

use crate::document::functions;
use crate::filters;

use super::ast::{Block, Call, Expression, Kind, Statement, StatementKind, Target};
use super::globals;

/// Refuses filters and tests that do not exist, except where they may never run,
/// and blocks that are defined twice.
pub(super) fn statements(body: &[Statement]) -> Outcome<()> {
    let mut blocks = BTreeSet::new();
    check_body(body, false, &mut blocks)
}

fn check_body<'a>(
    body: &'a [Statement],
    soft: bool,
    blocks: &mut BTreeSet<&'a str>,
) -> Outcome<()> {
    for statement in body {
        if let StatementKind::Block(block) = &statement.kind
            && !blocks.insert(&block.name)
        {
            let message = format!("block '{}' defined twice", block.name);
            return Err(Raise::new(Class::TemplateAssertion, message).at(statement.at));
        }
        // Only branches are looked up late; what nests inside them in a scope of its own is not.
        let soft = soft && !opens_scope(statement);
        let branches = matches!(statement.kind, StatementKind::If(..));
        for part in parts(statement) {
            expression(part, soft || branches)?;
        }
        for inner in bodies(statement) {
            check_body(inner, soft || branches, blocks)?;
        }
    }
    Ok(())
}

fn opens_scope(statement: &Statement) -> bool {
    !matches!(
        statement.kind,
        StatementKind::Text(_)
            | StatementKind::Output(_)
            | StatementKind::If(..)
            | StatementKind::Set(..)
            | StatementKind::Load(_)
    )
}

/// Refuses filters and tests that do not exist.
pub(super) fn expression(part: &Expression, soft: bool) -> Outcome<()> {
    let soft = soft || matches!(part.kind, Kind::Condition(_));
    let unknown = match &part.kind {
        Kind::Filter(_, name, _) if !filters::exists(name) && !functions::exists(name) => {
            Some(("filter", name))
        }
        Kind::Test(_, name, _) if !filters::tests::exists(name) => Some(("test", name)),
        _ => None,
    };
    if let (Some((noun, name)), false) = (unknown, soft) {
        let message = format!("No {noun} named '{name}'.");
        let mut raise = Raise::new(Class::TemplateAssertion, message).at(part.at).about(name);
        raise.0.nearest = match noun {
            "filter" => super::nearest(name, filters::NAMES.iter().copied()),
            _ => super::nearest(name, filters::tests::NAMES.iter().copied()),
        };
        return Err(raise);
    }
    for child in children(part) {
        expression(child, soft)?;
    }
    Ok(())
}

/// Returns the expressions that a statement has outside its bodies.
fn parts(statement: &Statement) -> Vec<&Expression> {
    match &statement.kind {
        StatementKind::Text(_) | StatementKind::Block(_) => Vec::new(),
        StatementKind::Output(value)
        | StatementKind::Set(_, value)
        | StatementKind::FilterBlock(value, _)
        | StatementKind::Autoescape(value, _)
        | StatementKind::Load(value) => vec![value],
        StatementKind::For(parts) => [&parts.items].into_iter().chain(&parts.test).collect(),
        StatementKind::If(branches, _) => branches.iter().map(|(test, _)| test).collect(),
        StatementKind::SetBlock(_, filter, _) => filter.iter().collect(),
        StatementKind::With(values, _) => values.iter().map(|(_, value)| value).collect(),
        StatementKind::Macro(definition) => definition.defaults.iter().collect(),
        StatementKind::CallBlock(caller, call) => {
            [call].into_iter().chain(&caller.defaults).collect()
        }
    }
}

/// Returns the bodies of a statement.
fn bodies(statement: &Statement) -> Vec<&[Statement]> {
    match &statement.kind {
        StatementKind::Text(_)
        | StatementKind::Output(_)
        | StatementKind::Set(..)
        | StatementKind::Load(_) => Vec::new(),
        StatementKind::For(parts) => vec![&parts.body, &parts.otherwise],
        StatementKind::If(branches, otherwise) => {
            branches.iter().map(|(_, body)| body.as_slice()).chain([otherwise.as_slice()]).collect()
        }
        StatementKind::SetBlock(_, _, body)
        | StatementKind::With(_, body)
        | StatementKind::FilterBlock(_, body)
        | StatementKind::Autoescape(_, body) => vec![body],
        StatementKind::Macro(definition) | StatementKind::CallBlock(definition, _) => {
            vec![&definition.body]
        }
        StatementKind::Block(block) => vec![&block.body],
    }
}

pub(super) fn children(part: &Expression) -> Vec<&Expression> {
    match &part.kind {
        Kind::Constant(_) | Kind::Name(_) => Vec::new(),
        Kind::Tuple(items) | Kind::List(items) | Kind::Concat(items) => items.iter().collect(),
        Kind::Dict(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        Kind::Attribute(inner, _)
        | Kind::Not(inner)
        | Kind::Negate(inner)
        | Kind::Affirm(inner) => vec![inner],
        Kind::Item(a, b) | Kind::And(a, b) | Kind::Or(a, b) | Kind::Binary(_, a, b) => vec![a, b],
        Kind::Slice(inner, bounds) => {
            [&**inner].into_iter().chain(bounds.iter().flatten()).collect()
        }
        Kind::Call(inner, call) | Kind::Test(inner, _, call) => {
            [&**inner].into_iter().chain(arguments(call)).collect()
        }
        Kind::Filter(inner, _, call) => {
            inner.iter().map(|inner| &**inner).chain(arguments(call)).collect()
        }
        Kind::Compare(first, rest) => {
            [&**first].into_iter().chain(rest.iter().map(|(_, operand)| operand)).collect()
        }
        Kind::Condition(condition) => {
            [&condition.test, &condition.then].into_iter().chain(&condition.otherwise).collect()
        }
    }
}

fn arguments(call: &Call) -> impl Iterator<Item = &Expression> {
    let named = call.named.iter().map(|(_, value)| value);
    call.positional.iter().chain(named).chain(&call.more_positional).chain(&call.more_named)
}

/// Returns the names that an assignment sets.
pub(super) fn names(target: &Target) -> BTreeSet<&str> {
    match target {
        Target::Name(name) => BTreeSet::from([&**name]),
        Target::Attribute(..) => BTreeSet::new(),
        Target::Tuple(parts) => parts.iter().flat_map(names).collect(),
    }
}

/// Adds the names that are read in a body before they are set there; blocks are left out.
pub(super) fn free_names(body: &[Statement], free: &mut BTreeSet<String>) {
    let mut set = BTreeSet::new();
    free_in_body(body, &mut set, free);
}

fn free_in_body(body: &[Statement], set: &mut BTreeSet<String>, free: &mut BTreeSet<String>) {
    for statement in body {
        match &statement.kind {
            StatementKind::Block(_) => continue,
            StatementKind::Set(target, _) | StatementKind::SetBlock(target, ..) => {
                set.extend(names(target).into_iter().map(str::to_owned));
            }
            StatementKind::For(parts) => {
                set.extend(names(&parts.target).into_iter().map(str::to_owned));
            }
            StatementKind::With(values, _) => {
                for (target, _) in values {
                    set.extend(names(target).into_iter().map(str::to_owned));
                }
            }
            StatementKind::Macro(inner) | StatementKind::CallBlock(inner, _) => {
                set.extend(inner.parameters.iter().map(|name| name.to_string()));
            }
            _ => {}
        }
        for part in parts(statement) {
            free_in_expression(part, set, free);
        }
        for inner in bodies(statement) {
            free_in_body(inner, set, free);
        }
    }
}

fn free_in_expression(part: &Expression, set: &BTreeSet<String>, free: &mut BTreeSet<String>) {
    if let Kind::Name(name) = &part.kind
        && !set.contains(&**name)
    {
        free.insert(name.to_string());
    }
    for child in children(part) {
        free_in_expression(child, set, free);
    }
}

/// Returns the variables that a template reads from its context.
pub(super) fn undeclared(body: &[Statement]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut frame = Frame::default();
    let mut free = BTreeSet::new();
    free_names(body, &mut free);
    if free.contains("self") {
        frame.known.insert("self".to_owned());
    }
    frame.scan(body);
    frame.finish(body, &mut found);
    found.retain(|name| !globals::NAMES.contains(&name.as_str()));
    found
}

/// A scope: the names known in it, and those that it takes from the context.
#[derive(Default, Clone)]
struct Frame {
    known: BTreeSet<String>,
    stored: BTreeSet<String>,
    resolved: BTreeSet<String>,
    outer: BTreeSet<String>,
}

impl Frame {
    fn inner(&self) -> Self {
        let outer = self.outer.union(&self.known).cloned().collect();
        Self { outer, ..Self::default() }
    }

    fn store(&mut self, name: &str) {
        self.known.insert(name.to_owned());
        self.stored.insert(name.to_owned());
    }

    fn load(&mut self, part: &Expression) {
        if let Kind::Name(name) = &part.kind {
            self.load_name(name);
        }
        for child in children(part) {
            self.load(child);
        }
    }

    fn load_name(&mut self, name: &str) {
        if !self.known.contains(name) && !self.outer.contains(name) {
            self.known.insert(name.to_owned());
            self.resolved.insert(name.to_owned());
        }
    }

    fn assign(&mut self, target: &Target) {
        match target {
            Target::Name(name) => self.store(name),
            Target::Attribute(name, _) => self.load_name(name),
            Target::Tuple(parts) => parts.iter().for_each(|part| self.assign(part)),
        }
    }

    /// Takes in what happens in this scope itself, in order.
    fn scan(&mut self, body: &[Statement]) {
        for statement in body {
            match &statement.kind {
                StatementKind::Text(_)
                | StatementKind::Block(_)
                | StatementKind::Autoescape(..) => {}
                StatementKind::Output(value) | StatementKind::Load(value) => self.load(value),
                StatementKind::For(parts) => self.load(&parts.items),
                StatementKind::If(branches, otherwise) => self.branches(branches, otherwise),
                StatementKind::Set(target, value) => {
                    self.load(value);
                    self.assign(target);
                }
                StatementKind::SetBlock(target, ..) => self.assign(target),
                StatementKind::With(values, _) => {
                    values.iter().for_each(|(_, value)| self.load(value));
                }
                StatementKind::Macro(definition) => self.store(&definition.name),
                StatementKind::CallBlock(_, call) => self.load(call),
                StatementKind::FilterBlock(filter, _) => self.load(filter),
            }
        }
    }

    fn branches(&mut self, branches: &[(Expression, Vec<Statement>)], otherwise: &[Statement]) {
        let Some(((test, body), rest)) = branches.split_first() else { return };
        self.load(test);
        let mut visited = [self.clone(), self.clone(), self.clone()];
        visited[0].scan(body);
        for (test, body) in rest {
            visited[1].load(test);
            let mut inner = visited[1].clone();
            inner.scan(body);
            visited[1].merge(&[inner]);
        }
        visited[2].scan(otherwise);
        self.merge(&visited);
    }

    /// Joins branches: what only some of them set may come from the context.
    fn merge(&mut self, branches: &[Self]) {
        for branch in branches {
            for name in branch.stored.difference(&self.stored.clone()) {
                if !self.outer.contains(name) {
                    self.resolved.insert(name.clone());
                }
            }
        }
        for branch in branches {
            self.known.extend(branch.known.iter().cloned());
            self.stored.extend(branch.stored.iter().cloned());
            self.resolved.extend(branch.resolved.iter().cloned());
        }
    }

    /// Adds what this scope and those inside it take from the context.
    fn finish(&self, body: &[Statement], found: &mut BTreeSet<String>) {
        found.extend(self.resolved.iter().cloned());
        for statement in body {
            if matches!(statement.kind, StatementKind::If(..)) {
                for inner in bodies(statement) {
                    self.finish(inner, found);
                }
                continue;
            }
            self.finish_inner(statement, found);
        }
    }

    fn finish_inner(&self, statement: &Statement, found: &mut BTreeSet<String>) {
        let mut frame = self.inner();
        let body: &[Statement] = match &statement.kind {
            StatementKind::For(parts) => {
                let mut test = frame.clone();
                test.assign(&parts.target);
                parts.test.iter().for_each(|part| test.load(part));
                found.extend(test.resolved);
                let mut otherwise = frame.clone();
                otherwise.scan(&parts.otherwise);
                otherwise.finish(&parts.otherwise, found);
                frame.store("loop");
                frame.assign(&parts.target);
                &parts.body
            }
            StatementKind::With(values, body) => {
                values.iter().for_each(|(target, _)| frame.assign(target));
                body
            }
            StatementKind::Macro(inner) | StatementKind::CallBlock(inner, _) => {
                inner.parameters.iter().for_each(|name| frame.store(name));
                for special in ["caller", "kwargs", "varargs"] {
                    frame.store(special);
                }
                inner.defaults.iter().for_each(|value| frame.load(value));
                &inner.body
            }
            StatementKind::SetBlock(_, filter, body) => {
                filter.iter().for_each(|part| frame.load(part));
                body
            }
            StatementKind::FilterBlock(_, body) => body,
            StatementKind::Autoescape(value, body) => {
                frame.load(value);
                body
            }
            StatementKind::Block(block) => {
                frame = Self::default();
                frame.store("self");
                frame.store("super");
                &block.body
            }
            _ => return,
        };
        frame.scan(body);
        frame.finish(body, found);
    }
}

/// Collects the blocks of a template.
pub(super) fn blocks(body: &[Statement], found: &mut Vec<Arc<Block>>) {
    for statement in body {
        if let StatementKind::Block(block) = &statement.kind {
            found.push(Arc::clone(block));
        }
        for inner in bodies(statement) {
            blocks(inner, found);
        }
    }
}
