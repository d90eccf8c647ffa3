//! Facts about the condition keys that AWS defines.

use crate::policy::{Comparison, Condition, ConditionKey};

/// The address of the caller (KEY-1).
pub const SOURCE_IP: &str = "aws:SourceIp";
/// The address of the caller inside its VPC (KEY-3).
pub const VPC_SOURCE_IP: &str = "aws:VpcSourceIp";

/// Keys whose values are addresses (IP-18).
const ADDRESS_KEYS: [&str; 3] = [SOURCE_IP, VPC_SOURCE_IP, "aws:Ec2InstanceSourcePrivateIPv4"];

/// Global keys that hold lists; all other `aws:` keys hold one value (COND-21).
const MULTI_VALUED: [&str; 7] = [
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "aws:VpceOrgPaths",
];

/// Other keys that AWS defines, as it spells them (KEY-1 to KEY-12, EVAL-37, ROLE-13).
const SPELLINGS: [&str; 45] = [
    "aws:AssumedRoot",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:CurrentTime",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalServiceName",
    "aws:PrincipalType",
    "aws:referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:userid",
    "aws:username",
    "aws:ViaAWSService",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpcSourceIp",
    "s3:ResourceAccount",
    "sts:ExternalId",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
    "sts:TransitiveTagKeys",
    "ec2:SourceInstanceArn",
    "ec2:RoleDelivery",
    "lambda:SourceFunctionArn",
];

/// Keys that evaluation does not look into (KEY-11), and one that old policies of SNS topics have.
const LATER: [&str; 6] = [
    "aws:CalledViaAWSMCP",
    "aws:ChatbotSourceArn",
    "aws:IsMcpServiceAction",
    "aws:SignInSessionArn",
    "aws:SourceOwner",
    "aws:ViaAWSMCPService",
];

/// Whether AWS declares the key to hold a list (COND-21).
pub(crate) fn is_multi_valued(key: &ConditionKey) -> bool {
    MULTI_VALUED.iter().any(|name| key.is(name))
}

/// Every key that AWS defines for all services, as it spells them. Tags are not among them.
pub(crate) fn global_keys() -> impl Iterator<Item = &'static str> {
    let known = SPELLINGS.iter().chain(&MULTI_VALUED).chain(&LATER);
    known.copied().filter(|name| name.starts_with("aws:"))
}

/// Whether a test compares the address of the request with values: `Null` does not.
pub(crate) fn is_address_test(condition: &Condition) -> bool {
    condition.key.is(SOURCE_IP) && condition.operator.comparison != Comparison::Null
}

/// Whether the values of the key are addresses.
pub(crate) fn is_address(key: &ConditionKey) -> bool {
    ADDRESS_KEYS.iter().any(|name| key.is(name))
}

/// Whether AWS declares the key to hold one value: all of its global keys but those with lists (COND-21).
pub(crate) fn is_single_valued(key: &ConditionKey) -> bool {
    key.lower().starts_with("aws:") && !is_multi_valued(key)
}

/// The key as AWS spells it, or as it was written if it is not one of AWS's own.
pub(crate) fn canonical(key: &ConditionKey) -> String {
    let all = SPELLINGS.iter().chain(&MULTI_VALUED);
    let known = all.copied().find(|name| key.is(name));
    known.unwrap_or(key.as_str()).to_owned()
}
