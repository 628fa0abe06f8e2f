/** The lines of a gzipped file that was imported with `?inline`, as a data URL. */
export async function linesOf(dataUrl: string): Promise<string[]> {
  const response = await fetch(dataUrl)
  const text = await new Response(response.body!.pipeThrough(new DecompressionStream('gzip'))).text()
  return text.split('\n').filter((line) => line !== '')
}
