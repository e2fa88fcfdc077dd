//! Expression languages: text and values in, values out.
