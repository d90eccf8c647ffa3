//! The Boolean algebras that the one evaluator runs on.

use crate::net::Class;

/// A Boolean algebra: what "true" means in it is its own affair.
///
/// For one address it is `bool`; for every address at once it is a set of address classes. The evaluator asks for
/// nothing else, so it cannot tell which.
pub trait Truth: Clone {
    /// The constant.
    fn known(value: bool) -> Self;
    /// Both.
    #[must_use]
    fn and(&self, other: &Self) -> Self;
    /// Either.
    #[must_use]
    fn or(&self, other: &Self) -> Self;
    /// The opposite.
    #[must_use]
    fn not(&self) -> Self;
    /// Whether it is this constant.
    fn is(&self, value: bool) -> bool;
}

/// A truth value that is "true" for some address classes: for one address at all of them or at none.
pub trait Pointwise: Truth {
    /// Whether it holds for the addresses of a class.
    fn at(&self, class: Class) -> bool;
}

impl Truth for bool {
    fn known(value: bool) -> Self {
        value
    }

    fn and(&self, other: &Self) -> Self {
        *self && *other
    }

    fn or(&self, other: &Self) -> Self {
        *self || *other
    }

    fn not(&self) -> Self {
        !*self
    }

    fn is(&self, value: bool) -> bool {
        *self == value
    }
}

impl Pointwise for bool {
    fn at(&self, _: Class) -> bool {
        *self
    }
}

/// A truth value of which something may be unknown: what holds however the unknown is filled in, and what may hold.
///
/// # Example
/// ```
/// use ipcond::eval::{Pair, Truth};
/// let unknown = Pair::<bool>::unknown();
/// assert_eq!(unknown.or(&Pair::known(true)), Pair::known(true));
/// assert_eq!(unknown.or(&unknown.not()), unknown); // sound, not complete: it does not see that the two are opposites
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<T> {
    // INVARIANT: `certainly` implies `possibly`
    certainly: T,
    possibly: T,
}

impl<T: Truth> Pair<T> {
    /// It may hold or not.
    pub fn unknown() -> Self {
        Self {
            certainly: T::known(false),
            possibly: T::known(true),
        }
    }

    /// It certainly holds where `self` does, and may hold anywhere.
    #[must_use]
    pub fn at_least(&self) -> Self {
        Self {
            certainly: self.certainly.clone(),
            possibly: T::known(true),
        }
    }

    /// Where it holds however the unknown is filled in.
    pub fn certainly(&self) -> &T {
        &self.certainly
    }

    /// Where it holds for some way of filling in the unknown.
    pub fn possibly(&self) -> &T {
        &self.possibly
    }

    /// Where it depends on how the unknown is filled in.
    pub(crate) fn undecided(&self) -> T {
        self.possibly.and(&self.certainly.not())
    }

    /// A pair of what certainly holds and what may hold.
    pub(crate) fn between(certainly: T, possibly: T) -> Self {
        Self {
            certainly,
            possibly,
        }
    }
}

impl<T: Pointwise> Pair<T> {
    /// What is known for the addresses of a class.
    pub(crate) fn at(&self, class: Class) -> Pair<bool> {
        Pair {
            certainly: self.certainly.at(class),
            possibly: self.possibly.at(class),
        }
    }
}

impl Pair<bool> {
    /// The same pair in another algebra.
    pub(crate) fn lift<T: Truth>(self) -> Pair<T> {
        Pair {
            certainly: T::known(self.certainly),
            possibly: T::known(self.possibly),
        }
    }

    /// `Some` if it is known.
    pub fn decided(self) -> Option<bool> {
        (self.certainly == self.possibly).then_some(self.certainly)
    }
}

impl<T: Truth> Truth for Pair<T> {
    fn known(value: bool) -> Self {
        Self {
            certainly: T::known(value),
            possibly: T::known(value),
        }
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            certainly: self.certainly.and(&other.certainly),
            possibly: self.possibly.and(&other.possibly),
        }
    }

    fn or(&self, other: &Self) -> Self {
        Self {
            certainly: self.certainly.or(&other.certainly),
            possibly: self.possibly.or(&other.possibly),
        }
    }

    fn not(&self) -> Self {
        Self {
            certainly: self.possibly.not(),
            possibly: self.certainly.not(),
        }
    }

    fn is(&self, value: bool) -> bool {
        self.certainly.is(value) && self.possibly.is(value)
    }
}

/// Whether all hold; true of none.
pub(crate) fn all<T: Truth>(values: impl IntoIterator<Item = T>) -> T {
    combine(values, T::and).unwrap_or(T::known(true))
}

/// Whether any holds; false of none.
pub(crate) fn any<T: Truth>(values: impl IntoIterator<Item = T>) -> T {
    combine(values, T::or).unwrap_or(T::known(false))
}

/// Combines neighbours, then their results, and so on, as a tournament: sets of classes that grow when they are joined
/// are so walked over a logarithmic number of times, not once for each value.
fn combine<T: Truth>(values: impl IntoIterator<Item = T>, join: fn(&T, &T) -> T) -> Option<T> {
    let mut waiting: Vec<(u32, T)> = Vec::new();
    for value in values {
        let (mut round, mut value) = (0, value);
        while let Some((_, left)) = waiting.pop_if(|(other, _)| *other == round) {
            value = join(&left, &value);
            round += 1;
        }
        waiting.push((round, value));
    }
    let values = waiting.into_iter().rev().map(|(_, value)| value);
    values.reduce(|right, left| join(&left, &right))
}
