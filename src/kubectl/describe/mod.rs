//! `describe`: objects in words.
