//! Every console block of the README and of `tests/cmd` is run, and must print what stands there.

#[test]
fn screens() {
    trycmd::TestCases::new()
        .case("README.md")
        .case("tests/cmd/*.md")
        .run();
}
