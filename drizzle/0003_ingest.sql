CREATE TABLE `ingest_state` (
	`id` integer PRIMARY KEY NOT NULL,
	`cdrs` integer DEFAULT 0 NOT NULL,
	`last_batch_at` integer,
	`last_batch_cdrs` integer,
	`last_batch_id` integer,
	`sweep_from` integer,
	`recount_from` integer,
	`recounted` integer DEFAULT 0 NOT NULL,
	`recount_spoiled` integer DEFAULT 0 NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `rejected_cdrs` (
	`id` integer PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`rejected_at` integer NOT NULL,
	`detail` text NOT NULL,
	`given` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `rejected_cdrs_digest` ON `rejected_cdrs` (`digest`);--> statement-breakpoint
INSERT INTO `ingest_state` (`id`) VALUES (1);
