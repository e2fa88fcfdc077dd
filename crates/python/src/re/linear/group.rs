//! Reads groups and everything else that begins with `(`.

use super::parse::{Parser, Read};
use super::syntax::{Flags, Node};

impl Parser {
    /// Reads what stands behind a `(`; none for a comment and for flags of the whole pattern.
    pub(super) fn group(&mut self, flags: Flags, at_start: bool) -> Read<Option<Node>> {
        let begin = self.at - 1;
        if !self.take_if('?') {
            return self.capture(None, flags, begin).map(Some);
        }
        let Some(c) = self.take() else {
            return Err(self.fail("unexpected end of pattern", self.at));
        };
        match c {
            'P' => self.named(flags, begin).map(Some),
            ':' => {
                let inner = self.inner(flags, begin)?;
                Ok(Some(Node::Group(None, Box::new(inner))))
            }
            '>' => Ok(Some(Node::Atomic(Box::new(self.inner(flags, begin)?)))),
            '#' => {
                self.take_while(usize::MAX, |c| c != ')');
                if !self.take_if(')') {
                    return Err(self.fail("missing ), unterminated comment", begin));
                }
                Ok(None)
            }
            '=' | '!' => self.look(false, c == '!', (flags, begin)).map(Some),
            '<' => match self.take() {
                Some(c @ ('=' | '!')) => self.look(true, c == '!', (flags, begin)).map(Some),
                Some(c) => Err(self.fail(&format!("unknown extension ?<{c}"), begin + 1)),
                None => Err(self.fail("unexpected end of pattern", self.at)),
            },
            '(' => self.conditional(flags, begin).map(Some),
            c if c == '-' || "aiLmsux".contains(c) => self.flags(c, flags, (begin, at_start)),
            c => Err(self.fail(&format!("unknown extension ?{c}"), begin + 1)),
        }
    }

    fn inner(&mut self, flags: Flags, begin: usize) -> Read<Node> {
        let inner = self.choice(flags, false)?;
        if !self.take_if(')') {
            return Err(self.fail("missing ), unterminated subpattern", begin));
        }
        Ok(inner)
    }

    fn capture(&mut self, name: Option<String>, flags: Flags, begin: usize) -> Read<Node> {
        let number = self.widths.len();
        self.widths.push(None);
        if let Some(name) = name {
            if let Some((_, was)) = self.names.iter().find(|(known, _)| *known == name) {
                let message = format!(
                    "redefinition of group name '{name}' as group {number}; was group {was}"
                );
                return Err(self.fail(&message, begin + 4));
            }
            self.names.push((name, number));
        }
        let inner = self.inner(flags, begin)?;
        let width = inner.width(&self.widths);
        self.widths[number] = Some(width);
        Ok(Node::Group(Some(number), Box::new(inner)))
    }

    fn named(&mut self, flags: Flags, begin: usize) -> Read<Node> {
        match self.take() {
            Some('<') => {
                let name = self.name('>')?;
                self.capture(Some(name), flags, begin)
            }
            Some('=') => {
                let at = self.at;
                let name = self.name(')')?;
                let group = self.number_of(&name, at)?;
                self.closed_group(group, (at, at))?;
                Ok(Node::Reference(group, flags))
            }
            Some(c) => Err(self.fail(&format!("unknown extension ?P{c}"), begin + 1)),
            None => Err(self.fail("unexpected end of pattern", self.at)),
        }
    }

    fn number_of(&self, name: &str, at: usize) -> Read<usize> {
        let found = self.names.iter().find(|(known, _)| known == name);
        let missing = || self.fail(&format!("unknown group name '{name}'"), at);
        found.map(|(_, number)| *number).ok_or_else(missing)
    }

    /// Reads a name up to a terminator.
    fn name(&mut self, terminator: char) -> Read<String> {
        let at = self.at;
        let name = self.until(terminator)?;
        if !is_identifier(&name) {
            return Err(self.fail(&format!("bad character in group name '{name}'"), at));
        }
        Ok(name)
    }

    fn until(&mut self, terminator: char) -> Read<String> {
        let at = self.at;
        let text = self.take_while(usize::MAX, |c| c != terminator);
        let ended = self.take_if(terminator);
        if text.is_empty() {
            return Err(self.fail("missing group name", at));
        }
        if !ended {
            return Err(self.fail(&format!("missing {terminator}, unterminated name"), at));
        }
        Ok(text)
    }

    fn look(&mut self, behind: bool, negated: bool, (flags, begin): (Flags, usize)) -> Read<Node> {
        let outermost = self.look_behind.is_none();
        if behind && outermost {
            self.look_behind = Some(self.widths.len());
        }
        let inner = self.inner(flags, begin)?;
        if behind && outermost {
            self.look_behind = None;
        }
        if behind {
            let (low, high) = inner.width(&self.widths);
            if low != high {
                let raise = super::error("look-behind requires fixed-width pattern");
                return Err(super::parse::Stop::Raise(raise));
            }
        }
        Ok(Node::Look { behind, negated, inner: Box::new(inner) })
    }

    fn conditional(&mut self, flags: Flags, begin: usize) -> Read<Node> {
        let at = self.at;
        let name = self.until(')')?;
        let group = if is_identifier(&name) {
            self.number_of(&name, at)?
        } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
            let group = name.parse().unwrap_or(usize::MAX);
            if group == 0 {
                return Err(self.fail("bad group number", at));
            }
            self.conditions.push((group, at));
            group
        } else {
            return Err(self.fail(&format!("bad character in group name '{name}'"), at));
        };
        self.outside_look_behind(group)?;
        let yes = self.branch(flags)?;
        let no = if self.take_if('|') { self.branch(flags)? } else { Node::Sequence(Vec::new()) };
        if self.peek() == Some('|') {
            return Err(self.fail("conditional backref with more than two branches", self.at));
        }
        if !self.take_if(')') {
            return Err(self.fail("missing ), unterminated subpattern", begin));
        }
        Ok(Node::Conditional { group, yes: Box::new(yes), no: Box::new(no) })
    }

    fn branch(&mut self, flags: Flags) -> Read<Node> {
        self.depth += 1;
        if self.depth > 100 {
            return Err(self.fail("groups are nested too deeply", self.at));
        }
        let node = self.sequence(flags, false)?;
        self.depth -= 1;
        Ok(node)
    }

    /// Reads flags: for the whole pattern, or for a group.
    fn flags(
        &mut self,
        first: char,
        flags: Flags,
        (begin, at_start): (usize, bool),
    ) -> Read<Option<Node>> {
        let mut scoped = flags;
        let mut kinds = String::new();
        let mut next = Some(first);
        let (mut negative, mut any_positive, mut any_negative) = (false, false, false);
        loop {
            match next {
                Some(')') if !negative => return self.global_flags(scoped, (begin, at_start)),
                Some(':') if !negative || any_negative => break,
                Some('-') if !negative => negative = true,
                Some(c) if "aiLmsux".contains(c) => {
                    self.set_flag(c, !negative, &mut scoped)?;
                    if "au".contains(c) && !kinds.contains(c) {
                        kinds.push(c);
                    }
                    if kinds.len() > 1 {
                        let message = "bad inline flags: flags 'a', 'u' and 'L' are incompatible";
                        return Err(self.fail(message, self.at));
                    }
                    any_positive |= !negative;
                    any_negative |= negative;
                }
                Some(c) if c.is_alphabetic() => return Err(self.fail("unknown flag", self.at - 1)),
                None => {
                    let missing = if negative { "missing :" } else { "missing -, : or )" };
                    return Err(self.fail(missing, self.at));
                }
                Some(_) => {
                    let missing = match (negative, any_negative, any_positive) {
                        (true, false, _) => "missing flag",
                        (true, true, _) => "missing :",
                        (false, ..) => "missing -, : or )",
                    };
                    return Err(self.fail(missing, self.at - 1));
                }
            }
            next = self.take();
        }
        let inner = self.inner(scoped, begin)?;
        Ok(Some(Node::Group(None, Box::new(inner))))
    }

    fn set_flag(&self, letter: char, on: bool, flags: &mut Flags) -> Read<()> {
        match letter {
            'i' => flags.ignore_case = on,
            'm' => flags.multi_line = on,
            's' => flags.dot_all = on,
            'x' => flags.verbose = on,
            'a' if on => flags.ascii = true,
            'u' if on => flags.ascii = false,
            'L' => {
                let message = "bad inline flags: cannot use 'L' flag with a str pattern";
                return Err(self.fail(message, self.at));
            }
            _ => {
                let message = "bad inline flags: cannot turn off flags 'a', 'u' and 'L'";
                return Err(self.fail(message, self.at));
            }
        }
        Ok(())
    }

    fn global_flags(
        &mut self,
        flags: Flags,
        (begin, at_start): (usize, bool),
    ) -> Read<Option<Node>> {
        if !at_start {
            return Err(self.fail("global flags not at the start of the expression", begin));
        }
        if flags.verbose && !self.global.verbose {
            return Err(super::parse::Stop::Verbose);
        }
        self.global = flags;
        Ok(None)
    }
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}
