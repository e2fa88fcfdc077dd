//! A pack directory to model: YAML as PyYAML reads it, with positions; schema checks; good messages.
