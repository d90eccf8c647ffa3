//! AWS's `ip-ranges.json`: its published addresses, by service, region and network border group.
//!
//! The format: <https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html>

use std::collections::BTreeSet;

use super::expression::unreadable;
use crate::error::{Error, Result};
use crate::json::{self, Node};
use crate::net::{AddressSet, Cidr};
use crate::policy::nearest;
use crate::source::Source;

/// The labels of a range, which are what can be filtered by.
const LABELS: [&str; 3] = ["service", "region", "network_border_group"];

/// The published ranges.
#[derive(Debug)]
pub(super) struct IpRanges {
    name: String,
    ranges: Vec<Range>,
}

#[derive(Debug)]
struct Range {
    cidr: Cidr,
    /// In the order of `LABELS`; empty where the file gives none.
    labels: [Box<str>; 3],
}

/// What a range must be labelled to be taken: `service=S3,EC2&region=eu-west-1`.
#[derive(Clone, Debug, Default)]
pub(super) struct Filters {
    /// In the order of `LABELS`: the values of which one must be the range's; none: any will do.
    wanted: [Vec<String>; 3],
}

impl Filters {
    /// Reads what follows the `?`.
    ///
    /// # Errors
    /// If it is not `LABEL=VALUE[,VALUE]`, joined by `&`, of labels that there are.
    pub(super) fn parse(query: &str) -> Result<Self> {
        let mut filters = Self::default();
        for pair in query.split('&') {
            let Some((label, values)) = pair.split_once('=') else {
                return Err(Error::request(format!("`{pair}` is not a filter"))
                    .help("filters are written like ?service=S3,EC2&region=eu-west-1"));
            };
            let Some(index) = LABELS
                .iter()
                .position(|known| known.eq_ignore_ascii_case(label))
            else {
                let error = Error::request(format!("unknown filter `{label}`"));
                return Err(match nearest(label, LABELS) {
                    Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
                    None => error.help(format!("the filters are {}", LABELS.join(", "))),
                });
            };
            for value in values.split(',') {
                if value.is_empty() {
                    return Err(
                        Error::request(format!("the filter `{label}` has an empty value"))
                            .help(format!("write a value, or leave `{label}` out")),
                    );
                }
                filters.wanted[index].push(value.to_owned());
            }
        }
        Ok(filters)
    }

    /// Whether every range is taken.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.iter().all(Vec::is_empty)
    }

    fn take(&self, range: &Range) -> bool {
        self.wanted
            .iter()
            .zip(&range.labels)
            .all(|(values, label)| {
                values.is_empty() || values.iter().any(|value| value.eq_ignore_ascii_case(label))
            })
    }
}

impl IpRanges {
    /// Reads the published file.
    ///
    /// # Errors
    /// If the text is another JSON document.
    pub(super) fn read(source: &Source) -> Result<Self> {
        let file = json::parse(source)?;
        let mut ranges = Vec::new();
        let lists = [("prefixes", "ip_prefix"), ("ipv6_prefixes", "ipv6_prefix")];
        if file.get("prefixes").is_none() && file.get("ipv6_prefixes").is_none() {
            return Err(Error::request(
                "expected AWS's ip-ranges.json, an object with `prefixes` and `ipv6_prefixes`",
            )
            .at(source, file.span)
            .help("other lists are plain text: one address or CIDR block on each line"));
        }
        for (list, prefix) in lists {
            let entries = file.get(list).map(Node::elements).unwrap_or_default();
            for entry in entries {
                ranges.push(Range::read(source, entry, prefix)?);
            }
        }
        Ok(Self {
            name: source.name().to_owned(),
            ranges,
        })
    }

    /// The ranges that the filters leave.
    ///
    /// # Errors
    /// If a filter names what is not in the file, or nothing is left.
    pub(super) fn select(&self, filters: &Filters) -> Result<AddressSet> {
        for (index, values) in filters.wanted.iter().enumerate() {
            values
                .iter()
                .try_for_each(|value| self.check(index, value))?;
        }
        let taken = self.ranges.iter().filter(|range| filters.take(range));
        let set: AddressSet = taken.map(|range| range.cidr).collect();
        if set.is_empty() {
            return Err(Error::request(format!(
                "`{}` has no range with all of these labels",
                self.name
            ))
            .help("leave one of the filters out"));
        }
        Ok(set)
    }

    fn check(&self, index: usize, value: &str) -> Result<()> {
        let label = |range: &Range| range.labels[index].eq_ignore_ascii_case(value);
        if self.ranges.iter().any(label) {
            return Ok(());
        }
        let (what, name) = (LABELS[index].replace('_', " "), &self.name);
        let known: BTreeSet<&str> = self
            .ranges
            .iter()
            .map(|range| &*range.labels[index])
            .filter(|label| !label.is_empty())
            .collect();
        let error = Error::request(format!("`{value}` is no {what} in `{name}`"));
        let nearest = nearest(value, known.iter().copied());
        Err(error.help(nearest.map_or_else(
            || format!("there are {}", Vec::from_iter(known).join(", ")),
            |nearest| format!("did you mean `{nearest}`?"),
        )))
    }
}

impl Range {
    fn read(source: &Source, entry: &Node<'_>, prefix: &str) -> Result<Self> {
        let Some(text) = entry.get(prefix) else {
            return Err(Error::request(format!("a range without `{prefix}`"))
                .at(source, entry.span)
                .help("is the file complete, and as AWS publishes it?"));
        };
        let cidr = Cidr::read(text.expect_str(prefix, source)?)
            .map_err(|error| unreadable(source.slice(text.span), error).at(source, text.span))?
            .cidr;
        let label = |name: &str| match entry.get(name) {
            Some(node) => node.expect_str(name, source).map(Box::from),
            None => Ok(Box::default()),
        };
        let [service, region, group] = LABELS;
        Ok(Self {
            cidr,
            labels: [label(service)?, label(region)?, label(group)?],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: &str = r#"{"syncToken": "1", "prefixes": [
        {"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "AMAZON", "network_border_group": "ap-northeast-2"},
        {"ip_prefix": "52.218.0.0/17", "region": "eu-west-1", "service": "S3", "network_border_group": "eu-west-1"},
        {"ip_prefix": "15.181.232.0/21", "region": "us-east-1", "service": "EC2", "network_border_group": "us-east-1-iah-1"}],
        "ipv6_prefixes": [
        {"ipv6_prefix": "2a05:d07a:a000::/40", "region": "eu-south-1", "service": "S3", "network_border_group": "eu-south-1"}]}"#;

    fn select(query: &str) -> Result<Vec<String>> {
        let ranges = IpRanges::read(&Source::new("ip-ranges.json", PUBLISHED))?;
        let set = ranges.select(&Filters::parse(query)?)?;
        Ok(set.blocks().map(|block| block.to_string()).collect())
    }

    #[test]
    fn takes_the_ranges_that_pass_every_filter() {
        let some = |query| select(query).expect("the filters leave something");
        assert_eq!(some("service=s3"), ["52.218.0.0/17", "2a05:d07a:a000::/40"]);
        assert_eq!(some("service=S3&region=EU-WEST-1"), ["52.218.0.0/17"]);
        assert_eq!(some("service=S3,EC2&region=us-east-1"), ["15.181.232.0/21"]);
        assert_eq!(
            some("network_border_group=us-east-1-iah-1"),
            ["15.181.232.0/21"]
        );
        let ranges = IpRanges::read(&Source::new("ip-ranges.json", PUBLISHED)).expect("it is read");
        let all = ranges.select(&Filters::default()).expect("there are some");
        assert_eq!(all.blocks().count(), 4);
    }

    #[test]
    fn names_the_nearest_of_what_there_is() {
        let told = |query: &str| {
            let error = select(query).expect_err("the filter makes no sense");
            let help = error.help_text().unwrap_or_default().to_owned();
            (error.message().to_owned(), help)
        };
        let (message, help) = told("service=S4");
        assert_eq!(message, "`S4` is no service in `ip-ranges.json`");
        assert_eq!(help, "did you mean `S3`?");
        assert_eq!(told("region=eu-west-9").1, "did you mean `eu-west-1`?");
        assert_eq!(
            told("region=mars").1,
            "there are ap-northeast-2, eu-south-1, eu-west-1, us-east-1"
        );
        assert_eq!(told("regoin=eu-west-1").1, "did you mean `region`?");
        assert!(told("service=").0.contains("empty value"));
        assert!(
            told("service=S3&region=us-east-1")
                .0
                .contains("no range with all")
        );
        assert!(told("S3").0.contains("`S3` is not a filter"));
    }

    #[test]
    fn another_json_file_is_no_list_of_ranges() {
        for text in [
            r#"{"Statement": []}"#,
            "[]",
            r#"{"prefixes": [{"ip_prefix": "x"}]}"#,
            r#"{"prefixes": [{}]}"#,
        ] {
            let error =
                IpRanges::read(&Source::new("x.json", text)).expect_err("it is something else");
            assert!(error.place().is_some(), "{error}");
        }
    }
}
