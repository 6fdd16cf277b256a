CREATE TABLE virtual_domains (
    id SERIAL PRIMARY KEY,
    name VARCHAR(50) NOT NULL
);
CREATE TABLE virtual_users (
    id SERIAL PRIMARY KEY,
    domain_id INTEGER NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
    "user" VARCHAR(40) NOT NULL,
    password VARCHAR(32) NOT NULL,
    CONSTRAINT UNIQUE_EMAIL UNIQUE (domain_id, "user")
);
CREATE TABLE virtual_aliases (
    id SERIAL PRIMARY KEY,
    domain_id INTEGER NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
    source VARCHAR(40) NOT NULL,
    destination VARCHAR(80) NOT NULL
);
CREATE VIEW view_users AS
    SELECT CONCAT(virtual_users."user", '@', virtual_domains.name) AS email, virtual_users.password
    FROM virtual_users
    LEFT JOIN virtual_domains ON virtual_users.domain_id = virtual_domains.id;
CREATE VIEW view_aliases AS
    SELECT CONCAT(virtual_aliases.source, '@', virtual_domains.name) AS email, destination
    FROM virtual_aliases
    LEFT JOIN virtual_domains ON virtual_aliases.domain_id = virtual_domains.id;
INSERT INTO virtual_domains (name) VALUES ('example.org');
