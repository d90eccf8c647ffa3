//! What stands at the end of help: examples, what is not modelled, exit codes.

use clap::Command;

/// The commands, with what stands at the end of the help of each.
pub(super) fn added_to(command: Command) -> Command {
    command.mut_subcommands(|command| {
        let text = match command.get_name() {
            "ips" => format!("{EXAMPLES_IPS}\n\n{NOT_MODELLED}\n\n{EXIT_IPS}"),
            "diff" => format!("{EXAMPLES_DIFF}\n\n{NOT_MODELLED}\n\n{EXIT_DIFF}"),
            "find" => format!("{EXAMPLES_FIND}\n\n{NOT_MODELLED}\n\n{EXIT_FIND}"),
            "batch" => format!("{EXAMPLES_BATCH}\n\n{NOT_MODELLED}\n\n{EXIT_BATCH}"),
            "replay" => format!("{EXAMPLES_REPLAY}\n\n{NOT_MODELLED}\n\n{EXIT_REPLAY}"),
            "lint" => format!("{EXAMPLES_LINT}\n\n{NOT_MODELLED}\n\n{EXIT_LINT}"),
            "rule" => format!("{EXAMPLES_RULE}\n\n{NOT_MODELLED}\n\n{EXIT_RULE}"),
            "guard" => format!("{EXAMPLES_GUARD}\n\n{NOT_MODELLED}\n\n{EXIT_GUARD}"),
            "completions" => {
                format!("{EXAMPLES_COMPLETIONS}\n\n{NOT_MODELLED}\n\n{EXIT_COMPLETIONS}")
            }
            "eval" => format!("{EXAMPLES_EVAL}\n\n{NOT_MODELLED}\n\n{EXIT}"),
            "assume" => format!("{EXAMPLES_ASSUME}\n\n{NOT_MODELLED}\n\n{EXIT}"),
            "explain" => format!("{EXAMPLES_EXPLAIN}\n\n{NOT_MODELLED}\n\n{EXIT}"),
            "man" => EXIT_MAN.to_owned(),
            "schema" => format!("{EXAMPLES_SCHEMA}\n\n{NOT_MODELLED}\n\n{EXIT_SCHEMA}"),
            "test" => format!("{EXAMPLES_TEST}\n\n{NOT_MODELLED}\n\n{EXIT_TEST}"),
            _ => format!("{NOT_MODELLED}\n\n{EXIT}"),
        };
        command.after_help(text)
    })
}

const NOT_MODELLED: &str = "\
Not modelled: S3 ACLs and Block Public Access, checks that services make outside IAM,
limits of sessions, and what a service really puts into the request context.";
const EXIT: &str = "Exit: 0 yes, 1 no, 2 error, 3 depends on facts that were not supplied.";
const EXIT_TEST: &str =
    "Exit: 0 all passed, 1 a test failed or none ran, 2 a test file could not be read.";

const EXIT_IPS: &str = "\
Exit: 0 the set is printed, 1 --expect-subset or --expect-empty does not hold, 2 error,
3 from somewhere it depends on facts that were not supplied.";
const EXAMPLES_IPS: &str = "\
Examples:
  ipcond ips bucket.json --action s3:GetObject
  ipcond ips trust.json --action sts:AssumeRole -f cidr \\
      --principal arn:aws:iam::111122223333:role/ci
  ipcond ips trust.json --action sts:AssumeRole --expect-subset @office
  ipcond ips bucket.json --action s3:GetObject -f svg -o map.svg
  ipcond ips --scenario journey.yaml";

const EXIT_DIFF: &str = "\
Exit: 0 no IP gains or loses access, 1 access changes, 2 error, 3 a change depends on facts
that were not supplied.";
const EXAMPLES_DIFF: &str = "\
Examples:
  ipcond diff trust.json trust.new.json
  ipcond diff --git main -- policies/
  ipcond diff --git HEAD~1 --fail-on gain -f github -- bucket.json
  ipcond diff before.yaml after.yaml --principal arn:aws:iam::111122223333:user/bob
  ipcond diff --account gaad.json --attach role/argos=deny.json";

const EXIT_FIND: &str =
    "Exit: 0 it meets a block, 1 it meets none, 2 a policy or set could not be read.";
const EXAMPLES_FIND: &str = "\
Examples:
  ipcond find 203.0.113.9 policies/
  ipcond find 203.0.113.0/24 trust.json bucket.json
  ipcond find @office policies/ -f csv
  ipcond find '@file:ip-ranges.json?service=S3&region=eu-west-1' bucket.json";

const EXIT_BATCH: &str = "\
Exit: 0 all rows were read, 1 with --fail-on-deny if a row is denied, 2 error, and with --strict
a row that cannot be read. A row that depends on something says so, and is no error.";
const EXAMPLES_BATCH: &str = "\
Columns: source_ip, sourceIPAddress, src_ip, client_ip or ip; action, or eventSource and
eventName; resource; principal; resource_account; context (a JSON object); and any header with
a colon, which is a condition key. Case and `_` do not count. An empty cell is an absent key,
an empty address or `-` is \"no address in the request\".

Examples:
  ipcond batch bucket.json requests.csv --action s3:GetObject > decided.csv
  ipcond batch deny.json log.jsonl.gz --columns ip=src,action=event --missing absent --summary
  zcat log.csv.gz | ipcond batch trust.json - --keep request_id -f jsonl -o decided.jsonl";

const EXIT_REPLAY: &str = "\
Exit: 0 no outcome would change, 1 one would, 2 error. An event that depends on something and a
record that cannot be read are counted, and no error.";
const EXAMPLES_REPLAY: &str = "\
Policies that only deny are asked what they would take away: what else is needed is taken to be
allowed, and the answer says so. --against names the current policies: each FILE takes the place
of the layer that the new ones are in, or of LAYER= (identity, boundary, session, scp, rcp,
resource, trust, vpce); a scenario of all its layers.

Examples:
  ipcond replay --policy deny-outside.json cloudtrail/
  ipcond replay cloudtrail/ --scp new-scp.json --against old-scp.json
  ipcond replay trail.json.gz --trust trust.json --resource arn:aws:iam::111122223333:role/ci
  ipcond replay cloudtrail/ --policy deny-outside.json --vpce-id vpce-0f3a -f csv --only-changed
  ipcond replay cloudtrail/ --account gaad.json --attach group/dev=deny-outside.json";

const EXIT_LINT: &str = "\
Exit: 0 no finding at or above --fail-level, 1 there is one, 2 a policy could not be read.";
const EXAMPLES_LINT: &str = "\
Examples:
  ipcond lint policies/
  ipcond lint --kind scp scps/ --fail-level warning
  ipcond lint trust.json --me 203.0.113.9
  ipcond lint plan.json template.yaml
  ipcond lint -f json -o baseline.json; ipcond lint --baseline baseline.json
  ipcond lint --diff bucket.json

A finding that shall stay goes into ipcond.toml, with the reason:
  [lint.ignore]
  \"bucket.json\" = { codes = [\"IP002\"], reason = \"no VPC endpoint in this account\" }";
const EXIT_RULE: &str = "Exit: 0, 2 there is no such rule.";
const EXIT_GUARD: &str = "\
Exit: 0 the policy is printed and does what was asked, 2 it cannot be written.";
const EXAMPLES_GUARD: &str = "\
The policy is a Deny for everything from elsewhere. Before it is printed it is evaluated for
every address, by every way and for what is exempt; it is the shortest that says exactly the
addresses, and within the size that AWS takes.

Examples:
  ipcond guard --allow @office --kind bucket --resource arn:aws:s3:::reports > guard.json
  ipcond guard --allow @office --kind trust -f terraform
  ipcond guard --allow 203.0.113.0/24 2001:db8::/32 --vpce vpce-1a2b3c4d --kind scp \\
      --exempt forward-access,roles=arn:aws:iam::*:role/aws:ec2-infrastructure
  ipcond guard --allow 10.0.0.0/16 --kind vpce -f cloudformation";

const EXIT_COMPLETIONS: &str = "Exit: 0, 2 it cannot be written.";
const EXAMPLES_COMPLETIONS: &str = "\
Examples:
  ipcond completions bash > ~/.local/share/bash-completion/completions/ipcond
  ipcond completions zsh > ~/.zfunc/_ipcond
  ipcond completions fish > ~/.config/fish/completions/ipcond.fish";

const EXAMPLES_EVAL: &str = "\
Examples:
  ipcond eval trust.json --action sts:AssumeRole --ip 203.0.113.9 \\
      --principal arn:aws:iam::111122223333:role/ci
  ipcond eval deny.json allow.json --action s3:ListAllMyBuckets --ip @office --expect allowed
  ipcond eval bucket.json --action s3:GetObject --ip none --via vpce=vpce-1a2b3c4d
  ipcond eval --account gaad.json --principal role/ci --action sts:GetCallerIdentity --every-way
  ipcond eval --scenario requests.jsonl -f jsonl";

const EXAMPLES_ASSUME: &str = "\
Examples:
  ipcond assume --role arn:aws:iam::111122223333:role/ci --trust trust.json --ip 203.0.113.9
  ipcond assume --account gaad.json --caller user/alice --role role/deploy --role role/admin \\
      --ip 203.0.113.9
  ipcond assume --scenario journey.yaml";

const EXAMPLES_EXPLAIN: &str = "\
Examples:
  ipcond explain trust.json --action sts:AssumeRole --ip 203.0.113.9";

const EXAMPLES_RULE: &str = "\
Examples:
  ipcond rule
  ipcond rule IP002";

const EXAMPLES_TEST: &str = "\
Examples:
  ipcond test
  ipcond test policies/ --run office --fail-fast
  ipcond test -f junit -o results.xml
  ipcond test --coverage
  ipcond test --account gaad.json --attach role/ci=deny.json";

const EXIT_MAN: &str = "Exit: 0, 2 they cannot be written.";
const EXIT_SCHEMA: &str = "Exit: 0, 2 there is no such format.";
const EXAMPLES_SCHEMA: &str = "\
Examples:
  ipcond schema
  ipcond schema eval/1
  ipcond schema scenario -o scenario.schema.json";

/// The help of the program: its commands by what they are for.
pub(super) const TEMPLATE: &str = "\
{about}

{usage-heading} {usage}

Ask
  eval         Would this request from this IP be allowed, and why?
  assume       Would AssumeRole succeed, and what could be done with the session?
  ips          The exact set of source IPs that are allowed
  diff         Which IPs gain or lose access between two versions
  find         Which policies, statements and blocks contain this address or CIDR
  explain      Every statement, every condition, every value: the full trace
Check
  test         Run regression tests
  lint         Find pitfalls: statements that never match, deny everyone or open too much
  rule         What a rule of lint finds, why, and what to do
Run at scale
  batch        Decide every row of a CSV or JSONL file
  replay       Decide every event of CloudTrail: what would policies break?
Make and serve
  guard        Write the policy that allows exactly these addresses
  schema       Print the JSON Schema of an output or input format
  completions  Print a shell completion script

Options:
{options}{after-help}";

/// What stands at its end.
pub(super) const EXAMPLES: &str = "\
Examples:
  ipcond eval role.json --ip 203.0.113.9 --action sts:AssumeRole
  ipcond eval bucket.json deny.json --principal arn:aws:iam::111122223333:user/bob \\
      --action s3:GetObject --resource arn:aws:s3:::reports/a.csv --ip 203.0.113.9 --every-way
  ipcond assume --role arn:aws:iam::111122223333:role/ci --trust trust.json --ip 203.0.113.9
  ipcond ips bucket.json --action s3:GetObject
  ipcond diff --git main -- policies/
  ipcond find 203.0.113.9 policies/
  ipcond guard --allow @office --kind bucket --resource arn:aws:s3:::reports
  ipcond batch bucket.json requests.csv --action s3:GetObject
  ipcond test

Run 'ipcond help eval' for flags. Exit: 0 yes, 1 no, 2 error, 3 depends.";
