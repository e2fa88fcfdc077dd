//! Exceptions as Python names them: what an evaluation raises instead of a value.

use std::fmt;

/// The class of an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A condition that was asserted does not hold.
    Assertion,
    /// An attribute is missing.
    Attribute,
    /// A date does not parse.
    Date,
    /// An error without a class of its own.
    Exception,
    /// A filter was given arguments that it does not take.
    FilterArgument,
    /// A sequence is shorter than an index asks for.
    Index,
    /// Text is not JSON.
    JsonDecode,
    /// A path into JSON does not parse.
    JsonPath,
    /// A mapping lacks a key.
    Key,
    /// An evaluation went beyond one of its limits.
    Limit,
    /// A codec or the like is unknown.
    Lookup,
    /// An operation does not exist yet.
    NotImplemented,
    /// A number is too large.
    Overflow,
    /// Values are nested too deeply.
    Recursion,
    /// A regular expression does not compile or gave up.
    Regex,
    /// Something failed while running.
    Runtime,
    /// The sandbox refuses an access.
    Security,
    /// A Python literal does not parse.
    Syntax,
    /// A template names a filter or test that does not exist.
    TemplateAssertion,
    /// A template failed while it was rendered.
    TemplateRuntime,
    /// A template does not parse.
    TemplateSyntax,
    /// An operation does not fit the types of its operands.
    Type,
    /// A name, attribute or item does not exist.
    Undefined,
    /// Bytes are not text in the given encoding, or the reverse.
    Unicode,
    /// A value does not fit.
    Value,
    /// Text is not YAML.
    Yaml,
    /// A division by zero.
    ZeroDivision,
    /// A ciphertext does not fit its key.
    Signature,
    /// Text is not hexadecimal.
    Hex,
    /// A template inside another one failed.
    JinjaEvaluation,
    /// An expression inside another one failed.
    YaqlEvaluation,
    /// A value cannot be written as YAML.
    Representer,
    /// A variable is private to the engine.
    VariableInaccessible,
    /// A workflow has no variable of a name.
    VariableUndefined,
    /// A function of a workflow failed.
    Evaluation,
    /// There is no next item.
    StopIteration,
    /// A YAQL expression holds a character that starts nothing.
    Lexical,
    /// A YAQL expression does not parse.
    Grammar,
    /// A YAQL argument is of a wrong type.
    Argument,
    /// A name of a YAQL argument is no plain name.
    MappingTranslation,
    /// Several YAQL methods of a name take the arguments.
    AmbiguousMethod,
    /// Several YAQL functions of a name take the arguments.
    AmbiguousFunction,
    /// No YAQL method of a name takes the arguments.
    NoMatchingMethod,
    /// No YAQL function of a name takes the arguments.
    NoMatchingFunction,
    /// YAQL knows no method of a name.
    NoMethod,
    /// YAQL knows no function of a name.
    NoFunction,
}

impl Class {
    /// Returns the name of the class as Python prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Assertion => "AssertionError",
            Self::Attribute => "AttributeError",
            Self::Date => "ParserError",
            Self::Exception => "Exception",
            Self::FilterArgument => "FilterArgumentError",
            Self::Index => "IndexError",
            Self::JsonDecode => "JSONDecodeError",
            Self::JsonPath => "JsonPathLexerError",
            Self::Key => "KeyError",
            Self::Limit => "LimitError",
            Self::Lookup => "LookupError",
            Self::NotImplemented => "NotImplementedError",
            Self::Overflow => "OverflowError",
            Self::Recursion => "RecursionError",
            Self::Regex => "error",
            Self::Runtime => "RuntimeError",
            Self::Security => "SecurityError",
            Self::Syntax => "SyntaxError",
            Self::TemplateAssertion => "TemplateAssertionError",
            Self::TemplateRuntime => "TemplateRuntimeError",
            Self::TemplateSyntax => "TemplateSyntaxError",
            Self::Type => "TypeError",
            Self::Undefined => "UndefinedError",
            Self::Unicode => "UnicodeError",
            Self::Value => "ValueError",
            Self::Yaml => "YAMLError",
            Self::ZeroDivision => "ZeroDivisionError",
            Self::Signature => "InvalidSignature",
            Self::Hex => "Error",
            Self::JinjaEvaluation => "JinjaEvaluationException",
            Self::YaqlEvaluation => "YaqlEvaluationException",
            Self::Representer => "RepresenterError",
            Self::VariableInaccessible => "VariableInaccessibleError",
            Self::VariableUndefined => "VariableUndefinedError",
            Self::Evaluation => "ExpressionEvaluationException",
            Self::StopIteration => "StopIteration",
            Self::Lexical => "YaqlLexicalException",
            Self::Grammar => "YaqlGrammarException",
            Self::Argument => "ArgumentException",
            Self::MappingTranslation => "MappingTranslationException",
            Self::AmbiguousMethod => "AmbiguousMethodException",
            Self::AmbiguousFunction => "AmbiguousFunctionException",
            Self::NoMatchingMethod => "NoMatchingMethodException",
            Self::NoMatchingFunction => "NoMatchingFunctionException",
            Self::NoMethod => "NoMethodRegisteredException",
            Self::NoFunction => "NoFunctionRegisteredException",
        }
    }
}

/// What is known about an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The class.
    pub class: Class,
    /// The text, as Python's `str` gives it.
    pub message: String,
    /// Where in the template it was raised: a byte offset.
    pub offset: Option<usize>,
    /// The class, where a function of the caller raised one of its own.
    pub foreign_class: Option<String>,
    /// The name that failed.
    pub name: Option<String>,
    /// The existing name that is nearest to the one that failed.
    pub nearest: Option<String>,
}

/// A raised exception; boxed, so that results stay small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raise(pub Box<Details>);

impl Raise {
    /// Creates an exception from its class and text.
    pub fn new(class: Class, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            class,
            message: message.into(),
            offset: None,
            foreign_class: None,
            name: None,
            nearest: None,
        }))
    }

    /// Creates the error for an attribute that a type lacks.
    #[must_use]
    pub fn no_attribute(type_name: &str, attribute: &str) -> Self {
        let message = format!("'{type_name}' object has no attribute '{attribute}'");
        Self::new(Class::Attribute, message)
    }

    /// Returns the name of the class, as Python prints it.
    #[must_use]
    pub fn class_name(&self) -> &str {
        self.0.foreign_class.as_deref().unwrap_or(self.0.class.name())
    }

    /// Returns the same exception, raised at `offset` unless a place is known already.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// Returns the same exception with the name that failed.
    #[must_use]
    pub fn about(mut self, name: &str) -> Self {
        self.0.name = Some(name.to_owned());
        self
    }
}

impl fmt::Display for Raise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

/// The result of an operation that may raise.
pub type Outcome<T> = Result<T, Raise>;

/// Raises a `TypeError`.
pub fn type_error<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Raise::new(Class::Type, message))
}

/// Raises a `ValueError`.
pub fn value_error<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Raise::new(Class::Value, message))
}
