CREATE TABLE `cut_cdrs` (
	`id` integer PRIMARY KEY NOT NULL
) STRICT;
