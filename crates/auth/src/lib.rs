//! The sign-in decision.
