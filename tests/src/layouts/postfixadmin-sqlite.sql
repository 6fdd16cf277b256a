CREATE TABLE domain (
    domain VARCHAR(255) NOT NULL,
    description VARCHAR(255) NOT NULL,
    aliases INT(11) NOT NULL DEFAULT 0,
    mailboxes INT(11) NOT NULL DEFAULT 0,
    maxquota BIGINT(20) NOT NULL DEFAULT 0,
    quota BIGINT(20) NOT NULL DEFAULT 0,
    transport VARCHAR(255) NOT NULL,
    backupmx TINYINT(1) NOT NULL DEFAULT '0',
    created DATETIME NOT NULL DEFAULT '2000-01-01',
    modified DATETIME NOT NULL DEFAULT '2000-01-01',
    active TINYINT(1) NOT NULL DEFAULT '1',
    password_expiry INT DEFAULT 0,
    PRIMARY KEY (domain)
);
CREATE TABLE domain_admins (
    username VARCHAR(255) NOT NULL,
    domain VARCHAR(255) NOT NULL,
    created DATETIME NOT NULL DEFAULT '2000-01-01',
    active TINYINT(1) NOT NULL DEFAULT '1'
);
CREATE TABLE mailbox (
    username VARCHAR(255) NOT NULL,
    password VARCHAR(255) NOT NULL,
    name VARCHAR(255) NOT NULL,
    maildir VARCHAR(255) NOT NULL,
    quota BIGINT(20) NOT NULL DEFAULT 0,
    local_part VARCHAR(255) NOT NULL,
    domain VARCHAR(255) NOT NULL,
    created DATETIME NOT NULL DEFAULT '2000-01-01',
    modified DATETIME NOT NULL DEFAULT '2000-01-01',
    active TINYINT(1) NOT NULL DEFAULT '1',
    phone VARCHAR(30) NOT NULL DEFAULT '',
    email_other VARCHAR(255) NOT NULL DEFAULT '',
    token VARCHAR(255) NOT NULL DEFAULT '',
    token_validity DATETIME NOT NULL DEFAULT '2000-01-01',
    password_expiry DATETIME NOT NULL DEFAULT '2000-01-01',
    PRIMARY KEY (username)
);
CREATE TABLE alias (
    address VARCHAR(255) NOT NULL,
    goto TEXT NOT NULL,
    domain VARCHAR(255) NOT NULL,
    created DATETIME NOT NULL DEFAULT '2000-01-01',
    modified DATETIME NOT NULL DEFAULT '2000-01-01',
    active TINYINT(1) NOT NULL DEFAULT '1',
    PRIMARY KEY (address)
);
CREATE TABLE alias_domain (
    alias_domain VARCHAR(255) NOT NULL,
    target_domain VARCHAR(255) NOT NULL,
    created DATETIME NOT NULL DEFAULT '2000-01-01',
    modified DATETIME NOT NULL DEFAULT '2000-01-01',
    active TINYINT(1) NOT NULL DEFAULT '1',
    PRIMARY KEY (alias_domain)
);
CREATE TABLE vacation (
    email VARCHAR(255) NOT NULL,
    subject VARCHAR(255) NOT NULL,
    body TEXT NOT NULL,
    activefrom DATETIME NOT NULL DEFAULT '2000-01-01',
    activeuntil DATETIME NOT NULL DEFAULT '2038-01-18',
    cache TEXT NOT NULL DEFAULT '',
    domain VARCHAR(255) NOT NULL,
    interval_time INT(11) NOT NULL DEFAULT 0,
    created DATETIME NOT NULL DEFAULT '2000-01-01',
    modified DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    active TINYINT(1) NOT NULL DEFAULT '1',
    PRIMARY KEY (email)
);
CREATE TABLE vacation_notification (
    on_vacation VARCHAR(255) NOT NULL,
    notified VARCHAR(255) NOT NULL,
    notified_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (on_vacation, notified),
    CONSTRAINT vacation_notification_pkey FOREIGN KEY (on_vacation)
        REFERENCES vacation (email) ON DELETE CASCADE
);
CREATE TABLE fetchmail (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    domain VARCHAR(255) DEFAULT '',
    mailbox VARCHAR(255) NOT NULL,
    src_server VARCHAR(255) NOT NULL,
    src_auth VARCHAR(255) DEFAULT NULL,
    src_user VARCHAR(255) NOT NULL,
    src_password VARCHAR(255) NOT NULL,
    src_folder VARCHAR(255) NOT NULL,
    poll_time INT(11) NOT NULL DEFAULT '10',
    fetchall TINYINT(1) NOT NULL DEFAULT '0',
    keep TINYINT(1) NOT NULL DEFAULT '0',
    protocol TEXT DEFAULT NULL,
    usessl TINYINT(1) NOT NULL DEFAULT '0',
    sslcertck TINYINT(1) NOT NULL DEFAULT '0',
    sslcertpath VARCHAR(255) DEFAULT '',
    sslfingerprint VARCHAR(255) DEFAULT '',
    extra_options TEXT,
    returned_text TEXT,
    mda VARCHAR(255) NOT NULL,
    date DATETIME NOT NULL DEFAULT '2000-01-01',
    created DATETIME NOT NULL DEFAULT '2000-01-01',
    modified DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    active TINYINT(1) NOT NULL DEFAULT '0',
    src_port INT(11) NOT NULL DEFAULT 0
);
CREATE TABLE quota (
    username VARCHAR(255) NOT NULL,
    path VARCHAR(100) NOT NULL,
    current BIGINT(20) NOT NULL DEFAULT 0,
    PRIMARY KEY (username, path)
);
CREATE TABLE quota2 (
    username VARCHAR(255) NOT NULL,
    bytes BIGINT(20) NOT NULL DEFAULT 0,
    messages INT(11) NOT NULL DEFAULT 0,
    PRIMARY KEY (username)
);
CREATE TABLE log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    timestamp DATETIME NOT NULL DEFAULT '2000-01-01',
    username VARCHAR(255) NOT NULL,
    domain VARCHAR(255) NOT NULL,
    action VARCHAR(255) NOT NULL,
    data TEXT NOT NULL
);
INSERT INTO domain (domain, description, transport) VALUES ('ALL', '', '');
INSERT INTO domain (domain, description, transport)
    VALUES ('example.org', 'Our own', 'virtual');
