/** Milliseconds with one digit, as Server-Timing wants them. */
const tenths = (milliseconds: number) => String(Math.round(milliseconds * 10) / 10)

/** The Server-Timing header of a request that asked the database: what D1 will bill, and the time that went by. */
export const serverTiming = (
  database: { trips: number; rowsRead: number; rowsWritten: number; milliseconds: number },
  totalMilliseconds: number,
) =>
  `db;desc="trips=${database.trips} read=${database.rowsRead} written=${database.rowsWritten}";dur=${tenths(database.milliseconds)}` +
  `, total;dur=${tenths(totalMilliseconds)}`
