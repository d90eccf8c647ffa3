//! Resources that share all but their last part: which statements are about them.

use super::bits::Bits;
use super::truth::Truth;
use crate::policy::{After, ArnParts, Binding, ConditionKey, Resolved, ResourceElement};

/// What statements ask of the last part of an ARN, where its other parts are known.
#[derive(Clone, Debug)]
pub(crate) struct Head<const N: usize> {
    /// The statements that are about some resource of these.
    among: Bits<N>,
    /// Of these, the ones that ask something of the last part.
    asking: Bits<N>,
    questions: Vec<(usize, Question)>,
}

/// What a statement asks of the last part.
#[derive(Clone, Debug)]
enum Question {
    /// To be one of these.
    Last(Box<[After]>),
    /// Something about the whole ARN.
    Whole(ResourceElement),
}

impl<const N: usize> Head<N> {
    pub(super) fn new() -> Self {
        Self {
            among: Bits::NONE,
            asking: Bits::NONE,
            questions: Vec::new(),
        }
    }

    /// A statement is about all of these.
    pub(super) fn every_last(&mut self, number: usize) {
        self.among.insert(number);
    }

    /// A statement is about those with one of these last parts.
    pub(super) fn some_last(&mut self, number: usize, lasts: impl Iterator<Item = After>) {
        let lasts: Box<[After]> = lasts
            .filter(|after| !matches!(after, After::Never))
            .collect();
        if lasts.is_empty() {
            return;
        }
        self.among.insert(number);
        if !lasts.iter().any(|after| matches!(after, After::Always)) {
            self.ask(number, Question::Last(lasts));
        }
    }

    /// A statement has an element that has to be held against each ARN.
    pub(super) fn looked_at_whole(&mut self, number: usize, element: ResourceElement) {
        self.among.insert(number);
        self.ask(number, Question::Whole(element));
    }

    fn ask(&mut self, number: usize, question: Question) {
        self.asking.insert(number);
        self.questions.push((number, question));
    }

    /// Of some statements, those that are about a resource; `last` is its last part and `whole` all its parts.
    #[inline]
    pub(crate) fn narrow<'a>(
        &self,
        statements: &Bits<N>,
        last: &[u8],
        whole: impl Fn() -> Option<ArnParts<'a>>,
    ) -> Bits<N> {
        let mut passed = statements.and(&self.among);
        if passed.is_apart(&self.asking) {
            return passed;
        }
        for (number, question) in &self.questions {
            if passed.has(*number) && !question.holds(last, &whole) {
                passed.remove(*number);
            }
        }
        passed
    }
}

impl Question {
    #[inline]
    fn holds<'a>(&self, last: &[u8], whole: &impl Fn() -> Option<ArnParts<'a>>) -> bool {
        match self {
            Self::Last(lasts) => lasts.iter().any(|after| after.matches(last, whole)),
            Self::Whole(element) => whole().is_some_and(|arn| names(element, &arn)),
        }
    }
}

/// Whether an element without variables is about an ARN.
#[cold]
fn names(element: &ResourceElement, arn: &ArnParts<'_>) -> bool {
    let Ok(arn) = std::str::from_utf8(arn.whole) else {
        return false;
    };
    let bind = |_: &ConditionKey| Binding::Void;
    let mut patterns = element.patterns.iter();
    let listed = patterns.any(|entry| entry.pattern.matches(arn, &bind) == Resolved::Known(true));
    listed != element.negated
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::{ArnMatcher, ResourcePattern};

    fn matcher(text: &str) -> Option<ArnMatcher> {
        ResourcePattern::parse(text, false).matcher(text)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn says_of_the_last_part_what_the_pattern_says_of_the_whole(
            pattern in "arn:aws(:[ab*?]{0,2}){2}(:[ab:*?]{0,3}){2}|arn:a[a*]{1,2}(:[ab*]{0,2}){1,4}",
            head in "arn:aws:[ab]{1,2}:[ab]{0,1}:[ab]{0,2}:",
            lasts in prop::collection::vec("[ab:]{1,4}", 1..6),
        ) {
            let Some(matcher) = matcher(&pattern) else { return Ok(()) };
            let first = format!("{head}{}", lasts[0]);
            let parts = ArnParts::split(first.as_bytes()).expect("it is an ARN");
            let mut known = Head::<1>::new();
            known.some_last(3, std::iter::once(matcher.after(&parts)));
            for last in &lasts {
                let arn = format!("{head}{last}");
                let parts = ArnParts::split(arn.as_bytes()).expect("it is an ARN");
                let passed = known.narrow(&Bits::ALL, last.as_bytes(), || Some(parts));
                prop_assert_eq!(passed.has(3), matcher.matches(&parts), "{} of {}", arn, pattern);
            }
        }
    }
}
