import { Presets, SingleBar } from 'cli-progress'

/** A bar on a terminal, nothing elsewhere; lines told through it do not tear it. */
export const startProgress = (totalBytes: number) => {
  const bar = new SingleBar(
    {
      // How much standard input holds is not known.
      format:
        totalBytes > 0 ? '{bar} {percentage}%  {rows} rows, {rate} rows/s, {eta_formatted} left  {file}' : '{rows} rows, {rate} rows/s',
      barsize: 20,
      // Its own handling of Ctrl-C would swallow it.
      gracefulExit: false,
      linewrap: true,
      clearOnComplete: true,
      emptyOnZero: true,
    },
    Presets.shades_classic,
  )
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const ratePerSecond = (rows: number) => Math.round(rows / Math.max(seconds(), 0.001))
  bar.start(totalBytes, 0, { rows: 0, rate: 0, file: '' })

  const tell = (stream: NodeJS.WriteStream, line: string) => {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    stream.write(`${line}\n`)
  }
  return {
    seconds,
    ratePerSecond,
    update: (bytes: number, rows: number, file: string) => bar.update(bytes, { rows, rate: ratePerSecond(rows), file }),
    say: (line: string) => tell(process.stdout, line),
    complain: (line: string) => tell(process.stderr, line),
    stop: () => bar.stop(),
  }
}
