CREATE TABLE `account_counters` (
	`side` integer NOT NULL,
	`owner_id` integer NOT NULL,
	`account_id` integer NOT NULL,
	`unit` integer NOT NULL,
	`start` integer NOT NULL,
	`n` integer NOT NULL,
	PRIMARY KEY(`side`, `owner_id`, `account_id`, `unit`, `start`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `owner_counters` (
	`side` integer NOT NULL,
	`owner_id` integer NOT NULL,
	`unit` integer NOT NULL,
	`start` integer NOT NULL,
	`n` integer NOT NULL,
	PRIMARY KEY(`side`, `owner_id`, `unit`, `start`)
) STRICT, WITHOUT ROWID;
