CREATE TABLE domain (
    domain VARCHAR(255) NOT NULL,
    description VARCHAR(255) CHARACTER SET utf8mb3 NOT NULL,
    aliases INT(10) NOT NULL DEFAULT 0,
    mailboxes INT(10) NOT NULL DEFAULT 0,
    maxquota BIGINT(20) NOT NULL DEFAULT 0,
    quota BIGINT(20) NOT NULL DEFAULT 0,
    transport VARCHAR(255) NOT NULL,
    backupmx TINYINT(1) NOT NULL DEFAULT 0,
    created DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    modified DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    active TINYINT(1) NOT NULL DEFAULT 1,
    password_expiry INT(11) DEFAULT 0,
    PRIMARY KEY (domain)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
CREATE TABLE domain_admins (
    username VARCHAR(255) NOT NULL,
    domain VARCHAR(255) NOT NULL,
    created DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    active TINYINT(1) NOT NULL DEFAULT 1,
    id INT(11) NOT NULL AUTO_INCREMENT,
    PRIMARY KEY (id),
    KEY username (username)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
CREATE TABLE mailbox (
    username VARCHAR(255) NOT NULL,
    password VARCHAR(255) NOT NULL,
    name VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
    maildir VARCHAR(255) NOT NULL,
    quota BIGINT(20) NOT NULL DEFAULT 0,
    local_part VARCHAR(255) NOT NULL,
    domain VARCHAR(255) NOT NULL,
    created DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    modified DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    active TINYINT(1) NOT NULL DEFAULT 1,
    phone VARCHAR(30) CHARACTER SET utf8mb3 NOT NULL DEFAULT '',
    email_other VARCHAR(255) CHARACTER SET utf8mb3 NOT NULL DEFAULT '',
    token VARCHAR(255) CHARACTER SET utf8mb3 NOT NULL DEFAULT '',
    token_validity DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    password_expiry DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    PRIMARY KEY (username),
    KEY domain (domain)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
CREATE TABLE alias (
    address VARCHAR(255) NOT NULL,
    goto TEXT NOT NULL,
    domain VARCHAR(255) NOT NULL,
    created DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    modified DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    active TINYINT(1) NOT NULL DEFAULT 1,
    PRIMARY KEY (address),
    KEY domain (domain)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
CREATE TABLE alias_domain (
    alias_domain VARCHAR(255) NOT NULL DEFAULT '',
    target_domain VARCHAR(255) NOT NULL DEFAULT '',
    created DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    modified DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    active TINYINT(1) NOT NULL DEFAULT 1,
    PRIMARY KEY (alias_domain),
    KEY active (active),
    KEY target_domain (target_domain)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
CREATE TABLE vacation (
    email VARCHAR(255) NOT NULL,
    subject VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
    body TEXT CHARACTER SET utf8mb4 NOT NULL,
    cache TEXT NOT NULL,
    domain VARCHAR(255) NOT NULL,
    created DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    active TINYINT(1) NOT NULL DEFAULT 1,
    modified TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    activefrom TIMESTAMP NOT NULL DEFAULT '2000-01-01 00:00:00',
    activeuntil TIMESTAMP NOT NULL DEFAULT '2038-01-18 00:00:00',
    interval_time INT(11) NOT NULL DEFAULT 0,
    PRIMARY KEY (email)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
CREATE TABLE vacation_notification (
    on_vacation VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_general_ci NOT NULL,
    notified VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_general_ci NOT NULL DEFAULT '',
    notified_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (on_vacation, notified),
    CONSTRAINT vacation_notification_pkey FOREIGN KEY (on_vacation)
        REFERENCES vacation (email) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
CREATE TABLE fetchmail (
    id INT(11) UNSIGNED NOT NULL AUTO_INCREMENT,
    domain VARCHAR(255) DEFAULT '',
    mailbox VARCHAR(255) NOT NULL,
    src_server VARCHAR(255) NOT NULL,
    src_port INT(11) NOT NULL DEFAULT 0,
    src_auth ENUM('password','kerberos_v5','kerberos','kerberos_v4','gssapi','cram-md5','otp',
        'ntlm','msn','ssh','any') CHARACTER SET utf8mb4,
    src_user VARCHAR(255) NOT NULL,
    src_password VARCHAR(255) NOT NULL,
    src_folder VARCHAR(255) NOT NULL,
    poll_time INT(11) UNSIGNED NOT NULL DEFAULT 10,
    fetchall TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
    keep TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
    protocol ENUM('POP3','IMAP','POP2','ETRN','AUTO') CHARACTER SET utf8mb4,
    usessl TINYINT(1) UNSIGNED NOT NULL DEFAULT 0,
    sslcertck TINYINT(1) NOT NULL DEFAULT 0,
    sslcertpath VARCHAR(255) CHARACTER SET utf8mb3 DEFAULT '',
    sslfingerprint VARCHAR(255) DEFAULT '',
    extra_options TEXT,
    returned_text TEXT,
    mda VARCHAR(255) NOT NULL,
    date TIMESTAMP NOT NULL DEFAULT '2000-01-01 00:00:00',
    created TIMESTAMP NOT NULL DEFAULT '2000-01-01 00:00:00',
    modified TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    active TINYINT(1) NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
CREATE TABLE quota (
    username VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_general_ci NOT NULL,
    path VARCHAR(100) CHARACTER SET latin1 COLLATE latin1_general_ci NOT NULL,
    current BIGINT(20) NOT NULL DEFAULT 0,
    PRIMARY KEY (username, path)
) ENGINE=InnoDB;
CREATE TABLE quota2 (
    username VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_general_ci NOT NULL,
    bytes BIGINT(20) NOT NULL DEFAULT 0,
    messages INT(11) NOT NULL DEFAULT 0,
    PRIMARY KEY (username)
) ENGINE=InnoDB;
CREATE TABLE log (
    timestamp DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    username VARCHAR(255) NOT NULL,
    domain VARCHAR(255) NOT NULL,
    action VARCHAR(255) NOT NULL,
    data TEXT NOT NULL,
    id INT(11) NOT NULL AUTO_INCREMENT,
    PRIMARY KEY (id),
    KEY timestamp (timestamp),
    KEY domain_timestamp (domain, timestamp)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
INSERT INTO domain (domain, description, transport) VALUES ('ALL', '', '');
INSERT INTO domain (domain, description, transport)
    VALUES ('example.org', 'Our own', 'virtual');
