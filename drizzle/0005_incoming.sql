CREATE TABLE `incoming_vendors` (
	`vendor_id` integer PRIMARY KEY NOT NULL,
	`marked` integer NOT NULL
) STRICT;
--> statement-breakpoint
INSERT INTO `incoming_vendors` SELECT `id`, 1 FROM `customers` UNION SELECT `customer_id`, 1 FROM `api_accesses` WHERE `customer_id` IS NOT NULL;--> statement-breakpoint
ALTER TABLE `cdrs` ADD `is_incoming` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `cdrs` SET `is_incoming` = 1 WHERE `vendor_id` IN (SELECT `vendor_id` FROM `incoming_vendors`);--> statement-breakpoint
CREATE INDEX `cdrs_vendor_time` ON `cdrs` (`vendor_id`,`time_start`) WHERE is_incoming = 1;
