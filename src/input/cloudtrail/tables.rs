//! What the names of `CloudTrail` say that is not the name of an action: facts, one row a line, sorted.
//!
//! Sources of the rows: the maps of <https://github.com/iann0036/iam-dataset> (MIT; `aws/map.json` at commit `cf9b6c5`,
//! CT-8, CT-9), the special cases of <https://github.com/flosell/trailscraper> (sources with a dot in them), and AWS's own
//! references where they say otherwise or say more: the API reference of Amazon S3 (permissions of each call), of Amazon
//! SQS (batches), of AWS Glue (`GetUnfiltered…`), of Amazon Bedrock (`Converse`) and of Amazon Cognito (calls for which
//! no policy is evaluated), and the service authorization reference for Amazon Keyspaces.
//!
//! Left out of those maps: rows of Lex V2, which name actions of V1 although V2 has its own, and rows of `FinSpace` and
//! of the documents of `CloudSearch`, which name actions that AWS does not document.

use Needs::{All, AtLeast, OneOf};

/// What an API call needs, where that is not the action of its own name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Needs {
    /// These and no others.
    All(&'static [&'static str]),
    /// These, and others by its parameters: a role that is passed, tags, an access control list (CT-13).
    AtLeast(&'static [&'static str]),
    /// One or more of these, by its parameters, and no one of them in every case.
    OneOf(&'static [&'static str]),
}

/// Sources without `.amazonaws.com`, and their service prefixes (CT-8).
#[rustfmt::skip]
pub(super) const PREFIXES: &[(&str, &str)] = &[
    ("agreement-marketplace", "aws-marketplace"),
    ("amazonmq", "mq"),
    ("application-insights", "applicationinsights"),
    ("appstream2", "appstream"),
    ("billingconsole", "billing"),
    ("chime-sdk-media-pipelines", "chime"),
    ("chime-sdk-voice", "chime"),
    ("cloudcontrolapi", "cloudformation"),
    ("cloudsearchdomain", "cloudsearch"),
    ("contact-lens", "connect"),
    ("data.iot", "iot"),
    ("discovery-marketplace", "aws-marketplace"),
    ("email", "ses"),
    ("entitlement-marketplace", "aws-marketplace"),
    ("iotdata", "iot"),
    ("management-marketplace", "aws-marketplace-management"),
    ("marketplacecatalog", "aws-marketplace"),
    ("metering-marketplace", "aws-marketplace"),
    ("migrationhub", "mgh"),
    ("models.lex", "lex"),
    ("monitoring", "cloudwatch"),
    ("mturk-requester", "mechanicalturk"),
    ("opensearchservice", "es"),
    ("participant-connect", "connect"),
    ("pinpoint", "mobiletargeting"),
    ("pricelist", "pricing"),
    ("qconnect", "wisdom"),
    ("rdsdata", "rds-data"),
    ("reporting-marketplace", "aws-marketplace"),
    ("runtime.lex", "lex"),
    ("servicecatalog-appregistry", "servicecatalog"),
    ("streams.dynamodb", "dynamodb"),
    ("tagging", "tag"),
    ("taxconsole", "tax"),
    ("transcribestreaming", "transcribe"),
];

/// Of a statement in `PartiQL`.
const PARTIQL: &[&str] = &[
    "dynamodb:PartiQLSelect",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
];

/// Of a query of Timestream.
const TIMESTREAM: &[&str] = &[
    "timestream:Select",
    "timestream:SelectValues",
    "timestream:ListDatabases",
    "timestream:ListTables",
    "timestream:ListMeasures",
    "timestream:DescribeTable",
];

/// Service prefix, API call, and what it needs instead of the action of its name (CT-9, CT-11, CT-12).
#[rustfmt::skip]
pub(super) const EXCEPTIONS: &[(&str, &str, Needs)] = &[
    ("apigateway", "CreateRestApi", AtLeast(&["apigateway:POST"])),
    ("apigateway", "DeleteConnection", All(&["execute-api:ManageConnections"])),
    ("apigateway", "GetConnection", All(&["execute-api:ManageConnections"])),
    ("apigateway", "ImportApiKeys", All(&["apigateway:POST"])),
    ("apigateway", "ImportRestApi", AtLeast(&["apigateway:POST"])),
    ("apigateway", "PostToConnection", All(&["execute-api:ManageConnections"])),
    ("apigateway", "PutRestApi", AtLeast(&["apigateway:PUT"])),
    ("apigateway", "TagResource", OneOf(&["apigateway:POST", "apigateway:PUT"])),
    ("apigateway", "UpdateRestApi", AtLeast(&["apigateway:PATCH"])),
    ("bedrock", "Converse", All(&["bedrock:InvokeModel"])),
    ("bedrock", "ConverseStream", All(&["bedrock:InvokeModelWithResponseStream"])),
    ("budgets", "CreateBudget", All(&["budgets:ModifyBudget"])),
    ("budgets", "CreateNotification", All(&["budgets:ModifyBudget"])),
    ("budgets", "CreateSubscriber", All(&["budgets:ModifyBudget"])),
    ("budgets", "DeleteBudget", All(&["budgets:ModifyBudget"])),
    ("budgets", "DeleteNotification", All(&["budgets:ModifyBudget"])),
    ("budgets", "DeleteSubscriber", All(&["budgets:ModifyBudget"])),
    ("budgets", "DescribeBudget", All(&["budgets:ViewBudget"])),
    ("budgets", "DescribeBudgetNotificationsForAccount", All(&["budgets:ViewBudget"])),
    ("budgets", "DescribeBudgetPerformanceHistory", All(&["budgets:ViewBudget"])),
    ("budgets", "DescribeBudgets", All(&["budgets:ViewBudget"])),
    ("budgets", "DescribeNotificationsForBudget", All(&["budgets:ViewBudget"])),
    ("budgets", "DescribeSubscribersForNotification", All(&["budgets:ViewBudget"])),
    ("budgets", "UpdateBudget", All(&["budgets:ModifyBudget"])),
    ("budgets", "UpdateNotification", All(&["budgets:ModifyBudget"])),
    ("budgets", "UpdateSubscriber", All(&["budgets:ModifyBudget"])),
    ("cassandra", "AlterKeyspace", AtLeast(&["cassandra:Alter"])),
    ("cassandra", "AlterTable", AtLeast(&["cassandra:Alter"])),
    ("cassandra", "CreateKeyspace", AtLeast(&["cassandra:Create"])),
    ("cassandra", "CreateTable", AtLeast(&["cassandra:Create"])),
    ("cassandra", "DeleteKeyspace", AtLeast(&["cassandra:Drop"])),
    ("cassandra", "DeleteTable", AtLeast(&["cassandra:Drop"])),
    ("cassandra", "DropKeyspace", AtLeast(&["cassandra:Drop"])),
    ("cassandra", "DropTable", AtLeast(&["cassandra:Drop"])),
    ("cassandra", "GetKeyspace", All(&["cassandra:Select"])),
    ("cassandra", "GetTable", All(&["cassandra:Select"])),
    ("cassandra", "ListKeyspaces", All(&["cassandra:Select"])),
    ("cassandra", "ListTables", All(&["cassandra:Select"])),
    ("cassandra", "ListTagsForResource", All(&["cassandra:Select"])),
    ("cassandra", "RestoreTable", AtLeast(&["cassandra:Restore"])),
    ("cassandra", "UpdateTable", OneOf(&["cassandra:Alter", "cassandra:Modify"])),
    ("dynamodb", "BatchExecuteStatement", OneOf(PARTIQL)),
    ("dynamodb", "ExecuteStatement", OneOf(PARTIQL)),
    ("dynamodb", "ExecuteTransaction", OneOf(PARTIQL)),
    ("dynamodb", "TransactGetItems", All(&["dynamodb:GetItem"])),
    ("dynamodb", "TransactWriteItems", OneOf(&["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"])),
    ("glue", "BatchUpdatePartition", All(&["glue:UpdatePartition"])),
    ("glue", "CreatePartitionIndex", All(&["glue:UpdateTable"])),
    ("glue", "DeleteColumnStatisticsForPartition", All(&["glue:UpdatePartition"])),
    ("glue", "DeleteColumnStatisticsForTable", All(&["glue:UpdateTable"])),
    ("glue", "DeletePartitionIndex", All(&["glue:UpdateTable"])),
    ("glue", "GetColumnStatisticsForPartition", All(&["glue:GetPartition"])),
    ("glue", "GetColumnStatisticsForTable", All(&["glue:GetTable"])),
    ("glue", "GetPartitionIndexes", All(&["glue:GetTable"])),
    ("glue", "GetUnfilteredPartitionMetadata", All(&["glue:GetPartition"])),
    ("glue", "GetUnfilteredPartitionsMetadata", All(&["glue:GetPartitions"])),
    ("glue", "GetUnfilteredTableMetadata", All(&["glue:GetTable"])),
    ("kms", "ReEncrypt", All(&["kms:ReEncryptFrom", "kms:ReEncryptTo"])),
    ("lambda", "GetLayerVersionByArn", All(&["lambda:GetLayerVersion"])),
    ("lambda", "Invoke", All(&["lambda:InvokeFunction"])),
    ("lambda", "InvokeAsync", All(&["lambda:InvokeFunction"])),
    ("lambda", "InvokeWithResponseStream", All(&["lambda:InvokeFunction"])),
    ("mediapackage", "ConfigureLogs", All(&["mediapackage:UpdateChannel"])),
    ("mobilehub", "DescribeProject", All(&["mobilehub:GetProject"])),
    ("s3", "CompleteMultipartUpload", All(&["s3:PutObject"])),
    ("s3", "CopyObject", AtLeast(&["s3:GetObject", "s3:PutObject"])),
    ("s3", "CreateMultipartUpload", AtLeast(&["s3:PutObject"])),
    ("s3", "DeleteAccountPublicAccessBlock", All(&["s3:PutAccountPublicAccessBlock"])),
    ("s3", "DeleteBucketAnalyticsConfiguration", All(&["s3:PutAnalyticsConfiguration"])),
    ("s3", "DeleteBucketCors", All(&["s3:PutBucketCORS"])),
    ("s3", "DeleteBucketEncryption", All(&["s3:PutEncryptionConfiguration"])),
    ("s3", "DeleteBucketIntelligentTieringConfiguration", All(&["s3:PutIntelligentTieringConfiguration"])),
    ("s3", "DeleteBucketInventoryConfiguration", All(&["s3:PutInventoryConfiguration"])),
    ("s3", "DeleteBucketLifecycle", All(&["s3:PutLifecycleConfiguration"])),
    ("s3", "DeleteBucketMetricsConfiguration", All(&["s3:PutMetricsConfiguration"])),
    ("s3", "DeleteBucketOwnershipControls", All(&["s3:PutBucketOwnershipControls"])),
    ("s3", "DeleteBucketPublicAccessBlock", All(&["s3:PutBucketPublicAccessBlock"])),
    ("s3", "DeleteBucketReplication", AtLeast(&["s3:PutReplicationConfiguration"])),
    ("s3", "DeleteBucketTagging", All(&["s3:PutBucketTagging"])),
    ("s3", "DeleteObjects", OneOf(&["s3:DeleteObject", "s3:DeleteObjectVersion"])),
    ("s3", "DeletePublicAccessBlock", All(&["s3:PutBucketPublicAccessBlock"])),
    ("s3", "GetBucketAccelerateConfiguration", All(&["s3:GetAccelerateConfiguration"])),
    ("s3", "GetBucketAnalyticsConfiguration", All(&["s3:GetAnalyticsConfiguration"])),
    ("s3", "GetBucketEncryption", All(&["s3:GetEncryptionConfiguration"])),
    ("s3", "GetBucketIntelligentTieringConfiguration", All(&["s3:GetIntelligentTieringConfiguration"])),
    ("s3", "GetBucketInventoryConfiguration", All(&["s3:GetInventoryConfiguration"])),
    ("s3", "GetBucketLifecycle", All(&["s3:GetLifecycleConfiguration"])),
    ("s3", "GetBucketLifecycleConfiguration", All(&["s3:GetLifecycleConfiguration"])),
    ("s3", "GetBucketMetricsConfiguration", All(&["s3:GetMetricsConfiguration"])),
    ("s3", "GetBucketNotificationConfiguration", All(&["s3:GetBucketNotification"])),
    ("s3", "GetBucketReplication", All(&["s3:GetReplicationConfiguration"])),
    ("s3", "GetObjectAttributes", All(&["s3:GetObject", "s3:GetObjectAttributes"])),
    ("s3", "GetObjectLockConfiguration", All(&["s3:GetBucketObjectLockConfiguration"])),
    ("s3", "GetPublicAccessBlock", All(&["s3:GetBucketPublicAccessBlock"])),
    ("s3", "HeadBucket", All(&["s3:ListBucket"])),
    ("s3", "HeadObject", All(&["s3:GetObject"])),
    ("s3", "ListBucketAnalyticsConfigurations", All(&["s3:GetAnalyticsConfiguration"])),
    ("s3", "ListBucketIntelligentTieringConfigurations", All(&["s3:GetIntelligentTieringConfiguration"])),
    ("s3", "ListBucketInventoryConfigurations", All(&["s3:GetInventoryConfiguration"])),
    ("s3", "ListBucketMetricsConfigurations", All(&["s3:GetMetricsConfiguration"])),
    ("s3", "ListBuckets", All(&["s3:ListAllMyBuckets"])),
    ("s3", "ListMultipartUploads", All(&["s3:ListBucketMultipartUploads"])),
    ("s3", "ListObjectVersions", All(&["s3:ListBucketVersions"])),
    ("s3", "ListObjects", All(&["s3:ListBucket"])),
    ("s3", "ListObjectsV2", All(&["s3:ListBucket"])),
    ("s3", "ListParts", All(&["s3:ListMultipartUploadParts"])),
    ("s3", "PutBucketAccelerateConfiguration", All(&["s3:PutAccelerateConfiguration"])),
    ("s3", "PutBucketAnalyticsConfiguration", All(&["s3:PutAnalyticsConfiguration"])),
    ("s3", "PutBucketEncryption", All(&["s3:PutEncryptionConfiguration"])),
    ("s3", "PutBucketIntelligentTieringConfiguration", All(&["s3:PutIntelligentTieringConfiguration"])),
    ("s3", "PutBucketInventoryConfiguration", All(&["s3:PutInventoryConfiguration"])),
    ("s3", "PutBucketLifecycle", All(&["s3:PutLifecycleConfiguration"])),
    ("s3", "PutBucketLifecycleConfiguration", All(&["s3:PutLifecycleConfiguration"])),
    ("s3", "PutBucketMetricsConfiguration", All(&["s3:PutMetricsConfiguration"])),
    ("s3", "PutBucketNotificationConfiguration", All(&["s3:PutBucketNotification"])),
    ("s3", "PutBucketReplication", AtLeast(&["s3:PutReplicationConfiguration"])),
    ("s3", "PutObjectLockConfiguration", All(&["s3:PutBucketObjectLockConfiguration"])),
    ("s3", "PutPublicAccessBlock", All(&["s3:PutBucketPublicAccessBlock"])),
    ("s3", "SelectObjectContent", All(&["s3:GetObject"])),
    ("s3", "UploadPart", All(&["s3:PutObject"])),
    ("s3", "UploadPartCopy", AtLeast(&["s3:GetObject", "s3:PutObject"])),
    ("s3-outposts", "DeleteBucketLifecycleConfiguration", All(&["s3-outposts:DeleteLifecycleConfiguration"])),
    ("s3-outposts", "DeleteBucketTagging", All(&["s3-outposts:PutBucketTagging"])),
    ("s3-outposts", "GetBucketLifecycleConfiguration", All(&["s3-outposts:GetLifecycleConfiguration"])),
    ("s3-outposts", "PutBucketLifecycleConfiguration", All(&["s3-outposts:PutLifecycleConfiguration"])),
    ("s3express", "AbortMultipartUpload", All(&["s3express:CreateSession"])),
    ("s3express", "CompleteMultipartUpload", All(&["s3express:CreateSession"])),
    ("s3express", "CopyObject", AtLeast(&["s3express:CreateSession"])),
    ("s3express", "CreateMultipartUpload", All(&["s3express:CreateSession"])),
    ("s3express", "DeleteObject", All(&["s3express:CreateSession"])),
    ("s3express", "DeleteObjects", All(&["s3express:CreateSession"])),
    ("s3express", "GetObject", All(&["s3express:CreateSession"])),
    ("s3express", "GetObjectAttributes", All(&["s3express:CreateSession"])),
    ("s3express", "HeadBucket", All(&["s3express:CreateSession"])),
    ("s3express", "HeadObject", All(&["s3express:CreateSession"])),
    ("s3express", "ListDirectoryBuckets", All(&["s3express:ListAllMyDirectoryBuckets"])),
    ("s3express", "ListMultipartUploads", All(&["s3express:CreateSession"])),
    ("s3express", "ListObjectsV2", All(&["s3express:CreateSession"])),
    ("s3express", "ListParts", All(&["s3express:CreateSession"])),
    ("s3express", "PutObject", All(&["s3express:CreateSession"])),
    ("s3express", "UploadPart", All(&["s3express:CreateSession"])),
    ("s3express", "UploadPartCopy", AtLeast(&["s3express:CreateSession"])),
    ("sns", "PublishBatch", All(&["sns:Publish"])),
    ("sqs", "ChangeMessageVisibilityBatch", All(&["sqs:ChangeMessageVisibility"])),
    ("sqs", "DeleteMessageBatch", All(&["sqs:DeleteMessage"])),
    ("sqs", "SendMessageBatch", All(&["sqs:SendMessage"])),
    ("timestream", "Query", OneOf(TIMESTREAM)),
];

/// Calls that need the action of their name and, by their parameters, more (CT-13): `iam:PassRole` above all, tags,
/// network interfaces, keys. Service prefix, and the names with spaces between them.
#[rustfmt::skip]
pub(super) const MORE: &[(&str, &str)] = &[
    ("access-analyzer", "CreateAnalyzer"),
    ("amplify", "CreateApp CreateDomainAssociation UpdateApp UpdateDomainAssociation"),
    ("amplifyuibuilder", "DeleteForm GetForm ListForms UpdateForm"),
    ("appconfig", "CreateConfigurationProfile UpdateConfigurationProfile"),
    ("appflow", "CreateConnectorProfile UpdateConnectorProfile"),
    ("application-autoscaling", "RegisterScalableTarget"),
    ("appstream", "CreateFleet CreateImageBuilder UpdateFleet"),
    ("appsync", "CreateDataSource CreateGraphqlApi UpdateDataSource UpdateGraphqlApi"),
    ("autoscaling", "CreateAutoScalingGroup CreateLaunchConfiguration PutLifecycleHook UpdateAutoScalingGroup"),
    ("backup", "CreateBackupSelection StartBackupJob StartCopyJob StartRestoreJob"),
    ("batch", "CreateComputeEnvironment RegisterJobDefinition UpdateComputeEnvironment"),
    ("budgets", "CreateBudgetAction UpdateBudgetAction"),
    ("chime", "PutVoiceConnectorLoggingConfiguration"),
    ("cloud9", "CreateEnvironmentEC2 DeleteEnvironment"),
    ("cloudformation", "ContinueUpdateRollback CreateChangeSet CreateStack CreateStackInstances CreateStackSet \
        EstimateTemplateCost SetStackPolicy UpdateStack UpdateStackInstances UpdateStackSet"),
    ("cloudhsm", "CreateHsm ModifyHsm"),
    ("cloudtrail", "CreateTrail UpdateTrail"),
    ("codebuild", "CreateProject StartBuild StartBuildBatch UpdateProject"),
    ("codedeploy", "CreateDeploymentGroup UpdateDeploymentGroup"),
    ("codeguru-reviewer", "AssociateRepository CreateCodeReview DisassociateRepository"),
    ("codepipeline", "CreatePipeline UpdatePipeline"),
    ("codestar", "CreateProject"),
    ("cognito-identity", "SetIdentityPoolRoles"),
    ("cognito-idp", "CreateGroup CreateUserImportJob CreateUserPoolClient UpdateGroup UpdateUserPoolClient"),
    ("cognito-sync", "SetIdentityPoolConfiguration"),
    ("comprehend", "CreateDocumentClassifier CreateEntityRecognizer StartDocumentClassificationJob \
        StartDominantLanguageDetectionJob StartEntitiesDetectionJob StartKeyPhrasesDetectionJob \
        StartPiiEntitiesDetectionJob StartSentimentDetectionJob StartTopicsDetectionJob"),
    ("compute-optimizer", "DeleteRecommendationPreferences ExportAutoScalingGroupRecommendations ExportEBSVolumeRecommendations \
        ExportEC2InstanceRecommendations ExportLambdaFunctionRecommendations \
        GetAutoScalingGroupRecommendations GetEBSVolumeRecommendations GetEC2InstanceRecommendations \
        GetEC2RecommendationProjectedMetrics GetEffectiveRecommendationPreferences \
        GetLambdaFunctionRecommendations PutRecommendationPreferences"),
    ("config", "PutConfigurationAggregator PutConfigurationRecorder"),
    ("connect", "AssociateBot AssociateInstanceStorageConfig AssociateLambdaFunction AssociateLexBot CreateInstance \
        CreateIntegrationAssociation CreateUseCase DeleteInstance DeleteIntegrationAssociation DeleteUseCase \
        DescribeInstance DisassociateBot DisassociateLambdaFunction DisassociateLexBot ListInstances \
        ListIntegrationAssociations ListUseCases UpdateInstanceAttribute UpdateInstanceStorageConfig"),
    ("datapipeline", "PutPipelineDefinition ValidatePipelineDefinition"),
    ("datasync", "CreateLocationS3"),
    ("dax", "CreateCluster"),
    ("detective", "DescribeOrganizationConfiguration DisableOrganizationAdminAccount EnableOrganizationAdminAccount \
        ListOrganizationAdminAccounts UpdateOrganizationConfiguration"),
    ("devops-guru", "AddNotificationChannel RemoveNotificationChannel"),
    ("dlm", "CreateLifecyclePolicy UpdateLifecyclePolicy"),
    ("dms", "CreateEndpoint ModifyEndpoint"),
    ("drs", "DescribeRecoveryInstances InitializeService StartRecovery TerminateRecoveryInstances"),
    ("ds", "AddIpRoutes AddTagsToResource ConnectDirectory CreateDirectory CreateMicrosoftAD DeleteDirectory \
        RegisterEventTopic RemoveTagsFromResource"),
    ("dynamodb", "UpdateGlobalTableSettings UpdateTableReplicaAutoScaling"),
    ("ec2", "AssociateIamInstanceProfile CreateCapacityReservationFleet CreateCoipPool CreateFleet CreateFlowLogs \
        CreateInternetGateway CreateIpam CreateIpamPool CreateIpamScope CreateLocalGatewayRouteTable \
        CreateLocalGatewayRouteTableVirtualInterfaceGroupAssociation CreateNetworkInsightsAccessScope \
        CreatePublicIpv4Pool CreateSubnet CreateTransitGatewayPolicyTable \
        CreateTransitGatewayRouteTableAnnouncement CreateVerifiedAccessEndpoint CreateVerifiedAccessGroup \
        CreateVerifiedAccessInstance CreateVerifiedAccessTrustProvider CreateVpc CreateVpcEndpoint \
        DisableIpamOrganizationAdminAccount EnableIpamOrganizationAdminAccount ModifyFleet \
        ModifySpotFleetRequest ReplaceIamInstanceProfileAssociation RequestSpotFleet RequestSpotInstances \
        RunInstances RunScheduledInstances StartNetworkInsightsAccessScopeAnalysis"),
    ("ecs", "CreateService CreateTaskSet RegisterTaskDefinition RunTask StartTask"),
    ("eks", "CreateCluster CreateNodegroup"),
    ("elasticache", "AuthorizeCacheSecurityGroupIngress BatchApplyUpdateAction CopySnapshot CreateCacheCluster \
        CreateCacheParameterGroup CreateCacheSecurityGroup CreateCacheSubnetGroup CreateReplicationGroup \
        CreateSnapshot CreateUserGroup DecreaseReplicaCount DeleteCacheCluster DeleteCacheSubnetGroup \
        DeleteReplicationGroup IncreaseReplicaCount ModifyReplicationGroup \
        ModifyReplicationGroupShardConfiguration PurchaseReservedCacheNodesOffering TestFailover"),
    ("elasticbeanstalk", "AssociateEnvironmentOperationsRole CreateApplication CreateConfigurationTemplate CreateEnvironment \
        UpdateApplicationResourceLifecycle UpdateConfigurationTemplate UpdateEnvironment"),
    ("elasticmapreduce", "RunJobFlow"),
    ("elastictranscoder", "CreatePipeline TestRole UpdatePipeline UpdatePipelineStatus"),
    ("es", "CreateElasticsearchDomain UpdateElasticsearchDomainConfig"),
    ("events", "PutRule"),
    ("firehose", "CreateDeliveryStream UpdateDestination"),
    ("fis", "StartExperiment"),
    ("fms", "PutNotificationChannel"),
    ("forecast", "CreateDataset CreateDatasetImportJob CreateForecastExportJob CreatePredictor"),
    ("frauddetector", "CreateModelVersion PutExternalModel UpdateModelVersion"),
    ("fsx", "CopyBackup CreateDataRepositoryAssociation CreateSnapshot CreateStorageVirtualMachine CreateVolume \
        CreateVolumeFromBackup"),
    ("gamelift", "CreateBuild CreateFleet CreateGameServerGroup CreateScript UpdateGameServerGroup UpdateScript"),
    ("glue", "CreateCrawler CreateDevEndpoint CreateJob CreateMLTransform UpdateCrawler UpdateJob \
        UpdateMLTransform"),
    ("grafana", "AssociateLicense CreateWorkspace DeleteWorkspace"),
    ("greengrass", "AssociateRoleToGroup AssociateServiceRoleToAccount CancelDeployment CreateDeployment \
        CreateSoftwareUpdateJob DeleteCoreDevice DeleteDeployment GetDeployment ListDeployments \
        ListEffectiveDeployments StartBulkDeployment"),
    ("guardduty", "CreatePublishingDestination UpdatePublishingDestination"),
    ("health", "DescribeAffectedAccountsForOrganization DescribeAffectedEntitiesForOrganization \
        DescribeEventDetailsForOrganization DescribeEventsForOrganization \
        DescribeHealthServiceStatusForOrganization DisableHealthServiceAccessForOrganization \
        EnableHealthServiceAccessForOrganization"),
    ("iam", "AddRoleToInstanceProfile GenerateOrganizationsAccessReport"),
    ("imagebuilder", "CreateComponent CreateContainerRecipe CreateDistributionConfiguration CreateImage \
        CreateImagePipeline CreateImageRecipe CreateInfrastructureConfiguration GetComponent ImportComponent \
        ImportVmImage StartImagePipelineExecution UpdateInfrastructureConfiguration"),
    ("inspector", "RegisterCrossAccountAccessRole"),
    ("iot", "CreateAuditSuppression CreateJob CreateMitigationAction CreateOTAUpdate CreateProvisioningTemplate \
        CreateRoleAlias CreateStream CreateTopicRule RegisterCACertificate ReplaceTopicRule \
        SetLoggingOptions SetV2LoggingOptions StartThingRegistrationTask UpdateAccountAuditConfiguration \
        UpdateAuditSuppression UpdateCACertificate UpdateJob UpdateMitigationAction \
        UpdateProvisioningTemplate UpdateRoleAlias UpdateStream"),
    ("iotanalytics", "CreateChannel CreateDatastore PutLoggingOptions RunPipelineActivity UpdateChannel UpdateDatastore"),
    ("iotevents", "CreateDetectorModel PutLoggingOptions UpdateDetectorModel"),
    ("iotfleethub", "CreateApplication DeleteApplication"),
    ("iotfleetwise", "CreateVehicle RegisterAccount"),
    ("iotsitewise", "CreateAccessPolicy CreatePortal DeletePortal UpdateAccessPolicy UpdatePortal"),
    ("iotthingsgraph", "AssociateEntityToThing CreateSystemInstance DissociateEntityFromThing"),
    ("iottwinmaker", "GetPropertyValue"),
    ("iotwireless", "AssociateWirelessDeviceWithThing AssociateWirelessGatewayWithThing \
        DisassociateWirelessDeviceFromThing DisassociateWirelessGatewayFromThing"),
    ("kafka", "BatchDisassociateScramSecret CreateCluster CreateClusterV2 UpdateConnectivity UpdateSecurity"),
    ("kafkaconnect", "CreateConnector CreateCustomPlugin DeleteConnector"),
    ("kendra", "BatchPutDocument CreateDataSource CreateFaq CreateIndex StartDataSourceSyncJob UpdateDataSource \
        UpdateIndex"),
    ("kinesisanalytics", "AddApplicationCloudWatchLoggingOption AddApplicationInput AddApplicationInputProcessingConfiguration \
        AddApplicationOutput AddApplicationReferenceDataSource DiscoverInputSchema"),
    ("kms", "CreateCustomKeyStore ReplicateKey"),
    ("lakeformation", "GetQueryState GetQueryStatistics GetWorkUnitResults GetWorkUnits RegisterResource UpdateResource"),
    ("lambda", "CreateFunction UpdateFunctionConfiguration"),
    ("lex", "DescribeExport PutBotAlias PutIntent"),
    ("logs", "PutDestination PutSubscriptionFilter"),
    ("m2", "CreateApplication CreateDataSetImportTask CreateDeployment CreateEnvironment DeleteApplication \
        DeleteApplicationFromEnvironment DeleteEnvironment UpdateApplication"),
    ("machinelearning", "CreateDataSourceFromRDS CreateDataSourceFromRedshift"),
    ("managedblockchain", "CreateMember CreateNetwork CreateNode UpdateMember UpdateNode"),
    ("mediaconnect", "CreateFlow UpdateFlowEntitlement UpdateFlowOutput UpdateFlowSource"),
    ("mediaconvert", "CreateJob"),
    ("medialive", "CreateChannel CreateInput UpdateChannel UpdateInput"),
    ("mediapackage", "CreateOriginEndpoint UpdateOriginEndpoint"),
    ("mediapackage-vod", "ConfigureLogs CreateAsset CreatePackagingConfiguration CreatePackagingGroup"),
    ("mediatailor", "ConfigureLogsForPlaybackConfiguration"),
    ("memorydb", "BatchUpdateCluster CopySnapshot CreateACL CreateCluster CreateParameterGroup CreateSnapshot \
        CreateSubnetGroup CreateUser DeleteCluster DeleteSubnetGroup FailoverShard UpdateCluster"),
    ("mgn", "InitializeService StartCutover StartTest TerminateTargetInstances"),
    ("mobiletargeting", "CreateExportJob CreateImportJob CreateRecommenderConfiguration PutEventStream UpdateEmailChannel \
        UpdateRecommenderConfiguration"),
    ("mq", "CreateBroker DeleteBroker UpdateBroker"),
    ("network-firewall", "CreateFirewall"),
    ("networkmanager", "CreateGlobalNetwork"),
    ("nimble", "CreateLaunchProfile CreateStreamingImage CreateStreamingSession CreateStudio CreateStudioComponent \
        DeleteStreamingImage DeleteStreamingSession DeleteStudio DeleteStudioComponent \
        GetLaunchProfileInitialization PutLaunchProfileMembers PutStudioMembers StartStreamingSession \
        StartStudioSSOConfigurationRepair StopStreamingSession UpdateStudio UpdateStudioComponent"),
    ("opsworks", "CloneStack CreateLayer CreateStack CreateUserProfile DeleteUserProfile UpdateLayer UpdateStack"),
    ("opsworks-cm", "CreateServer"),
    ("organizations", "CreateAccount CreateGovCloudAccount"),
    ("personalize", "CreateBatchInferenceJob CreateDatasetGroup CreateDatasetImportJob"),
    ("polly", "StartSpeechSynthesisTask"),
    ("proton", "CreateEnvironment CreateService UpdateAccountSettings UpdateEnvironment"),
    ("qldb", "ExportJournalToS3 StreamJournalToKinesis"),
    ("quicksight", "CreateDataSet RegisterUser UpdateDataSet"),
    ("rds", "AddRoleToDBCluster AddRoleToDBInstance CopyDBClusterParameterGroup CopyDBClusterSnapshot \
        CopyDBParameterGroup CopyDBSnapshot CopyOptionGroup CreateCustomDBEngineVersion CreateDBCluster \
        CreateDBInstance CreateDBInstanceReadReplica CreateDBProxy CreateEventSubscription \
        DeleteBlueGreenDeployment ModifyDBCluster ModifyDBInstance ModifyDBProxy ModifyOptionGroup \
        RebootDBCluster RemoveRoleFromDBCluster RemoveRoleFromDBInstance RestoreDBClusterFromS3 \
        RestoreDBClusterFromSnapshot RestoreDBClusterToPointInTime RestoreDBInstanceFromDBSnapshot \
        RestoreDBInstanceFromS3 RestoreDBInstanceToPointInTime StartExportTask SwitchoverBlueGreenDeployment"),
    ("rds-data", "CommitTransaction RollbackTransaction"),
    ("redshift", "CreateCluster CreateScheduledAction ModifyScheduledAction RestoreFromClusterSnapshot"),
    ("rekognition", "CreateStreamProcessor StartCelebrityRecognition StartContentModeration StartFaceDetection \
        StartFaceSearch StartLabelDetection StartPersonTracking StartSegmentDetection StartTextDetection"),
    ("resiliencehub", "AddDraftAppVersionResourceMappings CreateRecommendationTemplate ImportResourcesToDraftAppVersion \
        ResolveAppVersionResources StartAppAssessment"),
    ("resource-groups", "ListGroupResources SearchResources"),
    ("robomaker", "CreateDeploymentJob CreateRobot CreateRobotApplicationVersion CreateSimulationApplicationVersion \
        CreateSimulationJob CreateWorldExportJob StartSimulationJobBatch SyncDeploymentJob"),
    ("route53", "AssociateVPCWithHostedZone CreateHostedZone DisassociateVPCFromHostedZone ListHostedZonesByVPC"),
    ("route53resolver", "AssociateFirewallRuleGroup GetFirewallConfig GetResolverConfig ListFirewallConfigs \
        ListResolverConfigs UpdateFirewallConfig UpdateResolverConfig"),
    ("rum", "CreateAppMonitor UpdateAppMonitor"),
    ("s3", "CreateBucket CreateJob PutBucketNotification PutObject"),
    ("sagemaker", "CreateAlgorithm CreateAutoMLJob CreateCompilationJob CreateDataQualityJobDefinition \
        CreateDeviceFleet CreateDomain CreateEdgeDeploymentPlan CreateEdgeDeploymentStage \
        CreateEdgePackagingJob CreateFeatureGroup CreateFlowDefinition CreateHyperParameterTuningJob \
        CreateImage CreateInferenceRecommendationsJob CreateLabelingJob CreateModel \
        CreateModelBiasJobDefinition CreateModelExplainabilityJobDefinition CreateModelPackage \
        CreateModelQualityJobDefinition CreateMonitoringSchedule CreateNotebookInstance CreatePipeline \
        CreateProcessingJob CreateTrainingJob CreateUserProfile RenderUiTemplate UpdateDomain UpdateImage \
        UpdateMonitoringSchedule UpdateNotebookInstance UpdatePipeline UpdateUserProfile"),
    ("securityhub", "CreateInsight DisableOrganizationAdminAccount EnableOrganizationAdminAccount \
        ListOrganizationAdminAccounts UpdateFindings UpdateInsight"),
    ("servicecatalog", "CreateApplication UpdateApplication"),
    ("ses", "CreateConfigurationSetEventDestination UpdateConfigurationSetEventDestination"),
    ("shield", "AssociateDRTRole AssociateHealthCheck DisassociateDRTLogBucket \
        EnableApplicationLayerAutomaticResponse"),
    ("sms", "CreateApp CreateReplicationJob ImportAppCatalog PutAppLaunchConfiguration UpdateApp \
        UpdateReplicationJob"),
    ("sms-voice", "CreateConfigurationSetEventDestination UpdateConfigurationSetEventDestination"),
    ("snowball", "CreateCluster CreateJob UpdateCluster UpdateJob"),
    ("sns", "CreatePlatformApplication CreateTopic SetPlatformApplicationAttributes SetTopicAttributes"),
    ("sqs", "CreateQueue"),
    ("ssm", "CreateActivation CreateDocument GetInventorySchema RegisterTaskWithMaintenanceWindow SendCommand \
        UpdateMaintenanceWindowTask UpdateManagedInstanceRole"),
    ("ssm-contacts", "CreateContact UpdateContact"),
    ("ssm-incidents", "CreateResponsePlan UpdateResponsePlan"),
    ("states", "CreateStateMachine UpdateStateMachine"),
    ("storagegateway", "CreateNFSFileShare CreateSMBFileShare"),
    ("sts", "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity"),
    ("swf", "RegisterWorkflowType StartWorkflowExecution"),
    ("synthetics", "CreateCanary UpdateCanary"),
    ("textract", "AnalyzeDocument AnalyzeExpense AnalyzeID DetectDocumentText StartDocumentAnalysis \
        StartDocumentTextDetection StartExpenseAnalysis"),
    ("timestream", "CreateScheduledQuery"),
    ("transcribe", "CreateLanguageModel CreateMedicalVocabulary CreateVocabulary CreateVocabularyFilter \
        StartCallAnalyticsJob StartMedicalTranscriptionJob StartTranscriptionJob UpdateMedicalVocabulary \
        UpdateVocabulary UpdateVocabularyFilter"),
    ("transfer", "CreateAccess CreateAgreement CreateConnector CreateServer CreateUser UpdateAccess UpdateAgreement \
        UpdateConnector UpdateServer UpdateUser"),
    ("translate", "StartTextTranslationJob"),
    ("waf", "CreateWebACLMigrationStack PutLoggingConfiguration"),
    ("waf-regional", "CreateWebACLMigrationStack PutLoggingConfiguration"),
    ("wafv2", "PutLoggingConfiguration"),
    ("workmail", "StartMailboxExportJob"),
    ("workspaces", "CopyWorkspaceImage CreateWorkspaceBundle ImportWorkspaceImage"),
    ("workspaces-web", "AssociateNetworkSettings CreateBrowserSettings CreatePortal"),
];

/// Calls for which nothing is evaluated that a policy could say (ROLE-30, ROLE-31; for Amazon Cognito "This is a public
/// API" and "Amazon Cognito doesn't evaluate IAM policies in requests for this API operation"), as in [`MORE`].
#[rustfmt::skip]
pub(super) const FREE: &[(&str, &str)] = &[
    ("cognito-identity", "GetCredentialsForIdentity GetId GetOpenIdToken UnlinkIdentity"),
    ("cognito-idp", "AssociateSoftwareToken ChangePassword ConfirmDevice ConfirmForgotPassword ConfirmSignUp DeleteUser \
        DeleteUserAttributes ForgetDevice ForgotPassword GetDevice GetUser GetUserAttributeVerificationCode \
        GlobalSignOut InitiateAuth ListDevices ResendConfirmationCode RespondToAuthChallenge RevokeToken \
        SetUserMFAPreference SetUserSettings SignUp UpdateAuthEventFeedback UpdateDeviceStatus \
        UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute"),
    ("dynamodb", "DescribeEndpoints"),
    ("sts", "GetCallerIdentity GetSessionToken"),
];
