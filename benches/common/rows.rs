//! Tables of requests, shaped after real ones: a policy, and as many rows as are wanted.

use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";

/// A policy and how to make rows for it.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) policy: Value,
    pub(crate) header: &'static str,
    row: fn(&mut Random, &[Block]) -> String,
    blocks: Vec<Block>,
}

/// A generator of numbers that gives the same ones everywhere (xorshift64*).
pub(crate) struct Random(u64);

type Block = (bool, u128, u8);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 16) % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }

    fn v4(&mut self) -> u128 {
        u128::from(self.below(0xD000_0000) + 0x0100_0000)
    }

    fn v6(&mut self) -> u128 {
        let low = u128::from(self.next()) << 64 | u128::from(self.next());
        0x2000 << 112 | low >> 3
    }

    fn blocks(&mut self, count: usize) -> Vec<Block> {
        let block = |random: &mut Self| {
            let six = random.below(4) == 0;
            let (width, shortest, first) = if six {
                (128, 32, random.v6())
            } else {
                (32, 16, random.v4())
            };
            let longer = u8::try_from(random.below(u64::from(shortest) + 1)).unwrap_or(0);
            let prefix: u8 = shortest + longer;
            let shift = width - u32::from(prefix);
            (
                six,
                first >> shift << shift,
                prefix.min(if six { 64 } else { 32 }),
            )
        };
        (0..count).map(|_| block(self)).collect()
    }

    fn inside(&mut self, block: Block) -> String {
        let (six, first, prefix) = block;
        let bits = if six { 128 } else { 32 } - u32::from(prefix);
        let noise = u128::from(self.next()) << 64 | u128::from(self.next());
        let mask = 1_u128.checked_shl(bits).map_or(u128::MAX, |one| one - 1);
        address(six, first | noise & mask)
    }

    fn anywhere(&mut self) -> String {
        if self.below(5) == 0 {
            let ip = self.v6();
            address(true, ip)
        } else {
            let ip = self.v4();
            address(false, ip)
        }
    }
}

fn address(six: bool, bits: u128) -> String {
    if six {
        std::net::Ipv6Addr::from_bits(bits).to_string()
    } else {
        std::net::Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or(0)).to_string()
    }
}

fn texts(blocks: &[Block]) -> Vec<String> {
    let text = |(six, first, prefix): &Block| format!("{}/{prefix}", address(*six, *first));
    blocks.iter().map(text).collect()
}

fn statement(sid: &str, effect: &str, action: Value, resource: Value, condition: Value) -> Value {
    let mut statement = json!({"Sid": sid, "Effect": effect});
    statement["Action"] = action;
    statement["Resource"] = resource;
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

impl Workload {
    /// All of them; `wide` is the number of blocks of the largest list.
    pub(crate) fn all(wide: usize) -> [Self; 3] {
        [office(), service(wide / 2), perimeter(wide)]
    }

    /// So many rows, with their header.
    pub(crate) fn rows(&self, count: usize) -> String {
        let mut random = Random::new(7);
        let mut text = format!("{}\n", self.header);
        for _ in 0..count {
            text.push_str(&(self.row)(&mut random, &self.blocks));
            text.push('\n');
        }
        text
    }
}

/// One office, and nearly everything else is denied.
fn office() -> Workload {
    let outside = json!({"NotIpAddress": {"aws:SourceIp": ["203.0.113.77/32"]}});
    Workload {
        name: "office",
        policy: json!({"Version": "2012-10-17", "Statement": [
            statement("All", "Allow", json!("*"), json!("*"), Value::Null),
            statement("Outside", "Deny", json!("*"), json!("*"), outside),
        ]}),
        header: "source_ip,action,resource",
        row: |random, _| {
            let ip = if random.below(2) == 0 {
                "203.0.113.77".into()
            } else {
                random.anywhere()
            };
            let action = random.pick(&["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]);
            let (bucket, key) = (random.below(100), random.below(1 << 32));
            format!("{ip},{action},arn:aws:s3:::bucket-{bucket}/k/{key:08x}.dat")
        },
        blocks: Vec::new(),
    }
}

/// What a service of several others may do, from its own addresses.
fn service(wide: usize) -> Workload {
    let blocks = Random::new(2).blocks(wide);
    let outside = json!({"NotIpAddress": {"aws:SourceIp": texts(&blocks)}, "Bool": {"aws:ViaAWSService": "false"}});
    let allow = |sid, action: Value, resource: Value| {
        statement(sid, "Allow", action, resource, Value::Null)
    };
    Workload {
        name: "service",
        policy: json!({"Version": "2012-10-17", "Statement": [
            allow("Read", json!(["s3:Get*", "s3:List*"]), json!(["arn:aws:s3:::saas-prod-*", "arn:aws:s3:::saas-prod-*/*"])),
            allow("Put", json!("s3:PutObject"), json!("arn:aws:s3:::saas-ingest/*")),
            allow("Table", json!(["dynamodb:GetItem", "dynamodb:Query"]), json!(format!("arn:aws:dynamodb:*:{ACCOUNT}:table/saas-*"))),
            allow("Queue", json!("sqs:*"), json!(format!("arn:aws:sqs:us-east-1:{ACCOUNT}:saas-*"))),
            allow("Call", json!("lambda:InvokeFunction"), json!(format!("arn:aws:lambda:*:{ACCOUNT}:function:saas-*"))),
            allow("Key", json!(["kms:Decrypt", "kms:GenerateDataKey*"]), json!(format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/*"))),
            statement("Outside", "Deny", json!("*"), json!("*"), outside),
        ]}),
        header: "source_ip,action,resource,principal,aws:ViaAWSService",
        row: |random, blocks| {
            let block = random.pick(blocks);
            let ip = if random.below(5) < 3 {
                random.inside(block)
            } else {
                random.anywhere()
            };
            let (action, resource) = call(random, "saas", "other");
            let (user, via) = (random.below(20), random.below(10) == 0);
            format!("{ip},{action},{resource},arn:aws:iam::{ACCOUNT}:user/app{user},{via}")
        },
        blocks,
    }
}

fn call(random: &mut Random, own: &str, other: &str) -> (&'static str, String) {
    let name = if random.below(3) == 0 { other } else { own };
    let number = random.below(1 << 24);
    match random.below(7) {
        0 => (
            "s3:GetObject",
            format!("arn:aws:s3:::{name}-prod-a/t/{number:06x}"),
        ),
        1 => ("s3:ListBucket", format!("arn:aws:s3:::{name}-prod-b")),
        2 => (
            "s3:PutObject",
            format!("arn:aws:s3:::{name}-ingest/in/{number:06x}.json"),
        ),
        3 => (
            "dynamodb:GetItem",
            format!(
                "arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{name}-{}",
                number % 50
            ),
        ),
        4 => (
            "sqs:SendMessage",
            format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}-q{}", number % 50),
        ),
        5 => (
            "lambda:InvokeFunction",
            format!(
                "arn:aws:lambda:us-west-2:{ACCOUNT}:function:{name}-fn{}",
                number % 90
            ),
        ),
        _ => (
            "kms:Decrypt",
            format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{number:08x}-0000-4000-8000-000000000000"),
        ),
    }
}

/// A data perimeter: networks, an organization, endpoints, teams.
fn perimeter(wide: usize) -> Workload {
    let blocks = Random::new(3).blocks(5 * wide);
    let list = |at: usize| texts(&blocks[at * wide..(at + 1) * wide]);
    let endpoints: Vec<String> = (0..20).map(|at| format!("vpce-{at:017x}")).collect();
    let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}*");
    let deny = |sid, action: Value, resource: Value, condition| {
        statement(sid, "Deny", action, resource, condition)
    };
    let allow = |sid, action: Value, resource: Value, condition| {
        statement(sid, "Allow", action, resource, condition)
    };
    let any = || json!("*");
    Workload {
        name: "perimeter",
        policy: json!({"Version": "2012-10-17", "Statement": [
            deny("Network", any(), any(), json!({
                "NotIpAddressIfExists": {"aws:SourceIp": list(0)}, "BoolIfExists": {"aws:ViaAWSService": "false"},
                "StringNotEqualsIfExists": {"aws:SourceVpce": endpoints}, "ArnNotLikeIfExists": {"aws:PrincipalArn": [role("partner-"), format!("arn:aws:iam::{ACCOUNT}:user/vpn-*")]}})),
            deny("Organization", json!(["s3:*", "sqs:*", "kms:*"]), any(), json!({
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ["o-aaaaaaaaaa", "o-bbbbbbbbbb"]}, "BoolIfExists": {"aws:ViaAWSService": "false"}})),
            deny("Block", any(), any(), json!({"IpAddress": {"aws:SourceIp": list(1)}})),
            deny("Finance", json!(["s3:Put*", "s3:Delete*"]), json!(["arn:aws:s3:::other-*", "arn:aws:s3:::other-*/*"]), json!({
                "NotIpAddress": {"aws:SourceIp": list(2)}, "StringNotLike": {"aws:PrincipalTag/team": ["payments", "fin*"]}})),
            deny("Partner", any(), any(), json!({"NotIpAddress": {"aws:SourceIp": list(3)}, "ArnLike": {"aws:PrincipalArn": role("partner-")}})),
            deny("Vpn", json!(["ec2:*", "lambda:*"]), any(), json!({"NotIpAddress": {"aws:SourceIp": list(4)}, "ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{ACCOUNT}:user/vpn-*")}})),
            allow("Read", json!(["s3:Get*", "s3:List*"]), any(), Value::Null),
            allow("Write", json!("s3:PutObject"), json!("arn:aws:s3:::app-*/*"), json!({"StringEquals": {"aws:PrincipalOrgID": ["o-aaaaaaaaaa"]}})),
            allow("Table", json!("dynamodb:*"), json!(format!("arn:aws:dynamodb:*:{ACCOUNT}:table/app-*")), json!({"StringLike": {"aws:PrincipalTag/team": ["platform-*", "payments"]}})),
            allow("Queue", json!("sqs:*"), json!(format!("arn:aws:sqs:*:{ACCOUNT}:app-q?")), Value::Null),
            allow("Call", json!("lambda:InvokeFunction"), json!(format!("arn:aws:lambda:*:{ACCOUNT}:function:*")), json!({"ArnLike": {"aws:PrincipalArn": [role(""), format!("arn:aws:iam::{ACCOUNT}:user/vpn-*")]}})),
            allow("Key", json!("kms:Decrypt"), json!(format!("arn:aws:kms:*:{ACCOUNT}:key/*")), json!({"StringEqualsIfExists": {"aws:SourceVpce": endpoints}})),
        ]}),
        header: "source_ip,action,resource,principal,aws:PrincipalOrgID,aws:SourceVpce,aws:PrincipalTag/team,aws:ViaAWSService",
        row: |random, blocks| {
            let block = random.pick(blocks);
            let endpoint = match random.below(5) {
                0 => format!("vpce-{:017x}", random.below(40)),
                _ => String::new(),
            };
            let ip = match random.below(20) {
                0 if !endpoint.is_empty() => String::new(),
                1..=14 => random.inside(block),
                _ => random.anywhere(),
            };
            let (action, resource) = call(random, "app", "other");
            let kind = random.pick(&["user/office-", "user/vpn-", "role/app-", "role/partner-"]);
            let organization = random.pick(&[
                "o-aaaaaaaaaa",
                "o-aaaaaaaaaa",
                "o-bbbbbbbbbb",
                "o-zzzzzzzzzz",
                "",
            ]);
            let team = random.pick(&["payments", "platform-core", "growth", "contract-x", ""]);
            let via = random.pick(&["true", "false", "false", "false", ""]);
            let number = random.below(10);
            format!(
                "{ip},{action},{resource},arn:aws:iam::{ACCOUNT}:{kind}{number},{organization},{endpoint},{team},{via}"
            )
        },
        blocks,
    }
}
