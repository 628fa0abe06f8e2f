CREATE TABLE `incoming_vendors` (
	`vendor_id` integer PRIMARY KEY NOT NULL,
	`unmarked_from` integer
) STRICT;
--> statement-breakpoint
-- CDRs that are there are marked in slices, by the cron or a repair: all of them together would take longer than D1 lets a statement run.
INSERT INTO `incoming_vendors` (`vendor_id`, `unmarked_from`) SELECT `id`, CASE WHEN EXISTS (SELECT 1 FROM `cdrs`) THEN -9223372036854775808 END FROM (SELECT `id` FROM `customers` UNION SELECT `customer_id` FROM `api_accesses` WHERE `customer_id` IS NOT NULL);--> statement-breakpoint
ALTER TABLE `cdrs` ADD `is_incoming` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `cdrs_vendor_time` ON `cdrs` (`vendor_id`,`time_start`) WHERE is_incoming = 1;--> statement-breakpoint
ALTER TABLE `ingest_state` ADD `recount_repairs` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `ingest_state` ADD `recount_wrong_marks` integer DEFAULT 0 NOT NULL;
