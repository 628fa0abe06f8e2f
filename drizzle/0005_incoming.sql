CREATE TABLE `incoming_vendors` (
	`vendor_id` integer PRIMARY KEY NOT NULL,
	`unmarked_from` integer
) STRICT;
--> statement-breakpoint
INSERT INTO `incoming_vendors` (`vendor_id`) SELECT `id` FROM `customers` UNION SELECT `customer_id` FROM `api_accesses` WHERE `customer_id` IS NOT NULL;--> statement-breakpoint
ALTER TABLE `cdrs` ADD `is_incoming` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `cdrs` SET `is_incoming` = 1 WHERE `vendor_id` IN (SELECT `vendor_id` FROM `incoming_vendors`);--> statement-breakpoint
CREATE INDEX `cdrs_vendor_time` ON `cdrs` (`vendor_id`,`time_start`) WHERE is_incoming = 1;--> statement-breakpoint
ALTER TABLE `ingest_state` ADD `recount_repairs` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `ingest_state` ADD `recount_wrong_marks` integer DEFAULT 0 NOT NULL;
