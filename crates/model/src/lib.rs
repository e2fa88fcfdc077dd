//! The nouns of Squall and their JSON: ids, references, actions, aliases, rules, executions, principals.
