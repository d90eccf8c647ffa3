//! The six parts of an ARN.

/// The parts of `arn:partition:service:region:account:resource`; the last one is everything that
/// is left, colons included (GRAM-33).
pub(super) fn parts(arn: &str) -> Option<[&str; 6]> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    parts.try_into().ok()
}

/// The account of an ARN, if it is one: twelve digits.
pub(super) fn account(arn: &str) -> Option<&str> {
    let [.., account, _] = parts(arn)?;
    is_account(account).then_some(account)
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `arn` is a resource of `service` whose last part begins with `kind`.
pub(super) fn names(arn: &str, service: &str, kind: &str) -> bool {
    parts(arn).is_some_and(|parts| parts[2] == service && parts[5].starts_with(kind))
}
