//! Empty: the tests lie in `tests/`.
