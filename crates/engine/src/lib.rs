//! Decides: admission, executions, triggers, rules, the notifier, the robot's conversations.
