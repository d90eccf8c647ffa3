//! A file that may be anything: what it is, and the policy documents in it.

use ipcond::input::{Account, Format, Held, Holder, Simulation, tree};
use ipcond::policy::Policy;
use ipcond::source::Source;

use super::tree::{check_error, check_span};

/// Every document has an address of its own that chooses it; strictly read, it is leniently read; warnings have places.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let source = Source::new("f", text);
    if let Err(error) = Account::default().add(&source) {
        check_error(&error);
    }
    if let Err(error) = tree(&source).and_then(|root| Simulation::read(&source, &root)) {
        check_error(&error);
    }
    let found =
        Holder::new(&source).and_then(|holder| Ok((holder.documents()?.into_owned(), holder)));
    let (all, holder) = match found {
        Ok(found) => found,
        Err(error) => return check_error(&error),
    };
    for held in &all {
        check_policies(held);
        if let Ok(chosen) = holder.choose(Some(&held.address)) {
            assert_eq!(chosen.text(), held.text(), "{}", held.address);
            assert_eq!(chosen.name(), held.name());
        }
    }
    let mut addresses: Vec<&str> = all.iter().map(|held| held.address.as_str()).collect();
    addresses.sort_unstable();
    assert!(
        holder.format == Format::Terraform || addresses.windows(2).all(|pair| pair[0] != pair[1]),
        "{addresses:?}"
    );
    match holder.change() {
        Err(error) => check_error(&error),
        Ok(sides) => sides.iter().flatten().flatten().for_each(check_policies),
    }
}

fn check_policies(held: &Held) {
    let [strict, lenient] = [false, true].map(|lenient| held.policy(held.kind, lenient));
    assert!(lenient.is_ok() || strict.is_err(), "{}", held.name());
    for read in [strict, lenient] {
        match read {
            Err(error) => check_error(&error),
            Ok(policy) => check_warnings(&policy),
        }
    }
    if let Err(error) = held.likely_kind() {
        check_error(&error);
    }
}

fn check_warnings(policy: &Policy) {
    for warning in &policy.warnings {
        check_span(&policy.source, warning.span);
        assert!(!ipcond::report::error::warning(policy, warning, false).is_empty());
    }
}
