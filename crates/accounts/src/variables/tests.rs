use super::*;

/// Expected values: `var_expand()` of libdovecot 2.3.19.1 with these variables.
#[test]
fn expands_as_dovecot() {
    let values = Values::new("John.Doe@Example.ORG").with("service", "imap").with("rip", "::1");
    for (template, want) in [
        ("/var/vmail/%d/%n", "/var/vmail/Example.ORG/John.Doe"),
        ("%Lu", "john.doe@example.org"),
        ("%Un-%s-%r-%{remote_ip}", "JOHN.DOE-imap-::1-::1"),
        ("%%u", "%u"),
        ("%1n/%2n", "J/Jo"),
        ("%1.2n", "oh"),
        ("%-3.0n", "Doe"),
        ("%-3.2n", "Do"),
        ("%0.-2n", "John.D"),
        ("%3.-2n", "n.D"),
        ("%-20.2n", "Jo"),
        ("%20.2n", ""),
        ("%02.3n", "hn."),
        ("%012n", "0000John.Doe"),
        ("%Rn", "eoD.nhoJ"),
        ("%LMd", "1bdf72e04d6b50c82a48c7e4dd38cc69"),
        ("%MLd", "74637a668b6660469dc61635d8d84933"),
        ("%Dd", "Example,dc=ORG"),
        ("%Xn", "0"),
        ("%{domain_first}", "Example.ORG"),
        ("%{orig_user}", ""),
    ] {
        let got = Template::parse(template).unwrap().expand(&values);
        assert_eq!(String::from_utf8_lossy(&got), want, "{template}");
    }
}

/// As above.
#[test]
fn hash_modifiers() {
    let values = Values::new("john.doe@example.org");
    for (template, want) in [
        ("%Hu", "bbbfc87"),
        ("%2.256Hu", "87"),
        ("%4.16Hn", "0005"),
        ("%256Hu", "87"),
        ("%Nu", "9feaa271"),
        ("%2.256Nu", "71"),
        ("%256Nu", "71"),
        ("%4.16Nn", "000b"),
        ("%-2.16Nu", "1"),
    ] {
        let got = Template::parse(template).unwrap().expand(&values);
        assert_eq!(String::from_utf8_lossy(&got), want, "{template}");
    }
}

#[test]
fn absurd_numbers_cost_nothing() {
    let values = Values::new("a@b");
    for template in ["%99999999999u", "%099999999999u", "%99999999999.1Hu", "%-99999999.0u"] {
        assert!(Template::parse(template).unwrap().expand(&values).len() <= 1024, "{template}");
    }
}

#[test]
fn unsupported() {
    for (template, want) in [
        ("'%@example.org'", TemplateError::Unknown("@".into())),
        ("%{env:HOME}", TemplateError::Unknown("{env:HOME}".into())),
        ("%h", TemplateError::Unknown("h".into())),
        ("%w", TemplateError::Password),
        ("%{password}", TemplateError::Password),
        ("%Eu", TemplateError::Escape),
        ("100%", TemplateError::Unfinished),
        ("%\u{e9}", TemplateError::Unknown("\u{e9}".into())),
    ] {
        assert_eq!(Template::parse(template), Err(want), "{template}");
    }
}
