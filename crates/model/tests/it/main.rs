//! What people and clients see of the nouns.

#[cfg(test)]
mod runners;
