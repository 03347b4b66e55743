"""Tables of the schema for access to the service: API keys and browser sessions, without any secret."""

ACCESS_TABLES = """
-- API keys of programs. The digest of a random secret of 256 bits tells nothing of it.
CREATE TABLE IF NOT EXISTS api_keys (
    name         VARCHAR NOT NULL,                 -- unique, whatever its case
    scope        VARCHAR NOT NULL,                 -- webhook, read, write, metrics, admin
    digest       VARCHAR PRIMARY KEY,              -- SHA-256 of the secret, in hexadecimal
    created_at   TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP                         -- recorded at most every few minutes
);

-- Sessions of browsers that logged in.
CREATE TABLE IF NOT EXISTS sessions (
    digest     VARCHAR PRIMARY KEY,                -- HMAC-SHA-256 of the token in the cookie, keyed by user and password
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
"""
