//! Sentences to aliases and back: the format grammar, the matcher over all aliases, suggestions.
