DROP INDEX `accounts_customer`;--> statement-breakpoint
CREATE INDEX `accounts_customer` ON `accounts` (`customer_id`,`uuid`);