//! Calls, and what is written of them.

use super::callers::Caller;
use super::random::Random;

/// What the parameters of a call look like.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Assume,
    Bucket,
    Document,
    Filter,
    Key,
    Launch,
    Login,
    Named(&'static str),
    Nothing,
    Object,
}

/// Services and calls of theirs, the common ones first: the first of each row, then the second of each, and so on.
#[rustfmt::skip]
pub(super) const CALLS: [(&str, Shape, &str); 31] = [
    ("kms", Shape::Key, "Decrypt GenerateDataKey Encrypt DescribeKey GetKeyPolicy GetKeyRotationStatus ReEncrypt"),
    ("s3", Shape::Object, "GetObject PutObject HeadObject DeleteObject ListObjects CopyObject CreateMultipartUpload UploadPart"),
    ("ssm", Shape::Filter, "DescribeInstanceInformation DescribeParameters ListCommands ListAssociations GetInventory"),
    ("ec2", Shape::Filter, "DescribeInstances DescribeNetworkInterfaces DescribeSecurityGroups DescribeVolumes DescribeSubnets DescribeVpcs DescribeRouteTables DescribeImages DescribeSnapshots"),
    ("sts", Shape::Assume, "AssumeRole"),
    ("s3", Shape::Bucket, "GetBucketAcl GetBucketLocation GetBucketPolicy GetBucketPublicAccessBlock GetBucketEncryption GetBucketVersioning GetBucketLogging GetBucketPolicyStatus PutBucketLifecycle"),
    ("sts", Shape::Nothing, "GetCallerIdentity"),
    ("secretsmanager", Shape::Named("secretId"), "GetSecretValue DescribeSecret GetResourcePolicy PutSecretValue CreateSecret"),
    ("ssm", Shape::Named("name"), "GetParameter PutParameter GetParameters ListTagsForResource SendCommand StartSession"),
    ("dynamodb", Shape::Named("tableName"), "DescribeTable GetItem PutItem Query UpdateItem TransactWriteItems DescribeEndpoints"),
    ("logs", Shape::Named("logGroupName"), "CreateLogStream DescribeLogStreams DescribeLogGroups FilterLogEvents PutRetentionPolicy CreateLogGroup"),
    ("lambda", Shape::Named("functionName"), "Invoke GetFunction20150331v2 ListTags20170331 GetPolicy20150331v2 UpdateFunctionCode20150331v2 CreateFunction20150331"),
    ("iam", Shape::Named("roleName"), "GetRole ListAttachedRolePolicies ListRolePolicies GetRolePolicy ListInstanceProfilesForRole CreateRole AttachRolePolicy DeleteRole"),
    ("ec2", Shape::Nothing, "DescribeAccountAttributes DescribeRegions DescribeAddresses DescribeInternetGateways DescribeKeyPairs"),
    ("cloudformation", Shape::Named("stackName"), "DescribeStacks DescribeStackEvents ListStackResources CreateChangeSet UpdateStack CreateStack"),
    ("monitoring", Shape::Named("alarmName"), "DescribeAlarms PutMetricAlarm GetMetricData ListMetrics DeleteAlarms"),
    ("sqs", Shape::Named("queueUrl"), "GetQueueAttributes GetQueueUrl CreateQueue SetQueueAttributes PurgeQueue"),
    ("ecr", Shape::Named("repositoryName"), "BatchGetImage GetAuthorizationToken DescribeRepositories PutImage DescribeImages"),
    ("ec2", Shape::Launch, "RunInstances TerminateInstances CreateVolume CreateSubnet CreateNetworkInterface CreateTags"),
    ("ecs", Shape::Named("cluster"), "DescribeServices ListTasks DescribeTasks RunTask RegisterTaskDefinition UpdateService"),
    ("eks", Shape::Named("name"), "DescribeCluster ListNodegroups ListClusters DescribeNodegroup"),
    ("sns", Shape::Named("topicArn"), "GetTopicAttributes ListTopics Subscribe CreateTopic PublishBatch"),
    ("iam", Shape::Document, "PutRolePolicy CreatePolicyVersion UpdateAssumeRolePolicy PutUserPolicy"),
    ("elasticloadbalancing", Shape::Named("loadBalancerArn"), "DescribeTargetHealth DescribeLoadBalancers RegisterTargets CreateListener"),
    ("rds", Shape::Named("dBInstanceIdentifier"), "DescribeDBInstances DescribeDBClusters CreateDBSnapshot ModifyDBInstance"),
    ("s3", Shape::Document, "PutBucketPolicy"),
    ("athena", Shape::Named("workGroup"), "GetQueryExecution StartQueryExecution GetQueryResults ListWorkGroups"),
    ("cloudtrail", Shape::Named("name"), "LookupEvents DescribeTrails GetTrailStatus StopLogging"),
    ("signin", Shape::Login, "ConsoleLogin SwitchRole"),
    ("cloudfront", Shape::Named("id"), "CreateInvalidation2020_05_31 GetDistribution2020_05_31 UpdateDistribution2020_05_31"),
    ("apigateway", Shape::Named("restApiId"), "GetRestApis GetStages CreateDeployment UpdateStage"),
];

#[derive(Clone, Copy)]
pub(super) struct Call {
    pub(super) service: &'static str,
    pub(super) shape: Shape,
    pub(super) name: &'static str,
}

impl Call {
    /// Whether it is about the data of a resource, and not about the resource.
    pub(super) fn is_data(&self) -> bool {
        matches!(self.shape, Shape::Object) || self.name == "Invoke"
    }

    pub(super) fn only_reads(&self) -> bool {
        [
            "Assume", "Batch", "Decrypt", "Describe", "Filter", "Get", "Head", "List", "Lookup",
            "Query",
        ]
        .iter()
        .any(|verb| self.name.starts_with(verb))
    }

    /// Nothing, or `,"errorCode":…,"errorMessage":…`.
    pub(super) fn error(&self, random: &mut Random, caller: &Caller) -> String {
        let Call { service, name, .. } = *self;
        if caller.arn.is_empty() {
            return String::new();
        }
        let (code, message) = match random.below(1_000) {
            // Nobody can be denied these (ROLE-30, ROLE-31).
            0..20 if matches!(name, "DescribeEndpoints" | "GetCallerIdentity") => {
                return String::new();
            }
            0..20 if service == "ec2" => (
                "Client.UnauthorizedOperation",
                format!(
                    "You are not authorized to perform this operation. User: {} is not authorized to perform: ec2:{name} with an explicit deny in a service control policy. Encoded authorization failure message: {}",
                    caller.arn,
                    random.noise(600)
                ),
            ),
            0..20 => (
                if matches!(service, "dynamodb" | "kms" | "secretsmanager" | "ssm") {
                    "AccessDeniedException"
                } else {
                    "AccessDenied"
                },
                format!(
                    r#"User: {} is not authorized to perform: {service}:{name} on resource: \"arn:aws:{service}:::example\" because no identity-based policy allows the {service}:{name} action"#,
                    caller.arn
                ),
            ),
            20..55 => ("ThrottlingException", "Rate exceeded".into()),
            55..102 => (
                "ResourceNotFoundException",
                r#"The resource \"example\" was not found; did you mean \u003cother\u003e?"#.into(),
            ),
            _ => return String::new(),
        };
        format!(r#","errorCode":"{code}","errorMessage":"{message}""#)
    }

    pub(super) fn parameters(&self, random: &mut Random, caller: &Caller, region: &str) -> String {
        let Call {
            service,
            shape,
            name,
        } = *self;
        let (account, number) = (caller.account, random.below(500));
        let bucket = format!("example-{}-{account}", number % 40);
        match shape {
            Shape::Assume => format!(
                r#"{{"roleArn":"arn:aws:iam::{account}:role/app/service-{number}","roleSessionName":"session-{number}","durationSeconds":3600}}"#
            ),
            Shape::Bucket => format!(
                r#"{{"bucketName":"{bucket}","Host":"{bucket}.s3.{region}.amazonaws.com","{}":""}}"#,
                &name[3..]
            ),
            Shape::Document => format!(
                r#"{{"{}":"example-{number}","policyName":"Zugriff für Büro {number}","policyDocument":"{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{{\"Effect\": \"Deny\", \"Action\": \"{service}:*\", \"Resource\": \"*\", \"Condition\": {{\"NotIpAddress\": {{\"aws:SourceIp\": [\"203.0.113.0/24\", \"2001:db8::/32\"]}}, \"BoolIfExists\": {{\"aws:ViaAWSService\": \"false\"}}}}}}]\n}}"}}"#,
                if service == "s3" {
                    "bucketName"
                } else {
                    "roleName"
                }
            ),
            Shape::Filter => format!(
                r#"{{"maxResults":50,"filterSet":{{"items":[{{"name":"instance-state-name","valueSet":{{"items":[{{"value":"running"}},{{"value":"pending"}}]}}}},{{"name":"tag:team","valueSet":{{"items":[{{"value":"R\u0026D {number}"}}]}}}}]}}}}"#
            ),
            Shape::Key => format!(
                r#"{{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{{"SecretARN":"arn:aws:secretsmanager:{region}:{account}:secret:app/{number}","SecretVersionId":"{}"}}}}"#,
                random.uuid()
            ),
            Shape::Launch => format!(
                r#"{{"instancesSet":{{"items":[{{"imageId":"ami-{number:017x}","minCount":1,"maxCount":2}}]}},"instanceType":"m7i.large","blockDeviceMapping":{{"items":[{{"deviceName":"/dev/xvda","ebs":{{"volumeSize":30,"deleteOnTermination":true,"encrypted":true}}}}]}},"monitoring":{{"enabled":false}},"tagSpecificationSet":{{"items":[{{"resourceType":"instance","tags":[{{"key":"Name","value":"wörker \"{number}\" 東京"}}]}}]}}}}"#
            ),
            Shape::Named(field) => format!(
                r#"{{"{field}":"app-{number}","nextToken":"{}"}}"#,
                random.noise(40)
            ),
            Shape::Login | Shape::Nothing => "null".into(),
            Shape::Object => format!(
                r#"{{"bucketName":"{bucket}","Host":"{bucket}.s3.{region}.amazonaws.com","key":"daten/2026/01/31/part-{number:05}-Größe \u0026 Farbe.parquet"}}"#
            ),
        }
    }

    pub(super) fn response(&self, random: &mut Random, caller: &Caller) -> String {
        let (account, number) = (caller.account, random.below(500));
        match self.shape {
            Shape::Assume => format!(
                r#"{{"credentials":{{"accessKeyId":"ASIA{number:09}EXAMPLE","sessionToken":"{}","expiration":"Jan 31, 2026, 11:00:00 PM"}},"assumedRoleUser":{{"assumedRoleId":"AROA{number:010}EXAMPLE:session-{number}","arn":"arn:aws:sts::{account}:assumed-role/service-{number}/session-{number}"}}}}"#,
                random.noise(900)
            ),
            Shape::Launch => format!(
                r#"{{"requestId":"{}","reservationId":"r-{number:017x}","ownerId":"{account}","groupSet":{{}},"instancesSet":{{"items":[{}]}}}}"#,
                random.uuid(),
                instances(random)
            ),
            Shape::Login => r#"{"ConsoleLogin":"Success"}"#.into(),
            _ => "null".into(),
        }
    }

    pub(super) fn resource(
        &self,
        random: &mut Random,
        account: &str,
        region: &str,
    ) -> Option<String> {
        let number = random.below(40);
        Some(match self.shape {
            Shape::Assume => format!(
                r#"{{"accountId":"{account}","type":"AWS::IAM::Role","ARN":"arn:aws:iam::{account}:role/app/service-{number}"}}"#
            ),
            Shape::Bucket => format!(
                r#"{{"accountId":"{account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-{number}-{account}"}}"#
            ),
            Shape::Key => format!(
                r#"{{"accountId":"{account}","type":"AWS::KMS::Key","ARN":"arn:aws:kms:{region}:{account}:key/{}"}}"#,
                random.uuid()
            ),
            Shape::Object => format!(
                r#"{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-{number}-{account}/daten/2026/01/31/part-{number:05}"}},{{"accountId":"{account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-{number}-{account}"}}"#
            ),
            _ => return None,
        })
    }
}

fn instances(random: &mut Random) -> String {
    let instance = |number: u64| {
        format!(
            r#"{{"instanceId":"i-{number:017x}","imageId":"ami-{number:017x}","instanceState":{{"code":0,"name":"pending"}},"privateDnsName":"ip-10-0-0-{}.ec2.internal","amiLaunchIndex":0,"placement":{{"availabilityZone":"us-east-1a","tenancy":"default"}},"subnetId":"subnet-{number:017x}","vpcId":"vpc-0000000000000000a","privateIpAddress":"10.0.0.{}","stateReason":{{"code":"pending","message":"pending"}}}}"#,
            number % 256,
            number % 256
        )
    };
    let count = 1 + random.below(4);
    let all: Vec<String> = (0..count)
        .map(|_| instance(random.below(1 << 40)))
        .collect();
    all.join(",")
}
