//! Patterns of resources (GRAM-33 to GRAM-38).

use super::arn::ArnParts;
use super::bytes::{begins, same};
use super::key::ConditionKey;
use super::pattern::{Pattern, Token, glob_tokens};
use super::template::{Binding, Resolved, Syntax, Template};

/// One entry of `Resource` or `NotResource`.
#[derive(Clone, Debug)]
pub(crate) enum ResourcePattern {
    /// `*`: every resource, and "no resource" too (GRAM-34).
    All,
    /// A pattern without variables.
    Fixed(ArnShape),
    /// Variables in the last segment, to be filled in for each request.
    Variable(Template),
    /// A variable before the fifth colon: it has no effect there, so the pattern matches nothing (GRAM-35).
    Misplaced,
}

/// A pattern of ARNs, ready to match.
#[derive(Clone, Debug)]
pub(crate) struct ArnShape {
    /// The six segments, if it has as many: nearly every match is decided by these alone.
    segments: Option<Box<[Pattern; 6]>>,
    /// The whole, for a `*` at the end of a segment, which may run across colons.
    crossing: Option<Pattern>,
}

impl ResourcePattern {
    pub(crate) fn parse(text: &str, variables: bool) -> Self {
        if text == "*" {
            return Self::All;
        }
        let template = Template::parse(
            text,
            Syntax {
                wildcards: true,
                variables,
            },
        );
        if template.variables().next().is_none() {
            return match template.tokens(&|_| Binding::Void) {
                Resolved::Known(tokens) => Self::Fixed(ArnShape::new(&tokens)),
                Resolved::Void | Resolved::Unknown => Self::Misplaced,
            };
        }
        let before_variable = text.split("${").next().unwrap_or_default();
        if before_variable.matches(':').count() < 5 {
            return Self::Misplaced;
        }
        Self::Variable(template)
    }

    /// Whether the resource matches; [`Resolved::Void`] when a variable has no value.
    pub(crate) fn matches<'b>(
        &self,
        resource: &str,
        bind: &impl Fn(&ConditionKey) -> Binding<'b>,
    ) -> Resolved<bool> {
        match self {
            Self::All => Resolved::Known(true),
            Self::Fixed(shape) => Resolved::Known(shape.matches(resource)),
            Self::Misplaced => Resolved::Void,
            Self::Variable(template) => match template.tokens(bind) {
                Resolved::Known(tokens) => {
                    Resolved::Known(ArnShape::new(&tokens).matches(resource))
                }
                Resolved::Void => Resolved::Void,
                Resolved::Unknown => Resolved::Unknown,
            },
        }
    }

    /// The variables in it.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &ConditionKey> {
        let template = match self {
            Self::Variable(template) => Some(template),
            _ => None,
        };
        template
            .into_iter()
            .flat_map(Template::variables)
            .filter_map(|variable| variable.key.as_ref())
    }

    /// The pattern over whole ARNs: a resource matches it if it matches one of the lists. A variable without a known
    /// value stands for itself: what becomes of it is the same for this text as for any other.
    pub(crate) fn token_lists<'b>(
        &self,
        text: &str,
        bind: &impl Fn(&ConditionKey) -> Binding<'b>,
    ) -> Vec<Vec<Token>> {
        let tokens = match self {
            Self::Variable(template) => match template.tokens(bind) {
                Resolved::Known(tokens) => tokens,
                Resolved::Void | Resolved::Unknown => glob_tokens(text),
            },
            _ => glob_tokens(text),
        };
        if tokens == [Token::Many] {
            return vec![tokens];
        }
        let parts: Vec<&[Token]> = tokens
            .splitn(6, |token| *token == Token::Char(':'))
            .collect();
        let mut lists = Vec::new();
        if parts.len() == 6 {
            let last = parts.len() - 1;
            let segments = parts.iter().enumerate().map(|(index, part)| {
                let within = |token: &Token| token.within_segment();
                if index < last {
                    part.iter().map(within).collect()
                } else {
                    part.to_vec()
                }
            });
            let segments: Vec<Vec<Token>> = segments.collect();
            lists.push(segments.join(&Token::Char(':')));
        }
        if crosses(&parts) {
            lists.push(scoped(&parts));
        }
        lists
    }

    /// It is `*`.
    pub(crate) fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// The pattern ready to match many ARNs, if it is one without variables; `text` is how it was written.
    pub(crate) fn matcher(&self, text: &str) -> Option<ArnMatcher> {
        match self {
            // `${*}` is no wildcard, and the text of others is not what they match.
            Self::Fixed(shape) if !text.contains("${") => {
                Some(ArnMatcher::new(text, shape.clone()))
            }
            _ => None,
        }
    }

    /// It has a variable where none has an effect.
    pub(crate) fn is_misplaced(&self) -> bool {
        matches!(self, Self::Misplaced)
    }

    /// Fewer than six segments and no `*` that could stand for the rest: it matches nothing (GRAM-36).
    pub(crate) fn is_too_short(&self) -> bool {
        matches!(
            self,
            Self::Fixed(ArnShape {
                segments: None,
                crossing: None
            })
        )
    }
}

/// A pattern of ARNs, ready to match many of them: most are told apart by how the pattern begins.
#[derive(Clone, Debug)]
pub(crate) struct ArnMatcher {
    shape: ArnShape,
    /// What stands before the first wildcard.
    head: Box<[u8]>,
    /// The first segment that is not wholly in the head.
    first: usize,
    /// The colons that the pattern writes out.
    colons: usize,
    ends: Ends,
}

/// What a pattern asks of the last part of an ARN, where the others are known.
#[derive(Clone, Debug)]
pub(crate) enum After {
    /// Nothing.
    Always,
    /// How it begins.
    Begins(Box<[u8]>),
    /// What it is.
    Is(Box<[u8]>),
    /// A pattern.
    Matches(Pattern),
    /// Nothing matches.
    Never,
    /// A pattern, or one whose `*` may stand for colons too: then the whole ARN has to be looked at.
    Crossing(Option<Pattern>, ArnMatcher),
}

impl After {
    fn begins(with: &[u8]) -> Self {
        if with.is_empty() {
            Self::Always
        } else {
            Self::Begins(with.into())
        }
    }

    /// Whether an ARN with the known parts, of which `last` is the last part, matches; `whole` are all its parts.
    #[inline]
    pub(crate) fn matches<'a>(
        &self,
        last: &[u8],
        whole: impl FnOnce() -> Option<ArnParts<'a>>,
    ) -> bool {
        match self {
            Self::Always => true,
            Self::Begins(with) => begins(last, with),
            Self::Is(text) => same(last, text),
            Self::Matches(pattern) => pattern.matches_bytes(last),
            Self::Never => false,
            Self::Crossing(pattern, matcher) => {
                let own = pattern.as_ref();
                own.is_some_and(|pattern| pattern.matches_bytes(last))
                    || matcher.may_cross(last) && whole().is_some_and(|arn| matcher.matches(&arn))
            }
        }
    }
}

/// How a pattern of ARNs goes on after its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// Not at all.
    Here,
    /// With a `*` that closes the last segment.
    Star,
    /// In another way.
    Otherwise,
}

impl ArnMatcher {
    pub(crate) fn new(text: &str, shape: ArnShape) -> Self {
        let wildcard = text.find(['*', '?']).unwrap_or(text.len());
        let (head, tail) = text.split_at(wildcard);
        let first = head.matches(':').count();
        let ends = match tail {
            "" => Ends::Here,
            "*" if first >= 5 => Ends::Star,
            _ => Ends::Otherwise,
        };
        Self {
            shape,
            head: head.as_bytes().into(),
            first: first.min(5),
            colons: text.matches(':').count(),
            ends,
        }
    }

    /// Whether the ARN matches, as [`ArnShape::matches`] says.
    #[inline]
    pub(crate) fn matches(&self, arn: &ArnParts<'_>) -> bool {
        let text = arn.whole;
        if !begins(text, &self.head) {
            return false;
        }
        match self.ends {
            Ends::Star => true,
            Ends::Here => text.len() == self.head.len() && self.shape.segments.is_some(),
            Ends::Otherwise => self.matches_tail(arn),
        }
    }

    /// What the pattern asks of the last part of ARNs whose other parts are those of `arn`.
    pub(crate) fn after(&self, arn: &ArnParts<'_>) -> After {
        let head = arn.head();
        let shared = head.len().min(self.head.len());
        if head[..shared] != self.head[..shared] {
            return After::Never;
        }
        let rest = self.head.get(head.len()..);
        match (self.ends, rest) {
            (Ends::Star, Some(rest)) => After::begins(rest),
            (Ends::Star, None) => After::Always,
            (Ends::Here, Some(rest)) if self.shape.segments.is_some() => After::Is(rest.into()),
            (Ends::Here, _) => After::Never,
            (Ends::Otherwise, _) => self.after_wildcard(arn),
        }
    }

    fn after_wildcard(&self, arn: &ArnParts<'_>) -> After {
        let segments = self.shape.segments.as_deref();
        let last = segments.and_then(|segments| {
            let mut firsts = segments[..5].iter().enumerate();
            let known = firsts.all(|(at, segment)| segment.matches_bytes(arn.part(at)));
            known.then_some(&segments[5])
        });
        if self.shape.crossing.is_some() {
            return After::Crossing(last.cloned(), self.clone());
        }
        let Some(last) = last else {
            return After::Never;
        };
        match last {
            Pattern::Pieces {
                first,
                middle,
                last,
            } if middle.is_empty() && last.is_empty() => After::begins(first.as_bytes()),
            last => After::Matches(last.clone()),
        }
    }

    /// Whether a `*` that crosses colons could make a difference: it needs more of them than the pattern writes out.
    fn may_cross(&self, last: &[u8]) -> bool {
        let colons = 5 + memchr::memchr_iter(b':', last).count();
        colons > self.colons || self.shape.segments.is_none()
    }

    fn matches_tail(&self, arn: &ArnParts<'_>) -> bool {
        let segments = self.shape.segments.as_ref();
        let by_segments = segments.is_some_and(|segments| {
            let mut open = segments.iter().enumerate().skip(self.first);
            open.all(|(at, segment)| segment.matches_bytes(arn.part(at)))
        });
        let whole = || std::str::from_utf8(arn.whole);
        by_segments
            || self.shape.crossing.is_some()
                && self.may_cross(arn.resource())
                && whole().is_ok_and(|arn| self.shape.matches(arn))
    }
}

impl ArnShape {
    pub(crate) fn new(tokens: &[Token]) -> Self {
        let parts: Vec<&[Token]> = tokens
            .splitn(6, |token| *token == Token::Char(':'))
            .collect();
        let crossing = crosses(&parts).then(|| Pattern::new(&scoped(&parts)));
        let segments = <[&[Token]; 6]>::try_from(parts)
            .ok()
            .map(|parts| Box::new(parts.map(Pattern::new)));
        Self { segments, crossing }
    }

    pub(crate) fn matches(&self, arn: &str) -> bool {
        self.segments
            .as_ref()
            .is_some_and(|segments| segments_match(segments, arn))
            || self
                .crossing
                .as_ref()
                .is_some_and(|pattern| pattern.matches(arn))
    }

    /// Whether it has the six segments of an ARN.
    pub(crate) fn is_arn(&self) -> bool {
        self.segments.is_some()
    }

    /// Segment by segment only, as ARN operators compare (OP-8).
    pub(crate) fn matches_segments(&self, arn: &str) -> bool {
        self.segments
            .as_ref()
            .is_some_and(|segments| segments_match(segments, arn))
    }
}

/// Whether a `*` at the end of a segment may stand for colons as well (GRAM-33).
fn crosses(parts: &[&[Token]]) -> bool {
    let mut parts = parts.iter().enumerate();
    parts.any(|(index, part)| index < 5 && part.last() == Some(&Token::Many))
}

fn segments_match(segments: &[Pattern; 6], arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    segments
        .iter()
        .all(|segment| parts.next().is_some_and(|part| segment.matches(part)))
}

/// The whole pattern again, in which only a `*` at the end of a segment, and the last segment, may cross colons.
fn scoped(parts: &[&[Token]]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            tokens.push(Token::Char(':'));
        }
        let free = index == 5;
        for (at, token) in part.iter().enumerate() {
            let ends_segment = at + 1 == part.len();
            tokens.push(match token {
                Token::Many if !free && !ends_segment => Token::ManyNoColon,
                Token::One if !free => Token::OneNoColon,
                other => *other,
            });
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, resource: &str) -> bool {
        ResourcePattern::parse(pattern, true).matches(resource, &|_| Binding::Void)
            == Resolved::Known(true)
    }

    #[test]
    fn stars_cross_colons_only_at_the_end_of_a_segment() {
        let queue = "arn:aws:sqs:us-east-1:111122223333:q1";
        for (pattern, expected) in [
            ("arn:aws:sqs:*:q1", true),
            ("arn:aws:sqs*", true),
            ("arn:aws:sqs:us-east-1:111122223333:*", true),
            ("arn:aws:s*s:us-east-1:111122223333:q1", true),
            ("arn:aws:s*1:111122223333:q1", false), // the inner star would have to cross
            ("arn:aws:sqs:us-east-1", false),
            ("arn:aws:sqs:us-east-1:111122223333:q?", true),
            ("arn:aws:sqs?us-east-1:111122223333:q1", false),
            ("arn:aws:sqs:us-east-1:11112222333?:q1", true),
            ("ARN:aws:sqs:*:*:q1", false),
        ] {
            assert_eq!(matches(pattern, queue), expected, "{pattern}");
        }
    }

    #[test]
    fn the_last_segment_is_free() {
        assert!(matches("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z"));
        assert!(matches(
            "arn:aws:logs:*:*:log-group:*:stream",
            "arn:aws:logs:eu-west-1:111122223333:log-group:a:b:stream"
        ));
        assert!(!matches("arn:aws:s3:::b/*", "*")); // a specific pattern never names "no resource" (GRAM-34)
    }

    #[test]
    fn variables_before_the_fifth_colon_void_the_pattern() {
        let pattern = ResourcePattern::parse("arn:aws:s3:::${aws:username}/x", true);
        assert!(matches!(pattern, ResourcePattern::Variable(_)));
        let pattern = ResourcePattern::parse("arn:aws:sqs:*:${aws:PrincipalAccount}:q", true);
        assert!(matches!(pattern, ResourcePattern::Misplaced));
    }
}
