-- What all steps together make of an empty SQLite. A new one is made by these statements (service/store/schema.py).
-- Made by `python -m tests.documents.new_database > service/migrations/new_sqlite.sql`; a test fails when it is old.

CREATE TABLE account (
	id VARCHAR(32) NOT NULL,
	authority VARCHAR(60) NOT NULL,
	person VARCHAR(200) NOT NULL,
	name VARCHAR(254) NOT NULL,
	password TEXT,
	totp VARCHAR(64),
	totp_counter BIGINT,
	totp_confirmed BOOLEAN NOT NULL,
	issuer TEXT,
	subject TEXT,
	administrator BOOLEAN NOT NULL,
	auditor BOOLEAN NOT NULL,
	created_at DATETIME NOT NULL,
	disabled_at DATETIME,
	CONSTRAINT pk_account PRIMARY KEY (id),
	CONSTRAINT uq_account_authority_person UNIQUE (authority, person),
	CONSTRAINT uq_account_issuer_subject UNIQUE (issuer, subject),
	CONSTRAINT uq_account_name UNIQUE (name)
);

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE alert_code (
	authority VARCHAR(60) NOT NULL,
	"plan" VARCHAR(200) NOT NULL,
	breach TEXT NOT NULL,
	person VARCHAR(200) NOT NULL,
	code VARCHAR(10) NOT NULL,
	wrong INTEGER NOT NULL,
	at DATETIME NOT NULL,
	CONSTRAINT pk_alert_code PRIMARY KEY (authority, "plan", breach, person)
);

CREATE TABLE alert_link (
	hash VARCHAR(64) NOT NULL,
	authority VARCHAR(60) NOT NULL,
	"plan" VARCHAR(200) NOT NULL,
	breach TEXT NOT NULL,
	person VARCHAR(200) NOT NULL,
	at DATETIME NOT NULL,
	CONSTRAINT pk_alert_link PRIMARY KEY (hash)
);

CREATE TABLE "attempt" (
	id VARCHAR(32) NOT NULL,
	message_id VARCHAR(32) NOT NULL,
	n INTEGER NOT NULL,
	phase VARCHAR(10) NOT NULL,
	outcome VARCHAR(20),
	provider_id VARCHAR(200),
	error VARCHAR(100),
	worker VARCHAR(200) NOT NULL,
	person VARCHAR(200) NOT NULL,
	started_at DATETIME NOT NULL,
	ended_at DATETIME,
	provider VARCHAR(20),
	looked_up INTEGER DEFAULT '0' NOT NULL,
	authority VARCHAR(200) NOT NULL,
	CONSTRAINT fk_attempt_message_id_authority_message FOREIGN KEY(message_id, authority) REFERENCES message (id, authority) ON DELETE CASCADE,
	CONSTRAINT pk_attempt PRIMARY KEY (id, authority),
	CONSTRAINT uq_attempt_message_id_n_authority UNIQUE (message_id, n, authority)
);

CREATE TABLE "audit_entry" (
	number INTEGER NOT NULL,
	at DATETIME NOT NULL,
	authority VARCHAR(60) NOT NULL,
	person VARCHAR(200),
	action VARCHAR(40) NOT NULL,
	"plan" VARCHAR(200),
	about VARCHAR(200),
	detail TEXT,
	CONSTRAINT pk_audit_entry PRIMARY KEY (number, authority)
);

CREATE TABLE "bad_address" (
	person VARCHAR(200) NOT NULL,
	channel VARCHAR(10) NOT NULL,
	address VARCHAR(320) NOT NULL,
	reason TEXT NOT NULL,
	at DATETIME NOT NULL,
	authority VARCHAR(60) NOT NULL,
	CONSTRAINT pk_bad_address PRIMARY KEY (person, authority, channel)
);

CREATE TABLE begun (
	hash VARCHAR(64) NOT NULL,
	kind VARCHAR(20) NOT NULL,
	account VARCHAR(32),
	data TEXT NOT NULL,
	ends_at DATETIME NOT NULL,
	CONSTRAINT pk_begun PRIMARY KEY (hash)
);

CREATE TABLE calendar_address (
	authority VARCHAR(60) NOT NULL,
	person VARCHAR(200) NOT NULL,
	hash VARCHAR(64) NOT NULL,
	made_at DATETIME NOT NULL,
	CONSTRAINT pk_calendar_address PRIMARY KEY (authority, person),
	CONSTRAINT uq_calendar_address_hash UNIQUE (hash)
);

CREATE TABLE canary (
	slot DATETIME NOT NULL,
	mark VARCHAR(32) NOT NULL,
	sent_at DATETIME NOT NULL,
	outcome VARCHAR(20),
	arrived_at DATETIME,
	CONSTRAINT pk_canary PRIMARY KEY (slot),
	CONSTRAINT uq_canary_mark UNIQUE (mark)
);

CREATE TABLE "digest_line" (
	"key" TEXT NOT NULL,
	"plan" VARCHAR(200),
	authority VARCHAR(60) NOT NULL,
	role VARCHAR(60) NOT NULL,
	person VARCHAR(200) NOT NULL,
	at DATETIME NOT NULL,
	obligation TEXT,
	about JSON NOT NULL,
	item JSON NOT NULL,
	starts BOOLEAN NOT NULL,
	channel VARCHAR(10) NOT NULL,
	digest TEXT,
	template VARCHAR(40) DEFAULT 'digest' NOT NULL,
	CONSTRAINT fk_digest_line_plan_authority_plan FOREIGN KEY("plan", authority) REFERENCES "plan" (id, authority),
	CONSTRAINT pk_digest_line PRIMARY KEY ("key", authority)
);

CREATE TABLE erased_up_to (
	name VARCHAR(40) NOT NULL,
	number INTEGER,
	at DATETIME,
	CONSTRAINT pk_erased_up_to PRIMARY KEY (name)
);

CREATE TABLE "event" (
	seq INTEGER NOT NULL,
	source VARCHAR(200) NOT NULL,
	id VARCHAR(200) NOT NULL,
	type VARCHAR(60) NOT NULL,
	subject VARCHAR(200),
	about VARCHAR(10),
	authority VARCHAR(60) NOT NULL,
	writer VARCHAR(60),
	time DATETIME NOT NULL,
	received_at DATETIME NOT NULL,
	raw JSON NOT NULL,
	fingerprint VARCHAR(64) NOT NULL,
	waiting BOOLEAN NOT NULL,
	token VARCHAR(40),
	CONSTRAINT pk_event PRIMARY KEY (seq, authority),
	CONSTRAINT uq_event_source_id_authority UNIQUE (source, id, authority)
);

CREATE TABLE "event_wait" (
	seq INTEGER NOT NULL,
	kind VARCHAR(10) NOT NULL,
	subject VARCHAR(200) NOT NULL,
	authority VARCHAR(60) NOT NULL,
	CONSTRAINT fk_event_wait_seq_authority_event FOREIGN KEY(seq, authority) REFERENCES event (seq, authority),
	CONSTRAINT pk_event_wait PRIMARY KEY (seq, authority, kind, subject)
);

CREATE TABLE finding (
	code VARCHAR(40) NOT NULL,
	"key" TEXT NOT NULL,
	authority VARCHAR(60),
	detail TEXT NOT NULL,
	since DATETIME NOT NULL,
	seen_at DATETIME NOT NULL,
	told_at DATETIME,
	CONSTRAINT pk_finding PRIMARY KEY (code, "key")
);

CREATE TABLE handling (
	authority VARCHAR(60) NOT NULL,
	kind VARCHAR(10) NOT NULL,
	"key" TEXT NOT NULL,
	"plan" VARCHAR(200),
	person VARCHAR(200) NOT NULL,
	at DATETIME NOT NULL,
	note TEXT NOT NULL,
	CONSTRAINT pk_handling PRIMARY KEY (authority, kind, "key")
);

CREATE TABLE interruption (
	id INTEGER NOT NULL,
	kind VARCHAR(10) NOT NULL,
	cause VARCHAR(20) NOT NULL,
	reason TEXT NOT NULL,
	"by" VARCHAR(200) NOT NULL,
	since DATETIME NOT NULL,
	until DATETIME,
	ended_at DATETIME,
	ended_by VARCHAR(200),
	CONSTRAINT pk_interruption PRIMARY KEY (id)
);

CREATE TABLE "ledger" (
	"plan" VARCHAR(200) NOT NULL,
	kind VARCHAR(4) NOT NULL,
	"key" TEXT NOT NULL,
	at DATETIME NOT NULL,
	authority VARCHAR(60) NOT NULL,
	CONSTRAINT fk_ledger_plan_authority_plan FOREIGN KEY("plan", authority) REFERENCES "plan" (id, authority),
	CONSTRAINT pk_ledger PRIMARY KEY ("plan", authority, kind, "key")
);

CREATE TABLE "message" (
	id VARCHAR(32) NOT NULL,
	"key" VARCHAR(500) NOT NULL,
	channel VARCHAR(10) NOT NULL,
	purpose VARCHAR(20) NOT NULL,
	urgent BOOLEAN NOT NULL,
	"plan" VARCHAR(200),
	authority VARCHAR(200) NOT NULL,
	role VARCHAR(200) NOT NULL,
	person VARCHAR(200) NOT NULL,
	about JSON NOT NULL,
	template VARCHAR(100) NOT NULL,
	context JSON NOT NULL,
	at DATETIME NOT NULL,
	valid_until DATETIME,
	family BOOLEAN NOT NULL,
	state VARCHAR(20) NOT NULL,
	reason TEXT,
	attempts INTEGER NOT NULL,
	next_attempt_at DATETIME,
	lease_owner VARCHAR(200),
	lease_until DATETIME,
	fence INTEGER NOT NULL,
	first_attempt_at DATETIME,
	unknown_since DATETIME,
	created_at DATETIME NOT NULL,
	settled_at DATETIME,
	sent_to VARCHAR(200),
	address VARCHAR(320),
	subject TEXT,
	text TEXT,
	html TEXT,
	outside_id VARCHAR(32),
	CONSTRAINT ck_message_leased_while_claimed CHECK ((state = 'claimed') = (lease_until IS NOT NULL)),
	CONSTRAINT ck_message_waits_for_its_turn CHECK ((state IN ('queued', 'unknown')) = (next_attempt_at IS NOT NULL)),
	CONSTRAINT pk_message PRIMARY KEY (id, authority),
	CONSTRAINT uq_message_key_authority UNIQUE ("key", authority)
);

CREATE TABLE "obligation" (
	"plan" VARCHAR(200) NOT NULL,
	"key" TEXT NOT NULL,
	kind VARCHAR(60) NOT NULL,
	rule VARCHAR(120) NOT NULL,
	basis VARCHAR(20) NOT NULL,
	about TEXT,
	from_event TEXT NOT NULL,
	opened_on DATE NOT NULL,
	due_on DATE NOT NULL,
	act_by DATE NOT NULL,
	responsible_role VARCHAR(60) NOT NULL,
	responsible VARCHAR(200),
	status VARCHAR(20) NOT NULL,
	met_on DATE,
	met_by TEXT,
	more JSON NOT NULL,
	authority VARCHAR(60) NOT NULL,
	CONSTRAINT fk_obligation_plan_authority_plan FOREIGN KEY("plan", authority) REFERENCES "plan" (id, authority),
	CONSTRAINT pk_obligation PRIMARY KEY ("plan", authority, "key")
);

CREATE TABLE passkey (
	id VARCHAR(400) NOT NULL,
	account VARCHAR(32) NOT NULL,
	public_key TEXT NOT NULL,
	sign_count BIGINT NOT NULL,
	name VARCHAR(60) NOT NULL,
	created_at DATETIME NOT NULL,
	used_at DATETIME,
	CONSTRAINT pk_passkey PRIMARY KEY (id)
);

CREATE TABLE "person" (
	id VARCHAR(200) NOT NULL,
	authority VARCHAR(60) NOT NULL,
	mobile VARCHAR(20),
	CONSTRAINT pk_person PRIMARY KEY (id, authority)
);

CREATE TABLE "person_number" (
	person VARCHAR(200) NOT NULL,
	number VARCHAR(20) NOT NULL,
	authority VARCHAR(60) NOT NULL,
	CONSTRAINT fk_person_number_person_authority_person FOREIGN KEY(person, authority) REFERENCES person (id, authority),
	CONSTRAINT pk_person_number PRIMARY KEY (person, authority, number)
);

CREATE TABLE "plan" (
	id VARCHAR(200) NOT NULL,
	authority VARCHAR(60) NOT NULL,
	version INTEGER NOT NULL,
	next_look DATETIME,
	ended_on DATE,
	fault TEXT,
	fault_count INTEGER NOT NULL,
	fault_at DATETIME, awaited BOOLEAN DEFAULT 0 NOT NULL, policy_changed_at DATETIME,
	CONSTRAINT pk_plan PRIMARY KEY (id, authority)
);

CREATE TABLE "plan_person" (
	"plan" VARCHAR(200) NOT NULL,
	person VARCHAR(200) NOT NULL,
	bears BOOLEAN DEFAULT 0 NOT NULL,
	authority VARCHAR(60) NOT NULL,
	CONSTRAINT fk_plan_person_plan_authority_plan FOREIGN KEY("plan", authority) REFERENCES "plan" (id, authority),
	CONSTRAINT pk_plan_person PRIMARY KEY ("plan", authority, person)
);

CREATE TABLE policy (
	number INTEGER NOT NULL,
	authority VARCHAR(60) NOT NULL,
	digest VARCHAR(64) NOT NULL,
	content TEXT NOT NULL,
	built_in BOOLEAN NOT NULL,
	in_force_at DATETIME NOT NULL,
	CONSTRAINT pk_policy PRIMARY KEY (number)
);

CREATE TABLE "problem" (
	"key" TEXT NOT NULL,
	at DATETIME NOT NULL,
	"plan" VARCHAR(200),
	code VARCHAR(60) NOT NULL,
	detail TEXT NOT NULL,
	authority VARCHAR(60) NOT NULL,
	CONSTRAINT pk_problem PRIMARY KEY ("key", authority)
);

CREATE TABLE process (
	id VARCHAR(200) NOT NULL,
	kind VARCHAR(20) NOT NULL,
	started_at DATETIME NOT NULL,
	seen_at DATETIME NOT NULL, policies INTEGER, policy_faults JSON,
	CONSTRAINT pk_process PRIMARY KEY (id)
);

CREATE TABLE pull (
	provider VARCHAR(20) NOT NULL,
	covered_until DATETIME,
	tried_at DATETIME,
	failing_since DATETIME,
	fault VARCHAR(200),
	CONSTRAINT pk_pull PRIMARY KEY (provider)
);

CREATE TABLE raw_inbound (
	provider VARCHAR(20) NOT NULL,
	id VARCHAR(64) NOT NULL,
	received_at DATETIME NOT NULL,
	body JSON NOT NULL,
	taken_as VARCHAR(40), meant JSON,
	CONSTRAINT pk_raw_inbound PRIMARY KEY (provider, id)
);

CREATE TABLE receipt (
	provider VARCHAR(20) NOT NULL,
	id VARCHAR(64) NOT NULL,
	attempt VARCHAR(64),
	status VARCHAR(40) NOT NULL,
	rank INTEGER NOT NULL,
	error VARCHAR(40),
	at DATETIME NOT NULL,
	CONSTRAINT pk_receipt PRIMARY KEY (provider, id)
);

CREATE TABLE received_stop (
	number VARCHAR(20) NOT NULL,
	at DATETIME NOT NULL,
	CONSTRAINT pk_received_stop PRIMARY KEY (number, at)
);

CREATE TABLE secret (
	name VARCHAR(40) NOT NULL,
	value VARCHAR(64) NOT NULL,
	CONSTRAINT pk_secret PRIMARY KEY (name)
);

CREATE TABLE "sight_exception" (
	number INTEGER NOT NULL,
	authority VARCHAR(60) NOT NULL,
	"plan" VARCHAR(200) NOT NULL,
	person VARCHAR(200) NOT NULL,
	reason TEXT NOT NULL,
	at DATETIME NOT NULL,
	ends_at DATETIME NOT NULL,
	CONSTRAINT pk_sight_exception PRIMARY KEY (number, authority)
);

CREATE TABLE sign_in_failure (
	"key" VARCHAR(80) NOT NULL,
	began_at DATETIME NOT NULL,
	number INTEGER NOT NULL,
	CONSTRAINT pk_sign_in_failure PRIMARY KEY ("key")
);

CREATE TABLE token (
	name VARCHAR(40) NOT NULL,
	hash VARCHAR(64) NOT NULL,
	authority VARCHAR(60) NOT NULL,
	created_at DATETIME NOT NULL,
	revoked_at DATETIME, ends_on DATE, used_at DATETIME, refused_at DATETIME,
	CONSTRAINT pk_token PRIMARY KEY (name),
	CONSTRAINT uq_token_hash UNIQUE (hash)
);

CREATE TABLE viewer_session (
	hash VARCHAR(64) NOT NULL,
	authority VARCHAR(60) NOT NULL,
	person VARCHAR(200) NOT NULL,
	account VARCHAR(32),
	way VARCHAR(20) NOT NULL,
	created_at DATETIME NOT NULL,
	seen_at DATETIME NOT NULL,
	proved_at DATETIME NOT NULL,
	ended_at DATETIME,
	CONSTRAINT pk_viewer_session PRIMARY KEY (hash)
);

CREATE TABLE "withheld" (
	"key" TEXT NOT NULL,
	at DATETIME NOT NULL,
	"plan" VARCHAR(200),
	person VARCHAR(200),
	purpose VARCHAR(20) NOT NULL,
	reason VARCHAR(40) NOT NULL,
	authority VARCHAR(60) NOT NULL,
	CONSTRAINT pk_withheld PRIMARY KEY ("key", authority)
);

CREATE TRIGGER audit_entry_is_not_removed BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit is only added to: its lines are never changed or removed'); END;

CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit is only added to: its lines are never changed or removed'); END;

CREATE INDEX ix_alert_code_person ON alert_code (person);

CREATE INDEX ix_attempt_provider_id ON attempt (provider_id);

CREATE INDEX ix_attempt_started_at ON attempt (started_at);

CREATE INDEX ix_audit_entry_authority_number ON audit_entry (authority, number);

CREATE INDEX ix_begun_account ON begun (account);

CREATE INDEX ix_begun_ends_at ON begun (ends_at);

CREATE INDEX ix_digest_line_digest_at ON digest_line (digest, at);

CREATE INDEX ix_event_about_authority ON event (about, authority);

CREATE INDEX ix_event_about_subject_authority ON event (about, subject, authority);

CREATE INDEX ix_event_breaches ON event (subject) WHERE type = 'bottom_line.breached';

CREATE INDEX ix_event_replies ON event (authority, subject) WHERE type = 'check_in.replied';

CREATE INDEX ix_event_roles ON event (authority, subject) WHERE type IN ('event.withdrawn', 'role.assigned', 'role.ended');

CREATE INDEX ix_event_wait_subject_kind_authority ON event_wait (subject, kind, authority);

CREATE INDEX ix_handling_authority_plan ON handling (authority, "plan");

CREATE INDEX ix_interruption_ended_at ON interruption (ended_at);

CREATE INDEX ix_message_address_first_attempt_at ON message (address, first_attempt_at);

CREATE INDEX ix_message_created_at ON message (created_at);

CREATE INDEX ix_message_due ON message (urgent, next_attempt_at, channel) WHERE next_attempt_at IS NOT NULL;

CREATE INDEX ix_message_lease_until ON message (lease_until) WHERE lease_until IS NOT NULL;

CREATE INDEX ix_message_outside_id ON message (outside_id);

CREATE INDEX ix_message_person_created_at ON message (person, created_at);

CREATE INDEX ix_message_plan_created_at ON message ("plan", created_at);

CREATE INDEX ix_message_undeliverable ON message (person) WHERE state = 'undeliverable';

CREATE INDEX ix_obligation_authority_responsible_status ON obligation (authority, responsible, status) WHERE status IN ('open', 'overdue');

CREATE INDEX ix_obligation_due_on_authority_plan_status ON obligation (due_on, authority, "plan", status) WHERE status IN ('open', 'overdue');

CREATE INDEX ix_obligation_live ON obligation (authority, "plan", act_by, due_on, status) WHERE status IN ('open', 'overdue');

CREATE INDEX ix_passkey_account ON passkey (account);

CREATE INDEX ix_person_mobile ON person (mobile);

CREATE INDEX ix_person_number_number ON person_number (number);

CREATE INDEX ix_plan_authority ON "plan" (authority);

CREATE INDEX ix_plan_fault_at ON "plan" (fault_at);

CREATE INDEX ix_plan_next_look ON "plan" (next_look);

CREATE INDEX ix_plan_person_bears ON plan_person (person) WHERE bears = 1;

CREATE INDEX ix_plan_person_person_authority ON plan_person (person, authority);

CREATE INDEX ix_policy_authority_number ON policy (authority, number);

CREATE INDEX ix_problem_plan ON problem ("plan");

CREATE INDEX ix_process_seen_at ON process (seen_at);

CREATE INDEX ix_raw_inbound_provider_taken_as ON raw_inbound (provider, taken_as);

CREATE INDEX ix_receipt_attempt ON receipt (attempt);

CREATE INDEX ix_sight_exception_authority_person_plan ON sight_exception (authority, person, "plan");

CREATE INDEX ix_viewer_session_account ON viewer_session (account);

CREATE INDEX ix_withheld_plan ON withheld ("plan");

INSERT INTO "alembic_version" VALUES('0015');
