//! Exit codes.

use super::*;

#[test]
fn the_exit_code_tells_the_decision() {
    expect_code(&run(&eval_from("203.0.113.9")), 0);
    expect_code(&run(&eval_from("203.0.113.200")), 1);
    expect_code(&run(&eval_from("8.8.8.8")), 1);
    expect_code(
        &run(&[
            "eval",
            "tests/cmd/files/mfa.json",
            "--action",
            "iam:CreateUser",
            "--ip",
            "203.0.113.9",
        ]),
        3,
    );
    expect_code(
        &run(&["eval", "nowhere.json", "--action", "iam:CreateUser"]),
        2,
    );
    expect_code(&run(&["eval", TRUST, "--colour"]), 2);
}

#[test]
fn of_several_answers_the_worst_counts() {
    let both = [
        "eval",
        TRUST,
        "--action",
        "sts:AssumeRole",
        "--ip",
        "203.0.113.9",
        "--ip",
        "203.0.113.200",
    ];
    let output = run(&both);
    expect_code(&output, 1);
    assert_eq!(out(&output).matches("sts:AssumeRole from").count(), 2);
}

#[test]
fn expect_turns_the_answer_into_a_check() {
    let check = |ip, expected| {
        let mut args = eval_from(ip);
        args.extend(["--expect", expected]);
        run(&args).status.code()
    };
    assert_eq!(check("203.0.113.200", "explicitDeny"), Some(0));
    assert_eq!(check("203.0.113.200", "denied"), Some(0));
    assert_eq!(check("203.0.113.200", "implicitDeny"), Some(1));
    assert_eq!(check("203.0.113.200", "perhaps"), Some(2));
    let mfa = [
        "eval",
        "tests/cmd/files/mfa.json",
        "--action",
        "iam:CreateUser",
        "--ip",
        "203.0.113.9",
        "--expect",
    ];
    expect_code(&run(&[&mfa[..], &["allowed"]].concat()), 3);
    expect_code(&run(&[&mfa[..], &["depends"]].concat()), 0);
}

#[test]
fn exit_zero_forgives_a_denial_and_nothing_else() {
    let mut args = eval_from("203.0.113.200");
    args.push("--exit-zero");
    expect_code(&run(&args), 0);
    expect_code(
        &run(&[
            "eval",
            "nowhere.json",
            "--action",
            "iam:CreateUser",
            "--exit-zero",
        ]),
        2,
    );
}
