//! Characters that are written with a backslash.

use super::parse::{Parser, Read};

impl Parser {
    /// Reads the character that `c` behind a backslash stands for.
    pub(super) fn character(&mut self, c: char, begin: usize) -> Read<char> {
        Ok(match c {
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => self.hexadecimal(c, 2, begin)?,
            'u' => self.hexadecimal(c, 4, begin)?,
            'U' => self.hexadecimal(c, 8, begin)?,
            'N' => return Err(self.by_name(begin)),
            '0' => {
                let digits = self.take_while(2, |c| ('0'..='7').contains(&c));
                self.octal(&format!("0{digits}"), begin)?
            }
            c if c.is_ascii_alphabetic() => {
                return Err(self.fail(&format!("bad escape \\{c}"), begin));
            }
            c => c,
        })
    }

    /// Returns the character of octal digits.
    pub(super) fn octal(&self, digits: &str, begin: usize) -> Read<char> {
        let code = u32::from_str_radix(digits, 8).unwrap_or(u32::MAX);
        if code > 0o377 {
            let message = format!("octal escape value \\{digits} outside of range 0-0o377");
            return Err(self.fail(&message, begin));
        }
        char::from_u32(code).ok_or_else(|| self.fail(&format!("bad escape \\{digits}"), begin))
    }

    fn hexadecimal(&mut self, letter: char, count: usize, begin: usize) -> Read<char> {
        let digits = self.take_while(count, |c| c.is_ascii_hexdigit());
        let escape = format!("\\{letter}{digits}");
        if digits.len() < count {
            return Err(self.fail(&format!("incomplete escape {escape}"), begin));
        }
        let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        code.ok_or_else(|| self.fail(&format!("bad escape {escape}"), begin))
    }

    /// Returns the error of a character by its Unicode name: the names are not kept here.
    fn by_name(&mut self, begin: usize) -> super::parse::Stop {
        if !self.take_if('{') {
            return self.fail("missing {", self.at);
        }
        let name = self.take_while(usize::MAX, |c| c != '}');
        self.fail(&format!("undefined character name '{name}'"), begin)
    }
}
