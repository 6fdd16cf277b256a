CREATE TABLE transport (
    domain VARCHAR(128) NOT NULL DEFAULT '',
    transport VARCHAR(128) NOT NULL DEFAULT '',
    UNIQUE KEY domain (domain)
) ENGINE=MyISAM;
CREATE TABLE users (
    id VARCHAR(128) NOT NULL DEFAULT '',
    address VARCHAR(128) NOT NULL DEFAULT '',
    crypt VARCHAR(128) NOT NULL DEFAULT '',
    clear VARCHAR(128) NOT NULL DEFAULT '',
    name VARCHAR(128) NOT NULL DEFAULT '',
    uid SMALLINT(5) UNSIGNED NOT NULL DEFAULT '5000',
    gid SMALLINT(5) UNSIGNED NOT NULL DEFAULT '5000',
    home VARCHAR(128) NOT NULL DEFAULT '',
    domain VARCHAR(128) NOT NULL DEFAULT '',
    maildir VARCHAR(255) NOT NULL DEFAULT '',
    imapok TINYINT(3) UNSIGNED NOT NULL DEFAULT '1',
    bool1 TINYINT(3) UNSIGNED NOT NULL DEFAULT '1',
    bool2 TINYINT(3) UNSIGNED NOT NULL DEFAULT '1',
    PRIMARY KEY (id),
    UNIQUE KEY address (address),
    UNIQUE KEY id (id),
    KEY id_2 (id),
    KEY address_2 (address)
) ENGINE=MyISAM;
CREATE TABLE virtual (
    address VARCHAR(255) NOT NULL DEFAULT '',
    goto VARCHAR(255) NOT NULL DEFAULT '',
    UNIQUE KEY address (address)
) ENGINE=MyISAM;
INSERT INTO transport (domain, transport) VALUES ('example.org', 'virtual:');
