CREATE TABLE domain (
    domain VARCHAR(255) NOT NULL CONSTRAINT domain_key PRIMARY KEY,
    description VARCHAR(255) NOT NULL DEFAULT '',
    aliases INTEGER NOT NULL DEFAULT 0,
    mailboxes INTEGER NOT NULL DEFAULT 0,
    maxquota BIGINT NOT NULL DEFAULT 0,
    quota BIGINT NOT NULL DEFAULT 0,
    transport VARCHAR(255) DEFAULT NULL,
    backupmx BOOLEAN NOT NULL DEFAULT FALSE,
    created TIMESTAMP WITH TIME ZONE DEFAULT now(),
    modified TIMESTAMP WITH TIME ZONE DEFAULT now(),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    password_expiry INTEGER DEFAULT 0
);
CREATE INDEX domain_domain_active ON domain (domain, active);
CREATE TABLE domain_admins (
    username VARCHAR(255) NOT NULL,
    domain VARCHAR(255) NOT NULL REFERENCES domain (domain),
    created TIMESTAMP WITH TIME ZONE DEFAULT now(),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    id SERIAL PRIMARY KEY
);
CREATE TABLE mailbox (
    username VARCHAR(255) NOT NULL CONSTRAINT mailbox_key PRIMARY KEY,
    password VARCHAR(255) NOT NULL DEFAULT '',
    name VARCHAR(255) NOT NULL DEFAULT '',
    maildir VARCHAR(255) NOT NULL DEFAULT '',
    quota BIGINT NOT NULL DEFAULT 0,
    created TIMESTAMP WITH TIME ZONE DEFAULT now(),
    modified TIMESTAMP WITH TIME ZONE DEFAULT now(),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    domain VARCHAR(255) REFERENCES domain (domain),
    local_part VARCHAR(255) NOT NULL,
    phone VARCHAR(30) NOT NULL DEFAULT '',
    email_other VARCHAR(255) NOT NULL DEFAULT '',
    token VARCHAR(255) NOT NULL DEFAULT '',
    token_validity TIMESTAMP WITH TIME ZONE DEFAULT '2000-01-01',
    password_expiry TIMESTAMP WITH TIME ZONE DEFAULT '2000-01-01'
);
CREATE INDEX mailbox_domain_idx ON mailbox (domain);
CREATE INDEX mailbox_username_active ON mailbox (username, active);
CREATE TABLE alias (
    address VARCHAR(255) NOT NULL CONSTRAINT alias_key PRIMARY KEY,
    goto TEXT NOT NULL,
    domain VARCHAR(255) NOT NULL REFERENCES domain (domain),
    created TIMESTAMP WITH TIME ZONE DEFAULT now(),
    modified TIMESTAMP WITH TIME ZONE DEFAULT now(),
    active BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE INDEX alias_address_active ON alias (address, active);
CREATE INDEX alias_domain_idx ON alias (domain);
CREATE TABLE alias_domain (
    alias_domain VARCHAR(255) NOT NULL PRIMARY KEY REFERENCES domain (domain) ON DELETE CASCADE,
    target_domain VARCHAR(255) NOT NULL REFERENCES domain (domain) ON DELETE CASCADE,
    created TIMESTAMP WITH TIME ZONE DEFAULT now(),
    modified TIMESTAMP WITH TIME ZONE DEFAULT now(),
    active BOOLEAN NOT NULL DEFAULT TRUE
);
CREATE TABLE vacation (
    email VARCHAR(255) NOT NULL PRIMARY KEY,
    subject VARCHAR(255) NOT NULL,
    body TEXT NOT NULL DEFAULT '',
    created TIMESTAMP WITH TIME ZONE DEFAULT now(),
    active BOOLEAN NOT NULL DEFAULT TRUE,
    domain VARCHAR(255) REFERENCES domain (domain),
    modified TIMESTAMP WITH TIME ZONE DEFAULT now(),
    activefrom TIMESTAMP WITH TIME ZONE DEFAULT '2000-01-01',
    activeuntil TIMESTAMP WITH TIME ZONE DEFAULT '2038-01-18',
    interval_time INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE vacation_notification (
    on_vacation VARCHAR(255) NOT NULL REFERENCES vacation (email) ON DELETE CASCADE,
    notified VARCHAR(255) NOT NULL,
    notified_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    CONSTRAINT vacation_notification_pkey PRIMARY KEY (on_vacation, notified)
);
CREATE TABLE fetchmail (
    id SERIAL PRIMARY KEY,
    mailbox VARCHAR(255) NOT NULL DEFAULT '',
    src_server VARCHAR(255) NOT NULL DEFAULT '',
    src_auth VARCHAR(15) NOT NULL,
    src_user VARCHAR(255) NOT NULL DEFAULT '',
    src_password VARCHAR(255) NOT NULL DEFAULT '',
    src_folder VARCHAR(255) NOT NULL DEFAULT '',
    poll_time INTEGER NOT NULL DEFAULT 10,
    fetchall BOOLEAN NOT NULL DEFAULT FALSE,
    keep BOOLEAN NOT NULL DEFAULT FALSE,
    protocol VARCHAR(15) NOT NULL,
    extra_options TEXT,
    returned_text TEXT,
    mda VARCHAR(255) NOT NULL DEFAULT '',
    date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    usessl BOOLEAN NOT NULL DEFAULT FALSE,
    sslcertck BOOLEAN NOT NULL DEFAULT FALSE,
    sslcertpath VARCHAR(255) DEFAULT '',
    sslfingerprint VARCHAR(255) DEFAULT '',
    domain VARCHAR(255) DEFAULT '',
    active BOOLEAN NOT NULL DEFAULT FALSE,
    created TIMESTAMP WITH TIME ZONE DEFAULT '2000-01-01',
    modified TIMESTAMP WITH TIME ZONE DEFAULT now(),
    src_port INTEGER NOT NULL DEFAULT 0,
    CHECK (src_auth IN ('password', 'kerberos_v5', 'kerberos', 'kerberos_v4', 'gssapi',
        'cram-md5', 'otp', 'ntlm', 'msn', 'ssh', 'any')),
    CHECK (protocol IN ('POP3', 'IMAP', 'POP2', 'ETRN', 'AUTO'))
);
CREATE TABLE quota (
    username VARCHAR(255) NOT NULL,
    path VARCHAR(100) NOT NULL,
    current BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (username, path)
);
CREATE TABLE quota2 (
    username VARCHAR(100) NOT NULL PRIMARY KEY,
    bytes BIGINT NOT NULL DEFAULT 0,
    messages INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE log (
    timestamp TIMESTAMP WITH TIME ZONE DEFAULT now(),
    username VARCHAR(255) NOT NULL DEFAULT '',
    domain VARCHAR(255) NOT NULL DEFAULT '',
    action VARCHAR(255) NOT NULL DEFAULT '',
    data TEXT NOT NULL DEFAULT '',
    id SERIAL PRIMARY KEY
);
INSERT INTO domain (domain, description, transport) VALUES ('ALL', '', '');
INSERT INTO domain (domain, description, transport)
    VALUES ('example.org', 'Our own', 'virtual');
