//! A file to which actions append lines, read as it grows.

use std::{
    collections::HashMap,
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::PathBuf,
};

use model::Id;

/// How often each id was the first or the second word of a line.
#[derive(Debug)]
pub(super) struct Trace {
    path: PathBuf,
    offset: u64,
    /// Counts the ids that are first words.
    pub(super) first: HashMap<Id, u32>,
    /// Counts the ids that are second words.
    pub(super) second: HashMap<Id, u32>,
}

impl Trace {
    /// Returns a reader of a file that may not exist yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, offset: 0, first: HashMap::new(), second: HashMap::new() }
    }

    /// Reads the lines that were added.
    pub(super) fn read(&mut self) -> anyhow::Result<()> {
        let Ok(mut file) = File::open(&self.path) else { return Ok(()) };
        file.seek(SeekFrom::Start(self.offset))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let complete = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..complete].lines() {
            let mut words = line.split(' ').map(str::parse);
            for counts in [&mut self.first, &mut self.second] {
                if let Some(Ok(id)) = words.next() {
                    *counts.entry(id).or_default() += 1;
                }
            }
        }
        self.offset += u64::try_from(complete)?;
        Ok(())
    }
}
