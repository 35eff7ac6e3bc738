//! Text in general: personal data masked, foreign names, invisible characters, and hexadecimal digits.

pub(crate) mod foreign;
pub(crate) mod hex;
pub(crate) mod invisible;
pub(crate) mod mask;
