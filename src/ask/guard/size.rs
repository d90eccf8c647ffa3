//! How large policies may be (GRAM-50 to GRAM-58).

use super::wanted::Kind;

/// The most that AWS takes of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// So much at most.
    pub most: usize,
    /// What is taken unless AWS was asked to raise it.
    pub usual: usize,
    /// What is counted.
    pub unit: Unit,
    /// Whether white space between the tokens counts (GRAM-58).
    pub white_space: bool,
    /// The rule, if it is one of those of the policy language.
    pub rule: Option<&'static str>,
}

/// What a size counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of UTF-8.
    Bytes,
    /// Unicode characters.
    Characters,
}

impl Unit {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Characters => "characters",
        }
    }
}

impl Limit {
    pub(super) fn of(kind: Kind) -> Self {
        let limit = |most, unit, white_space, rule| Self {
            most,
            usual: most,
            unit,
            white_space,
            rule,
        };
        match kind {
            Kind::Bucket => limit(20_480, Unit::Bytes, true, Some("GRAM-56")),
            // Of a customer managed policy.
            Kind::Identity => limit(6_144, Unit::Characters, false, Some("GRAM-50")),
            Kind::Scp => limit(10_240, Unit::Characters, true, Some("GRAM-54")),
            Kind::Trust => Self {
                usual: 2_048,
                ..limit(8_192, Unit::Characters, false, Some("GRAM-52"))
            },
            // https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html, "VPC endpoint policy size".
            Kind::Vpce => limit(20_480, Unit::Characters, true, None),
        }
    }

    /// How much of it a text takes.
    ///
    /// # Example
    /// ```
    /// use ipcond::ask::guard::Kind;
    /// let text = "{ \"Sid\": \"A B\" }\n";
    /// assert_eq!(Kind::Identity.limit().used(text), 13); // white space does not count, but for that of strings
    /// assert_eq!(Kind::Scp.limit().used(text), 17);
    /// ```
    pub fn used(&self, text: &str) -> usize {
        let characters: &mut dyn Iterator<Item = char> = if self.white_space {
            &mut text.chars()
        } else {
            &mut dense(text)
        };
        match self.unit {
            Unit::Bytes => characters.map(char::len_utf8).sum(),
            Unit::Characters => characters.count(),
        }
    }
}

/// The characters of a JSON text without the white space between its tokens.
fn dense(text: &str) -> impl Iterator<Item = char> {
    let (mut in_string, mut escaped) = (false, false);
    text.chars().filter(move |character| {
        match character {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = *character == '\\' && !escaped;
        in_string || !matches!(character, ' ' | '\t' | '\r' | '\n')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let limit = Limit::of(Kind::Identity);
        assert_eq!(limit.used(r#"{ "a \" b" : 1 }"#), 12);
        assert_eq!(limit.used(r#"{ "a \\" : 1 }"#), 10);
        assert_eq!(Limit::of(Kind::Bucket).used("é"), 2);
        assert_eq!(Limit::of(Kind::Scp).used("é"), 1);
    }
}
