ALTER TABLE `cdr_exports` ADD `digest` text;--> statement-breakpoint
CREATE INDEX `cdr_exports_pending` ON `cdr_exports` (`created_at`) WHERE status = 'Pending';--> statement-breakpoint
CREATE INDEX `cdr_exports_completed` ON `cdr_exports` (`created_at`) WHERE status = 'Completed';