/** What a call costs, in millionths of the currency, so that sums are whole numbers until they are written. */
export interface Tariff {
  ratePerMinute: number
  fee: number
  initialSeconds: number
  nextSeconds: number
}

/** The first interval counts whole, and so does every further one that was begun. */
export const billedSeconds = ({ initialSeconds, nextSeconds }: Tariff, seconds: number) =>
  seconds === 0 ? 0 : initialSeconds + Math.ceil(Math.max(0, seconds - initialSeconds) / nextSeconds) * nextSeconds

export const price = (tariff: Tariff, seconds: number) =>
  decimal(seconds === 0 ? 0 : tariff.fee + Math.round((billedSeconds(tariff, seconds) * tariff.ratePerMinute) / 60))

export const tariffColumns = (side: 'destination' | 'dialpeer', { ratePerMinute, fee, initialSeconds, nextSeconds }: Tariff) => ({
  [`${side}_initial_interval`]: initialSeconds,
  [`${side}_initial_rate`]: decimal(ratePerMinute),
  [`${side}_next_interval`]: nextSeconds,
  [`${side}_next_rate`]: decimal(ratePerMinute),
  [`${side}_fee`]: decimal(fee),
  [`${side}_reverse_billing`]: false,
})

const decimal = (millionths: number) => (millionths / 1_000_000).toFixed(6).replace(/(\.\d+?)0+$/, '$1')
