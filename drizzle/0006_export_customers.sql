DROP INDEX `cdr_exports_pending`;--> statement-breakpoint
ALTER TABLE `cdr_exports` ADD `customer_id` integer;--> statement-breakpoint
CREATE INDEX `cdr_exports_customer` ON `cdr_exports` (`customer_id`);--> statement-breakpoint
CREATE INDEX `cdr_exports_pending` ON `cdr_exports` (`customer_id`,`created_at`) WHERE status = 'Pending';--> statement-breakpoint
UPDATE `cdr_exports` SET `customer_id` = (SELECT `customer_id` FROM `accounts` WHERE `accounts`.`id` = `cdr_exports`.`customer_account_id`);
